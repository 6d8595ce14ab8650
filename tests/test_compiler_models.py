"""Random models in training, and random functions of arrays: compiled they compute the same bits."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compared import Make, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import nn, optim

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# -- models ------------------------------------------------------------------------------------------------------------

HIDDEN: dict[str, Callable[[Any], Any]] = {
    "residual": lambda h: h + np.tanh(h), "doubled": lambda h: np.concatenate([h, -h], axis=-1),
    "normed": lambda h: (h - h.mean(axis=-1, keepdims=True)) / np.sqrt(np.square(h).mean(-1, keepdims=True) + 1),
    "clipped": lambda h: np.clip(h, -1, 1), "softplus": lambda h: np.logaddexp(h, 0), "scaled": lambda h: h * 0.5 - 1,
    "turned": lambda h: h.reshape(h.shape[0], -1)[:, ::-1], "picked": lambda h: np.where(h > 0, h, h * h),
    "squared": lambda h: h**2, "rooted": lambda h: (abs(h) + 1) ** 0.5, "sorted": lambda h: np.sort(h, axis=-1),
    "outer": lambda h: np.einsum("ni,nj->nij", h, h).sum(-1), "summed": lambda h: np.cumsum(h, axis=-1),
    "transposed": lambda h: (h.T * 2).T, "softmax": lambda h: nn.softmax(h),
    "checkpoint": ag.checkpoint(lambda h: np.sin(h) * h),
}  # fmt: skip
ACTIVATIONS: list[Callable[[], nn.Module]] = [nn.ReLU, nn.Sigmoid, nn.Tanh]
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross entropy": lambda z, y: nn.cross_entropy(z, y % z.shape[-1]),
    "smoothed": lambda z, y: nn.cross_entropy(z, y % z.shape[-1], label_smoothing=0.2),
    "weighted": lambda z, y: nn.cross_entropy(
        z, y % z.shape[-1], weight=np.arange(1.0, z.shape[-1] + 1), ignore_index=y.max() + 1, reduction="sum"),
    "likelihood": lambda z, y: nn.nll_loss(nn.log_softmax(z), y % z.shape[-1]),
    "probabilities": lambda z, y: nn.cross_entropy(z, nn.softmax(np.cos(z.data)), label_smoothing=0.1),
    "huber": lambda z, y: nn.huber_loss(z, np.zeros_like(z.data), delta=0.5),
    "smooth l1": lambda z, y: nn.smooth_l1_loss(z, np.zeros_like(z.data), beta=0.5),
    "divergence": lambda z, y: nn.kl_div(nn.log_softmax(z), nn.softmax(-z.data), reduction="batchmean"),
    "squares": lambda z, y: nn.mse_loss(z, np.zeros_like(z.data) + 1),
    "binary": lambda z, y: nn.binary_cross_entropy_with_logits(z, (z.data > 0).astype(z.dtype)),
    "entropy": lambda z, y: nn.binary_cross_entropy(nn.sigmoid(z), np.full_like(z.data, 0.25)),
    "sum": lambda z, y: np.sum(z) / z.size, "largest": lambda z, y: np.max(z, axis=-1).mean(),
}  # fmt: skip
OPTIMISERS: dict[str, Callable[[list[Any]], optim.Optimizer]] = {
    "SGD": lambda p: optim.SGD(p, 0.1), "momentum": lambda p: optim.SGD(p, 0.05, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: optim.SGD(p, 0.05, momentum=0.5, nesterov=True), "Adam": lambda p: optim.Adam(p, 0.01),
    "Adam, decayed": lambda p: optim.Adam(p, 0.01, betas=(0.8, 0.9), weight_decay=0.1),
    "AdamW": lambda p: optim.AdamW(p, 0.01), "amsgrad": lambda p: optim.Adam(p, 0.01, amsgrad=True),
    "RMSprop": lambda p: optim.RMSprop(p, 0.01, weight_decay=0.1), "Adagrad": lambda p: optim.Adagrad(p, lr_decay=0.1),
    "RMSprop, all": lambda p: optim.RMSprop(p, 0.01, momentum=0.9, centered=True), "Lion": lambda p: optim.Lion(p, 0.1),
    "NAdam": lambda p: optim.NAdam(p, 0.01, weight_decay=0.1),
    "groups": lambda p: optim.SGD([{"params": p[:1], "lr": 0.5}, {"params": p[1:], "momentum": 0.9}], 0.1),
}  # fmt: skip
SCHEDULES: dict[str, Callable[[optim.Optimizer], Any]] = {
    "none": lambda o: None, "one cycle": lambda o: optim.OneCycle(o, 0.05, 3), "cosine": lambda o: optim.Cosine(o, 5),
    "step": lambda o: optim.StepLR(o, 2),
    "chain": lambda o: optim.SequentialLR(o, [optim.LinearLR(o, total_iters=2), optim.StepLR(o, 1)], [2]),
}  # fmt: skip
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "C": np.ascontiguousarray, "Fortran": np.asfortranarray, "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "reversed": lambda x: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
}  # fmt: skip
SPECIAL = [0.0, -0.0, float("nan"), float("inf"), -float("inf"), 1e-310, -1e-42, 1e300]

layers = st.one_of(
    st.tuples(st.just("linear"), st.integers(1, 6)), st.tuples(st.just("activation"), st.integers(0, 2)),
    st.tuples(st.just("dropout"), st.sampled_from([0.0, 0.3, 0.9])),
    st.tuples(st.just("hidden"), st.sampled_from(sorted(HIDDEN))),
)  # fmt: skip


class Model(nn.Module):
    def __init__(self, n_in: int, parts: list[tuple[str, Any]], dtype: Any) -> None:
        rng = np.random.default_rng(0)
        self.layers: list[Any] = []
        for kind, what in [*parts, ("linear", 3)]:
            if kind == "linear":
                self.layers.append(nn.Linear(n_in, what, dtype, rng))
                n_in = what
            elif kind == "activation":
                self.layers.append(ACTIVATIONS[what]())
            elif kind == "dropout":
                self.layers.append(nn.Dropout(what))
            else:
                self.layers.append(HIDDEN[what])
                n_in *= 1 + (what == "doubled")

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_random_training_steps(data: st.DataObject) -> None:
    draw = data.draw
    dtype = draw(st.sampled_from([np.float32, np.float64]), "dtype")
    n, n_in = draw(st.integers(1, 9), "batch"), draw(st.integers(1, 5), "features")
    parts = draw(st.lists(layers, max_size=5), "layers")
    loss_of = LOSSES[draw(st.sampled_from(sorted(LOSSES)), "loss")]
    optimiser = OPTIMISERS[draw(st.sampled_from(sorted(OPTIMISERS)), "optimiser")]
    schedule = SCHEDULES[draw(st.sampled_from(sorted(SCHEDULES)), "schedule")]
    max_norm = draw(st.sampled_from([None, 0.01, 10.0]), "max_norm")
    zeroed = draw(st.sampled_from(["before", "after", "never"]), "zero_grad")
    layout = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)), "layout")]
    rng = np.random.default_rng(draw(st.integers(0, 99), "seed"))
    batches = [(rng.normal(size=(n, n_in)), rng.integers(0, 3, n)) for _ in range(4)]
    for value in draw(st.lists(st.sampled_from(SPECIAL), max_size=2), "special values"):
        x, _ = batches[int(rng.integers(0, 4))]
        x[rng.integers(0, n), rng.integers(0, n_in)] = value

    def make() -> Any:
        model = Model(n_in, parts, dtype)
        params = list(model.parameters())
        opt = optimiser(params)
        plan = schedule(opt)

        def step(x: Any, y: Any) -> Any:
            if zeroed == "before":
                opt.zero_grad()
            logits = model(x)
            loss = loss_of(logits, y)
            if zeroed == "after":
                model.zero_grad()
            loss.backward()
            norm = None if max_norm is None else optim.clip_grad_norm(params, max_norm)
            opt.step()
            if plan is not None:
                plan.step()
            return loss, {"norm": norm, "predicted": logits.argmax(axis=-1)}

        return step, [model, opt, *([plan] if plan else [])]

    assert_same(make, [(None, (layout(x.astype(dtype)), y)) for x, y in batches])


# -- functions of arrays -----------------------------------------------------------------------------------------------

UNARY: list[Callable[[Any], Any]] = [
    np.exp, np.tanh, np.negative, np.square, np.abs, np.sqrt, np.log1p, np.transpose, np.ravel, np.copy, np.cumsum,
    lambda a: a.T, lambda a: a[..., ::-1], lambda a: a[:1], lambda a: a * 2, lambda a: 1 - a, lambda a: a**0.5,
    lambda a: np.sum(a, axis=0), lambda a: np.mean(a, axis=-1, keepdims=True), lambda a: np.max(a),
    lambda a: a.reshape(-1),
    lambda a: a.astype(np.float32), lambda a: np.where(a > 0, a, 0), lambda a: np.sort(a, axis=None),
    lambda a: np.inner(a, a),
    lambda a: np.broadcast_to(a, (2, *np.shape(a))), np.zeros_like, np.ones_like, lambda a: a + 0, np.sign,
    np.atleast_2d,
]  # fmt: skip
BINARY: list[Callable[[Any, Any], Any]] = [
    np.add, np.subtract, np.multiply, np.divide, np.maximum, lambda a, b: np.where(a > b, a, b),
    lambda a, b: np.sum(a) * b, lambda a, b: a - np.mean(b), lambda a, b: np.tensordot(a, np.sum(b), 0),
]  # fmt: skip
Expression = tuple[str, int, int, int]


def computed(steps: list[Expression], x: Any, y: Any) -> Any:
    """The last of values that are each computed of earlier ones; where shapes don't fit, of one alone."""
    values = [x, y]
    for kind, which, i, j in steps:
        a, b = values[i % len(values)], values[j % len(values)]
        try:
            values.append(UNARY[which % len(UNARY)](a) if kind == "unary" else BINARY[which % len(BINARY)](a, b))
        except (ValueError, IndexError):
            values.append(np.sum(a) + np.sum(b))
        if np.size(values[-1]) > 500:
            values[-1] = np.sum(values[-1])
    return values[2:]


steps = st.lists(
    st.tuples(st.sampled_from(["unary", "binary"]), st.integers(0, 99), st.integers(0, 9), st.integers(0, 9)),
    min_size=1, max_size=8,
)  # fmt: skip


@pytest.mark.slow
@given(steps, st.sampled_from([np.float32, np.float64, np.complex64]), st.sampled_from(["values", "gradient"]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_random_functions_of_arrays(steps: list[Expression], dtype: Any, what: str) -> None:
    rng = np.random.default_rng(len(steps))

    def total(x: Any, y: Any) -> Any:
        return sum(np.sum(np.abs(value)) for value in computed(steps, x, y))

    f: Any = ag.value_and_grad(total, (0, 1)) if what == "gradient" else lambda x, y: computed(steps, x, y)
    make: Make = lambda: (f, [])
    xs = [(rng.uniform(0.1, 1, (3, 4)) + 1j * rng.normal(size=(3, 4)) * (dtype == np.complex64)).astype(
        dtype, casting="unsafe") for _ in range(8)]  # fmt: skip
    assert_same(make, [(None, (xs[k], xs[k + 4][:1].T if len(steps) % 2 else xs[k + 4])) for k in range(4)], programs=1)
