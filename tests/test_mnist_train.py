"""Training on a small synthetic data set: it learns, repeats bit for bit, and keeps its figures."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from digits import patterns
from numpy.typing import NDArray

import autograd as ag
from mnist import train as training
from mnist.threads import limited, measured, most
from mnist.train import OPTIMIZERS, Recipe, Result, accuracy, as_input, predict, train
from models.lenet import LeNet
from models.mlp import ACTIVATIONS, LOSSES, MLP

Array = NDArray[Any]
IMAGES, LABELS = patterns(300)
FAST = Recipe(hidden=(16,), epochs=2, batch_size=32)


def run(images: Array = IMAGES, labels: Array = LABELS, validation: Any = None, **changes: Any) -> Result:
    recipe = Recipe(**{"hidden": (16,), "epochs": 2, "batch_size": 32, **changes})
    return train(images, labels, recipe, validation, progress=False)


def same(first: Result, second: Result) -> bool:
    a, b = first.model.state_dict(), second.model.state_dict()
    return all(np.array_equal(a[name], b[name]) for name in a)


def test_it_learns() -> None:
    result = run(epochs=10)
    assert accuracy(result.model, *patterns(200, seed=9)) > 0.95  # images that it has not seen
    assert result.history[-1]["accuracy"] > 0.9
    assert result.history[-1]["loss"] < 0.7 * result.history[0]["loss"]


@pytest.mark.slow
@pytest.mark.parametrize(("optimizer", "activation", "loss"), [*product(OPTIMIZERS, ACTIVATIONS, LOSSES)])
def test_every_optimiser_activation_and_loss_learns(optimizer: str, activation: str, loss: str) -> None:
    chosen = {"optimizer": optimizer, "activation": activation, "loss": loss}
    result = run(*patterns(300, classes=2), **chosen, epochs=20, hidden=(16,))
    assert result.model.activation == activation
    assert accuracy(result.model, *patterns(100, seed=9, classes=2)) > 0.95


@pytest.mark.slow
def test_recipes_differ_in_what_they_do() -> None:
    changes: list[dict[str, Any]] = [
        {},
        *({"optimizer": name} for name in OPTIMIZERS if name != "adam"),
        *({"activation": name} for name in ACTIVATIONS if name != "relu"),
        {"loss": "squared_error"},
        {"learning_rate": 0.001},
        {"label_smoothing": 0.0},
        {"shift": 0},
        {"shift": 2},
        {"batch_size": 31},
        {"epochs": 3},
    ]
    results = [run(**change) for change in changes]
    for k, first in enumerate(results):
        for second in results[:k]:
            assert not same(first, second), (first.recipe, second.recipe)


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"optimizer": "sgd", "shift": 0}, {"hidden": (12, 8), "activation": "tanh"}])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(change: dict[str, Any]) -> None:
    first, second, other = run(**change, seed=3), run(**change, seed=3), run(**change, seed=4)
    assert same(first, second)
    assert not same(first, other)
    figures = [
        [{key: value for key, value in means.items() if key != "seconds"} for means in result.history]
        for result in (first, second)
    ]
    assert figures[0] == figures[1]


EAGER_OR_NOT: list[dict[str, Any]] = [
    *({"optimizer": optimizer, "loss": loss} for optimizer, loss in product(OPTIMIZERS, LOSSES)),
    *({"activation": activation} for activation in ACTIVATIONS),
    {"label_smoothing": 0.0}, {"hidden": ()}, {"hidden": (12, 8)}, {"batch_size": 300}, {"batch_size": 299},
    {"model": "lenet"}, {"model": "lenet", "hidden": (12, 8), "activation": "tanh", "epochs": 2},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("change", EAGER_OR_NOT, ids=str)
def test_compiled_steps_give_the_same_weights_bit_for_bit(change: dict[str, Any]) -> None:
    recipe = Recipe(**{"hidden": (16,), "epochs": 3, "batch_size": 32, **change})  # the last batch: 12 images
    eager, compiled = (train(IMAGES, LABELS, recipe, progress=False, eager=eager) for eager in (True, False))
    ours, theirs = compiled.model.state_dict(), eager.model.state_dict()
    assert {name: array.tobytes() for name, array in ours.items()} == {name: a.tobytes() for name, a in theirs.items()}
    for mine, other in zip(compiled.history, eager.history, strict=True):
        assert mine | {"seconds": 0} == other | {"seconds": 0}


def test_a_batch_of_each_size_has_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    original = ag.compile
    monkeypatch.setattr(ag, "compile", lambda step: made.append(original(step)) or made[-1])
    run(epochs=3)
    (step,) = made
    last, *_ = programs = step.programs  # and one of the first step, before which there are no moments
    assert last == "x (12, 784) float32, labels (12,) uint8"
    assert set(programs) == {last, last.replace("12", "32")}
    assert len(programs) == 3
    train(IMAGES, LABELS, FAST, progress=False, eager=True)
    assert len(made) == 1


def test_to_measure_threads_changes_no_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    def noted(step: Any) -> dict[int, float]:
        with limited(2):
            measured(step)
        return times.pop(0)

    monkeypatch.setattr(training, "measured", noted)
    for eager in (False, True):
        times = [{1: 1.0, 2: 9.0}, {1: 1.1, 2: 1.0}]
        result = train(IMAGES, LABELS, FAST, progress=False, eager=eager, threads=None)
        assert [means["threads"] for means in result.history] == [1, 1]
        assert result.measured == {1: 1.1, 2: 1.0}
        assert same(result, run())


def test_threads_are_measured_before_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[dict[int, float]] = [{1: 3.0, 2: 1.0}, {1: 1.0, 2: 9.0}, {}]
    monkeypatch.setattr(training, "measured", lambda step: times.pop(0))
    result = train(IMAGES, LABELS, Recipe(hidden=(16,), epochs=3, batch_size=32), progress=False, threads=None)
    assert [means["threads"] for means in result.history] == [2, 1, 1]


@pytest.mark.parametrize("threads", [1, 2])
def test_it_is_computed_on_as_many_threads_as_given(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    before, found, update = most(), set[int](), training.tqdm.update
    monkeypatch.setattr(training.tqdm, "update", lambda *args: (found.add(most()), update(*args)))
    result = train(IMAGES, LABELS, FAST, threads=threads)
    assert found == {threads}
    assert most() == before
    assert [means["threads"] for means in result.history] == [threads] * 2
    assert result.measured == {}


def test_the_seed_of_others_makes_no_difference() -> None:
    ag.seed(1)
    np.random.seed(1)  # NumPy's old global one, that nobody reads
    first = run()
    ag.seed(2)
    np.random.seed(2)
    assert same(first, run())


def test_validation_changes_nothing_but_the_history() -> None:
    held = patterns(50, seed=5)
    plain, validated = run(), run(validation=held)
    assert same(plain, validated)
    assert [set(means) for means in plain.history] == [{"epoch", "loss", "accuracy", "seconds", "threads"}] * 2
    assert [set(means) for means in validated.history] == [set(plain.history[0]) | {"validation_accuracy"}] * 2
    assert validated.history[-1]["validation_accuracy"] == accuracy(validated.model, *held)


def test_the_history_has_the_means_of_each_epoch() -> None:
    result = run(epochs=3, learning_rate=1e-12, shift=0, label_smoothing=0.0)  # which leaves the weights where they are
    assert [means["epoch"] for means in result.history] == [1, 2, 3]
    loss = ag.nn.cross_entropy(result.model(as_input(IMAGES)), LABELS).item()
    for means in result.history:
        assert means["loss"] == pytest.approx(loss, rel=1e-5)  # though the last batch is smaller
        assert means["accuracy"] == pytest.approx(accuracy(result.model, IMAGES, LABELS))
        assert means["seconds"] > 0
    assert result.seconds == pytest.approx(sum(means["seconds"] for means in result.history))


def test_the_network_has_the_sizes_of_the_recipe() -> None:
    assert run(hidden=(12, 8), epochs=1).model.sizes == (784, 12, 8, 10)
    assert run(hidden=(), epochs=1).model.sizes == (784, 10)


def test_the_network_is_of_the_kind_of_the_recipe() -> None:
    model = run(IMAGES[:8], LABELS[:8], model="lenet", hidden=(12, 8), activation="tanh", epochs=1).model
    assert isinstance(model, LeNet)
    assert model.config == {"channels": (16, 32), "hidden": (12, 8), "activation": "tanh"}
    assert isinstance(run(epochs=1).model, MLP)


@pytest.mark.parametrize(("count", "batch_size"), [(1, 64), (5, 64), (65, 64), (64, 64), (7, 1)])
def test_any_number_of_images(count: int, batch_size: int) -> None:
    result = run(IMAGES[:count], LABELS[:count], batch_size=batch_size)
    assert len(result.history) == 2
    assert all(np.isfinite(p.data).all() for p in result.model.parameters())


def test_read_only_data_stays_as_it_is() -> None:
    images, labels = IMAGES.copy(), LABELS.copy()
    images.flags.writeable = labels.flags.writeable = False
    run(images, labels)
    np.testing.assert_array_equal(images, IMAGES)


def test_progress_goes_to_the_error_output(capsys: pytest.CaptureFixture[str]) -> None:
    train(IMAGES, LABELS, FAST)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 2/2" in err
    train(IMAGES, LABELS, FAST, progress=False)
    assert capsys.readouterr() == ("", "")


# -- using a network -------------------------------------------------------------------------------------------------


def test_as_input() -> None:
    x = as_input(IMAGES[:3])
    assert (x.shape, x.dtype) == ((3, 784), np.float32)
    np.testing.assert_allclose(x, IMAGES[:3].reshape(3, 784) / 255, rtol=1e-6)


@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 2500])
def test_predict_gives_the_probability_of_each_digit(count: int) -> None:
    model = MLP((784, 4, 10), rng=np.random.default_rng(0))
    images = np.random.default_rng(1).integers(0, 256, (count, 28, 28), np.uint8)
    found = predict(model, images)
    assert found.shape == (count, 10)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(found, ag.nn.softmax(model(as_input(images))).data, rtol=1e-4, atol=1e-7)


def test_accuracy_is_the_fraction_that_is_right() -> None:
    model = MLP((784, 10), rng=np.random.default_rng(0))
    best = predict(model, IMAGES).argmax(axis=1)
    assert accuracy(model, IMAGES, best) == 1
    half = np.where(np.arange(300) < 150, best, (best + 1) % 10)
    assert accuracy(model, IMAGES, half) == 0.5
