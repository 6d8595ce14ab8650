"""The IDX format: each way in which a file can be wrong has its message, and no bytes give anything but the truth."""

import gzip
import hashlib
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist.idx import DataError, IdxFile, read_idx, unpack, verify


def idx(array: NDArray[np.uint8], kind: int = 0x08) -> bytes:
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def described(name: str, content: bytes, shape: tuple[int, ...]) -> IdxFile:
    return IdxFile(name, shape, hashlib.sha256(content).hexdigest())


rng = np.random.default_rng(0)
IMAGE_ARRAY = rng.integers(0, 256, (3, 28, 28), dtype=np.uint8)
LABEL_ARRAY = np.array([5, 0, 9], np.uint8)
IMAGES, LABELS = idx(IMAGE_ARRAY), idx(LABEL_ARRAY)
IMAGE_FILE = described("images", IMAGES, (3, 28, 28))
LABEL_FILE = described("labels", LABELS, (3,))
ARRAYS = {IMAGE_FILE: IMAGE_ARRAY, LABEL_FILE: LABEL_ARRAY}
CONTENTS = {IMAGE_FILE: IMAGES, LABEL_FILE: LABELS}
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


def load(data: bytes, file: IdxFile) -> NDArray[np.uint8]:
    return verify(unpack(data, file, "WHERE"), file, "WHERE")


@pytest.mark.parametrize("file", ARRAYS, ids=lambda file: file.name)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_right_file_gives_its_array(file: IdxFile, pack: type[bytes]) -> None:
    array = load(pack(CONTENTS[file]), file)
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, ARRAYS[file])
    np.testing.assert_array_equal(read_idx(CONTENTS[file], "any"), ARRAYS[file])


def test_arrays_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load(IMAGES, IMAGE_FILE)[0, 0, 0] = 1


def test_nbytes_includes_the_header() -> None:
    assert IMAGE_FILE.nbytes == len(IMAGES)
    assert LABEL_FILE.nbytes == len(LABELS)


def test_a_gzip_file_of_several_members_is_whole() -> None:
    members = gzip.compress(IMAGES[:99]) + gzip.compress(IMAGES[99:])
    np.testing.assert_array_equal(load(members, IMAGE_FILE), IMAGE_ARRAY)


ZIPPED = gzip.compress(IMAGES)
WRONG_CRC = ZIPPED[:-8] + bytes([ZIPPED[-8] ^ 1]) + ZIPPED[-7:]
MORE = np.zeros((4, 28, 28), np.uint8)
CHANGED = IMAGES[:-1] + bytes([IMAGES[-1] ^ 1])
BAD = {
    "empty": (b"", IMAGE_FILE, "truncated file of 0 bytes, expected 00 00 08 03 (images) and more"),
    "magic cut off": (IMAGES[:3], IMAGE_FILE, "truncated file of 3 bytes, expected 00 00 08 03"),
    "header cut off": (IMAGES[:15], IMAGE_FILE, "truncated file of 15 bytes, expected a header of 16 bytes"),
    "truncated": (IMAGES[:-1], IMAGE_FILE, f"truncated file of {len(IMAGES) - 1} bytes, expected {len(IMAGES)}"),
    "overlong": (IMAGES + b"1", IMAGE_FILE, f"overlong file of {len(IMAGES) + 1} bytes or more, expected 2368"),
    "overlong gzip": (gzip.compress(IMAGES + b"12"), IMAGE_FILE, f"overlong file of {len(IMAGES) + 1} bytes or more"),
    "gzip bomb": (gzip.compress(IMAGES + bytes(10**7)), IMAGE_FILE, "overlong file"),
    "truncated gzip": (ZIPPED[:-100], IMAGE_FILE, "truncated or corrupted gzip file, expected a whole one"),
    "gzip magic only": (ZIPPED[:2], IMAGE_FILE, "truncated or corrupted gzip file"),
    "wrong CRC": (WRONG_CRC, IMAGE_FILE, "truncated or corrupted gzip file"),
    "corrupted gzip": (ZIPPED[:20] + b"\xff" * 9 + ZIPPED[29:], IMAGE_FILE, "truncated or corrupted gzip file"),
    "junk after gzip": (ZIPPED + b"junk", IMAGE_FILE, "truncated or corrupted gzip file"),
    "HTML": (HTML, IMAGE_FILE, "looks like an HTML page, expected an IDX file that starts with 00 00 08 03 (images)"),
    "HTML after a mark": (b"\xef\xbb\xbf\r\n <html>", IMAGE_FILE, "looks like an HTML page"),
    "gzipped HTML": (gzip.compress(HTML), IMAGE_FILE, "looks like an HTML page"),
    "no IDX": (b"\x89PNG1234", IMAGE_FILE, "first bytes 89 50 4e 47 (no IDX file), expected 00 00 08 03 (images)"),
    "labels for images": (LABELS, IMAGE_FILE, "first bytes 00 00 08 01 (labels), expected 00 00 08 03 (images)"),
    "images for labels": (IMAGES, LABEL_FILE, "first bytes 00 00 08 03 (images), expected 00 00 08 01 (labels)"),
    "floats": (idx(IMAGE_ARRAY, 0x0D), IMAGE_FILE, "00 00 0d 03 (IDX of float32), expected 00 00 08 03 (images)"),
    "two dimensions": (idx(IMAGE_ARRAY[0]), IMAGE_FILE, "00 00 08 02 (no IDX of MNIST), expected 00 00 08 03"),
    "one image more": (idx(MORE), IMAGE_FILE, "found 4 x 28 x 28 images, expected 3 x 28 x 28"),
    "27 columns": (idx(IMAGE_ARRAY[:, :, :27]), IMAGE_FILE, "found 3 x 28 x 27 images, expected 3 x 28 x 28"),
    "fewer labels than images": (idx(LABEL_ARRAY[:2]), LABEL_FILE, "found 2 labels, expected 3"),
    "a label over 9": (idx(np.array([5, 10, 200], np.uint8)), LABEL_FILE, "label 10 at index 1, expected digits"),
    "other content": (CHANGED, IMAGE_FILE, f"SHA-256 {hashlib.sha256(CHANGED).hexdigest()[:16]}...), expected"),
    "other content ": (CHANGED, IMAGE_FILE, f"expected {IMAGE_FILE.sha256[:16]}..."),
}


