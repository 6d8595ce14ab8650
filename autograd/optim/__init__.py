"""Optimisers, learning-rate schedules and gradient clipping, after PyTorch."""

from autograd.optim.clipping import clip_grad_norm
from autograd.optim.optimizers import SGD, Adam, AdamW, Optimizer
from autograd.optim.schedules import Cosine, OneCycle, Schedule

__all__ = ["SGD", "Adam", "AdamW", "Cosine", "OneCycle", "Optimizer", "Schedule", "clip_grad_norm"]
