"""Make torch_names.npz: what PyTorch gives for each row of autograd/engine/torch_names.py.

To be run by hand where PyTorch is installed: python -m tests.torch_reference.make_torch_names
"""

from __future__ import annotations

import re
from typing import Any

import torch

from autograd.engine.torch_names import ELEMENTWISE, FUNCTIONS, METHODS, row_of
from tests.torch_reference import cases
from tests.torch_reference.torch_names import values


def namespace() -> dict[str, Any]:
    given: dict[str, Any] = {name: torch.from_numpy(array.copy()) for name, array in values().items()}
    return given | {"torch": torch, "x": values()["t"], "w": given["v"].clone().requires_grad_(), "print": lambda g: g}


def result_of(code: str) -> Any:
    """The last of its expressions; of a statement, t after it, or y."""
    given = namespace()
    code = code.replace(".cuda(", ".cpu(")  # there may be none
    if code.startswith("with"):
        exec(code, given)
        return given["y"]
    if "register_hook(print)" in code:
        found: list[Any] = []
        exec(code, given | {"print": found.append})
        return found[0]
    y = eval(code, given)
    return given["t"] if re.search(r"_\(", code) else y


def arrays_of(y: Any) -> dict[str, Any]:
    if isinstance(y, tuple | list):
        return {f"y{k}": part for k, part in enumerate(y)}
    if isinstance(y, torch.dtype):
        y = torch.zeros(0, dtype=y)
    return (
        {} if y is None or isinstance(y, torch.Generator) else {"y": y.detach() if isinstance(y, torch.Tensor) else y}
    )


def main() -> None:
    rows = dict(METHODS)
    for name in ELEMENTWISE:
        if hasattr(torch.Tensor, f"{name}_"):
            row = row_of(f"{name}_")
            assert row is not None
            rows[f"{name}_"] = row
    made = {f"t.{name}": arrays_of(result_of(row[0])) for name, row in rows.items()}
    made |= {f"torch.{name}": arrays_of(result_of(row[0])) for name, row in FUNCTIONS.items()}
    cases.write("torch_names", made)


if __name__ == "__main__":
    main()
