"""What holds for every rule in the tables: no NaN is hidden."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numeric import Case, case, is_differentiable, leaves_of, outputs_of, random_like, spaced
from test_rules_registry import TABLES

import autograd as ag
from autograd import nn
from autograd.operation import name_of
from autograd.rules.indexing import multiply_at
from autograd.rules.linalg import second_cofactors

X, CHANCES = spaced(3, 4), np.linspace(0.1, 0.9, 12).reshape(3, 4)
OF_NN = [
    *(case(fn, X) for fn in (nn.relu, nn.sigmoid, nn.softmax, nn.log_softmax)),
    *(case(fn, X, CHANCES) for fn in (nn.mse_loss, nn.binary_cross_entropy_with_logits)),
    case(nn.binary_cross_entropy, CHANCES, CHANCES[::-1].copy()),
    *(case(nn.cross_entropy, X, np.array([3, 0, 1]), label_smoothing=smoothing) for smoothing in (0.0, 0.1)),
]  # fmt: skip
CASES: list[Case] = [*(one for table in TABLES for one in table.CASES), *OF_NN]
FUNCTIONS = sorted({one.fn for one in CASES}, key=name_of)


def cases_of(fn: Any) -> list[tuple[Case, int]]:
    """Its cases, and of each the numbers of the inputs that have a gradient."""
    return [(one, k) for one in CASES if one.fn == fn
            for k, x in enumerate(one.inputs) if is_differentiable(x) and x.size]  # fmt: skip


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
              second_cofactors}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fn", [fn for fn in FUNCTIONS if fn not in SKIP_NAN | NO_GRADIENT], ids=name_of)
def test_where_a_value_is_nan_so_is_the_gradient_or_it_goes_to_what_is_nan(fn: Any) -> None:
    """With one NaN in an input: where an output is NaN for it, the gradient of that element is not 0."""
    rng = np.random.default_rng(0)
    hidden: dict[str, bool] = {}
    for one, k in cases_of(fn):
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
