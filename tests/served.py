"""A small network as the page's server has it, and a client that asks the server without a socket."""

import json
from typing import Any

import numpy as np
from digits import dataset
from starlette.testclient import TestClient

from mnist.networks import Network
from mnist.web.answers import ServedNetwork
from mnist.web.app import application
from mnist.web.samples import SampleDigits
from mnist.web.security import Hosts
from models.lenet import LeNet
from models.mlp import MLP

ADDRESS = "http://127.0.0.1:8000"
SEVEN = [[[80, 66], [196, 64], [154, 142], [128, 230]]]
JSON = {"content-type": "application/json"}


def network(*hidden: int, activation: str = "relu") -> ServedNetwork:
    rng = np.random.default_rng(0)
    return served(MLP((784, *hidden, 10), activation, rng=rng), rng)


def convolutional(*hidden: int, channels: tuple[int, int] = (3, 4), activation: str = "relu") -> ServedNetwork:
    rng = np.random.default_rng(0)
    return served(LeNet(channels, hidden, activation, rng=rng), rng)


def served(model: Network, rng: np.random.Generator) -> ServedNetwork:
    for parameter in model.parameters():  # a new network's biases are zero, and hide mistakes
        parameter.data += rng.normal(0, 0.01, parameter.shape).astype(np.float32)
    return ServedNetwork(model, "small.safetensors", 0.5)


def client(
    served: ServedNetwork | None = None, samples: bool = True, hosts: Hosts | None = None, **options: Any
) -> TestClient:
    digits = SampleDigits(dataset().test_images, dataset().test_labels) if samples else None
    return TestClient(application(served or network(16, 8), digits, hosts), base_url=ADDRESS, **options)


def post(asked: TestClient, path: str = "/api/predict", **body: Any) -> Any:
    """The answer to a body that must be right."""
    answer = asked.post(path, content=json.dumps(body), headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()
