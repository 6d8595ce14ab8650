"""The derivatives of a loss of a whole model, by finite differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import nn

STEP = 1e-5


def assert_parameters_have_right_gradients(model: nn.Module, loss: Callable[[], Any]) -> None:
    """Along random directions, one for each parameter of a model of float64."""
    rng = np.random.default_rng(0)
    model.zero_grad()
    loss().backward()
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        direction = rng.standard_normal(p.shape)
        with ag.no_grad():
            before = p.data.copy()
            up, down = (moved(p, before + h * direction, loss) for h in (STEP, -STEP))
            p[...] = before
        expected = (up - down) / (2 * STEP)
        np.testing.assert_allclose(np.sum(p.grad.data * direction), expected, rtol=1e-5, atol=1e-8, err_msg=name)


def moved(p: ag.Tensor, to: Any, loss: Callable[[], Any]) -> float:
    p[...] = to
    return float(loss().item())
