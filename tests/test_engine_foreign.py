"""Types of other libraries beside a Tensor, by small ones of their kinds (with the real ones: test_interop.py)."""

import operator
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.engine.foreign import is_foreign, way_out

X = np.array([1.0, 2.0])
ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.matmul, operator.pow]
REFLECTED = ["__radd__", "__rsub__", "__rmul__", "__rtruediv__", "__rmatmul__", "__rpow__"]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def leaf() -> ag.Tensor:
    return ag.Tensor(X, requires_grad=True)


def tensors() -> list[ag.Tensor]:
    return [leaf(), leaf() * 1.0, ag.Tensor(X)]


def kind(name: str, *bases: type, module: str = "elsewhere", **attributes: Any) -> Any:
    return type(name, bases, {"__module__": module, **attributes})


def answer(*_: Any, **__: Any) -> str:
    return "answered"


def array(*_: Any, **__: Any) -> Any:
    return X


def never(*_: Any, **__: Any) -> Any:
    raise AssertionError("it was copied")


OPERATORS = dict.fromkeys([*REFLECTED, "__rfloordiv__", "__rmod__", "__rdivmod__", "__rand__"], answer)
ORDER = {f"__{name}__": answer for name in ("lt", "le", "gt", "ge", "eq", "ne")} | {"__hash__": object.__hash__}

# -- asked -------------------------------------------------------------------------------------------------------------

ASKED = {
    "both protocols": kind("Both", __array__=never, __array_ufunc__=answer, __array_function__=answer, **OPERATORS),
    "ufuncs": kind("Ufuncs", __array__=never, __array_ufunc__=answer, **OPERATORS),
    "priority": kind("Priority", __array__=never, __array_priority__=1, **OPERATORS),
    "out of ufuncs": kind("Out", __array__=never, __array_ufunc__=None, **OPERATORS),
    "a subclass": kind("Sub", np.ndarray, __array__=never, __array_ufunc__=answer, **OPERATORS),
    "an older subclass": kind("Old", np.ndarray, __array__=never, **OPERATORS),
}  # fmt: skip


def made(cls: Any) -> Any:
    return X.view(cls) if issubclass(cls, np.ndarray) else cls()


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("op", [*ARITHMETIC, operator.floordiv, operator.mod, divmod, operator.and_])
def test_operators_leave_it_to_the_other_type(name: str, op: Callable[..., Any]) -> None:
    for t in tensors():
        assert op(t, made(ASKED[name])) == "answered"


@pytest.mark.parametrize("op", COMPARISONS)
def test_comparisons_too(op: Callable[..., Any]) -> None:
    for base in ({"__array_priority__": 1}, {"__array_ufunc__": answer}):
        for t in tensors():
            assert op(t, kind("Compared", __array__=never, **OPERATORS, **base, **ORDER)()) == "answered"


@pytest.mark.parametrize("fn", [np.multiply, np.arctan2, np.less, np.floor_divide, np.matmul])
def test_ufuncs_ask_who_takes_them(fn: Any) -> None:
    for t in tensors():
        for name in ("both protocols", "ufuncs", "a subclass"):
            other = made(ASKED[name])
            assert fn(t, other) == fn(other, t) == "answered"
        other = made(ASKED["out of ufuncs"])
        for call in (lambda: fn(t, other), lambda: fn(other, t)):  # noqa: B023  # called before the loop goes on
            with pytest.raises(TypeError, match="does not support ufuncs"):
                call()
        other = made(ASKED["priority"])
        for call in (lambda: fn(t, other), lambda: fn(other, t)):  # noqa: B023  # called before the loop goes on
            with pytest.raises(TypeError, match=rf"{fn.__name__} was given an elsewhere.Priority beside a Tensor"):
                call()


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "of two": np.dot, "of many": lambda a, b: np.stack([a, b]), "without a gradient": np.isclose,
    "composed": lambda a, b: np.linalg.multi_dot([a, b]), "three": lambda a, b: np.where(a > 0, b, a),
    "by name": lambda a, b: np.clip(a, min=b),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_ask_who_takes_them(name: str) -> None:
    fn = FUNCTIONS[name]
    for t in tensors():
        assert fn(t, made(ASKED["both protocols"])) == "answered"
        for other in ("ufuncs", "priority", "out of ufuncs", "an older subclass"):
            with pytest.raises(
                TypeError, match=r"was given an elsewhere\.\w+ beside a Tensor, .* pass np.asarray\(x\)"
            ):
                fn(t, made(ASKED[other]))


