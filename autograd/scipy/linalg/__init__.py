"""scipy.linalg: equations, factorizations, functions of matrices and special matrices, with gradients."""

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
from autograd.scipy.linalg.factorizations import cho_factor, cho_solve, cholesky, lu, lu_factor, lu_solve
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
from autograd.scipy.linalg.solving import det, inv, lstsq, solve, solve_banded, solve_triangular
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
    "block_diag", "cho_factor", "cho_solve", "cholesky", "circulant", "companion", "convolution_matrix", "coshm",
    "cosm", "det", "expm", "fiedler", "fiedler_companion", "fractional_matrix_power", "hankel", "inv", "khatri_rao",
    "leslie", "logm", "lstsq", "lu", "lu_factor", "lu_solve", "signm", "sinhm", "sinm", "solve", "solve_banded",
    "solve_continuous_are", "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov",
    "solve_lyapunov", "solve_sylvester", "solve_triangular", "sqrtm", "tanhm", "tanm", "toeplitz",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(linalg, name)
