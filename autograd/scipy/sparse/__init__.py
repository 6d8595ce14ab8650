"""scipy.sparse: its matrices are constants, and SciPy's own; autograd.scipy.sparse.linalg solves equations with them.

`A @ t` and `t @ A` of a Tensor t need nothing from here (see autograd/rules/sparse.py).
"""

from __future__ import annotations

from typing import Any

from scipy import sparse

from autograd.scipy.sparse import linalg

__all__ = ["linalg"]


def __getattr__(name: str) -> Any:
    return getattr(sparse, name)
