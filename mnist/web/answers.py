"""What is answered, as JSON: numbers rounded to what the page needs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response

from autograd import io as storage
from autograd import nn
from mnist import model_file
from mnist.explain import WEIGHED, Explainer, Explanation
from mnist.networks import Network, kind_of

SIGNIFICANT_DIGITS = 4  # of the largest number in an array: the page shows colours, which have 256 shades


class Json(Response):
    """An answer, in ASCII, so that no half of a surrogate pair that was sent comes back as what UTF-8 does not have."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        if isinstance(content, bytes):  # it is JSON already
            return content
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


@dataclass(frozen=True, eq=False)
class ServedNetwork:
    """A network that is served: where it comes from, and its share of right answers on the test set if it is known."""

    model: Network
    name: str
    accuracy: float | None

    @classmethod
    def read(cls, path: Path) -> ServedNetwork:
        """Raises mnist.model_file.ModelError."""
        model = model_file.load_model(path)
        if not all(np.isfinite(p.data).all() for p in model.parameters()):
            raise model_file.ModelError(f"{path} has weights that are no finite numbers; train another network")
        return cls(model, path.name, _accuracy(storage.metadata(path).get("about", "")))

    @cached_property
    def explainer(self) -> Explainer:
        return Explainer(self.model)


def _accuracy(about: str) -> float | None:
    """The test accuracy, if `about` is what train wrote."""
    try:
        accuracy = json.loads(about)["test_accuracy"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return accuracy if isinstance(accuracy, float) and 0 <= accuracy <= 1 else None


def prediction(image: NDArray[np.uint8], found: Explanation) -> dict[str, Any]:
    return {
        "digit": found.digit,
        "sure": found.sure,
        "probabilities": np.round(found.probabilities.astype(float), 6).tolist(),
        "image": image.tolist(),
        "saliency": {"digit": found.explained, "values": rounded(found.saliency)},
        "hidden": [rounded(activations) for activations in found.hidden],
    }


def about(network: ServedNetwork) -> dict[str, Any]:
    model, shapes = network.model, network.explainer.shapes
    return {
        "kind": kind_of(model),
        "architecture": model.architecture,
        "sizes": [28 * 28, *(shape[0] for shape in shapes), 10],
        "maps": [list(shape[1:]) for shape in shapes],
        "activation": model.activation,
        "accuracy": network.accuracy,
        "name": network.name,
    }


def neuron(network: ServedNetwork, layer: int, index: int) -> dict[str, Any]:
    """Neuron or feature map `index`, from 0, of the hidden layer `layer`, from 1.

    Raises LookupError if there is none such.
    """
    shapes = network.explainer.shapes
    if not shapes:
        raise LookupError("this network has no hidden layer")
    if not 1 <= layer <= len(shapes):
        raise LookupError(f"there is no hidden layer {layer}; this network has the layers 1 to {len(shapes)}")
    shape = shapes[layer - 1]
    if not 0 <= index < shape[0]:
        what = "feature map" if len(shape) > 1 else "neuron"
        raise LookupError(f"there is no {what} {index} in layer {layer}; it has the {what}s 0 to {shape[0] - 1}")
    layers: list[Any] = [module for module in network.model.layers if isinstance(module, WEIGHED)]
    here, after = layers[layer - 1], layers[layer]
    before = shapes[layer - 2] if layer > 1 else (28, 28)
    return {
        "weights": rounded(_weights_into(here, index, before)),
        "bias": rounded(here.bias.data[index]),
        "feeds": rounded(_weights_out_of(after, index, shape)),
    }


def _weights_into(layer: Any, index: int, before: tuple[int, ...]) -> NDArray[Any]:
    """Of a map the kernels (maps, 5, 5). Of a neuron (n,), where that goes over an image or maps in their shape."""
    if isinstance(layer, nn.Conv2d):
        return layer.weight.data[index]
    weights = layer.weight.data[:, index]
    if before == (28, 28):
        return weights.reshape(before)
    return weights if len(before) == 1 else weights.reshape(before[0], before[1] // 2, before[2] // 2)  # pooled


def _weights_out_of(layer: Any, index: int, shape: tuple[int, ...]) -> NDArray[Any]:
    """Those by which a neuron or map of a layer of that shape goes into each of the next: of a map their sum."""
    weights = layer.weight.data
    if isinstance(layer, nn.Conv2d):
        return weights[:, index].sum(axis=(1, 2))
    return weights[index] if len(shape) == 1 else weights.reshape(shape[0], -1, weights.shape[1])[index].sum(axis=0)


def rounded(values: NDArray[Any]) -> Any:
    """As nested lists, with SIGNIFICANT_DIGITS digits of the largest: short, and no worse to look at."""
    values = np.asarray(values, float)
    largest = float(np.abs(values).max())
    decimals = SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest)) if largest else 0
    return np.round(values, decimals).tolist()
