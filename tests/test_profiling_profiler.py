"""What a profile says of each call: with a clock of our own for the times, and arrays of known size for the bytes."""

import contextvars
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numeric import Calls

import autograd as ag
from autograd import nn, optim
from autograd.engine import observer
from autograd.profiling import profiler as profiling
from autograd.rules import OPERATIONS

KIB = np.ones(128)  # of float64


def leaf(x: Any = KIB) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


class Clock:
    """Stands still but where it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, forward: float, back: float = 0.0, inner: Callable[[Any], Any] | None = None) -> Any:
        """A function that takes so many seconds, and so does its rule, besides `inner`, which that calls."""

        def compute(x: Any) -> Any:
            self.now += forward
            return x + 0.0

        def rule(g: Any) -> Any:
            self.now += back
            return g if inner is None else inner(g)

        compute.__name__ = f"work{forward:g}"
        primitive = ag.primitive(compute)
        ag.rule(primitive, x=rule)
        return primitive


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock, before = Clock(), dict(OPERATIONS)
    for module in (observer, profiling):
        monkeypatch.setattr(module, "perf_counter", clock)
    yield clock
    for fn in OPERATIONS.keys() - before.keys():
        del OPERATIONS[fn]


def times(p: ag.Profile) -> list[tuple[str, float, float]]:
    return [(call.name, call.forward, call.backward) for call in p.calls]


# -- time ------------------------------------------------------------------------------------------------------------


def test_each_call_has_its_time_forward_and_backward(clock: Clock) -> None:
    first, last = clock.work(1, 10), clock.work(2, 20)
    with ag.profile() as p:
        y = last(first(leaf()))
        clock.now += 100
        y.sum().backward()
    assert times(p) == [("work1", 1, 10), ("work2", 2, 20), ("sum", 0, 0)]
    assert p.seconds == 133


def test_passes_add_up(clock: Clock) -> None:
    with ag.profile() as p:
        y = clock.work(1, 10)(leaf(1.0))
        y.backward(retain_graph=True)
        y.backward()
    assert times(p)[0] == ("work1", 1, 20)


def test_the_time_of_a_recorded_pass_is_counted_once(clock: Clock) -> None:
    inner = clock.work(3)
    with ag.profile() as p:
        clock.work(1, 10, inner)(leaf(1.0)).backward(create_graph=True)
    assert times(p)[:2] == [("work1", 1, 10), ("work3", 3, 0)]
    assert p.seconds == 14


def test_the_time_of_a_checkpoint_is_counted_once(clock: Clock) -> None:
    inner = clock.work(1, 10)

    @ag.checkpoint
    def block(x: Any) -> Any:
        clock.now += 100
        return inner(x)

    with ag.profile() as p:
        block(leaf(1.0)).backward()
    assert times(p) == [("work1", 1, 0), ("block", 100, 100), ("work1", 1, 10)]
    assert p.seconds == 212


def test_the_time_of_nested_checkpoints_is_counted_once(clock: Clock) -> None:
    with ag.profile() as p:
        ag.checkpoint(ag.checkpoint(clock.work(1, 10)))(leaf(1.0)).backward()
    assert sum(forward + back for _, forward, back in times(p)) == p.seconds == 13


def test_a_function_that_differentiates_inside_counts_once(clock: Clock) -> None:
    inner = clock.work(1, 10)

    def compute(x: Any) -> Any:
        clock.now += 100
        return ag.grad(inner)(x)

    outer = ag.primitive(compute)
    ag.rule(outer, x=lambda g: g)
    with ag.profile() as p:
        outer(leaf(1.0))
    assert times(p) == [("work1", 1, 10), ("compute", 100, 0)]


def test_measuring_takes_nothing_off_the_calls(clock: Clock) -> None:
    """An observer that is told of every call takes its time, in a call within another, too."""

    class Slow(ag.Observer):
        def on_call(self, *_: Any) -> None:
            clock.now += 1000

        on_backward = on_call

    inner = clock.work(3)
    with ag.observe(Slow()), ag.profile() as p:
        clock.work(1, 10, inner)(leaf(1.0)).backward(create_graph=True)
    assert times(p)[:2] == [("work1", 1, 10), ("work3", 3, 0)]
    assert p.overhead == p.seconds - 14 >= 3000


def test_calls_of_all_kinds_have_a_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is recorded, in place and of an optimiser, too."""
    x = leaf()
    optimizer = optim.SGD([x], lr=0.1)

    def update(*_: Any) -> None:
        clock.now += 5

    monkeypatch.setattr(optimizer, "_update", update)
    x.grad = x.detach()
    with ag.profile() as p:
        with ag.no_grad():
            clock.work(1)(x)
            x += 1
            np.exp(x, out=x)
        np.argmax(x)
        optimizer.step()
    assert times(p) == [("work1", 1, 0), ("add", 0, 0), ("exp", 0, 0), ("argmax", 0, 0), ("SGD.step", 5, 0)]
    assert [call.order for call in p.calls] == [None] * 5
    assert [call.made for call in p.calls] == [KIB.nbytes, 0, 0, 8, 0]


