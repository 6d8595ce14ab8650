"""Writing a file: whole or not at all, where a link leads, with the right permissions, or an error: why not."""

import ast
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd._util import files


def test_write_and_replace(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write(path, b"one")
    files.write(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


# -- permissions -------------------------------------------------------------------------------------------------------


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_of_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int) -> None:
    before, set_umask = os.umask(umask), os.umask
    try:
        (tmp_path / "b").write_bytes(b"")
        monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("it is that of all threads"))
        files.write(tmp_path / "a", b"")
    finally:
        set_umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "b") == 0o666 & ~umask


@pytest.mark.parametrize("old", [0o600, 0o640, 0o660, 0o666, 0o755, 0o4755])
def test_a_file_keeps_its_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: int) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(old)
    unfinished: list[int] = []
    replace = os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: unfinished.append(mode(handle)))
    monkeypatch.setattr(os, "replace", lambda new, path: unfinished.append(mode(new)) or replace(new, path))
    files.write(tmp_path / "a", b"new")
    assert mode(tmp_path / "a") == old
    assert all(found & ~old == 0 for found in unfinished[:2])  # nor could others read it before


# -- links -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lead", ["there/a", "../here/there/a", "other", "new", "there/new"])
def test_what_a_link_leads_to_is_written(tmp_path: Path, lead: str) -> None:
    here = tmp_path / "here"
    (here / "there").mkdir(parents=True)
    (here / "there" / "a").write_bytes(b"old")
    (here / "other").symlink_to(here / "there" / "a")  # a link to a link
    (here / "link").symlink_to(lead)
    files.write(here / "link", b"a new one")
    assert (here / "link").readlink() == Path(lead)
    assert (here / lead).read_bytes() == b"a new one"
    assert (here / "other").is_symlink()
    assert not list(here.rglob(".*"))


@pytest.mark.parametrize(("lead", "text"), [
    ("none/a", "link can't be written: there is no folder .*none; make it, or choose another"),
    ("folder", "link can't be written: it is a folder; choose a file name in it"),
    ("link", "link can't be written: it is no ordinary file; choose another name"),
])  # fmt: skip
def test_a_link_that_leads_to_no_file(tmp_path: Path, lead: str, text: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(lead)
    with pytest.raises(OSError, match=text):
        files.write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()


# -- errors ------------------------------------------------------------------------------------------------------------


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
@pytest.mark.parametrize("denied", ["a", ""], ids=["file", "folder"])
def test_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Any, denied: str) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(denied))  # root may write anywhere
    (tmp_path / "a").write_bytes(b"old")
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


def test_an_interrupt_just_after_the_file_was_moved_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def interrupted(*paths: Any) -> None:
        replace(*paths)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(tmp_path / "a", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


# -- what is left ------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from autograd._util import files
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
files.write(sys.argv[1], b"new")
"""


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    mine = [tmp_path / name for name in (".unfinished-novel", ".unfinished-", "b")]
    for path in mine:
        path.write_bytes(b"mine")
    for name in ("a", "a", "b"):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / name)], check=False)
        assert killed.returncode == -signal.SIGKILL
    left = {path for path in tmp_path.iterdir() if path not in mine}
    assert len(left) == 2  # the second of "a" has removed what the first left
    files.write(tmp_path / "a", b"new")
    (of_b,) = {path for path in tmp_path.iterdir() if path not in mine} - {tmp_path / "a"}
    assert of_b in left
    files.write(tmp_path / "b", b"mine")
    assert sorted(tmp_path.iterdir()) == sorted([*mine, tmp_path / "a"])
    assert {path.read_bytes() for path in mine} == {b"mine"}


def test_a_writer_that_is_at_work_keeps_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def meanwhile(*paths: Any) -> None:
        monkeypatch.setattr(os, "replace", replace)
        files.write(tmp_path / "a", b"of another")
        assert (tmp_path / "a").read_bytes() == b"of another"
        replace(*paths)

    monkeypatch.setattr(os, "replace", meanwhile)
    files.write(tmp_path / "a", b"of the first")
    assert (tmp_path / "a").read_bytes() == b"of the first"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_file_taken_for_one_that_was_left_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, taken = files.fcntl.flock, []

    def late(file: Any, how: int) -> None:
        if not taken:
            taken.append(file.name)
            os.unlink(file.name)  # as another writer does, which came between
        lock(file, how)

    monkeypatch.setattr(files.fcntl, "flock", late)
    files.write(tmp_path / "a", b"new")
    assert taken
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_where_files_have_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*args: Any) -> None:
        raise OSError(38, "Function not implemented")

    (tmp_path / files._prefix(tmp_path / "a")).write_bytes(b"who knows")
    monkeypatch.setattr(files.fcntl, "flock", none)
    files.write(tmp_path / "a", b"new")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_content_is_on_the_disk_before_the_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: done.append("folder" if stat.S_ISDIR(mode_of(handle)) else "file"))
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("name") or replace(*paths))
    files.write(tmp_path / "a", b"new")
    assert done == ["file", "name", "folder"]


def mode_of(handle: int) -> int:
    return os.fstat(handle).st_mode


# -- complete ----------------------------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[1]
# What npm says, and the tests of others, in a temporary folder; an archive in memory.
OTHERS = {
    "mnist/data.py: open", "benchmarks/conformance/running.py: write_text",
    "autograd/compiler/export/program_file.py: savez",
}  # fmt: skip
WRITES = {
    "write_text",
    "write_bytes",
    "save_file",
    "savez",
    "savez_compressed",
    "savetxt",
    "tofile",
    "mkstemp",
    "umask",
}


def test_nothing_else_writes_files() -> None:
    found = set()
    for path in (
        path for room in ("autograd", "models", "mnist", "benchmarks") for path in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                modes = {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
                if name in WRITES or (name == "open" and any(set(given) & set("wxa+") for given in modes)):
                    found.add(f"{path.relative_to(ROOT)}: {name}")
    assert found == OTHERS | {"autograd/_util/files.py: open"}
