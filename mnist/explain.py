"""What the network says to one image, and why: probabilities, the gradient of a logit, the hidden activations.

One forward pass that records, and one backward pass to the pixels, compiled. Weights are arguments of the program: they
are constants to the engine, no gradient of theirs is computed, none is written, and networks of one shape share one
program. Any number of threads may ask.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from autograd import nn
from mnist.networks import NETWORKS, Network, kind_of
from mnist.train import as_input
from models.mlp import ACTIVATIONS

SURE = 0.8  # see `leads`
WEIGHED = nn.Linear | nn.Conv2d  # the layers that have weights
MOST_SHAPES = 16  # of networks, whose programs are kept for the next that is like them
BEST = -1  # in place of a digit: the most probable one
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the network makes of an image.

    probabilities  (10,)
    digit          the most probable
    sure           whether it leads clearly: see `leads`
    explained      the digit whose logit was differentiated
    saliency       (28, 28): the gradient of that logit with respect to the pixels, as they go in: from 0 to 1
    hidden         of each hidden layer the activations: (n,), or of a convolution the maps (n, height, width)
    """

    probabilities: Floats
    digit: int
    sure: bool
    explained: int
    saliency: Floats
    hidden: list[Floats]


class Explainer:
    """A trained network that answers and says why. The network given stays as it is; so does this one's.

    Its program is made with it, in some milliseconds, so that nobody who asks has to wait for that.
    """

    def __init__(self, model: Network) -> None:
        self.model = deepcopy(model)
        for parameter in self.model.parameters():
            parameter.requires_grad = False
            parameter.data.flags.writeable = False
        layers: list[Any] = [layer for layer in self.model.layers if isinstance(layer, WEIGHED)]
        self._weights = [layer.weight.data for layer in layers]
        self._biases = [layer.bias.data for layer in layers]
        self._program = program(kind_of(self.model), **self.model.config)
        image = np.arange(28 * 28).reshape(28, 28).astype(np.uint8)
        for _ in range(2):  # the function is traced, and its program compared with it
            *_, hidden = self._ask(image, BEST)
        self.shapes = [activations.shape for activations in hidden]  # of the hidden layers

    def explain(self, image: NDArray[np.uint8], digit: int | None = None) -> Explanation:
        """For an image (28, 28) of 0-255; `digit` is whose logit to differentiate, the most probable one's if None.

        Raises FloatingPointError if the weights are so large that the logits or the gradient are no numbers.
        """
        if digit is not None and not 0 <= digit < 10:
            raise IndexError(f"explain was given digit={digit}; the network knows 0 to 9")
        probabilities, best, gradient, hidden = self._ask(image, BEST if digit is None else digit)
        if not (np.isfinite(probabilities).all() and np.isfinite(gradient).all()):
            raise FloatingPointError(
                "the network's answer is no number, as its weights are too large; train another, with a lower "
                "--learning-rate"
            )
        explained = int(best) if digit is None else digit
        saliency = gradient.reshape(image.shape)
        return Explanation(probabilities, int(best), leads(probabilities), explained, saliency, hidden)

    def _ask(self, image: NDArray[np.uint8], digit: int) -> Any:
        """What the program returns. The digit is an array, as for each number there would be another program."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._program(as_input(image[None]), np.array(digit, np.intp), self._weights, self._biases)


@functools.lru_cache(MOST_SHAPES)
def program(kind: str, **config: Any) -> Callable[..., Any]:
    """The compiled function of all networks of this kind, made with these arguments.

    Each has one, with a lock of its own. It takes an image (1, 784) of 0-1, a digit or BEST, and the weights and the
    biases of all layers. It returns the probabilities (10,), the most probable digit, the gradient (1, 784) of the
    digit's logit, and the activations of each hidden layer, (n,) or (n, height, width), all in memory of their own.
    """
    layers = list(NETWORKS[kind](**config).layers)
    activation = ACTIVATIONS[config["activation"]]

    def explain(image: Floats, digit: NDArray[Any], weights: Sequence[Floats], biases: Sequence[Floats]) -> Any:
        x = ag.Tensor(image, requires_grad=True)
        t: Any = x.reshape(1, 1, 28, 28) if isinstance(layers[0], nn.Conv2d) else x
        given, hidden = zip(weights, biases, strict=True), []
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                t = nn.conv2d(t, *next(given))
            elif isinstance(layer, nn.Linear):
                weight, bias = next(given)
                t = t @ weight + bias
            else:
                t = layer(t)
            if isinstance(layer, activation):
                hidden.append(t.data[0])
        probabilities = nn.softmax(t.data)[0]
        best = np.argmax(probabilities)
        explained = np.where(digit == BEST, best, digit)
        g_logits = np.equal(np.arange(t.shape[-1]), explained).astype(t.dtype)
        gradient = ag.grads(t, x, g_logits[None])
        return probabilities, best, gradient.data, hidden

    return ag.compile(explain)


def leads(probabilities: NDArray[Any]) -> bool:
    """Whether one digit leads clearly: with at least SURE (then the next has less than a quarter of that).

    Measured with the network that ships (label smoothing of 0.03):

                                        of the 10,000 test images              of 3,000 scribbles
        sure from on    sure     right if sure    of the wrong ones, unsure    sure
        0.5             99.5 %   99.18 %          25 %                         74 %
        0.7             98.4 %   99.50 %          55 %                         51 %
        0.8             97.7 %   99.63 %          67 %                         39 %
        0.9             95.6 %   99.80 %          83 %                         24 %

    and with one of the default recipe, whose label smoothing of 0.1 lets it give a plain digit 0.91 and seldom more:

        0.7             95.2 %   99.80 %          86 %                         22 %
        0.8             91.0 %   99.90 %          93 %                         10 %

    (Scribbles: zigzags, random walks, doodles, crossing lines and dots, at random.) At 0.9 the second would doubt most
    plain digits, at 0.7 the first half of its mistakes.
    """
    return bool(probabilities.max() >= SURE)