def test_who_declines_is_refused_with_the_way_out() -> None:
    declining = kind(
        "Declining", module="pandas", to_numpy=array, __array__=never, __array_ufunc__=lambda *_, **__: NotImplemented
    )()
    for t in tensors():
        for call in (lambda: np.maximum(t, declining), lambda: np.maximum(declining, t), lambda: declining + t):  # noqa: B023  # called before the loop goes on
            with pytest.raises(
                TypeError, match=r"was given a pandas\.Declining beside a Tensor.* pass x\.to_numpy\(\)"
            ):
                call()
        with pytest.raises(TypeError, match="unsupported operand"):
            t + declining


def test_methods_of_ufuncs_and_places() -> None:
    other = made(ASKED["ufuncs"])
    assert np.multiply.outer(ag.Tensor(X), other) == "answered"
    with pytest.raises(TypeError, match=r"set_at was given an elsewhere\.Ufuncs"):
        leaf().at[0].set(other)
    with ag.no_grad(), pytest.raises(TypeError, match=r"t\[index\] = v was given an elsewhere\.Ufuncs"):
        leaf()[0] = other
    t = leaf()
    with ag.no_grad(), pytest.raises(TypeError, match=r"add was given an elsewhere\.Ufuncs"):
        t += other


def test_plain_answers_need_nobody_asked() -> None:
    """What returns no array loses none: NumPy itself asks."""
    assert np.allclose(ag.Tensor(X), X.view(kind("Plain", np.ndarray)))
    assert np.shape(leaf()) == (2,)


def test_primitives() -> None:
    @ag.primitive
    def twice(x: Any) -> Any:
        return 2 * x

    @ag.primitive
    def product(a: Any, b: Any) -> Any:
        return a * b

    ag.rule(twice, x=lambda g: 2 * g)
    ag.rule(product, a=lambda g, b: g * b, b=lambda g, a: g * a)
    declining = kind("Declining", __array__=never, __array_function__=lambda *_, **__: NotImplemented)()
    with pytest.raises(TypeError, match=r"twice was given a value of elsewhere\.Declining, which does not know"):
        twice(declining)
    for pair in ((declining, leaf()), (leaf(), declining)):
        with pytest.raises(TypeError, match=r"product was given an elsewhere\.Declining beside a Tensor"):
            product(*pair)
    assert product(leaf(), made(ASKED["both protocols"])) == "answered"


# -- refused -----------------------------------------------------------------------------------------------------------

EXCHANGED = {
    "jax": kind("ArrayImpl", module="jaxlib._jax", __array__=never, __dlpack__=never, __array_priority__=100,
                **OPERATORS),
    "jax's dual": kind("Param", module="flax", __jax_array__=never, **OPERATORS),
    "cupy": kind("ndarray", module="cupy", get=never, __array__=never, __dlpack__=never, __cuda_array_interface__={},
                 __array_ufunc__=answer, __array_function__=answer, __array_priority__=100, **OPERATORS),
    "numba": kind("DeviceNDArray", module="numba", __array__=never, __cuda_array_interface__={}),
    "torch": kind("Tensor", module="torch", numpy=never, __array__=never, __dlpack__=never, __array_priority__=1000,
                  **OPERATORS),
}  # fmt: skip
OUT = {"jax": r"np\.asarray\(x\)", "cupy": r"x\.get\(\)", "torch": r"x\.numpy\(force=True\)"}


@pytest.mark.parametrize("name", EXCHANGED)
@pytest.mark.parametrize("op", [*ARITHMETIC, *COMPARISONS, np.multiply, np.less, *FUNCTIONS.values()])
def test_arrays_of_other_libraries_are_not_copied(name: str, op: Callable[..., Any]) -> None:
    other = EXCHANGED[name]()
    for t in tensors():
        with pytest.raises(TypeError, match=rf"the array of another library.*{OUT.get(name, '')}"):
            op(t, other)
    t = leaf()
    with ag.no_grad(), pytest.raises(TypeError, match="the array of another library"):
        t += other


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_on_the_left_they_leave_it_to_a_tensor(name: str) -> None:
    for t in tensors():
        with pytest.raises(TypeError, match="the array of another library"):
            EXCHANGED[name]() * t


