"""Every function that NumPy dispatches is accounted for, and every function with rules has cases."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing.overrides import get_overridable_numpy_array_functions, get_overridable_numpy_ufuncs

import autograd as ag
from autograd.operation import name_of
from autograd.rules import COMPOSED, NO_GRADIENT, OPERATIONS, PLAIN, REFUSED, WRITES

HERE = Path(__file__).parent
TABLES = [importlib.import_module(path.stem) for path in sorted(HERE.glob("test_rules_*.py"))
          if "CASES = [" in path.read_text() and path != Path(__file__)]  # fmt: skip


def home(function: Any) -> str:
    return getattr(function, "__module__", None) or ""


# -- completeness ----------------------------------------------------------------------------------------------------


def test_every_function_with_rules_has_a_case() -> None:
    listed = {case.fn for table in TABLES for case in table.CASES}
    ours = {fn for fn, operation in OPERATIONS.items() if not home(fn).startswith("autograd.nn")
            and any(home(rule).startswith("autograd.rules") for rule in operation.rules.values())}  # fmt: skip
    assert len(ours) > 60
    assert {name_of(fn) for fn in (ours | set(COMPOSED)) - listed} == set()


def test_labels_of_cases_are_unique() -> None:
    for table in TABLES:
        labels = [case.label for case in table.CASES]
        assert sorted({label for label in labels if labels.count(label) > 1}) == [], table.__name__


def test_every_function_is_of_one_kind() -> None:
    kinds = [set(OPERATIONS), set(COMPOSED), NO_GRADIENT, PLAIN, WRITES, set(REFUSED)]
    for k, kind in enumerate(kinds):
        for other in kinds[k + 1 :]:
            assert not kind & other


DISPATCHED = sorted(
    {f for f in (get_overridable_numpy_ufuncs() | get_overridable_numpy_array_functions()) if hasattr(f, "__name__")},
    key=name_of,
)


def accepts_one_array(fn: Any) -> bool:
    try:
        fn(np.eye(2))
    except Exception:
        return False
    return True


# They look at `like=` alone, and convert what they are given: see test_tensor.py.
CONVERSIONS = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require, np.frombuffer}
KNOWN = {*OPERATIONS, *COMPOSED, *NO_GRADIENT, *PLAIN, *WRITES, *CONVERSIONS}
UNKNOWN = [fn for fn in DISPATCHED if fn not in KNOWN]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fn", [fn for fn in UNKNOWN if accepts_one_array(fn)], ids=name_of)
def test_a_function_without_a_rule_is_refused_by_name(fn: Any) -> None:
    t = ag.Tensor(np.eye(2), requires_grad=True)
    with pytest.raises(TypeError, match=rf"{name_of(fn)} has no rule.*ag\.rule\((np\.)?{name_of(fn)}"):
        fn(t)
    with ag.no_grad():
        fn(t)
    fn(t.detach())


def takes_floats(fn: Any) -> bool:
    return any(loop[0] == "d" for loop in fn.types) if isinstance(fn, np.ufunc) else fn is not np.bincount


@pytest.mark.parametrize("fn", sorted(filter(takes_floats, NO_GRADIENT), key=name_of), ids=name_of)
def test_a_function_without_a_gradient_gives_tensors_without_a_graph(fn: Any) -> None:
    x = np.array([3.0, 1.0, 2.0])
    two = {np.isclose, np.array_equiv, np.isin, np.digitize, np.searchsorted, np.argpartition}
    second = 1 if fn is np.argpartition else np.array([1.0, 2.0, 3.0])
    t = ag.Tensor(x, requires_grad=True)
    more = [second] if fn in two or getattr(fn, "nin", 1) == 2 else []
    y, expected = fn(t, *more), fn(x, *more)
    if isinstance(expected, bool):
        assert y is expected
        return
    for actual, wanted in zip(y, expected, strict=True) if isinstance(y, tuple) else [(y, expected)]:
        assert isinstance(actual, ag.Tensor) or np.isscalar(wanted)
        assert getattr(actual, "node", None) is None
        if fn is not np.empty_like:
            np.testing.assert_array_equal(np.asarray(actual), wanted)
