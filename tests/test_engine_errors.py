"""A Tensor that is given to SciPy: the error names the function, and what autograd.scipy has in its place."""

from __future__ import annotations

import inspect
import itertools
import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import autograd as ag
from autograd.engine.errors import is_offered
from autograd.scipy import stats

MODULES = [
    "fft", "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse.linalg", "special", "stats"
]  # fmt: skip
DISTRIBUTIONS = [name for name in stats.__all__ if hasattr(getattr(stats, name), "__all__")]
# SciPy's code in C goes on after an error of a callback: what it says then depends on what lies in memory.
GOES_ON = {("optimize", name) for name in ("bisect", "brenth", "brentq", "ridder")}
OFFERED = [(home, name) for home in MODULES for name in import_module(f"autograd.scipy.{home}").__all__
           if (home != "stats" or name not in DISTRIBUTIONS) and (home, name) not in GOES_ON]  # fmt: skip
# Calls that need more than arrays.
MATRIX = sparse.csc_array(np.eye(4))
CALLS: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("optimize", "toms748"): lambda fn, t: fn(lambda x: x - t[0], -1.0, 1.0),
    ("optimize", "least_squares"): lambda fn, t: fn(lambda x: x - t, np.zeros(4)),
    ("optimize", "root_scalar"): lambda fn, t: fn(lambda x: x - t[0], bracket=(-1.0, 1.0)),
    ("optimize", "minimize_scalar"): lambda fn, t: fn(lambda x: (x - t[0]) * x, bracket=(t[0], 2.0)),
    ("integrate", "quad"): lambda fn, t: fn(np.sin, 0.0, t[0]),
    ("integrate", "odeint"): lambda fn, t: fn(lambda y, x: y, t, [0.0, 1.0]),
    ("integrate", "fixed_quad"): lambda fn, t: fn(lambda x: x * t[0], 0.0, 1.0)[0],
    ("interpolate", "interpn"): lambda fn, t: fn((np.arange(4.0),), t, [[0.5]]),
    ("linalg", "cho_solve"): lambda fn, t: fn((np.eye(4), True), t),
    ("linalg", "solve_banded"): lambda fn, t: fn((0, 0), np.ones((1, 4)), t),
    ("linalg", "lu_solve"): lambda fn, t: fn((np.eye(4), np.arange(4)), t),
    **{("sparse.linalg", name): lambda fn, t: fn(MATRIX, t) for home, name in OFFERED if home == "sparse.linalg"},
}  # fmt: skip
# SciPy's own code, which calls NumPy's functions alone, is recorded.
RECORDED = {
    ("fft", "fftshift"), ("fft", "ifftshift"), ("integrate", "fixed_quad"), ("sparse.linalg", "expm_multiply")
}  # fmt: skip


def results(fn: Any, call: Callable[[Any, Any], Any] | None) -> Iterator[Any]:
    """What a function returns or raises for Tensors of several shapes, and for one beside whole numbers."""
    x = np.linspace(0.1, 0.4, 4)
    if call is not None:
        yield tried(partial(call, fn, ag.Tensor(x, requires_grad=True)))
        return
    try:
        parameters = inspect.signature(fn).parameters.values()
        required = sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
    except ValueError:  # written in C
        required = 1
    for value, more, beside in itertools.product((np.eye(4) + 0.1, x, x[0]), (0, 1), (False, True)):
        given = [2 if beside and k else ag.Tensor(value, requires_grad=True) for k in range(required + more)]
        yield tried(partial(fn, *given))


def tried(call: Callable[[], Any]) -> Any:
    """SciPy's code in C may go on after an error of a callback, to a SystemError of which that is the cause."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except Exception as error:
            return error.__cause__ if isinstance(error, SystemError) else error


@pytest.mark.parametrize(("home", "name"), OFFERED)
def test_the_error_names_what_is_offered(home: str, name: str) -> None:
    module = import_module(f"scipy.{home}")
    fn = getattr(module, name)
    assert is_offered(f"scipy.{home}.{name}")
    found = list(results(fn, CALLS.get((home, name))))
    if (home, name) in RECORDED:
        assert any(isinstance(y, ag.Tensor) and y.requires_grad for y in found)
        return
    aliases = [other for of, other in OFFERED if of == home and getattr(module, other) is fn]
    told = re.compile(
        rf"(scipy\.{home}\.({'|'.join(aliases)})) was given a Tensor.* use autograd\.\1, which has its gradient"
    )
    assert any(told.match(str(y)) for y in found), found


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_error_names_the_method_of_a_distribution(name: str) -> None:
    distribution = getattr(import_module("scipy.stats"), name)
    for method in getattr(stats, name).__all__:
        function = f"scipy.stats.{name}.{method}"
        assert is_offered(function)
        if hasattr(distribution, "numargs"):
            given = [ag.Tensor([0.3], requires_grad=True), *[0.5] * distribution.numargs]
            y = tried(partial(getattr(distribution, method), *given))
            assert str(y).startswith(f"{function} was given a Tensor")
            assert f"use autograd.{function}, which has its gradient" in str(y)


def test_what_is_not_offered_is_not_named() -> None:
    assert not is_offered("scipy.linalg.polar_bear")
    assert not is_offered("numpy.linalg.inv")
    assert not is_offered("scipy.stats.norm.rvs")
    assert not is_offered("scipy.special.jn_zeros")


def test_a_tensor_has_no_strides() -> None:
    assert not hasattr(ag.Tensor([1.0]), "strides")
    with pytest.raises(AttributeError, match=r"those of its array are t\.data\.strides"):
        ag.Tensor([1.0]).strides  # noqa: B018  # it is the look-up that fails
