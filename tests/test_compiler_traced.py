"""What stands for arrays and numbers: every operator and method, as of the arrays themselves."""

import copy
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compared import bits

import autograd as ag
from autograd.compiler.ir import Kind, Value
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.traced import (
    METHODS,
    REDUCING_METHODS,
    WRITING_METHODS,
    TracedArray,
    TracedNumber,
)
from autograd.compiler.tracing.tracer import Tracer

RNG = np.random.default_rng(0)
FLOATS, MATRIX = RNG.uniform(0.5, 2, (2, 3)), RNG.uniform(0.5, 2, (3, 3))
COMPLEX = RNG.normal(size=(2, 3)) + 1j * RNG.normal(size=(2, 3))
WHOLE, TRUTHS = RNG.integers(1, 9, (2, 3)), RNG.random((2, 3)) > 0.5
ZERO_D, SCALAR, COMPLEX_SCALAR = np.array(1.5), np.float32(0.7), np.complex128(0.3 + 0.7j)

ARITHMETIC: list[Any] = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, divmod,
]  # fmt: skip
COMPARISONS: list[Any] = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
BITWISE: list[Any] = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
IN_PLACE: list[Any] = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv,
                       operator.imod, operator.ipow]  # fmt: skip
OPERANDS: list[tuple[Any, Any]] = [
    (FLOATS, FLOATS[0]), (FLOATS, 2), (2.0, FLOATS), (FLOATS, 0.5), (FLOATS, -1), (FLOATS, SCALAR), (SCALAR, FLOATS),
    (ZERO_D, FLOATS), (ZERO_D, ZERO_D), (SCALAR, SCALAR), (SCALAR, 3), (2, SCALAR), (WHOLE, 2), (2, WHOLE),
    (FLOATS.astype("f"), 0.5), (FLOATS.T, MATRIX[:, :2]), (FLOATS[:, ::-1], 2),
]  # fmt: skip


def same(f: Callable[..., Any], *args: Any) -> None:
    """Traced, compared, and alone."""
    step = ag.compile(f)
    for _ in range(3):
        given = [copy.copy(arg) for arg in args]
        assert bits(step(*given)) == bits(f(*given))


@pytest.mark.parametrize("fn", [*ARITHMETIC, *COMPARISONS], ids=lambda fn: fn.__name__)
def test_operators(fn: Any) -> None:
    for a, b in OPERANDS:
        same(fn, a, b)
        same(lambda x, b=b: fn(x, b), a)  # the other is a constant, or an array outside
        same(lambda x, a=a: fn(a, x), b)


@pytest.mark.parametrize("fn", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.eq])
def test_complex_operators(fn: Any) -> None:
    one = COMPLEX[:1, :1]
    for a, b in [
        (COMPLEX, FLOATS),
        (COMPLEX, 2),
        (2j, FLOATS),
        (COMPLEX_SCALAR, COMPLEX_SCALAR),
        (one, 1j),
        (one, one),
    ]:
        same(fn, a, b)


@pytest.mark.parametrize("fn", BITWISE, ids=lambda fn: fn.__name__)
def test_bitwise(fn: Any) -> None:
    of_truths = [] if "shift" in fn.__name__ else [(TRUTHS, TRUTHS[:1])]
    for a, b in [(WHOLE, 2), (1, WHOLE), (WHOLE, WHOLE[0]), *of_truths]:
        same(fn, a, b)


def test_unary() -> None:
    for fn in (operator.neg, operator.pos, operator.abs):
        for x in (FLOATS, ZERO_D, SCALAR, COMPLEX):
            same(fn, x)
    for x in (WHOLE, TRUTHS):
        same(operator.invert, x)
    same(round, SCALAR)


@pytest.mark.parametrize("fn", IN_PLACE, ids=lambda fn: fn.__name__)
def test_in_place(fn: Any) -> None:
    """Of an array it changes the array, of one of NumPy's scalars it makes another."""

    def f(x: Any, other: Any) -> Any:
        y = x + 0
        z = y[..., 1:] if np.ndim(x) else y
        z = fn(z, other)
        return y, z

    for a, b in [(FLOATS, 2), (FLOATS, 0.5), (FLOATS, FLOATS[:, 1:]), (SCALAR, 2.0)]:
        same(f, a, b)


def test_matrices() -> None:
    same(operator.matmul, FLOATS, MATRIX)
    same(lambda x: FLOATS @ x, MATRIX)
    same(lambda x: x @ FLOATS.T, FLOATS.astype("f"))


