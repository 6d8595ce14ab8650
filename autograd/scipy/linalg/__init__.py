"""scipy.linalg: functions of matrices, and matrix equations, with gradients."""

from __future__ import annotations

from typing import Any

from scipy import linalg

from autograd.scipy.linalg.equations import (
    solve_continuous_are,
    solve_continuous_lyapunov,
    solve_discrete_are,
    solve_discrete_lyapunov,
    solve_lyapunov,
    solve_sylvester,
)
from autograd.scipy.linalg.matrix_functions import (
    coshm,
    cosm,
    expm,
    fractional_matrix_power,
    logm,
    signm,
    sinhm,
    sinm,
    sqrtm,
    tanhm,
    tanm,
)

__all__ = [
    "coshm", "cosm", "expm", "fractional_matrix_power", "logm", "signm", "sinhm", "sinm", "solve_continuous_are",
    "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov", "solve_lyapunov", "solve_sylvester",
    "sqrtm", "tanhm", "tanm",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(linalg, name)
