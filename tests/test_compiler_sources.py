"""Where values live, and what is asked of them."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd.compiler.tracing.sources import MISSING, Guard, Source, is_same, typed_items
from autograd.engine.tensor import Tensor


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclasses.dataclass(frozen=True)
class Frozen:
    value: Any


class Slotted:
    __slots__ = ("value",)


def test_sources_in_containers() -> None:
    tensor = Tensor([1.0])
    inner = {tensor: [1, 2]}
    source = Source(inner, (("item", tensor), ("item", 1)), "inner[1]")
    assert source.get() == 2
    source.set(5)
    assert inner[tensor] == [1, 5]
    assert Source(tensor, (("attribute", "data"),)).item(0).get() == 1


def test_what_is_in_a_tuple_is_set_by_another_tuple() -> None:
    box = {"a": (1, Pair(2, [3]))}
    before = box["a"]
    source = Source(box, (("item", "a"), ("item", 1), ("item", 0)))
    source.set("new")
    assert box == {"a": (1, Pair("new", [3]))}
    assert type(box["a"][1]) is Pair
    assert before == (1, Pair(2, [3]))
    assert source.outermost() == Source(box, (("item", "a"),))
    in_list = Source(box, (("item", "a"), ("item", 1), ("item", 1), ("item", 0)))
    assert in_list.outermost() is in_list


def test_attributes_of_frozen_dataclasses_and_in_slots() -> None:
    frozen, slotted = Frozen(1), Slotted()
    for thing in (frozen, slotted):
        Source(thing, (("attribute", "value"),)).set(7)
        assert thing.value == 7
    with pytest.raises(AttributeError):
        Source(1, (("attribute", "real"),)).set(2)


def test_equal_sources_have_one_hash() -> None:
    a, b, box = Tensor([1.0]), Tensor([1.0]), {}
    assert Source(box, (("item", a),), "x") == Source(box, (("item", a),), "y")
    assert hash(Source(box, (("item", a),), "x")) == hash(Source(box, (("item", a),), "y"))
    assert Source(box, (("item", a),)) != Source(box, (("item", b),))
    assert Source(box, (("item", 1),)) != Source(box, (("item", True),))
    assert Source(box, (("item", 1),)) != Source({}, (("item", 1),))
    assert Source(box, ()) != Source(box, (("item", 1),))
    assert Source(box, ()) != "source"


NAN = float("nan")


@pytest.mark.parametrize(("a", "b", "expected"), [
    (1, 1, True), (1, True, False), (1, 1.0, False), (0.0, -0.0, False), (NAN, float("nan"), True), (1j, 1j, True),
    (0j, complex(-0.0, 0), False), ("a", "a", True), ("a", b"a", False), (None, None, True), (None, 0, False),
    (np.float32(1), np.float32(1), True), (np.float32(1), np.float64(1), False),
    (np.float64(0), np.float64(-0.0), False),
    (np.float64(NAN), np.float64(NAN), True), (np.int8(3), np.int8(3), True), (np.dtype("f"), np.dtype("f"), True),
])  # fmt: skip
def test_same_to_the_last_bit(a: Any, b: Any, expected: bool) -> None:
    assert is_same(a, b) is is_same(b, a) is expected


def test_guards() -> None:
    thing = [1.0]
    box = {"a": 1.0, "b": thing}
    equal = Guard(Source(box, (("item", "a"),)), 1.0)
    same = Guard(Source(box, (("item", "b"),)), thing)
    length = Guard(Source(thing, ()), 1, len)
    assert equal.holds()
    assert same.holds()
    assert length.holds()
    box.update(a=1, b=[1.0])
    thing.append(2)
    assert not equal.holds()
    assert not same.holds()
    assert not length.holds()
    keys, items = (
        Guard(Source(box, ()), ("a", "b"), tuple),
        Guard(Source({1, 2}, ()), typed_items({1, 2}), typed_items),
    )
    assert keys.holds()
    assert items.holds()
    box["a"] = box.pop("a")
    assert not keys.holds()
    for change in (lambda numbers: numbers.add(3), lambda numbers: (numbers.clear(), numbers.update({1.0, 2}))):
        change(items.source.root)
        assert not items.holds()
    box.clear()
    assert equal.now() is MISSING
    assert not equal.holds()
