"""Values share memory only where none is needed while another lies there; what is written there has the same bits."""

from __future__ import annotations

import sys
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from calls import Calls
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import nn, optim
from autograd.compiler.ir import Buffer, Loop, Op, Value, replaced
from autograd.compiler.passes.buffers import ALIGNED, assign, place, takes_out
from autograd.nn.functional.pieces import elementwise
from models.mlp import MLP

X = np.arange(6.0).reshape(2, 3)


def buffer(nbytes: int, first: int, last: int) -> Buffer:
    return Buffer(nbytes, first, last)


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 9), st.integers(0, 9)), max_size=12))
@settings(deadline=None)
def test_buffers_that_live_at_once_lie_apart(given: list[tuple[int, int, int]]) -> None:
    made = [buffer(n, min(a, b), max(a, b)) for n, a, b in given]
    size = place(made)
    for k, a in enumerate(made):
        assert a.offset % ALIGNED == 0
        assert a.offset + a.nbytes <= size
        for b in made[:k]:
            apart = a.offset + a.nbytes + ALIGNED <= b.offset or b.offset + b.nbytes + ALIGNED <= a.offset
            assert apart or a.last < b.first or b.last < a.first


def test_memory_is_used_again() -> None:
    assert place([buffer(640, 0, 1), buffer(640, 2, 3), buffer(64, 0, 3)]) == 640 + 64 + 2 * ALIGNED


# -- lifetimes ---------------------------------------------------------------------------------------------------------


def found(calls: Calls, *fresh: Value, lasting: set[Value] = frozenset()) -> dict[Value, Buffer]:  # type: ignore[assignment] # a set
    return assign(calls, set(fresh), dict.fromkeys(lasting, False))[1]


def test_an_elementwise_result_takes_over_what_dies() -> None:
    calls = Calls()
    x = calls.given(X)
    a = calls(np.exp, x)
    b = calls(np.add, a, x)
    c = calls(np.add, a, b)
    d = calls(np.greater, c, 0)
    e = calls(np.matmul, c, np.eye(3))
    sums = calls(np.add.reduce, e)
    f = calls(np.multiply, sums, e)
    there = found(calls)
    assert x not in there
    assert there[a] is not there[b]
    assert there[c] is there[a]  # the first of both that die
    assert there[d] is not there[c]  # another dtype
    assert there[e] is not there[c]  # not elementwise
    assert there[f] is there[e]


def test_what_a_view_still_needs_is_not_taken_over() -> None:
    calls = Calls()
    x = calls.given(X)
    a = calls(np.exp, x)
    view = calls("transpose", a)
    b = calls(np.negative, a)
    c = calls(np.add, calls("transpose", b), view)
    there = found(calls)
    assert there[b] is not there[a]
    assert view not in there
    assert c not in there or there[c] is not there[a]


def test_a_mask_is_not_overwritten_while_it_is_read() -> None:
    calls = Calls()
    mask = calls(np.greater, calls.given(X), 1)
    y = Value(X > 2)
    calls.append(Op(np.logical_not, (calls.given(X > 2),), {"where": mask}, y))
    assert found(calls)[y] is not found(calls)[mask]


def test_what_is_handed_out_is_made_anew() -> None:
    calls = Calls()
    x = calls.given(X)
    a = calls(np.exp, x)
    b = calls(np.add, a, x)
    there = found(calls, b)
    assert list(there) == [a]


def test_nothing_else_lies_where_a_gradient_lasts() -> None:
    calls = Calls()
    x = calls.given(X)
    early = calls(np.exp, x)
    early = calls(np.matmul, early, np.eye(3))
    g = calls(np.matmul, early, np.eye(3))
    late = calls(np.negative, calls(np.exp, x))
    there = found(calls, lasting={g})
    others = [there[v] for v in there if v is not g]
    assert late in there
    assert len(others) == 4
    for other in others:
        assert other.offset + other.nbytes <= there[g].offset or there[g].offset + there[g].nbytes <= other.offset


