"""A trained network as a file: its weights in safetensors, and in the file's metadata what makes it this network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import autograd as ag
from autograd import io as storage
from mnist.networks import NETWORKS, Network, kind_of
from models.mlp import ACTIVATIONS

FORMAT = "tiny-autograd digits 1"
PRETRAINED = Path(__file__).parent / "pretrained" / "digits.safetensors"  # how it was made stands beside it


class ModelError(Exception):
    """A file that is not the model it should be; the message says what it is, what was expected and what to do."""


def save_model(path: str | Path, model: Network, about: dict[str, Any]) -> None:
    """Write the network; `about` is kept with it (recipe, accuracy), as JSON."""
    config = {name: v if isinstance(v, str) else ",".join(map(str, v)) for name, v in model.config.items()}
    ag.save(path, model.state_dict(), {"format": FORMAT, "model": kind_of(model), **config, "about": json.dumps(about)})


def load_model(path: str | Path) -> Network:
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
        network = NETWORKS[metadata.get("model", "mlp")]  # files from before there was another kind do not say
        config = _config(metadata)
        shapes = network.weight_shapes(**config)
        found = [array.shape for name, array in state.items() if name.endswith("weight")]
        if sorted(found) != sorted(shapes):  # before a network of those sizes takes any memory
            raise ValueError(f"it holds weights of shapes {found}, and its sizes say {shapes}")
        model = network(**config)
        model.load_state_dict(state)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} does not hold the network that it says ({error}); {expected}") from error
    return model


def _config(metadata: dict[str, str]) -> dict[str, Any]:
    """The arguments that the network was made with. Raises KeyError or ValueError if they are not those of one."""

    def numbers(name: str) -> tuple[int, ...]:
        return tuple(map(int, metadata[name].split(","))) if metadata[name] else ()

    activation = metadata["activation"]
    if activation not in ACTIVATIONS:
        raise ValueError(f"its activation is {activation}, which is none of {', '.join(ACTIVATIONS)}")
    if metadata.get("model", "mlp") == "lenet":
        return {"channels": numbers("channels"), "hidden": numbers("hidden"), "activation": activation}
    sizes = numbers("sizes")
    if sizes[:1] != (784,) or sizes[-1:] != (10,):
        raise ValueError(f"it is a {'-'.join(map(str, sizes))} network")
    return {"sizes": sizes, "activation": activation}
