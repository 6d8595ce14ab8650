"""Every function of the table, compiled: its values, its gradient and that again, bit for bit what they are without."""

import importlib
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compared import bits, with_strides_of
from numeric import Case, has_complex, is_differentiable, outputs_of, random_like

import autograd as ag
from autograd._util.functions import name_of
from autograd.compiler.passes import tiling
from autograd.compiler.tracing.opaque_steps import GUARDED
from autograd.compiler.tracing.refusing import TraceError
from autograd.nn.functional import dropouts
from autograd.rules import COMPOSED, OPERATIONS

OURS = ("numpy", "autograd.rules")
HERE = Path(__file__).parent
TABLES = [importlib.import_module(path.stem) for path in sorted(HERE.glob("test_[rn]*.py"))
          if "\nCASES = [" in path.read_text()]  # fmt: skip
# Their cases make a generator in each call, which no program makes anew; test_compiler_models drops, too.
OF_GENERATORS = {dropouts.dropout, dropouts.dropout2d}
CASES: list[Case] = [case for table in TABLES for case in table.CASES if case.fn not in OF_GENERATORS]
EVERY_FUNCTION = sorted({case.fn for case in CASES}, key=name_of)
# SciPy's ufuncs are called and printed as NumPy's are, of which all is shown: two cases of each do.
SCIPYS = {case.fn for table in TABLES if table.__name__.startswith("test_rules_scipy") for case in table.CASES}
FUNCTIONS = [fn for fn in EVERY_FUNCTION if fn not in SCIPYS]

# How long the result is, or of which dtype, depends on values; or functions write into an array that they have made.
REFUSED = {
    np.bincount, np.compress, np.extract, np.trim_zeros, np.unique, np.unique_all, np.unique_counts, np.unique_inverse,
    np.unique_values, np.polymul, np.real_if_close, np.piecewise, np.full_like,
}  # fmt: skip
REFUSED_CASES = {
    "apply_along_axis-(3,4)-constant here and there",  # a function of the caller's, with an `if`
}  # fmt: skip
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:numpy.fix is deprecated"),
    pytest.mark.slow,  # every case is compiled
]


def scalar(case: Case) -> Callable[..., Any]:
    """A weighted sum of what the function returns."""

    def total(*inputs: Any) -> Any:
        rng, result = np.random.default_rng(0), 0
        for y in outputs_of(case.f(*inputs)):
            if y.dtype.kind in "fc":
                part = np.sum(y * np.asarray(random_like(y, rng)).astype(y.dtype))
                result = result + (np.real(part) if y.dtype.kind == "c" else part)
        return result

    return total


def of_order(case: Case, order: int) -> Callable[..., Any]:
    """The function itself; the value of its sum and the gradient; or the Hessian of that times a vector."""
    if order == 0:
        return case.f
    numbers = tuple(k for k, x in enumerate(case.inputs) if is_differentiable(x))
    f = scalar(case)
    if order == 1:
        return ag.value_and_grad(f, numbers)

    def second(*inputs: Any) -> Any:
        def of_floats(*floats: Any) -> Any:
            given = list(inputs)
            for k, x in zip(numbers, floats, strict=True):
                given[k] = x
            return f(*given)

        primals = [inputs[k] for k in numbers]
        return ag.hvp(of_floats, primals, [np.cos(x) for x in primals])

    return second


def varied(x: Any, k: int, dtype: Any = None) -> Any:
    """Other values near x, in memory of the same layout."""
    if not is_differentiable(x):
        return x
    like = x if dtype is None else with_strides_of(np.empty_like(x, dtype), 0)
    return with_strides_of(like, x * (1 + k / 128))


def check(case: Case, order: int, dtype: Any = None) -> None:
    """Three calls with other values each: traced, compared, the program alone."""
    f = of_order(case, order)
    calls = [[varied(x, k, dtype) for x in case.inputs] for k in range(3)]
    step = ag.compile(f)
    for inputs in calls:
        assert bits(step(*inputs)) == bits(f(*inputs))
    assert len(step._specializations) == 1


def refusal(case: Case, order: int, dtype: Any = None) -> str:
    """The error with which a case is refused; nothing if it compiles, and agrees."""
    try:
        check(case, order, dtype)
    except TraceError as error:
        return str(error)
    return ""


def check_or_refused(case: Case, order: int, dtype: Any = None) -> None:
    """As `check`; those that are known to be refused are so with the line and the way out."""
    if case.fn not in REFUSED and case.label not in REFUSED_CASES:
        check(case, order, dtype)
    elif message := refusal(case, order, dtype):
        assert re.search(r"\.py:\d+: (.* was .*; (compute|make) it |how long)", message)


def cases_of(fn: Any) -> list[Case]:
    return [case for case in CASES if case.fn is fn]


def test_every_function_has_a_case() -> None:
    listed = {name_of(fn) for fn in EVERY_FUNCTION}
    ours = {fn for fn, operation in OPERATIONS.items() if any(operation.rules.values())} | set(COMPOSED)
    ours = {fn for fn in ours if (getattr(fn, "__module__", None) or "numpy").startswith(OURS)}
    assert len(ours) > 250
    assert {name_of(fn) for fn in ours} - listed == set()


