"""The IDX file format of MNIST: unpack, read and verify one file, with a clear error for whatever is wrong with it."""

import gzip
import hashlib
import io
import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LABELS, IMAGES = b"\x00\x00\x08\x01", b"\x00\x00\x08\x03"  # 0, 0, unsigned bytes, number of dimensions
CONTENTS = {LABELS: "labels", IMAGES: "images"}
OTHER_TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}


class DataError(Exception):
    """Bad input. `problem` says what was found and what was expected, `remedy` what to do.

    >>> print(DataError("labels.gz: found 9 labels, expected 10", "Download it again."))
    labels.gz: found 9 labels, expected 10.
    Download it again.
    """

    def __init__(self, problem: str, remedy: str = "Get a fresh copy of the original MNIST file.") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}.\n{self.remedy}"


@dataclass(frozen=True)
class IdxFile:
    """A file as it must be; the shape is (count, rows, columns) for images, (count,) for labels."""

    name: str
    shape: tuple[int, ...]
    sha256: str  # of the uncompressed bytes, as every mirror may compress differently

    @property
    def nbytes(self) -> int:
        return 4 + 4 * len(self.shape) + math.prod(self.shape)


def unpack(data: bytes, file: IdxFile, where: str) -> bytes:
    """Gunzip `data` if it is gzipped. The content decides, as browsers may gunzip a download yet keep its name."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        # One byte too many is enough to see that a file is overlong, and a gzip bomb cannot fill the memory.
        return gzip.GzipFile(fileobj=io.BytesIO(data)).read(file.nbytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{where}: found a truncated or corrupted gzip file, expected a whole one ({error})") from error


def read_idx(data: bytes, name: str, shape: tuple[int, ...] | None = None) -> NDArray[np.uint8]:
    """Images (count, rows, columns) or labels (count,) of an uncompressed IDX file, as a read-only array.

    `shape`, if given, is the only one accepted. `name` says in errors which file it is.

    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]), "labels")
    array([5, 0, 4], dtype=uint8)
    """
    _check_magic(data, name, list(CONTENTS) if shape is None else [LABELS if len(shape) == 1 else IMAGES])
    kind, start = CONTENTS[data[:4]], 4 + 4 * data[3]
    if len(data) < start:
        raise DataError(f"{name}: found a truncated file of {len(data)} bytes, expected a header of {start} bytes")
    found = tuple(int(length) for length in np.frombuffer(data, ">u4", data[3], offset=4))
    if shape is not None and found != shape:
        raise DataError(f"{name}: found {_by(found)} {kind}, expected {_by(shape)}")
    if 0 in found:
        raise DataError(f"{name}: found {_by(found)} {kind}, expected at least one")
    end = start + math.prod(found)
    if len(data) < end:
        raise DataError(f"{name}: found a truncated file of {len(data)} bytes, expected {end}")
    if len(data) > end:
        raise DataError(f"{name}: found an overlong file of {len(data)} bytes or more, expected {end}")
    array = np.frombuffer(data, np.uint8, offset=start).reshape(found)
    if kind == "labels" and (wrong := np.flatnonzero(array > 9)).size:
        raise DataError(f"{name}: found the label {array[wrong[0]]} at index {wrong[0]}, expected digits from 0 to 9")
    return array


def verify(data: bytes, file: IdxFile, where: str) -> NDArray[np.uint8]:
    """The array of an uncompressed file that is right to the last byte. `where` says in errors which copy it is."""
    array = read_idx(data, where, file.shape)  # before the hash, as its errors tell more
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise DataError(f"{where}: found other content (SHA-256 {found[:16]}...), expected {file.sha256[:16]}...")
    return array


def _check_magic(data: bytes, name: str, accepted: list[bytes]) -> None:
    expected = " or ".join(f"{magic.hex(' ')} ({CONTENTS[magic]})" for magic in accepted)
    magic = data[:4]
    if magic in accepted:
        return
    if data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise DataError(
            f"{name}: found what looks like an HTML page, expected an IDX file that starts with {expected}",
            "Download the file again; if the network has a login page, log in first.",
        )
    if len(magic) < 4:
        raise DataError(f"{name}: found a truncated file of {len(data)} bytes, expected {expected} and more")
    if magic[:2] != b"\x00\x00":
        meaning = "no IDX file"
    elif magic[2] in OTHER_TYPES:
        meaning = f"IDX of {OTHER_TYPES[magic[2]]}"
    else:
        meaning = CONTENTS.get(magic, "no IDX of MNIST")
    raise DataError(f"{name}: found the first bytes {magic.hex(' ')} ({meaning}), expected {expected}")


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
