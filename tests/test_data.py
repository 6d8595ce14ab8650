"""Batches: every element once an epoch, in an order that the generator draws; threads end with the iteration."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.data import batches

PREFETCHES = pytest.mark.parametrize("prefetch", [0, 1, 3])
X, Y = np.arange(14.0).reshape(7, 2), np.arange(7)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("batches")]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.integers(1, 10), st.booleans(), st.booleans(), st.integers(0, 4))
def test_every_element_comes_once(n: int, size: int, shuffle: bool, drop_last: bool, prefetch: int) -> None:
    x = np.arange(n)
    made = batches((x, x * 10), size, shuffle=shuffle, drop_last=drop_last, prefetch=prefetch)
    for _ in range(2):
        found = list(made)
        assert len(found) == len(made)
        for a, b in found:
            np.testing.assert_array_equal(b, 10 * a)
            assert len(a) == size or (not drop_last and a is found[-1][0])
        seen = np.concatenate([a for a, _ in found]) if found else np.zeros(0, int)
        assert len(seen) == (n - n % size if drop_last else n)
        if shuffle:
            assert len(np.unique(seen)) == len(seen)
        else:
            np.testing.assert_array_equal(seen, x[: len(seen)])
    assert not threads()


KINDS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "one array": (X, lambda batch: batch),
    "a tuple": ((X, Y), lambda batch: batch[0]),
    "a list": ([X, Y], lambda batch: batch[0]),
    "a dict": ({"x": X, "y": Y}, lambda batch: batch["x"]),
    "Tensors": ((ag.Tensor(X, requires_grad=True), ag.Tensor(Y)), lambda batch: batch[0]),
    "nested lists in a tuple": ((X.tolist(), Y.tolist()), lambda batch: batch[0]),
}


@PREFETCHES
@pytest.mark.parametrize(("arrays", "first"), KINDS.values(), ids=KINDS)
def test_batches_are_what_was_given(arrays: Any, first: Callable[[Any], Any], prefetch: int) -> None:
    found = list(batches(arrays, 3, prefetch=prefetch))
    assert {type(batch) for batch in found} == {np.ndarray if arrays is X else type(arrays)}
    assert all(type(first(batch)) is np.ndarray for batch in found)
    np.testing.assert_array_equal(np.concatenate([first(batch) for batch in found]), X)


def test_pieces_in_order_are_views_and_shuffled_ones_copies() -> None:
    assert all(np.shares_memory(batch, X) for batch in batches(X, 3))
    assert not any(np.shares_memory(batch, X) for batch in batches(X, 3, shuffle=True))


@PREFETCHES
def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_them(prefetch: int) -> None:
    x = np.arange(40)

    def epochs() -> list[list[int]]:
        made = batches(x, 7, shuffle=True, rng=np.random.default_rng(3), prefetch=prefetch)
        return [np.concatenate(list(made)).tolist() for _ in range(3)]

    first = epochs()
    assert first == epochs()
    assert len({tuple(order) for order in first}) == 3
    generator = np.random.default_rng(3)
    assert first == [generator.permutation(40).tolist() for _ in range(3)]


def test_without_a_generator_ag_seed_repeats_the_order() -> None:
    orders = []
    for _ in range(2):
        ag.seed(5)
        orders.append(np.concatenate(list(batches(np.arange(40), 7, shuffle=True))).tolist())
    assert orders[0] == orders[1] != sorted(orders[0])


def test_the_order_of_an_epoch_is_drawn_when_it_begins() -> None:
    made = batches(np.arange(40), 40, shuffle=True, rng=np.random.default_rng(0))
    first, second = iter(made), iter(made)
    later, earlier = next(second), next(first)
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(earlier, generator.permutation(40))
    np.testing.assert_array_equal(later, generator.permutation(40))


# -- the background thread ---------------------------------------------------------------------------------------------


class Source:
    """Rows that note which thread reads them, and of which one may fail."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.shape = (20, 2)
        self.fails_at = fails_at
        self.reads: list[tuple[int, str]] = []

    def __getitem__(self, index: slice) -> Any:
        self.reads.append((index.start, threading.current_thread().name))
        if index.start == self.fails_at:
            raise OSError("the disk is gone")
        return np.full((2, 2), index.start)


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)