def test_others_lie_where_a_gradient_will_if_the_last_one_is_cleared_before() -> None:
    calls = Calls()
    early = calls(np.matmul, calls(np.exp, calls.given(X)), np.eye(3))
    g = calls(np.matmul, calls(np.add.reduce, early, axis=0, keepdims=True), np.eye(3))
    late = calls(np.matmul, np.eye(1), np.eye(1, 3))
    sizes = [assign(calls, set(), {g: is_cleared})[2] for is_cleared in (False, True)]
    there = assign(calls, set(), {g: True})[1]
    assert sizes[1] < sizes[0]
    assert there[late].offset + there[late].nbytes <= there[g].offset or there[g].offset < there[late].offset


def halved(x: Any, out: Any = None) -> Any:
    return np.multiply(x, 0.5, out=out)


def parts(x: Any, out: Any = (None, None)) -> Any:
    return tuple(np.multiply(x, k, out=part) for k, part in enumerate(out))


def as_it_is(x: Any) -> Any:
    return x / 2


def test_functions_that_take_out_write_into_memory_that_is_there() -> None:
    calls = Calls()
    x = calls.given(X)
    y, z = calls(halved, x), calls(as_it_is, x)
    several = Value(X), Value(X)
    calls.append(Op(parts, (x,), {}, several))
    joined = calls(np.concatenate, [y, z])
    other = calls(np.stack, [y, z], dtype=np.float32)
    there = found(calls)
    assert there.keys() == {y, *several, joined}
    assert there[several[0]].offset != there[several[1]].offset
    assert other not in there  # np.stack takes no `out` with a dtype
    assert there[joined] is not there[y]


def test_an_elementwise_function_takes_over_what_dies() -> None:
    for fn, is_taken in ((elementwise(halved), True), (lambda x, out=None: halved(x, out), False)):
        calls = Calls()
        a = calls(np.exp, calls.given(X))
        b = calls(fn, a)
        there = found(calls)
        assert (there[b] is there[a]) is is_taken


def test_what_a_loop_uses_lives_until_its_last_round() -> None:
    calls = Calls()
    x = calls.given(X)
    a = calls(np.matmul, x, np.eye(3))
    inside = calls(np.exp, a)
    other = calls(np.matmul, inside, np.eye(3))
    loop = Loop(Value(0), 2, 1)
    for call in calls[1:]:
        call.loop = loop
    there = found(calls)
    assert there[inside] is not there[a]  # which the next round reads again
    assert there[other].offset != there[a].offset


def test_what_has_no_memory_of_its_own_has_no_buffer() -> None:
    calls = Calls()
    x = calls.given(X)
    none = [
        calls(np.add.reduce, x, axis=None), calls("reshape", x, -1), calls(np.add, calls.given(X[:0]), 1),
        calls(np.matmul, X[0], X[0]), calls(np.linalg.inv, np.eye(3)), calls(np.asarray, calls.given(np.float64(1))),
    ]  # fmt: skip
    assert not set(none) & set(found(calls))


def test_strides_are_those_of_the_trace() -> None:
    calls = Calls()
    y = calls(np.exp, calls.given(np.asfortranarray(X)))
    assert found(calls)[y].values == [y]
    assert y.array.strides == (8, 16)