def test_a_graph_from_before_has_only_a_backward_time(clock: Clock) -> None:
    y = clock.work(1, 10)(leaf(1.0))
    with ag.profile() as p:
        y.backward()
    assert times(p) == [("work1", 0, 10)]
    assert p.calls[0].location is None
    assert [row.name for row in p.rows("line")] == ["(before the profile)"]


# -- memory ----------------------------------------------------------------------------------------------------------


def made(f: Callable[..., Any], *args: Any) -> list[int]:
    with ag.profile() as p:
        f(*args)
    return [call.made for call in p.calls]


def kept(f: Callable[..., Any], *args: Any) -> list[int]:
    with ag.profile() as p:
        f(*args)
    return [call.kept for call in p.calls]


MADE: dict[str, tuple[Callable[[Any], Any], list[int]]] = {
    "an output": (lambda x: x + 1, [1024]),
    "a scalar": (lambda x: x.sum(), [8]),
    "a view of an input": (lambda x: x.reshape(8, 16).T[1:], [0, 0, 0]),
    "a view of an output": (lambda x: (x + 1)[::2], [1024, 0]),
    "a broadcast view": (lambda x: np.broadcast_to(x, (100, 128)), [0]),
    "several outputs": (lambda x: np.linalg.eigh(x.reshape(2, 8, 8)), [0, 1024 + 128]),
    "several views": (lambda x: np.split(x, 4), [0]),
    "the input itself": (lambda x: ag.checkpoint(lambda x: x)(x * 1), [1024, 0]),
    "a hidden output": (lambda x: nn.cross_entropy(x.reshape(1, 128), [0]), [0, 8 + 1024]),
    "without a graph": (lambda x: x.detach() * 2, [1024]),
    "nothing": (lambda x: x[:0] * 1, [0, 0]),
}


@pytest.mark.parametrize("name", MADE)
def test_bytes_made(name: str) -> None:
    f, expected = MADE[name]
    assert made(f, leaf()) == expected


W = leaf()
KEPT: dict[str, tuple[Callable[[Any], Any], list[int]]] = {
    "nothing": (lambda x: x + W, [0]),
    "inputs and parameters are not counted": (lambda x: x * W, [0]),
    "an output": (lambda x: np.exp(x), [1024]),
    "outputs of others": (lambda x: (x + 1) * (x + 2), [0, 0, 2048]),
    "the same once": (lambda x: np.square(np.exp(x)), [1024, 0]),
    "the same twice in one call": (lambda x: (lambda y: y * y)(x + 1), [0, 1024]),
    "a view of what is kept": (lambda x: np.exp(x)[::2] * W[::2], [1024, 0, 0, 0]),
    "a view keeps all of its base": (lambda x: np.sin((x + 1)[::2]), [0, 0, 1024]),
    "a view of an input": (lambda x: np.sin(x[::2]), [0, 0]),
    "a hidden output": (lambda x: nn.cross_entropy(x.reshape(1, 128), [0]), [0, 1024]),
    "several outputs": (lambda x: np.linalg.eigh(x.reshape(2, 8, 8)), [0, 1024 + 128]),
    "what a checkpoint keeps": (lambda x: ag.checkpoint(lambda y: np.exp(np.sin(y)))(x + 1), [0, 0, 0, 1024]),
    "where nothing is recorded": (ag.no_grad()(lambda x: np.exp(x + 1)), [0, 0]),
}


