"""`python -m mnist web`: what it serves and prints, where it trains, and in one line why it can't."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digits import dataset
from served import ADDRESS, SEVEN, network, post
from starlette.testclient import TestClient

import autograd as ag
from mnist import cli, data, model_file
from mnist import train as training
from mnist.commands import train
from mnist.web import server

pytestmark = pytest.mark.slow  # it starts servers

ROOT = Path(__file__).parents[1]
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a small synthetic data set in place of MNIST."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_DATA", raising=False)
    monkeypatch.setattr(data, "load_mnist", lambda folder=None: dataset())
    model_file.save_model(tmp_path / "small.safetensors", network(16, 8).model, {"test_accuracy": 0.75})
    return tmp_path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The applications that were served: nothing waits for Ctrl-C."""
    found: list[Any] = []

    def serve(app: Any, listening: Any, ready: Callable[[], None]) -> None:
        assert listening.fileno() > 0
        found.append(app)
        ready()

    monkeypatch.setattr(server, "serve", serve)
    return found


def error_of(capsys: Output, *options: str, status: int = 1) -> str:
    assert cli.main(["web", "--port", "0", *options]) == status
    out, err = capsys.readouterr()
    assert out == ""
    return err.removeprefix("error: ").rstrip("\n")


# -- what is served ----------------------------------------------------------------------------------------------------


