"""What a ufunc does not tell of itself: of which module it is."""

from __future__ import annotations

import re
import sys

import numpy as np


def module_of(ufunc: np.ufunc) -> str:
    """The module in which a ufunc is found, because it does not tell; "" if it is in none under its name."""
    name = ufunc.__name__
    if getattr(np, name, None) is ufunc:
        return "numpy"
    homes = [
        (name not in getattr(module, "__all__", ()), home.count("."), home)
        for home, module in list(sys.modules.items())
        if getattr(module, "__dict__", {}).get(name) is ufunc and not re.search(r"(^|\.)_", home)
    ]
    return min(homes)[-1] if homes else ""
