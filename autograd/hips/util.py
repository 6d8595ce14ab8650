"""autograd.util: small helpers."""

import importlib
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def subvals(x: Sequence[Any], ivs: Iterable[tuple[int, Any]]) -> tuple[Any, ...]:
    """x as a tuple, with v at i for each pair (i, v)."""
    changed = dict(ivs)
    return tuple(changed.get(k, value) for k, value in enumerate(x))


def subval(x: Sequence[Any], i: int, v: Any) -> tuple[Any, ...]:
    return subvals(x, [(i, v)])


def quick_grad_check(f: Callable[..., Any], arg0: Any, extra_args: Any = (), kwargs: Any = None, **_: Any) -> None:
    """What HIPS autograd had before check_grads."""
    warnings.warn("quick_grad_check is deprecated; call autograd.test_util.check_grads", stacklevel=2)
    test_util = importlib.import_module(".test_util", __package__)  # which stands on this module
    test_util.check_grads(lambda x: f(x, *extra_args, **(kwargs or {})), modes=["rev"], order=1)(arg0)
