"""What the server takes and gives, as an OpenAPI description: for programs that ask it, and for tests that try it."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from mnist.web.bodies import BYTES, Digit, Pixel, Pixels, Strokes
from mnist.web.samples import MOST_SAMPLES

FloatList = list[float]
FloatMap = list[FloatList]
Image = Annotated[
    list[Annotated[list[Pixel], Field(min_length=28, max_length=28)]], Field(min_length=28, max_length=28)
]


class Saliency(BaseModel):
    """The gradient of a digit's logit with respect to the pixels, 28 rows of 28; pixels go in as 0 to 1."""

    digit: Digit
    values: list[FloatList]


class Prediction(BaseModel):
    digit: Digit
    sure: Annotated[bool, Field(description="whether the digit leads clearly")]
    probabilities: Annotated[FloatList, Field(min_length=10, max_length=10)]
    image: Annotated[Image, Field(description="what the network sees, after preprocessing")]
    saliency: Saliency
    hidden: Annotated[
        list[FloatList | list[FloatMap]],
        Field(description="of each hidden layer the activations of its neurons, or its feature maps"),
    ]


class Graph(BaseModel):
    svg: Annotated[str, Field(description="the graph from the image to the digit's logit, with values and gradients")]
    warnings: list[str]


class Model(BaseModel):
    kind: Annotated[str, Field(description="mlp, of dense layers, or lenet, convolutional")]
    architecture: Annotated[str, Field(description="its layers, in short")]
    sizes: Annotated[list[int], Field(description="pixels, neurons or feature maps of each hidden layer, digits")]
    maps: Annotated[
        list[list[int]], Field(description="of each hidden layer the height and width of its maps; [] if of neurons")
    ]
    activation: str
    accuracy: Annotated[float | None, Field(description="on MNIST's test images, if the model's file tells it")]
    name: str


class Neuron(BaseModel):
    weights: Annotated[
        FloatList | FloatMap | list[FloatMap],
        Field(
            description="of the neurons of the layer before, of the pixels, or of each map of the layer before: a "
            "kernel, or the weights of its places, pooled two by two"
        ),
    ]
    bias: float
    feeds: Annotated[FloatList, Field(description="its weights in the next layer; of a map, their sums")]


class Sample(BaseModel):
    index: Annotated[int, Field(description="among MNIST's test images")]
    label: Digit
    pixels: Image


class Samples(BaseModel):
    samples: list[Sample]


class Error(BaseModel):
    error: Annotated[str, Field(description="what was wrong, what is expected, and what to do")]


TAKEN, GIVEN = (Strokes, Pixels), (Prediction, Graph, Model, Neuron, Samples, Error)


@cache
def openapi_description() -> dict[str, Any]:
    _, schemas = models_json_schema(
        [*((model, "validation") for model in TAKEN), *((model, "serialization") for model in GIVEN)],
        ref_template="#/components/schemas/{model}",
    )
    drawing = {"required": True, "content": _json({"anyOf": [_reference(model) for model in TAKEN]})}
    layer = _parameter("path", "layer", {"minimum": 1}, "a hidden layer, from 1")
    index = _parameter("path", "index", {"minimum": 0}, "a neuron or a feature map, from 0")
    count = _parameter("query", "count", {"minimum": 1, "maximum": MOST_SAMPLES, "default": 10}, "how many")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Draw a digit",
            "version": "1",
            "description": f"Bodies have at most {BYTES:,} bytes. Numbers are rounded to four digits or so.",
        },
        "paths": {
            "/api/predict": {"post": _operation("Which digit it is, and why", Prediction, body=drawing, busy=True)},
            "/api/graph": {"post": _operation("The graph of that prediction", Graph, body=drawing, busy=True)},
            "/api/model": {"get": _operation("The network that answers", Model)},
            "/api/neurons/{layer}/{index}": {
                "get": _operation("The weights of a neuron or a feature map", Neuron, layer, index)
            },
            "/api/samples": {"get": _operation("Test digits to try, drawn at random", Samples, count, busy=True)},
        },
        "components": {"schemas": schemas["$defs"]},
    }


def _operation(
    summary: str, answer: type[BaseModel], *parameters: Any, body: Any = None, busy: bool = False
) -> dict[str, Any]:
    responses = {
        "200": {"description": "the answer", "content": _json(_reference(answer))},
        "4XX": {"description": "something is wrong with the request", "content": _json(_reference(Error))},
    }
    if busy:
        responses["503"] = {"description": "not now, or no graph can be drawn", "content": _json(_reference(Error))}
    operation = {"summary": summary, "parameters": list(parameters), "responses": responses}
    return operation if body is None else {**operation, "requestBody": body}


def _parameter(place: str, name: str, limits: dict[str, int], text: str) -> dict[str, Any]:
    required = place == "path"
    return {
        "in": place,
        "name": name,
        "required": required,
        "description": text,
        "schema": {"type": "integer", **limits},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
