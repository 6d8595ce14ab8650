"""The promises about the real data: what the default recipe reaches, and that a few steps teach a LeNet most of it."""

from dataclasses import replace

import pytest

from mnist import data
from mnist.train import RECIPES, Recipe, accuracy, train

pytestmark = pytest.mark.slow  # it trains on real images


@pytest.fixture(scope="module")
def mnist() -> data.Dataset:
    try:
        return data.load_mnist()
    except data.DataError as error:
        pytest.skip(f"MNIST can't be had here: {error}")


@pytest.mark.mnist
def test_the_default_recipe_reaches_what_it_should(mnist: data.Dataset) -> None:
    result = train(mnist.train_images, mnist.train_labels, Recipe(), progress=False)
    assert accuracy(result.model, mnist.test_images, mnist.test_labels) >= 0.978


@pytest.mark.mnist
def test_two_hundred_steps_of_a_lenet(mnist: data.Dataset) -> None:
    """All of its recipe takes minutes; see mnist/README.md for what that reaches."""
    recipe = replace(RECIPES["lenet"], epochs=1)
    count = 200 * recipe.batch_size
    result = train(mnist.train_images[:count], mnist.train_labels[:count], recipe, progress=False)
    assert accuracy(result.model, mnist.test_images[:2000], mnist.test_labels[:2000]) >= 0.95
