"""Writing a file so that it appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file. One that was there before stays until the new one is complete.

    Raises OSError, whose one message says why it can't be written, and what to do.
    """
    path = Path(path)
    check_writable(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")  # beside it: a file is moved in
        try:  # one step only within a file system
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o666 & ~_umask())  # mkstemp lets no one else read it
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise type(error)(f"{path} can't be written: {error.strerror or error}; choose another place") from error


def check_writable(path: Path) -> None:
    """Raise now what `write` would raise after the work is done, as far as can be told."""
    # os.path and not Path, which raises for a name that is too long
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} can't be written: it is a folder; choose a file name in it")
    if not os.path.isdir(path.parent):
        raise FileNotFoundError(
            f"{path} can't be written: there is no folder {path.parent}; make it, or choose another"
        )
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(f"{path} can't be written: it is no ordinary file; choose another name")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"{path} can't be written: permission denied; choose another place")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
