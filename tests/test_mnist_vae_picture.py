"""The picture of what a variational autoencoder generates."""

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import norm

from mnist import vae_picture
from models.vae import VAE

MODEL = VAE(2, 8, rng=np.random.default_rng(0))


def test_the_plane_is_cut_into_equal_shares() -> None:
    z = vae_picture.plane(4)
    shares = norm.cdf(z).reshape(4, 4, 2)
    np.testing.assert_allclose(shares[0, :, 0], [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(shares[:, 0, 1], [0.875, 0.625, 0.375, 0.125])  # the largest on top


def test_images_stand_row_by_row() -> None:
    axes = Figure().subplots()
    images = np.arange(4).repeat(784).reshape(4, 784) / 4
    vae_picture.tiled(axes, images)
    shown: NDArray[Any] = np.asarray(axes.images[0].get_array())
    assert shown.shape == (56, 56)
    np.testing.assert_array_equal(shown[::28, ::28], [[0, 0.25], [0.5, 0.75]])


def test_each_digit_has_its_points() -> None:
    axes = Figure().subplots()
    means, labels = np.random.default_rng(0).standard_normal((50, 2)), np.arange(50) % 9
    vae_picture.scattered(axes, means, labels)
    assert [points.get_label() for points in axes.collections] == list("0123456789")
    np.testing.assert_array_equal(np.asarray(axes.collections[3].get_offsets()), means[labels == 3])
    assert len(np.asarray(axes.collections[9].get_offsets())) == 0


@pytest.mark.parametrize("latent", [2, 3])
def test_a_picture_of_one_panel_or_of_three(latent: int) -> None:
    model = VAE(latent, 8, rng=np.random.default_rng(0))
    means, labels = (np.zeros((5, 2)), np.arange(5)) if latent == 2 else (None, None)
    image = Image.open(io.BytesIO(vae_picture.draw(model, means, labels, 0, "png")))
    assert image.width == (460 if latent == 3 else 1420)
    assert np.asarray(image.convert("L")).std() > 5


def test_the_formats() -> None:
    assert vae_picture.draw(MODEL, None, None, 0, "svg").lstrip().startswith(b"<?xml")
    assert vae_picture.draw(MODEL, None, None, 0, "pdf").startswith(b"%PDF")
    with pytest.raises(ValueError, match="txt"):
        vae_picture.draw(MODEL, None, None, 0, "txt")
