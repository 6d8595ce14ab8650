"""What a request may bring: read up to a limit, parsed strictly, and every number checked.

Whatever is wrong is told in one sentence: what was given, and what is expected.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, model_validator
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from mnist import strokes
from mnist.preprocess import ImageError, prepare

BYTES = 1_000_000  # the longest body; 280 x 280 pixels take a third of it
BODY_SECONDS = 10.0  # until a body must be there
STROKES, POINTS, SIDE = 1000, 10_000, 280
FAR = 1_000_000
THINNEST, THICKEST = 0.2, strokes.THICKEST  # a dot that is thinner may lie between the pixels

Coordinate = Annotated[float, Field(ge=-FAR, le=FAR)]
Point = Annotated[list[Coordinate], Field(min_length=2, max_length=2), FailFast()]
Stroke = Annotated[list[Point], Field(min_length=1, max_length=POINTS), FailFast()]
Pixel = Annotated[int, Field(ge=0, le=255)]
PixelRow = Annotated[list[Pixel], Field(min_length=1, max_length=SIDE), FailFast()]
Digit = Annotated[int, Field(ge=0, le=9)]

# What is expected, by the field and how deep in it.
EXPECTED_FIELDS = {
    ("strokes", 0): f"a list of 1 to {STROKES:,} strokes",
    ("strokes", 1): f"a stroke, a list of 1 to {POINTS:,} points",
    ("strokes", 2): "a point [x, y]",
    ("strokes", 3): f"a number from {-FAR:,} to {FAR:,}",
    ("pen", 0): f"a number from {THINNEST} to {THICKEST:g}, the width of the pen (usual: 1)",
    ("pixels", 0): f"a list of 1 to {SIDE} rows",
    ("pixels", 1): f"a row, a list of 1 to {SIDE} pixels",
    ("pixels", 2): "a whole number from 0 to 255",
    ("digit", 0): "a whole number from 0 to 9, whose saliency is wanted, or null for the most probable digit",
}


class RequestBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Strokes(RequestBody):
    """A drawing as the pen went: x grows to the right, y downwards, in any unit."""

    strokes: Annotated[list[Stroke], Field(min_length=1, max_length=STROKES), FailFast()]
    pen: Annotated[float, Field(ge=THINNEST, le=THICKEST)] = 1.0
    digit: Digit | None = None

    @model_validator(mode="after")
    def _few(self) -> Strokes:
        if (points := sum(map(len, self.strokes))) > POINTS:
            raise ValueError(f"the strokes have {points:,} points in all; expected at most {POINTS:,}")
        return self

    def image(self) -> NDArray[np.uint8]:
        return strokes.draw_strokes(self.strokes, self.pen)


class Pixels(RequestBody):
    """A grey image, light on dark or dark on light."""

    pixels: Annotated[list[PixelRow], Field(min_length=1, max_length=SIDE), FailFast()]
    digit: Digit | None = None

    @model_validator(mode="after")
    def _even(self) -> Pixels:
        first, *others = map(len, self.pixels)
        for k, n in enumerate(others, 1):
            if n != first:
                raise ValueError(f"pixels[{k}] is a list of {n}, and pixels[0] of {first}; expected rows of one length")
        return self

    def image(self) -> NDArray[np.uint8]:
        return prepare(np.array(self.pixels, np.uint8))


def drawing(body: bytes) -> tuple[NDArray[np.uint8], int | None]:
    """The image (28, 28) of a body, prepared, and the digit whose saliency is wanted.

    Raises HTTPException with the status and the sentence if the body does not bring one.
    """
    found = checked(parse_json(body))
    try:
        return found.image(), found.digit
    except ImageError as error:
        raise HTTPException(422, str(error)) from None


async def read_body(request: Request) -> bytes:
    """The body of a request. Raises HTTPException if it is no JSON, too long, or not there in time."""
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != "application/json" or parameters.strip() not in ("", "charset=utf-8", 'charset="utf-8"'):
        given = request.headers.get("content-type", "missing")
        raise HTTPException(415, f"the Content-Type is {echoed(given)}; send JSON as application/json")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > BYTES:
        _too_long()
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > BYTES:
                    _too_long()
                parts.append(part)
    except TimeoutError:
        raise HTTPException(408, f"the body was not there after {BODY_SECONDS:g} s; send it at once") from None
    except ClientDisconnect:
        raise HTTPException(400, "the body broke off before its end; send it again") from None
    return b"".join(parts)


def _too_long() -> NoReturn:
    raise HTTPException(413, f"the body is too long; it may have {BYTES:,} bytes: send fewer points or pixels")


def parse_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"the body is no UTF-8 from byte {error.start} on; send JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise HTTPException(400, f"the body is no JSON: {error.msg}, at {at}") from None
    except RecursionError:
        raise HTTPException(400, "the body is nested too deeply; send strokes or pixels as lists of lists") from None
    except ValueError:  # of an integer with thousands of digits
        raise HTTPException(400, "a number in the body has too many digits; send shorter ones") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise HTTPException(400, f"the body has the key {echoed(key)} twice; send each once")
        found[key] = value
    return found


def _constant(text: str) -> NoReturn:
    raise HTTPException(400, f"the body has {text} in it, which is no JSON; send finite numbers")


def checked(value: Any) -> Strokes | Pixels:
    if not isinstance(value, dict):
        raise HTTPException(422, f'the body is {shown(value)}; expected an object with "strokes" or "pixels"')
    if ("strokes" in value) == ("pixels" in value):
        has = "both" if "strokes" in value else "neither"
        raise HTTPException(422, f'the body has {has} of the keys "strokes" and "pixels"; expected one of them')
    model = Strokes if "strokes" in value else Pixels
    for key in value.keys() - model.model_fields.keys():
        known = ", ".join(model.model_fields)
        raise HTTPException(422, f"the body has the key {echoed(key)}; expected no others than {known}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise HTTPException(422, sentence(error)) from None


def sentence(error: ValidationError) -> str:
    """What is wrong, of the first thing that is."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    field, *indices = first["loc"]
    place = str(field) + "".join(f"[{k}]" for k in indices)
    return f"{place} is {shown(first['input'])}; expected {EXPECTED_FIELDS[str(field), len(indices)]}"


def shown(value: Any) -> str:
    """A value of JSON in a few words."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    return echoed(value) if isinstance(value, str) else json.dumps(value)[:30]


def echoed(text: str) -> str:
    return json.dumps(text if len(text) <= 30 else text[:30] + "...")
