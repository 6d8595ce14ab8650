"""Tensor itself: made from what, shown how, converted to what, copied how."""

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag


def leaf(*values: float, dtype: Any = float) -> ag.Tensor:
    return ag.Tensor(np.array(values, dtype), requires_grad=True)


# -- construction ----------------------------------------------------------------------------------------------------

MADE: dict[str, tuple[Any, Any]] = {
    "list": ([1, 2], np.array([1, 2])), "nested": ([[1.0], [2.0]], np.array([[1.0], [2.0]])),
    "scalar": (1.5, np.array(1.5)), "bool": (True, np.array(True)), "complex": (1j, np.array(1j)),
    "empty": ([], np.array([])), "numpy scalar": (np.float32(2), np.array(2, np.float32)),
    "float16": (np.ones(2, np.float16), np.ones(2, np.float16)), "range": (range(3), np.arange(3)),
    "tensors": ([ag.Tensor(1.0), ag.Tensor(2.0)], np.array([1.0, 2.0])),
    "matrix": (np.ones((2, 2)).view(np.matrix), np.ones((2, 2))),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_made_of(name: str) -> None:
    given, expected = MADE[name]
    t = ag.Tensor(given)
    assert type(t.data) is np.ndarray
    assert (t.dtype, t.shape, t.node, t.grad) == (expected.dtype, expected.shape, None, None)
    np.testing.assert_array_equal(t.data, expected)


def test_the_memory_of_an_array_is_shared() -> None:
    x = np.zeros(3)
    t = ag.Tensor(x)
    u = ag.Tensor(t)
    x[0] = 7
    assert t.data is x
    assert np.shares_memory(u.data, x)
    assert t.detach().data is x
    assert t.numpy() is x


REFUSED = {
    "masked": (np.ma.array([1.0], mask=[True]), "mask"), "object": (np.array([None]), "object"),
    "text": ("1.0", "<U3"), "None": (None, "object"), "date": (np.datetime64("2020-01-01"), "datetime64"),
    "record": (np.zeros(1, [("a", float)]), "expects numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_not_made_of(name: str) -> None:
    given, message = REFUSED[name]
    with pytest.raises(TypeError, match=message):
        ag.Tensor(given)


@pytest.mark.parametrize("value", [1, True, np.uint8(1)])
def test_whole_numbers_have_no_gradient(value: Any) -> None:
    with pytest.raises(TypeError, match=r"np\.asarray\(data, np\.float32\)"):
        ag.Tensor(value, requires_grad=True)
    with pytest.raises(TypeError, match="gradient"):
        ag.Tensor(value).requires_grad = True


def test_not_made_of_tensors_of_a_graph() -> None:
    t = leaf(1.0)
    for given in (t, t * 2, [t, t], [[t[0]], [2.0]]):
        with pytest.raises(TypeError, match=r"np\.stack"):
            ag.Tensor(given)


def test_requires_grad_can_be_switched() -> None:
    t = ag.Tensor([1.0])
    t.requires_grad = True
    node = t.node
    t.requires_grad = True
    assert t.node is node
    t.requires_grad = False
    assert t.node is None
    with pytest.raises(RuntimeError, match=r"multiply.*detach"):
        (leaf(1.0) * 2).requires_grad = False


# -- .grad -----------------------------------------------------------------------------------------------------------


def test_grad_can_be_set() -> None:
    t = leaf(1.0, 2.0)
    t.grad = np.array([3.0, 4.0])  # type: ignore[assignment]  # an array is taken, too
    assert isinstance(t.grad, ag.Tensor)
    t.grad = ag.Tensor([5.0, 6.0])
    assert t.grad.data.tolist() == [5.0, 6.0]
    t.grad = None
    assert t.grad is None


BAD_GRADS = {
    "shape": ([1.0], r"\(1,\).*\(2,\)"), "dtype": (np.ones(2, np.float32), "float32.*float64"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_GRADS)
def test_grad_must_be_like_the_tensor(name: str) -> None:
    value, message = BAD_GRADS[name]
    t = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=message):
        t.grad = ag.Tensor(value)
    assert t.grad is None


def test_grad_has_no_place_in_a_constant_or_a_computed_tensor() -> None:
    for t in (ag.Tensor([1.0]), leaf(1.0) * 2):
        assert t.grad is None
        with pytest.raises(RuntimeError, match="retain_grad"):
            t.grad = ag.Tensor([1.0])


def test_retain_grad_needs_a_graph() -> None:
    with pytest.raises(RuntimeError, match="without a graph"):
        ag.Tensor([1.0]).retain_grad()
    t = leaf(1.0)
    t.retain_grad()
    t.backward()
    assert t.grad is not None


def test_detach_leaves_the_graph() -> None:
    t = leaf(2.0)
    y = t * t.detach()
    y.backward()
    assert t.grad is not None
    assert t.grad.data.tolist() == [2.0]


# -- text ------------------------------------------------------------------------------------------------------------

TEXTS: list[tuple[Callable[[], Any], str]] = [
    (lambda: ag.Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
    (lambda: ag.Tensor(3), "Tensor(3)"),
    (lambda: ag.Tensor([True]), "Tensor([ True])"),
    (lambda: ag.Tensor(1j), "Tensor(0.+1.j)"),
    (lambda: ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), "Tensor([[1., 2.],\n        [3., 4.]])"),
    (lambda: leaf(1.0), "Tensor([1.], requires_grad=True)"),
    (lambda: leaf(1.0, dtype=np.float32), "Tensor([1.], dtype=float32, requires_grad=True)"),
    (lambda: ag.Tensor(np.uint8(7)), "Tensor(7, dtype=uint8)"),
    (lambda: ag.Tensor([]), "Tensor([], dtype=float64)"),
]


@pytest.mark.parametrize(("make", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_representation(make: Callable[[], Any], text: str) -> None:
    assert repr(make()) == str(make()) == f"{make()}" == text


def test_representation_of_a_computed_tensor_names_its_call() -> None:
    assert repr(leaf(1.0) * 2) == "Tensor([2.], fn=multiply)"
    assert repr(np.split(leaf(1.0, 2.0), 2)[1]) == "Tensor([2.], fn=split)"


def test_format() -> None:
    assert f"{ag.Tensor(1.23456):.2f} {leaf(2.0).sum():5.1f}|" == "1.23   2.0|"
    with pytest.raises(TypeError):
        f"{leaf(1.0, 2.0):.2f}"


# -- conversions -----------------------------------------------------------------------------------------------------

INTO: dict[str, Callable[[ag.Tensor], Any]] = {
    "float": float, "complex": complex, "np.asarray": np.asarray, "np.array": lambda t: np.array([t]),
    "np.array of a list": lambda t: np.array([[t, 1.0]]), "a[0] = t": lambda t: np.zeros(1).__setitem__(0, t),
    "a[:] = t": lambda t: np.zeros(2).__setitem__(slice(None), t), "np.float64": np.float64,
    "ascontiguousarray": np.ascontiguousarray, "require": np.require,
    "a[:] = [t]": lambda t: np.zeros(2).__setitem__(slice(None), [t, t]), "dtype": lambda t: np.asarray(t, np.float32),
    "math": lambda t: __import__("math").exp(t), "int": int, "fill": lambda t: np.zeros(2).fill(t),
}  # fmt: skip


@pytest.mark.parametrize("name", INTO)
def test_a_tensor_of_a_graph_is_not_converted(name: str) -> None:
    for t in (ag.Tensor(1.5, requires_grad=True), ag.Tensor(1.5, requires_grad=True) * 2):
        with pytest.raises((TypeError, ValueError)) as caught:
            INTO[name](t)
        # NumPy puts an error of its own before ours where one element is set.
        assert re.search(r"np\.stack.*detach", f"{caught.value} {caught.value.__cause__}")


@pytest.mark.parametrize("name", INTO)
def test_a_constant_is_converted_as_its_array_is(name: str) -> None:
    np.testing.assert_array_equal(INTO[name](ag.Tensor(1.5)), INTO[name](np.array(1.5)))  # type: ignore[arg-type]  # any conversion


def test_index() -> None:
    assert [10, 20, 30][ag.Tensor(1)] == 20
    with pytest.raises(TypeError):
        [10, 20][ag.Tensor(1.0)]
    with pytest.raises(TypeError, match="requires a gradient"):
        [10, 20][leaf(1.0)[0]]


def test_np_array_copies_and_asarray_does_not() -> None:
    t = ag.Tensor([1.0])
    assert np.asarray(t) is t.data
    assert not np.shares_memory(np.array(t), t.data)
    assert np.asarray(t, dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="copy"):
        np.array(t, dtype=np.float32, copy=False)


def test_values_leave_the_graph_where_it_is_said() -> None:
    t = leaf(1.0, 2.0)
    assert t.tolist() == [1.0, 2.0]
    assert type(t[0].item()) is float
    with pytest.raises(ValueError, match="size 1"):
        t.item()


def test_truth_length_and_iteration() -> None:
    t = ag.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert len(t) == 2
    first, second = t
    (first * second).sum().backward()
    assert t.grad is not None
    assert t.grad.data.tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert bool(t.sum() > 0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(t)
    with pytest.raises(TypeError, match="unsized"):
        len(t.sum())
    with pytest.raises(TypeError, match=r"without axes was iterated over; take its number, t.item\(\)"):
        iter(t.sum())


def test_iterating_records_one_call() -> None:
    """Whose gradient takes as long as that of one row: n gradients as large as the whole would take n times as long."""
    t = ag.Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    rows = list(t)
    assert len({row.node.parents for row in rows}) == 1  # type: ignore[union-attr]  # slots of one node
    (rows[0] * 2 + rows[2] * rows[2]).sum().backward()
    assert t.grad is not None
    assert t.grad.data.tolist() == [[2.0, 2.0], [0.0, 0.0], [8.0, 10.0]]


@pytest.mark.parametrize("value", [2.0, 2, np.float64(2), np.array(2.0), ag.Tensor(2.0), np.array([1.0, 9.0])])
def test_contains(value: Any) -> None:
    assert value in leaf(1.0, 2.0)
    assert value + 1 not in leaf(1.0, 2.0)


# -- in place --------------------------------------------------------------------------------------------------------


def test_setting_an_item_shows_the_way_out() -> None:
    for t in (leaf(1.0), ag.Tensor([1.0])):
        with pytest.raises(TypeError, match=r"t = t\.at\[index\]\.set\(v\).*no_grad"):
            t[0] = 2.0
        with ag.no_grad():
            t[0] = ag.Tensor(3.0)
            t[ag.Tensor([True])] += 1.0
        assert t.data.tolist() == [4.0]


# -- copies ----------------------------------------------------------------------------------------------------------

COPIES: list[Callable[[Any], Any]] = [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]


@pytest.mark.parametrize("duplicate", COPIES, ids=["deepcopy", "pickle"])
def test_a_copy_of_a_leaf_is_a_leaf_of_its_own(duplicate: Callable[[Any], Any]) -> None:
    t = leaf(1.0, 2.0, dtype=np.float32)
    (t * 3).sum().backward()
    u = duplicate(t)
    assert (u.requires_grad, u.dtype, u.tolist(), u.grad.tolist()) == (True, np.float32, [1.0, 2.0], [3.0, 3.0])
    (u * 4).sum().backward()
    assert t.grad is not None
    assert (t.grad.tolist(), u.grad.tolist()) == ([3.0, 3.0], [7.0, 7.0])
    assert not np.shares_memory(t.data, u.data)
    assert duplicate(ag.Tensor([1])).node is None


@pytest.mark.parametrize("duplicate", [*COPIES, copy.copy], ids=["deepcopy", "pickle", "copy"])
def test_a_graph_is_not_copied(duplicate: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"multiply.*t\.detach\(\)"):
        duplicate(leaf(1.0) * 2)


def test_copies_keep_what_is_shared() -> None:
    t = leaf(1.0)
    first, second = copy.deepcopy([t, t])
    assert first is second


def test_hash_is_by_identity() -> None:
    a, b = ag.Tensor([1.0]), ag.Tensor([1.0])
    assert len({a, b, a}) == 2
    assert {a: 1}[a] == 1


def test_no_attribute_is_added_by_a_slip() -> None:
    with pytest.raises(AttributeError):
        leaf(1.0).gard = None  # type: ignore[attr-defined]  # misspelt


def test_data_that_was_set_to_a_tensor_is_refused_when_it_is_used() -> None:
    t = ag.Tensor([1.0], requires_grad=True)
    t.data = t.data - ag.Tensor([0.5])  # a habit from elsewhere
    with pytest.raises(TypeError, match="the data of a Tensor is a Tensor"):
        t * 2


def test_no_gradient_can_be_forgotten_where_there_is_none() -> None:
    t = ag.Tensor([1.0])
    t.grad = None
    assert t.grad is None


def test_a_subclass_is_refused_where_it_is_defined() -> None:
    """It would be a parameter of a module, and then refused by every operation."""
    with pytest.raises(
        TypeError, match="Parameter was to be a subclass of Tensor, which no operation takes; let it hold"
    ):
        type("Parameter", (ag.Tensor,), {})
