"""scipy.linalg: functions of matrices, matrix equations and special matrices, with gradients."""

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
from autograd.scipy.linalg.special_matrices import (
    block_diag,
    circulant,
    companion,
    convolution_matrix,
    fiedler,
    fiedler_companion,
    hankel,
    khatri_rao,
    leslie,
    toeplitz,
)

__all__ = [
    "block_diag", "circulant", "companion", "convolution_matrix", "coshm", "cosm", "expm", "fiedler",
    "fiedler_companion", "fractional_matrix_power", "hankel", "khatri_rao", "leslie", "logm", "signm", "sinhm", "sinm",
    "solve_continuous_are", "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov",
    "solve_lyapunov", "solve_sylvester", "sqrtm", "tanhm", "tanm", "toeplitz",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(linalg, name)