CALLS: dict[str, Callable[[Any], Any]] = {
    "argmax": lambda x: x.argmax(1), "argmin": lambda x: x.argmin(axis=0), "argsort": lambda x: x.argsort(),
    "argpartition": lambda x: x.argpartition(1), "astype": lambda x: (x.astype("f"), x.astype(x.dtype, copy=False)),
    "choose": lambda x: (x > 1).astype(int).choose([x, -x]), "clip": lambda x: x.clip(0.6, 1),
    "compress": lambda x: x.compress([True, False], axis=0), "conj": lambda x: (x * 1j).conj(),
    "conjugate": lambda x: (x * 1j).conjugate(), "copy": lambda x: x.copy(), "cumprod": lambda x: x.cumprod(axis=1),
    "cumsum": lambda x: x.cumsum(), "diagonal": lambda x: x.diagonal(), "dot": lambda x: x.dot(x.T),
    "flatten": lambda x: x.flatten("F"), "mean": lambda x: (x.mean(), x.mean(1), x.mean(axis=0, keepdims=True)),
    "ravel": lambda x: x.ravel(), "repeat": lambda x: x.repeat(2, axis=0), "reshape": lambda x: x.reshape(3, -1),
    "round": lambda x: x.round(1), "searchsorted": lambda x: x[0].searchsorted(0.7),
    "squeeze": lambda x: x[:1].squeeze(),
    "std": lambda x: x.std(axis=1, ddof=1), "swapaxes": lambda x: x.swapaxes(0, 1), "take": lambda x: x.take([0, 2], 1),
    "trace": lambda x: x.trace(), "transpose": lambda x: x.transpose(1, 0), "var": lambda x: x.var(0),
    "view": lambda x: x.view(np.int64),
    "sum": lambda x: (x.sum(), x.sum(1), x.sum(0, np.float32), x.sum(axis=(0, 1), keepdims=True)),
    "prod": lambda x: x.prod(0), "max": lambda x: (x.max(), x.max(axis=1, initial=1.5)), "min": lambda x: x.min(),
    "all": lambda x: (x > 1).all(axis=1), "any": lambda x: (x > 1).any(),
    "fill": lambda x: (y := x.copy(), y[0].fill(3))[0], "partition": lambda x: (y := x.copy(), y.partition(1))[0],
    "put": lambda x: (y := x.copy(), y.put([0, 1], 7))[0], "sort": lambda x: (y := x.copy(), y.sort(axis=0))[0],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_methods(name: str) -> None:
    same(CALLS[name], FLOATS)
    if name != "view":  # of whole items
        same(CALLS[name], np.asfortranarray(FLOATS))


def test_all_methods_of_arrays_are_known() -> None:
    """Called, or refused."""
    assert CALLS.keys() | {"nonzero"} == METHODS | REDUCING_METHODS.keys() | WRITING_METHODS
    tracer = Tracer()
    traced = TracedArray(tracer, Value(FLOATS, Kind.INPUT))
    for name in (name for name in dir(np.ndarray) if not name.startswith("_")):
        if hasattr(type(traced), name) or name in CALLS or name == "nonzero":
            assert getattr(traced, name) is not None
        else:
            with pytest.raises(TraceError, match=rf"(\.{name}|a Python number) was to be made of"):
                getattr(traced, name)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "out=": lambda x: np.add(x, 1, out=np.zeros_like(x)), "reduce": lambda x: np.maximum.reduce(x, axis=None),
    "accumulate": lambda x: np.add.accumulate(x, 1), "outer": lambda x: np.multiply.outer(x, x[0]),
    "reduceat": lambda x: np.add.reduceat(x, [0, 1], axis=1), "modf": np.modf, "frexp": np.frexp,
    "at": lambda x: (y := x.copy(), np.add.at(y, ([0, 0], [1, 1]), 5.0))[0],
    "where=": lambda x: np.sqrt(x, where=x > 1, out=np.zeros_like(x)),
    "copyto": lambda x: (y := np.zeros_like(x), np.copyto(y, x, where=x > 1))[0],
    "put_along_axis": lambda x: (y := x.copy(), np.put_along_axis(y, x.argmax(1)[:, None], 0, 1))[0],
    "fill_diagonal": lambda x: (y := x.copy(), np.fill_diagonal(y, 9))[0],
    "cumsum out": lambda x: np.cumsum(x, axis=0, out=np.empty_like(x)), "mean out": lambda x: x.mean(0, out=x[0] * 0),
    "shape": lambda x: (np.shape(x), np.ndim(x), np.size(x), len(x), x.nbytes, np.result_type(x, 1j)),
    "iterate": lambda x: [row * 2 for row in x], "copy": lambda x: (copy.copy(x), copy.deepcopy(x)),
    "setitem": lambda x: (y := x.copy(), y.__setitem__((slice(None), 0), y[:, 1]))[0], "flags": lambda x: x.flags.forc,
    "lstsq": lambda x: np.linalg.lstsq(x.T, x[0] @ x.T[:, :1] * np.ones(3), rcond=None),
    "stack": lambda x: np.stack([x, 2 * x]),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x), "split": lambda x: np.split(x, 3, axis=1), "svd": np.linalg.svd,
    "like=": lambda x: np.asarray([1.0, 2.0], like=x) + x[:, 0],
    "array_equal": lambda x: (np.array_equal(x, x), np.allclose(x, 1)),
    "index": lambda x: x[[1, 0], 1:][..., None, ::-1], "take": lambda x: FLOATS[x.argmax(0)[0] * 0 + 1],
    "a Tensor": lambda x: np.take(x, ag.Tensor([0, 1]), axis=1),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    same(FUNCTIONS[name], FLOATS)


