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
from autograd.nn.loading import WRITER, IncompatibleKeys, LoadedState, check_state, turned
from autograd.nn.module import Module

METADATA = "__metadata__"  # where the format keeps texts, among the names of arrays
DTYPES = frozenset(map(np.dtype, ("?", *"bBhHiIlLefdF")))


def save(
    path: str | os.PathLike[str], state: Mapping[str, Tensor | ArrayLike], metadata: Mapping[str, str] | None = None
) -> None:
    """Write Tensors or arrays by name, such as `model.state_dict()`, and texts about them.

    The file appears whole or not at all: one that was there before stays until the new one is complete. The same arrays
    and texts give the same bytes.
    """
    if isinstance(path, Module | Mapping):  # the order of torch.save
        raise TypeError(
            f"ag.save was given a {type(path).__name__} first, and expects the path: ag.save(path, model.state_dict())"
        )
    check_state("ag.save", state)
    _write(path, state, {**(metadata or {}), WRITER: "weights are (in, out)"})


def _write(path: str | os.PathLike[str], state: Mapping[str, Tensor | ArrayLike], texts: Mapping[str, str]) -> None:
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
    for key, text in texts.items():
        if not (isinstance(key, str) and isinstance(text, str)):
            raise TypeError(f"metadata was given as {key!r}: {text!r}; safetensors takes texts by name: pass str(...)")
    data = library.save(arrays, dict(texts))
    files.write(path, _in_order(data) if len(texts) > 1 else data)


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

    Those of a file of PyTorch are as they are in it: `Module.load_state_dict` says where they must be transposed, and
    `load_torch` does so. Those of bfloat16 come as float32.
    """
    if isinstance(path, Module | Mapping):
        raise TypeError(
            f"ag.load was given a {type(path).__name__}, and expects the path: model.load_state_dict(ag.load(path))"
        )
    arrays, texts = _read_safetensors(path)
    state = LoadedState(arrays)
    state.writer = WRITER if WRITER in texts else {"pt": "PyTorch"}.get(texts.get("format", ""))
    return state


def metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The texts that were saved with a file's arrays."""
    return {name: text for name, text in _read_safetensors(path)[1].items() if name != WRITER}


# -- PyTorch -----------------------------------------------------------------------------------------------------------


def load_torch(
    module: Module, source: str | os.PathLike[str] | Mapping[str, Any], strict: bool = True
) -> IncompatibleKeys:
    """Copy the weights of a model of PyTorch's into a module of the same layers: all of them, or none.

    Linear weights, (out, in) in PyTorch, are transposed, square ones, too. `strict` and what is returned are those of
    `Module.load_state_dict`.

    source  a safetensors file, as `safetensors.torch.save_file(model.state_dict(), path)` writes it; or Tensors of
            PyTorch's, or arrays, by name: model.state_dict().
    """
    if not isinstance(module, Module):
        raise TypeError(
            f"load_torch was given a {type(module).__name__}, and expects a Module: load_torch(module, path)"
        )
    if isinstance(source, str | os.PathLike):
        source = load(source)
        if source.writer == WRITER:
            raise ValueError(
                "load_torch was given a file that ag.save wrote, whose weights are (in, out); "
                "load it as what it is: module.load_state_dict(ag.load(path))"
            )
    return module._load(source, strict, is_of_torch=True)


def save_torch(path: str | os.PathLike[str], module: Module, metadata: Mapping[str, str] | None = None) -> None:
    """Write the state of a module as PyTorch has it: `model.load_state_dict(safetensors.torch.load_file(path))`.

    Of a model of the same layers, whose Linear weights are (out, in).
    """
    if not isinstance(module, Module):
        raise TypeError(
            f"save_torch was given a {type(module).__name__}, and expects a Module: save_torch(path, module)"
        )
    _write(path, turned(module.state_dict(), module._transposed_in_torch()), {**(metadata or {}), "format": "pt"})


# -- files -------------------------------------------------------------------------------------------------------------


def _read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    _library()
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {os.fspath(path)}; check the path")
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            halves = {name for name in names if file.get_slice(name).get_dtype() == "BF16"}
            single = _of_bfloat16(Path(path).read_bytes()) if halves else {}
            arrays = {name: single[name] if name in halves else file.get_tensor(name) for name in names}
            return arrays, file.metadata() or {}
    except (SafetensorError, TypeError, AttributeError) as error:  # the last two for dtypes that NumPy does not have
        way = "pass one that ag.save wrote"
        if _is_pickle(path):
            way = (
                "it is one of PyTorch's own, which can run code; where PyTorch is, write another: "
                "safetensors.torch.save_file(model.state_dict(), path)"
            )
        raise ValueError(f"{os.fspath(path)} is no safetensors file, or not a whole one ({error}); {way}") from None


def _of_bfloat16(data: bytes) -> dict[str, Array]:
    """The arrays of a file that are of bfloat16, which NumPy lacks, in float32, of which it is the upper half."""
    import safetensors

    return {
        name: (np.frombuffer(item["data"], "<u2").astype(np.uint32) << 16).view(np.float32).reshape(item["shape"])
        for name, item in safetensors.deserialize(data)  # type: ignore[no-untyped-call]  # it has no types
        if item["dtype"] == "BF16"
    }


def _is_pickle(path: str | os.PathLike[str]) -> bool:
    """Whether torch.save wrote it: a zip archive, or a pickle."""
    with open(path, "rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"\x80\x02\x8a\n")


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            'saving and loading need the library safetensors; install it: pip install "tiny-autograd[mnist]"'
        ) from None
    return safetensors.numpy
