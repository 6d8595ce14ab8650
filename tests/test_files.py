"""Writing a file: whole or not at all, with the permissions that any new file has, or an error that says why not."""

import os
from pathlib import Path
from typing import Any

import pytest

from autograd import files


def test_write_and_replace(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write(path, b"one")
    files.write(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_a_new_file(tmp_path: Path) -> None:
    files.write(tmp_path / "a", b"")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


@pytest.mark.parametrize(("name", "error", "text"), [
    ("none/a", FileNotFoundError, "there is no folder .*none; make it, or choose another"),
    ("folder", IsADirectoryError, "it is a folder; choose a file name in it"),
    ("pipe", OSError, "it is no ordinary file; choose another name"),
    ("x" * 300, OSError, "File name too long; choose another place"),
    ("a\x00b", ValueError, "null"),
])  # fmt: skip
def test_where_nothing_can_be_written(tmp_path: Path, name: str, error: type[Exception], text: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(error, match=text):
        files.write(tmp_path / name, b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]


@pytest.mark.parametrize("check", [files.check_writable, lambda path: files.write(path, b"")])
def test_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Any) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(PermissionError, match="a can't be written: permission denied; choose another place"):
        check(tmp_path / "a")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_stops_it_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def stop(*args: Any) -> None:
        raise error

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(type(error)):
        files.write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
