"""Writing a file so that it appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file. One that was there before stays until the new one is complete, and on the disk.

    A new file has the permissions of any new file, one that takes another's place has that one's. A symbolic link stays
    one: the file that it leads to is written. What a writer that was killed has left, the next of that file removes.
    Raises OSError, whose one message says why it can't be written, and what to do.
    """
    check_writable(path)
    target = Path(os.path.realpath(path))
    try:
        _remove_left(target)
        file = _unfinished(target)
        try:
            with file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # or after a power cut the name might be there, and the content not
                if target.exists():
                    shutil.copymode(target, file.name)
                if sys.platform == "win32":  # which moves no file that is open
                    file.close()
                os.replace(file.name, target)
        except BaseException:
            with suppress(FileNotFoundError):  # where an interrupt came after it was moved
                os.unlink(file.name)
            raise
    except OSError as error:
        raise type(error)(f"{path} can't be written: {error.strerror or error}; choose another place") from error
    with suppress(OSError):  # not every system syncs a folder
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise now what `write` would raise after the work is done, as far as can be told."""
    # os.path and not Path, which raises for a name that is too long
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        raise IsADirectoryError(f"{path} can't be written: it is a folder; choose a file name in it")
    if not os.path.isdir(folder):
        missing = folder if os.path.islink(path) else os.path.dirname(path)
        raise FileNotFoundError(f"{path} can't be written: there is no folder {missing}; make it, or choose another")
    try:
        exists = bool(os.lstat(target))
    except FileNotFoundError:
        exists = False
    except OSError as error:  # of a name that is too long, of a folder that may not be searched
        raise type(error)(f"{path} can't be written: {error.strerror}; choose another place") from error
    if exists and not os.path.isfile(target):
        raise OSError(f"{path} can't be written: it is no ordinary file; choose another name")
    if not os.access(folder, os.W_OK) or (exists and not os.access(target, os.W_OK)):
        raise PermissionError(f"{path} can't be written: permission denied; choose another place")


def _unfinished(target: Path) -> BinaryIO:
    """A new file, locked until it is closed, beside `target`: a file is moved in one step only within a file system."""
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666  # of which the system takes the umask
    while True:
        path = target.with_name(_prefix(target) + secrets.token_hex(4))
        file = open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115  # it is returned
        if sys.platform != "win32":
            with suppress(OSError):  # a file system may have no locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():  # and no other writer took it for one that was left, before it was locked
            return file
        file.close()


def _remove_left(target: Path) -> None:
    """Remove unfinished files of writers of `target` that are no more. Their locks ended with them."""
    with suppress(OSError):  # of a folder that can't be listed
        for path in target.parent.iterdir():
            if path.name.startswith(_prefix(target)):
                with suppress(OSError), open(path, "rb") as file:
                    if sys.platform != "win32":  # where nobody can remove a file that is open
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(path)


def _prefix(target: Path) -> str:
    """How the names of unfinished files of `target` begin: with a digest of its name, or they might get too long."""
    return f".unfinished-{zlib.crc32(os.fsencode(target.name)):08x}-"
