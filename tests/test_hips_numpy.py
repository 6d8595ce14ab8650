"""autograd.numpy: NumPy's values on arrays, and gradients where NumPy itself loses the Tensor."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.numpy import fft, linalg, random
from autograd.numpy.numpy_vjps import replace_zero, unbroadcast, unbroadcast_f
from autograd.test_util import check_grads

import autograd as ag

X, Y = np.array([0.5, 1.5, -2.0]), np.array([2.0, -1.0, 0.25])
S = 0.7

# A function of arrays or numbers, and where to call it: on Tensors it must give what it gives on arrays.
CALLS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda x, s: anp.array([x[0], s, 3.0, x[2]]), (X, S)),
    (lambda x, s: anp.array([[x, x * 2], [x * s, Y]]), (X, S)),
    (lambda x: anp.array(x, ndmin=3), (X,)),
    (lambda x: anp.array(x, dtype=complex), (X,)),
    (lambda x: anp.asarray([x, x]), (X,)),
    (lambda x, y: anp.append(x, y), (X, S)),
    (lambda x, y: anp.append(x, [y, 1.0]), (X, S)),
    (lambda x, y: anp.append([x], [y], axis=0), (X, Y)),
    (lambda s: anp.full((2, 3), s), (S,)),
    (lambda x: anp.full((2, 3), x), (X,)),
    (lambda x, s: anp.r_[x, s, 1.0, x[:2]], (X, S)),
    (lambda x: anp.r_[x, 1:4, 0:1:3j], (X,)),
    (lambda x, y: anp.c_[x, y, 1:4], (X, Y)),
    (lambda x, y: anp.r_["0,2", x, y], (X, Y)),
    (lambda x, s: anp.sum([x[0], s, 2.0]), (X, S)),
    (lambda x, y: anp.mean([x, y], axis=0), (X, Y)),
    (lambda x, y: anp.max([[x[0], y[1]], [x[1], 3.0]], axis=1), (X, Y)),
    (lambda x, s: anp.std([x[0], s]), (X, S)),
    (lambda x, s: anp.dot([s, s, 1.0], x), (X, S)),
    (lambda x, s: anp.concatenate([x, [s, x[1]]]), (X, S)),
    (lambda x: anp.stack(x * k for k in range(3)), (X,)),
    (lambda x, y: anp.stack({"a": x, "b": y}.values()), (X, Y)),
    (lambda x, s: anp.vstack([x, [s, s, 1.0]]), (X, S)),
    (lambda x, s: anp.where(x > 0, [s, s, x[0]], 1.0), (X, S)),
    (lambda x, y: anp.where(np.array([True, False, True]), x=x, y=y), (X, Y)),
    (lambda x, s: linalg.norm([x[0], s]), (X, S)),
    (lambda x, s: linalg.det([[x[0], s], [1.0, x[1]]]), (X, S)),
    (lambda x: np.abs(fft.fft([x[0], x[1], 1.0])), (X,)),
    (lambda x: anp.make_diagonal(x), (X,)),
    (lambda x: x[np.int64([0, 2])] + x[anp.int64(anp.array([1.0, 2.0]))], (X,)),
]


@pytest.mark.parametrize(("f", "inputs"), CALLS)
def test_on_tensors_as_on_arrays_and_with_a_gradient(f: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
    expected = f(*inputs)
    found = f(*(ag.Tensor(x, requires_grad=True) for x in inputs))
    assert isinstance(found, ag.Tensor)
    np.testing.assert_allclose(found.data, expected, rtol=1e-15)
    assert (found.shape, found.dtype) == (np.shape(expected), np.asarray(expected).dtype)
    check_grads(f, list(range(len(inputs))), modes=["rev"], order=1)(*inputs)


def test_all_else_is_numpys_own() -> None:
    assert anp.sin is np.sin
    assert anp.pi is np.pi
    assert anp.float64 is np.float64
    assert anp.__version__ == np.__version__
    assert random.default_rng is np.random.default_rng
    assert all(hasattr(anp, name) for name in np.__all__)
    names: dict[str, Any] = {}
    exec("from autograd.numpy import *", names)
    assert set(np.__all__) <= names.keys()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        anp.nothing  # noqa: B018  # the error is what is tested
    np.testing.assert_array_equal(anp.r_[1, 2:4], [1, 2, 3])
    np.testing.assert_array_equal(anp.full(2, 3.0), [3.0, 3.0])
    assert anp.array([1, 2], dtype="f4").dtype == np.float32


def test_errors_of_numpy_stay_what_they_are() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        anp.concatenate([X], nothing=1)
    with pytest.raises(ValueError, match="must have the same shape"):
        anp.array([ag.Tensor([1.0, 2.0], requires_grad=True), ag.Tensor(1.0)])


def test_types_of_integers_take_tensors_as_constants() -> None:
    found = anp.int64(ag.Tensor([1.7, -2.2], requires_grad=True))
    np.testing.assert_array_equal(found, [1, -2])
    assert found.dtype == anp.int64


def test_where_of_python_numbers() -> None:
    assert type(anp.where(True, 1, 2)) is int
    assert anp.where([True, False], [1.0, 2.0], [3.0, 4.0]) == [1.0, 4.0]
    assert type(anp.where(np.True_, 1.0, 2.0)) is np.ndarray
    np.testing.assert_array_equal(anp.where(np.array([0, 1])), [[1]])


@pytest.mark.parametrize("wide", [(2, 3), (4, 2, 3), (1, 2, 3)])
@pytest.mark.parametrize("shape", [(), (3,), (1,), (2, 1), (2, 3)])
def test_unbroadcast_undoes_broadcasting(wide: tuple[int, ...], shape: tuple[int, ...]) -> None:
    target, g = np.ones(shape), np.arange(np.prod(wide), dtype=float).reshape(wide)
    expected = ag.grad(lambda x: np.sum(x * g))(target)
    np.testing.assert_array_equal(unbroadcast(g, anp.metadata(target)), expected)
    np.testing.assert_array_equal(unbroadcast_f(target, lambda g: 2 * g)(g), 2 * expected)
    assert unbroadcast_f(target, lambda g: 1j * g)(g).dtype == float


def test_unbroadcast_of_axes_that_were_added_at_the_end() -> None:
    g = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(unbroadcast(g, anp.metadata(np.ones((2, 4))), broadcast_idx=-1), g.sum(1))


def test_replace_zero() -> None:
    np.testing.assert_array_equal(replace_zero(np.array([0.0, 2.0]), 1.0), [1.0, 2.0])
