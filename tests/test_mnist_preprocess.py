"""Any image of a digit comes out as MNIST's are: light on black, in a box of 20 x 20, its mass in the middle."""

import io
import os
import re
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digits import patterns, seven
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mnist.preprocess import EXPECTED_IMAGE as OTHERWISE
from mnist.preprocess import IMAGE_FORMATS, ImageError, prepare, read_image

Array = NDArray[Any]
EXPECTED = prepare(np.asarray(seven()))
NO_DIGIT = "no digit can be told from the ground; pass an image in which it is clearly lighter or darker"


def difference(found: Array, expected: Array = EXPECTED) -> float:
    """The mean difference of two images, 0-255, of the best of their moves by a pixel: where rounding may put them."""
    moves = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    moved = [np.roll(found, move, (0, 1)).astype(int) for move in moves]
    return min(float(np.abs(image - expected).mean()) for image in moved)


def assert_as_in_mnist(image: Array) -> None:
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    rows, columns = np.nonzero(image)
    assert max(np.ptp(rows), np.ptp(columns)) < 20
    assert image.max() > 200
    assert np.median(image) == 0
    mass = image / image.sum()
    for axis in (0, 1):
        centre = float((mass.sum(axis=1 - axis) * np.arange(28)).sum())
        assert abs(centre - 14) <= 0.51  # moved by whole pixels


def assert_the_same_seven(found: Array, limit: float = 6) -> None:
    assert_as_in_mnist(found)
    assert difference(found) < limit


def noisy(image: Image.Image, deviation: float) -> Array:
    noise = np.random.default_rng(0).normal(0, deviation, (image.height, image.width))
    return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)


def saved(folder: Path, image: Image.Image, suffix: str = ".png", **options: Any) -> Path:
    image.save(folder / f"digit{suffix}", **options)
    return folder / f"digit{suffix}"


def test_the_measure_tells_digits_apart() -> None:
    assert difference(EXPECTED) == 0
    others = [seven().rotate(180), seven().transpose(Image.Transpose.FLIP_LEFT_RIGHT), seven().rotate(90)]
    assert min(difference(prepare(np.asarray(other))) for other in others) > 15
    with pytest.raises(AssertionError):
        assert_as_in_mnist(255 - EXPECTED)


# -- prepare ---------------------------------------------------------------------------------------------------------

GREYS = {
    "black on white": seven(),
    "white on black": seven(ink=255, paper=0),
    "dark on grey": seven(ink=40, paper=140),
    "light on grey": seven(ink=220, paper=130),
    "faint pencil": seven(ink=205, paper=235),
    "64 pixels": seven(64),
    "2000 pixels": seven(2000),
    "tall": seven((100, 400)),
    "wide": seven((400, 100)),
    "cut to the digit": seven(280).crop((70, 40, 210, 240)),
}


@pytest.mark.parametrize("image", GREYS.values(), ids=GREYS)
def test_size_polarity_and_contrast_make_no_difference(image: Image.Image) -> None:
    assert_the_same_seven(prepare(np.asarray(image)))


@pytest.mark.parametrize("corner", [(0, 0), (0, 250), (250, 0), (250, 250), (30, 70)])
def test_the_place_makes_no_difference(corner: tuple[int, int]) -> None:
    grey = np.full((530, 530), 255, np.uint8)
    grey[corner[0] : corner[0] + 280, corner[1] : corner[1] + 280] = np.asarray(seven(280))
    assert_the_same_seven(prepare(grey))


def test_as_few_pixels_as_mnist_has() -> None:
    assert_the_same_seven(prepare(np.asarray(seven(28))), 12)  # of coarser pixels than the 20 x 20 are made of
    assert difference(prepare(EXPECTED)) < 2


@pytest.mark.parametrize(
    ("size", "deviation"), [(100, 2), (100, 5), (100, 10), (400, 2), (400, 5), (400, 10), (400, 15)]
)
@pytest.mark.parametrize(("ink", "paper"), [(30, 200), (220, 60)])
def test_noise_makes_no_difference(size: int, deviation: float, ink: int, paper: int) -> None:
    assert_the_same_seven(prepare(noisy(seven(size, ink, paper), deviation)))


def test_a_slope_of_the_light_makes_no_difference() -> None:
    grey = np.asarray(seven(280, 40, 200)) + np.linspace(-20, 20, 280)
    assert_the_same_seven(prepare(grey.astype(np.uint8)))


