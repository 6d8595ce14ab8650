"""The judge of the rules: derivatives by central differences, extrapolated to a step of zero (Richardson).

A function is contracted with random cotangents, one for each output: L = Re(sum(cotangent * output)). Of a complex
input both parts are moved, and the gradient is dL/d(real) + i dL/d(imag): PyTorch's convention.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from autograd.operation import name_of
from autograd.rules import COMPOSED, OPERATIONS

STEP, LEVELS = 2.0**-6, 4  # the error falls with STEP ** (2 * LEVELS)
TOLERANCE = 1e-8


def differences(loss: Callable[..., float], inputs: Sequence[Any]) -> list[Any]:
    """The gradient of `loss(*inputs)` for each float or complex array among the inputs; None for the others."""
    inputs = [np.array(x) if is_differentiable(x) else x for x in inputs]
    return [gradient_at(loss, inputs, x) if is_differentiable(x) else None for x in inputs]


def gradient_at(loss: Callable[..., float], inputs: Sequence[Any], x: Any) -> Any:
    gx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        for unit in (1, 1j) if x.dtype.kind == "c" else (1,):
            gx[index] += unit * slope(loss, inputs, x, index, unit)
    return gx


def slope(loss: Callable[..., float], inputs: Sequence[Any], x: Any, index: tuple[int, ...], unit: complex) -> float:
    value, row = x[index], []
    for level in range(LEVELS):
        step = STEP / 2**level
        x[index] = value + unit * step
        above = loss(*inputs)
        x[index] = value - unit * step
        new = [(above - loss(*inputs)) / (2 * step)]
        for k, coarse in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - coarse) / (4**k - 1))
        row = new
    x[index] = value
    return row[-1]


def is_differentiable(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


def outputs_of(y: Any) -> list[Any]:
    return list(y) if isinstance(y, list | tuple) else [y]


def random_like(x: Any, rng: np.random.Generator) -> Any:
    value = rng.uniform(0.5, 1.5, np.shape(x))
    return value + 1j * rng.uniform(-1, 1, np.shape(x)) if x.dtype.kind == "c" else value


def contract(values: Sequence[Any], weights: Sequence[Any]) -> Any:
    return sum((y * w).sum() for y, w in zip(values, weights, strict=True))


def leaves_of(inputs: Sequence[Any]) -> list[Any]:
    return [ag.Tensor(x, requires_grad=True) if is_differentiable(x) else x for x in inputs]


def gradients(
    f: Callable[..., Any], inputs: Sequence[Any], cotangents: Sequence[Any], create_graph: bool = False
) -> tuple[list[Any], list[Any]]:
    """The leaves, and their gradients as Tensors; zeros where no gradient came, None for a constant."""
    leaves = leaves_of(inputs)
    loss = contract(outputs_of(f(*leaves)), cotangents)
    if loss.requires_grad:
        loss.backward(create_graph=create_graph)
    found: list[Any] = []
    for leaf in leaves:
        if isinstance(leaf, ag.Tensor):
            found.append(ag.Tensor(np.zeros_like(leaf.data)) if leaf.grad is None else leaf.grad)
            leaf.grad = None
        else:
            found.append(None)
    return leaves, found


def assert_close(actual: Any, expected: Any, what: str, tolerance: float = TOLERANCE) -> None:
    scale = max(1.0, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale, err_msg=what)


def check(f: Callable[..., Any], *inputs: Any, order: int = 1, seed: int = 0) -> None:
    """Compare the gradients of `f`, for every float or complex array among `inputs`, with differences.

    `f` is called with plain arrays for the differences, and with Tensors for the gradients. order=2 compares the
    gradients of the gradients, too.
    """
    rng = np.random.default_rng(seed)
    before = [np.array(x) for x in inputs]
    values = outputs_of(f(*inputs))
    cotangents = [random_like(y, rng) for y in values]
    assert_same_values(f, inputs, values)

    first = numbers(gradients(f, inputs, cotangents)[1])
    expected = differences(lambda *xs: float(np.real(contract(outputs_of(f(*xs)), cotangents))), inputs)
    for k, (gx, wanted) in enumerate(zip(first, expected, strict=True)):
        if wanted is not None:
            assert_close(gx, wanted, f"gradient of input {k}")
    assert_owned(first, inputs)
    assert_same_alone(f, inputs, cotangents, first)
    if order == 2:
        check_second(f, inputs, cotangents, first, rng)
    for k, (x, old) in enumerate(zip(inputs, before, strict=True)):
        np.testing.assert_array_equal(x, old, err_msg=f"input {k} was changed")


def check_second(f: Callable[..., Any], inputs: Sequence[Any], cotangents: Sequence[Any], first: Any, rng: Any) -> None:
    leaves, recorded = gradients(f, inputs, cotangents, create_graph=True)
    known = [k for k, gx in enumerate(first) if gx is not None]
    for k in known:
        assert_close(recorded[k].data, first[k], f"recorded gradient of input {k}", 1e-12)
    weights = [random_like(first[k], rng) for k in known]
    loss = contract([recorded[k] for k in known], weights)
    if loss.requires_grad:
        loss.backward()

    def contracted(*xs: Any) -> float:
        found = numbers(gradients(f, xs, cotangents)[1])
        return float(np.real(contract([found[k] for k in known], weights)))

    expected = differences(contracted, inputs)
    for k in known:
        second = leaves[k].grad
        actual = np.zeros_like(first[k]) if second is None else second.data
        assert actual.dtype == first[k].dtype
        assert actual.shape == first[k].shape
        assert_close(actual, expected[k], f"second gradient of input {k}")


def numbers(found: Sequence[Any]) -> list[Any]:
    return [None if gx is None else gx.data for gx in found]


def assert_same_values(f: Callable[..., Any], inputs: Sequence[Any], values: Sequence[Any]) -> None:
    """On Tensors the function returns what it does on arrays: values, shapes, dtypes."""
    for actual, wanted in zip(outputs_of(f(*leaves_of(inputs))), values, strict=True):
        assert isinstance(actual.data, np.ndarray)
        np.testing.assert_array_equal(actual.data, wanted)
        assert actual.dtype == wanted.dtype


def assert_owned(found: Sequence[Any], inputs: Sequence[Any]) -> None:
    """Each gradient is like its input, and lies in writeable memory of its own."""
    for k, (gx, x) in enumerate(zip(found, inputs, strict=True)):
        if gx is None:
            continue
        assert (gx.shape, gx.dtype) == (x.shape, x.dtype), f"gradient of input {k}: {gx.dtype} of shape {gx.shape}"
        assert gx.flags.writeable, f"gradient of input {k} can't be written"
        others = [y for y in (*inputs, *found[:k]) if isinstance(y, np.ndarray)]
        assert not any(np.shares_memory(gx, y) for y in others), f"gradient of input {k} shares memory"
        strides = [s for n, s in zip(gx.shape, gx.strides, strict=True) if n > 1]
        assert 0 not in strides or not gx.size, f"gradient of input {k} is a broadcast view"


def assert_same_alone(f: Callable[..., Any], inputs: Sequence[Any], cotangents: Sequence[Any], found: Any) -> None:
    """Each gradient is the same if the other inputs are constants: a call then saves less."""
    known = [k for k, gx in enumerate(found) if gx is not None]
    for k in known if len(known) > 1 else ():
        alone = partial(with_one, f, inputs, k)
        (gx,) = gradients(alone, [inputs[k]], cotangents)[1]
        assert_close(gx.data, found[k], f"gradient of input {k}, where the others are constants", 1e-12)


def with_one(f: Callable[..., Any], inputs: Sequence[Any], k: int, x: Any) -> Any:
    return f(*inputs[:k], x, *inputs[k + 1 :])


# -- tables of cases -------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    fn: Any
    """The function whose rules are judged."""
    f: Callable[..., Any]
    """A call of it."""
    inputs: tuple[Any, ...]
    label: str


def case(fn: Any, *inputs: Any, f: Callable[..., Any] | None = None, label: str = "", **options: Any) -> Case:
    """A call of `fn` with inputs and options; or of `f`, which calls it."""
    given = [repr(x) if np.isscalar(x) else str(np.shape(x)).replace(" ", "") for x in inputs]
    given += ["strided" for x in inputs if isinstance(x, np.ndarray) and not x.flags.c_contiguous]
    given += [f"{key}={value}" for key, value in options.items()]
    if any(isinstance(x, np.ndarray) and x.dtype.kind == "c" for x in inputs):
        given.append("complex")
    name = "-".join([name_of(fn), *given, *([label] if label else [])])
    return Case(fn, f or (partial(fn, **options) if options else fn), inputs, name)


class Calls:
    """An observer that collects the calls and the dtypes of what they return."""

    def __init__(self) -> None:
        self.recorded_calls: list[tuple[Any, Any, Any, Any, Any]] = []
        self.propagated_calls: list[tuple[Any, Any, Any]] = []

    def recorded(self, *call: Any) -> None:
        self.recorded_calls.append(call)

    def propagated(self, *call: Any) -> None:
        self.propagated_calls.append(call)


def check_case(case: Case) -> None:
    """First and second order; that it is a case of the function that it is listed for; and float32."""
    calls = Calls()
    with ag.observe(calls):
        case.f(*leaves_of(case.inputs))
    called = [node.operation for *_, node in calls.recorded_calls if node is not None]
    if case.fn not in COMPOSED:
        assert OPERATIONS[case.fn] in called, "no case of the function under which it is listed"
    check(case.f, *case.inputs, order=2)


def check_float32(case: Case) -> None:
    """Where NumPy stays in float32, so does every step of the backward pass; its result is near that of float64."""
    inputs = [x.astype(np.float32) if is_differentiable(x) else x for x in case.inputs]
    cotangents = [np.asarray(random_like(y, np.random.default_rng(0))) for y in outputs_of(case.f(*case.inputs))]
    short = [c.astype(np.float32) for c in cotangents]
    stays = all(y.dtype == np.float32 for y in outputs_of(case.f(*inputs)))
    calls = Calls()
    with ag.observe(calls):
        found = numbers(gradients(case.f, inputs, short, create_graph=True)[1])
    plain = numbers(gradients(case.f, inputs, short)[1])
    expected = numbers(gradients(case.f, case.inputs, cotangents)[1])
    for k, wanted in enumerate(expected):
        if wanted is not None:
            assert found[k].dtype == plain[k].dtype == np.float32
            assert_close(plain[k], wanted, f"float32 gradient of input {k}", 1e-4)
    if stays:
        wide = {fn.__name__ for fn, _, _, y, _ in calls.recorded_calls for part in outputs_of(y)
                if getattr(part, "dtype", None) == np.float64}  # fmt: skip
        assert not wide, f"computed in float64: {wide}"


def has_complex(case: Case) -> bool:
    return any(isinstance(x, np.ndarray) and x.dtype.kind == "c" for x in case.inputs)


# -- inputs ----------------------------------------------------------------------------------------------------------

_rng = np.random.default_rng(1)


def normal(*shape: int) -> Any:
    return np.asarray(_rng.normal(size=shape))


def between(low: float, high: float, *shape: int) -> Any:
    return np.asarray(_rng.uniform(low, high, shape))


def spaced(*shape: int) -> Any:
    """Distinct numbers, 0.25 apart and none within 0.1 of 0, in random order: no two swap while one is moved."""
    count = int(np.prod(shape))
    return (_rng.permutation(count) * 0.25 - count // 2 * 0.25 + 0.125).reshape(shape)


def rotated(*shape: int) -> Any:
    """Complex numbers in the right half plane, away from 0 and from every branch cut."""
    return np.asarray(between(0.3, 1.2, *shape) * np.exp(1j * between(0.3, 1.0, *shape)))


def reversed_columns(x: Any) -> Any:
    """The same values with negative strides, neither C nor F contiguous."""
    return np.ascontiguousarray(x[..., ::-1].swapaxes(0, -1)).swapaxes(0, -1)[..., ::-1]
