"""What one reads of a compiled function: its programs as text, as a table, as a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from autograd.compiler import saving
from autograd.operation import name_of

if TYPE_CHECKING:
    from autograd.compiler.compiling import Version


class Readable:
    """What `Compiled` shows of its programs, the one that was used last first."""

    fn: Any
    _versions: list[Version]
    _lock: Any

    @property
    def source(self) -> str:
        """The program that was used last, as Python. It runs exactly so; a debugger steps through it.

        Raises RuntimeError if the function was not called yet.
        """
        return self._last().printed.text

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program that was used last to a file that runs with NumPy alone.

            step.save("train_step.py")

        The parameters, moments and numbers that it works on, as they are now, and constants that are too long to be
        written out go to a file beside it: train_step.npz. The file says how to call it, how to go on from other state,
        and in what form the functions come along that the program calls as they are: copied if they need nothing but
        NumPy, as a table if they are a schedule's, and otherwise imported.

        Raises ValueError for a name that does not end in .py, and for what no file can hold; OSError if it can't be
        written; RuntimeError if the function was not called yet, or once only where that made what later calls go on
        from. Both files are written whole or not at all.
        """
        with self._lock:
            last = self._last()
            given = list(zip(last.paths, last.leaves, strict=True))
            saving.save(path, self.fn, last.program, last.printed, last.captured, given)

    def _last(self) -> Version:
        if not self._versions:
            raise RuntimeError(
                f"{name_of(self.fn)} has no program yet; call it with arguments, and it has one for such"
            )
        return self._versions[0]