def test_a_grain_of_dust_makes_no_difference() -> None:
    grey = np.array(seven(560))
    grey[30, 30] = 0
    assert_the_same_seven(prepare(grey))


@pytest.mark.parametrize("horizontal", [True, False])
def test_a_thin_stroke(horizontal: bool) -> None:
    grey = np.full((280, 280), 255, np.uint8)
    grey[40:240, 138:142] = 0
    found = prepare(grey.T if horizontal else grey)
    rows, columns = np.nonzero(found)
    assert sorted([np.ptp(rows), np.ptp(columns)]) == [1, 19]  # in the middle of a square, so on two pixels
    assert_as_in_mnist(found)


def test_the_array_given_stays_as_it_is() -> None:
    grey = np.array(seven())
    grey.flags.writeable = False
    prepare(grey)
    np.testing.assert_array_equal(grey, np.asarray(seven()))


BLANKS = {
    "white": np.full((50, 50), 255, np.uint8),
    "black": np.zeros((50, 50), np.uint8),
    "one pixel": np.full((1, 1), 7, np.uint8),
    "a row": np.full((1, 300), 7, np.uint8),
    "some noise": noisy(Image.new("L", (280, 280), 200), 3),
    "much noise": noisy(Image.new("L", (280, 280), 128), 15),
}


@pytest.mark.parametrize("grey", BLANKS.values(), ids=BLANKS)
def test_no_digit(grey: Array) -> None:
    with pytest.raises(ImageError, match=f"^{NO_DIGIT}$"):
        prepare(grey)


# -- read ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "RGBA", "LA"])
def test_any_mode_of_png(tmp_path: Path, mode: str) -> None:
    assert_the_same_seven(read_image(saved(tmp_path, seven().convert(mode))))


@pytest.mark.parametrize(("suffix", "options"), [(".jpg", {"quality": 30}), (".gif", {}), (".bmp", {}), (".tiff", {})])
def test_other_formats(tmp_path: Path, suffix: str, options: dict[str, Any]) -> None:
    assert_the_same_seven(read_image(str(saved(tmp_path, seven(), suffix, **options))))


def test_cmyk_jpeg(tmp_path: Path) -> None:
    assert_the_same_seven(read_image(saved(tmp_path, seven().convert("CMYK"), ".jpg")))


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (20, 90), (200, 110)])
def test_16_bits(tmp_path: Path, ink: int, paper: int) -> None:
    deep = Image.fromarray(np.asarray(seven(280, ink, paper)).astype(np.uint16) * 257)
    path = saved(tmp_path, deep)
    with Image.open(path) as opened:
        assert opened.mode.startswith("I")
    found = read_image(path)
    assert_the_same_seven(found)
    np.testing.assert_allclose(found, prepare(np.asarray(seven(280, ink, paper))), atol=3)  # the greys, too


@pytest.mark.parametrize("colour", ["black", "navy", "white"])
def test_ink_on_nothing(tmp_path: Path, colour: str) -> None:
    image = Image.new("RGBA", (280, 280), colour)
    image.putalpha(Image.eval(seven(), lambda grey: 255 - grey))
    assert_the_same_seven(read_image(saved(tmp_path, image)))


def test_a_transparent_colour_of_a_palette(tmp_path: Path) -> None:
    image = seven().point(lambda grey: 0 if grey > 127 else 1).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])  # black ink on a ground that is black, but for its transparency
    assert_the_same_seven(read_image(saved(tmp_path, image, transparency=0)))


