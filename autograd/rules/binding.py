"""Binding: which arguments of a call are the arrays that rules are about, and which are options."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from autograd._util.functions import name_of, parameters_of, places_of

# Options of how the output is computed and laid out. Gradients are cast to the dtype of their input anyway.
HARMLESS = frozenset({"dtype", "casting", "order", "subok"})
# What PyTorch calls parameters of NumPy's.
OF_PYTORCH = {"dim": "axis", "keepdim": "keepdims"}

Function = TypeVar("Function", bound=Callable[..., Any])


class Binder:
    """Sorts the arguments of calls of `fn`, which `compute` computes.

    parameters  the names of all parameters, and `defaults` of those that have one.
    places      for each input the parameter that it is.
    options     the other parameters that calls may give: those that rules know, and those that change no gradient.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        compute: Callable[..., Any],
        inputs: tuple[str, ...],
        options: Iterable[str],
        signature: str | None,
        only: Mapping[str, Collection[Any]],
        aliases: Mapping[str, str],
    ) -> None:
        self.fn, self.name, self.only, self.aliases = fn, name_of(fn), only, aliases
        self.is_variadic = inputs == ("xs",)
        self.parameters, self.defaults = parameters_of(fn if signature else compute, inputs, signature)
        self.places = places_of(inputs, self.parameters)
        self.is_in_order = self.places == self.parameters[: len(inputs)]
        self.options = frozenset(options) | HARMLESS
        for name in sorted(self.options - HARMLESS - set(self.parameters)):
            raise TypeError(
                f"ag.rule({self.name}) names {name!r}, which is no input, option or output of "
                f"{self.name}({', '.join(self.parameters)}); rename it"
            )

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arrays, in the order of the rules, and the options that are not at their defaults.

        Raises TypeError for an option that no rule names: its effect on the gradient would be lost in silence.
        """
        if not kwargs and len(args) == len(self.places) and self.is_in_order:
            return tuple(args), {}
        if len(args) > len(self.parameters):
            raise TypeError(f"{self.name} was given {len(args)} arguments; it takes at most {len(self.parameters)}")
        given = dict(zip(self.parameters, args, strict=False))
        for key, value in kwargs.items():
            name = self.aliases.get(key, key)
            if name in given:
                raise TypeError(f"{self.name} was given {name!r} twice; give it once")
            given[name] = value
        arrays = []
        for name in self.places:
            if name not in given and name not in self.defaults:
                raise self._missing(given)
            arrays.append(given[name] if name in given else self.default(name))
        options = {}
        for name, value in given.items():
            if name in self.places:
                continue
            if value is not np._NoValue and not (name in self.defaults and value is self.defaults[name]):
                self._check(name, value)
                options[name] = value
        if options.get("dtype") is not None and not self.is_variadic:
            self._check_kind(arrays, np.dtype(options["dtype"]))
        return tuple(arrays), options

    def default(self, name: str) -> Any:
        """Of what NumPy leaves open (np._NoValue), None."""
        default = self.defaults.get(name)
        return None if default is np._NoValue else default

    def _missing(self, given: Collection[str]) -> TypeError:
        missing = [name for name in self.places if name not in given and name not in self.defaults]
        return TypeError(f"{self.name} was not given {' and '.join(missing)}; it takes {', '.join(self.parameters)}")

    def _check(self, name: str, value: Any) -> None:
        if name == "out":
            raise out_refused(self.name)
        if name not in self.options:
            if name not in self.parameters and (error := pytorch_refused(self.name, {name: value})):
                raise error
            raise TypeError(
                f"{self.name} was given {name}={value!r}, which its rules do not know, so the gradient would be "
                f"wrong; leave it out, or call it on .data where no gradient is needed"
            )
        if name in self.only and value not in self.only[name]:
            raise TypeError(
                f"{self.name} was given {name}={value!r}, for which no gradient is known; give one of "
                f"{', '.join(map(repr, self.only[name]))}, or call it on .data where no gradient is needed"
            )

    def _check_kind(self, arrays: Iterable[Any], dtype: np.dtype[Any]) -> None:
        """Raise TypeError if `dtype=` makes another function of it: of complex numbers, or of their real parts.

        Rules see the inputs as they are: real numbers outside of [-1, 1] for np.arcsin(x, dtype=complex).
        """
        is_complex = any(type(x) is complex or (hasattr(x, "dtype") and x.dtype.kind == "c") for x in arrays)
        becomes_real = is_complex and dtype.kind != "c" and self.name != "astype"
        if becomes_real or (isinstance(self.fn, np.ufunc) and not is_complex and dtype.kind == "c"):
            raise TypeError(
                f"{self.name} was given dtype={dtype} for {'complex' if is_complex else 'real'} numbers, so the "
                f"gradient would be wrong; convert them first: t.astype(dtype), np.real(t)"
            )

    def by_name(self, compute: Callable[..., Any]) -> Callable[..., Any]:
        """A function as one of its array inputs, in the order of the rules, and of the options."""
        first = self.parameters[0]

        def computed(*arrays: Any, **options: Any) -> Any:
            named = dict(zip(self.places, arrays, strict=True))
            return compute(*([named.pop(first)] if first in named else []), **named, **options)

        computed.__name__ = name_of(compute)
        return computed


def pytorch_refused(name: str, options: Mapping[str, Any]) -> TypeError | None:
    """The error for an option under the name that it has in PyTorch; None if there is none."""
    for theirs, ours in OF_PYTORCH.items():
        if theirs in options:
            value = options[theirs]
            return TypeError(f"{name} was given {theirs}={value!r}, which NumPy calls {ours}; write {ours}={value!r}")
    return None


def takes_axis(fn: Function) -> Function:
    """A function, or an `__init__`, that is no primitive: it refuses PyTorch's `dim` with the name that it has here."""

    @functools.wraps(fn)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return fn(*args, **options)
        except TypeError as error:
            name = type(args[0]).__name__ if fn.__name__ == "__init__" else fn.__name__
            if (told := pytorch_refused(name, options)) is None:
                raise
            raise told from error

    return cast(Function, call)


def out_refused(name: str) -> TypeError:
    return TypeError(
        f"{name} was given out=, and writing into an array cannot be recorded; use what it returns instead: "
        f"y = {name}(...)"
    )
