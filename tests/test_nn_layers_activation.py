"""Activations as modules: against PyTorch; what they hold, and what they refuse."""

from typing import Any

import numpy as np
import pytest
from differences import assert_gradients
from torch_reference import cases

import autograd as ag
from autograd import nn
from autograd.nn.layers import activation

REFERENCE = {name: case for name, case in cases.read("activations").items() if not name.startswith("Embedding")}
OF_ACTIVATIONS = {kind for name, kind in vars(activation).items() if name[0] != "_" and kind is not nn.Module
                  and isinstance(kind, type) and issubclass(kind, nn.Module)}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REFERENCE)
def test_like_pytorch(name: str, dtype: Any) -> None:
    """float32 to 1e-6 of the largest number at hand, float64 to 1e-14."""
    case = {key: array.astype(dtype) for key, array in REFERENCE[name].items()}
    x = ag.Tensor(case["x"], requires_grad=True)
    module: nn.Module = eval(f"nn.{name}")
    y = module(x)
    y.backward(case["g"])
    assert x.grad is not None
    assert y.dtype == x.grad.dtype == dtype
    tolerance: Any = {"rtol": 1e-6, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-14, "atol": 1e-14}
    np.testing.assert_allclose(y.data, case["y"], **tolerance)
    np.testing.assert_allclose(x.grad.data, case["gx"], **tolerance)
    found = module(case["x"])
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, y.data)


def test_the_table_has_every_module() -> None:
    assert {name.partition("(")[0] for name in REFERENCE} == {kind.__name__ for kind in OF_ACTIVATIONS}
    assert all(getattr(nn, kind.__name__) is kind for kind in OF_ACTIVATIONS)


def test_reprs() -> None:
    shown = [
        "ReLU()", "Sigmoid()", "Tanh()", "SiLU()", "Mish()", "Hardswish()", "LeakyReLU(negative_slope=0.01)",
        "ELU(alpha=1.0)", "Softplus(beta=1.0, threshold=20.0)", "GELU(approximate='none')", "Softmax(axis=-1)",
        "LogSoftmax(axis=1)", "GLU(axis=0)",
    ]  # fmt: skip
    assert [repr(eval(f"nn.{text}")) for text in shown] == shown
    assert {text.partition("(")[0] for text in shown} == {kind.__name__ for kind in OF_ACTIVATIONS}


def test_they_have_no_parameters_and_take_options_of_numpy() -> None:
    """A float64 of NumPy's would make float32 activations float64."""
    x = np.ones((2, 4), np.float32)
    for module in (nn.LeakyReLU(np.float64(0.1)), nn.ELU(np.float64(0.5)), nn.Softplus(np.float64(2), np.float64(3))):
        assert list(module.parameters()) == []
        y = module(ag.Tensor(x, requires_grad=True))
        assert y.dtype == np.float32


def test_an_approximation_that_there_is_not() -> None:
    for make in (lambda: nn.GELU("erf"), lambda: nn.gelu(np.ones(2), approximate="erf")):
        with pytest.raises(ValueError, match=r"(?i)gelu was given approximate='erf'; it must be 'none' or 'tanh'"):
            make()


@pytest.mark.parametrize(
    ("module", "formula"),
    [
        (nn.ReLU(), lambda x: np.maximum(x, 0)),
        (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
        (nn.Tanh(), np.tanh),
    ],
)
def test_what_needs_no_option(module: nn.Module, formula: Any) -> None:
    x = np.random.default_rng(1).standard_normal((3, 4))
    np.testing.assert_allclose(module(ag.Tensor(x)).data, formula(x), rtol=1e-13)
    y = module(x)
    assert type(y) is np.ndarray
    np.testing.assert_allclose(y, formula(x), rtol=1e-13)
    assert_gradients(lambda x: np.square(module(x)).sum(), x)
    assert list(module.parameters()) == []
    assert repr(module) == f"{type(module).__name__}()"
