"""A trained network as a file: its weights in safetensors, and in the file's metadata what makes it this network."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import autograd as ag
from autograd import io as storage
from models.mlp import ACTIVATIONS, MLP

FORMAT = "tiny-autograd digits 1"
PRETRAINED = Path(__file__).parent / "pretrained" / "digits.safetensors"  # how it was made stands beside it


class ModelError(Exception):
    """A file that is not the model it should be; the message says what it is, what was expected and what to do."""


def save_model(path: str | Path, model: MLP, about: dict[str, Any]) -> None:
    """Write the network; `about` is kept with it (recipe, accuracy), as JSON."""
    metadata = {
        "format": FORMAT,
        "sizes": ",".join(map(str, model.sizes)),
        "activation": model.activation,
        "about": json.dumps(about),
    }
    ag.save(path, model.state_dict(), metadata)


def load_model(path: str | Path) -> MLP:
    """Read a network that `save_model` wrote. Raises ModelError if it is anything else."""
    expected = "expected a model that `python -m mnist train` saved; train one, or pass its path"
    try:
        state, metadata = ag.load(path), storage.metadata(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"{error}; {expected}") from error
    if metadata.get("format") != FORMAT:
        names = ", ".join(sorted(state)[:4]) or "nothing"
        raise ModelError(f"{path} is a safetensors file of another program (it holds {names}); {expected}")
    try:
        sizes = [int(size) for size in metadata["sizes"].split(",")]
        activation = metadata["activation"]
        if sizes[0] != 784 or sizes[-1] != 10 or activation not in ACTIVATIONS:
            raise ValueError(f"it is a {'-'.join(map(str, sizes))} network with {activation}")
        shapes = list(pairwise(sizes))
        found = [state[name].shape for name in sorted(state) if name.endswith("weight")]
        if sorted(found) != sorted(shapes):  # before a network of those sizes takes any memory
            raise ValueError(f"it holds weights of shapes {found}, and its sizes say {shapes}")
        model = MLP(sizes, activation)
        model.load_state_dict(state)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} does not hold the network that it says ({error}); {expected}") from error
    return model
