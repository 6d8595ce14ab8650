"""The sketch: groups within groups, and items merged."""

from graphs import chain

from autograd.drawing.sketch import Edge, Flow, Group, Item, Role, Sketch, innermost_common, merged


def test_a_group_knows_those_around_it() -> None:
    outer = Group("outer")
    inner = Group("inner", parent=Group("middle", parent=outer))
    assert [group.name for group in inner.chain()] == ["outer", "middle", "inner"]


def test_the_innermost_common_group() -> None:
    outer = Group("outer")
    a, b = Group("a", parent=outer), Group("b", parent=outer)
    inside = Group("inside", parent=a)
    assert innermost_common([a, a]) is a
    assert innermost_common([inside, a]) is a
    assert innermost_common([inside, b]) is outer
    assert innermost_common([a, Group("other")]) is None
    assert innermost_common([a, None]) is None
    assert innermost_common([]) is None


def test_an_item_stands_for_all_that_is_folded_into_it() -> None:
    a, b, c = (Item(Role.CALL, name) for name in "abc")
    inner = Item(Role.CALL, "inner", members=[a, b])
    assert list(Item(Role.CALL, "outer", members=[inner, c]).all()) == [a, b, c]
    assert list(a.all()) == [a]


def test_merging_joins_equal_edges_and_drops_those_inside() -> None:
    sketch = chain("a", "b", "c", "d")
    a, b, c, d = sketch.items
    sketch.edges.append(Edge(a, c, (3,), kept=True))
    sketch.edges.append(Edge(a, d, (7,)))
    both = Item(Role.CALL, "b and c")
    found = merged(sketch, {b: both, c: both})
    assert found.items == [a, both, d]
    assert [(e.tail, e.head, e.shape, e.kept, e.times) for e in found.edges] == [
        (a, both, (3,), True, 2),
        (both, d, (3,), False, 1),
        (a, d, (7,), False, 1),
    ]
    assert len(sketch.edges) == 5, "the sketch that is merged is left as it was"


def test_edges_of_several_shapes_have_none_in_common() -> None:
    sketch = chain("a", "b", "c")
    a, b, c = sketch.items
    sketch.edges.append(Edge(a, c, (4,), label="x"))
    both = Item(Role.CALL, "b and c")
    (edge,) = merged(sketch, {b: both, c: both}).edges
    assert (edge.shape, edge.label, edge.times) == (None, "", 2)


def test_what_goes_on_to_the_next_round_stays() -> None:
    a, b = Item(Role.CALL, "a"), Item(Role.CALL, "b")
    once = Item(Role.CALL, "once")
    (edge,) = merged(Sketch([a, b], [Edge(a, b, flow=Flow.NEXT)]), {a: once, b: once}).edges
    assert (edge.tail, edge.head, edge.flow) == (once, once, Flow.NEXT)


def test_a_merged_item_comes_where_its_last_part_was() -> None:
    sketch = chain("a", "b", "c")
    a, b, c = sketch.items
    leaf = Item(Role.INPUT, "x")
    sketch.items.insert(2, leaf)
    sketch.edges.append(Edge(leaf, c))
    both = Item(Role.CALL, "b and c")
    assert merged(sketch, {b: both, c: both}).items == [a, leaf, both]
