"""Rectifiers: by their formulas, at their kinks and at the ends of the line, and their gradients of both orders."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from differences import gradient
from numeric import case, judged, normal, reversed_columns, spaced

import autograd as ag
from autograd import nn
from autograd.nn.functional import rectifiers

CASES = [
    case(nn.leaky_relu, spaced(3, 4)),
    case(nn.leaky_relu, spaced(2, 3), negative_slope=1.5),
    case(nn.leaky_relu, spaced(2, 3), negative_slope=-0.5),
    case(nn.elu, spaced(3, 4)),
    case(nn.elu, reversed_columns(spaced(3, 4)), alpha=0.5),
    case(nn.elu, spaced(2, 3), alpha=-0.5),
    case(nn.softplus, normal(3, 4)),
    case(nn.softplus, normal(2, 3), beta=2, threshold=0.5),
    case(nn.silu, normal(3, 4)),
    case(nn.silu, normal()),
    case(nn.mish, normal(3, 4)),
    case(nn.mish, normal(1)),
    case(rectifiers.mish_slope, normal(3, 4)),
    case(nn.hardswish, 4 * spaced(3, 4)),
    *(case(fn, normal(0, 3)) for fn in (nn.leaky_relu, nn.elu, nn.softplus, nn.silu, nn.mish, nn.hardswish)),
]
test_gradients, test_float32 = judged(CASES, CASES)

X = np.concatenate([np.linspace(-30, 30, 601), [-700, 700, 1e-8, -1e-8, 1e-300, 0.0]])


def expm1_of_min(x: Any) -> Any:
    return np.expm1(np.minimum(x, 0))


def softplus(x: Any) -> Any:
    return np.logaddexp(0, x)


FORMULAS: dict[str, tuple[Callable[..., Any], Callable[[Any], Any]]] = {
    "leaky_relu": (nn.leaky_relu, lambda x: np.where(x > 0, x, 0.01 * x)),
    "leaky_relu -0.5": (lambda x: nn.leaky_relu(x, -0.5), lambda x: np.where(x > 0, x, -0.5 * x)),
    "leaky_relu 2": (lambda x: nn.leaky_relu(x, negative_slope=2), lambda x: np.where(x > 0, x, 2 * x)),
    "elu": (nn.elu, lambda x: np.where(x > 0, x, expm1_of_min(x))),
    "elu 0.3": (lambda x: nn.elu(x, 0.3), lambda x: np.where(x > 0, x, 0.3 * expm1_of_min(x))),
    "softplus": (nn.softplus, lambda x: np.where(x > 20, x, softplus(x))),
    "softplus 2, 1": (lambda x: nn.softplus(x, 2, 1), lambda x: np.where(2 * x > 1, x, softplus(2 * x) / 2)),
    "silu": (nn.silu, lambda x: x / (1 + np.exp(-x))),
    "mish": (nn.mish, lambda x: x * np.tanh(softplus(x))),
    "hardswish": (nn.hardswish, lambda x: x * np.clip(x + 3, 0, 6) / 6),
}
ALL = pytest.mark.parametrize(("f", "formula"), FORMULAS.values(), ids=FORMULAS)


@ALL
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values(f: Callable[..., Any], formula: Callable[[Any], Any], dtype: Any) -> None:
    """Relative to the value, also where it is small."""
    x = X.astype(dtype)
    y = f(x)
    assert y.dtype == dtype
    least = 1e-35 if dtype == np.float32 else 1e-300
    with np.errstate(over="ignore"):
        expected = formula(x.astype(np.float64))
    np.testing.assert_allclose(y, expected, rtol=1e-6 if dtype == np.float32 else 1e-14, atol=least)


@ALL
def test_float16_is_computed_in_float32(f: Callable[..., Any], formula: Callable[[Any], Any]) -> None:
    x = np.array([-300, -5, -0.1, 0, 0.1, 5, 300], np.float16)
    y = f(x)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y, formula(x.astype(np.float64)), rtol=1e-3, atol=1e-7)


@ALL
def test_one_recorded_call_that_leaves_its_input_alone(f: Callable[..., Any], formula: Any) -> None:
    x = np.linspace(-4, 4, 12).reshape(3, 4)
    before, t = x.copy(), ag.Tensor(x, requires_grad=True)
    y = f(t)
    assert y.node.parents == (t.node,)
    y.sum().backward()
    np.testing.assert_array_equal(x, before)


@ALL
def test_numbers_and_whole_numbers(f: Callable[..., Any], formula: Callable[[Any], Any]) -> None:
    assert float(f(2.0)) == float(f(np.array(2))) == f(np.array([2]))[0]
    assert np.isnan(f(np.array(np.nan)))


@ALL
def test_infinities(f: Callable[..., Any], formula: Callable[[Any], Any]) -> None:
    """x at infinity; and at minus infinity what PyTorch has there, which is NaN of 0 * inf."""
    with np.errstate(invalid="ignore"):
        y = f(np.array([np.inf, -np.inf]))
        np.testing.assert_array_equal(y, formula(np.array([np.inf, -np.inf])))


def test_gradients_at_kinks() -> None:
    kinks: list[tuple[Callable[..., Any], list[float], list[float]]] = [
        (nn.leaky_relu, [-0.0, 0.0], [0.01, 0.01]),
        (lambda x: nn.elu(x, 0.5), [-0.0, 0.0], [0.5, 0.5]),
        (nn.hardswish, [-3.0, 3.0], [0, 1]),
        (lambda x: nn.softplus(x, threshold=1.0), [1.0, 1.1], [1 / (1 + np.exp(-1)), 1]),
    ]
    for f, x, expected in kinks:
        np.testing.assert_allclose(gradient(lambda t, f=f: f(t).sum(), np.array(x)), expected, rtol=1e-14)  # type: ignore[misc]  # its type is not inferred


@pytest.mark.parametrize("f", [nn.elu, nn.softplus, nn.silu, nn.mish, nn.hardswish])
def test_gradients_far_out_are_those_of_the_asymptotes(f: Callable[..., Any]) -> None:
    found = gradient(lambda t: f(t).sum(), np.array([-750.0, 750.0]))
    np.testing.assert_allclose(found, [0, 1], atol=1e-12)
