"""Norms of every order along every kind of axis against differences; and their conventions at zeros and ties."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import case, check, has_complex, judged, reversed_columns

import autograd as ag

la, inf = np.linalg, np.inf
rng = np.random.default_rng(11)


def sizes(*shape: int) -> Any:
    """Numbers whose absolute values are 0.3 apart, and at least 0.5: none overtakes another while it is moved."""
    count = int(np.prod(shape))
    return (0.5 + 0.3 * rng.permutation(count)).reshape(shape)


def signed(*shape: int) -> Any:
    return sizes(*shape) * rng.choice([-1, 1], shape)


def turned(*shape: int) -> Any:
    return sizes(*shape) * np.exp(1j * rng.uniform(-3, 3, shape))


# The sums of rows and of columns are apart, too, and the singular values.
X = np.array([[[0.5, -0.8], [-3.8, -2.6], [-1.1, 3.2]], [[2.9, 1.7], [-2.0, 1.4], [3.5, 2.3]]])
C = X * np.exp(1j * X)
VECTOR_ORDERS = [None, 1, 2, 3, inf, -inf, 0, 0.5, 1.5, -1, -2, np.float64(2.5)]
MATRIX_ORDERS: list[Any] = [None, "fro", "f", "nuc", 1, -1, 2, -2, inf, -inf]
SMALL = np.array([[2.0, 0.4], [-0.7, 1.5]])

CASES = [
    # np.linalg.norm: the whole array, vectors, matrices
    *(case(la.norm, x, keepdims=keepdims) for x in (X, C, X[0], C[0], X[0, 0], C[0, 0]) for keepdims in (False, True)),
    *(case(la.norm, x, label=label) for label, x in {"strided": reversed_columns(X), "point": np.array(-1.5), "of one":
      np.array([-2.0]), "of nothing": np.ones(0), "of no rows": np.ones((0, 3))}.items()),
    *(case(la.norm, x, ord=p) for x in (X[0, :, 0], C[0, :, 0]) for p in VECTOR_ORDERS),
    *(case(la.norm, x, ord=p, axis=axis) for x, axis in [(X, 1), (C, -1)] for p in VECTOR_ORDERS),
    *(case(la.norm, X, ord=p, axis=axis, keepdims=keepdims) for p in (None, 1, 2, 3, inf)
      for axis in (0, -1, (1,)) for keepdims in (False, True)),
    *(case(la.norm, x, ord=p) for x in (X[0], C[0]) for p in MATRIX_ORDERS),
    *(case(la.norm, x, ord=p, axis=axis) for x, axis in [(X, (1, 2)), (C, (2, 1))] for p in MATRIX_ORDERS),
    *(case(la.norm, X, ord=p, axis=axis, keepdims=keepdims) for p in (None, "nuc", 1, 2, inf)
      for axis in ((0, 1), (-1, 0)) for keepdims in (False, True)),
    *(case(la.norm, np.ones((0, 3)), ord=p, axis=0) for p in (None, 1, 3)),
    *(case(la.norm, np.ones((0, 3, 2)), ord=p, axis=(1, 2)) for p in (None, 1, 2, "nuc", inf)),
    case(la.norm, X, f=lambda x: la.norm(x, 3, -1, True), label="positional"),

    # np.linalg.vector_norm: along any number of axes; np.linalg.matrix_norm: along the last two
    *(case(la.vector_norm, x, ord=p) for x in (X, C) for p in VECTOR_ORDERS[1:]),
    *(case(la.vector_norm, x, ord=p, axis=axis, keepdims=keepdims) for x, p in [(X, 2), (C, 3), (C, inf), (X, 1)]
      for axis in (0, -1, (0, 2), (-1, 0), (2, 1, 0), ()) for keepdims in (False, True)),
    *(case(la.vector_norm, x, label=label) for label, x in
      {"strided": reversed_columns(X), "point": np.array(-1.5), "of nothing": np.ones((2, 0))}.items()),
    *(case(la.matrix_norm, x, ord=p, keepdims=keepdims) for x in (X, C) for p in MATRIX_ORDERS[1:]
      for keepdims in (False, True)),
    case(la.matrix_norm, X[0]), case(la.matrix_norm, reversed_columns(X), ord=2), case(la.matrix_norm, np.ones((2, 0))),
    *(case(la.matrix_norm, x, ord=p) for x in (np.array([[-2.0]]), np.array([[1 + 2j]])) for p in MATRIX_ORDERS[1:]),

    *(case(la.cond, x, p=p) for x in (SMALL, np.stack([SMALL, SMALL @ SMALL]), SMALL * np.exp(1j * SMALL))
      for p in (None, 2, -2, 1, -1, inf, -inf, "fro", "nuc")),
    *(case(la.cond, x, p=p) for x in (X, C[0]) for p in (None, 2, -2)),
    case(la.cond, reversed_columns(SMALL)),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


def leaf(x: Any) -> Any:
    return ag.Tensor(np.asarray(x), requires_grad=True)


def gradient(f: Any, x: Any) -> Any:
    """And that of the gradient is finite."""
    t = leaf(np.asarray(x) + 0.0)
    f(t).sum().backward(create_graph=True)
    g, t.grad = t.grad, None
    if g.requires_grad:
        squared = np.real(g * np.conjugate(g)).sum()
        squared.backward()
        assert np.isfinite(t.grad.data).all()
    return g.data.tolist()


# -- conventions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("ord", [1, 2, 3, inf, -inf, 0, 0.5, 1.5])
def test_the_norm_of_zeros_has_gradient_0(ord: Any, dtype: Any) -> None:
    zeros = np.zeros((2, 3), dtype)
    assert gradient(lambda x: la.vector_norm(x, ord=ord), zeros) == zeros.tolist()
    assert gradient(lambda x: la.norm(x, ord, 0), zeros) == zeros.tolist()


@pytest.mark.filterwarnings("ignore:divide by zero")  # which NumPy's value does
@pytest.mark.parametrize("x", [[0.0, 0.0], [0.0, 2.0]])
def test_the_norm_of_negative_order_has_gradient_0_where_it_is_0(x: Any) -> None:
    assert gradient(lambda x: la.norm(x, -1), x) == [0.0, 0.0]


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("ord", MATRIX_ORDERS)
def test_the_norm_of_a_zero_matrix_has_gradient_0(ord: Any, dtype: Any) -> None:
    t = leaf(np.zeros((2, 3), dtype))
    la.norm(t, ord, (0, 1)).backward()
    assert t.grad.data.tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize(("ord", "expected"), [
    (2, [0.6, 0.0, -0.8]), (3, [9 / 91 ** (2 / 3), 0.0, -16 / 91 ** (2 / 3)]), (1, [1.0, 0.0, -1.0]),
    (inf, [0.0, 0.0, -1.0]), (0.5, [(3**0.5 + 2) / 3**0.5, 0.0, -(3**0.5 + 2) / 2]), (1.5, None),
])  # fmt: skip
def test_a_zero_among_others_has_gradient_0(ord: Any, expected: Any) -> None:
    found = gradient(lambda x: la.norm(x, ord), [3.0, 0.0, -4.0])
    assert found[1] == 0.0
    if expected:
        np.testing.assert_allclose(found, expected)


def test_smooth_at_a_zero_among_others() -> None:
    check(lambda x: la.norm(x, 4), np.array([3.0, 0.0, -4.0]), order=2)


def test_ties_share_equally() -> None:
    assert gradient(lambda x: la.norm(x, inf), [-3.0, 3.0, 1.0]) == [-0.5, 0.5, 0.0]
    assert gradient(lambda x: la.norm(x, -inf), [-3.0, 1.0, 1.0]) == [0.0, 0.5, 0.5]
    assert gradient(lambda x: la.vector_norm(x, ord=inf), [[-3.0, 3.0], [3.0, 3j]]) == [[-0.25, 0.25], [0.25, 0.25j]]
    rows = np.array([[1.0, -2.0], [3.0, 0.5], [-2.0, 1.0]])
    assert gradient(lambda x: la.norm(x, -inf), rows) == [[0.5, -0.5], [0.0, 0.0], [-0.5, 0.5]]
    assert gradient(lambda x: la.norm(x, 1), rows.T[:, ::2]) == [[0.5, -0.5], [-0.5, 0.5]]


@pytest.mark.parametrize("fn", [lambda x: la.norm(x, 2), lambda x: la.matrix_norm(x, ord=-2)])
def test_equal_singular_values_share_equally(fn: Any) -> None:
    t = leaf(-3 * np.eye(2))
    fn(t).backward()
    np.testing.assert_allclose(t.grad.data, -np.eye(2) / 2, atol=1e-15)


def test_nuclear_norm_of_equal_singular_values() -> None:
    t = leaf(-3 * np.eye(2))
    la.norm(t, "nuc").backward()
    np.testing.assert_allclose(t.grad.data, -np.eye(2), atol=1e-15)


def test_norm_of_nan_warns_of_nothing() -> None:
    for p in (2, 1, inf, 3):
        t = leaf([[np.nan, 1.0], [2.0, 1.0]])
        la.norm(t, p, 1).sum().backward()
        assert np.isfinite(t.grad.data[1]).all()


def test_of_a_largest_that_is_nan_no_gradient_is_0_where_it_is() -> None:
    t = leaf([[np.nan, 1.0], [2.0, 1.0]])
    la.norm(t, inf, 1).sum().backward()
    np.testing.assert_array_equal(t.grad.data, [[np.nan, 0.0], [1.0, 0.0]])


def test_the_largest_of_nothing_is_0() -> None:
    """Since NumPy 2.3; before, there was none."""
    t = leaf(np.ones((0, 3)))
    la.norm(t, inf if np.lib.NumpyVersion(np.__version__) >= "2.3.0" else 1, 0).sum().backward()
    assert t.grad.shape == (0, 3)


def test_the_order_0_counts() -> None:
    assert gradient(lambda x: la.norm(x, 0), [3.0, 0.0]) == [0.0, 0.0]


def test_cond_of_a_singular_matrix_says_so() -> None:
    t = leaf(np.ones((2, 2)))
    y = la.cond(t, 1)
    assert y.item() == inf
    with pytest.raises(la.LinAlgError, match=r"cond.*p=1 needs an invertible one.*p=None"):
        y.backward()


# -- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(data=st.data(), ord=st.sampled_from(VECTOR_ORDERS[1:]), keepdims=st.booleans(), real=st.booleans())
def test_vectors_along_any_axes(data: Any, ord: Any, keepdims: bool, real: bool) -> None:
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1)))
    axis = tuple(data.draw(st.permutations([k - len(shape) * data.draw(st.booleans()) for k in axes])))
    check(lambda x: la.vector_norm(x, ord=ord, axis=axis, keepdims=keepdims), (signed if real else turned)(*shape))


@settings(max_examples=25, deadline=None)
@given(data=st.data(), ord=st.sampled_from(MATRIX_ORDERS), real=st.booleans())
def test_scaling_a_matrix_scales_its_norm(data: Any, ord: Any, real: bool) -> None:
    """So the gradient times the matrix is the norm (Euler)."""
    shape = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=3))
    axis = tuple(data.draw(st.permutations(range(-len(shape), 0)))[:2])
    x = (signed if real else turned)(*shape)
    t = leaf(x)
    y = la.norm(t, ord, axis)
    y.sum().backward()
    np.testing.assert_allclose(np.real(np.conjugate(t.grad.data) * x).sum(axis=axis), y.data)
