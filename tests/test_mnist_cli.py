"""`python -m mnist`: what it prints, the files it leaves, its exit status; and never a traceback."""

import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digits import dataset, patterns, seven
from PIL import Image

import autograd as ag
from mnist import cli, data, model_file, preprocess
from mnist import train as training
from mnist.commands import evaluate
from models.lenet import LeNet
from models.mlp import MLP

QUICK = ["train", "--epochs", "2", "--hidden", "16", "--batch-size", "32", "--threads", "1"]
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a small synthetic data set in place of MNIST."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "load_mnist", lambda folder=None: dataset())
    return tmp_path


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def error_of(capsys: Output, *arguments: str, status: int = 1) -> str:
    """The one line with which a command fails."""
    assert cli.main([str(argument) for argument in arguments]) == status
    *progress, line = capsys.readouterr().err.strip().split("\n")
    assert not any(text.startswith("error") for text in progress)
    return line


def usage_error(capsys: Output, *arguments: str) -> str:
    """The last line of what argparse says."""
    with pytest.raises(SystemExit) as stop:
        cli.main(list(arguments))
    assert stop.value.code == 2
    return capsys.readouterr().err.strip().split("\n")[-1]


def network(path: Path) -> Path:
    model_file.save_model(path, MLP((784, 8, 10), rng=np.random.default_rng(0)), {})
    return path


# -- train -----------------------------------------------------------------------------------------------------------


def test_train_saves_the_model_and_its_figures(folder: Path, capsys: Output) -> None:
    assert cli.main([*QUICK, "--seed", "7", "--out", "m.safetensors", "--metrics", "m.json"]) == 0
    assert entries(folder) == ["m.json", "m.safetensors"]
    metrics = json.loads((folder / "m.json").read_text())
    assert metrics["seed"] == 7
    assert metrics["epochs"] == 2
    assert metrics["parameters"] == 784 * 16 + 16 + 16 * 10 + 10
    assert metrics["train_seconds"] > 0
    assert [means["epoch"] for means in metrics["history"]] == [1, 2]
    assert "validation_accuracy" not in metrics
    model = model_file.load_model(folder / "m.safetensors")
    mnist = dataset()
    assert metrics["test_accuracy"] == training.accuracy(model, mnist.test_images, mnist.test_labels)
    out = capsys.readouterr().out
    assert "784-16-10, 12,730 parameters: 2 epochs in" in out
    assert f"test accuracy {metrics['test_accuracy']:.2%} (60 images)" in out
    assert "saved the model: m.safetensors" in out
    assert "saved the metrics: m.json" in out


def test_train_follows_its_options(folder: Path) -> None:
    options = ["--optimizer", "sgd", "--activation", "tanh", "--loss", "squared_error", "--learning-rate", "0.5"]
    more = ["--shift", "0", "--thickness", "0.5", "--distort", "0.1", "--label-smoothing", "0.2", "--seed", "3"]
    more += ["--threads", "1", "--metrics", "m.json"]
    assert cli.main(["train", "--epochs", "1", "--hidden", "12", "8", "--batch-size", "50", *options, *more]) == 0
    assert json.loads((folder / "m.json").read_text())["recipe"] == {
        "model": "mlp", "hidden": [12, 8], "activation": "tanh", "loss": "squared_error", "optimizer": "sgd",
        "learning_rate": 0.5, "epochs": 1, "batch_size": 50, "label_smoothing": 0.0, "shift": 0,
        "thickness": 0.5, "distort": 0.1, "seed": 3,
    }  # fmt: skip
    found = model_file.load_model(folder / "mnist.safetensors")  # where it is saved if nothing else is said
    expected = training.train(
        dataset().train_images, dataset().train_labels,
        training.Recipe("mlp", (12, 8), "tanh", "squared_error", "sgd", 0.5, 1, 50, 0.2, 0, 0.5, 0.1, 3),
        progress=False,
    ).model  # fmt: skip
    np.testing.assert_equal(found.state_dict(), expected.state_dict())


def test_what_is_not_given_is_what_is_best_for_the_model(folder: Path, capsys: Output) -> None:
    options = ["--batch-size", "50", "--threads", "1", "--metrics", "m.json", "--learning-rate", "0.002"]
    assert cli.main(["train", "--model", "lenet", "--epochs", "2", "--hidden", "12", *options]) == 0
    own = asdict(training.RECIPES["lenet"])
    given = {"epochs": 2, "batch_size": 50, "hidden": [12], "learning_rate": 0.002}
    assert json.loads((folder / "m.json").read_text())["recipe"] == {**own, **given}
    assert "16C5-MP2-32C5-MP2-12-10, " in capsys.readouterr().out
    found = model_file.load_model(folder / "mnist.safetensors")
    assert isinstance(found, LeNet)
    images = dataset().test_images
    Image.fromarray(images[0]).resize((280, 280)).save("digit.png")
    assert cli.main(["predict", "mnist.safetensors", "digit.png"]) == 0
    probability = training.predict(found, preprocess.read_image("digit.png")[None])[0]
    assert capsys.readouterr().out.startswith(f"digit.png: {probability.argmax()} ({probability.max():.1%}; next ")
    assert cli.main(["evaluate", "mnist.safetensors"]) == 0
    accuracy = training.accuracy(found, images, dataset().test_labels)
    assert capsys.readouterr().out.startswith(f"test accuracy {accuracy:.2%} (60 images)")


