"""The sketch: boxes within boxes, and items folded into one."""

from graphs import chain

from autograd.drawing.sketch import (
    Box,
    Edge,
    Flow,
    Item,
    Role,
    Sketch,
    boxes_around,
    contract,
    innermost_common,
    nested_boxes,
)


def test_a_box_knows_those_around_it() -> None:
    outer = Box("outer")
    inner = Box("inner", parent=Box("middle", parent=outer))
    assert [box.name for box in boxes_around(inner)] == ["outer", "middle", "inner"]


def test_the_innermost_common_box() -> None:
    outer = Box("outer")
    a, b = Box("a", parent=outer), Box("b", parent=outer)
    inside = Box("inside", parent=a)
    assert innermost_common([a, a]) is a
    assert innermost_common([inside, a]) is a
    assert innermost_common([inside, b]) is outer
    assert innermost_common([a, Box("other")]) is None
    assert innermost_common([a, None]) is None
    assert innermost_common([]) is None


def test_an_item_stands_for_all_that_is_folded_into_it() -> None:
    a, b, c = (Item(Role.CALL, name) for name in "abc")
    inner = Item(Role.CALL, "inner", members=[a, b])
    assert list(Item(Role.CALL, "outer", members=[inner, c]).all()) == [a, b, c]
    assert list(a.all()) == [a]


def test_contracting_joins_equal_edges_and_drops_those_inside() -> None:
    sketch = chain("a", "b", "c", "d")
    a, b, c, d = sketch.items
    sketch.edges.append(Edge(a, c, (3,), kept=True))
    sketch.edges.append(Edge(a, d, (7,)))
    both = Item(Role.CALL, "b and c")
    found = contract(sketch, {b: both, c: both})
    assert found.items == [a, both, d]
    assert [(e.tail, e.head, e.shape, e.kept, e.times) for e in found.edges] == [
        (a, both, (3,), True, 2),
        (both, d, (3,), False, 1),
        (a, d, (7,), False, 1),
    ]
    assert len(sketch.edges) == 5, "the sketch that is contracted is left as it was"


def test_edges_of_several_shapes_have_none_in_common() -> None:
    sketch = chain("a", "b", "c")
    a, b, c = sketch.items
    sketch.edges.append(Edge(a, c, (4,), label="x"))
    both = Item(Role.CALL, "b and c")
    (edge,) = contract(sketch, {b: both, c: both}).edges
    assert (edge.shape, edge.label, edge.times) == (None, "", 2)


def test_what_goes_on_to_the_next_round_stays() -> None:
    a, b = Item(Role.CALL, "a"), Item(Role.CALL, "b")
    once = Item(Role.CALL, "once")
    (edge,) = contract(Sketch([a, b], [Edge(a, b, flow=Flow.NEXT)]), {a: once, b: once}).edges
    assert (edge.tail, edge.head, edge.flow) == (once, once, Flow.NEXT)


def test_a_contracted_item_comes_where_its_last_part_was() -> None:
    sketch = chain("a", "b", "c")
    a, b, c = sketch.items
    leaf = Item(Role.INPUT, "x")
    sketch.items.insert(2, leaf)
    sketch.edges.append(Edge(leaf, c))
    both = Item(Role.CALL, "b and c")
    assert contract(sketch, {b: both, c: both}).items == [a, leaf, both]


def test_what_was_folded_before_is_not_counted_again() -> None:
    sketch = chain("a", "b", "c", "d")
    a, b, c, d = sketch.items
    first, second = Item(Role.CALL, "a and b", times=0), Item(Role.CALL, "c and d", detail="7 parameters", times=0)
    contract(contract(sketch, {a: first, b: first}), {c: second, d: second})
    assert [first.detail, second.detail] == ["2 calls", "2 calls, 7 parameters"]
    assert (first.members, second.members) == ([a, b], [c, d])


# -- nested boxes -----------------------------------------------------------------------------------------------------


def call(box: Box | None, name: str = "call", role: Role = Role.CALL) -> Item:
    return Item(role, name, box=box)


def outline(box: Box) -> list[object]:
    """The labels of boxes and the names of items, nested."""
    return [[part.title, *outline(part)] if isinstance(part, Box) else part.name for part in box.parts]


def test_items_are_in_their_boxes_in_order() -> None:
    outer = Box("outer", parameters=1234)
    inner = Box("inner", parent=outer)
    items = [call(outer, "a"), call(inner, "b"), call(None, "c"), call(inner, "d")]
    root, labels = nested_boxes(items, False)
    assert outline(root) == [["outer   1,234 parameters", "a", ["inner", "b", "d"]], "c"]
    assert labels == {}


def test_a_box_around_one_call_becomes_a_label() -> None:
    alone = call(Box("1: ReLU", parent=Box("model", parameters=2)))
    root, labels = nested_boxes([alone, call(alone.box.parent if alone.box else None, "other")], False)
    assert outline(root) == [["model   2 parameters", "call", "other"]]
    assert labels == {alone: "1: ReLU"}


def test_a_box_around_one_call_stays_if_it_tells_of_parameters_or_repeats() -> None:
    for box in (Box("model", parameters=2), Box("×3", "repeat")):
        root, labels = nested_boxes([call(box)], False)
        assert outline(root) == [[box.title, "call"]]
        assert labels == {}


def test_boxes_around_one_box_are_joined_with_it() -> None:
    outer = Box("MLP", parameters=10)
    layers = Box("layers: Sequential", parent=Box("body", parent=outer, parameters=10), parameters=10)
    root, _ = nested_boxes([call(layers), call(layers)], False)
    assert outline(root) == [["MLP / body / layers: Sequential   10 parameters", "call", "call"]]


def test_boxes_of_another_kind_are_not_joined() -> None:
    repeat = Box("×3", "repeat", Box("model", parameters=1))
    root, _ = nested_boxes([call(repeat), call(repeat)], False)
    assert outline(root) == [["model   1 parameter", ["×3", "call", "call"]]]


def test_the_passes_have_a_box_each() -> None:
    items = [call(None, "a"), call(None, "b", Role.GRADIENT_CALL), call(Box("rule", "rule"), "c", Role.GRADIENT)]
    root, _ = nested_boxes(items, True)
    assert outline(root) == [["forward pass", "a"], ["backward pass", "b", ["rule", "c"]]]


def test_a_box_tells_what_is_in_it() -> None:
    outer = Box("outer", parameters=1234)
    items = [call(outer), call(Box("inner", parent=outer, parameters=1)), call(outer, role=Role.PARAMETER)]
    root, _ = nested_boxes(items, False)
    (box,) = root.parts
    assert isinstance(box, Box)
    assert box.rows() == [("module", "outer"), ("parameters", "1,234"), ("calls", "2")]
