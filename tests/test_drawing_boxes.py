"""Boxes: groups within groups, and those that are opened because they would hold one thing only."""

from autograd.drawing.boxes import Box, boxed
from autograd.drawing.sketch import Group, Item, Role


def call(group: Group | None, name: str = "call", role: Role = Role.CALL) -> Item:
    return Item(role, name, group=group)


def outline(box: Box) -> list[object]:
    """The labels of boxes and the names of items, nested."""
    return [[part.title, *outline(part)] if isinstance(part, Box) else part.name for part in box.parts]


def test_items_are_in_the_boxes_of_their_groups_in_order() -> None:
    outer = Group("outer", parameters=1234)
    inner = Group("inner", parent=outer)
    items = [call(outer, "a"), call(inner, "b"), call(None, "c"), call(inner, "d")]
    root, labels = boxed(items, False)
    assert outline(root) == [["outer   1,234 parameters", "a", ["inner", "b", "d"]], "c"]
    assert labels == {}


def test_a_box_around_one_call_becomes_a_label() -> None:
    alone = call(Group("1: ReLU", parent=Group("model", parameters=2)))
    root, labels = boxed([alone, call(alone.group.parent if alone.group else None, "other")], False)
    assert outline(root) == [["model   2 parameters", "call", "other"]]
    assert labels == {alone: "1: ReLU"}


def test_a_box_around_one_call_stays_if_it_tells_of_parameters_or_repeats() -> None:
    for group in (Group("model", parameters=2), Group("×3", "repeat")):
        root, labels = boxed([call(group)], False)
        assert outline(root) == [[Box("", group.name, group.parameters).title, "call"]]
        assert labels == {}


def test_boxes_around_one_box_are_joined_with_it() -> None:
    outer = Group("MLP", parameters=10)
    layers = Group("layers: Sequential", parent=Group("body", parent=outer, parameters=10), parameters=10)
    root, _ = boxed([call(layers), call(layers)], False)
    assert outline(root) == [["MLP / body / layers: Sequential   10 parameters", "call", "call"]]


def test_boxes_of_another_kind_are_not_joined() -> None:
    repeat = Group("×3", "repeat", Group("model", parameters=1))
    root, _ = boxed([call(repeat), call(repeat)], False)
    assert outline(root) == [["model   1 parameter", ["×3", "call", "call"]]]


def test_the_passes_have_a_box_each() -> None:
    items = [call(None, "a"), call(None, "b", Role.GRADIENT_CALL), call(Group("rule", "rule"), "c", Role.GRADIENT)]
    root, _ = boxed(items, True)
    assert outline(root) == [["forward pass", "a"], ["backward pass", "b", ["rule", "c"]]]


def test_a_box_tells_what_is_in_it() -> None:
    outer = Group("outer", parameters=1234)
    items = [call(outer), call(Group("inner", parent=outer, parameters=1)), call(outer, role=Role.PARAMETER)]
    root, _ = boxed(items, False)
    (box,) = root.parts
    assert isinstance(box, Box)
    assert box.rows() == [("module", "outer"), ("parameters", "1,234"), ("calls", "2")]