@pytest.mark.parametrize("fn", EVERY_FUNCTION, ids=name_of)
def test_value_and_gradient(fn: Any) -> None:
    for case in cases_of(fn)[: 2 if fn in SCIPYS else None]:
        check_or_refused(case, order=1)
    for case in cases_of(fn)[:2]:
        check_or_refused(case, order=0)


@pytest.mark.parametrize("fn", FUNCTIONS, ids=name_of)
def test_float32(fn: Any) -> None:
    for case in [case for case in cases_of(fn) if not has_complex(case)][:2]:
        check_or_refused(case, order=1, dtype=np.float32)


@pytest.mark.parametrize("fn", FUNCTIONS, ids=name_of)
def test_in_small_pieces(fn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As big arrays are computed."""
    for name, value in {"BIG": 8, "TILE": 64, "SMALLEST_TILE": 1}.items():
        monkeypatch.setattr(tiling, name, value)
    check_or_refused(cases_of(fn)[0], order=1)


@pytest.mark.parametrize("fn", [fn for fn in FUNCTIONS if fn in COMPOSED or OPERATIONS[fn].orders > 1], ids=name_of)
def test_second_order(fn: Any) -> None:
    real, complex_ = ([case for case in cases_of(fn) if has_complex(case) is flag] for flag in (False, True))
    for case in (*real[:2], *complex_[:1]):
        check_or_refused(case, order=2)


OPERANDS = ("array", "Tensor", "differentiated", "parameter", "constant")
"""What an operand may be: an argument (an array, a Tensor, or an array for which ag.grad differentiates), or what
the function reaches (a Tensor that requires a gradient, or an array)."""


def mixed(case: Case, pattern: tuple[str, ...]) -> tuple[Callable[..., Any], Callable[[int], list[Any]]]:
    """A function of those operands that are arguments, which returns all gradients; and arguments for each call."""
    total = scalar(case)
    held = [ag.Tensor(x.copy(), requires_grad=True) if kind == "parameter" else x
            for x, kind in zip(case.inputs, pattern, strict=True)]  # fmt: skip
    parameters = [x for x, kind in zip(held, pattern, strict=True) if kind == "parameter"]
    differentiated = [k for k, kind in enumerate(pattern) if kind == "differentiated"]
    outside = ("parameter", "constant", "")

    def f(*given: Any) -> Any:
        rest = iter(given)
        operands = [x if kind in outside else next(rest) for x, kind in zip(held, pattern, strict=True)]

        def of_differentiated(*xs: Any) -> Any:
            named = dict(zip(differentiated, xs, strict=True))
            return total(*(named.get(k, x) for k, x in enumerate(operands)))

        if differentiated:
            numbers = tuple(range(len(differentiated)))
            return ag.grad(of_differentiated, numbers)(*(operands[k] for k in differentiated))
        y = total(*operands)
        has_graph = isinstance(y, ag.Tensor) and y.node is not None
        return (y.detach(), ag.grads(y, parameters)) if has_graph else y

    def arguments(k: int) -> list[Any]:
        return [ag.Tensor(varied(x, k)) if kind == "Tensor" else varied(x, k)
                for x, kind in zip(case.inputs, pattern, strict=True) if kind not in outside]  # fmt: skip

    return f, arguments


@pytest.mark.parametrize("fn", [fn for fn in FUNCTIONS if fn not in REFUSED], ids=name_of)
def test_every_pattern_of_arrays_and_tensors(fn: Any) -> None:
    cases = {sum(isinstance(x, np.ndarray) for x in case.inputs): case
             for case in reversed(cases_of(fn)) if case.label not in REFUSED_CASES}  # fmt: skip
    for count, case in cases.items():
        some = OPERANDS if count < 3 else ("array", "parameter") if count < 5 else ()
        for pattern in itertools.product(
            *(some if is_differentiable(x) else ("array", "Tensor") if isinstance(x, np.ndarray) else ("",)
              for x in case.inputs)
        ):  # fmt: skip
            f, arguments = mixed(case, pattern)
            step = ag.compile(f)
            for k in range(3):
                assert bits(step(*arguments(k))) == bits(f(*arguments(k))), pattern


def layouts(fn: Any, *inputs: Any) -> Any:
    """Shapes and dtypes of what a function returns, None if it fails."""
    try:
        return [(np.shape(y), np.asarray(y).dtype) for y in outputs_of(fn(*inputs))]
    except (ValueError, TypeError, IndexError, ZeroDivisionError):
        return None


@pytest.mark.parametrize("fn", [fn for fn in FUNCTIONS if fn not in REFUSED | GUARDED], ids=name_of)
def test_shapes_and_dtypes_do_not_follow_values(fn: Any) -> None:
    """But for functions that are refused, or guarded."""
    for case in cases_of(fn)[:20]:
        before = layouts(case.f, *case.inputs)
        for change in (np.negative, np.zeros_like, lambda x: x * 1e3, lambda x: np.flip(x) + x[..., :1]):
            other = [change(x) if is_differentiable(x) and np.ndim(x) else x for x in case.inputs]
            assert layouts(case.f, *other) in (before, None)


@pytest.mark.parametrize("fn", sorted(REFUSED, key=name_of), ids=name_of)
def test_what_is_refused_is_so(fn: Any) -> None:
    assert any(refusal(case, order) for case in cases_of(fn) for order in (0, 1)), "it compiles: take it from the table"
