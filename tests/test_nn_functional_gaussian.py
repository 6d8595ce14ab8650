"""GELU, and the normal distribution that it is made of."""

import math
import runpy
from typing import Any

import numpy as np
import pytest
import scipy.special
from numeric import case, judged, normal, reversed_columns

import autograd as ag
from autograd import nn
from autograd.nn.functional import gaussian

CASES = [
    case(gaussian.gelu_none, normal(3, 4)),
    case(gaussian.gelu_none, normal()),
    case(gaussian.gelu_none_gx, normal(3, 4), normal(3, 4)),
    case(gaussian.gelu_none, reversed_columns(3 * normal(3, 4))),
    case(gaussian.gelu_tanh, normal(3, 4)),
    case(gaussian.gelu_tanh, normal()),
    case(gaussian.gelu_tanh_gx, normal(3, 4), normal(3, 4)),
    *(case(fn, normal(0, 3)) for fn in (gaussian.gelu_none, gaussian.gelu_tanh)),
]
test_gradients, test_float32 = judged(CASES, CASES)

X = np.concatenate([np.linspace(-40, 40, 4001), np.random.default_rng(0).normal(size=2000), [0.0, -0.0]])


def test_the_normal_distribution_of_float64() -> None:
    p, density = gaussian.normal_cdf(X)
    np.testing.assert_allclose(p, scipy.special.ndtr(X), rtol=0, atol=2.3e-16)
    near = X > -3
    np.testing.assert_allclose(p[near], scipy.special.ndtr(X[near]), rtol=1e-13)
    np.testing.assert_array_equal(density, np.exp(-0.5 * X * X))


def test_the_normal_distribution_of_float32() -> None:
    x = X.astype(np.float32)
    p, _ = gaussian.normal_cdf(x)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p, scipy.special.ndtr(x.astype(np.float64)), rtol=0, atol=4e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_by_its_formulas(dtype: Any) -> None:
    x = X.astype(dtype)
    wide = x.astype(np.float64)
    tolerance: Any = {"rtol": 1e-6, "atol": 5e-7} if dtype == np.float32 else {"rtol": 1e-14, "atol": 1e-15}
    exact = np.array([0.5 * a * math.erfc(-a / math.sqrt(2)) for a in wide])
    np.testing.assert_allclose(nn.gelu(x), exact, **tolerance)
    np.testing.assert_allclose(nn.gelu(wide, approximate="tanh"), exact, atol=5e-4)
    approximate = 0.5 * wide * (1 + np.tanh(math.sqrt(2 / math.pi) * (wide + 0.044715 * wide * wide * wide)))
    np.testing.assert_allclose(nn.gelu(x, approximate="tanh"), approximate, **tolerance)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_one_recorded_call_that_leaves_its_input_alone(approximate: str) -> None:
    x = np.linspace(-4, 4, 12).reshape(3, 4)
    before, t = x.copy(), ag.Tensor(x, requires_grad=True)
    y = nn.gelu(t, approximate)
    assert isinstance(y.node, ag.Node)
    assert (y.node.fn.__name__, y.node.parents) == (f"gelu_{approximate}", (t.node,))
    y.sum().backward()
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_its_input_is_all_that_it_keeps(approximate: str) -> None:
    t = ag.Tensor(X, requires_grad=True)
    node: Any = nn.gelu(t, approximate).node
    assert [saved is t.data for saved in node.saved] == [True]


@pytest.mark.parametrize("name", ["gelu_none", "gelu_tanh"])
def test_results_may_lie_where_an_operand_does(name: str) -> None:
    x, g = X.astype(np.float32), np.random.default_rng(1).normal(size=X.shape).astype(np.float32)
    forward, backward = (getattr(gaussian, f"{name}_{way}") for way in ("forward", "backward"))
    y, gx = forward(x), backward(g, x)
    assert backward(g, x, g) is g
    np.testing.assert_array_equal(g, gx)
    assert forward(x, x) is x
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_a_saved_program_needs_numpy_alone(approximate: str, tmp_path: Any) -> None:
    step = ag.compile(ag.grad(lambda x: np.sum(np.square(nn.gelu(x, approximate)))))
    found = [step(X) for _ in range(3)]
    step.save(tmp_path / "program.py")
    assert "import autograd" not in (text := (tmp_path / "program.py").read_text())
    assert "from autograd" not in text
    (output,) = {bytes(g) for g in [*found, runpy.run_path(str(tmp_path / "program.py"))["grad"](X)]}
    assert output


@pytest.mark.parametrize("approximate", ["none", "tanh"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_at_the_ends_of_the_line(approximate: str, dtype: Any) -> None:
    """No warning of what overflows on the way; at minus infinity it is 0 * inf, as in PyTorch."""
    largest = np.finfo(dtype).max
    x = np.array([np.inf, largest, 0, -largest, -np.inf, np.nan], dtype)
    y = nn.gelu(x, approximate)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, np.array([np.inf, largest, 0, 0, np.nan, np.nan], dtype))
    assert nn.gelu(2.0, approximate) == nn.gelu(np.array([2]), approximate)[0]
