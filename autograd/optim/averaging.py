"""Averages of weights over the steps of a training, which often do better than the last ones."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.engine.modes import no_grad
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim.states import snapshot


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's: call `update_parameters` after each step.

    averaged = AveragedModel(model)
    ...
    averaged.update_parameters(model)

    decay  of the exponential moving average, a = decay * a + (1 - decay) * p (EMA; Tarvainen and Valpola 2017).
           None: the mean of all (SWA; Izmailov et al. 2018).

    The first update copies. State that is no parameter is copied in each. It is called as the model is.
    """

    def __init__(self, model: Module, decay: float | None = 0.999) -> None:
        if decay is not None and not 0 <= decay <= 1:
            raise ValueError(f"AveragedModel was given decay={decay}; it must lie in [0, 1], or be None for the mean")
        self.module = copy.deepcopy(model)
        self.n_averaged = Tensor(np.array(0))
        self.decay = decay

    def update_parameters(self, model: Module) -> None:
        """Take the weights of the model in; all of them, or, where that raises an error, none."""
        ours, theirs = dict(self.module._named_tensors()), dict(model._named_tensors())
        shapes, found = ({name: t.shape for name, t in tensors.items()} for tensors in (ours, theirs))
        if shapes != found:
            name = next(name for name in {**shapes, **found} if shapes.get(name) != found.get(name))
            raise ValueError(
                f"AveragedModel averages a model whose {name} has shape {shapes.get(name)}, and was given one whose "
                f"has {found.get(name)}; pass the model that it was made of"
            )
        count = self.n_averaged.data
        with atomic(partial(snapshot, (t.data for t in (*ours.values(), self.n_averaged)))), no_grad():
            for ours_now, now in {ours[name]: theirs[name] for name in ours}.items():  # a shared one once
                a, p = ours_now.data, now.data
                ours_now[...] = np.where(count == 0, p, self._average(a, p, count)) if ours_now.requires_grad else p
            self.n_averaged += 1

    def _average(self, a: Any, p: Any, count: Any) -> Any:
        wide = np.result_type(a.dtype, np.float32) if a.dtype == np.float16 else a.dtype
        a, p = a.astype(wide, copy=False), p.astype(wide, copy=False)
        if self.decay is not None:
            return self.decay * a + (1 - self.decay) * p
        return a + (p - a) / (count + 1).astype(p.real.dtype)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)