def test_help_says_what_holds_for_each_model(capsys: Output) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["train", "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert "passes over the training images (default: 6; 12 for lenet)" in out
    assert "sizes of the hidden dense layers (default: 128 64; 128 for lenet)" in out
    assert "images for each step (default: 64)" in out


def test_it_says_what_it_measured_of_threads(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "measured", lambda step: {1: 0.00109, 2: 0.0243})
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert cli.main([*QUICK, "--threads", "auto", "--metrics", "m.json"]) == 0
    expected = "BLAS threads: 1, as a step took 1.1 ms on 1, 24.3 ms on 2; --threads N settles it\n"
    assert expected in capsys.readouterr().out
    assert json.loads((folder / "m.json").read_text())["threads"] == [1]
    assert cli.main([*QUICK, "--threads", "2", "--metrics", "m.json"]) == 0
    assert "BLAS threads" not in capsys.readouterr().out
    assert json.loads((folder / "m.json").read_text())["threads"] == [2]


def test_no_hidden_layer(folder: Path) -> None:
    assert cli.main([*QUICK, "--hidden"]) == 0
    assert model_file.load_model(folder / "mnist.safetensors").sizes == (784, 10)


def test_validation_holds_out_the_last_images(folder: Path, capsys: Output) -> None:
    assert cli.main([*QUICK, "--validation", "100", "--metrics", "m.json"]) == 0
    metrics = json.loads((folder / "m.json").read_text())
    model = model_file.load_model(folder / "mnist.safetensors")
    mnist = dataset()
    expected = training.accuracy(model, mnist.train_images[-100:], mnist.train_labels[-100:])
    assert metrics["validation_accuracy"] == metrics["history"][-1]["validation_accuracy"] == expected
    assert "test_accuracy" not in metrics
    out = capsys.readouterr().out
    assert f"validation accuracy {expected:.2%} (100 training images held out)" in out
    assert "test accuracy" not in out
    recipe = training.Recipe(hidden=(16,), epochs=2, batch_size=32)
    alone = training.train(mnist.train_images[:200], mnist.train_labels[:200], recipe, progress=False).model
    np.testing.assert_equal(model.state_dict(), alone.state_dict())


@pytest.mark.parametrize("held", ["300", "301", "60000"])
def test_too_much_validation(folder: Path, capsys: Output, held: str) -> None:
    line = error_of(capsys, *QUICK, "--validation", held)
    assert line == f"error: --validation was {held}; there are 300 training images, give fewer"
    assert entries(folder) == []


@pytest.mark.parametrize("option", ["--out", "--metrics"])
@pytest.mark.parametrize(
    ("path", "message"),
    [("none/file", "there is no folder none"), ("sub", "it is a folder"), ("x" * 300, "x" * 300)],
)
def test_a_place_that_cannot_be_written_is_refused_before_training(
    folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, option: str, path: str, message: str
) -> None:
    monkeypatch.setattr(data, "load_mnist", lambda folder=None: pytest.fail("it has begun"))
    (folder / "sub").mkdir()
    line = error_of(capsys, "train", option, path)
    assert line.startswith("error: ")
    assert message in line
    assert entries(folder) == ["sub"]


def test_a_folder_without_permission(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert error_of(capsys, "train").startswith("error: mnist.safetensors can't be written: permission denied")


def test_one_file_for_two_things_is_refused(folder: Path, capsys: Output) -> None:
    assert error_of(capsys, *QUICK, "--out", "same", "--metrics", "same").startswith("error: ")
    assert entries(folder) == []


def test_a_full_disk(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert "No space left on device" in error_of(capsys, *QUICK)
    assert entries(folder) == []


def test_a_disk_that_is_full_for_the_figures_leaves_the_old_ones(
    folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def full(new: str, path: Path) -> None:
        if path.name == "m.json":
            raise OSError(28, "No space left on device")
        replace(new, path)

    (folder / "m.json").write_text("old")
    monkeypatch.setattr(os, "replace", full)
    line = error_of(capsys, *QUICK, "--metrics", "m.json")
    assert line == "error: m.json can't be written: No space left on device; choose another place"
    assert (folder / "m.json").read_text() == "old"
    assert entries(folder) == ["m.json", "mnist.safetensors"]


DIVERGED = [
    (
        ["--learning-rate", "1e30", "--optimizer", "sgd", "--loss", "squared_error"],
        "the loss became (inf|nan) in epoch 1",
    ),
    (["--learning-rate", "1e30", "--optimizer", "sgd", "--loss", "squared_error", "--eager"], "the loss became"),
    (["--learning-rate", "1e38"], "the loss became (inf|nan) in epoch 1"),
    (["--learning-rate", "30", "--epochs", "3"], "it recognises no more images than one answer to all of them, which"),
    (["--learning-rate", "1e-12", "--epochs", "1"], "it recognises no more images than one .* or a higher one if the"),
    (["--learning-rate", "30", "--validation", "50"], "it recognises no more images than one answer to all of them"),
]


@pytest.mark.parametrize(("options", "message"), DIVERGED, ids=[" ".join(options) for options, _ in DIVERGED])
def test_a_training_that_diverged_leaves_the_old_files(
    folder: Path, capsys: Output, options: list[str], message: str
) -> None:
    for name in ("mnist.safetensors", "m.json"):
        (folder / name).write_text("old")
    line = error_of(capsys, *QUICK, *options, "--metrics", "m.json")
    assert re.match(f"error: {message}", line)
    assert "; nothing was saved; try a lower --learning-rate" in line
    assert [(folder / name).read_text() for name in entries(folder)] == ["old", "old"]


def test_weights_that_are_no_longer_finite(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step may make them so, after which no loss is computed."""
    train = training.train

    def overflowed(*args: Any, **options: Any) -> training.Result:
        result = train(*args, **options)
        next(iter(result.model.parameters())).data[0] = np.inf
        return result

    monkeypatch.setattr(training, "train", overflowed)
    line = error_of(capsys, *QUICK)
    assert line == "error: the weights are no longer finite; nothing was saved; try a lower --learning-rate"
    assert entries(folder) == []


@pytest.mark.parametrize("options", [["--hidden", str(10**15)], ["--hidden", str(10**25)], ["--shift", str(10**6)]])
def test_sizes_beyond_any_memory(folder: Path, capsys: Output, options: list[str]) -> None:
    try:
        line = error_of(capsys, *QUICK, *options)
    except SystemExit:  # refused as a number that can't be meant
        line = capsys.readouterr().err.strip().split("\n")[-1]
    assert options[0].strip("-") in line or "memory" in line.lower()
    assert entries(folder) == []


def test_no_data(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Any = None) -> None:
        raise data.DataError(f"the folder {folder} holds nothing", "Put it there.")

    monkeypatch.setattr(data, "load_mnist", fail)
    assert cli.main(["train", "--data", "empty"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: the folder empty holds nothing")
    assert "Put it there." in err


@pytest.mark.parametrize("eager", [[], ["--eager"]])
def test_eager_changes_nothing_that_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output, eager: list[str]
) -> None:
    compiled: list[Any] = []
    original = ag.compile
    monkeypatch.setattr(ag, "compile", lambda step: compiled.append(step) or original(step))
    assert cli.main([*QUICK, *eager, "--metrics", "m.json"]) == 0
    assert len(compiled) == (0 if eager else 1)
    metrics = json.loads((folder / "m.json").read_text())
    assert "eager" not in json.dumps(metrics)
    recipe = training.Recipe(hidden=(16,), epochs=2, batch_size=32)
    mnist = dataset()
    other = training.train(mnist.train_images, mnist.train_labels, recipe, progress=False, eager=not eager)
    np.testing.assert_equal(model_file.load_model(folder / "mnist.safetensors").state_dict(), other.model.state_dict())
    assert [means["loss"] for means in metrics["history"]] == [means["loss"] for means in other.history]
    assert "epoch 2/2" in capsys.readouterr().err


@pytest.mark.parametrize("eager", [[], ["--eager"]])
def test_ctrl_c_leaves_nothing(folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, eager: list[str]) -> None:
    calls = []

    def interrupt(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.tqdm, "update", interrupt)
    line = error_of(capsys, *QUICK, *eager, "--metrics", "m.json", status=130)
    assert len(calls) == 5
    assert line == "interrupted; nothing was saved"
    assert entries(folder) == []


BAD_OPTIONS = {
    "--epochs": ["0", "-1", "1.5", "many", "nan", ""],
    "--batch-size": ["0", "-5", "x"],
    "--learning-rate": ["0", "-0.1", "nan", "inf", "fast"],
    "--label-smoothing": ["1", "-0.1", "nan", "x"],
    "--shift": ["-1", "0.5", "x"],
    "--hidden": ["0", "-3", "1.5"],
    "--seed": ["-1", "x"],
    "--threads": ["0", "-1", "1.5", "x", "1000000"],
    "--validation": ["0", "-5", "x"],
    "--model": ["gpt", "mnist.safetensors", ""],
    "--optimizer": ["adagrad"],
    "--activation": ["gelu"],
    "--loss": ["hinge"],
}


@pytest.mark.parametrize(("option", "value"), [(name, v) for name, values in BAD_OPTIONS.items() for v in values])
def test_bad_options(capsys: Output, option: str, value: str) -> None:
    line = usage_error(capsys, "train", f"{option}={value}")
    assert f"argument {option}: " in line
    assert value in line
    assert "parse" not in line  # the name of a function of ours


# -- evaluate and predict --------------------------------------------------------------------------------------------


def test_evaluate_prints_a_confusion_matrix(folder: Path, capsys: Output) -> None:
    assert cli.main([*QUICK, "--epochs", "8"]) == 0
    capsys.readouterr()
    assert cli.main(["evaluate", "mnist.safetensors"]) == 0
    out = capsys.readouterr().out
    mnist, model = dataset(), model_file.load_model(folder / "mnist.safetensors")
    assert out.startswith(f"test accuracy {training.accuracy(model, mnist.test_images, mnist.test_labels):.2%} (60 im")
    rows = [line.split() for line in out.split("\n")[4:14]]
    rows[0] = rows[0][1:]  # the word "is"
    counts = np.array([[0 if cell == "." else int(cell) for cell in row[1:11]] for row in rows])
    predicted = training.predict(model, mnist.test_images).argmax(axis=1)
    expected = np.zeros((10, 10), int)
    for label, found in zip(mnist.test_labels, predicted, strict=True):
        expected[label, found] += 1
    np.testing.assert_array_equal(counts, expected)


def test_confusion_table() -> None:
    lines = evaluate.confusion_table(np.array([0, 0, 0, 9], np.uint8), np.array([0, 0, 5, 9])).split("\n")
    assert lines[0].split() == ["predicted"]
    assert lines[1].split() == [*"0123456789", "right"]
    assert lines[2].split() == ["is", "0", "2", *"....", "1", *"....", "66.67%"]
    assert lines[3].split() == ["1", *"..........", "-"]
    assert lines[-1].split() == ["9", *".........", "1", "100.00%"]


def test_predict_goes_on_after_a_bad_file(folder: Path, capsys: Output) -> None:
    model = network(folder / "model")
    seven().save("seven.png")
    seven().convert("RGB").save("seven.jpg")
    (folder / "text.png").write_text("seven")
    Image.new("L", (50, 50), 255).save("blank.png")
    assert cli.main(["predict", str(model), "seven.png", "text.png", "none.png", "blank.png", "seven.jpg"]) == 1
    out, err = capsys.readouterr()
    lines = out.strip().split("\n")
    assert [line.split(":")[0] for line in lines] == ["seven.png", "seven.jpg"]
    assert all(re.fullmatch(r"\S+: \d \(\d+\.\d%; next \d, \d+\.\d%\)", line) for line in lines)
    assert lines[0].split(":")[1].split()[0] == lines[1].split(":")[1].split()[0]
    errors = err.strip().split("\n")
    assert len(errors) == 3
    for line, name in zip(errors, ["text.png", "none.png", "blank.png"], strict=True):
        assert line.startswith("error: ")
        assert name in line


def test_predict_knows_what_it_was_trained_on(folder: Path, capsys: Output) -> None:
    assert cli.main([*QUICK, "--epochs", "8", "--shift", "3"]) == 0
    model = model_file.load_model(folder / "mnist.safetensors")
    Image.fromarray(patterns(1)[0][0]).resize((280, 280)).save("digit.png")
    capsys.readouterr()
    assert cli.main(["predict", "mnist.safetensors", "digit.png", "--show"]) == 0
    first, *picture = capsys.readouterr().out.rstrip("\n").split("\n")
    probability = training.predict(model, preprocess.read_image("digit.png")[None])[0]
    assert first.startswith(f"digit.png: {probability.argmax()} ({probability.max():.1%}; next ")
    assert len(picture) == 28
    assert {len(line) for line in picture} == {58}
    assert "@@" in "".join(picture)


@pytest.mark.parametrize("command", ["evaluate", "predict"])
@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_a_model_that_is_none(folder: Path, capsys: Output, command: str, content: bytes | None) -> None:
    if content is not None:
        (folder / "model").write_bytes(content)
    line = error_of(capsys, command, "model", *(["x.png"] if command == "predict" else []))
    assert line.startswith("error: ")
    assert "model" in line
    assert "train one, or pass its path" in line
