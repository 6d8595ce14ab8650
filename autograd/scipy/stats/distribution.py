"""What all distributions of autograd.scipy.stats share: SciPy's own for plain arrays, a definition for Tensors.

A method that has a definition here takes SciPy's arguments. Where no Tensor is among them, SciPy's method computes;
where one is, the definition: NumPy's functions and ufuncs of scipy.special, which are recorded. All else that SciPy's
distribution can do, it does: rvs, fit, moment, ...
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from inspect import BoundArguments, Parameter, Signature, signature
from typing import Any

import numpy as np

from autograd.engine.tensor import Tensor
from autograd.rules.duck_arrays import asarray
from autograd.rules.registry import primitive


class Distribution:
    """A distribution of SciPy's with the gradients of some of its methods.

    __all__   the methods that have a gradient.
    """

    def __init__(self, scipys: Any, name: str, methods: Sequence[str]) -> None:
        self._scipys = scipys
        self._name = name
        self.__all__ = tuple(methods)
        self.__doc__ = scipys.__doc__
        self.__module__ = "autograd.scipy.stats"  # where a pickle finds it

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_scipys":
            raise AttributeError(name)
        return getattr(self._scipys, name)

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution with these parameters: norm(loc, scale).logpdf(x) is norm.logpdf(x, loc, scale)."""
        return Frozen(self, args, kwds)

    def __repr__(self) -> str:
        return f"<{self.__module__}.{self._name}>"

    def __reduce__(self) -> str:
        return self._name


class Frozen:
    """A distribution with its parameters, as SciPy calls it."""

    def __init__(self, dist: Distribution, args: Sequence[Any], kwds: Mapping[str, Any]) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("dist", "args", "kwds"):
            raise AttributeError(name)
        if name not in self.dist.__all__:
            return getattr(self.dist._scipys(*self.args, **self.kwds), name)
        method, kwds = getattr(self.dist, name), {key: x for key, x in self.kwds.items() if key != "seed"}  # of rvs
        return functools.wraps(method)(lambda *x, **named: method(*x, *self.args, **named, **kwds))

    def __repr__(self) -> str:
        given = [*map(repr, self.args), *(f"{name}={value!r}" for name, value in self.kwds.items())]
        return f"{self.dist._name}({', '.join(given)})"


class Univariate(Distribution):
    """One whose methods take a variable, the shapes, loc and maybe scale.

    parameters  the latter, with the defaults of those that have one.
    """

    def __init__(self, scipys: Any, parameters: Mapping[str, Any], methods: Sequence[str]) -> None:
        super().__init__(scipys, scipys.name, methods)
        self._of_arrays = {method: primitive(getattr(scipys, method)) for method in methods}
        self._parameters = parameters
        self._signatures: dict[str, Signature] = {}

    def _bound(self, method: str, first: str, args: Sequence[Any], kwds: Mapping[str, Any]) -> list[Any]:
        """The arguments of a call in their order, of which `first` is what the variable is called."""
        if first not in self._signatures:
            given = {first: Parameter.empty, **self._parameters}
            parameters = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=x) for name, x in given.items()]
            self._signatures[first] = Signature(parameters)
        return list(bound(f"{self._name}.{method}", self._signatures[first], args, kwds).arguments.values())


def differentiable(definition: Callable[..., Any]) -> Callable[..., Any]:
    """A method: SciPy's own, unless a Tensor is given to one of those that have a gradient.

    The definition takes all that SciPy's method takes, in order: x, the shapes, loc, scale.
    """
    name = definition.__name__
    _, first, *_ = signature(definition).parameters

    @functools.wraps(definition)
    def method(self: Univariate, *args: Any, **kwds: Any) -> Any:
        if name not in self.__all__:
            return getattr(self._scipys, name)(*args, **kwds)
        if not hold_tensor(args, kwds):
            return self._of_arrays[name](*args, **kwds)
        return definition(self, *self._bound(name, first, args, kwds))

    return method


def on_tensors(scipys: Callable[..., Any], definition: Callable[..., Any], name: str) -> Callable[..., Any]:
    """SciPy's function, unless a Tensor is given: then the definition, which has its parameters, or some of them."""
    of_arrays, parameters = primitive(scipys), signature(definition).parameters.values()
    expected = Signature([parameter.replace(annotation=Parameter.empty) for parameter in parameters])

    @functools.wraps(scipys)
    def call(*args: Any, **kwds: Any) -> Any:
        if not hold_tensor(args, kwds):
            return of_arrays(*args, **kwds)
        given = bound(name, expected, args, kwds)
        return definition(*given.args, **given.kwargs)

    return call


# -- arguments ---------------------------------------------------------------------------------------------------------


def hold_tensor(args: Sequence[Any], kwds: Mapping[str, Any]) -> bool:
    return any(map(holds_tensor, (*args, *kwds.values())))


def holds_tensor(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, list | tuple) and any(map(holds_tensor, x)))


def bound(name: str, expected: Signature, args: Sequence[Any], kwds: Mapping[str, Any]) -> BoundArguments:
    """All arguments of a call, in order."""
    try:
        given = expected.bind(*args, **kwds)
    except TypeError as error:
        raise TypeError(
            f"{name} was given a Tensor and arguments that do not fit: {error}; with gradients it takes {expected}"
        ) from None
    given.apply_defaults()
    return given


def as_array(x: Any, dtype: Any = None) -> Any:
    """An array, or Tensor, of floats; of a list that holds Tensors they are stacked."""
    if isinstance(x, list | tuple) and holds_tensor(x):
        x = np.stack([as_array(item) for item in x])
    elif not isinstance(x, Tensor):
        x = asarray(x)
    dtype = dtype or (np.float64 if x.dtype.kind in "biu" else x.dtype)
    return x if x.dtype == dtype else x.astype(dtype)


def as_float(x: Any) -> Any:
    """In float64 or more, in which SciPy's distributions compute. Numbers stay numbers."""
    if isinstance(x, int | float):
        return np.float64(x)
    x = as_array(x)
    return as_array(x, np.promote_types(x.dtype, np.float64))


def constant(x: Any) -> Any:
    """x, to which no gradient flows."""
    return x.detach() if isinstance(x, Tensor) else x


def nan_unless(valid: Any, *xs: Any) -> tuple[Any, ...]:
    """The parameters where they are valid. Elsewhere NaN, by a factor: so are their gradients."""
    if isinstance(valid, np.bool_ | bool) and valid:
        return xs
    factor = np.where(valid, 1.0, np.nan)
    return tuple(x * as_array(factor, x.dtype) for x in xs)


def is_number(x: Any, value: float) -> bool:
    return isinstance(x, float) and x == value
