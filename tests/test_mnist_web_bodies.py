"""What a request may bring: whatever else comes is refused in a sentence, and never makes the server fail."""

import asyncio
import json
import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from served import JSON, SEVEN, client, network
from starlette.requests import Request

from mnist import strokes
from mnist.preprocess import prepare
from mnist.web import bodies, openapi
from mnist.web.bodies import BYTES, POINTS, SIDE, STROKES

SERVED = network(16, 8)
CLIENT = client(SERVED)


def sent(content: bytes | str, headers: Any = JSON) -> tuple[int, Any]:
    answer = CLIENT.post("/api/predict", content=content, headers=headers)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def error_of(content: bytes | str | dict[str, Any], status: int, headers: Any = JSON) -> str:
    content = json.dumps(content) if isinstance(content, dict) else content
    found, answer = sent(content, headers)
    assert found == status, answer
    assert list(answer) == ["error"]
    return answer["error"]


# -- what is right -----------------------------------------------------------------------------------------------------


def test_strokes_are_drawn() -> None:
    drawn = strokes.draw_strokes([np.array(stroke) for stroke in SEVEN])
    assert sent(json.dumps({"strokes": SEVEN}))[1]["image"] == drawn.tolist()
    thick = strokes.draw_strokes([np.array(stroke) for stroke in SEVEN], 1.7)
    assert sent(json.dumps({"strokes": SEVEN, "pen": 1.7}))[1]["image"] == thick.tolist() != drawn.tolist()


def test_pixels_are_prepared() -> None:
    grey = np.full((60, 50), 200, np.uint8)
    grey[10:40, 20:26] = 30
    assert sent(json.dumps({"pixels": grey.tolist()}))[1]["image"] == prepare(grey).tolist()


@pytest.mark.parametrize("digit", [*range(10), None])
@pytest.mark.parametrize(
    "content", [{"strokes": SEVEN}, {"pixels": strokes.draw_strokes(SEVEN).tolist()}], ids=["strokes", "pixels"]
)
def test_the_digit_that_is_explained(content: dict[str, Any], digit: int | None) -> None:
    answer = sent(json.dumps({**content, "digit": digit}))[1]
    assert answer["saliency"]["digit"] == (answer["digit"] if digit is None else digit)


@pytest.mark.parametrize("headers", [
    {"content-type": "application/json; charset=utf-8"}, {"content-type": "Application/JSON"},
])  # fmt: skip
def test_other_spellings_of_the_content_type(headers: dict[str, str]) -> None:
    assert sent(json.dumps({"strokes": SEVEN}), headers)[0] == 200


numbers = st.floats(-1e6, 1e6) | st.integers(-(10**6), 10**6)
points = st.tuples(numbers, numbers).map(list)
right = st.fixed_dictionaries(
    {"strokes": st.lists(st.lists(points, min_size=1, max_size=20), min_size=1, max_size=5)},
    optional={"pen": st.floats(0.2, 4) | st.integers(1, 4), "digit": st.integers(0, 9) | st.none()},
)


@pytest.mark.slow
@given(right)
@settings(max_examples=100, deadline=None)
def test_all_that_is_right_is_answered(body: dict[str, Any]) -> None:
    status, answer = sent(json.dumps(body))
    assert status == 200, answer
    openapi.Prediction.model_validate(answer, strict=True)
    assert abs(sum(answer["probabilities"]) - 1) < 1e-5
    assert max(map(max, answer["image"])) == 255


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_every_image_is_answered_or_shows_no_digit(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 12))
    rows = st.lists(st.integers(0, 255), min_size=width, max_size=width)
    status, answer = sent(json.dumps({"pixels": data.draw(st.lists(rows, min_size=1, max_size=12))}))
    if status == 200:
        openapi.Prediction.model_validate(answer, strict=True)
    else:
        assert (status, answer["error"][:37]) == (422, "no digit can be told from the ground;")


# -- what is wrong -----------------------------------------------------------------------------------------------------

