"""What the rows of autograd/engine/torch_names.py are run with."""

from __future__ import annotations

from typing import Any

import numpy as np


def values() -> dict[str, Any]:
    return {
        "t": np.array([[0.5, 1.5, -0.25], [2.0, -1.0, 0.75]]),
        "u": np.array([[1.0, 1.5, 3.0], [2.0, 0.25, 4.0]]),
        "v": np.array([0.25, -2.0, 1.0]),
        "i": np.array([[0, 2], [1, 0]]),
        "j": np.array([2, 0]),
        "mask": np.array([[True, False, True], [False, False, True]]),
    }
