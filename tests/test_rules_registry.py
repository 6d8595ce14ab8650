"""Every function that NumPy dispatches is accounted for, and every function with rules has cases."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special
from numpy.lib import recfunctions
from numpy.testing.overrides import get_overridable_numpy_array_functions, get_overridable_numpy_ufuncs

import autograd as ag
from autograd._util.functions import name_of
from autograd.rules import COMPOSED, NO_GRADIENT, OPERATIONS, PLAIN, REFUSED, WRITES, refusal

HERE = Path(__file__).parent
TABLES = [importlib.import_module(path.stem) for path in sorted(HERE.glob("test_[rn]*.py"))
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


PUBLIC = [np, np.linalg, np.fft, np.emath, np.strings, np.lib.stride_tricks, recfunctions]
# They look at `like=` alone, and convert what they are given: see test_tensor.py.
CONVERSIONS = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require}
KNOWN = {*OPERATIONS, *COMPOSED, *NO_GRADIENT, *PLAIN, *WRITES, *REFUSED, *CONVERSIONS}


def is_public(fn: Any) -> bool:
    """Whether users can call it: some have a private twin of the same name, which handles `like=`."""
    return any(getattr(module, fn.__name__, None) is fn for module in PUBLIC)


def takes_numbers(fn: Any) -> bool:
    """Not so the functions of np.strings, which another library may have loaded: no Tensor holds text."""
    if isinstance(fn, np.ufunc):
        return any(loop[0] in "ld" for loop in fn.types)
    return fn.__module__ not in ("numpy.strings", "numpy.char")


def test_every_function_that_numpy_dispatches_is_accounted_for() -> None:
    dispatched = [fn for fn in DISPATCHED if is_public(fn) and takes_numbers(fn)]
    assert len(dispatched) > 350
    assert [name_of(fn) for fn in dispatched if fn not in KNOWN] == []


@pytest.mark.parametrize("fn", [fn for fn in DISPATCHED if fn not in KNOWN - set(REFUSED)], ids=name_of)
def test_a_function_without_a_rule_is_refused_by_name(fn: Any) -> None:
    """However it is called; np.fromiter and its like only look at `like=`."""
    t = ag.Tensor(np.eye(2), requires_grad=True)
    to_write = rf"ag\.rule\((np\.)?((strings|char)\.)?{name_of(fn)}|def f\(x\): return {name_of(fn)}\(x\)"
    with pytest.raises(TypeError, match=rf"^{name_of(fn)} has no rule.*({to_write})"):
        t.__array_function__(fn, (ag.Tensor,), (t,), {})
    with pytest.raises(TypeError, match="has no rule"):
        t.__array_function__(fn, (ag.Tensor,), (1,), {"option": [t]})


def test_a_ufunc_of_another_library_is_named_by_its_module() -> None:
    """It does not tell it, and np.gammaln does not exist."""
    with pytest.raises(TypeError, match=r"ag\.rule\(scipy\.special\.gammaln, x=lambda g, x: \.\.\.\)"):
        raise refusal(scipy.special.gammaln)
    both = r"a=lambda g, a, b: \.\.\., b=lambda g, a, b: \.\.\., broadcasts=True"
    with pytest.raises(TypeError, match=rf"ag\.rule\(scipy\.special\.xlogy, {both}\)"):
        raise refusal(scipy.special.xlogy)


LAZILY = """
import sys
{before}
import autograd as ag
assert "autograd.rules.scipy" not in sys.modules and ("scipy" in sys.modules) == {is_there}
from scipy import special
t = ag.Tensor([2.0], requires_grad=True)
assert "autograd.rules.scipy" not in sys.modules
assert special.gammaln(t).requires_grad
"""


@pytest.mark.parametrize("before", ["", "import scipy.special"])
def test_rules_of_scipy_are_imported_with_the_first_call_of_one_of_its_ufuncs(before: str) -> None:
    """Neither with autograd, which needs no SciPy, nor while that is being imported, if SciPy was before."""
    code = LAZILY.format(before=before, is_there=bool(before))
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE.parent)


THREADS = """
import sys, threading
import autograd as ag
from scipy import special
sys.setswitchinterval(1e-6)
start, failures = threading.Barrier(8), []
FUNCTIONS = [special.stdtr, special.gammaln, special.ndtr, special.expit]

def run(k):
    start.wait()
    try:
        fn = FUNCTIONS[k % 4]
        f = (lambda x: fn(3.0, x)) if fn is special.stdtr else fn
        ag.grad(ag.grad(f))(0.5)
    except BaseException as error:
        failures.append(error)

threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failures, failures
"""


def test_threads_may_meet_the_first_of_scipys_ufuncs_at_once() -> None:
    subprocess.run([sys.executable, "-c", THREADS], check=True, cwd=HERE.parent, timeout=120)


EARLY = """
import sys
import autograd as ag
from scipy import special
ag.rule(special.gammaln, x=lambda g, x: 100 * g)
assert float(ag.grad(special.gammaln)(2.0)) == 100
assert float(ag.grad(special.gamma)(1.0)) < 0
ag.rule(special.gamma, x=lambda g, x: 100 * g)
assert float(ag.grad(special.gamma)(1.0)) == 100
"""


def test_a_rule_of_the_users_own_wins_over_that_of_a_ufunc_of_scipy() -> None:
    """Also if it was written before the others were imported."""
    subprocess.run([sys.executable, "-c", EARLY], check=True, cwd=HERE.parent)


def test_what_takes_no_rule_is_not_told_to_be_given_one() -> None:
    """A ufunc that no module has under its name, and what speaks NumPy's protocol without being one: numba's."""

    class Vectorized:
        __name__ = "cube"

        def __call__(self, x: Any) -> Any:
            return x.__array_ufunc__(self, "__call__", x)

    t = ag.Tensor([2.0], requires_grad=True)
    for fn, name in ((Vectorized(), "cube"), (np.frompyfunc(lambda x: x, 1, 1), "it")):
        with pytest.raises(TypeError, match=rf"has no rule.* @ag.primitive, def f\(x\): return {name}.*ag.rule\(f, x="):
            fn(t)


@pytest.mark.parametrize("fn", [np.roots, np.emath.sqrt, np.histogram], ids=name_of)
def test_a_refused_function_computes_where_there_is_no_gradient(fn: Any) -> None:
    t = ag.Tensor([3.0, 1.0, 3.0], requires_grad=True)
    with pytest.raises(TypeError, match="has no rule"):
        fn(t)
    expected = fn(t.data)
    with ag.no_grad():
        results = [fn(t), fn(t.detach())]
    for y in results:
        for actual, wanted in zip(y, expected, strict=True) if isinstance(y, tuple) else [(y, expected)]:
            np.testing.assert_array_equal(actual.data, wanted)


JOINED_BY_STACK = {
    "array": lambda t: np.array([t]), "asarray": lambda t: np.asarray([t, t]), "sum": lambda t: np.sum([t, t]),
    "max": lambda t: np.max((t, t)), "exp": lambda t: np.exp([t]), "a list of numbers": lambda t: np.array([t[0], 1.0]),
    "beside a Tensor": lambda t: np.add(t, [t[0], t[1]]), "dot": lambda t: np.dot([t[0], t[1]], t),
    "where": lambda t: np.where([True, False], [t[0], t[1]], t), "deeper": lambda t: np.stack([[t, t], [t, t]]),
    "full": lambda t: np.full(3, t[0]), "as an option": lambda t: np.pad(t, 1, constant_values=[t[0], 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", JOINED_BY_STACK)
def test_a_list_of_tensors_into_which_numpy_does_not_look_fails_with_the_way_out(name: str) -> None:
    with pytest.raises(TypeError, match=r"np\.stack\(\[t, u\]\)"):
        JOINED_BY_STACK[name](ag.Tensor([1.0, 2.0], requires_grad=True))


# What else they take, where one array is not enough, and an array of other values, where these do not do.
MORE: dict[Any, tuple[Any, ...]] = {
    **dict.fromkeys([np.isclose, np.array_equiv, np.isin, np.digitize, np.searchsorted], (np.array([1.0, 2.0, 3.0]),)),
    np.argpartition: (1,), np.lexsort: (), np.fromfunction: (), np.tri: (),
}  # fmt: skip
INTEGERS = {np.packbits, np.unpackbits, np.ravel_multi_index, np.unravel_index, np.ix_}
MATRICES = {np.diag_indices_from, np.tril_indices_from, np.triu_indices_from}
CREATORS = {np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.fromfunction, np.fromfile, np.fromstring,
            np.frombuffer, np.loadtxt, np.genfromtxt}  # fmt: skip


def takes_floats(fn: Any) -> bool:
    return any(loop[0] == "d" for loop in fn.types) if isinstance(fn, np.ufunc) else fn not in INTEGERS | CREATORS


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")
@pytest.mark.parametrize("fn", sorted(filter(takes_floats, NO_GRADIENT), key=name_of), ids=name_of)
def test_a_function_without_a_gradient_gives_tensors_without_a_graph(fn: Any) -> None:
    x = np.diag([3.0, 1.0, 2.0]) if fn in MATRICES else np.array([3.0, 1.0, 2.0])
    t = ag.Tensor(x, requires_grad=True)
    more = MORE.get(fn, (np.array([1.0, 2.0, 3.0]),) if getattr(fn, "nin", 1) == 2 else ())
    y, expected = fn(t, *more), fn(x, *more)
    if isinstance(expected, bool):
        assert y is expected
        return
    for actual, wanted in zip(y, expected, strict=True) if isinstance(y, tuple) else [(y, expected)]:
        assert isinstance(actual, ag.Tensor) or np.isscalar(wanted)
        assert getattr(actual, "node", None) is None
        if fn is not np.empty_like:
            np.testing.assert_array_equal(np.asarray(actual), wanted)


@pytest.mark.parametrize("fn", [np.zeros, np.ones, np.eye, np.identity, np.tri], ids=name_of)
def test_like_makes_a_tensor(fn: Any) -> None:
    y = fn(3, like=ag.Tensor([1.0], requires_grad=True))
    assert isinstance(y, ag.Tensor)
    assert not y.requires_grad
    np.testing.assert_array_equal(y.data, fn(3))
