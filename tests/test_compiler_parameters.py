"""What the state of a program is called."""

from typing import Any

import numpy as np
import pytest
from compiled import called

import autograd as ag
from autograd import nn, optim
from autograd.compiler.printing.parameters import ParameterNames, joined
from models.mlp import MLP

X = np.ones((2, 6), np.float32)


class Block(nn.Module):
    def __init__(self) -> None:
        self.linear = nn.Linear(6, 6)
        self.scale = ag.Tensor(np.ones(6, np.float32), requires_grad=True)
        self.running = ag.Tensor(np.zeros(6, np.float32))

    def forward(self, x: Any) -> Any:
        return self.linear(x) * self.scale + self.running


def parameters(fn: Any) -> ParameterNames:
    return ParameterNames(called(fn, X, times=1)._last().captured)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (MLP((6, 4, 3)), {"w0", "b0", "w1", "b1"}),
        (nn.Linear(6, 6), {"weight", "bias"}),
        (nn.Sequential(nn.Linear(6, 6)), {"weight", "bias"}),
        (Block(), {"weight", "bias", "scale", "running"}),
        (nn.Sequential(Block(), Block()), {"w0", "b0", "w1", "b1", "scale0", "scale1", "running0", "running1"}),
        (
            nn.Sequential(nn.Linear(6, 6), Block()),
            {"weight_0", "bias_0", "linear_weight_1", "linear_bias_1", "scale", "running"},
        ),
    ],
)
def test_parameters_of_a_model(model: Any, expected: set[str]) -> None:
    assert {name.removeprefix("model_") for name in parameters(lambda x: model(x).detach()).names.values()} == expected


def test_several_models_have_their_variables_before_their_names() -> None:
    first, second = MLP((6, 4, 6)), nn.Linear(6, 6)
    names = set(parameters(lambda x: second(first(x)).detach()).names.values())
    assert names == {"first_w0", "first_b0", "first_w1", "first_b1", "second_weight", "second_bias"}


def test_a_layer_that_is_shared_has_one_name() -> None:
    layer = nn.Linear(6, 6)
    model = nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(6, 6))
    assert set(parameters(lambda x: model(x).detach()).names.values()) == {"w0", "b0", "w1", "b1"}


def test_tensors_outside_of_models_have_the_names_of_their_variables() -> None:
    w, rest = ag.Tensor(np.ones(6), requires_grad=True), [ag.Tensor(np.ones(6)), ag.Tensor(np.ones(6))]
    found = parameters(lambda x: (x * w).detach() + rest[0] + rest[1])
    assert set(found.names.values()) == {"w", "rest_0", "rest_1"}


def test_where_state_lives_is_told() -> None:
    model = MLP((6, 4, 3), rng=np.random.default_rng(0))
    opt = optim.Adam(model.parameters())

    def train(x: Any) -> Any:
        loss = np.sum(model(x))
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    captured = called(train, X)._last().captured
    found = ParameterNames(captured)
    told = dict(found.of(source) for source in captured.reads)
    assert told["w0"] == "model.layers.0.weight"
    assert told["lr"] == "opt.lr"
    assert told["mean_w0"] == "opt, mean of w0"
    assert told["step"] == "opt, step of all parameters"


def test_the_count_of_a_schedule_lives_in_it() -> None:
    opt = optim.SGD([ag.Tensor(np.ones(3), requires_grad=True)], 0.1)
    decay = optim.Cosine(opt, 10)
    captured = called(lambda: decay.step(), times=1)._last().captured
    assert "decay.count" in {ParameterNames(captured).of(source)[1] for source in captured.reads}


@pytest.mark.parametrize(
    ("path", "expected"), [("block.0.scale", "block_0_scale"), ("0.scale", "scale_0"), ("1", "1"), ("", ""), ("w", "w")]
)
def test_a_path_as_a_name(path: str, expected: str) -> None:
    assert joined(path) == expected
