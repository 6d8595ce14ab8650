"""Does the gradient check find wrong rules? Every rule is made wrong in every way below, and the check must say so.

Counted are the mutants that give another gradient for at least one case of the tables; all of them must be caught, and
every rule must have one, or no case would show whether it is right. Run it with -s to see the counts.
"""

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numeric import Case, between, case, leaves_of, normal, outputs_of, random_like, spaced

import autograd as ag
import autograd.scipy as scipy_room
from autograd import nn
from autograd.engine import unbroadcast
from autograd.functional.linearize import entry
from autograd.nn import hooks
from autograd.nn.functional import attention, classification, losses, recurrence
from autograd.rules import OPERATIONS
from autograd.rules.operation import Operation
from autograd.scipy._trajectories import by_solve_ivp, trajectory
from autograd.scipy.stats.real_line import skewnorm_cdf

for module_ in pkgutil.walk_packages(scipy_room.__path__, f"{scipy_room.__name__}."):  # or their rules went unjudged
    importlib.import_module(module_.name)

HERE = Path(__file__).parent
TABLES = [importlib.import_module(path.stem) for path in sorted(HERE.glob("test_[rns]*.py"))
          if "CASES = [" in path.read_text() and path.stem != "test_rules_registry"]  # fmt: skip

LABELS = np.array([0, 2])


def recurrent(gates: int, states: int = 1) -> list[Any]:
    """Two time steps of a batch of 3, of 2 inputs and 2 hidden units."""
    shapes = [(2, 3, 2), *[(3, 2)] * states, *[(2 * gates, 2)] * 2, *[(2 * gates,)] * 2]
    return [normal(*shape) for shape in shapes]


def hooked(x: Any) -> Any:
    """Through a module with a hook on its gradients."""
    module = nn.Tanh()
    module.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    return module(x)


def pendulum(y: Any, times: Any, theta: Any) -> Any:
    """With friction and a force that varies in time."""

    def field(t: Any, y: Any, theta: Any) -> Any:
        return np.stack([y[1], np.cos(t) - theta[0] * np.sin(y[0]) - theta[1] * y[1]])

    return trajectory([y, times, theta], f=field, solve=by_solve_ivp("DOP853", {"rtol": 1e-10, "atol": 1e-12}))


OTHERS = [
    case(entry, normal(2, 3)),
    case(hooks.module_inputs, normal(2, 3), f=hooked),
    case(hooks.module_outputs, normal(2, 3), f=hooked),
    case(classification.softmax_cross_entropy, normal(2, 3), f=lambda x: nn.cross_entropy(x, LABELS)),
    case(classification.weighted_cross_entropy, normal(2, 3),
         f=lambda x: nn.cross_entropy(x, LABELS, weight=[1, 3, 2])),
    case(losses.bernoulli_entropy, between(0.2, 0.8, 2, 3), between(0.2, 0.8, 2, 3)),
    case(attention.attention, normal(1, 3, 2), normal(1, 4, 2), normal(1, 4, 3), normal(3, 4),
         f=lambda *xs: attention.attention(list(xs), scale=0.5)),
    case(attention.attention_weights, normal(1, 3, 2), normal(1, 4, 2), normal(3, 4),
         f=lambda *xs: attention.attention_weights(list(xs), scale=0.5)),
    case(recurrence.rnn, *recurrent(1), f=lambda *xs: recurrence.rnn(list(xs))[:2]),
    case(recurrence.gru, *recurrent(3), f=lambda *xs: recurrence.gru(list(xs))[:2]),
    case(recurrence.lstm, *recurrent(4, states=2), f=lambda *xs: recurrence.lstm(list(xs))[:3]),
    case(losses.logistic_loss, 2 * normal(2, 3), between(0.2, 0.8, 2, 3)),
    case(losses.huber, 2 * spaced(2, 3), f=lambda x: losses.huber(x, 0.5)),
    case(losses.smooth_l1, 2 * spaced(2, 3), f=lambda x: losses.smooth_l1(x, 0.5)),
    case(skewnorm_cdf, normal(2, 3), normal(3)),
    case(trajectory, between(0.5, 1.5, 2), np.array([0.0, 0.3, 0.7]), between(0.5, 1.5, 2), f=pendulum),
]  # fmt: skip

CASES: dict[Any, list[Case]] = {}
for case_ in [*(case_ for table in TABLES for case_ in table.CASES), *OTHERS]:
    CASES.setdefault(case_.fn, []).append(case_)


# -- mutations: from the gradient that a rule returned to a wrong one --------------------------------------------------


def one_off(gx: Any) -> Any:
    unit = np.zeros(gx.shape, gx.dtype)
    unit.flat[-1:] = 1
    return gx + unit


def transposed(gx: Any) -> Any:
    return np.reshape(np.transpose(gx), gx.shape)


def swapped(gx: Any) -> Any:
    return np.reshape(np.swapaxes(gx, 0, -1), gx.shape) if gx.ndim > 2 else gx


def dropped(gx: Any) -> Any:
    """As if the first axis had been summed over, and not been there."""
    return np.broadcast_to(np.mean(gx, axis=0, keepdims=True), gx.shape) if gx.ndim and gx.size else gx


