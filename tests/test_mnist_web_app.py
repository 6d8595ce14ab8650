"""Every address of the server: what it answers, to one and to many at once, and how it says no."""

import asyncio
import json
import mimetypes
import threading
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from digits import dataset, seven
from served import ADDRESS, JSON, SEVEN, client, convolutional, network, post

import autograd as ag
from mnist import strokes
from mnist.web import app, bodies, openapi, picture, samples
from mnist.web.app import application

SERVED = network(16, 8)
CLIENT = client(SERVED)


def error_of(path: str, status: int, method: str = "GET", asked: Any = CLIENT) -> str:
    answer = asked.request(method, path)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


def test_the_page_and_its_files() -> None:
    page = CLIENT.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.content == (app.STATIC_FILES / "index.html").read_bytes()
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for path in Path(app.STATIC_FILES).iterdir():
        answer = CLIENT.get(f"/static/{path.name}")
        assert answer.content == path.read_bytes()
        assert answer.headers["content-type"].partition(";")[0] == kinds[path.suffix]


def test_modules_are_javascript_whatever_the_system_says() -> None:
    before = mimetypes.guess_type("page.js")[0]
    mimetypes.add_type("text/plain", ".js")
    try:
        application(SERVED)
        assert mimetypes.guess_type("page.js")[0] == "text/javascript"
    finally:
        mimetypes.add_type(str(before), ".js")


def test_predict() -> None:
    answer = post(CLIENT, strokes=SEVEN, digit=2)
    openapi.Prediction.model_validate(answer, strict=True)
    image = strokes.draw_strokes([np.array(stroke) for stroke in SEVEN])
    found = SERVED.explainer.explain(image, 2)
    assert answer["image"] == image.tolist()
    assert answer["digit"] == found.digit
    np.testing.assert_allclose(answer["probabilities"], found.probabilities, atol=1e-6)
    np.testing.assert_allclose(answer["saliency"]["values"], found.saliency, atol=1e-3 * np.abs(found.saliency).max())


def test_graph() -> None:
    answer = post(CLIENT, "/api/graph", strokes=SEVEN, digit=2)
    openapi.Graph.model_validate(answer, strict=True)
    assert answer == picture.draw_prediction(
        SERVED.model, strokes.draw_strokes([np.array(stroke) for stroke in SEVEN]), 2
    )
    best = post(CLIENT, strokes=SEVEN)["digit"]
    assert f"logit_of_{best}<" in post(CLIENT, "/api/graph", strokes=SEVEN)["svg"]


def test_model() -> None:
    answer = CLIENT.get("/api/model").json()
    assert answer == {
        "kind": "mlp", "architecture": "784-16-8-10", "sizes": [784, 16, 8, 10], "maps": [[], []],
        "activation": "relu", "accuracy": 0.5, "name": "small.safetensors",
    }  # fmt: skip
    openapi.Model.model_validate(answer, strict=True)


def test_neurons() -> None:
    for layer, index, shape in ((1, 15, (28, 28)), (2, 0, (16,))):
        answer = CLIENT.get(f"/api/neurons/{layer}/{index}").json()
        openapi.Neuron.model_validate(answer, strict=True)
        assert np.shape(answer["weights"]) == shape
        assert np.shape(answer["feeds"]) == ((8,) if layer == 1 else (10,))


def test_of_a_lenet() -> None:
    asked = client(convolutional(6, channels=(3, 4)))
    openapi.Prediction.model_validate(post(asked, strokes=SEVEN), strict=True)
    openapi.Model.model_validate(asked.get("/api/model").json(), strict=True)
    openapi.Graph.model_validate(post(asked, "/api/graph", strokes=SEVEN), strict=True)
    for layer, shape, feeds in ((1, (1, 5, 5), 4), (2, (3, 5, 5), 6), (3, (4, 4, 4), 10)):
        answer = asked.get(f"/api/neurons/{layer}/2").json()
        openapi.Neuron.model_validate(answer, strict=True)
        assert np.shape(answer["weights"]) == shape
        assert len(answer["feeds"]) == feeds


@pytest.mark.parametrize(("query", "count"), [("", 10), ("?count=1", 1), ("?count=25", 25)])
def test_samples(query: str, count: int) -> None:
    answer = CLIENT.get(f"/api/samples{query}").json()
    openapi.Samples.model_validate(answer, strict=True)
    assert len(answer["samples"]) == count
    for sample in answer["samples"]:
        assert sample["pixels"] == dataset().test_images[sample["index"]].tolist()
        assert sample["label"] == dataset().test_labels[sample["index"]]
    if count == 10:
        assert [sample["label"] for sample in answer["samples"]] == list(range(10))


def test_a_sample_can_be_sent_back() -> None:
    for sample in CLIENT.get("/api/samples?count=10").json()["samples"]:
        assert post(CLIENT, pixels=sample["pixels"])["image"]


def test_a_machine_without_mnist() -> None:
    asked = client(SERVED, samples=False)
    assert error_of("/api/samples", 404, asked=asked) == samples.NO_SAMPLES
    assert "python -m mnist train" in samples.NO_SAMPLES
    assert "--data DIR" in samples.NO_SAMPLES
    assert post(asked, strokes=SEVEN)


