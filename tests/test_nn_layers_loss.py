"""Losses as modules: they give what the functions do, and keep their options and weights."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn

rng = np.random.default_rng(0)
X, T = rng.normal(size=(2, 4, 3))
P, Q = nn.sigmoid(X), nn.sigmoid(T)
LABELS, EACH = np.array([0, 2, 1, 2]), np.array([1.0, 2.0, 3.0])
# A module, how it prints, the function that it stands for, and the arguments of both.
Row = tuple[nn.Module, str, Callable[..., Any], tuple[Any, ...]]
MODULES: list[Row] = [
    (nn.MSELoss(), "MSELoss(reduction='mean')", nn.mse_loss, (X, T)),
    (nn.L1Loss(reduction="sum"), "L1Loss(reduction='sum')", lambda x, t: nn.l1_loss(x, t, reduction="sum"), (X, T)),
    (nn.SmoothL1Loss(beta=0.5), "SmoothL1Loss(reduction='mean', beta=0.5)",
     lambda x, t: nn.smooth_l1_loss(x, t, beta=0.5), (X, T)),
    (nn.HuberLoss(delta=0.5, reduction="none"), "HuberLoss(reduction='none', delta=0.5)",
     lambda x, t: nn.huber_loss(x, t, reduction="none", delta=0.5), (X, T)),
    (nn.KLDivLoss(reduction="batchmean", log_target=True), "KLDivLoss(reduction='batchmean', log_target=True)",
     lambda x, t: nn.kl_div(x, t, reduction="batchmean", log_target=True), (X, T)),
    (nn.BCELoss(EACH, reduction="sum"), "BCELoss(reduction='sum')",
     lambda p, q: nn.binary_cross_entropy(p, q, EACH, reduction="sum"), (P, Q)),
    (nn.BCEWithLogitsLoss(EACH, reduction="sum", pos_weight=2 * EACH), "BCEWithLogitsLoss(reduction='sum')",
     lambda x, q: nn.binary_cross_entropy_with_logits(x, q, EACH, reduction="sum", pos_weight=2 * EACH), (X, Q)),
    (nn.CrossEntropyLoss(), "CrossEntropyLoss(axis=-1, reduction='mean', label_smoothing=0.0)",
     nn.cross_entropy, (X, LABELS)),
    (nn.CrossEntropyLoss(EACH, axis=1, ignore_index=1, reduction="none", label_smoothing=0.1),
     "CrossEntropyLoss(axis=1, ignore_index=1, reduction='none', label_smoothing=0.1)",
     lambda x, t: nn.cross_entropy(x, t, 0.1, axis=1, weight=EACH, ignore_index=1, reduction="none"), (X, LABELS)),
    (nn.NLLLoss(EACH, ignore_index=1, reduction="sum"), "NLLLoss(axis=-1, ignore_index=1, reduction='sum')",
     lambda x, t: nn.nll_loss(x, t, EACH, ignore_index=1, reduction="sum"), (X, LABELS)),
    (nn.CosineSimilarity(), "CosineSimilarity(axis=1, eps=1e-08)", nn.cosine_similarity, (X, T)),
    (nn.CosineSimilarity(0, eps=3.0), "CosineSimilarity(axis=0, eps=3.0)",
     lambda a, b: nn.cosine_similarity(a, b, 0, 3.0), (X, T)),
]  # fmt: skip
ROWS = pytest.mark.parametrize("row", MODULES, ids=[row[1] for row in MODULES])


@ROWS
def test_a_module_gives_what_its_function_gives(row: Row) -> None:
    module, _, function, (x, t) = row
    found, expected = module(ag.Tensor(x), t), function(ag.Tensor(x), t)
    assert isinstance(found, ag.Tensor)
    np.testing.assert_array_equal(found.data, expected.data)


@ROWS
def test_a_module_prints_what_it_was_made_with(row: Row) -> None:
    assert repr(row[0]) == row[1]
    other = copy.deepcopy(row[0]).eval()
    other.register_forward_hook(lambda *args: None)
    assert repr(other) == row[1]


def test_every_module_is_tested() -> None:
    of_modules = {type(row[0]).__name__ for row in MODULES}
    assert of_modules == {name for name in nn.__all__ if name.endswith("Loss")} | {"CosineSimilarity"}


def test_weights_are_state_and_no_parameters() -> None:
    loss = nn.BCEWithLogitsLoss([1.0, 2.0], pos_weight=ag.Tensor([3.0]))
    assert not list(loss.parameters())
    state = loss.state_dict()
    assert {name: array.tolist() for name, array in state.items()} == {"weight": [1.0, 2.0], "pos_weight": [3.0]}
    other = nn.BCEWithLogitsLoss([0.0, 0.0], pos_weight=[0.0])
    other.load_state_dict(state)
    assert other.weight is not None
    assert other.weight.data.tolist() == [1.0, 2.0]
    assert not nn.CrossEntropyLoss().state_dict()


@pytest.mark.parametrize("kind", [nn.MSELoss, nn.CrossEntropyLoss, nn.NLLLoss, nn.BCELoss, nn.KLDivLoss])
def test_a_reduction_that_is_none_is_refused_when_the_module_is_made(kind: Any) -> None:
    with pytest.raises(ValueError, match=f"{kind.__name__} was given reduction='avg'; it takes 'mean', 'sum', 'none'"):
        kind(reduction="avg")
