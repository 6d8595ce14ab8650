"""`python -m mnist vae`: what it prints, the files it leaves, its exit status; and never a traceback."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digits import dataset
from PIL import Image

from mnist import cli, data, vae
from models.vae import VAE

TRAIN = ["vae", "train", "--epochs", "2", "--hidden", "8", "--batch-size", "64", "--threads", "1", "--eager"]
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a small synthetic data set in place of MNIST."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "load_mnist", lambda folder=None: dataset())
    return tmp_path


def error_of(capsys: Output, *arguments: str, status: int = 1) -> str:
    assert cli.main(list(arguments)) == status
    return capsys.readouterr().err.strip().split("\n")[-1]


def test_train_and_picture(folder: Path, capsys: Output) -> None:
    assert cli.main(TRAIN) == 0
    out = capsys.readouterr().out
    assert out.startswith("latent 2, 13,396 parameters: 2 epochs in ")
    model = vae.load("vae.safetensors")
    assert f", {vae.elbo(model, dataset().test_images):.2f} on the test set\nsaved the model: vae.safetensors\n" in out
    assert cli.main(["vae", "picture"]) == 0
    assert capsys.readouterr().out == "wrote vae.png\n"
    with Image.open("vae.png") as image:
        assert image.width > 1000
    assert sorted(path.name for path in folder.iterdir()) == ["vae.png", "vae.safetensors"]


def test_options(folder: Path) -> None:
    options = ["--latent", "3", "--seed", "4", "--learning-rate", "0.01", "--out", "m.safetensors"]
    assert cli.main([*TRAIN[:-1], *options]) == 0  # compiled
    found = vae.load("m.safetensors")
    expected = VAE(3, 8, rng=np.random.default_rng(4))
    list(vae.train(expected, dataset().train_images, vae.Recipe(2, 64, 0.01, 4), eager=True, progress=False))
    np.testing.assert_equal(found.state_dict(), expected.state_dict())
    assert cli.main(["vae", "picture", "--model", "m.safetensors", "--out", "p.svg", "--seed", "1"]) == 0
    assert (folder / "p.svg").stat().st_size > 1000


def test_an_interrupt_leaves_the_last_whole_epoch(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    train = vae.train
    epochs: list[VAE] = []

    def interrupted(model: VAE, *arguments: Any) -> Any:
        for elbo in train(model, *arguments, progress=False):
            if len(epochs) == limit:
                raise KeyboardInterrupt
            epochs.append(model)
            yield elbo

    monkeypatch.setattr(vae, "train", interrupted)
    limit = 0
    assert error_of(capsys, *TRAIN, status=130) == "interrupted; nothing was saved"
    assert not Path("vae.safetensors").exists()
    limit = 1
    line = error_of(capsys, *TRAIN, status=130)
    assert line == "interrupted; vae.safetensors holds the model after 1 of 2 epochs"
    assert vae.load("vae.safetensors").latent == 2


def test_errors_are_told_in_a_line(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vae, "train", lambda *arguments: pytest.fail("it trained before it looked where to save"))
    assert "there is no folder missing" in error_of(capsys, *TRAIN, "--out", "missing/m.safetensors")
    assert error_of(capsys, "vae", "picture").startswith("error: there is no file vae.safetensors")
    (folder / "other.safetensors").write_bytes(b"none")
    assert "expected a model that" in error_of(capsys, "vae", "picture", "--model", "other.safetensors")
    vae.save("m.safetensors", VAE(3, 4))
    line = error_of(capsys, "vae", "picture", "--model", "m.safetensors", "--out", "p.txt")
    assert line.startswith("error: p.txt can't be drawn: ")
    assert line.endswith("; name a .png, .svg or .pdf")
    monkeypatch.setitem(sys.modules, "mnist.vae_picture", None)
    monkeypatch.delattr("mnist.vae_picture", raising=False)
    line = error_of(capsys, "vae", "picture", "--model", "m.safetensors")
    assert line.startswith("error: a picture needs the library")
    assert "'.[plot]'" in line


@pytest.mark.parametrize("arguments", [["vae"], ["vae", "train", "--latent", "0"], ["vae", "picture", "--seed", "-1"]])
def test_usage(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert "usage: python -m mnist vae" in capsys.readouterr().err


def test_a_diverging_training_says_what_to_try(capsys: Output) -> None:
    line = error_of(capsys, *TRAIN, "--learning-rate", "1e6")
    assert line.startswith("error: the loss became ")
    assert "try a lower --learning-rate" in line
