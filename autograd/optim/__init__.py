"""Optimisers, learning-rate schedules and gradient clipping, after PyTorch."""

from autograd.optim.adagrad import Adagrad
from autograd.optim.adam import Adam, AdamW
from autograd.optim.clipping import clip_grad_norm
from autograd.optim.lbfgs import LBFGS
from autograd.optim.lion import Lion
from autograd.optim.nadam import NAdam
from autograd.optim.optimizer import Optimizer
from autograd.optim.rmsprop import RMSprop
from autograd.optim.schedules import Cosine, OneCycle, Schedule
from autograd.optim.sgd import SGD

__all__ = [
    "LBFGS", "SGD", "Adagrad", "Adam", "AdamW", "Cosine", "Lion", "NAdam", "OneCycle", "Optimizer", "RMSprop",
    "Schedule", "clip_grad_norm",
]  # fmt: skip
