"""What the code around a call tells of it: its section of the program, and the variable that it will be assigned to.

A program is easiest to recognise by the names that its function has for things. They stand in its code: the next
instruction of a frame stores the result, or returns it to the frame around, or does something else with it.
"""

from __future__ import annotations

import dis
import os
import sys
from collections.abc import Iterator
from types import CodeType, FrameType

import numpy as np

from autograd._util.locations import GENERATED, OURS
from autograd.nn.module import Module

# Frames of these pass on what they get; those of the others below stand between a result and who asked for it.
THROUGH = (
    *(OURS + f"{room}{os.sep}" for room in ("compiler", "engine", "_util")),
    *(OURS + f"rules{os.sep}{name}.py" for name in ("binding", "duck_arrays", "operation")),
    os.path.dirname(np.__file__) + os.sep, GENERATED, "<frozen", "<__array_function__",
)  # fmt: skip
BETWEEN = (OURS + f"engine{os.sep}backward.py", OURS + f"nn{os.sep}module.py", OURS + f"functional{os.sep}")
CALL_OF_A_MODULE = Module.__call__.__code__  # returns what `forward` returns
# What rules and primitives call everything.
GENERIC = frozenset({"a", "b", "g", "gx", "i", "k", "n", "x", "xs", "y"})
SKIPPED = frozenset({"CACHE", "EXTENDED_ARG", "RESUME", "PRECALL"})


def assigned() -> tuple[str, ...]:
    """The variables that the result of the running call is assigned to; several if it is unpacked, () if to none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code, file = frame.f_code, frame.f_code.co_filename
        if file.startswith(BETWEEN) and code is not CALL_OF_A_MODULE:
            return ()
        if not file.startswith(THROUGH) and code is not CALL_OF_A_MODULE:
            found = _stored(code, frame.f_lasti)
            if found is not None:
                return () if file.startswith(OURS) and not GENERIC.isdisjoint(found) else found
        frame = frame.f_back
    return ()


def _stored(code: CodeType, at: int) -> tuple[str, ...] | None:
    """What the instruction after `at` does with its result: stores it, returns it (None) or something else (())."""
    names: list[str] = []
    expected = 1
    for op, arg in _instructions(code, at + 2):
        if op == "UNPACK_SEQUENCE" and not names and expected == 1:
            expected = arg
            continue
        if op in ("STORE_FAST", "STORE_DEREF"):
            names.append(_variables(code)[arg])
        elif op in ("STORE_NAME", "STORE_GLOBAL"):
            names.append(code.co_names[arg])
        elif op in ("STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST"):  # of Python 3.13: two at once
            names.append(code.co_varnames[arg >> 4])
            if op == "STORE_FAST_STORE_FAST" and len(names) < expected:
                names.append(code.co_varnames[arg & 15])
        else:
            return None if op == "RETURN_VALUE" and not names and expected == 1 else ()
        if len(names) == expected:
            return tuple(names)
    return ()


def _instructions(code: CodeType, start: int) -> Iterator[tuple[str, int]]:
    text, extended = code.co_code, 0
    for k in range(start, len(text), 2):
        op, arg = dis.opname[text[k]], text[k + 1] | extended
        extended = arg << 8 if op == "EXTENDED_ARG" else 0
        if op not in SKIPPED:
            yield op, arg


def _variables(code: CodeType) -> tuple[str, ...]:
    """The variables of a function, as its instructions number them."""
    return (*code.co_varnames, *(name for name in code.co_cellvars if name not in code.co_varnames), *code.co_freevars)