@pytest.mark.parametrize("name", KEPT)
def test_bytes_kept(name: str) -> None:
    f, expected = KEPT[name]
    assert kept(f, leaf()) == expected


def test_a_checkpoint_keeps_what_is_in_it_only_when_it_computes_it_again() -> None:
    def steps() -> None:
        y = ag.checkpoint(lambda x: np.exp(np.sin(x)))(x)
        y.backward(KIB)

    x = leaf()
    with ag.profile() as p:
        steps()
    names = [(call.name, call.kept) for call in p.calls]
    assert names == [("sin", 0), ("exp", 0), ("<lambda>", 0), ("sin", 0), ("exp", 1024)]


@pytest.fixture
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_gc")
@pytest.mark.parametrize("inside", [True, False])
def test_no_array_and_no_node_is_kept_alive(inside: bool) -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    x = leaf(np.ones((2, 3), np.float32))
    p = ag.profile()
    with p:
        y = module(x)
        loss = ag.checkpoint(np.sum)(y * y)
        refs = [weakref.ref(it) for it in (y.data, y.node, loss.data, loss.node, x.node, module)]
        loss.backward(retain_graph=True)
        if inside:
            del y, loss, x, module
            assert [ref() for ref in refs] == [None] * 6
    if not inside:
        del y, loss, x, module
        assert [ref() for ref in refs] == [None] * 6
    assert len(p.calls) == 5 + 1


def test_memory_that_is_used_again_is_counted_again() -> None:
    """A freed array leaves its identity to the next; that is another array."""
    x, seen = leaf(), set()
    with ag.profile() as p:
        for _ in range(50):
            y = np.exp(x)
            seen.add(id(y.data))
            del y
    assert len(seen) < 50
    assert [call.made for call in p.calls] == [call.kept for call in p.calls] == [1024] * 50


def test_an_input_with_the_identity_of_a_freed_output_is_an_input() -> None:
    x, others = leaf(), []
    with ag.profile() as p:
        y = np.exp(x)
        freed = id(y.data)
        del y
        while not others or id(others[-1]) != freed:
            assert len(others) < 10_000
            others.append(np.ones(128))
        x * others[-1]
    assert p.calls[1].kept == 0


# -- which calls -----------------------------------------------------------------------------------------------------


def test_a_call_is_found_by_its_node() -> None:
    x = leaf(1.0)
    before = np.exp(x)
    with ag.profile() as p:
        y = np.sin(x)
        part = np.split(leaf(), 2)[0]
    assert p.of(y.node) is p.calls[0]
    assert p.of(part.node) is p.calls[1]
    assert p.of(x.node) is p.of(before.node) is p.of(None) is None
    assert [call.order for call in p.calls] == [y.node.order, part.node.parents[0].order]  # type: ignore[union-attr]  # it has a node


def test_calls_tell_their_line_and_modules() -> None:
    module = nn.Sequential(nn.Tanh())
    with ag.profile() as p, ag.no_grad():
        module(leaf())
        np.exp(leaf())
    (inside, outside) = p.calls
    assert inside.location is not None
    assert inside.location.source == "module(leaf())"
    assert inside.scope is not None
    assert inside.scope[0]() is module[0]
    assert outside.scope is None


def test_an_exception_keeps_what_was_seen() -> None:
    p = ag.profile()

    def fail() -> None:
        with p:
            np.exp(leaf())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    np.exp(leaf())
    assert [call.name for call in p.calls] == ["exp"]
    assert observer.observer() is None


def test_a_failing_call_is_not_seen() -> None:
    with ag.profile() as p:
        with pytest.raises(ValueError, match="do not fit"):
            leaf() + np.ones(3)
        np.exp(leaf())
    assert [call.name for call in p.calls] == ["exp"]


def test_an_outer_observer_hears_of_stages() -> None:
    class Stages(ag.Observer):
        def __init__(self) -> None:
            self.names: list[str] = []

        def stage(self, name: str) -> AbstractContextManager[None]:
            self.names.append(name)
            return nullcontext()

    watch = Stages()
    with ag.observe(watch), ag.profile():
        np.sum(np.exp(leaf())).backward()
    assert watch.names[0] == "backward"


