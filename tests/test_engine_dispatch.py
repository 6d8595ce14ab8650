"""NumPy's functions on Tensors: by protocol they are recorded, computed or refused; nothing loses a gradient unseen."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numeric import check, normal

import autograd as ag
from autograd.rules import PLAIN, WRITES

X = np.array([[1.0, 5.0], [3.0, 2.0]])


def leaf(x: Any = X) -> ag.Tensor:
    return ag.Tensor(np.array(x, float), requires_grad=True)


# -- what comes out --------------------------------------------------------------------------------------------------


def test_recorded_functions_give_tensors_of_the_graph() -> None:
    for y in (np.exp(leaf()), np.add(X, leaf()), np.sum(leaf()), np.concatenate([X, leaf()])):
        assert type(y) is ag.Tensor
        assert y.requires_grad


def test_constants_stay_tensors_without_a_graph() -> None:
    for y in (np.exp(ag.Tensor(X)), np.cumsum(ag.Tensor(X)), np.linalg.inv(ag.Tensor(X)), np.mod(ag.Tensor(X), 2)):
        assert type(y) is ag.Tensor
        assert y.node is None


def test_results_of_no_dimensions_are_arrays() -> None:
    t = ag.Tensor(X)
    for y in (np.sum(t), np.max(t), t[0, 0], np.exp(t[0, 0]), np.argmax(t), np.median(t), t.mean(), np.add(t[0, 0], 1)):
        assert type(y.data) is np.ndarray
        assert y.shape == ()


def test_named_results_hold_tensors() -> None:
    result = np.linalg.qr(ag.Tensor(X))
    assert type(result.Q) is type(result.R) is ag.Tensor


def test_nested_results_hold_tensors() -> None:
    whole, rest = np.divmod(ag.Tensor(X), 2.0)
    assert (type(whole), rest.tolist()) == (ag.Tensor, [[1.0, 1.0], [1.0, 0.0]])
    assert all(type(index) is ag.Tensor for index in np.nonzero(leaf()))


@pytest.mark.parametrize(("fn", "args", "expected"), [
    (np.shape, (), (2, 2)), (np.ndim, (), 2), (np.size, (), 4), (np.allclose, (X,), True), (np.array_equal, (X,), True),
    (np.result_type, (np.float32,), np.float64), (np.iscomplexobj, (), False), (np.array_str, (), str(X)),
    (np.may_share_memory, (X,), False),
])  # fmt: skip
def test_plain_functions_answer_plainly(fn: Any, args: Any, expected: Any) -> None:
    assert fn in PLAIN
    answer = fn(leaf(), *args)
    assert not isinstance(answer, ag.Tensor)
    assert answer == expected


def test_a_function_that_saves_takes_tensors(tmp_path: Any) -> None:
    np.save(tmp_path / "x.npy", leaf())
    assert np.load(tmp_path / "x.npy").tolist() == X.tolist()


# -- refused ---------------------------------------------------------------------------------------------------------


def test_the_error_for_a_missing_rule_shows_the_line_to_write() -> None:
    with pytest.raises(
        TypeError, match=r"roots has no rule.*np\.linalg\.eigvals.*ag\.rule\(np\.roots, x=lambda g, x: .*t\.data"
    ):
        np.roots(leaf()[0])


@pytest.mark.parametrize("call", [
    lambda t: np.polyfit(X[0], t[0], 1), lambda t: np.histogram(X, weights=t), lambda t: np.union1d(X, t),
    lambda t: np.full_like(X, t[0, 0]), lambda t: np.roll(t, t[0, 0]), lambda t: np.sum(X, initial=t[0, 0]),
    lambda t: np.pad(X, 1, constant_values=[t[0, 0]]), lambda t: np.full(3, t[0, 0], like=t),
], ids=["second", "keyword", "third", "fill value", "shift", "initial", "list in an option", "like"])  # fmt: skip
def test_a_gradient_is_not_lost_through_any_argument(call: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        call(leaf())


@pytest.mark.parametrize("call", [
    lambda t: np.cumsum(a=t), lambda t: np.vstack([X, t]), lambda t: np.select([X > 2], [t]),
    lambda t: np.interp(1.0, [0.0, 2.0], t[0]), lambda t: np.average(X, weights=t), lambda t: np.einsum("ij->i", t),
    lambda t: np.block([[t], [X]]), lambda t: np.linalg.solve(X, b=t), lambda t: np.diff(X, prepend=t),
    lambda t: np.trapezoid(X, x=t), lambda t: np.linspace(0.0, t, 3), lambda t: np.insert(X, 1, t[0], axis=0),
    lambda t: np.convolve(X[0], t[0]), lambda t: np.bincount([0, 1], weights=t[0]), lambda t: np.clip(X, None, t),
], ids=["keyword", "list", "nested list", "third", "keyword only", "einsum", "block", "b", "prepend", "x", "stop",
        "values", "second", "weights", "bound"])  # fmt: skip
def test_a_gradient_flows_through_any_argument(call: Any) -> None:
    t = leaf()
    y = call(t)
    assert y.requires_grad
    np.testing.assert_array_equal(y.data, call(X))
    np.sum(y).backward()
    assert t.grad is not None


WRITERS = {
    np.copyto: (X,), np.put: ([0], 1.0), np.place: (X > 2, 1.0), np.putmask: (X > 2, 1.0),
    np.put_along_axis: (np.array([[0], [1]]), 9.0, 1), np.fill_diagonal: (0.0,),
}  # fmt: skip


@pytest.mark.parametrize("fn", sorted(WRITES, key=lambda fn: fn.__name__), ids=lambda fn: fn.__name__)
def test_functions_that_write_are_refused(fn: Any) -> None:
    for t in (leaf(), ag.Tensor(X.copy())):
        with pytest.raises(TypeError, match=rf"{fn.__name__} writes into.*t\.at\[index\]\.set"):
            fn(t, *WRITERS[fn])
        np.testing.assert_array_equal(t.data, X)


def test_writing_into_an_array_is_refused_by_keyword_too() -> None:
    target = np.zeros((2, 2))
    for write in (lambda: np.copyto(target, leaf()), lambda: np.copyto(dst=target, src=leaf())):
        with pytest.raises(TypeError, match="copyto"):
            write()
    assert not target.any()


OPTIONS: dict[str, Any] = {
    "where of a ufunc": lambda t: np.add(t, 1, where=X > 2), "copy": lambda t: np.nan_to_num(t, copy=False),
    "out": lambda t: np.sum(t, axis=0, out=np.zeros(2)),
    "out of a composed one": lambda t: np.ptp(t, axis=0, out=np.zeros(2)),
    "out of a ufunc": lambda t: np.exp(t, out=np.zeros((2, 2))),
    "out by position": lambda t: np.exp(t, np.zeros((2, 2))),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_no_rule_knows_are_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"was given (where|out|copy)="):
        OPTIONS[name](leaf())
    with ag.no_grad():
        OPTIONS[name](leaf())


def test_where_numpy_does_not_look_at_an_option_it_cannot_be_converted() -> None:
    with pytest.raises((TypeError, ValueError)):
        np.sum(X, initial=leaf().sum())  # type: ignore[arg-type]  # refused


NOT_TAKEN = {
    "objects": (lambda t: t * np.array([[3, 4], [5, 6]], object), "Python objects"),
    "large integers": (lambda t: t * [[10**20, 1], [1, 1]], "Python objects"),
    "where of two": (lambda t: np.where([True, False], t), "where was not given y"),
    "text": (lambda t: np.maximum(t, "a"), "maximum was given a str"),
    "a fraction": (lambda t: np.add(t, Fraction(1, 2)), r"add was given a Fraction.*float\(\.\.\.\)"),
    "a matrix": (lambda t: t * np.matrix(X), "np.asarray"),
    "a matrix on the left": (lambda t: np.matrix(X) * t, "use @"),
    "times of a unit": (lambda t: t * np.timedelta64(3, "s"), r"multiply of a Tensor gives timedelta64\[s\].*t.detach"),
    "a quotient of times": (lambda t: np.array([[3, 4], [5, 6]], "m8[s]") / t, r"divide of a Tensor gives timedelta64"),
    "times as a dtype": (lambda t: t.astype("m8[s]"), r"astype of a Tensor gives timedelta64\[s\]"),
    "text as a dtype": (lambda t: t.astype(str), "astype of a Tensor gives <U32"),
    "bytes": (lambda t: np.astype(t, "S8"), r"astype of a Tensor gives \|S8"),
    "text of any length": (lambda t: t.astype(np.dtypes.StringDType()), r"astype of a Tensor gives StringDType\(\)"),
    "beside text": (lambda t: np.stack([t, np.array([["a", "b"], ["c", "d"]])]), "stack of a Tensor gives <U32"),
    "objects as a dtype": (lambda t: np.cumsum(t, dtype=object), "Python objects"),
    "complex dtype": (lambda t: np.arcsin(t, dtype=complex), "dtype=complex128 for real numbers"),
    "real dtype": (lambda t: np.prod(t.astype(complex), dtype=float), "dtype=float64 for complex numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_TAKEN)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_what_would_give_another_value_or_lose_the_gradient_is_refused(name: str) -> None:
    call, message = NOT_TAKEN[name]
    with pytest.raises(TypeError, match=message):
        call(leaf())


def test_any_dtype_is_computed_where_there_is_no_gradient_to_lose() -> None:
    for t in (ag.Tensor(X), leaf().detach()):
        assert t.astype(str).dtype.kind == "U"
        assert (t * np.timedelta64(3, "s")).dtype == "m8[s]"
    with ag.no_grad():
        assert leaf().astype(object).dtype == object
    for dtype in (int, bool, np.uint8):  # whole numbers and truths have none
        assert not leaf().astype(dtype).requires_grad


def test_writing_is_allowed_where_nothing_is_recorded() -> None:
    t = leaf()
    with ag.no_grad():
        np.copyto(t, 7.0)
        np.fill_diagonal(t, 1.0)
    assert t.tolist() == [[1.0, 7.0], [7.0, 1.0]]
    y = t * t
    with ag.no_grad():
        np.copyto(t, 2.0)
    with pytest.raises(RuntimeError, match="copyto has updated it in place"):
        y.sum().backward()


def test_the_clip_of_an_array_takes_a_tensor() -> None:
    t = ag.Tensor([0.5, 2.0], requires_grad=True)
    y = np.ones(2).clip(0.0, t)
    assert (y.tolist(), y.requires_grad) == ([0.5, 1.0], True)


def test_out_none_is_no_out() -> None:
    for y in (np.ptp(leaf(), out=None), np.linalg.multi_dot([leaf(), X], out=None), np.sum(leaf(), out=None)):
        assert y.requires_grad


# -- ufunc methods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.minimum, np.logical_and, np.logical_or])
@pytest.mark.parametrize("options", [{}, {"axis": 1}, {"axis": None}, {"axis": -1, "keepdims": True}], ids=str)
def test_reduce_as_in_numpy(ufunc: np.ufunc, options: Any) -> None:
    y = ufunc.reduce(leaf(), **options)
    np.testing.assert_array_equal(y.data, ufunc.reduce(X, **options))
    assert y.requires_grad == (ufunc.nout == 1 and y.dtype != bool)


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.power, np.maximum])
def test_outer_as_in_numpy(ufunc: np.ufunc) -> None:
    check(ufunc.outer, np.array([[1.0, 2.0], [3.0, 4.0]]) + 0.1, np.array([1.5, 2.5, 3.7]), order=2)
    check(lambda a: ufunc.outer(a, 2.0), normal(2) ** 2 + 3)
    np.testing.assert_array_equal(ufunc.outer([1.0, 2.0], leaf()).data, ufunc.outer([1.0, 2.0], X))


@pytest.mark.parametrize("call", [
    lambda t: np.maximum.accumulate(t), lambda t: np.add.reduceat(t, [0]), lambda t: np.subtract.reduce(t),
    lambda t: np.add.at(X.copy(), [0, 1], t),
], ids=["accumulate", "reduceat", "subtract.reduce", "at"])  # fmt: skip
def test_other_methods_are_refused(call: Any) -> None:
    with pytest.raises(TypeError):
        call(leaf())
    with ag.no_grad():
        call(leaf())


@pytest.mark.parametrize(("ufunc", "method"), [(np.divide, "accumulate"), (np.multiply, "reduceat")])
def test_the_error_names_the_ufunc_of_a_method(ufunc: np.ufunc, method: str) -> None:
    with pytest.raises(TypeError, match=rf"{ufunc.__name__}\.{method}"):
        getattr(ufunc, method)(leaf(), *([[0]] if method == "reduceat" else []))


@pytest.mark.parametrize("ufunc", [np.add, np.multiply])
@pytest.mark.parametrize("options", [{}, {"axis": 1}, {"axis": -2}], ids=str)
def test_accumulate_as_in_numpy(ufunc: np.ufunc, options: Any) -> None:
    y = ufunc.accumulate(leaf(), **options)
    np.testing.assert_array_equal(y.data, ufunc.accumulate(X, **options))
    assert y.requires_grad


@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2])
@pytest.mark.parametrize("options", [{}, {"axis": 1}, {"axis": None}, {"axis": (0, 1), "keepdims": True}], ids=str)
def test_logaddexp_reduce_as_in_numpy(ufunc: np.ufunc, options: Any) -> None:
    check(lambda x: ufunc.reduce(x, **options), X, order=2)


# -- out= ------------------------------------------------------------------------------------------------------------


def test_out_updates_a_tensor_where_nothing_is_recorded() -> None:
    t = leaf()
    array = t.data
    with ag.no_grad():
        assert np.multiply(t, 2, out=t) is t
        assert np.add(t, 1, t) is t
    assert t.data is array
    np.testing.assert_array_equal(array, 2 * X + 1)


def test_out_of_a_function_is_what_it_returns() -> None:
    t = leaf()
    with ag.no_grad():
        assert np.clip(t, 2, 3, out=t) is t
    np.testing.assert_array_equal(t.data, np.clip(X, 2, 3))


def test_out_into_an_array_of_what_is_constant() -> None:
    target = np.zeros((2, 2))
    assert np.add(ag.Tensor(X), 1, out=target) is target
    np.testing.assert_array_equal(target, X + 1)
    assert np.divmod(ag.Tensor(X), 2, out=(target, None))[0] is target


def test_out_is_refused_where_calls_are_recorded() -> None:
    for call in (lambda t: np.add(t, 1, out=t), lambda t: np.add(X, 1, out=t), lambda t: np.add(t, 1, out=X.copy())):
        t = leaf()
        with pytest.raises(TypeError, match=r"add was given out=.*no_grad"):
            call(t)
        np.testing.assert_array_equal(t.data, X)


# -- lists of Tensors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [
    lambda ts: np.sum(ts), lambda ts: np.exp(ts), lambda ts: np.array(ts), lambda ts: np.max(ts, axis=0),
    lambda ts: X @ ts, lambda ts: np.linalg.norm(ts),
], ids=["sum", "exp", "array", "max", "matmul", "norm"])  # fmt: skip
def test_where_numpy_does_not_look_into_a_list_the_way_out_is_shown(call: Any) -> None:
    with pytest.raises(TypeError, match=r"np\.stack"):
        call([leaf()[0], leaf()[1]])
    np.asarray(call([ag.Tensor(X[0]), ag.Tensor(X[1])]))


def test_lists_of_tensors_are_joined() -> None:
    t = leaf()
    y = np.stack([t[1], t[0]]) * np.concatenate((t, t))[1:3]
    y.sum().backward()
    assert t.grad is not None
    assert t.grad.shape == (2, 2)


# -- dtypes ----------------------------------------------------------------------------------------------------------

NARROW = np.array([1.0, 2.0], np.float32)


@pytest.mark.parametrize("call", [
    lambda x: x * 2.5, lambda x: 2 / x, lambda x: np.maximum(x, 0.0), lambda x: np.where(x > 1, x, 0.0),
    lambda x: np.clip(x, 0.5, 1.5), lambda x: x**1.5, lambda x: x.mean() * 0.5, lambda x: x.std(), lambda x: x + True,
    lambda x: np.power(2.0, x), lambda x: x * np.float64(2), lambda x: x * np.array(2.0), lambda x: x * np.float32(2),
    lambda x: x.sum() + 1, lambda x: x[0] * 2.0, lambda x: np.exp(x[0]) / 3,
])  # fmt: skip
def test_promotion_is_numpys(call: Any) -> None:
    y = call(ag.Tensor(NARROW, requires_grad=True))
    assert y.dtype == np.asarray(call(NARROW)).dtype
    leaf = ag.Tensor(NARROW, requires_grad=True)
    call(leaf).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.dtype == np.float32


def test_a_scalar_of_a_graph_promotes_as_a_python_scalar_would_not() -> None:
    """0-d Tensors are arrays, as in NumPy: float32 times a float64 of no dimensions is float64."""
    assert (ag.Tensor(NARROW) * ag.Tensor(2.0)).dtype == (NARROW * np.array(2.0)).dtype == np.float64


def test_a_constant_argument_that_requires_a_gradient_is_named() -> None:
    """Not by an array that some part of the function makes of it."""
    t, x = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True), np.eye(3)
    for ask, name in (
        (lambda: np.cov(x, aweights=t), "aweights"),
        (lambda: np.cov(t, None, True, False, None, t), "fweights"),
    ):
        with pytest.raises(TypeError, match=rf"requires a gradient as its option '{name}'.*{name}=t\.detach"):
            ask()
    with pytest.raises(TypeError, match=r"'axis', through which.*or, to join Tensors, one list: stack\(\[t, u\]\)"):
        np.stack(t, t)
