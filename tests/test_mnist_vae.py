"""Training of the variational autoencoder on images, its measure, and its file."""

from pathlib import Path

import numpy as np
import pytest
from digits import dataset, patterns

import autograd as ag
from mnist import vae
from mnist.model_file import ModelError
from mnist.train import DivergenceError, as_input
from models.vae import VAE, negative_elbo

QUICK = vae.Recipe(epochs=3, batch_size=64, learning_rate=5e-3)


def trained(recipe: vae.Recipe = QUICK, eager: bool = False) -> tuple[VAE, list[float]]:
    model = VAE(2, 16, rng=np.random.default_rng(recipe.seed))
    return model, list(vae.train(model, dataset().train_images, recipe, eager, progress=False))


def test_training_raises_the_bound() -> None:
    images, _ = patterns(200, 5)
    before = vae.elbo(VAE(2, 16, rng=np.random.default_rng(0)), images)
    model, elbos = trained(eager=True)
    assert len(elbos) == 3
    assert elbos == sorted(elbos)
    assert vae.elbo(model, images) > max(0.7 * before, elbos[1])


def test_compiled_or_not_the_weights_are_the_same() -> None:
    (compiled, elbos), (eager, same) = trained(), trained(eager=True)
    assert elbos == same
    np.testing.assert_equal(compiled.state_dict(), eager.state_dict())
    other, _ = trained(vae.Recipe(3, 64, 5e-3, seed=1), eager=True)
    assert not np.array_equal(other.mean.weight.data, eager.mean.weight.data)


def test_threads_are_measured_by_steps_that_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsed = []
    monkeypatch.setattr(vae, "measured", lambda step: rehearsed.append(step()) or {})
    model = VAE(2, 16, rng=np.random.default_rng(0))
    elbos = list(vae.train(model, dataset().train_images, QUICK, eager=True, threads=None, progress=False))
    assert len(rehearsed) == 3
    assert elbos == trained(eager=True)[1]


def test_the_bound_of_a_set_is_the_mean_over_its_images() -> None:
    model, images = VAE(3, 8, rng=np.random.default_rng(0)), dataset(1100).train_images
    noise = np.random.default_rng(5).standard_normal((1100, 3), np.float32)
    with ag.no_grad():
        expected = -negative_elbo(model, as_input(images), noise).item()
    assert vae.elbo(model, images, seed=5) == pytest.approx(expected, rel=1e-5)  # by batches of 1000
    np.testing.assert_allclose(vae.means(model, images), model.encode(as_input(images))[0].data, rtol=1e-4, atol=1e-5)


def test_a_loss_that_diverges_is_an_error() -> None:
    with pytest.raises(DivergenceError, match=r"the loss became (inf|nan) in epoch 1; nothing was saved; try a lower"):
        trained(vae.Recipe(1, 64, 1e6), eager=True)


def test_a_model_is_saved_and_loaded(tmp_path: Path) -> None:
    model = VAE(3, 8, rng=np.random.default_rng(0))
    vae.save(tmp_path / "m.safetensors", model)
    found = vae.load(tmp_path / "m.safetensors")
    assert found.latent == 3
    np.testing.assert_equal(found.state_dict(), model.state_dict())


def test_files_that_hold_no_such_model(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with pytest.raises(ModelError, match=r"m.safetensors.*; expected a model that `python -m mnist vae train` saved"):
        vae.load(path)
    state = VAE(3, 8).state_dict()
    ag.save(path, state)
    with pytest.raises(ModelError, match="is a safetensors file of another program"):
        vae.load(path)
    for broken in ({}, state | {"mean.weight": np.zeros((8, 4), np.float32)}, state | {"mean.weight": np.zeros(3)}):
        ag.save(path, broken, {"format": vae.FORMAT})
        with pytest.raises(ModelError, match="does not hold the model that it says"):
            vae.load(path)
