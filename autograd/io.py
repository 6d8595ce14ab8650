"""Save and load arrays by name, in the safetensors format, which any other library can read.

Needs the library safetensors: pip install "tiny-autograd[mnist]".
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograd._util import files
from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor
from autograd.nn.loading import WRITER, LoadedState

METADATA = "__metadata__"  # where the format keeps texts, among the names of arrays
DTYPES = frozenset(map(np.dtype, ("?", *"bBhHiIlLefdF")))


def save(
    path: str | os.PathLike[str], state: Mapping[str, Tensor | ArrayLike], metadata: Mapping[str, str] | None = None
) -> None:
    """Write Tensors or arrays by name, such as `model.state_dict()`, and texts about them.

    The file appears whole or not at all: one that was there before stays until the new one is complete. The same arrays
    and texts give the same bytes.
    """
    library = _library()
    arrays = {
        name: np.asarray(value.data if isinstance(value, Tensor) else value, order="C") for name, value in state.items()
    }
    for name, array in arrays.items():
        if not isinstance(name, str) or name == METADATA:
            raise ValueError(
                f"an array was to be saved by the name {name!r}; safetensors takes texts, but not {METADATA!r}, "
                f"by which it keeps `metadata`; rename it"
            )
        if array.dtype.newbyteorder("=") not in DTYPES:
            raise TypeError(
                f"{name!r} was to be saved with dtype {array.dtype}, which safetensors does not have; it holds arrays "
                f"of numbers by name, as model.state_dict() gives them (the state of an optimiser goes into pickle)"
            )
    for key, text in (metadata or {}).items():
        if not (isinstance(key, str) and isinstance(text, str)):
            raise TypeError(f"metadata was given as {key!r}: {text!r}; safetensors takes texts by name: pass str(...)")
    data = library.save(arrays, {**(metadata or {}), WRITER: "weights are (in, out)"})
    files.write(path, _in_order(data) if metadata else data)


def _in_order(data: bytes) -> bytes:
    """The same safetensors file with its metadata in the order of their names; the library's varies from run to run.

    (https://github.com/safetensors/safetensors/issues/584.)
    """
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header[METADATA] = dict(sorted(header[METADATA].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the arrays start where a number of 8 bytes may
    return len(text).to_bytes(8, "little") + text + memoryview(data)[end:]


def load(path: str | os.PathLike[str]) -> LoadedState:
    """The arrays of a safetensors file, by name. Raises ValueError if it is none.

    Those of a file of PyTorch are as they are in it: `Module.load_state_dict` says where they must be transposed.
    """
    arrays, texts = _read_safetensors(path)
    state = LoadedState(arrays)
    state.writer = WRITER if WRITER in texts else {"pt": "PyTorch"}.get(texts.get("format", ""))
    return state


def metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The texts that were saved with a file's arrays."""
    return {name: text for name, text in _read_safetensors(path)[1].items() if name != WRITER}


def _read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    _library()
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {os.fspath(path)}; check the path")
    try:
        with safe_open(path, framework="numpy") as file:
            names = file.keys()
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (SafetensorError, TypeError, AttributeError) as error:  # the last two for dtypes that NumPy does not have
        raise ValueError(
            f"{os.fspath(path)} is no safetensors file, or not a whole one ({error}); pass one that ag.save wrote"
        ) from None


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            'saving and loading need the library safetensors; install it: pip install "tiny-autograd[mnist]"'
        ) from None
    return safetensors.numpy
