"""What PyTorch computes, kept in files: the scripts make_AREA.py make them, where PyTorch is installed.

A case is a dict of arrays by name ("x", "y", "gx", "state.weight", "grad.weight"); an area is a dict of cases by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
SEPARATOR = "|"

Case = dict[str, Any]


def write(area: str, cases: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the cases of an area, with the version of PyTorch; the same cases give the same bytes."""
    import torch

    arrays = {f"{case}{SEPARATOR}{name}": _array(x) for case, values in cases.items() for name, x in values.items()}
    np.savez_compressed(FOLDER / f"{area}.npz", allow_pickle=False, torch=np.array(torch.__version__), **arrays)


def read(area: str) -> dict[str, Case]:
    cases: dict[str, Case] = {}
    with np.load(FOLDER / f"{area}.npz", allow_pickle=False) as file:
        for key in file.files:
            case, separator, name = key.partition(SEPARATOR)
            if separator:
                cases.setdefault(case, {})[name] = file[key]
    return cases


def part(case: Case, prefix: str) -> Case:
    """The arrays whose names begin with a prefix, which is left out: those of "state." are a state dict."""
    return {name.removeprefix(prefix): array for name, array in case.items() if name.startswith(prefix)}


def _array(value: Any) -> Any:
    """An array of a Tensor of PyTorch's, in the order in which it lies there."""
    return value.detach().numpy().copy() if hasattr(value, "detach") else np.asarray(value)