def test_numbers() -> None:
    """They are read anew, and compute with numbers, arrays and NumPy's scalars."""
    w = ag.Tensor([1.0], requires_grad=True)
    opt = ag.optim.SGD([w], 0.5)

    def f(x: Any) -> Any:
        lr = opt.lr
        number = -lr + 2 * lr**2 - (3 - lr) / (1 + lr) // 0.1 % 7 + abs(-lr) + round(lr, 1)
        of_arrays = lr * x, x * lr, np.arange(3) * lr, lr - np.float32(2), lr ** x[0]
        return number, of_arrays, lr < 1, lr == 0.5, divmod(lr, 0.2)

    step = ag.compile(f)
    for lr in (0.5, 0.25, 0.75, 1e-3):
        opt.lr = lr
        assert bits(step(FLOATS)) == bits(f(FLOATS))
    assert len(step._specializations) == 1


def test_what_debuggers_show() -> None:
    tracer = Tracer()
    assert repr(TracedArray(tracer, Value(np.arange(2)))) == "<traced array([0, 1])>"
    assert repr(TracedNumber(tracer, Value(0.5))) == "<traced 0.5>"


def test_several_outputs_into_arrays_are_refused() -> None:
    with pytest.raises(TraceError, match="several outputs were to be written into"):
        ag.compile(lambda x: np.modf(x, out=(x * 0, x * 0)))(FLOATS)


@ag.primitive
def weighted(a: Any, b: Any) -> Any:
    return a * b


ag.rule(weighted, a=lambda g, b: g * b, b=lambda g, a: g * a)


@pytest.mark.parametrize("f", [
    lambda x, t: np.einsum("ij,jk->ik", x, t), lambda x, t: np.einsum(t, [0, 1], x, [1, 2], t, [2, 3]),
    weighted, lambda x, t: weighted(t, x), lambda x, t: ag.nn.mse_loss(x, t), lambda x, t: np.stack([x, t]),
    lambda x, t: np.where(x > 1, x, t),
])  # fmt: skip
def test_arrays_beside_tensors(f: Any) -> None:
    t = ag.Tensor(MATRIX, requires_grad=True)
    g = lambda x: (f(x, t), ag.grad(lambda t: np.sum(f(x, t)))(t.detach()))
    step = ag.compile(lambda x: [y.detach() for y in g(x)])
    for k in range(3):
        assert bits(step(MATRIX + k)) == bits([y.detach() for y in g(MATRIX + k)])


INTO_ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "index": lambda x, t: x[t], "indices": lambda x, t: (x[[0, 1], t], x[t, t]),
    "take": lambda x, t: x.take(t, axis=1), "dot": lambda x, t: x.T.dot(t), "clip": lambda x, t: x.clip(t[:, None], 2),
    "searchsorted": lambda x, t: np.sort(x[0]).searchsorted(t),
    "write": lambda x, t: (y := x.copy(), operator.setitem(y, t, t[:, None]))[0],
    "put": lambda x, t: (y := x.copy(), y.put(t, 7))[0],
    "add": lambda x, t: (y := x.copy(), operator.iadd(y, t[:, None]))[0],
    "power": lambda x, t: (y := x.copy(), operator.ipow(y, t[:, None]))[0],
    "meshgrid": lambda x, t: np.meshgrid(x[0], t, 1.0), "broadcast_arrays": lambda x, t: np.broadcast_arrays(x, t[0]),
}  # fmt: skip


@pytest.mark.parametrize("name", INTO_ARRAYS)
def test_arrays_take_tensors_as_arrays(name: str) -> None:
    same(INTO_ARRAYS[name], FLOATS, ag.Tensor(np.array([1, 0])))


def test_arrays_take_no_tensors_of_a_graph() -> None:
    parameter = ag.Tensor(FLOATS[:, :1], requires_grad=True)
    for f in (operator.iadd, operator.ipow, lambda y, t: operator.setitem(y, ..., t), lambda y, t: y.dot(t)):
        with pytest.raises(TypeError) as plain:
            f(FLOATS.copy(), parameter)
        with pytest.raises(TypeError) as traced:
            ag.compile(lambda x, f=f: f(x.copy(), parameter))(FLOATS)
        assert str(traced.value) == str(plain.value)


def test_grids_of_constants_and_tensors() -> None:
    """np.meshgrid and np.broadcast_arrays make Tensors of all, of numbers that an optimiser keeps, too."""
    parameter = ag.Tensor(FLOATS[0], requires_grad=True)
    optimizer = ag.optim.SGD([parameter], lr=0.5)
    for f in (np.meshgrid, np.broadcast_arrays, np.atleast_2d):
        same(lambda x, f=f: [y.detach() for y in f(x, parameter, optimizer.param_groups[0]["lr"], [1.0])], FLOATS[0])
