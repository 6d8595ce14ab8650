"""Operators give what they give on arrays: values, dtypes and errors, in both orders and with every kind of operand."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numeric import check

import autograd as ag

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
LOGIC = [operator.and_, operator.or_, operator.xor]
X = np.array([[1.0, 2.0], [3.0, 4.0]])
OPERANDS: dict[str, Any] = {
    "int": 2, "float": 2.5, "bool": True, "array": np.array([2.0, 3.0]), "list": [2.0, 3.0], "tuple": (2, 3),
    "float32": np.float32(2), "float64": np.float64(2.5), "int64": np.int64(2), "0-d": np.array(2.5),
    "f4": X.astype("f4"),
    "ints": np.array([2, 3]), "nested": [[1.0], [2.0]], "one": 1, "half": 0.5, "zero": 0,
}  # fmt: skip
names = [pytest.param(name, id=name) for name in OPERANDS]


def same(actual: Any, expected: Any) -> None:
    assert type(actual) is ag.Tensor
    assert type(actual.data) is np.ndarray
    assert (actual.dtype, actual.shape) == (np.asarray(expected).dtype, np.shape(expected))
    np.testing.assert_allclose(actual.data, expected, rtol=1e-15 if actual.dtype != np.float32 else 1e-7)


# Before NumPy 2.3, ndarray's own ** took float32 and float64 scalars for Python's; np.power never did.
OLD_POWER = {operator.pow: np.power} if np.lib.NumpyVersion(np.__version__) < "2.3.0" else {}


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.complex128])
@pytest.mark.parametrize("name", names)
@pytest.mark.parametrize("op", [*ARITHMETIC, *COMPARISONS])
def test_as_in_numpy(op: Callable[..., Any], name: str, dtype: Any) -> None:
    x, other = X.astype(dtype), OPERANDS[name]
    for a, b in ((x, other), (other, x)):
        operands = [(ag.Tensor(v) if v is x else v) for v in (a, b)]
        try:
            expected = OLD_POWER.get(op, op)(a, b)
        except TypeError:  # whole division of complex numbers
            with pytest.raises(TypeError):
                op(*operands)
            continue
        same(op(*operands), expected)
        same(op(ag.Tensor(a), ag.Tensor(b)), OLD_POWER.get(op, op)(np.asarray(a), np.asarray(b)))


@pytest.mark.parametrize("other", [[1.0, 2.0], np.ones((3, 2, 2)), X])
def test_matmul_as_in_numpy(other: Any) -> None:
    same(ag.Tensor(X) @ other, X @ other)
    same(other @ ag.Tensor(X), other @ X)
    with pytest.raises(ValueError, match="matmul"):
        ag.Tensor(X) @ 2


@pytest.mark.parametrize("op", [*LOGIC, operator.invert])
def test_logic_as_in_numpy(op: Callable[..., Any]) -> None:
    a, b = np.array([True, True, False, False]), np.array([True, False, True, False])
    if op is operator.invert:
        same(~ag.Tensor(a), ~a)
    else:
        for left, right in ((a, b), (a, True), (True, a)):
            same(op(*(ag.Tensor(v) if v is a else v for v in (left, right))), op(left, right))


@pytest.mark.parametrize("op", [operator.neg, operator.pos, abs])
def test_unary_as_in_numpy(op: Callable[..., Any]) -> None:
    same(op(ag.Tensor(-X)), op(-X))
    assert op(ag.Tensor(X, requires_grad=True)).requires_grad


def test_remainder_as_in_numpy() -> None:
    for t in (ag.Tensor(X), ag.Tensor(X, requires_grad=True)):
        same(t % 3, X % 3)
        same(7 % t, 7 % X)
        for y, expected in zip((*divmod(t, 3), *divmod(7, t)), (*divmod(X, 3), *divmod(7, X)), strict=True):
            same(y, expected)


@pytest.mark.parametrize("exponent", [2, 2.0, 3, 0.5, -1, 1, np.float32(2), True])
@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32, np.float64])
def test_powers_as_in_numpy(exponent: Any, dtype: Any) -> None:
    x = X.astype(dtype)
    try:
        expected = x**exponent if type(exponent) is int else OLD_POWER.get(operator.pow, operator.pow)(x, exponent)
    except ValueError:  # integers to negative powers
        with pytest.raises(ValueError, match="Integers to negative"):
            ag.Tensor(x) ** exponent
    else:
        same(ag.Tensor(x) ** exponent, expected)


def test_a_square_is_recorded_as_a_square() -> None:
    x = ag.Tensor(X, requires_grad=True)
    for y in (x**2, x**2.0):
        assert isinstance(y.node, ag.Node)
        assert y.node.fn is np.square


# -- graph or not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", [*ARITHMETIC, operator.matmul])
@pytest.mark.parametrize("other", [X, X.tolist(), ag.Tensor(X)], ids=["array", "list", "Tensor"])
def test_a_gradient_flows_through_either_side(op: Callable[..., Any], other: Any) -> None:
    x = ag.Tensor(X, requires_grad=True)
    for y in (op(x, other), op(other, x)):
        assert y.requires_grad == (op is not operator.floordiv)


@pytest.mark.parametrize("op", COMPARISONS)
def test_comparisons_have_no_graph(op: Callable[..., Any]) -> None:
    x = ag.Tensor(X, requires_grad=True)
    assert op(x, 2.0).node is None
    assert op(2.0, x).dtype == bool


class Unknown:
    __hash__ = None  # type: ignore[assignment]  # as Python sets it


class Polite:
    """A type that knows Tensors: its turn must come."""

    def __radd__(self, other: Any) -> str:
        return "added"

    __rmul__ = __rmatmul__ = __rpow__ = __rsub__ = __rtruediv__ = __radd__


@pytest.mark.parametrize("op", [*ARITHMETIC, operator.matmul])
@pytest.mark.parametrize("other", ["text", None, Unknown(), {"a": 1}, Decimal(1)], ids=lambda v: type(v).__name__)
def test_what_is_no_number_is_a_type_error(op: Callable[..., Any], other: Any) -> None:
    for x in (ag.Tensor(X), ag.Tensor(X, requires_grad=True)):
        for a, b in ((x, other), (other, x)):
            with pytest.raises((TypeError, ValueError) if other is None else TypeError):  # NumPy's: None has no axes
                op(a, b)


@pytest.mark.parametrize("op", [op for op in [*ARITHMETIC, operator.matmul] if op is not operator.floordiv])
def test_an_unknown_type_may_answer_itself(op: Callable[..., Any]) -> None:
    assert op(ag.Tensor(X), Polite()) == "added"


@pytest.mark.parametrize("op", [operator.add, operator.mul])
def test_other_arrays_keep_to_plain_ones(op: Callable[..., Any]) -> None:
    """A mask would be lost; a matrix has another product."""
    x = ag.Tensor(X, requires_grad=True)
    for other in (np.ma.array(X, mask=X > 2), X.view(np.matrix)):
        try:
            y = op(x, other)
        except TypeError:
            continue
        assert type(y.data) is np.ndarray


# -- in place --------------------------------------------------------------------------------------------------------

IN_PLACE = {
    "+=": (operator.iadd, np.add), "-=": (operator.isub, np.subtract), "*=": (operator.imul, np.multiply),
    "/=": (operator.itruediv, np.divide), "**=": (operator.ipow, np.power),
    "//=": (operator.ifloordiv, np.floor_divide),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
@pytest.mark.parametrize("other", [3.0, np.array([3.0, 5.0]), ag.Tensor([3.0, 5.0]), [3.0, 5.0]], ids=lambda v: str(v))
def test_in_place_makes_a_new_tensor_where_calls_are_recorded(name: str, other: Any) -> None:
    op, ufunc = IN_PLACE[name]
    for x in (ag.Tensor(X.copy()), ag.Tensor(X.copy(), requires_grad=True)):
        y = op(x, other)
        assert y is not x
        np.testing.assert_array_equal(x.data, X)
        same(y, ufunc(X, np.asarray(other.data if isinstance(other, ag.Tensor) else other)))


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_updates_the_array_where_nothing_is_recorded(name: str) -> None:
    op, ufunc = IN_PLACE[name]
    x = ag.Tensor(X.copy(), requires_grad=True)
    array, node = x.data, x.node
    with ag.no_grad():
        y = op(x, ag.Tensor([3.0, 5.0]))
    assert y is x
    assert x.data is array
    assert x.node is node
    np.testing.assert_array_equal(array, ufunc(X, [3.0, 5.0]))


def test_in_place_keeps_the_dtype_and_the_shape() -> None:
    x = ag.Tensor(np.ones(2, np.float32))
    with ag.no_grad():
        x += np.float64(1.5)
        assert (x.dtype, x.tolist()) == (np.float32, [2.5, 2.5])
        with pytest.raises(ValueError, match="broadcast"):
            x += np.ones((3, 2))
        with pytest.raises(TypeError):
            x += "text"


def test_sums_and_products_of_many_start_with_a_python_number() -> None:
    xs = [ag.Tensor([1.0], requires_grad=True) for _ in range(3)]
    total = sum(x * k for k, x in enumerate(xs))
    assert isinstance(total, ag.Tensor)
    total.backward()
    assert [x.grad is not None and x.grad.item() for x in xs] == [0.0, 1.0, 2.0]


# -- at a place ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "expected", "gx", "gv"), [
    ("set", [4.0, 2.0, 3.0], [0.0, 10.0, 0.0], [1.0, 100.0]),
    ("add", [5.0, 2.0, 6.0], [1.0, 10.0, 100.0], [1.0, 100.0]),
    ("multiply", [4.0, 2.0, 9.0], [4.0, 10.0, 300.0], [1.0, 300.0]),
    ("max", [4.0, 2.0, 3.0], [0.0, 10.0, 50.0], [1.0, 50.0]),
    ("min", [1.0, 2.0, 3.0], [1.0, 10.0, 50.0], [0.0, 50.0]),
])  # fmt: skip
@pytest.mark.parametrize("index", [slice(None, None, 2), [0, 2]], ids=str)
def test_at_makes_a_new_tensor(name: str, expected: Any, gx: Any, gv: Any, index: Any) -> None:
    t, v = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True), ag.Tensor([4.0, 3.0], requires_grad=True)
    y = getattr(t.at[index], name)(v)
    (y * np.array([1.0, 10.0, 100.0])).sum().backward()
    assert y.tolist() == expected
    assert t.tolist() == [1.0, 2.0, 3.0]
    assert t.grad is not None
    assert v.grad is not None
    assert (t.grad.tolist(), v.grad.tolist()) == (gx, gv)


# -- any shapes ------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0),
       st.sampled_from([np.add, np.multiply]))  # fmt: skip
def test_broadcasting_is_undone_for_any_shapes(shapes: Any, fn: Any) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    check(fn, np.asarray(a), np.asarray(b))


@settings(max_examples=30, deadline=None)
@given(npst.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3))
def test_where_undoes_broadcasting_for_any_shapes(shapes: Any) -> None:
    rng = np.random.default_rng(0)
    c, a, b = (np.asarray(rng.normal(size=shape)) for shape in shapes.input_shapes)
    check(lambda a, b: np.where(c > 0, a, b), a, b)
