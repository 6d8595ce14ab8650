"""What a PyTorch user asks of a Module and of nn: each remedy is run, and errors of others are Python's."""

import copy
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn
from autograd.nn.torch_names import METHODS, of_layer


def hook(module: Any, gx: Any, gy: Any) -> None: ...


def model() -> nn.Linear:
    made = nn.Linear(3, 3, rng=np.random.default_rng(0))
    made.register_buffer("mean", np.zeros(3))
    return made


EXPECTED: dict[str, Any] = {
    "add_module": lambda m, y: "head.weight" in m.state_dict(),
    "register_module": lambda m, y: "head.weight" in m.state_dict(),
    "cpu": lambda m, y: y is m,
    "cuda": lambda m, y: y is m,
    "half": lambda m, y: y is m and {str(a.dtype) for a in m.state_dict().values()} == {"float16"},
    "type": lambda m, y: y is m and {str(a.dtype) for a in m.state_dict().values()} == {"float64"},
    "get_buffer": lambda m, y: y is m.mean,
    "get_parameter": lambda m, y: y is m.weight,
    "register_backward_hook": lambda m, y: len(m._hooks) == 1 and y.remove() is None and not m._hooks,
}


@pytest.mark.parametrize("name", METHODS)
def test_what_a_module_lacks(name: str) -> None:
    torch, ours = METHODS[name]
    module = model()
    with pytest.raises(AttributeError) as error:
        getattr(module, name)
    assert str(error.value) == f"Linear has no {name}: what PyTorch writes {torch} is {ours} here"
    assert not hasattr(nn.Sequential(), name)
    given: dict[str, Any] = {"model": module, "np": np, "part": nn.Linear(2, 2), "hook": hook}
    try:
        result = eval(ours, given)
    except SyntaxError:
        result = exec(ours, given)
    assert EXPECTED[name](module, result)


class WithProperty(nn.Module):
    @property
    def size(self) -> Any:
        return self.wieght.shape  # type: ignore[attr-defined]


def test_other_errors_are_pythons() -> None:
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'"):
        model().wieght  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'first'"):
        nn.Sequential(model()).first  # noqa: B018
    with pytest.raises(AttributeError, match="'WithProperty' object has no attribute 'wieght'"):
        WithProperty().size  # noqa: B018
    assert copy.copy(model()).weight.shape == (3, 3)


KNOWN = ["Conv1d", "Conv2d", "Linear", "binary_cross_entropy", "cross_entropy", "gelu", "mse_loss", "silu"]
MISSING = {
    "CrossEntropyLoss": r"it has nn\.cross_entropy$",
    "MSELoss": r"it has nn\.mse_loss$",
    "BCELoss": r"it has nn\.binary_cross_entropy$",
    "SiLU": r"it has nn\.silu$",
    "linear": r"it has nn\.Linear$",
    "Conv3d": r"the nearest that it has: Conv2d, Conv1d; a layer of your own is a subclass of nn\.Module",
    "Transformer": r"nn has no Transformer; a layer of your own is a subclass of nn\.Module",
}


@pytest.mark.parametrize(("name", "message"), MISSING.items())
def test_what_nn_lacks(name: str, message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        raise of_layer(name, KNOWN)


def test_what_nn_lacks_is_told_where_it_is_asked_for() -> None:
    with pytest.raises(AttributeError, match="nn has no NoSuchLayer; a layer of your own"):
        nn.NoSuchLayer  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(nn, "Conv3d")
    with pytest.raises(AttributeError, match=r"nn has no dropout; it has nn\.Dropout$"):
        nn.functional.dropout  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"nn has no linear; it has nn\.Linear$"):
        nn.functional.linear  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"module 'autograd\.nn' has no attribute '__wrapped__'"):
        nn.__wrapped__  # type: ignore[attr-defined]  # noqa: B018
    np.testing.assert_array_equal(ag.nn.relu(np.array([-1.0, 1.0])), [0, 1])  # which is what the remedy names


def test_functional_has_the_functions_as_nn_has_them() -> None:
    assert nn.functional.relu is nn.relu
    for name in nn.functional.__all__:
        assert callable(getattr(nn.functional, name))
        assert getattr(nn.functional, name) is getattr(nn, name)
    assert {name for name in nn.__all__ if name.islower()} == {*nn.functional.__all__, "functional", "init"}
    assert not set(nn.functional.__all__) & set(nn.layers.__all__)
