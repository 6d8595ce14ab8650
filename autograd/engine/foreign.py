"""Types of other libraries beside a Tensor: which are asked what they make of it, which are refused, which are taken.

What a type knows beside its numbers, a unit, labels, that it is lazy, must not be lost in silence. NEP 13's rule:

asked    a type with an `__array_ufunc__` or `__array_function__` of its own, or with `__array_priority__` and reflected
         operators: operators return NotImplemented, and NumPy's protocols hand it the call (see dispatch.py).
refused  one that can hold no Tensor, and would answer with its numbers, without the gradient or without the unit.
taken    everything else that has an `__array__`.

They are told by what they have, and by the name of their library: none is imported for it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from autograd._util.functions import home_of

T = TypeVar("T")

# How users get at the numbers, by library.
WAYS_OUT = {
    "astropy": "x.to_value(unit)", "cupy": "x.get()", "dask": "x.compute()", "jax": "np.asarray(x)",
    "jaxlib": "np.asarray(x)", "pandas": "x.to_numpy()", "pint": "x.m_as(unit)", "scipy": "x.toarray()",
    "torch": "x.numpy(force=True)", "unyt": "x.to_value(unit)", "xarray": "x.data",
}  # fmt: skip
OF_UNITS = {"astropy", "pint", "unyt"}
# Libraries whose values can hold no Tensor, and whose can.
NUMBERS_ONLY, HOLDERS = {"astropy", "pandas", "unyt"}, {"dask", "pint", "xarray"}
NUMBERS, NESTED = {float, int, bool, complex}, {list, tuple}
PROTOCOLS = ("__array_ufunc__", "__array_function__")
REFLECTED = tuple(f"__r{name}__" for name in ("add", "sub", "mul", "truediv", "matmul", "pow"))
# By which libraries hand each other arrays that may lie on another device.
EXCHANGED = ("__dlpack__", "__jax_array__", "__cuda_array_interface__")


def remembered(fn: Callable[[Any], T]) -> Callable[[Any], T]:
    """fn(kind), worked out once for a type."""
    return functools.lru_cache(512)(fn)


class ForeignError(TypeError):
    """A call was given, beside a Tensor, what NEP 13 has asked first; raised in the end if that does not answer."""


def of_foreign(name: str, value: Any) -> ForeignError:
    return ForeignError(
        f"{name} was given {described(type(value))} beside a Tensor, and what it knows beside its numbers would be "
        f"lost; pass {way_out(type(value))}"
    )


@remembered
def is_foreign(kind: type) -> bool:
    """Whether values of this type have a say: NEP 13 has them asked first, or they are another library's arrays."""
    if issubclass(kind, np.generic) or _is_ours(kind):
        return False
    if any(_has_own(kind, name) for name in (*PROTOCOLS, *EXCHANGED)):
        return True
    return hasattr(kind, "__array_priority__") and any(_has_own(kind, name) for name in REFLECTED)


def foreign_in(values: Iterable[Any]) -> Iterator[Any]:
    """What has a say of the arguments of a call, also in lists."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from foreign_in(value)
        elif is_foreign(type(value)):
            yield value


def check(value: Any) -> None:
    """Raise TypeError for what is refused beside a Tensor, with the way out."""
    kind = type(value)
    if why := _why_refused(kind) or _why_unknown(kind):
        raise TypeError(f"an operation on a Tensor was given {described(kind)}, {why}")


def check_list(values: Any) -> None:
    """Raise TypeError for a list beside a Tensor in which is what has a say itself."""
    for kind in _kinds_in(values):
        if is_foreign(kind):
            raise TypeError(
                f"an operation on a Tensor was given a list in which is {described(kind)}, and what that knows beside "
                f"its numbers would be lost; make one array of the list first, or pass {way_out(kind)}"
            )


def check_data(data: Any) -> None:
    """Raise TypeError for what a Tensor is not made of, though np.asarray takes it, and drops its unit or its mask."""
    for kind in _kinds_in(data) if isinstance(data, list | tuple) else {type(data)}:
        if what := _lost_in_array(kind):
            raise TypeError(
                f"Tensor was given {described(kind)}, whose {what} it would lose; pass numbers: {way_out(kind)}"
            )


def _kinds_in(values: Any) -> set[type]:
    """The types of what a list holds, however nested, but for Python's numbers."""
    kinds = set(map(type, values))
    if not kinds.isdisjoint(NESTED):
        for nested in values:
            if type(nested) in NESTED:
                kinds |= _kinds_in(nested)
    return kinds - NUMBERS


@remembered
def _why_refused(kind: type) -> str:
    if issubclass(kind, np.ma.MaskedArray):
        return f"whose mask would be lost; pass {way_out(kind)}"
    if issubclass(kind, np.matrix):
        return "whose * is another one; pass np.asarray(x), and use @"
    if home_of(kind) in OF_UNITS & NUMBERS_ONLY and is_foreign(kind):
        holder = "use pint, whose ureg.Quantity(t, unit) holds a Tensor"
        return f"which can hold no Tensor, and whose unit would be lost; pass {way_out(kind)}, or {holder}"
    if is_foreign(kind) and any(_has_own(kind, name) for name in EXCHANGED):
        return f"the array of another library, and none is copied in silence; say so: {way_out(kind)}"
    return ""


def _why_unknown(kind: type) -> str:
    """dask, too, leaves all operations to the other type, if it has not been told that its chunks may be of that."""
    if not kind.__module__.startswith("dask.array"):
        return ""
    tensor, is_known = sys.modules["autograd"].Tensor, sys.modules["dask.array.chunk_types"].is_valid_chunk_type
    told = "dask.array.register_chunk_type(ag.Tensor)"
    return "" if is_known(tensor) else f"which has not been told that its chunks may be Tensors; tell it once: {told}"


@remembered
def _lost_in_array(kind: type) -> str:
    """What np.asarray drops that changes what the numbers mean; labels are no such thing."""
    if _has_mask(kind):
        return "mask"
    has_unit = home_of(kind) in OF_UNITS or hasattr(kind, "unit") or hasattr(kind, "units")
    return "unit" if has_unit and is_foreign(kind) and hasattr(kind, "__array__") else ""


def described(kind: type) -> str:
    """Such as "a pandas.Series"."""
    name = f"{home_of(kind)}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeiox' else 'a'} {name}"


def way_out(kind: type) -> str:
    """What users pass in place of a value of a type."""
    way = "x.filled(value)" if _has_mask(kind) else WAYS_OUT.get(home_of(kind), "np.asarray(x)")
    if way.startswith("x.") and hasattr(kind, way[2:].partition("(")[0]):
        return way
    return "np.asarray(x)" if hasattr(kind, "__array__") else "numbers in its place"


def _has_own(kind: type, name: str) -> bool:
    """Whether a type has an attribute, and not the one that it inherits from ndarray. None is one, too: it opts out."""
    return hasattr(kind, name) and getattr(kind, name) is not getattr(np.ndarray, name, name)


def _has_mask(kind: type) -> bool:
    return issubclass(kind, np.ndarray) and hasattr(kind, "mask")


def _is_ours(kind: type) -> bool:
    return home_of(kind) == "autograd"
