"""Which recorded call a wrong gradient comes from: each call is checked by itself, on the values that it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.checking.calls import LocatedCalls, RecordedCall
from autograd.checking.search import ONE_BY_ONE, Search, SearchOptions
from autograd.checking.subject import Subject
from autograd.checking.verdicts import Verdict
from autograd.engine.modes import enable_grad, observe
from autograd.engine.tensor import call as call_operation

MOST_BLAMED = 3  # calls to name


@dataclass(frozen=True)
class Blame:
    """A recorded call whose own rule shows what the whole function does."""

    function: str
    file: str
    line: int
    source: str
    """The line of the user's code, if it can be read."""
    verdict: Verdict
    input: str
    """The name of the input in the rule."""
    index: tuple[int, ...] | None
    analytic: float
    numeric: float
    reason: str

    def __str__(self) -> str:
        where = f", called at {self.file}:{self.line}" if self.file else ""
        where += f": {self.source}" if self.source else ""
        return f"{self.function}{where}"


def blame(subject: Subject, order: int, verdict: Verdict, options: SearchOptions) -> tuple[Blame, ...]:
    """The first calls that show the verdict by themselves."""
    watch = LocatedCalls()
    with enable_grad(), observe(watch):
        subject.f(*subject.leaves(subject.inputs))
    found: list[Blame] = []
    for call in watch.calls:
        if len(found) == MOST_BLAMED:
            break
        culprit = blamed(call, order, verdict, options)
        if culprit is not None and str(culprit) not in map(str, found):
            found.append(culprit)
    return tuple(found)


def blamed(call: RecordedCall, order: int, verdict: Verdict, options: SearchOptions) -> Blame | None:
    """The blame of one call, if it is to be blamed."""
    positions = [k for k, parent in enumerate(call.node.parents) if parent is not None]
    reason, search = "", None
    try:
        for search in searches(alone_of(call, positions), order, options):
            if search.worst is not None and search.worst.verdict == verdict:
                break
        else:
            return None
    except Exception as error:  # whatever a rule raises
        if verdict != Verdict.WRONG:
            return None
        reason = error_text(error)
    finding, element = (search.worst, search.element) if search and not reason else (None, None)
    operation = call.node.operation
    name = ""
    if element is not None:
        k = positions[element.input]
        name = f"xs[{k}]" if operation.variadic else operation.inputs[k]
    file, line, source = (*call.location, call.location.source) if call.location else ("", 0, "")
    return Blame(
        operation.name, file, line, source, verdict, name, element.where if element else None,
        finding.analytic if finding else np.nan, finding.numeric if finding else np.nan, reason,
    )  # fmt: skip


def alone_of(call: RecordedCall, positions: Sequence[int]) -> Subject:
    """A recorded call as a function of its differentiable inputs."""

    def f(*xs: Any) -> Any:
        args = list(call.args)
        for k, x in zip(positions, xs, strict=True):
            args[k] = x
        return call_operation(call.node.operation, args, call.options)

    return Subject(f, [call.args[k] for k in positions])


def searches(subject: Subject, order: int, options: SearchOptions) -> Iterator[Search]:
    few = sum(subject.inputs[k].size for k in subject.moved) <= ONE_BY_ONE
    options = replace(options, fast=not few, allow_kinks=False)
    for n in range(1, order + 1):
        yield Search(subject, n, options, subject.gradients(subject.inputs, n)).run()


def error_text(error: Exception) -> str:
    return ", ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
