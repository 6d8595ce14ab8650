"""The kinds of networks: each is found by its name, and has the name that it is found by."""

import numpy as np
import pytest

from mnist.networks import NETWORKS, kind_of, new
from mnist.train import LEARNING_RATES, OPTIMIZERS, RECIPES


def test_each_kind_has_a_recipe() -> None:
    assert list(RECIPES) == list(NETWORKS) == list(LEARNING_RATES)
    assert {kind: recipe.model for kind, recipe in RECIPES.items()} == {kind: kind for kind in NETWORKS}
    assert all(list(rates) == OPTIMIZERS for rates in LEARNING_RATES.values())


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_a_new_network(kind: str, hidden: tuple[int, ...]) -> None:
    model = new(kind, hidden, "tanh", np.random.default_rng(0))
    assert type(model) is NETWORKS[kind]
    assert kind_of(model) == kind
    assert model.activation == "tanh"
    assert model.architecture.endswith("-".join(map(str, ("", *hidden, 10))))
    assert model(np.zeros((2, 784), np.float32)).shape == (2, 10)
    again = new(kind, hidden, "tanh", np.random.default_rng(0))
    np.testing.assert_equal(again.state_dict(), model.state_dict())
