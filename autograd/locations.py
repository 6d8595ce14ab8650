"""Where in the user's code a call was made: the innermost line that is neither this library's nor NumPy's.

Finding it walks the stack, which takes longer than recording a small call: only observers ask for it.
"""

from __future__ import annotations

import linecache
import os
import sys
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np

from autograd.operation import GENERATED

NOT_THEIRS = (os.path.dirname(__file__) + os.sep, os.path.dirname(np.__file__) + os.sep, GENERATED, "<frozen")


class Location(NamedTuple):
    """A line of source code."""

    file: str
    line: int

    @property
    def source(self) -> str:
        """The text of the line, without its indentation; empty if it cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    @property
    def brief(self) -> str:
        """With the path from the current folder; of a file outside of it, the last two parts."""
        path, here = Path(self.file), Path.cwd()
        near = path.relative_to(here) if path.is_relative_to(here) else Path(*path.parts[-2:])
        return f"{near}:{self.line}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def location() -> Location | None:
    """The innermost line that is neither this library's nor NumPy's nor Python's own; None if there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(NOT_THEIRS):
            return Location(file, frame.f_lineno)
        frame = frame.f_back
    return None