def test_an_outer_observer_sees_what_it_would_see_without() -> None:
    seen: list[list[Any]] = []
    for block in (ag.profile(), nullcontext()):
        calls = Calls()
        with ag.observe(calls), block:
            np.exp(leaf()).sum().backward()
        seen.append([fn for fn, *_ in calls.recorded_calls] + [node.fn for node, *_ in calls.propagated_calls])
    assert seen[0] == seen[1] == [np.exp, np.sum, np.sum, np.exp]


def test_nested_profiles_see_what_is_inside_each() -> None:
    with ag.profile() as outer:
        x = leaf() + 1
        with ag.profile() as inner:
            y = np.exp(x)
        y.sum().backward()
    assert [call.name for call in inner.calls] == ["exp"]
    assert [call.name for call in outer.calls] == ["add", "exp", "sum"]
    assert inner.calls[0].kept == outer.calls[1].kept == 1024


def test_it_goes_on_when_entered_again(clock: Clock) -> None:
    p, work = ag.profile(), clock.work(1, 10)
    for _ in range(3):
        with p:
            work(np.exp(leaf())).sum().backward()
        clock.now += 1000
    assert times(p) == [("exp", 0, 0), ("work1", 1, 10), ("sum", 0, 0)] * 3
    assert p.seconds == 33
    assert [call.kept for call in p.calls] == [1024, 0, 0] * 3


def test_it_cannot_be_entered_twice_at_a_time() -> None:
    p = ag.profile()
    with p:
        with pytest.raises(RuntimeError, match=r"recorded already; leave its `with` first, or take another"), p:
            pass
        np.exp(leaf())
    assert len(p.calls) == 1


def test_threads_are_seen_if_they_take_the_context_along() -> None:
    def run(target: Callable[..., Any], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args)
        thread.start()
        thread.join(10)

    with ag.profile() as p:
        run(lambda: np.exp(leaf()))
        run(contextvars.copy_context().run, lambda: np.sin(leaf()))
    assert [call.name for call in p.calls] == ["sin"]


def test_a_call_of_another_thread_is_not_within_one_of_this(clock: Clock) -> None:
    short = clock.work(1)

    def compute(x: Any) -> Any:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(short, leaf(1.0)))
        thread.start()
        thread.join(10)
        clock.now += 10
        return x + 0.0

    long = ag.primitive(compute)
    ag.rule(long, x=lambda g: g)
    with ag.profile() as p:
        long(leaf(1.0))
    assert times(p) == [("work1", 1, 0), ("compute", 11, 0)]


# -- rows and tables -------------------------------------------------------------------------------------------------