def test_batches_are_made_ahead_in_another_thread_and_no_more_than_so_many() -> None:
    source = Source()
    found = iter(batches(source, 2, prefetch=3))
    next(found)
    wait_until(lambda: len(source.reads) == 4)  # the one that was taken, and three
    next(found)
    wait_until(lambda: len(source.reads) == 5)
    assert len(threads()) == 1
    assert {name for _, name in source.reads} == set(threads())
    assert [begin for begin, _ in source.reads] == [0, 2, 4, 6, 8]
    list(found)
    assert not threads()


@PREFETCHES
def test_what_raises_in_the_thread_is_raised_where_the_batch_would_be(prefetch: int) -> None:
    iterator = iter(batches(Source(fails_at=6), 2, prefetch=prefetch))
    assert [int(next(iterator)[0, 0]) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(OSError, match="the disk is gone"):
        next(iterator)
    assert not threads()


def fail_at_once(made: batches) -> None:
    for _ in made:
        raise KeyError


def test_a_loop_that_is_left_leaves_no_thread() -> None:
    for batch in batches(X, 1, prefetch=2):
        assert batch.shape == (1, 2)
        break
    assert not threads()
    with pytest.raises(KeyError):
        fail_at_once(batches(X, 1, prefetch=2))
    assert not threads()
    iterator: Any = iter(batches(X, 1, prefetch=2))
    next(iterator)
    iterator.close()
    assert not threads()


def test_an_iteration_that_never_began_has_no_thread() -> None:
    iterator = iter(batches(X, 1, prefetch=2))
    assert not threads()
    del iterator


# -- errors ------------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[type[Exception], str, Callable[[], Any]]] = {
    "size": (ValueError, "size=0; it must be a whole number, at least 1", lambda: batches(X, 0)),
    "half a size": (ValueError, "size=2.5; it must be a whole number", lambda: batches(X, 2.5)),  # type: ignore[arg-type]
    "prefetch": (ValueError, "prefetch=-1; it is a number of batches", lambda: batches(X, 1, prefetch=-1)),
    "lengths": (
        ValueError,
        r"arrays of shapes 0: \(7, 2\), 1: \(3,\); their first axes, .* must be equally long",
        lambda: batches((X, Y[:3]), 2),
    ),
    "lengths in a dict": (ValueError, r"x: \(7, 2\), y: \(3,\)", lambda: batches({"x": X, "y": Y[:3]}, 2)),
    "no axis": (ValueError, r"shapes 0: \(\)", lambda: batches(np.float64(3), 2)),
    "nothing": (ValueError, "given no arrays; pass one, or a tuple", lambda: batches((), 2)),
    "a seed": (TypeError, "rng was given 3; it takes a NumPy Generator", lambda: batches(X, 2, rng=3)),  # type: ignore[arg-type]  # refused
}


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Callable[[], Any]) -> None:
    with pytest.raises(kind, match=message):
        make()


class Pair(NamedTuple):
    x: Any
    y: Any


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_named_tuple_gives_named_tuples(prefetch: int) -> None:
    first, *_ = batches(Pair(np.arange(5), np.arange(5) ** 2), 2, prefetch=prefetch)
    assert isinstance(first, Pair)
    np.testing.assert_array_equal(first.y, [0, 1])


@pytest.mark.parametrize("name", ["DataLoader", "TensorDataset"])
def test_a_name_of_pytorchs_says_what_there_is(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"ag\.data has no {name}: .*batches\(\(images, labels\), size"):
        getattr(ag.data, name)
    with pytest.raises(AttributeError, match="has no attribute 'xyz'"):
        ag.data.xyz  # type: ignore[attr-defined]  # noqa: B018


def test_repr() -> None:
    assert repr(batches(X, 3, shuffle=True)) == "batches(3 of 3, 7 in all, shuffle=True)"


def test_a_compiled_step_takes_them() -> None:
    w = ag.Tensor(np.zeros(2), requires_grad=True)
    optimizer = ag.optim.SGD([w], 1e-3)

    @ag.compile
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = ag.nn.mse_loss(x @ w, y)
        loss.backward()
        optimizer.step()
        return loss

    losses = [step(x, y).item() for _ in range(3) for x, y in ag.data.batches((X, X @ [1.0, 2.0]), 3, prefetch=1)]
    assert losses[-1] < losses[2]