@pytest.mark.parametrize(("method", "path", "status", "sentence"), [
    ("GET", "/api/nothing", 404, "there is nothing at /api/nothing; the page is at /"),
    ("GET", "/api/model/", 404, "there is nothing at /api/model/; the page is at /"),
    ("GET", "/api/neurons/1", 404, "there is nothing at /api/neurons/1; the page is at /"),
    ("GET", "/static/", 404, "there is nothing at /static/; the page is at /"),
    ("GET", f"/{'x' * 500}", 404, f"there is nothing at /{'x' * 59}; the page is at /"),
    ("GET", "/api/neurons/3/0", 404, "there is no hidden layer 3; this network has the layers 1 to 2"),
    ("GET", "/api/neurons/1/16", 404, "there is no neuron 16 in layer 1; it has the neurons 0 to 15"),
    ("GET", "/api/neurons/1/-1", 404, "a neuron is found by two whole numbers: /api/neurons/LAYER/INDEX"),
    ("GET", "/api/neurons/1/1.0", 404, "a neuron is found by two whole numbers: /api/neurons/LAYER/INDEX"),
    ("GET", "/api/neurons/²/1", 404, "a neuron is found by two whole numbers: /api/neurons/LAYER/INDEX"),
    ("GET", f"/api/neurons/1/{'9' * 5000}", 404, "a neuron is found by two whole numbers: /api/neurons/LAYER/INDEX"),
    ("GET", "/api/samples?count=0", 422, 'count is "0"; expected a whole number from 1 to 100'),
    ("GET", "/api/samples?count=101", 422, 'count is "101"; expected a whole number from 1 to 100'),
    ("GET", "/api/samples?count=ten", 422, 'count is "ten"; expected a whole number from 1 to 100'),
    ("GET", f"/api/samples?count={'9' * 5000}", 422, f'count is "{"9" * 30}..."; expected a whole number'),
    ("GET", "/api/predict", 405, "/api/predict does not take GET, but POST"),
    ("PUT", "/api/graph", 405, "/api/graph does not take PUT, but POST"),
    ("POST", "/api/model", 405, "/api/model does not take POST, but GET, HEAD"),
    ("POST", "/static/index.html", 405, "/static/index.html does not take POST, but GET, HEAD"),
    ("BREW", "/", 405, "/ does not take BREW, but GET, HEAD"),
])  # fmt: skip
def test_how_it_says_no(method: str, path: str, status: int, sentence: str) -> None:
    assert error_of(path, status, method).startswith(sentence)


def test_a_wrong_method_is_told_the_right_ones() -> None:
    assert CLIENT.get("/api/predict").headers["allow"] == "POST"


def test_a_network_whose_weights_are_too_large() -> None:
    large = network(16)
    for parameter in large.model.parameters():
        parameter.data *= np.float32(1e30)
    answer = client(large).post("/api/predict", content=json.dumps({"strokes": SEVEN}), headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("the network's answer is no number, as its weights are too large")


def test_nobody_waits_for_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = client(network(18, 5))
    monkeypatch.setattr(ag, "grads", None)
    assert post(asked, strokes=SEVEN, digit=2)["saliency"]["digit"] == 2


def test_a_network_without_hidden_layers() -> None:
    asked = client(network())
    assert post(asked, strokes=SEVEN)["hidden"] == []
    assert error_of("/api/neurons/1/0", 404, asked=asked) == "this network has no hidden layer"


def test_many_at_once_get_what_one_gets_alone() -> None:
    """Predictions and graphs of different drawings, mixed."""
    drawings = [[[[x + k, y * (1 + k / 40)] for x, y in stroke] for stroke in SEVEN] for k in range(40)]
    asked = [
        ("/api/graph" if k % 10 == 0 else "/api/predict", {"strokes": s, "digit": k % 10})
        for k, s in enumerate(drawings)
    ]
    alone = [post(CLIENT, path, **body) for path, body in asked]

    async def together() -> list[Any]:
        transport = httpx2.ASGITransport(application(SERVED))
        async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as asynchronous:
            answers = await asyncio.gather(*(asynchronous.post(path, json=body) for path, body in asked))
        return [answer.json() for answer in answers]

    assert asyncio.run(together()) == alone


@pytest.mark.parametrize("name", ["samples", "points", "pixels"])
def test_nobody_waits_for_what_takes_long(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    begun, gate = threading.Event(), threading.Event()

    def after_the_gate(f: Any) -> Any:
        def wrapped(*args: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                begun.set()
                assert gate.wait(10)
            return f(*args)

        return wrapped

    monkeypatch.setattr(samples.SampleDigits, "json", after_the_gate(samples.SampleDigits.json))
    monkeypatch.setattr(bodies, "drawing", after_the_gate(bodies.drawing))
    digits = samples.SampleDigits(dataset().test_images, dataset().test_labels)
    many = {
        "points": {"strokes": [[[k % 280, k % 7] for k in range(3000)]]},
        "pixels": {"pixels": np.asarray(seven()).tolist()},
    }

    async def ask() -> None:
        transport = httpx2.ASGITransport(application(SERVED, digits))
        async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as asked:
            if name == "samples":
                long = asyncio.create_task(asked.get("/api/samples?count=50"))
            else:
                long = asyncio.create_task(asked.post("/api/predict", json=many[name]))
            async with asyncio.timeout(10):
                while not begun.is_set():
                    await asyncio.sleep(0.001)
            assert (await asked.post("/api/predict", json={"strokes": SEVEN})).status_code == 200
            assert not long.done()
            gate.set()
            assert (await long).status_code == 200

    asyncio.run(ask())