class Block(nn.Module):
    """A module that computes itself, besides what its parts do."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x) * 2


def test_rows_by_function() -> None:
    with ag.profile() as p:
        np.exp(np.exp(-leaf()) + 1)
    rows = {row.name: row for row in p.rows()}
    assert rows.keys() == {"negative", "exp", "add"}
    assert (rows["exp"].calls, rows["exp"].made, rows["exp"].kept) == (2, 2048, 2048)


def test_rows_by_module_are_without_those_inside(clock: Clock) -> None:
    model = Block(Block(clock.work(1, 10)))
    with ag.profile() as p:
        model(leaf()).sum().backward()
    rows = {row.name: (row.calls, row.total) for row in p.rows("module")}
    assert rows == {"Block.inner": (2, 11), "Block": (1, 0), "(in no module)": (1, 0)}


def test_modules_keep_their_names_when_they_are_gone() -> None:
    def run(p: ag.Profile) -> None:
        model = Block(nn.Tanh())
        with p:
            model(leaf())

    p = ag.profile()
    run(p)
    with p:
        nn.Tanh()(leaf())
    gc.collect()
    assert {row.name for row in p.rows("module")} == {"Block", "Block.inner", "(a module that is gone)"}


def test_rows_by_line() -> None:
    with ag.profile() as p:
        for _ in range(3):
            y = np.exp(leaf())
        np.sin(y)
    (exp, sin) = p.rows("line", sort="calls")
    assert (exp.source, exp.calls) == ("y = np.exp(leaf())", 3)
    assert (sin.source, sin.calls) == ("np.sin(y)", 1)
    assert exp.name.startswith("tests/test_profiling_profiler.py:") or exp.name.startswith(
        "test_profiling_profiler.py:"
    )


COSTS = [
    profiling.Call("a", None, None, None, forward=3, backward=3, made=1, kept=5),
    profiling.Call("b", None, None, None, forward=5, backward=0, made=2, kept=4),
    *[profiling.Call("c", None, None, None, forward=0, backward=2, made=4, kept=0)] * 2,
]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("time", "abc"), ("calls", "cab"), ("forward", "bac"), ("backward", "cab"), ("made", "cba"), ("kept", "abc")],
)
def test_rows_are_sorted(sort: str, order: str) -> None:
    """The highest first; of equals, the one that was called first."""
    p = ag.profile()
    p.calls.extend(COSTS)
    assert "".join(row.name for row in p.rows(sort=sort)) == order
    assert "".join(line[0] for line in p.table(sort=sort).splitlines()[4:7]) == order


PIECES = st.lists(st.sampled_from(["exp", "square", "view", "split", "module", "update", "checkpoint"]), max_size=8)


@given(PIECES, st.booleans())
def test_however_they_are_added_up_the_sums_are_the_same(pieces: list[str], record: bool) -> None:
    p, module, x = ag.profile(), Block(nn.Tanh()), leaf()
    steps: dict[str, Callable[[Any], Any]] = {
        "exp": lambda y: np.exp(-y),
        "square": np.square,
        "view": lambda y: y[::-1],
        "split": lambda y: np.split(y, 1)[0],
        "module": module,
        "update": lambda y: y + np.add(y.detach(), 1),
        "checkpoint": ag.checkpoint(np.sin),
    }
    with p:
        y = x
        for piece in pieces:
            y = steps[piece](y)
        y.sum().backward(create_graph=record)
    assert sum(call.forward + call.backward for call in p.calls) <= p.seconds
    for by in ("function", "module", "line"):
        rows = p.rows(by)
        for name in ("forward", "backward", "made", "kept"):
            found, expected = (sum(getattr(part, name) for part in parts) for parts in (rows, p.calls))
            assert found == pytest.approx(expected)
        assert sum(row.calls for row in rows) == len(p.calls)
        assert len({row.name for row in rows}) == len(rows)


def test_the_table(clock: Clock) -> None:
    class Slow(ag.Observer):
        def on_call(self, *_: Any) -> None:
            clock.now += 0.5

        on_backward = on_call

    with ag.observe(Slow()), ag.profile() as p:
        clock.work(1, 2)(np.exp(leaf())).backward(KIB)
        clock.now += 5
    assert (
        str(p)
        == p.table()
        == (
            "10.0 s inside `with`: 3.00 s (30 %) in 2 calls, 2.00 s in measuring them; "
            "the rest is Python, and what is not recorded\n"
            "\n"
            "function  calls  forward  backward   total    share      made      kept\n"
            "-----------------------------------------------------------------------\n"
            "work1         1   1.00 s    2.00 s  3.00 s  100.0 %  1.00 KiB         0\n"
            "exp           1        0         0       0    0.0 %  1.00 KiB  1.00 KiB\n"
            "-----------------------------------------------------------------------\n"
            "total         2   1.00 s    2.00 s  3.00 s  100.0 %  2.00 KiB  1.00 KiB"
        )
    )
    assert repr(p) == f"<profile: {p.table().splitlines()[0]}>"
    assert p.table(limit=1).splitlines()[5].startswith("(1 others)")


def test_the_table_can_be_looked_at_before_the_end(clock: Clock) -> None:
    with ag.profile() as p:
        clock.work(1)(leaf())
        assert str(p).startswith("1.00 s inside `with`: 1.00 s (100 %) in 1 call, ")


def test_a_profile_of_nothing() -> None:
    with ag.profile() as p:
        pass
    assert "in 0 calls" in str(p)
    assert p.rows() == []
    assert str(ag.profile()) == "0 in 0 calls"


def test_a_profile_is_an_observer() -> None:
    p = ag.profile()
    with ag.observe(p):
        np.exp(leaf())
    assert str(p).splitlines()[0].endswith("in 1 call")
    assert "inside" not in str(p)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "modul"}, r"table\(\) was given by='modul', and expects 'function', 'module' or 'line'; give one"),
        ({"sort": "total"}, r"given sort='total', and expects 'time', 'calls', .* or 'backward'; give one of these"),
        ({"limit": 0}, r"given limit=0, and expects at least 1; leave it out for all rows"),
    ],
)
def test_errors(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ag.profile().table(**arguments)
