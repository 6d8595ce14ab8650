"""Observers: what sees every call. Tracing, profiles, pictures and the blame of the gradient check stand on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any

from autograd._util.functions import parameter_names
from autograd.engine.modes import OBSERVER, current
from autograd.rules.operation import Pullback

if TYPE_CHECKING:
    from autograd.engine.graph import Node, Options, Parent

NO_STAGE = nullcontext()
FORMER_NAMES = {
    "recorded": "on_call",
    "propagated": "on_backward",
    "computing": "wrap_function",
    "applying": "wrap_pullback",
}


class Observer:
    """Sees every call, forward and backward, of the thread or task in which it was set.

    Raises TypeError for a subclass with a method of a former name of a callback, which would never be called.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for former, name in FORMER_NAMES.items():
            if callable(getattr(cls, former, None)):
                parameters = ", ".join(parameter_names(getattr(Observer, name)))
                raise TypeError(
                    f"the observer {cls.__name__} was given a method {former}, which nothing calls any more; what is "
                    f"called is {name}({parameters}); rename it"
                )

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        """`fn` was called on `args`, and returned `output` after so many seconds; `node` is the call in the graph."""

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        """The rules of `node` made of `g` the gradients `gx` of its inputs, by their index, and these were added up."""

    def wrap_function(
        self, compute: Callable[..., Any], args: Sequence[Any], parents: Sequence[Parent | None]
    ) -> Callable[..., Any]:
        """What is called on `args`, which came from `parents`, in place of an operation's function."""
        return compute

    def wrap_pullback(self, pullback: Pullback) -> Pullback:
        """What is called in place of the pullback of a plan (see autograd/rules/operation.py)."""
        return pullback

    def stage(self, name: str) -> AbstractContextManager[None]:
        """`with observer.stage("backward"):` the calls of a backward pass, an "update", a "schedule" are made."""
        return NO_STAGE


def observer() -> Observer | None:
    return current()[OBSERVER]


def observed(
    watch: Observer, fn: Any, args: Sequence[Any], options: Options, call: Callable[[], tuple[Any, Node | None]]
) -> tuple[Any, Node | None]:
    """Run `call`, which calls `fn` on `args` and returns its output and the node; tell the observer."""
    start = perf_counter()
    output, node = call()
    if output is not None:  # of a checkpoint of constants
        watch.on_call(fn, args, options, output, node, perf_counter() - start)
    return output, node


def observed_pullback(
    watch: Observer, node: Node, g: Any, pairs: Iterable[tuple[int, Any]]
) -> Iterator[tuple[int, Any]]:
    """The pairs of a pullback, as they come; tell the observer after the last."""
    start = perf_counter()
    found = {}
    for i, gx in pairs:
        found[i] = gx
        yield i, gx
    watch.on_backward(node, g, found, perf_counter() - start)


def stage(name: str) -> AbstractContextManager[None]:
    """`with stage("backward"):` says to the observer, if there is one, what the calls are part of."""
    watch = current()[OBSERVER]
    return NO_STAGE if watch is None else watch.stage(name)
