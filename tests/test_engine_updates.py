"""Updates in place: a backward pass that needs a value as it was says so, and never raises a false alarm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag


def leaf(*values: float) -> ag.Tensor:
    return ag.Tensor(np.array(values, float), requires_grad=True)


def grad(t: ag.Tensor) -> Any:
    assert t.grad is not None
    return t.grad.data.tolist()


def add_one(t: ag.Tensor) -> None:
    t += 1.0


def set_item(t: ag.Tensor) -> None:
    t[0] = 5.0


UPDATES: dict[str, tuple[Callable[[ag.Tensor], Any], str]] = {
    "+=": (add_one, "add"),
    "t[i] = v": (set_item, r"t\[index\] = v"),
    "out=": (lambda t: np.multiply(t, 2, out=t), "multiply"),
    "out= its array": (lambda t: np.negative(t, out=t.data), "negative"),
    "through a view": (lambda t: add_one(ag.Tensor(t.data[1:])), "add"),
    "through a slice of itself": (lambda t: add_one(t[:1]), "add"),
    "through a reshaped detached view": (lambda t: add_one(t.detach().reshape(2, 1)), "add"),
    "clip(out=)": (lambda t: np.clip(t, 0, 1, out=t), "clip"),
    "sum(out=)": (lambda t: np.sum(np.ones((2, 2)) * ag.Tensor(2.0), axis=0, out=t), "sum"),
    "add.at": (lambda t: np.add.at(t, 0, 1.0), "add|at"),
}


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_of_a_saved_array_is_noticed(name: str) -> None:
    update, by = UPDATES[name]
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (x * w).sum()
    with ag.no_grad():
        update(w)
    assert w.data.tolist() != [3.0, 4.0]
    with pytest.raises(RuntimeError, match=rf"multiply.*({by})"):
        y.backward()
    assert x.grad is None


def test_an_update_of_a_base_is_noticed_in_its_slice() -> None:
    base = ag.Tensor(np.ones((2, 3)))
    x = leaf(1.0, 2.0, 3.0)
    y = np.exp(base[1] * x).sum()
    with ag.no_grad():
        base *= 2
    with pytest.raises(RuntimeError, match=r"multiply.*updated"):
        y.backward()


def test_an_update_is_noticed_in_a_view_by_strides() -> None:
    base = ag.Tensor(np.ones(4))
    windows, x = np.lib.stride_tricks.sliding_window_view(base, 2), leaf(1.0, 2.0)
    assert np.shares_memory(windows.data, base.data)
    y = (windows * x).sum()
    with ag.no_grad():
        base += 1
    with pytest.raises(RuntimeError, match=r"multiply.*updated"):
        y.backward()


def test_an_update_of_a_saved_output_is_noticed() -> None:
    x = leaf(1.0)
    y = np.exp(x)
    with ag.no_grad():
        y *= 0
    with pytest.raises(RuntimeError, match=r"exp was called, and multiply"):
        y.sum().backward()


def test_an_update_of_one_of_several_saved_outputs_is_noticed() -> None:
    @ag.primitive
    def both(x: Any) -> Any:
        return np.exp(x), np.exp(-x)

    ag.rule(both, several=True, x=lambda g, y: sum(s * gk * yk for s, gk, yk in zip((1, -1), g, y, strict=True)))
    x = leaf(1.0)
    y, z = both(x)
    with ag.no_grad():
        y *= 0
    with pytest.raises(RuntimeError, match="both was called, and multiply"):
        (y + z).sum().backward()


def test_an_update_of_an_index_is_noticed() -> None:
    x, index = leaf(1.0, 2.0), ag.Tensor([0, 0])
    y = x[index].sum()
    with ag.no_grad():
        index[...] = 1
    with pytest.raises(RuntimeError, match="getitem"):
        y.backward()


def test_other_updates_raise_no_alarm() -> None:
    x, w, other = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0, 6.0)
    y = (x * w + other).sum()
    with ag.no_grad():
        other += 1  # in the graph, but not saved
        ag.Tensor(np.zeros(2))[0] = 1
    y.backward()
    assert grad(x) == [3.0, 4.0]


def test_an_update_before_the_call_raises_no_alarm() -> None:
    x, w = leaf(1.0), leaf(3.0)
    with ag.no_grad():
        w *= 2
    (x * w).backward()
    assert grad(x) == [6.0]


def test_rebinding_data_does_not_change_what_was_saved() -> None:
    x, w = leaf(1.0), leaf(3.0)
    y = x * w
    w.data = np.array([100.0])
    y.backward()
    assert grad(x) == [3.0]
