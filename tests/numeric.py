"""Cases of the rules: calls of a function, which the gradient check judges, to the second order and in float32."""

import sys
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd._util.functions import name_of
from autograd.rules import COMPOSED, OPERATIONS

check = ag.assert_gradients


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


def assert_close(actual: Any, expected: Any, what: str, tolerance: float = 1e-8) -> None:
    scale = max(1.0, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale, err_msg=what)


def numbers(found: Sequence[Any]) -> list[Any]:
    return [None if gx is None else gx.data for gx in found]


def assert_same_values(f: Callable[..., Any], inputs: Sequence[Any], values: Sequence[Any]) -> None:
    """On Tensors the function returns what it does on arrays: values, shapes, dtypes."""
    for actual, wanted in zip(outputs_of(f(*leaves_of(inputs))), values, strict=True):
        assert isinstance(actual.data, np.ndarray)
        np.testing.assert_array_equal(actual.data, wanted)
        assert actual.dtype == wanted.dtype


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


class Calls(ag.Observer):
    """An observer that collects the calls and the dtypes of what they return."""

    def __init__(self) -> None:
        self.recorded_calls: list[tuple[Any, Any, Any, Any, Any, float]] = []
        self.propagated_calls: list[tuple[Any, Any, Any, float]] = []

    def on_call(self, *call: Any) -> None:
        self.recorded_calls.append(call)

    def on_backward(self, *call: Any) -> None:
        self.propagated_calls.append(call)


def check_case(case: Case) -> None:
    """First and second order; that it is a case of the function that it is listed for; and float32."""
    calls = Calls()
    with ag.observe(calls):
        case.f(*leaves_of(case.inputs))
    called = [node.operation for *_, node, _ in calls.recorded_calls if node is not None]
    if case.fn not in COMPOSED:
        assert OPERATIONS[case.fn] in called, "no case of the function under which it is listed"
    order = OPERATIONS[case.fn].orders if case.fn in OPERATIONS else 2  # as `python -m autograd rules` tells
    check(case.f, *case.inputs, order=order)


def check_float32(case: Case) -> None:
    """Where NumPy stays in float32, so does every step of the backward pass; its result is near that of float64."""
    inputs = [x.astype(np.float32) if is_differentiable(x) else x for x in case.inputs]
    cotangents = [np.asarray(random_like(y, np.random.default_rng(0))) for y in outputs_of(case.f(*case.inputs))]
    short = [c.astype(np.complex64 if c.dtype.kind == "c" else np.float32) for c in cotangents]
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
        wide = {fn.__name__ for fn, _, _, y, *_ in calls.recorded_calls for part in outputs_of(y)
                if getattr(part, "dtype", None) == np.float64}  # fmt: skip
        assert not wide, f"computed in float64: {wide}"


def quick_first(cases: Sequence[Case]) -> list[Any]:
    """The cases as parameters; all but the first of each function are slow."""
    met: set[Any] = set()
    parameters = []
    for case in cases:
        parameters.append(pytest.param(case, id=case.label, marks=[pytest.mark.slow] * (case.fn in met)))
        met.add(case.fn)
    return parameters


def judged(cases: Sequence[Case], in_float32: Sequence[Case]) -> tuple[Callable[..., None], Callable[..., None]]:
    """The two tests of a table: test_gradients, and test_float32 for those cases to which it applies."""

    @pytest.mark.parametrize("case", quick_first(cases))
    def test_gradients(case: Case) -> None:
        check_case(case)

    @pytest.mark.parametrize("case", quick_first(in_float32))
    def test_float32(case: Case) -> None:
        check_float32(case)

    return test_gradients, test_float32


def gradient(f: Callable[..., Any], x: Any) -> Any:
    """That of the sum of f(x), as a list."""
    t = ag.Tensor(np.asarray(x, float), requires_grad=True)
    f(t).sum().backward()
    assert t.grad is not None
    return t.grad.data.tolist()


def has_complex(case: Case) -> bool:
    return any(isinstance(x, np.ndarray) and x.dtype.kind == "c" for x in case.inputs)


# -- inputs ----------------------------------------------------------------------------------------------------------

_generators: dict[tuple[str, str], np.random.Generator] = {}


def _rng() -> np.random.Generator:
    """A generator for each function or module that asks: what it draws does not depend on what ran before."""
    frame = sys._getframe(2)
    while frame.f_globals["__name__"] == __name__:
        assert frame.f_back
        frame = frame.f_back
    key = (frame.f_globals["__name__"], frame.f_code.co_name.strip("<>"))
    if key[1].endswith(("comp", "expr", "lambda")):
        key = (key[0], "module")
    return _generators.setdefault(key, np.random.default_rng(zlib.crc32("".join(key).encode())))


def normal(*shape: int) -> Any:
    return np.asarray(_rng().normal(size=shape))


def between(low: float, high: float, *shape: int) -> Any:
    return np.asarray(_rng().uniform(low, high, shape))


def spaced(*shape: int) -> Any:
    """Distinct numbers, 0.25 apart and none within 0.1 of 0, in random order: no two swap while one is moved."""
    count = int(np.prod(shape))
    return (_rng().permutation(count) * 0.25 - count // 2 * 0.25 + 0.125).reshape(shape)


def rotated(*shape: int) -> Any:
    """Complex numbers in the right half plane, away from 0 and from every branch cut."""
    return np.asarray(between(0.3, 1.2, *shape) * np.exp(1j * between(0.3, 1.0, *shape)))


def reversed_columns(x: Any) -> Any:
    """The same values with negative strides, neither C nor F contiguous."""
    return np.ascontiguousarray(x[..., ::-1].swapaxes(0, -1)).swapaxes(0, -1)[..., ::-1]
