"""What a type checker tells a user of the library; `test_types.py` has mypy check it."""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np

import autograd as ag
from autograd import nn, optim

x, array = ag.Tensor([[1.0, 2.0]], requires_grad=True), np.ones((1, 2))


def loss_of(t: ag.Tensor) -> ag.Tensor:
    return nn.mse_loss(t, array)


# -- Tensors: NumPy declares that its own functions return arrays, even those of Tensors -------------------------------

assert_type(2.0 * x @ array.T, ag.Tensor)
assert_type(x.sum(axis=0)[0], ag.Tensor)
assert_type(x.at[0].set(1.0), ag.Tensor)
assert_type(x.grad, ag.Tensor | None)
assert_type(x.shape, tuple[int, ...])

# -- transforms: what they return is as nested as what f takes and returns ---------------------------------------------

assert_type(ag.grad(loss_of), Callable[..., Any])
assert_type(ag.value_and_grad(loss_of)(array), tuple[Any, Any])
assert_type(ag.vjp(loss_of, array), tuple[Any, ...])
assert_type(ag.jvp(loss_of, (array,), (array,)), tuple[Any, ...])
assert_type(ag.grads(loss_of(x), x), ag.Tensor)
assert_type(ag.grads(loss_of(x), {"x": x}), dict[str, ag.Tensor])

# -- decorators: the same signature ------------------------------------------------------------------------------------

assert_type(ag.checkpoint(loss_of)(x), ag.Tensor)
assert_type(ag.no_grad()(loss_of)(t=x), ag.Tensor)
ag.checkpoint(loss_of)("text")  # type: ignore[arg-type]
assert_type(ag.compile(loss_of), ag.Compiled)

# -- layers, losses, optimisers ----------------------------------------------------------------------------------------

assert_type(nn.relu(x), ag.Tensor)
nn.softmax(array, axis=0).mean()
nn.relu("text")  # type: ignore[type-var]
assert_type(nn.cross_entropy(x, [1]), ag.Tensor)
assert_type(nn.cross_entropy(nn.Linear(2, 3)(array), np.array([1])), ag.Tensor)
assert_type(nn.Linear(2, 3).weight, ag.Tensor)
optimizer = optim.Adam(nn.Linear(2, 3).parameters(), 0.1)
assert_type(optimizer.lr, float)
optim.SGD([{"params": [x], "lr": 0.1}], 0.01)
optim.SGD([1.0, 2.0], 0.01)  # type: ignore[arg-type]
assert_type(optim.clip_grad_norm(x, 1.0), ag.Tensor)
assert_type(nn.nll_loss(x, [1], reduction="none"), ag.Tensor)
assert_type(nn.huber_loss(x, array, delta=0.5), ag.Tensor)
assert_type(nn.CrossEntropyLoss(ignore_index=-100).weight, ag.Tensor | None)
assert_type(optim.LBFGS([x]).step(lambda: loss_of(x)), ag.Tensor)
optim.SequentialLR(optimizer, [optim.LinearLR(optimizer), optim.StepLR(optimizer, 5)], milestones=[5]).step()
optim.ReduceLROnPlateau(optimizer).step(loss_of(x))
optim.AveragedModel(nn.Linear(2, 3)).update_parameters(nn.Linear(2, 3))
for batch in ag.data.batches((array, array), 2, prefetch=1):
    assert_type(batch, Any)

# -- what tells something of a function --------------------------------------------------------------------------------

with ag.profile() as profile:
    assert_type(ag.gradcheck(loss_of, array).relative_error, float)
assert_type(profile, ag.Profile)
assert_type(ag.draw(loss_of, array), ag.Picture)
ag.save("file", {"x": x, "array": array})
