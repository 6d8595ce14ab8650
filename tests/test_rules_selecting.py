"""Taking elements by position and by rank, against differences; and which of equal elements counts."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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

X = spaced(2, 3, 4)
LINE = spaced(5)
STRIDED = reversed_columns(X)
EMPTY = normal(0, 3)
POINT = normal()
TURNED = spaced(4) + 1j * normal(4)
INDICES: dict[str, Any] = {
    "int": 1, "negative int": -1, "numpy int": np.int64(1), "list": [0, 1, 0], "empty": np.array([], int),
    "2-d": np.array([[0, 1, 1], [1, -2, 0]]), "uint8": np.array([1, 0], np.uint8), "0-d": np.array(1),
    "bool": np.array([True, False, True]), "Tensor": ag.Tensor([1, 1]),
}  # fmt: skip
BEYOND = np.array([-7, 5, 1, 2, -1, 2])
ROWS = np.array([0, 2, 1, 2])


def ranks(x: Any, axis: int) -> Any:
    """Positions along an axis, some of them twice."""
    return np.concatenate([np.argsort(x, axis), np.argsort(-x, axis)], axis)


CASES = [
    *(case(np.take, X, f=lambda x, i=i, axis=axis: np.take(x, i, axis), label=f"{name}, axis={axis}")
      for name, i in INDICES.items() for axis in (None, 0, -2)),
    *(case(np.take, x, f=lambda x, axis=axis, mode=mode: np.take(x, BEYOND, axis=axis, mode=mode),
           label=f"axis={axis}, mode={mode}")
      for x in (X, STRIDED) for axis in (None, 1, -1) for mode in ("wrap", "clip")),
    case(np.take, LINE, f=lambda x: np.take(x, [4, 4, 0], mode="raise"), label="raise"),
    case(np.take, LINE, f=lambda x: np.take(x, indices=[2, 1], axis=0), label="by name"),
    *(case(np.take, POINT, f=lambda x, axis=axis: np.take(x, [0, 0], axis=axis), label=f"axis={axis}")
      for axis in (None, 0, -1)),
    case(np.take, POINT, f=lambda x: np.take(x, 0), label="a point of a point"),
    case(np.take, normal(1), f=lambda x: np.take(x, [5], mode="wrap"), label="of size 1"),
    case(np.take, EMPTY, f=lambda x: np.take(x, [1, 1], axis=1), label="of nothing"),
    case(np.take, EMPTY, f=lambda x: np.take(x, np.zeros((0, 2), int), axis=0, mode="clip"), label="nothing"),
    case(np.take, rotated(3), f=lambda x: np.take(x, [0, 0, 2]) * x[:1], label="twice"),

    *(case(np.take_along_axis, X, f=lambda x, axis=axis: np.take_along_axis(x, ranks(X, axis), axis),
           label=f"axis={axis}") for axis in (0, 1, -1)),
    case(np.take_along_axis, STRIDED, f=lambda x: np.take_along_axis(x, ranks(STRIDED, -2), axis=-2)),
    case(np.take_along_axis, X, f=lambda x: np.take_along_axis(x, np.array([[[1]], [[-1]]]), 1), label="broadcast"),
    case(np.take_along_axis, X[:1], f=lambda x: np.take_along_axis(x, np.zeros((3, 1, 2), int), axis=-1),
         label="broadcast on both sides"),
    case(np.take_along_axis, X, f=lambda x: np.take_along_axis(x, np.array([5, 0, -1, 5]), axis=None), label="None"),
    case(np.take_along_axis, X, f=lambda x: np.take_along_axis(x, ag.Tensor([[[1]]]), 0), label="a Tensor"),
    case(np.take_along_axis, LINE, f=lambda x: np.take_along_axis(x, np.array([1, 1]), 0), label="of a line"),
    case(np.take_along_axis, EMPTY, f=lambda x: np.take_along_axis(x, np.zeros((0, 2), int), 1), label="of nothing"),
    case(np.take_along_axis, rotated(2, 2), f=lambda x: np.take_along_axis(x, np.array([[0, 0], [1, 0]]), 1)),

    *(case(np.compress, X, f=lambda x, c=c, axis=axis: np.compress(c, x, axis=axis), label=f"{c}, axis={axis}")
      for c in ([True, False], [0, 1], [False], []) for axis in (None, 0, -1)),
    case(np.compress, STRIDED, f=lambda x: np.compress(condition=[1, 0, 1], a=x, axis=1), label="by name"),
    case(np.compress, LINE, f=lambda x: np.compress(x > 0, x), label="by a comparison"),
    case(np.compress, LINE, f=lambda x: np.compress([1, 0, 1, 0, 1, 0, 0], x), label="by more than there are"),
    case(np.compress, POINT, f=lambda x: np.compress([True], x), label="of a point"),
    case(np.compress, rotated(3), f=lambda x: np.compress([True, False, True], x)),
    *(case(np.extract, x, f=lambda x: np.extract(x > 0, x), label="by a comparison") for x in (X, STRIDED, LINE)),
    case(np.extract, X[0], f=lambda x: np.extract([0, 0, 1, 1], x), label="by a shorter list"),
    case(np.extract, POINT, f=lambda x: np.extract(True, x), label="of a point"),
    case(np.extract, EMPTY, f=lambda x: np.extract(np.zeros((0, 3)), x), label="of nothing"),
    case(np.extract, rotated(3), f=lambda x: np.extract(condition=[1, 0, 1], arr=x), label="by name"),

    case(np.choose, *(normal(4) for _ in range(3)), f=lambda *xs: np.choose(ROWS, xs), label="of three"),
    case(np.choose, *(normal(4) for _ in range(3)), f=lambda *xs: np.choose(a=ROWS.tolist(), choices=list(xs)),
         label="by name"),
    *(case(np.choose, normal(6), normal(6), f=lambda *xs, mode=mode: np.choose(BEYOND, xs, mode=mode), label=mode)
      for mode in ("wrap", "clip")),
    case(np.choose, normal(4), POINT, normal(2, 1), f=lambda *xs: np.choose(ROWS, xs), label="broadcast"),
    case(np.choose, normal(2), normal(3, 1), f=lambda *xs: np.choose([[[0]], [[1]]], xs), label="broadcast by a"),
    case(np.choose, normal(2), f=lambda x: np.choose([0, 2], [x, 1.5, np.array([3, 4])]), label="with constants"),
    case(np.choose, normal(3, 2), f=lambda x: np.choose([2, 2], x), label="of the rows of one"),
    case(np.choose, normal(2), normal(2), f=lambda *xs: np.choose(ag.Tensor([True, False]), xs) * xs[0], label="bool"),
    case(np.choose, POINT, normal(2), f=lambda *xs: np.choose(1, xs), label="by a number"),
    case(np.choose, normal(0), POINT, f=lambda *xs: np.choose(np.zeros(0, int), xs), label="nothing"),
    case(np.choose, rotated(2), normal(2), f=lambda *xs: np.choose([1, 0], xs), label="and real"),

    case(np.bincount, normal(4), f=lambda w: np.bincount(ROWS, w), label="of int64"),
    case(np.bincount, normal(4), f=lambda w: np.bincount([0, 5, 0, 1], weights=w, minlength=8), label="by name"),
    case(np.bincount, normal(3), f=lambda w: np.bincount(np.array([True, False, True]), w), label="of bool"),

    *(case(np.sort, x, axis=axis) for x in (X, STRIDED) for axis in (None, 0, 1, -1)),
    *(case(np.sort, LINE, kind=kind) for kind in ("quicksort", "heapsort", "stable")),
    case(np.sort, LINE, stable=True),
    case(np.sort, X, f=lambda x: np.sort(x) * x, label="times itself"),
    case(np.sort, X, f=lambda x: np.sort(x, 0), label="positional"),
    *(case(np.sort, x) for x in (normal(1), EMPTY, TURNED)),
    case(np.sort, POINT, axis=None),
    *(case(np.partition, x, kth=kth, axis=axis)
      for x in (X, STRIDED) for kth in (0, -1, [1, 0]) for axis in (0, -1, None)),
    case(np.partition, spaced(12), kth=6, kind="introselect"),
    case(np.partition, spaced(12), f=lambda x: np.partition(x, [3, 9])[3:10:6] * x[:2], label="two of them"),
    *(case(np.partition, x, kth=0) for x in (normal(1), TURNED, normal(0, 1))),
    case(np.partition, POINT, kth=0, axis=None),
    *(case(np.sort_complex, x) for x in (LINE, X[0], TURNED, EMPTY)),
    case(np.sort_complex, LINE, f=lambda x: np.sort_complex(x) * 1j, label="turned"),

    *(case(np.unique, x) for x in (LINE, X[0], STRIDED[0], POINT, EMPTY, TURNED)),
    case(np.unique, LINE, f=lambda x: np.unique(x, True, True, True), label="all that there is"),
    case(np.unique, LINE, f=lambda x: np.unique(x, return_counts=True, equal_nan=False)[0] * x, label="with counts"),
    *(case(fn, LINE, f=lambda x, fn=fn: tuple(fn(x)) if fn is not np.unique_values else fn(x))
      for fn in (np.unique_values, np.unique_counts, np.unique_inverse, np.unique_all)),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c) and c.fn is not np.sort_complex])


def gradient(f: Any, x: Any) -> Any:
    """The gradient of a sum in which element k of f(x) counts 10**k times."""
    t = ag.Tensor(np.asarray(x, float), requires_grad=True)
    y = f(t)
    (y * 10.0 ** np.arange(y.size).reshape(y.shape)).sum().backward()
    assert t.grad is not None
    return t.grad.tolist()


@pytest.mark.parametrize("kind", [None, "quicksort", "heapsort", "stable"])
def test_equal_elements_are_sorted_in_their_order(kind: Any) -> None:
    assert gradient(lambda x: np.sort(x, kind=kind), [2.0, 1.0, 2.0, 1.0]) == [100.0, 1.0, 1000.0, 10.0]
    assert gradient(lambda x: np.sort(x, kind=kind), [0.0, -0.0, 0.0]) == [1.0, 10.0, 100.0]
    assert gradient(lambda x: np.sort(x, axis=0), [[1.0, 2.0], [1.0, 1.0]]) == [[1.0, 1000.0], [100.0, 10.0]]
    assert gradient(np.sort_complex, [2.0, 1.0, 1.0]) == [100.0, 1.0, 10.0]


def test_nan_is_sorted_last() -> None:
    assert gradient(np.sort, [np.nan, 1.0, np.nan, 0.0])[1::2] == [10.0, 1.0]
    assert gradient(lambda x: np.partition(x, 1), [np.nan, 1.0, 0.0])[1:] == [10.0, 1.0]


def test_equal_elements_are_partitioned_in_their_order() -> None:
    for kth in range(4):
        assert gradient(lambda x, kth=kth: np.partition(x, kth), [3.0, 3.0, 3.0, 3.0]) == [1.0, 10.0, 100.0, 1000.0]
    assert gradient(lambda x: np.partition(x, 2)[:2], [2.0, 1.0, 2.0, 1.0]) == [0.0, 1.0, 0.0, 10.0]


@pytest.mark.parametrize("fn", [np.unique, np.unique_values], ids=lambda fn: fn.__name__)
def test_the_first_of_equal_elements_is_the_unique_one(fn: Any) -> None:
    x = [[2.0, 1.0, 2.0], [1.0, 3.0, 2.0]]
    weight = {value: 10.0**k for k, value in enumerate(fn(np.array(x)).tolist())}  # unique_values does not sort
    assert gradient(fn, x) == [[weight[2.0], weight[1.0], 0.0], [0.0, weight[3.0], 0.0]]


if np.lib.NumpyVersion(np.__version__) >= "2.5.0":  # before, np.sort had no `descending`

    def test_descending() -> None:
        for axis in (None, 0, -1):
            check(lambda x, axis=axis: np.sort(x, axis=axis, descending=True), X, order=2)
        assert gradient(lambda x: np.sort(x, descending=False), [2.0, 1.0]) == [10.0, 1.0]
        x = [2.0, np.nan, 1.0, 2.0]
        assert gradient(lambda x: np.sort(x, descending=True), x) == [1.0, 1000.0, 100.0, 10.0]


@pytest.mark.parametrize("call", [
    lambda t: np.take(t, [0], out=np.zeros(1)), lambda t: np.compress([1], t, out=np.zeros(1)),
    lambda t: np.choose([0], [t], out=np.zeros(1)), lambda t: np.unique(t[None], axis=0),
], ids=["take", "compress", "choose", "unique"])  # fmt: skip
def test_what_is_not_known_is_refused(call: Any) -> None:
    with pytest.raises(TypeError, match=r"out=|axis="):
        call(ag.Tensor([1.0, 2.0], requires_grad=True))


@pytest.mark.parametrize("call", [
    lambda t: np.take(t, 2), lambda t: np.choose([2], [t, t]), lambda t: np.take_along_axis(t, np.array([5]), 0),
], ids=["take", "choose", "take_along_axis"])  # fmt: skip
def test_a_position_beyond_the_end_raises_numpys_error(call: Any) -> None:
    with pytest.raises((IndexError, ValueError), match=r"out of bounds|out-of-bounds|invalid entry"):
        call(ag.Tensor([1.0, 2.0], requires_grad=True))


@settings(max_examples=25, deadline=None)
@given(data=st.data(), mode=st.sampled_from(["raise", "wrap", "clip"]))
def test_any_positions_along_any_axis(data: Any, mode: Any) -> None:
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    n = int(np.prod(shape)) if axis is None else shape[axis]
    far = 0 if mode == "raise" else 9
    indices = data.draw(st.lists(st.integers(-n - far, n - 1 + far), max_size=4))
    check(lambda x: np.take(x, np.array(indices, int), axis=axis, mode=mode), spaced(*shape))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_rank_along_any_axis(data: Any) -> None:
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    kth = data.draw(st.lists(st.integers(-shape[axis], shape[axis] - 1), min_size=1, max_size=3))
    x = spaced(*shape)
    check(lambda x: np.sort(x, axis=axis), x)
    check(lambda x: np.partition(x, kth, axis=axis), x)
