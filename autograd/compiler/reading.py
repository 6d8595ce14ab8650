"""What one reads of a compiled function: its programs as text, as a table, as a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from autograd._util.functions import name_of
from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.export.program_file import save
from autograd.compiler.printing.explaining import explained
from autograd.compiler.printing.lines import form
from autograd.compiler.tracing.arguments import split
from autograd.compiler.tracing.sources import PLAIN
from autograd.profiling.tables import Table

if TYPE_CHECKING:
    from autograd.compiler.compiling import Version


class Readable:
    """What `Compiled` shows of its programs, the one that was used last first."""

    fn: Any
    _versions: list[Version]
    _lock: Any

    @property
    def source(self) -> str:
        """The program that was used last, as Python: `print(step.source)`. It runs exactly so, and a debugger steps
        through it.

        Raises RuntimeError if the function was not called yet.
        """
        return self._last().printed.text

    @property
    def programs(self) -> list[str]:
        """What there are programs for, the one that was used last first: ["x (32, 784) float32"].

        There may be several for the same arguments: what is reached may differ, as moments are there from the second
        step of an optimiser on.
        """
        return [told(self.fn, version) for version in self._versions]

    def explain(self) -> Table:
        """What the plan did with the calls of the function: how many it dropped, merged and fused, how much memory it
        saved, who takes over whose, and what it calls as it is and why. Of the program that was used last.

        Raises RuntimeError if the function was not called yet.
        """
        last = self._last()
        return explained(f"{name_of(self.fn)} for {told(self.fn, last)}", last.program, last.printed)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program that was used last to a file that runs with NumPy alone.

            step.save("train_step.py")

            import train_step              # anywhere, without this library
            train_step.step(x, y)          # by the name and the parameters of the function; "run" if it has no name

        The parameters, moments and numbers that it works on, as they are now, and constants that are too long to be
        written out go to a file beside it: train_step.npz. The file says how to call it, how to go on from other state,
        and in what form those functions come along that the program calls as they are: copied if they need nothing but
        NumPy, as a table if they are a schedule's, and otherwise imported.

        Raises ValueError for a name that does not end in .py or hides a module, and for what no file can hold; OSError
        if it can't be written; RuntimeError if the function was not called yet, or once only where that made what later
        calls go on from. Each file is written whole or not at all.
        """
        with self._lock:
            last = self._last()
            given = tree_leaves_with_path([list(last.forms[0]), last.forms[1]])
            save(path, self.fn, last.program, last.printed, last.captured, given)

    def __repr__(self) -> str:
        name, programs = name_of(self.fn), self.programs
        if not programs:
            return f"<compiled {name}: not called yet>"
        others = len(programs) - 1
        more = f"; and {others} other program{'s' if others > 1 else ''}" if others else ""
        return f"<compiled {name} for {programs[0]}{more}>"

    def _last(self) -> Version:
        if not self._versions:
            raise RuntimeError(
                f"{name_of(self.fn)} has no program yet; call it, and it will have one for arguments like those"
            )
        return self._versions[0]


def told(fn: Any, version: Version) -> str:
    """The arguments that a program is for."""
    words, inputs = [], version.captured.inputs
    for k, (path, leaf) in enumerate(tree_leaves_with_path([list(version.forms[0]), version.forms[1]])):
        name = "".join(split(fn, path)).lstrip("*")
        words.append(f"{name} {form(inputs[k][1])}" if k in inputs else f"{name}={_shown(leaf)}")
    return ", ".join(words) or "no arguments"


def _shown(value: Any) -> str:
    """A value, or what kind of object it is."""
    if isinstance(value, (*PLAIN, type)):
        return repr(value)
    return name_of(value) if hasattr(value, "__name__") else f"a {type(value).__name__}"
