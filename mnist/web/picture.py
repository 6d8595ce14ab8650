"""The graph of a prediction as SVG, drawn in threads of their own, so that those who draw digits need not wait."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException

import autograd as ag
from autograd.drawing import renderers
from mnist.train import as_input
from models.mlp import MLP

one_draws = Lock()  # as draw turns the garbage collector off and on again; a renderer may run meanwhile
AT_ONCE, WAITING = 2, 32  # pictures being drawn, and with those that wait for their turn
SECONDS = 20.0  # until a picture must be there
NO_RENDERER = (
    f"no graph can be drawn on this machine: {renderers.INSTALL}, or pip install -e '.[web]', and start the page anew"
)


def draw(model: MLP, image: NDArray[np.uint8], digit: int) -> dict[str, Any]:
    """The graph from the image to the logit of `digit`: its SVG, and what looks wrong in it.

    The gradients are those of that logit, so that of the image is the saliency.
    """

    def prediction(image: ag.Tensor) -> dict[str, Any]:
        return {f"logit_of_{digit}": model(image)[0, digit]}

    with one_draws:
        picture = ag.draw(prediction, ag.Tensor(as_input(image[None]), requires_grad=True), values=True)
    try:
        svg = picture.pipe("svg", encoding="utf-8", quiet=True)
    except renderers.RenderError as error:
        raise HTTPException(503, NO_RENDERER if str(error) == renderers.NOTHING else str(error)) from error
    return {"svg": svg[svg.index("<svg") :], "warnings": picture.warnings}


class Painter:
    """Draws a few pictures at once, and says so when too many are asked for."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(AT_ONCE, "picture")
        self.places = BoundedSemaphore(WAITING)

    async def draw(self, model: MLP, image: NDArray[np.uint8], digit: int) -> dict[str, Any]:
        if not self.places.acquire(blocking=False):
            raise HTTPException(503, "too many graphs are being drawn at once; try again in a moment")
        future = self.pool.submit(draw, model, image, digit)
        future.add_done_callback(lambda _: self.places.release())
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise HTTPException(503, f"the graph was not drawn after {SECONDS:g} s; try again") from None
