"""The table of a model: its rows, its sums, and that nothing changes."""

import threading
from typing import Any

import numpy as np
import pytest
from layers import MAKE, REFERENCE, THERE

import autograd as ag
from autograd import nn
from autograd._util.tables import Table

X = np.ones((32, 6), np.float32)


def rows(table: Table) -> dict[str, list[str]]:
    """The columns of each module, by path."""
    lines = table.split("\n")
    last = lines.index(lines[1], 2)
    body = [*lines[2:last], lines[last + 1]]
    edges = [lines[0].index(name) for name in ("class", "output shape")]
    found = {}
    for line in body:
        head = [line[: edges[0]], line[edges[0] : edges[1]]]
        shape, *numbers = _cells(line[edges[1] :])
        found[head[0].strip()] = [head[1].strip(), shape, *numbers]
    return found


def _cells(text: str) -> list[str]:
    parts = [part.strip() for part in text.split("  ") if part.strip()]
    return parts if len(parts) == 4 else ["", *parts]


def test_a_table_of_a_nested_model() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5)))
    table = model.summary(X)
    assert isinstance(table, Table)
    assert table == (
        "module          class       output shape  parameters  calls   kept\n"
        "------------------------------------------------------------------\n"
        "Sequential      Sequential  (32, 2)                0      1      0\n"
        "Sequential.0    Linear      (32, 4)               28      1      0\n"
        "Sequential.1    ReLU        (32, 4)                0      1  512 B\n"
        "Sequential.2    Sequential  (32, 2)                0      1      0\n"
        "Sequential.2.0  Linear      (32, 2)               10      1      0\n"
        "Sequential.2.1  Dropout     (32, 2)                0      1   64 B\n"
        "------------------------------------------------------------------\n"
        "total                                             38      6  576 B\n"
        "\n"
        "parameters: 152 B; called in training"
    )
    assert model.eval().summary(X).endswith("called in evaluation")


class Model(nn.Module):
    """Shared, multi-output, called twice, not called at all, with state of every kind."""

    def __init__(self) -> None:
        self.shared = nn.Linear(6, 6)
        self.again = self.shared
        self.idle = nn.Linear(6, 3)
        self.dropout = nn.Dropout(0.5)
        self.own = nn.Dropout(0.5, np.random.default_rng(3))
        self.register_buffer("mean", np.zeros(6, np.float32))
        self.scale = ag.Tensor(np.ones(6, np.float32))
        self.hidden: Any = None
        self.history: list[float] = []

    def forward(self, x: Any, *, times: int = 2) -> Any:
        for _ in range(times):
            x = self.shared(x)
        x = self.again(x[:3])
        with ag.no_grad():
            self.mean += np.mean(x, axis=0)
            self.scale[...] = self.scale * 2
        self.history.append(1.0)
        self.hidden = np.tanh(self.own(self.dropout(x)) * self.scale)
        return self.hidden, {"mean": self.mean, "n": 3}


def test_shared_and_multi_output_modules() -> None:
    found = rows(Model().summary(X))
    assert found["Model"][:4] == ["Model", "[(3, 6), {mean: (6,), n: int}]", "0", "1"]
    assert found["Model.shared"][:4] == ["Linear", "(32, 6); (3, 6)", "42", "3"]
    assert "Model.again" not in found
    assert found["Model.idle"][:4] == ["Linear", "-", "21", "0"]
    assert found["total"][2:4] == ["63", "6"]
    assert rows(Model().summary(X, times=1))["Model.shared"][3] == "2"


def test_what_is_no_parameter_is_told() -> None:
    assert Model().summary(X).split("\n")[-1] == (
        "parameters: 252 B, 6 other numbers that require no gradient, buffers: 24 B; called in training"
    )


def test_nothing_changes() -> None:
    model = Model()
    model(X)[0].sum().backward()
    hidden, before, training = model.hidden, model.state_dict(), model.training
    grads = [p.grad for p in model.parameters()]
    ag.seed(7)
    expected = ag.nn.init.generator().random()
    own = model.own.rng.bit_generator.state  # type: ignore[union-attr]
    ag.seed(7)
    with ag.no_grad():  # what is kept does not depend on it
        assert rows(model.summary(X))["total"][4] == rows(Model().summary(X))["total"][4]
    ag.seed(7)
    model.summary(X)
    assert ag.nn.init.generator().random() == expected
    assert model.own.rng.bit_generator.state == own  # type: ignore[union-attr]
    assert model.hidden is hidden
    assert model.history == [1.0]
    assert model.training is training
    assert model._hooks == model.shared._hooks == ()
    np.testing.assert_equal(model.state_dict(), before)
    assert all(p.grad is grad for p, grad in zip(model.parameters(), grads, strict=True))


def test_a_shared_weight_is_counted_once() -> None:
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6))
    model[1].weight = model[0].weight
    found = rows(model.summary(X))
    assert (found["Sequential.0"][2], found["Sequential.1"][2], found["total"][2]) == ("42", "6", "48")


def test_what_is_kept_is_what_the_profile_says() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 4), nn.Sigmoid())
    with ag.profile() as p:
        y = model(X)
    assert rows(model.summary(X))["total"][4] == f"{sum(call.kept for call in p.calls) / 1024:.2f} KiB"
    del y
    assert rows(model.requires_grad_(False).summary(X))["total"][4] == "0"
    x = np.tanh(ag.Tensor(X, requires_grad=True))  # what was kept before is not the model's
    assert rows(nn.Tanh().summary(x))["total"][4] == "768 B"


@pytest.mark.parametrize("name", THERE)
def test_every_layer_has_a_table_and_does_not_change(name: str) -> None:
    module, x = MAKE[name](nn), REFERENCE[name]["x"]
    before = module.state_dict()
    found = rows(module.summary(*(x,) * (3 if isinstance(module, nn.MultiheadAttention) else 1)))
    assert found["total"][2] == f"{sum(p.size for p in module.parameters()):,}"
    assert str(REFERENCE[name]["y"].shape) in found[type(module).__name__][1]
    np.testing.assert_equal(module.state_dict(), before)


def test_a_shape_in_place_of_an_input() -> None:
    with pytest.raises(TypeError, match=r"given \(32, 6\), .* summary\(np\.zeros\(\(32, 6\), np\.float32\)\)"):
        nn.Linear(6, 4).summary((32, 6))


def test_a_module_that_cannot_be_copied_says_so() -> None:
    model = nn.Tanh()
    model.lock = threading.Lock()  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"summary calls a copy of Tanh, .* cannot be copied: cannot pickle"):
        model.summary(X)


def test_an_error_of_the_model_is_its_own_and_leaves_random_numbers() -> None:
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(5, 5))
    ag.seed(1)
    expected = ag.nn.init.generator().random()
    ag.seed(1)
    with pytest.raises(ValueError, match=r"Linear\(5, 5\) was given an input of shape \(32, 6\)"):
        model.summary(X)
    assert ag.nn.init.generator().random() == expected
