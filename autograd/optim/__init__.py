"""Optimisers, learning-rate schedules and gradient clipping, after PyTorch."""

from autograd.optim.adam import Adam, AdamW
from autograd.optim.clipping import clip_grad_norm
from autograd.optim.optimizer import Optimizer
from autograd.optim.schedules import Cosine, OneCycle, Schedule
from autograd.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Cosine", "OneCycle", "Optimizer", "Schedule", "clip_grad_norm"]