@pytest.mark.parametrize(("orientation", "turn"), [(6, 90), (3, 180), (8, 270)])
def test_a_photograph_is_turned_upright(tmp_path: Path, orientation: int, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = seven().rotate(turn, expand=True)
    assert difference(read_image(saved(tmp_path, image, ".jpg"))) > 15
    assert_the_same_seven(read_image(saved(tmp_path, image, ".jpg", exif=exif)))


def png() -> bytes:
    stream = io.BytesIO()
    seven().save(stream, "PNG")
    return stream.getvalue()


CONTENTS = {
    "text": b"seven",
    "empty": b"",
    "truncated": png()[:-300],
    "header only": png()[:33],
    "broken": png()[:100] + bytes(200) + png()[300:],
    "random": np.random.default_rng(0).bytes(500),
    "html": b"<!DOCTYPE html><html></html>",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_file_that_is_no_image(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=rf"is no image that can be read .*; {OTHERWISE}") as error:
        read_image(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("format", IMAGE_FORMATS)
def test_the_formats_that_are_read(tmp_path: Path, format: str) -> None:
    assert {name.upper() for name in re.findall(r"[A-Z]\w+", OTHERWISE)} == set(IMAGE_FORMATS)
    seven().convert("RGB").save(tmp_path / "seven", format)
    assert_the_same_seven(read_image(tmp_path / "seven"))


@pytest.mark.parametrize("format", ["EPS", "DDS", "PCX", "PPM", "ICO", "PDF"])
@pytest.mark.parametrize("broken", [False, True])
def test_a_format_that_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, broken: bool) -> None:
    """Not even looked into: a reader of Pillow's may start Ghostscript, or raise what it likes."""
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("another program was started"))
    content = saved_as(format)
    (tmp_path / "seven").write_bytes(content[:100] + b"\xff" * 60 if broken else content)
    with pytest.raises(ImageError, match=rf"seven is no image that can be read \(cannot identify .*; {OTHERWISE}"):
        read_image(tmp_path / "seven")


def saved_as(format: str) -> bytes:
    file = io.BytesIO()
    seven().convert("RGB").save(file, format)
    return file.getvalue()


def test_what_a_decoder_raises_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(image: Any, in_place: bool) -> None:
        raise struct.error("unpack requires\n  a buffer of 4 bytes")

    monkeypatch.setattr(ImageOps, "exif_transpose", stumble)
    with pytest.raises(ImageError, match=r"is no image that can be read \(unpack requires a buffer of 4 bytes\);"):
        read_image(saved(tmp_path, seven()))


def test_what_is_odd_in_a_file_that_can_be_read_is_not_told(tmp_path: Path) -> None:
    odd = Image.Exif()
    odd[0x010E] = "a description"
    file = io.BytesIO()
    seven().save(file, "JPEG", exif=odd.tobytes()[:-20])
    (tmp_path / "seven").write_bytes(file.getvalue())
    with pytest.warns(UserWarning, match="Corrupt EXIF"), Image.open(tmp_path / "seven") as image:
        image.getexif()
    assert_the_same_seven(read_image(tmp_path / "seven"))


def test_no_file_a_folder_a_pipe_and_no_path(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", "a\0b"):
        with pytest.raises(ImageError, match=r"there is no file .*; check the path"):
            read_image(path)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ImageError, match=f"{path} is no ordinary file; {OTHERWISE}"):
            read_image(path)


def test_a_blank_image_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("L", (50, 50), 255))
    with pytest.raises(ImageError) as error:
        read_image(path)
    assert str(error.value) == f"{path}: {NO_DIGIT}"


@pytest.mark.parametrize("side", [8001, 10_000, 13_300, 14_000, 100_000])
def test_the_size_is_looked_at_before_an_image_is_decoded(tmp_path: Path, side: int) -> None:
    """The largest took 1.6 GB until it was refused; here there is nothing to decode."""
    header = struct.pack(">4sIIBBBBB", b"IHDR", side, side, 1, 0, 0, 0, 0)
    data = b"".join(struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (
        header, b"IDAT", b"IEND",
    ))  # fmt: skip
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(ImageError, match=r"has [\d,]+ x [\d,]+ pixels, and may have 64,000,000; make it smaller|bomb"):
        read_image(tmp_path / "large.png")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK", "I;16"])
def test_a_large_image_comes_out_as_a_small_one(tmp_path: Path, mode: str) -> None:
    large = seven().resize((1700, 1700), Image.Resampling.NEAREST)
    if mode == "I;16":
        large = Image.fromarray(np.asarray(large.convert("L")).astype(np.uint16) * 257)
    path = tmp_path / "large.tiff"
    large.convert(mode).save(path)
    assert_the_same_seven(read_image(path))


def test_patterns_are_images() -> None:  # the data of other tests, which could be blank without anyone noticing
    images, labels = patterns(50)
    assert (images.shape, images.dtype, set(labels)) == ((50, 28, 28), np.uint8, set(range(10)))
    assert len({image.argmax() for image in images}) == 10
