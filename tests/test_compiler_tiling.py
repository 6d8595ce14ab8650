"""Chains on big arrays are cut into pieces: what they compute, and the bits of it, stay the same."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
from calls import Calls, texts
from hypothesis import given, settings
from test_compiler_plan import check_straight_line_function, straight_line_functions

import autograd as ag
from autograd import nn, optim
from autograd.compiler.ir import Kind, Op, Value
from autograd.compiler.passes import tiling
from autograd.compiler.passes.tiling import tile_loops

N = 2**8
X = np.random.default_rng(0).standard_normal((N, 1024)).astype(np.float32)  # four blocks
UFUNCS = {fn for fn in vars(np).values() if isinstance(fn, np.ufunc) and fn.signature is None and fn.nout == 1}


@pytest.fixture(autouse=True)
def _smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "BIG", 2**19)
    monkeypatch.setattr(tiling, "TILE", 2**18)


def loops(calls: list[Op]) -> list[list[str]]:
    """The functions called in each loop."""
    found = {call.loop: list[Op]() for call in calls if call.loop is not None}
    for call in calls:
        if call.loop is not None:
            found[call.loop].append(call)
    return [texts(those) for those in found.values()]


@pytest.mark.slow
@given(straight_line_functions)
@settings(deadline=None, max_examples=100)
def test_straight_line_functions_in_small_pieces(drawn: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"BIG": 8, "TILE": 64, "SMALLEST_TILE": 1}.items():
            patch.setattr(tiling, name, value)
        check_straight_line_function(*drawn)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fn", sorted(UFUNCS, key=lambda fn: fn.__name__), ids=lambda fn: fn.__name__)
def test_the_bits_of_pieces(fn: np.ufunc) -> None:
    """Also of those that no vector register fits."""
    rng = np.random.default_rng(0)
    tried = 0
    for kind in ("f4", "f8", "f2", "i8", "u1", "b1"):
        arrays = [np.asarray(rng.standard_normal((6, 333)) * 9).astype(kind) for _ in range(fn.nin)]
        try:
            whole = fn(*arrays)
        except (TypeError, ValueError):
            continue
        tried += 1
        for rows in (1, 2, 3):
            out = np.empty_like(whole)
            for k in range(0, 6, rows):
                fn(*(x[k : k + rows] for x in arrays), out=out[k : k + rows])
            assert out.tobytes() == whole.tobytes()
    assert tried or fn in (np.isnat,)


def test_an_update() -> None:
    calls = Calls()
    p, g, lr = calls.given(X.copy(), Kind.STATE), calls.given(X), calls.given(0.1)
    step = calls(np.multiply, lr, g)
    calls.write(np.subtract, p, p, step)
    found, new = tile_loops(calls, set())
    assert not new
    assert loops(found) == [["add", "getitem", "getitem", "multiply", "subtract"]]
    loop = found[0].loop
    assert loop is not None
    assert (loop.stop, loop.step) == (N, tiling.TILE // 4096)
    (temporary,) = (call.result for call in found if call.fn is np.multiply)
    assert isinstance(temporary, Value)
    assert temporary.array.shape == (loop.step, 1024)
    assert found[-1].writes is not None
    assert found[-1].writes.root is p


def test_what_is_left_has_memory_of_its_own() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.tanh, x)
    h = calls(np.multiply, y, x)
    calls(np.add.reduce, y)
    found, new = tile_loops(calls, {h})
    assert not new
    assert texts(found) == ["empty", "empty", "add", "getitem", "getitem", "getitem", "tanh", "multiply", "reduce"]
    assert [call.result for call in found[:2]] == [y, h]


def test_numbers_between_are_computed_before() -> None:
    calls = Calls()
    p, beta = calls.given(X.copy(), Kind.STATE), calls.given(0.9)
    calls.write(np.multiply, p, p, beta)
    rest = calls(operator.sub, 1, beta)
    calls.write(np.multiply, p, p, rest)
    late = calls(operator.neg, beta)
    found, _ = tile_loops(calls, {late})
    assert texts(found) == ["sub", "add", "getitem", "multiply", "multiply", "neg"]
    assert [call.loop is None for call in found] == [True, False, False, False, False, True]


@pytest.mark.parametrize(
    "what",
    ["small", "a prime", "complex", "columns", "one call", "a sum between", "an option", "rows too long", "a list",
     "columns of a constant"],
)  # fmt: skip
def test_what_is_not_tile_loops(what: str) -> None:
    calls = Calls()
    arrays = {
        "small": X[:4], "a prime": X[:251], "complex": X.astype(complex), "columns": np.asfortranarray(X),
        "rows too long": X.reshape(2, -1),
    }  # fmt: skip
    x = calls.given(arrays.get(what, X))
    y = calls(np.exp, x, **({"dtype": np.float32} if what == "an option" else {}))
    if what == "a sum between":
        calls(np.add.reduce, y)
    other = {"a list": X.tolist(), "columns of a constant": np.asfortranarray(X)}.get(what, 1)
    if what != "one call":
        y = calls(np.multiply, y, other)
    assert not loops(tile_loops(calls, {y})[0])


def test_a_constant_whose_rows_lie_in_one_place() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.multiply, x, np.broadcast_to(np.float32(0.1), X.shape))
    z = calls(np.add, y, X)
    found, _ = tile_loops(calls, {z})
    (product,) = (call for call in found if call.fn is np.multiply)
    assert [arg.array.shape for arg in product.args] == [(tiling.TILE // 4096, 1024)] * 2
    assert texts(found) == ["empty", "add", "getitem", "getitem", "getitem", "getitem", "multiply", "add"]


def test_one_row_for_all_pieces() -> None:
    calls = Calls()
    z = calls(np.add, calls(np.multiply, calls.given(X), X[:1]), X[0])
    assert texts(tile_loops(calls, {z})[0]) == ["empty", "add", "getitem", "getitem", "multiply", "add"]


LAYOUTS = {
    "contiguous": np.asarray, "strided": lambda x: x.repeat(2)[::2],
    "broadcast": lambda x: np.broadcast_to(x[:1], x.shape),
}  # fmt: skip
LOSSES: list[Any] = [
    np.sum, np.mean, lambda x: np.mean(x**2), lambda x: np.max(np.tanh(x) * 2), np.std, lambda x: np.linalg.norm(x / 3),
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_losses_of_big_arrays(layout: str) -> None:
    rng = np.random.default_rng(0)
    gradients = [ag.grad(loss) for loss in LOSSES]
    steps = [ag.compile(f) for f in gradients]
    for _ in range(3):
        x = LAYOUTS[layout](rng.standard_normal(200_000))
        for ours, theirs in zip(steps, gradients, strict=True):
            assert ours(x).tobytes() == theirs(x).tobytes()


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam, optim.AdamW])
def test_an_optimizer_of_a_big_vector(optimizer: Any) -> None:
    def step(p: Any, optimizer: Any, x: Any) -> None:
        optimizer.zero_grad()
        np.mean((p - x) ** 2).backward()
        optimizer.step()

    rng = np.random.default_rng(0)
    ours, theirs = (ag.Tensor(np.zeros(200_000), requires_grad=True) for _ in range(2))
    compiled, other = ag.compile(step), optimizer([theirs], 0.1)
    given = ours, optimizer([ours], 0.1)
    for _ in range(4):
        x = rng.standard_normal(200_000)
        compiled(*given, x)
        step(theirs, other, x)
        assert ours.data.tobytes() == theirs.data.tobytes()
    assert "for k in range" in compiled.source


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam])
def test_a_wide_network(optimizer: Any) -> None:
    def made() -> tuple[Any, Any]:
        model = nn.Sequential(nn.Linear(300, 600, rng=np.random.default_rng(0)), nn.Tanh(), nn.Linear(600, 10))
        for p in model.parameters():
            p.data[...] = np.random.default_rng(1).standard_normal(p.shape) * 0.1
        return model, optimizer(model.parameters(), 0.01)

    def train(model: Any, optimizer: Any, x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    ours, theirs = made(), made()
    compiled = ag.compile(lambda x, labels: train(*ours, x, labels))
    rng = np.random.default_rng(2)
    for _ in range(5):
        x, labels = rng.standard_normal((20, 300)).astype(np.float32), rng.integers(0, 10, 20)
        assert compiled(x, labels).data == train(*theirs, x, labels).data
        for p, q in zip(ours[0].parameters(), theirs[0].parameters(), strict=True):
            assert p.data.tobytes() == q.data.tobytes()
    assert len(loops(compiled._last().program.ops)) == 1
    assert "for k in range(0, 300, 100):" in compiled.source