MUTATIONS: dict[str, Callable[[Any], Any]] = {
    "sign": lambda gx: -gx,
    "factor 1.001": lambda gx: gx * 1.001,
    "one element off by one": one_off,
    "transposed": transposed,
    "axes swapped": swapped,
    "axis dropped": dropped,
    "conjugate": np.conjugate,
}


def each(change: Callable[[Any], Any], gx: Any) -> Any:
    """The change, made to what a rule returns: a gradient, None, or the gradients of all inputs."""
    if isinstance(gx, list | tuple):
        return [each(change, part) for part in gx]
    return None if gx is None else change(gx if hasattr(gx, "dtype") else np.asarray(gx))


@contextmanager
def mutant(operation: Operation, name: str, change: Callable[[Any], Any]) -> Iterator[None]:
    """The operation with a wrong rule for one input."""
    rules = operation.rules
    rule = rules[name]
    assert rule is not None

    def wrong(*args: Any) -> Any:
        return each(change, rule(*args))

    wrong.__signature__ = inspect.signature(rule)  # type: ignore[attr-defined]  # which says what is saved
    operation.rules = {**rules, name: wrong}
    operation.plans.clear()
    try:
        yield
    finally:
        operation.rules = rules
        operation.plans.clear()


@contextmanager
def without_unbroadcasting(operation: Operation) -> Iterator[None]:
    """The engine as it would be if it forgot to sum over the axes that were broadcast, for one operation."""
    right = unbroadcast._unbroadcast

    def first_only(gx: Any, node: Any, i: int) -> Any:
        shape = node.shapes[i]
        if node.operation is not operation or len(shape) > gx.ndim:
            return right(gx, node, i)
        extra = gx.ndim - len(shape)
        stretched = tuple(slice(1) if n == 1 else slice(None) for n in shape)
        return np.reshape(gx[(0,) * extra + stretched], shape) if gx.size else right(gx, node, i)

    unbroadcast._unbroadcast = first_only
    try:
        yield
    finally:
        unbroadcast._unbroadcast = right


# -- judging -----------------------------------------------------------------------------------------------------------


def gradients_of(case: Case) -> list[Any]:
    """Without a call of our own: the sum that makes a loss of the outputs would be a mutant, too."""
    rng = np.random.default_rng(0)
    leaves = leaves_of(case.inputs)
    for y in outputs_of(case.f(*leaves)):
        weights = random_like(y, rng)
        if y.requires_grad:
            y.backward(weights, retain_graph=True)
    return [None if getattr(x, "grad", None) is None else x.grad.data for x in leaves]


def differs(case: Case, right: list[Any]) -> bool:
    """Whether the gradient of the case is another now; an error counts."""
    try:
        found = gradients_of(case)
    except (ValueError, TypeError):
        return True
    return any(
        (gx is None) != (wanted is None)
        or (gx is not None and not np.allclose(gx, wanted, rtol=1e-9, atol=1e-9, equal_nan=True))
        for gx, wanted in zip(found, right, strict=True)
    )


def is_caught(case: Case) -> bool:
    return ag.gradcheck(case.f, *case.inputs).verdict == "wrong"


counts: Counter[str] = Counter()
alike: dict[str, list[str]] = {}  # by mutation, the rules whose gradient it does not change in any case
RULES = [(operation, name) for operation in OPERATIONS.values() for name, rule in operation.rules.items()
         if getattr(rule, "__module__", "").startswith("autograd.")]  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("operation", "name"), RULES, ids=lambda value: getattr(value, "name", value))
def test_every_mutant_of_a_rule_is_caught(operation: Operation, name: str) -> None:
    cases = CASES.get(operation.fn, [])
    right = [gradients_of(case) for case in cases]
    survivors, differing = [], 0
    # What the judging can see, NumPy's rules show: of each of SciPy's it is asked whether a case depends on it.
    mutations = ["factor 1.001"] if ".scipy" in operation.rules[name].__module__ else MUTATIONS
    changes = {what: partial(mutant, operation, name, MUTATIONS[what]) for what in mutations}
    if operation.broadcasts:
        changes["no unbroadcasting"] = partial(without_unbroadcasting, operation)
    for what, make in changes.items():
        with make():
            shown = next((case for case, gx in zip(cases, right, strict=True) if differs(case, gx)), None)
            counts["mutants"] += 1
            if shown is None:
                alike.setdefault(what, []).append(f"{operation.name}({name})")
                continue
            differing += 1
            if not is_caught(shown):
                survivors.append(f"{what} in {shown.label}")
    counts["differing"] += differing
    counts["caught"] += differing - len(survivors)
    assert survivors == []
    assert differing, "no case of the table depends on this rule"


@pytest.mark.slow
def test_the_counts() -> None:
    print(f"\n{counts['mutants']} mutants of {len(RULES)} rules; {counts['differing']} give another gradient, "
          f"{counts['caught']} of these were caught. The others change no gradient of any case:")  # fmt: skip
    for what, rules in alike.items():
        print(f"  {what}: {', '.join(rules)}")
    assert counts["caught"] == counts["differing"]
