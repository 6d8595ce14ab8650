"""Optimisers, learning-rate schedules, gradient clipping and averages of weights, after PyTorch."""

from typing import TYPE_CHECKING

from autograd.optim.adagrad import Adagrad
from autograd.optim.adam import Adam, AdamW
from autograd.optim.averaging import AveragedModel
from autograd.optim.chaining import ChainedScheduler, SequentialLR
from autograd.optim.clipping import clip_grad_norm, clip_grad_value
from autograd.optim.lbfgs import LBFGS
from autograd.optim.lion import Lion
from autograd.optim.nadam import NAdam
from autograd.optim.optimizer import Optimizer
from autograd.optim.plateau import ReduceLROnPlateau
from autograd.optim.rmsprop import RMSprop
from autograd.optim.schedules import Cosine, LinearLR, OneCycle, Schedule, StepLR
from autograd.optim.sgd import SGD
from autograd.optim.torch_names import of_name as _of_name

__all__ = [
    "LBFGS", "SGD", "Adagrad", "Adam", "AdamW", "AveragedModel", "ChainedScheduler", "Cosine", "LinearLR", "Lion",
    "NAdam", "OneCycle", "Optimizer", "RMSprop", "ReduceLROnPlateau", "Schedule", "SequentialLR", "StepLR",
    "clip_grad_norm", "clip_grad_value",
]  # fmt: skip

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Of a name of PyTorch's, an error that says what there is."""
        if name.startswith("_"):
            raise AttributeError(f"module 'autograd.optim' has no attribute {name!r}")
        raise _of_name(name, __all__)
