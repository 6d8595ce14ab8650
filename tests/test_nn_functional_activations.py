"""Activations against plain NumPy formulas, their gradients and second-order gradients against differences."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
from differences import assert_gradients, gradient, second_gradient
from numeric import case, judged, normal, reversed_columns, spaced
from numpy.typing import NDArray

import autograd as ag
from autograd import nn
from autograd.nn.functional import activations

Array = NDArray[Any]
rng = np.random.default_rng(0)
X = rng.standard_normal((3, 4)) * 2
WEIGHTS = rng.standard_normal((3, 4))


CASES = [
    case(activations.relu, spaced(3, 4)),
    case(activations.sigmoid, normal(3, 4)),
    case(activations.sigmoid, normal()),
    *(case(fn, normal(2, 3), axis=axis) for fn in (nn.softmax, nn.log_softmax) for axis in (-1, 0, 1)),
    *(case(fn, normal(*shape)) for fn in (nn.softmax, nn.log_softmax) for shape in ((4,), (0, 3))),
    case(activations.softmax, reversed_columns(normal(3, 4))),
    *(case(fn, normal(2, 3), normal(2, 3), axis=axis) for fn in (activations.softmax_gx, activations.log_softmax_gx)
      for axis in (-1, 0)),
    case(activations.logsumexp, normal(2, 3)),
    case(activations.logsumexp, normal()),
    case(activations.logsumexp, normal(2, 3), axis=0),
    case(activations.logsumexp, normal(2, 3), axis=-1, keepdims=True),
    case(activations.logsumexp, normal(2, 3, 2), axis=(0, 2)),
    case(activations.glu, normal(2, 4)),
    case(activations.glu, normal(2, 3), axis=0),
    case(activations.glu, reversed_columns(normal(3, 2, 4)), axis=1),
]  # fmt: skip
test_gradients_of_cases, test_float32 = judged(CASES, CASES)


def softmax(x: Array, axis: int) -> Array:
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


Formula = tuple[Callable[..., Any], Callable[[Array], Array]]
FORMULAS: dict[str, Formula] = {
    "relu": (nn.relu, lambda x: np.where(x > 0, x, 0)),
    "sigmoid": (nn.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    "softmax": (nn.softmax, lambda x: softmax(x, -1)),
    "softmax of columns": (lambda x: nn.softmax(x, axis=0), lambda x: softmax(x, 0)),
    "log_softmax": (nn.log_softmax, lambda x: np.log(softmax(x, -1))),
    "log_softmax of columns": (lambda x: nn.log_softmax(x, axis=0), lambda x: np.log(softmax(x, 0))),
}
OF_FORMULAS = pytest.mark.parametrize(("f", "formula"), FORMULAS.values(), ids=FORMULAS)


@OF_FORMULAS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values(f: Callable[..., Any], formula: Callable[[Array], Array], dtype: Any) -> None:
    y = f(ag.Tensor(X.astype(dtype)))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.data, formula(X), rtol=1e-5 if dtype == np.float32 else 1e-13, atol=1e-7)


@OF_FORMULAS
def test_given_an_array_they_return_an_array(f: Callable[..., Any], formula: Callable[[Array], Array]) -> None:
    y = f(X)
    assert type(y) is np.ndarray
    np.testing.assert_allclose(y, formula(X), rtol=1e-13)


@OF_FORMULAS
def test_gradients(f: Callable[..., Any], formula: Callable[[Array], Array]) -> None:
    assert_gradients(lambda x: (f(x) * WEIGHTS).sum(), X)
    # of a value that a linear function follows, relu's second-order gradient is 0 and proves little:
    assert_gradients(lambda x: (np.square(f(x)) * WEIGHTS).sum(), X)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (5,), (2, 1, 3), (0, 3)])
@pytest.mark.parametrize("f", [nn.relu, nn.sigmoid])
def test_any_shape(f: Callable[..., Any], shape: tuple[int, ...]) -> None:
    x = ag.Tensor(np.ones(shape), requires_grad=True)
    y = f(x)
    y.sum().backward()
    assert y.shape == shape
    assert x.grad is not None
    assert x.grad.shape == shape


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_softmax_along_any_axis(axis: int) -> None:
    x = rng.standard_normal((2, 3, 4))
    np.testing.assert_allclose(nn.softmax(x, axis), softmax(x, axis), rtol=1e-13)
    np.testing.assert_allclose(nn.softmax(ag.Tensor(x), axis=axis).sum(axis=axis).data, 1, rtol=1e-13)
    weights = rng.standard_normal((2, 3, 4))
    for f in (nn.softmax, nn.log_softmax):
        assert_gradients(lambda x, f=f: (f(x, axis=axis) * weights).sum(), x)  # type: ignore[misc]  # its type is not inferred


def test_softmax_of_a_missing_axis() -> None:
    with pytest.raises(np.exceptions.AxisError):
        nn.softmax(ag.Tensor(X), axis=2)


def test_a_non_contiguous_input() -> None:
    assert_gradients(lambda x: (nn.softmax(x.T[::2], axis=0) * WEIGHTS.T[::2]).sum(), X)


# -- at the edges ----------------------------------------------------------------------------------------------------


def test_relu_at_its_kink_has_gradient_0() -> None:
    x = np.array([-1.0, -0.0, 0.0, 5e-324, 1.0])
    np.testing.assert_array_equal(gradient(lambda t: nn.relu(t).sum(), x), [0, 0, 0, 1, 1])


def test_relu_passes_the_gradient_of_nan() -> None:
    np.testing.assert_array_equal(gradient(lambda t: (nn.relu(t) * 3).sum(), np.array([np.nan, -1.0])), [3, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_values_stay_finite_without_a_warning(dtype: Any) -> None:
    x = np.array([[-1e4, 0, 1e4], [1e4, 1e4, -1e4]], dtype)
    tiny = np.array([[0, 0, 1], [0.5, 0.5, 0]])
    np.testing.assert_array_equal(nn.relu(x), np.maximum(x, 0))
    np.testing.assert_array_equal(nn.sigmoid(x), [[0, 0.5, 1], [1, 1, 0]])
    np.testing.assert_array_equal(nn.softmax(x), tiny)
    np.testing.assert_allclose(nn.log_softmax(x), [[-2e4, -1e4, 0], [np.log(0.5), np.log(0.5), -2e4 + np.log(0.5)]])
    for f in (nn.relu, nn.sigmoid, nn.softmax, nn.log_softmax):
        weighted = lambda t, f=f: (f(t) * np.arange(6, dtype=dtype).reshape(2, 3)).sum()
        first, second = gradient(weighted, x), second_gradient(weighted, x, np.ones_like(x))
        assert first.dtype == second.dtype == dtype
        assert np.isfinite(first).all()
        assert np.isfinite(second).all()


def test_float16_is_computed_in_float32_and_given_back_as_float16() -> None:
    many = np.zeros(100_000, np.float16)
    for f, expected in ((nn.softmax, 1e-5), (nn.log_softmax, -np.log(1e5)), (nn.sigmoid, 0.5)):
        y = f(ag.Tensor(many)).data
        assert y.dtype == np.float16
        np.testing.assert_allclose(y, expected, rtol=2e-3)
    np.testing.assert_allclose(nn.sigmoid(np.array(-12, np.float16)), np.exp(-12), rtol=1e-3)


def test_sigmoid_keeps_its_relative_precision_where_it_is_small() -> None:
    np.testing.assert_allclose(nn.sigmoid(np.array([-40.0, -700.0])), np.exp([-40.0, -700.0]), rtol=1e-12)


def test_softmax_of_a_masked_class() -> None:
    x = ag.Tensor([0.0, -np.inf, 0.0], requires_grad=True)
    y = nn.softmax(x)
    (y * [1.0, 2.0, 3.0]).sum().backward()
    np.testing.assert_array_equal(y.data, [0.5, 0, 0.5])
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.data, [-0.5, 0, 0.5])


# -- logsumexp and glu -----------------------------------------------------------------------------------------------

INF = np.inf
INFINITIES = [[INF, 1], [-INF, -INF], [INF, INF], [INF, -INF], [-INF, 2], [np.nan, INF], [np.nan, -INF], [1e4, 1e4]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("values", INFINITIES, ids=str)
def test_logsumexp_of_infinities_is_that_of_scipy(values: list[float], dtype: Any) -> None:
    x = np.array(values, dtype)
    y = nn.logsumexp(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, scipy.special.logsumexp(x))
    np.testing.assert_array_equal(nn.logsumexp(np.stack([x, x[::-1]]), axis=1), [y, y])


@pytest.mark.parametrize(
    "options", [{}, {"axis": 0}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}, {"keepdims": True}]
)
def test_logsumexp_along_axes(options: Any) -> None:
    x = rng.standard_normal((2, 3, 4)) * 100
    y = nn.logsumexp(x, **options)
    np.testing.assert_allclose(y, scipy.special.logsumexp(x, **options), rtol=1e-14)
    assert nn.logsumexp(ag.Tensor(x), **options).shape == np.sum(x, **options).shape


def test_the_gradient_of_logsumexp_at_infinities() -> None:
    """Infinities share equally; those of exp(-inf) = 0 take nothing."""
    for values, expected in (([INF, 1], [1, 0]), ([INF, INF], [0.5, 0.5]), ([-INF, -INF], [0, 0]), ([-INF, 2], [0, 1])):
        np.testing.assert_array_equal(gradient(nn.logsumexp, np.array(values)), expected)


def test_glu_halves_an_axis_that_can_be_halved() -> None:
    with pytest.raises(
        ValueError, match=r"glu was given an input of shape \(2, 3\) and axis=1; along it there must be an"
    ):
        nn.glu(np.ones((2, 3)), axis=1)


@pytest.mark.parametrize("f", [nn.sigmoid, nn.softmax, nn.log_softmax, nn.logsumexp])
def test_of_numbers_and_of_whole_numbers(f: Any) -> None:
    assert f(2.0) == f(np.array(2.0)) == f(np.array([2.0]))
    np.testing.assert_array_equal(f(np.array([1, 2])), f(np.array([1.0, 2.0])))


# -- names -----------------------------------------------------------------------------------------------------------

OF_CLASSES = {"cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss"}  # PyTorch's have no `dim`
ALONG_AXES = [name for name in nn.__all__ if callable(getattr(nn, name)) and name not in OF_CLASSES
              and "axis" in inspect.signature(getattr(nn, name)).parameters]  # fmt: skip


@pytest.mark.parametrize("name", ALONG_AXES)
def test_dim_is_refused_with_its_name_here(name: str) -> None:
    function = getattr(nn, name)
    for x in (X, ag.Tensor(X), ag.Tensor(X, requires_grad=True)):
        arrays = [] if inspect.isclass(function) else [x, x] if name == "cosine_similarity" else [x]
        with pytest.raises(TypeError, match=rf"^{name} was given dim=1, which NumPy calls axis; write axis=1$"):
            function(*arrays, dim=1)
    assert len(ALONG_AXES) >= 7


@pytest.mark.parametrize("fn", [nn.softmax, nn.log_softmax])
@pytest.mark.parametrize(("shape", "axis"), [((0, 3), 0), ((3, 0), -1), ((0,), 0), ((2, 0, 3), 1)])
def test_along_an_axis_without_elements_nothing_comes_out(fn: Any, shape: tuple[int, ...], axis: int) -> None:
    x = ag.Tensor(np.zeros(shape, np.float32), requires_grad=True)
    y = fn(x, axis)
    np.sum(y * y).backward()
    assert y.shape == shape
    assert y.dtype == np.float32
    assert x.grad is not None
    assert x.grad.shape == shape


def test_the_logsumexp_of_no_elements_is_that_of_a_sum_of_0() -> None:
    np.testing.assert_array_equal(nn.logsumexp(np.zeros((3, 0)), 1), [-np.inf] * 3)
    assert nn.logsumexp(np.zeros((0, 3)), 1).shape == (0,)
    x = ag.Tensor(np.zeros((2, 0)), requires_grad=True)
    np.sum(np.exp(nn.logsumexp(x, 1))).backward()
    assert x.grad is not None
    assert x.grad.shape == (2, 0)