WRONG = [
    ("strokes", [], "strokes is a list of 0; expected a list of 1 to 1,000 strokes"),
    ("strokes", None, "strokes is null; expected a list of 1 to 1,000 strokes"),
    ("strokes", {}, "strokes is an object; expected a list of 1 to 1,000 strokes"),
    ("strokes", [[]], "strokes[0] is a list of 0; expected a stroke, a list of 1 to 10,000 points"),
    ("strokes", ["1,2"], 'strokes[0] is "1,2"; expected a stroke, a list of 1 to 10,000 points'),
    ("strokes", [[[1, 2]], [[1, 2], [3]]], "strokes[1][1] is a list of 1; expected a point [x, y]"),
    ("strokes", [[[1, 2, 3]]], "strokes[0][0] is a list of 3; expected a point [x, y]"),
    ("strokes", [[1, 2]], "strokes[0][0] is 1; expected a point [x, y]"),
    ("strokes", [[[1, None]]], "strokes[0][0][1] is null; expected a number from -1,000,000 to 1,000,000"),
    ("strokes", [[[1, "2"]]], 'strokes[0][0][1] is "2"; expected a number from -1,000,000 to 1,000,000'),
    ("strokes", [[[1, True]]], "strokes[0][0][1] is true; expected a number from -1,000,000 to 1,000,000"),
    ("strokes", [[[1, 1e6 + 1]]], "strokes[0][0][1] is 1000001.0; expected a number from -1,000,000 to 1,000,000"),
    ("strokes", [[[-(10**9), 1]]], "strokes[0][0][0] is -1000000000; expected a number from -1,000,000 to 1,000,000"),
    ("pixels", [], "pixels is a list of 0; expected a list of 1 to 280 rows"),
    ("pixels", [[]], "pixels[0] is a list of 0; expected a row, a list of 1 to 280 pixels"),
    ("pixels", [[0] * 281], "pixels[0] is a list of 281; expected a row, a list of 1 to 280 pixels"),
    ("pixels", [[0]] * 281, "pixels is a list of 281; expected a list of 1 to 280 rows"),
    ("pixels", [[0, 1], [0]], "pixels[1] is a list of 1, and pixels[0] of 2; expected rows of one length"),
    ("pixels", [[0, 256]], "pixels[0][1] is 256; expected a whole number from 0 to 255"),
    ("pixels", [[-1]], "pixels[0][0] is -1; expected a whole number from 0 to 255"),
    ("pixels", [[0.5]], "pixels[0][0] is 0.5; expected a whole number from 0 to 255"),
    ("pixels", [[False]], "pixels[0][0] is false; expected a whole number from 0 to 255"),
    ("pixels", [[7] * 9] * 9, "no digit can be told from the ground; pass an image in which it is clearly lighter"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), WRONG, ids=[text[:40] for _, _, text in WRONG])
def test_what_is_wrong_is_told(key: str, value: Any, sentence: str) -> None:
    assert error_of({key: value}, 422).startswith(sentence)


@pytest.mark.parametrize(("option", "sentence"), [
    ({"pen": 0.1}, "pen is 0.1; expected a number from 0.2 to 4, the width of the pen (usual: 1)"),
    ({"pen": 5}, "pen is 5; expected a number from 0.2 to 4, the width of the pen (usual: 1)"),
    ({"pen": None}, "pen is null; expected a number"),
    ({"digit": 10}, "digit is 10; expected a whole number from 0 to 9"),
    ({"digit": -1}, "digit is -1; expected a whole number from 0 to 9"),
    ({"digit": 1.5}, "digit is 1.5; expected a whole number from 0 to 9"),
    ({"digit": "3"}, 'digit is "3"; expected a whole number from 0 to 9'),
    ({"digit": [1]}, "digit is a list of 1; expected a whole number from 0 to 9"),
    ({"colour": "red"}, 'the body has the key "colour"; expected no others than strokes, pen, digit'),
    ({"\ud800": 1}, 'the body has the key "\\ud800"; expected no others than strokes, pen, digit'),
    ({"pixels": [[0]]}, 'the body has both of the keys "strokes" and "pixels"; expected one of them'),
])  # fmt: skip
def test_options_that_are_wrong(option: dict[str, Any], sentence: str) -> None:
    assert error_of({"strokes": SEVEN, **option}, 422).startswith(sentence)


def test_a_pen_is_for_strokes() -> None:
    assert (
        error_of({"pixels": [[0]], "pen": 1}, 422)
        == 'the body has the key "pen"; expected no others than pixels, digit'
    )


def test_too_much() -> None:
    many = error_of({"strokes": [[[1, 2]]] * (STROKES + 1)}, 422)
    assert many == "strokes is a list of 1,001; expected a list of 1 to 1,000 strokes"
    long = error_of({"strokes": [[[1, 2]] * (POINTS + 1)]}, 422)
    assert long == "strokes[0] is a list of 10,001; expected a stroke, a list of 1 to 10,000 points"
    all_together = error_of({"strokes": [[[1, 2]] * 5000] * 3}, 422)
    assert all_together == "the strokes have 15,000 points in all; expected at most 10,000"


@pytest.mark.parametrize("content", [
    {"strokes": [[[k % 97, k % 89] for k in range(POINTS)]]}, {"strokes": [[[k, k**2]] for k in range(STROKES)]},
    {"pixels": [[0] * 130 + [255] * 20 + [0] * (SIDE - 150)] * SIDE},
])  # fmt: skip
def test_as_much_as_may_be(content: dict[str, Any]) -> None:
    assert sent(json.dumps(content))[0] == 200


