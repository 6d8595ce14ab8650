"""The application: which address is answered by what."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mnist.web import answers, bodies, openapi, picture, samples
from mnist.web.answers import Json, ServedNetwork
from mnist.web.samples import SampleDigits
from mnist.web.security import Hosts, SecurityMiddleware
from mnist.web.worker import Worker

STATIC_FILES = Path(__file__).parent / "static"
SHORT_BODY = 4000  # bytes of a body with some hundred points, of which an image is made in some milliseconds


def application(
    network: ServedNetwork, digits: SampleDigits | None = None, hosts: Hosts | None = None
) -> SecurityMiddleware:
    """The ASGI application that serves a network, with test digits to try it on, under the names `hosts`."""
    painter, worker = Worker("picture"), Worker("numbers")
    explain = network.explainer.explain  # whose program is made now, not when somebody asks
    about_the_api = Json(openapi.openapi_description())

    async def drawing(request: Request) -> tuple[NDArray[np.uint8], int | None]:
        body = await bodies.read_body(request)
        if len(body) > SHORT_BODY:
            return await worker.do(bodies.drawing, body)
        return bodies.drawing(body)  # not in a thread: it takes less time than to wake one

    async def index(request: Request) -> Response:
        return FileResponse(STATIC_FILES / "index.html")

    async def predict(request: Request) -> Response:
        image, digit = await drawing(request)
        return Json(answers.prediction(image, explain(image, digit)))

    async def graph(request: Request) -> Response:
        image, digit = await drawing(request)
        explained = explain(image, digit).explained
        return Json(await painter.do(picture.draw_prediction, network.model, image, explained))

    async def model(request: Request) -> Response:
        return Json(answers.about(network))

    async def neuron(request: Request) -> Response:
        layer, number = (_whole(request.path_params[name]) for name in ("layer", "index"))
        if layer is None or number is None:
            raise HTTPException(404, "a neuron is found by two whole numbers: /api/neurons/LAYER/INDEX")
        try:
            return Json(answers.neuron(network, layer, number))
        except LookupError as error:
            raise HTTPException(404, error.args[0]) from None

    async def some_samples(request: Request) -> Response:
        given = request.query_params.get("count", "10")
        count = _whole(given)
        if count is None or not 1 <= count <= samples.MOST_SAMPLES:
            raise HTTPException(
                422, f"count is {bodies.echoed(given)}; expected a whole number from 1 to {samples.MOST_SAMPLES}"
            )
        if digits is None:
            raise HTTPException(404, samples.NO_SAMPLES)
        return Json(await worker.do(digits.json, count))

    async def description(request: Request) -> Response:
        return about_the_api

    # Some systems say otherwise, and a browser that is told nosniff then runs no module.
    mimetypes.add_type("text/javascript", ".js")
    starlette = Starlette(
        routes=[
            Route("/", index),
            Route("/api/predict", predict, methods=["POST"]),
            Route("/api/graph", graph, methods=["POST"]),
            Route("/api/model", model),
            Route("/api/neurons/{layer}/{index}", neuron),
            Route("/api/samples", some_samples),
            Route("/api/openapi.json", description),
            Mount("/static", StaticFiles(directory=STATIC_FILES)),
        ],
        exception_handlers={HTTPException: http_error, FloatingPointError: no_number, Exception: server_error},
    )
    starlette.router.redirect_slashes = False
    return SecurityMiddleware(starlette, hosts or Hosts())


def _whole(text: str) -> int | None:
    """The number, if it is one; longer ones are not meant."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else None


async def http_error(request: Request, error: Any) -> Response:
    """An error that was raised for the user, or Starlette's own for an address or a method that does not exist."""
    text = error.detail
    if error.status_code == 404 and text == "Not Found":
        text = f"there is nothing at {request.url.path[:60]}; the page is at /"
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "GET, HEAD").split(", ")))
        text = f"{request.url.path[:60]} does not take {request.method[:20]}, but {allowed}"
    return Json({"error": text}, error.status_code, error.headers)


async def no_number(request: Request, error: Exception) -> Response:
    return Json({"error": str(error)}, 422)


async def server_error(request: Request, error: Exception) -> Response:
    """A mistake of ours: the log has the traceback."""
    return Json({"error": "the server has made a mistake; what it says in its window helps to mend it"}, 500)
