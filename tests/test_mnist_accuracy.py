"""The one promise about the real data: what the default recipe reaches."""

import pytest

from mnist import data
from mnist.train import Recipe, accuracy, train

pytestmark = pytest.mark.slow  # it trains on all images


@pytest.mark.mnist
def test_the_default_recipe_reaches_what_it_should() -> None:
    try:
        mnist = data.load_mnist()
    except data.DataError as error:
        pytest.skip(f"MNIST can't be had here: {error}")
    result = train(mnist.train_images, mnist.train_labels, Recipe(), progress=False)
    assert accuracy(result.model, mnist.test_images, mnist.test_labels) >= 0.978