@pytest.mark.parametrize(("content", "status", "sentence"), [
    ("", 400, "the body is no JSON: Expecting value, at line 1, column 1"),
    ('{"strokes": ', 400, "the body is no JSON: Expecting value, at line 1, column 13"),
    ("{'strokes': 1}", 400, "the body is no JSON: "),
    (b"\xff\xfe{}", 400, "the body is no UTF-8 from byte 0 on; send JSON in UTF-8"),
    ('{"a": "ü"}'.encode("latin-1"), 400, "the body is no UTF-8 from byte 7 on; send JSON in UTF-8"),
    ("{}".encode("utf-16"), 400, "the body is no UTF-8 from byte 0 on; send JSON in UTF-8"),
    ("\ufeff{}", 400, "the body is no JSON: "),
    ('{"strokes": [[[1, NaN]]]}', 400, "the body has NaN in it, which is no JSON; send finite numbers"),
    ('{"strokes": [[[1, -Infinity]]]}', 400, "the body has -Infinity in it, which is no JSON; send finite numbers"),
    ('{"strokes": [[[1, 1e999]]]}', 422, "strokes[0][0][1] is Infinity; expected a number"),
    (f'{{"strokes": [[[1, {"9" * 4000}]]]}}', 422, f"strokes[0][0][1] is {'9' * 30}; expected a number"),
    (f'{{"strokes": [[[1, {"9" * 5000}]]]}}', 400, "a number in the body has too many digits; send shorter ones"),
    (f'{{"strokes": {"[" * 200_000}', 400, "the body is nested too deeply; send strokes or pixels as lists of lists"),
    (f'{{"a": {{"x": {"[" * 40}{"]" * 40}}}}}', 422, 'the body has neither of the keys "strokes" and "pixels"'),
    ('{"strokes": [[[1, 2]]], "strokes": []}', 400, 'the body has the key "strokes" twice; send each once'),
    ('{"strokes": [[{"x": 1, "x": 2}]]}', 400, 'the body has the key "x" twice; send each once'),
    ("[[[1, 2]]]", 422, 'the body is a list of 1; expected an object with "strokes" or "pixels"'),
    ("null", 422, 'the body is null; expected an object with "strokes" or "pixels"'),
    ('"\\ud800"', 422, 'the body is "\\ud800"; expected an object with "strokes" or "pixels"'),
    ("{}", 422, 'the body has neither of the keys "strokes" and "pixels"; expected one of them'),
], ids=str)  # fmt: skip
def test_what_is_no_drawing(content: bytes | str, status: int, sentence: str) -> None:
    assert error_of(content, status).startswith(sentence)


@pytest.mark.parametrize("kind", [
    None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/json; charset=latin-1",
])  # fmt: skip
def test_other_content_types(kind: str | None) -> None:
    error = error_of({"strokes": SEVEN}, 415, {} if kind is None else {"content-type": kind})
    assert error.startswith(f'the Content-Type is "{(kind or "missing")[:30]}')
    assert error.endswith('"; send JSON as application/json')


def test_bodies_that_are_too_long() -> None:
    sentence = "the body is too long; it may have 1,000,000 bytes: send fewer points or pixels"
    body = json.dumps({"strokes": SEVEN}).encode()
    assert sent(body.ljust(BYTES))[0] == 200
    assert error_of(body.ljust(BYTES + 1), 413) == sentence
    for length in ("1000001", "9" * 30):  # refused before a byte is read
        assert error_of("{}", 413, {**JSON, "content-length": length}) == sentence
    assert error_of((b" " * 100_000 for _ in range(11)), 413) == sentence  # in chunks, without a Content-Length
    assert sent(iter([body[:9], body[9:]]))[0] == 200


def test_a_body_without_an_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)
    assert refused(asyncio.sleep(60)) == (408, "the body was not there after 0.01 s; send it at once")


def test_a_visitor_who_leaves() -> None:
    async def leave() -> Any:
        return {"type": "http.disconnect"}

    assert refused(leave()) == (400, "the body broke off before its end; send it again")


def refused(message: Any) -> tuple[int, str]:
    """Why a body was not read, of which nothing came but this message."""

    async def receive() -> Any:
        return await message

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(bodies.HTTPException) as error:
        asyncio.run(bodies.read_body(Request(scope, receive)))
    return error.value.status_code, error.value.detail


# -- whatever comes ----------------------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=12,
)
keyed = st.dictionaries(st.sampled_from(["strokes", "pixels", "digit", "pen", "x"]), anything, max_size=4)
spoiled = st.tuples(right, st.dictionaries(st.sampled_from(["strokes", "pixels", "digit", "pen"]), anything))
bodies_of_all_kinds = anything | keyed | spoiled.map(lambda pair: {**pair[0], **pair[1]})


@pytest.mark.slow
@given(bodies_of_all_kinds)
@settings(max_examples=200, deadline=None)
def test_no_json_makes_it_fail(body: Any) -> None:
    status, answer = sent(json.dumps(body))
    assert status in (200, 400, 422)
    assert is_a_sentence(answer) if status != 200 else openapi.Prediction.model_validate(answer)


@given(st.binary(max_size=60) | st.text('[]{}",:-.eE01 ' + string.ascii_letters, max_size=60).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_it_fail(body: bytes) -> None:
    status, answer = sent(body)
    assert status in (400, 422)
    assert is_a_sentence(answer)


def is_a_sentence(answer: Any) -> bool:
    (error,) = answer.values()
    return isinstance(error, str) and 20 < len(error) < 200 and "pydantic" not in error and "\n" not in error