def test_a_masked_array_and_a_matrix() -> None:
    for other, message in ((np.ma.array(X, mask=X > 1), "mask would be lost"), (np.eye(2).view(np.matrix), "use @")):
        for t in tensors():
            for op in (operator.mul, operator.lt, np.multiply, *FUNCTIONS.values()):
                with pytest.raises(TypeError, match=message):
                    op(t, other)


# -- taken -------------------------------------------------------------------------------------------------------------

TAKEN = {
    "array": X, "list": [1.0, 2.0], "nested": ([1.0], [2.0]), "scalar": np.float32(2), "int": np.int8(2),
    "__array__ alone": kind("Alone", __array__=array)(),
    "operators without a priority": kind("Polite", __array__=array, **OPERATORS)(),
    "priority without operators": kind("Priority", __array__=array, __array_priority__=5)(),
    "subclass": X.view(kind("Sub", np.ndarray)),
    "with a priority": X.view(kind("Sub", np.ndarray, __array_priority__=5)),
    "wrapping": X.view(kind("Sub", np.ndarray, __array_wrap__=lambda self, y, *_: y)),
    "records": X.view(np.recarray),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_what_has_an_array_and_no_say_is_taken(name: str) -> None:
    other, numbers = TAKEN[name], np.asarray(TAKEN[name])
    t = leaf()
    for y in (t * other, np.multiply(t, other), np.multiply(other, t), other * t):
        assert (type(y), type(y.data)) == (ag.Tensor, np.ndarray)
        np.testing.assert_array_equal(y.data, (X * numbers))
        (gx,) = ag.grads(y.sum(), [t])
        np.testing.assert_array_equal(gx.data, np.broadcast_to(numbers, y.shape).reshape(-1, 2).sum(0))
    assert type(np.where(X > 1, t, other)) is ag.Tensor
    assert type(t < other) is ag.Tensor


# -- lists, and what a Tensor is made of -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["both protocols", "ufuncs", "priority", "a subclass"])
def test_lists_of_what_would_be_asked(name: str) -> None:
    other = made(ASKED[name])
    for t in tensors():
        for values in ([other, other], [[1.0, 2.0], (other, 1.0)]):
            for op in (operator.add, np.add):
                with pytest.raises(
                    TypeError, match=r"a list in which is an elsewhere\.\w+.*make one array of the list"
                ):
                    op(t, values)


def test_data_with_a_unit_or_a_mask() -> None:
    quantity = kind("Quantity", np.ndarray, __array_ufunc__=answer, units="m")
    masked = kind("Masked", np.ndarray, __array_ufunc__=answer, mask=X > 1, filled=array)
    for cls, message in (
        (quantity, r"whose unit it would lose"),
        (masked, r"whose mask it would lose.*x\.filled\(value\)"),
    ):
        value = X.view(cls)
        for data in (value, [value, value], [[X], (value,)]):
            with pytest.raises(TypeError, match=message):
                ag.Tensor(data)
        t = leaf()
        with pytest.raises(TypeError, match=message):
            t.backward(value)
        with pytest.raises(TypeError, match=message):
            t.grad = value
        with pytest.raises(TypeError, match=message):
            ag.grad(np.sum)(value)


def test_data_with_labels_is_taken_as_asked_for() -> None:
    labelled = kind("Labelled", __array__=array, __array_ufunc__=answer, index=(1, 2))()
    np.testing.assert_array_equal(ag.Tensor(labelled).data, X)


# -- types -------------------------------------------------------------------------------------------------------------


def test_which_types_are_asked() -> None:
    for cls in ASKED.values():
        assert is_foreign(cls)
    for cls in (np.ndarray, np.memmap, np.float64, float, list, ag.Tensor, object, np.recarray):
        assert not is_foreign(cls)


def test_ways_out() -> None:
    assert way_out(kind("Series", module="pandas.core.series", to_numpy=answer)) == "x.to_numpy()"
    assert way_out(kind("Array", module="pandas", __array__=array)) == "np.asarray(x)"  # it has no to_numpy
    assert way_out(kind("Unit", module="pint")) == "numbers in its place"


def test_nothing_is_imported_for_it() -> None:
    code = """
import sys, numpy as np, autograd as ag
t = ag.Tensor([1.0], requires_grad=True)
t * [1.0]; np.stack([t, np.array([1.0]).view(np.recarray)]); t + np.ones(1, np.float16); ag.Tensor([[1.0]])
loaded = {"scipy", "pandas", "dask", "xarray", "pint", "astropy", "unyt", "jax", "torch", "cupy"} & sys.modules.keys()
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)
