"""What holds for every rule in the tables: no NaN is hidden, and float16 accumulates in float32."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numeric import Case, case, is_differentiable, leaves_of, outputs_of, random_like, spaced
from test_rules_registry import TABLES

import autograd as ag
from autograd import nn
from autograd._util.functions import name_of
from autograd.nn.functional.dropouts import dropout
from autograd.rules.indexing import multiply_at
from autograd.rules.linalg import second_cofactors

X, CHANCES = spaced(3, 4), np.linspace(0.1, 0.9, 12).reshape(3, 4)
OF_NN = [
    *(case(fn, X) for fn in (nn.relu, nn.sigmoid, nn.softmax, nn.log_softmax)),
    *(case(fn, X, CHANCES) for fn in (nn.mse_loss, nn.binary_cross_entropy_with_logits, nn.l1_loss, nn.huber_loss,
                                      nn.smooth_l1_loss, nn.kl_div, nn.cosine_similarity)),
    case(nn.binary_cross_entropy, CHANCES, CHANCES[::-1].copy()),
    *(case(nn.cross_entropy, X, np.array([3, 0, 1]), label_smoothing=smoothing) for smoothing in (0.0, 0.1)),
    case(nn.cross_entropy, X, np.array([3, 0, 1]), weight=np.arange(1.0, 5), ignore_index=0, label_smoothing=0.1),
    case(nn.cross_entropy, X, CHANCES), case(nn.nll_loss, X, np.array([3, 0, 1])),
]  # fmt: skip
CASES: list[Case] = [*(one for table in TABLES for one in table.CASES), *OF_NN]
FUNCTIONS = sorted({one.fn for one in CASES}, key=name_of)


def cases_of(fn: Any) -> list[Case]:
    return [one for one in CASES if one.fn == fn]


def inputs_of(fn: Any) -> list[tuple[Case, int]]:
    """Of each case the numbers of the inputs that have a gradient."""
    return [(one, k) for one in cases_of(fn) for k, x in enumerate(one.inputs) if is_differentiable(x) and x.size]


def pulled(f: Callable[..., Any], inputs: Any, weigh: Callable[[Any], Any]) -> tuple[list[Any], list[Any]]:
    """The outputs, and the gradients of their sum, weighed: an array for each leaf that has one, else None."""
    leaves = leaves_of(inputs)
    ys = [y for y in outputs_of(f(*leaves)) if y.dtype.kind in "fc"]
    total: Any = sum((np.sum(y * weigh(y)) for y in ys), ag.Tensor(0.0))
    if total.requires_grad:
        np.real(total).backward()
    grads = [getattr(leaf, "grad", None) for leaf in leaves]
    return ys, [None if gx is None else gx.data for gx in grads]


# -- NaN -------------------------------------------------------------------------------------------------------------

SKIP_NAN = {np.nanmedian, np.nanquantile, np.nanpercentile, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin}
NO_GRADIENT = {np.nextafter, np.angle}  # the direction has none, nor has the angle of a real number
# In some of their cases NaN is multiplied by 0, which is its derivative then.
TIMES_ZERO = {np.prod, np.cumprod, np.cumulative_prod, np.polyval, np.polymul, np.linspace, np.trim_zeros, multiply_at,
              second_cofactors, dropout}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fn", [fn for fn in FUNCTIONS if fn not in SKIP_NAN | NO_GRADIENT], ids=name_of)
def test_where_a_value_is_nan_so_is_the_gradient_or_it_goes_to_what_is_nan(fn: Any) -> None:
    """With one NaN in an input: where an output is NaN for it, the gradient of that element is not 0."""
    rng = np.random.default_rng(0)
    hidden: dict[str, bool] = {}
    for one, k in inputs_of(fn):
        inputs = [np.array(x) if j == k else x for j, x in enumerate(one.inputs)]
        inputs[k].reshape(-1)[inputs[k].size // 2] = np.nan
        try:
            ys, grads = pulled(one.f, inputs, lambda y: np.where(np.isnan(y.data), random_like(y, rng), 0))
        except ValueError:  # LinAlgError, too: who refuses NaN hides none
            continue
        if any(np.isnan(y.data).any() for y in ys):
            hidden[f"{one.label}, input {k}"] = grads[k] is None or grads[k].reshape(-1)[grads[k].size // 2] == 0
    found = [label for label, is_hidden in hidden.items() if is_hidden]
    assert not found or (fn in TIMES_ZERO and len(found) < len(hidden))


# -- float16 ---------------------------------------------------------------------------------------------------------


def near(actual: Any, expected: Any, what: str) -> None:
    """To the digits of float16, of the largest element that it holds: what is saved was rounded to it, too."""
    assert actual.dtype == np.float16, what
    is_held = np.abs(expected) <= np.finfo(np.float16).max
    bound = 5e-3 * np.abs(expected[is_held]).max(initial=0) + 6e-7  # ten times the smallest number of float16
    np.testing.assert_allclose(actual[is_held].astype(float), expected[is_held], rtol=0, atol=bound, err_msg=what)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:non-integer arg n:DeprecationWarning")  # of bdtri
@pytest.mark.parametrize("fn", FUNCTIONS, ids=name_of)
def test_the_gradient_in_float16_is_that_in_float32(fn: Any) -> None:
    weigh = lambda y: random_like(y, np.random.default_rng(0)).astype(y.dtype)
    if fn is np.partition:  # in which order the parts lie, is the processor's affair, and another for each dtype
        weigh = lambda y: np.array(y.data)
    for one in cases_of(fn):
        half = [x.astype(np.float16) if is_differentiable(x) and x.dtype.kind == "f" else x for x in one.inputs]
        single = [x.astype(np.float32) if x is not given else x for x, given in zip(half, one.inputs, strict=True)]
        try:
            found = pulled(one.f, half, weigh)[1]
        except TypeError as error:
            if "float16 is unsupported in linalg" not in str(error):
                raise
            return
        for k, (actual, expected) in enumerate(zip(found, pulled(one.f, single, weigh)[1], strict=True)):
            if expected is not None and half[k].dtype == np.float16:
                near(actual, expected, f"{one.label}, input {k}")


MANY = 70_000  # elements: more than the largest float16
HALVES = np.random.default_rng(0).uniform(0.5, 1.5, MANY).astype(np.float16)
ALL_CLASSES = np.arange(MANY) % 2
LONG: dict[str, Callable[[Any], Any]] = {
    "mean": np.mean, "nanmean": np.nanmean, "masked mean": lambda x: np.mean(x, where=x > 1),
    "sum": lambda x: np.sum(x) * 0.001, "var": lambda x: np.var(x) * 1000,
    "mean over half": lambda x: np.mean(np.mean(x.reshape(2, -1), axis=1)), "norm": lambda x: np.linalg.norm(x / 8),
    "largest of many": lambda x: np.max(np.minimum(x, 0.5)) * 100, "median": np.median, "ptp": np.ptp,
    "broadcast": lambda x: np.mean(x * x[:1]), "bias": lambda x: np.mean(x.reshape(-1, 2) + x[:2]),
    "taken again and again": lambda x: np.mean(x[np.zeros(MANY, int)]), "mse": lambda x: nn.mse_loss(x, x.data * 9),
    "cumsum": lambda x: np.mean(np.cumsum(x) / 1024), "trapezoid": lambda x: np.trapezoid(x) * 0.001,
    "repeat": lambda x: np.mean(np.repeat(x[:2], MANY)), "tile": lambda x: np.mean(np.tile(x[:2], MANY)),
    "dot": lambda x: (x / 128) @ (x / 128), "einsum": lambda x: np.einsum("i,i->", x / 128, x / 128),
    "outer": lambda x: np.mean(x[:, None] @ x[None, :3]), "softmax": lambda x: np.sum(nn.softmax(x) * x) * 100,
    "log_softmax": lambda x: nn.log_softmax(x)[0], "cross entropy of many": lambda x: nn.cross_entropy(
        np.stack([x, 2 * x], axis=1), ALL_CLASSES) * 100,
    "weighted cross entropy of many": lambda x: nn.cross_entropy(
        np.stack([x, 2 * x], axis=1), ALL_CLASSES, weight=[1.0, 2.0]) * 100,
    "huber": lambda x: nn.huber_loss(x, x.data * 9) * 10, "kl": lambda x: nn.kl_div(x, x.data) * 100,
    "cross entropy of many classes": lambda x: nn.cross_entropy(x[None], np.array([3])),
    "binary cross entropy": lambda x: nn.binary_cross_entropy_with_logits(x, x.data * 0) * 100,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:overflow")  # of the values, which are NumPy's: it adds up float16 in float16
@pytest.mark.parametrize("name", LONG)
def test_in_float16_long_sums_and_counts_do_not_overflow(name: str) -> None:
    expected = ag.grad(LONG[name])(HALVES.astype(float))
    near(ag.grad(LONG[name])(HALVES), expected, name)
    assert np.abs(expected).max() > 1e-5