@pytest.mark.parametrize(("data", "file", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_named_with_what_was_found_and_expected(data: bytes, file: IdxFile, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load(data, file)
    problem, remedy = str(caught.value).split(".\n")
    assert problem.startswith("WHERE: found ")
    assert message in problem
    assert remedy.startswith(("Get a fresh copy", "Download the file again; if the network has a login page"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (idx(IMAGE_ARRAY[0]), "expected 00 00 08 01 (labels) or 00 00 08 03 (images)"),
        (idx(IMAGE_ARRAY[:0]), "found 0 x 28 x 28 images, expected at least one"),
        (idx(LABEL_ARRAY[:0]), "found 0 labels, expected at least one"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "a truncated file of 16 bytes, expected 79228162458924105385300197391"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 8 + bytes(4), "x 0 images, expected at least one"),
        (bytes([0, 0, 8, 255]) + bytes(1020), "first bytes 00 00 08 ff (no IDX of MNIST)"),
    ],
)
def test_read_idx_without_a_shape_takes_any_labels_or_images_but_no_others(data: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_idx(data, "NAME")
    assert str(caught.value).startswith("NAME: ")
    assert message in str(caught.value)


def test_an_error_survives_pickling_as_processes_pass_it_on() -> None:
    error = DataError("given, expected", "do that")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "given, expected.\ndo that"


@st.composite
def mutations(draw: st.DrawFn) -> tuple[bytes, IdxFile]:
    """A valid file, plain or gzipped, of which some bytes are overwritten, cut out or put in."""
    file = draw(st.sampled_from([IMAGE_FILE, LABEL_FILE]))
    data = draw(st.sampled_from([CONTENTS[file], gzip.compress(CONTENTS[file], mtime=0)]))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)) | st.integers(0, min(len(data), 20)))
        stop = draw(st.integers(start, len(data)) | st.integers(start, min(len(data), start + 3)))
        data = data[:start] + draw(st.binary(max_size=stop - start + 1)) + data[stop:]
    return data, file


def check(data: bytes, file: IdxFile) -> None:
    try:
        array = load(data, file)
    except DataError:
        return
    np.testing.assert_array_equal(array, ARRAYS[file])


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(mutations())
def test_a_mutated_file_gives_the_right_array_or_an_error(mutated: tuple[bytes, IdxFile]) -> None:
    check(*mutated)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00", LABELS[:8], IMAGES[:16]]),
    st.binary(max_size=60),
    st.sampled_from([IMAGE_FILE, LABEL_FILE]),
)
def test_random_bytes_give_the_right_array_or_an_error(start: bytes, rest: bytes, file: IdxFile) -> None:
    check(start + rest, file)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"", b"\x00\x00\x08\x01\x00\x00\x00", b"\x00\x00\x08\x03" + bytes(3)]), st.binary(max_size=30))
def test_what_read_idx_accepts_is_an_idx_file(start: bytes, rest: bytes) -> None:
    try:
        array = read_idx(start + rest, "NAME")
    except DataError:
        return
    assert idx(array) == start + rest


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_every_truncation_is_an_error(pack: type[bytes]) -> None:
    data = pack(LABELS)
    for length in range(len(data)):
        with pytest.raises(DataError, match="WHERE: found a truncated"):
            load(data[:length], LABEL_FILE)
