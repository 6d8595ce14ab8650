"""Losses as modules, after PyTorch: the functions, with their options kept. `weight` and `pos_weight` are state."""

from __future__ import annotations

from typing import Any

from autograd._util.functions import arguments_of
from autograd.engine.tensor import Tensor
from autograd.nn.functional import classification, losses
from autograd.nn.functional.reduction import REDUCTIONS, check_reduction
from autograd.nn.module import Module
from autograd.rules.binding import takes_axis


class _Loss(Module):
    """A function of an input and a target, and its options by name."""

    def __init__(self, reduction: str, known: tuple[str, ...] = REDUCTIONS) -> None:
        check_reduction(type(self).__name__, reduction, known)
        self.reduction = reduction

    def extra_repr(self) -> str:
        return arguments_of(self, but=("weight", "pos_weight"))


def _state(weight: Any) -> Tensor | None:
    """What is given as a weight as a Tensor, which is in `state_dict()`."""
    return weight if weight is None or isinstance(weight, Tensor) else Tensor(weight)


class MSELoss(_Loss):
    """`nn.mse_loss`."""

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """`nn.l1_loss`."""

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """`nn.smooth_l1_loss`."""

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """`nn.huber_loss`."""

    def __init__(self, *, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(_Loss):
    """`nn.kl_div`."""

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction, (*REDUCTIONS, "batchmean"))
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_Loss):
    """`nn.binary_cross_entropy`."""

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.weight = _state(weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """`nn.binary_cross_entropy_with_logits`."""

    def __init__(self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.weight = _state(weight)
        self.pos_weight = _state(pos_weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return losses.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class CrossEntropyLoss(_Loss):
    """`nn.cross_entropy`; for PyTorch's shapes (N, C, d1, ...) make it with axis=1."""

    def __init__(
        self,
        weight: Any = None,
        *,
        axis: int = -1,
        ignore_index: int | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        self.weight = _state(weight)
        self.axis, self.ignore_index, self.label_smoothing = axis, ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Tensor:
        return classification.cross_entropy(
            input, target, self.label_smoothing, axis=self.axis, weight=self.weight, ignore_index=self.ignore_index,
            reduction=self.reduction,
        )  # fmt: skip


class NLLLoss(_Loss):
    """`nn.nll_loss`; for PyTorch's shapes (N, C, d1, ...) make it with axis=1."""

    def __init__(
        self, weight: Any = None, *, axis: int = -1, ignore_index: int | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.weight = _state(weight)
        self.axis, self.ignore_index = axis, ignore_index

    def forward(self, input: Any, target: Any) -> Tensor:
        return classification.nll_loss(
            input, target, self.weight, axis=self.axis, ignore_index=self.ignore_index, reduction=self.reduction
        )


class CosineSimilarity(Module):
    """`nn.cosine_similarity`."""

    @takes_axis
    def __init__(self, axis: int = 1, eps: float = 1e-8) -> None:
        self.axis, self.eps = axis, eps

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return losses.cosine_similarity(x1, x2, self.axis, self.eps)

    def extra_repr(self) -> str:
        return arguments_of(self)