def test_the_model_that_is_named(served: list[Any], capsys: Output) -> None:
    assert cli.main(["web", "--port", "0", "--model", "small.safetensors"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    address, _, rest = out.partition(" ")
    assert address.startswith("http://127.0.0.1:")
    assert rest == "is where you can draw a digit; Ctrl-C stops it\n"
    asked = TestClient(served[0], base_url=ADDRESS)
    told = asked.get("/api/model").json()
    assert told == {
        "kind": "mlp", "architecture": "784-16-8-10", "sizes": [784, 16, 8, 10], "maps": [[], []],
        "activation": "relu", "accuracy": 0.75, "name": "small.safetensors",
    }  # fmt: skip
    assert len(asked.get("/api/samples").json()["samples"]) == 10
    assert post(asked, strokes=SEVEN)["hidden"]


def test_the_model_that_ships(served: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "PRETRAINED", Path("small.safetensors").absolute())
    assert cli.main(["web", "--port", "0"]) == 0
    assert TestClient(served[0], base_url=ADDRESS).get("/api/model").json()["name"] == "small.safetensors"


def test_other_addresses(served: list[Any], capsys: Output) -> None:
    assert cli.main(["web", "--port", "0", "--host", "0.0.0.0", "--model", "small.safetensors"]) == 0
    first, second, _ = capsys.readouterr().out.split("\n")
    assert first.startswith("http://127.0.0.1:")
    assert second == "Whoever reaches this machine can use it, too: it asks for no password."
    asked = TestClient(served[0])
    assert asked.get("http://192.168.0.7:8000/").status_code == 200
    assert asked.get("http://example.com/").status_code == 421


def test_without_mnist_it_works_all_the_same(
    served: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: Output, folder: Path
) -> None:
    def load(where: Any = None) -> None:
        raise data.DataError(f"there is nothing in {where}", "Put it there.")

    monkeypatch.setattr(data, "load_mnist", load)
    assert cli.main(["web", "--port", "0", "--model", "small.safetensors"]) == 0
    asked = TestClient(served[0], base_url=ADDRESS)
    assert asked.get("/api/samples").status_code == 404
    assert post(asked, strokes=SEVEN)
    capsys.readouterr()
    named = error_of(capsys, "--model", "small.safetensors", "--data", "empty")
    assert named == "there is nothing in empty.\nPut it there."


# -- training ----------------------------------------------------------------------------------------------------------


def test_it_trains_first_and_keeps_the_model(
    served: list[Any], folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "measured", lambda step: {})  # on one thread, wherever the test runs
    assert cli.main(["web", "--port", "0", "--train", "--model", "new.safetensors"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "training a network first"
    assert lines[1].startswith("784-128-64-10, 109,386 parameters: 6 epochs in")
    assert lines[3] == "saved the model: new.safetensors"
    assert lines[4].startswith("http://127.0.0.1:")
    expected = training.train(dataset().train_images, dataset().train_labels, progress=False).model
    np.testing.assert_equal(model_file.load_model(folder / "new.safetensors").state_dict(), expected.state_dict())
    assert TestClient(served[0], base_url=ADDRESS).get("/api/model").json()["name"] == "new.safetensors"


def test_it_trains_the_kind_of_network_that_is_named(served: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    quick = replace(training.RECIPES["lenet"], hidden=(8,), epochs=1, learning_rate=0.01)
    monkeypatch.setitem(training.RECIPES, "lenet", quick)
    monkeypatch.setattr(train, "check_learnt", lambda *args: None)
    monkeypatch.setattr(training, "measured", lambda step: {})  # on one thread
    assert cli.main(["web", "--port", "0", "--train", "lenet"]) == 0
    asked = TestClient(served[0], base_url=ADDRESS)
    assert asked.get("/api/model").json()["architecture"] == "16C5-MP2-32C5-MP2-8-10"
    assert np.shape(post(asked, strokes=SEVEN)["hidden"][0]) == (16, 24, 24)


def test_a_kind_of_network_where_a_file_is_meant(capsys: Output, served: list[Any], folder: Path) -> None:
    expected = (
        "--model was lenet, a kind of network, and there is no such file; here it is a file that train saved, or "
        "will: train one with --train lenet, or pass its path"
    )
    assert error_of(capsys, "--model", "lenet") == expected
    assert error_of(capsys, "--train", "--model", "lenet") == expected
    assert served == []
    (folder / "small.safetensors").rename("lenet")
    assert cli.main(["web", "--port", "0", "--model", "lenet"]) == 0


def test_ctrl_c_while_it_trains(
    served: list[Any], folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    assert cli.main(["web", "--port", "0", "--train"]) == 130
    assert capsys.readouterr().err == "interrupted; nothing was saved\n"
    assert served == []
    assert [path.name for path in folder.iterdir()] == ["small.safetensors"]


def test_nothing_is_trained_for_a_port_in_use(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "train", lambda *args, **options: pytest.fail("it trains"))
    with server.listen("127.0.0.1", 0) as listening:
        port = str(listening.getsockname()[1])
        error = error_of(capsys, "--train", "--port", port)
    assert error.startswith(f"port {port} of 127.0.0.1 is in use by another program; stop it, choose another")


def test_a_place_that_cannot_be_written(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "train", lambda *args, **options: pytest.fail("it trains"))
    assert cli.main(["web", "--port", "0", "--train", "--model", "none/m.safetensors"]) == 1
    assert "none/m.safetensors can't be written: there is no folder none" in capsys.readouterr().err


# -- errors ------------------------------------------------------------------------------------------------------------


def test_models_that_are_none(folder: Path, capsys: Output, served: list[Any]) -> None:
    assert error_of(capsys, "--model", "none").startswith(
        "there is no file none; check the path; expected a model that"
    )
    (folder / "text").write_text("no model")
    assert error_of(capsys, "--model", "text").startswith("text is no safetensors file, or not a whole one")
    ag.save("other", {"w": np.zeros(3)})
    assert error_of(capsys, "--model", "other").startswith(
        "other is a safetensors file of another program (it holds w)"
    )
    broken = network(16).model
    broken.layers[0].weight.data[0] = np.inf
    model_file.save_model("broken", broken, {})
    assert (
        error_of(capsys, "--model", "broken") == "broken has weights that are no finite numbers; train another network"
    )
    assert served == []


def test_hosts_that_are_none(capsys: Output) -> None:
    assert error_of(capsys, "--host", "no.such.host.invalid").startswith(
        "--host was 'no.such.host.invalid', which is no"
    )


@pytest.mark.parametrize("port", ["-1", "65536", "http", "80.5", ""])
def test_ports_that_are_none(capsys: Output, port: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["web", f"--port={port}"])
    line = capsys.readouterr().err.strip().split("\n")[-1]
    assert "argument --port: " in line
    assert repr(port) in line or f"{port} does not lie between 0 and 65535" in line


@pytest.mark.parametrize("library", ["starlette", "uvicorn", "pydantic"])
def test_a_library_that_is_missing(folder: Path, library: str) -> None:
    (folder / "without").mkdir()
    error = f"raise ModuleNotFoundError('No module named {library}', name='{library}')\n"
    (folder / "without" / f"{library}.py").write_text(error)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (folder / "without", ROOT)))}
    command = [sys.executable, "-m", "mnist", "web", "--train"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    expected = f"error: the page needs the library {library}, which is not installed: pip install -e '.[web]'\n"
    assert done.stderr == expected


# -- as a process ------------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
from digits import dataset
from mnist import cli, data
data.load_mnist = lambda folder=None: dataset()
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("options", [["--model", "small.safetensors"], ["--train"]], ids=lambda options: options[0])
def test_the_command_serves_until_ctrl_c(options: list[str]) -> None:
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    command = [sys.executable, "-c", PROGRAM, "web", "--port", "0", *options]
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            while not (line := process.stdout.readline()).startswith("http"):
                assert line
            address = line.split(" ")[0]
            request = urllib.request.Request(f"{address}api/predict", json.dumps({"strokes": SEVEN}).encode())
            request.add_header("Content-Type", "application/json")
            with urllib.request.urlopen(request) as answer:
                assert json.load(answer)["digit"] in range(10)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out) == (0, "")
            assert err == "" or "--train" in options  # there is the progress bar
            assert "Traceback" not in err
            assert Path("mnist.safetensors").exists() is ("--train" in options)
        finally:
            process.kill()