# -- writing into memory that is there ---------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
INPUTS = [
    np.abs(RNG.standard_normal(shape) * 3).astype(dtype)
    for shape in [(3, 4), (5,), (1, 1), (40, 30)]
    for dtype in [bool, np.int8, np.int64, np.float16, np.float32, np.float64, np.complex64]
]
INPUTS += [np.asfortranarray(x) for x in INPUTS if x.ndim > 1] + [x[::-1] for x in INPUTS]
FUNCTIONS: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = [
    (np.exp, (), {}), (np.add, (1,), {}), (np.multiply, (True,), {}), (np.greater, (0.5,), {}), (np.sqrt, (), {}),
    *((ufunc.reduce, (), {"axis": axis}) for axis in (0, -1) for ufunc in
      (np.add, np.multiply, np.maximum, np.logical_or, np.logical_and, np.bitwise_or, np.hypot)),
    *((ufunc.reduce, (), {"axis": 0, "keepdims": True}) for ufunc in (np.add, np.multiply, np.logical_or)),
    *((ufunc.accumulate, (), {}) for ufunc in (np.add, np.multiply, np.maximum)),
    (np.add.reduce, (), {"axis": 0, "dtype": np.float64}), (np.matmul, (), {}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("fn", "more", "options"), FUNCTIONS)
def test_what_is_written_there_has_the_same_bits(fn: Any, more: tuple[Any, ...], options: dict[str, Any]) -> None:
    tried = 0
    for x in INPUTS:
        calls = Calls()
        value = calls.given(x)
        args = (value, calls.given(np.ascontiguousarray(x.T))) if fn is np.matmul else (value, *more)
        try:
            y = calls(fn, *args, **options)
        except TypeError:
            continue
        tried += agrees(calls, y)
    assert tried > 3


def agrees(calls: Calls, y: Value) -> bool:
    """Whether y has a buffer. If it does, what is written there must have the bits of y."""
    if y not in found(calls):
        return False
    (there,) = found(calls)
    out = np.ndarray(there.array.shape, there.array.dtype, np.full(there.nbytes, 77, np.uint8), 0, there.array.strides)
    for call in calls:
        args, options = replaced(
            (call.args, dict(call.options)), lambda leaf: leaf.array if isinstance(leaf, Value) else leaf
        )
        call.fn(*args, out=out, **options)
    assert out.strides == y.array.strides or out.size == 1
    assert out.tobytes() == y.array.tobytes()
    return True


def test_what_can_only_be_made_anew() -> None:
    calls = Calls()
    x = calls.given(X)
    for fn, *args in (
        (np.linalg.inv, calls.given(np.eye(3))), (np.where, calls.given(X), x, 0), ("take", x, [0, 1]),
        (np.zeros_like, x, np.float32), (np.modf, x),
    ):  # fmt: skip
        y = Value(X)
        assert not takes_out(Op(fn, tuple(args), {}, y))


# -- whole steps -------------------------------------------------------------------------------------------------------


def training(batch: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    model = MLP((784, 128, 64, 10), rng=rng)
    optimizer = optim.Adam(model.parameters(), 1e-3)

    @ag.compile
    def step(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, rng.random((batch, 784), np.float32), rng.integers(0, 10, batch)


@pytest.mark.parametrize("batch", [32, 512])
def test_a_step_allocates_next_to_nothing(batch: int) -> None:
    step, x, labels = training(batch)
    for _ in range(5):
        step(x, labels)
    with warnings.catch_warnings(action="default"):  # where they raise errors, what it updates is copied before
        assert peak_of(step, x, labels) < 2**16


def peak_of(step: Any, x: Any, labels: Any) -> int:
    """How much memory a call takes beyond that which it had before."""
    tracemalloc.start()
    try:
        step(x, labels)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step(x, labels)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before


def test_buffers_begin_with_a_cache_line() -> None:
    step, x, labels = training(8)
    for _ in range(3):
        step(x, labels)
    program = step._last().program
    run: Any = step._last().run
    assert run.__globals__["memory"] is not None
    g = run.__globals__["step"].__globals__
    bases = {
        v.ctypes.data % ALIGNED
        for v in g.values()
        if isinstance(v, np.ndarray) and v.dtype == np.float32 and v.base is not None
    }
    assert bases == {0}
    assert program.size < 2 * sum(b.nbytes for b in program.buffers.values())


def test_the_work_for_many_buffers_at_once_grows_with_their_number() -> None:
    lines = 0

    def count(frame: Any, event: str, arg: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return count if frame.f_code is place.__code__ else None

    many = [buffer(64, k, 1000) for k in range(500)]
    before = sys.gettrace()
    sys.settrace(count)
    try:
        place(many)
    finally:
        sys.settrace(before)
    assert lines < 20 * len(many)
