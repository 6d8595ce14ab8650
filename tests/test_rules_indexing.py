"""Reading, setting and adding at every kind of index, against NumPy and differences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numeric import (
    case,
    check,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag
from autograd.rules.indexing import (
    add_at,
    getitem,
    max_at,
    min_at,
    multiply_at,
    scatter_add,
    set_at,
)  # fmt: skip

X = normal(3, 4, 2)
MASK = np.array([True, False, True])
MASK2 = np.arange(12).reshape(3, 4) % 3 == 0
INDICES: dict[str, Any] = {
    "int": 1, "negative int": -1, "numpy int": np.int64(2), "ints": (0, -2, 1), "slice": slice(1, 3),
    "negative step": slice(None, None, -1), "step": (slice(None), slice(3, 0, -2)), "empty slice": slice(2, 1),
    "None": None, "Nones": (None, 1, None, slice(None)), "...": ..., "..., int": (..., 0), "int, ...": (1, ..., None),
    "()": (), "list": [0, 2], "array": np.array([2, 0]), "repeated": np.array([1, 1, 0, 1]),
    "negative": np.array([-1, 2, -1]), "2-d array": np.array([[0, 1], [1, 2]]), "empty array": np.array([], int),
    "0-d array": np.array(1), "arrays": (np.array([0, 0, 2]), np.array([1, 1, -1])),
    "broadcast arrays": (np.array([[0], [2]]), np.array([1, 3, 1])), "mask": MASK, "no mask": ~(MASK | True),
    "2-d mask": MASK2, "full mask": np.arange(24).reshape(3, 4, 2) % 2 == 0, "True": True, "False": False,
    "mask and int": (MASK, 1), "mask and array": (MASK, np.array([0, 0])), "int and array": (0, np.array([1, 1])),
    "array, slice, array": (np.array([0, 1, 0]), slice(None), np.array([1, 1, 1])),
    "slice, array": (slice(None, None, -1), np.array([3, 3, 0])), "None, array": (None, np.array([0, 0])),
    "..., array": (..., np.array([1, 0, 1])), "ix_": np.ix_([0, 2], [1, 1, 0]), "ix_ of a mask": np.ix_(MASK, [0, 3]),
    "list in tuple": ([0, 1], slice(1, None)), "uint8": np.array([0, 2], np.uint8),
}  # fmt: skip


def selected(index: Any) -> tuple[int, ...]:
    return np.shape(X[index])


# NumPy doesn't say which of several values that are set in one place stays, so these indices name each place once.
UNIQUE = {k: v for k, v in INDICES.items() if np.unique(np.arange(X.size).reshape(X.shape)[v]).size == X[v].size}

UPDATES: dict[Any, np.ufunc] = {add_at: np.add, multiply_at: np.multiply, max_at: np.maximum, min_at: np.minimum}
DISTINCT = spaced(3, 4, 2)


def rivals(*shape: int) -> Any:
    """Distinct numbers, and different from all in DISTINCT."""
    return spaced(*shape) + 0.1


CASES = [
    *(case(getitem, X, f=lambda x, index=index: x[index], label=name) for name, index in INDICES.items()),
    *(case(scatter_add, normal(*selected(index)), label=name,
           f=lambda x, index=index: scatter_add(x, X.shape, index)) for name, index in INDICES.items()),
    *(case(set_at, X, normal(*selected(index)), label=name, f=lambda x, v, index=index: set_at(x, v, index))
      for name, index in UNIQUE.items()),
    *(case(add_at, X, normal(*selected(index)), label=name, f=lambda x, v, index=index: add_at(x, v, index))
      for name, index in INDICES.items()),
    *(case(multiply_at, X, normal(*selected(index)), label=name, f=lambda x, v, index=index: multiply_at(x, v, index))
      for name, index in INDICES.items()),
    *(case(fn, DISTINCT, rivals(*selected(index)), label=name, f=lambda x, v, fn=fn, index=index: fn(x, v, index))
      for fn in (max_at, min_at) for name, index in INDICES.items()),
    case(getitem, reversed_columns(X), f=lambda x: x[1:, ::-2, np.array([0, 0])], label="strided"),
    case(getitem, normal(), f=lambda x: x[()], label="point"),
    case(getitem, normal(), f=lambda x: x[None, ...], label="point with an axis"),
    case(getitem, normal(), f=lambda x: x[np.array(True)], label="point by a mask"),
    case(getitem, normal(0, 3), f=lambda x: x[:, [0, 0]], label="nothing"),
    case(getitem, rotated(3), f=lambda x: x[[0, 0, 2]], label="repeated"),
    case(getitem, normal(2), f=lambda x: x[0] * x[1], label="used twice"),
    *(case(fn, X, normal(*shape), f=lambda x, v, fn=fn: fn(x, v, (slice(0, 2), [0, 2, 3])), label="broadcast")
      for fn in (set_at, add_at, multiply_at) for shape in [(), (2,), (3, 1), (2, 1, 1), (1, 2)]),
    *(case(fn, DISTINCT, rivals(*shape), f=lambda x, v, fn=fn: fn(x, v, (slice(0, 2), [0, 2, 0])), label="broadcast")
      for fn in (max_at, min_at) for shape in [(), (2,), (3, 1), (2, 1, 1), (1, 2)]),
    case(set_at, X, normal(1, 4, 2), f=lambda x, v: set_at(x, v, 1), label="leading 1"),
    *(case(fn, X, 2.5, f=lambda x, v, fn=fn: fn(x, v, MASK), label="constant")
      for fn in (set_at, *UPDATES)),
    *(case(fn, X, f=lambda v, fn=fn: fn(np.array([0.1, 0.2]), v[0, 0], [1, 0]), label="in a constant")
      for fn in UPDATES),
    *(case(fn, rotated(3), normal(2), f=lambda x, v, fn=fn: fn(x, v, [2, 0]), label="and real")
      for fn in (set_at, *UPDATES)),
    *(case(fn, normal(), normal(), f=lambda x, v, fn=fn: fn(x, v, ()), label="point") for fn in (set_at, *UPDATES)),
    *(case(fn, normal(), normal(), f=lambda x, v, fn=fn: fn(x, v, np.array(True)) * x, label="point by a mask")
      for fn in (set_at, *UPDATES)),
    *(case(fn, rotated(2), rotated(3), f=lambda x, v, fn=fn: fn(x, v, [1, 1, 0]) * x[0], label="repeated")
      for fn in UPDATES),
    *(case(multiply_at, np.array(x), np.array(v), f=lambda x, v: multiply_at(x, v, [0] * v.size), label=f"{x} by {v}")
      for x in ([2.0], [0.0]) for v in ([0.0, 3.0], [0.0, 0.0, 3.0], [1.5, 0.0, 0.0, 2.0, -1.0], [0.0, 0.0, 0.0])),
    case(multiply_at, X[0, 0], normal(7), f=lambda x, v: multiply_at(x, v, [1, 0, 1, 1, 0, 1, 1]), label="in turn"),
    *(case(fn, reversed_columns(X), normal(4), f=lambda x, v, fn=fn: fn(x, v[::2], (1, 0, slice(None, None, -1))),
           label="strided") for fn in UPDATES),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


def test_at_calls_the_primitives() -> None:
    t, v = ag.Tensor(X, requires_grad=True), ag.Tensor(np.ones(2), requires_grad=True)
    y, z = t.at[0, [1, 2]].set(v), t.at[0, [1, 1]].add(v)
    expected, added = X.copy(), X.copy()
    expected[0, [1, 2]] = 1
    added[0, 1] += 2
    np.testing.assert_array_equal(y.data, expected)
    np.testing.assert_array_equal(z.data, added)
    (y.sum() + z.sum()).backward()
    assert v.grad is not None
    assert v.grad.data.tolist() == [4.0, 4.0]


def test_where_an_index_is_set_twice_the_last_value_counts() -> None:
    t, v = ag.Tensor(np.zeros(3), requires_grad=True), ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = t.at[np.array([1, 1, 0])].set(v)
    assert y.data.tolist() == [3.0, 2.0, 0.0]
    (y * np.array([1.0, 10.0, 100.0])).sum().backward()
    assert v.grad is not None
    assert t.grad is not None
    assert v.grad.data.tolist() == [0.0, 10.0, 1.0]
    assert t.grad.data.tolist() == [0.0, 0.0, 100.0]


@pytest.mark.parametrize("index", [ag.Tensor([2, 0, 2]), (slice(None), ag.Tensor([1, 1])), ag.Tensor(MASK)],
                         ids=["array", "in a tuple", "mask"])  # fmt: skip
def test_a_tensor_is_an_index(index: Any) -> None:
    t = ag.Tensor(X, requires_grad=True)
    plain = (slice(None), index[1].data) if isinstance(index, tuple) else index.data
    y = t[index]
    np.testing.assert_array_equal(y.data, X[plain])
    y.sum().backward()
    counts = np.zeros(X.shape)
    np.add.at(counts, plain, 1)
    assert t.grad is not None
    np.testing.assert_array_equal(t.grad.data, counts)


def test_a_comparison_is_an_index() -> None:
    t = ag.Tensor([1.0, -2.0, 3.0], requires_grad=True)
    t[t > 0].sum().backward()
    assert t.grad is not None
    assert t.grad.data.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(("name", "fn"), [("add", add_at), ("multiply", multiply_at), ("max", max_at), ("min", min_at)])
@pytest.mark.parametrize("index", [1, (0, 0), ..., slice(None, None, 2), [1, 1, 0], ([0, 0], [1, 1])], ids=str)
def test_at_does_what_the_ufunc_does_in_place(name: str, fn: Any, index: Any) -> None:
    x = np.arange(6.0).reshape(2, 3)
    for dtype in (np.float64, np.float32, np.int64):
        expected, v = x.astype(dtype), np.full(np.shape(x[index])[-1:], 3, dtype)
        UPDATES[fn].at(expected, index, v)
        y = getattr(ag.Tensor(x.astype(dtype)).at[index], name)(v)
        np.testing.assert_array_equal(y.data, expected)
        assert y.dtype == dtype


@pytest.mark.parametrize("fn", UPDATES, ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("index", [1, [1]], ids=str)
def test_values_with_more_axes_than_their_place_are_refused_as_by_the_ufunc(fn: Any, index: Any) -> None:
    with pytest.raises(ValueError, match="broadcast"):
        fn(np.ones((2, 3)), np.ones((1, 1, 3)), index)


def gradients_at(fn: Any, x: Any, v: Any, index: Any) -> Any:
    """The gradients of x and v of a sum in which element k counts 10**k times."""
    t, u = (ag.Tensor(np.asarray(a, float), requires_grad=True) for a in (x, v))
    (fn(t, u, index) * 10.0 ** np.arange(len(x))).sum().backward()
    assert t.grad is not None
    assert u.grad is not None
    return t.grad.tolist(), u.grad.tolist()


@pytest.mark.parametrize(("fn", "sign"), [(max_at, 1.0), (min_at, -1.0)])
def test_ties_share_equally(fn: Any, sign: float) -> None:
    x, v = np.array([3.0, 3.0, 1.0]) * sign, np.array([3.0, 3.0, 2.0, 3.0]) * sign
    third = 10 / 3
    assert gradients_at(fn, x, v, [1, 1, 1, 0]) == ([0.5, third, 100.0], [third, third, 0.0, 0.5])
    assert gradients_at(fn, x, v[:2], slice(1, 3)) == ([1.0, 5.0, 0.0], [5.0, 100.0])
    assert gradients_at(fn, x, v[0], [2, 2]) == ([1.0, 10.0, 0.0], 100.0)
    assert gradients_at(fn, [np.nan, 1.0], [1.0, np.nan], slice(None)) == ([1.0, 0.0], [0.0, 10.0])


def test_a_value_wins_although_it_was_rounded_when_it_was_written() -> None:
    t, v = ag.Tensor(np.zeros(2, np.float32), requires_grad=True), ag.Tensor([0.1, 0.2], requires_grad=True)
    for index in (slice(None), [1, 0]):
        y = max_at(t, v, index)
        assert y.dtype == np.float32
        y.sum().backward()
    assert v.grad is not None
    assert t.grad is not None
    assert v.grad.tolist() == [2.0, 2.0]
    assert t.grad.tolist() == [0.0, 0.0]


def test_a_place_is_multiplied_by_many_values() -> None:
    """As fast as it is deep: a tree, and no value divided by."""
    v = np.ones(1000)
    v[::500] = [0.0, 3.0]
    gx, gv = gradients_at(multiply_at, [2.0, 5.0], v, np.arange(1000) % 2)
    assert gx == [0.0, 10.0]
    assert gv == [6.0, *[50.0, 0.0] * 499, 50.0]


def test_nothing_is_set_in_integers() -> None:
    """A gradient would flow through the cut to an integer."""
    v = ag.Tensor([1.7], requires_grad=True)
    at = ag.Tensor([1, 2, 3]).at[0]
    for write in (at.set, at.add, at.multiply, at.max, at.min):
        with pytest.raises(TypeError, match=r"float64 for a Tensor of int64.*astype\(np\.float64\)"):
            write(v[0])


def test_an_index_out_of_range_raises_numpys_error() -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        ag.Tensor(X, requires_grad=True)[3]
    with pytest.raises(IndexError, match="out of bounds"):
        ag.Tensor(X, requires_grad=True).at[[0, 7]].add(1)


@st.composite
def places(draw: Any) -> tuple[tuple[int, ...], Any]:
    shape = draw(npst.array_shapes(max_dims=3, max_side=3))
    basic = npst.basic_indices(shape, allow_newaxis=True)
    advanced = npst.integer_array_indices(shape)
    masks = npst.arrays(bool, st.just(shape))
    return shape, draw(st.one_of(basic, advanced, masks))


@settings(max_examples=100, deadline=None)
@given(places())
def test_the_gradient_counts_how_often_an_element_was_read(place: Any) -> None:
    shape, index = place
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    t = ag.Tensor(x, requires_grad=True)
    y = t[index]
    np.testing.assert_array_equal(y.data, x[index])
    y.sum().backward()
    counts = np.bincount(np.ravel(x[index]).astype(int), minlength=x.size).reshape(shape)
    assert t.grad is not None
    np.testing.assert_array_equal(t.grad.data, counts)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=9), st.sampled_from(list(UPDATES)))
def test_a_place_is_updated_any_number_of_times(index: list[int], fn: Any) -> None:
    numbers = spaced(4 + len(index))
    check(lambda x, v: fn(x, v, np.array(index, int)), numbers[:4], numbers[4:], order=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [
    np.array([3, 0, 3, -1, -4]), np.array([[250, 0], [0, 250]], np.uint8), np.array(1), np.zeros((0, 2), int),
], ids=str)  # fmt: skip
def test_rows_add_up_in_the_order_of_np_add_at(index: Any, dtype: Any) -> None:
    """Whatever the dtype of the index: the number of an element may be too large for it."""
    shape = (251, 2, 3)
    x = np.random.default_rng(0).normal(size=(*index.shape, 2, 3)).astype(dtype)
    expected = np.zeros(shape, dtype)
    np.add.at(expected, index, x)
    np.testing.assert_array_equal(scatter_add(x, shape, index), expected)
    for wrong in (np.array([251]), np.array([-252])):
        with pytest.raises(IndexError):
            scatter_add(x[:1, ...] if x.ndim == 3 else np.ones((1, 2, 3), dtype), shape, wrong)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1)], ids=str)
def test_rows_add_up_however_they_lie_in_memory(order: Any) -> None:
    """The gradient of a lookup comes in Fortran's order, say, where what was looked up was transposed."""
    x = normal(4, 2, 3)
    lying = np.empty([x.shape[k] for k in order]).transpose(np.argsort(order))
    lying[...] = x
    index = np.array([0, 2, 2, 1])
    np.testing.assert_array_equal(scatter_add(lying, (3, 2, 3), index), scatter_add(x, (3, 2, 3), index))
    np.testing.assert_array_equal(ag.grad(lambda t: np.sum(t[index] * lying))(np.ones((3, 2, 3))),
                                  ag.grad(lambda t: np.sum(t[index] * x))(np.ones((3, 2, 3))))  # fmt: skip
