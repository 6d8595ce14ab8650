"""Attributes that are missing."""

import inspect

import pytest

from autograd._util.missing import let_miss


class Box:
    pass


let_miss(Box, ["lid", "key"], lambda owner, name: AttributeError(f"{owner.__name__} has no {name}"))


class Crate(Box):
    key = 3


def test_the_error_says_what_there_is() -> None:
    for box in (Box(), Box, Crate()):
        assert not hasattr(box, "lid")
        assert getattr(box, "lid", 5) == 5
    with pytest.raises(AttributeError, match="Crate has no lid"):
        Crate().lid  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'nail'"):
        Box().nail  # type: ignore[attr-defined]  # noqa: B018


def test_who_has_it_has_it() -> None:
    assert Crate().key == 3
    box = Box()
    box.lid = 4  # type: ignore[attr-defined]
    assert box.lid == 4  # type: ignore[attr-defined]
    assert dict(inspect.getmembers(Crate()))["key"] == 3
