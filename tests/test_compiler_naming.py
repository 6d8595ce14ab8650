"""Names for the values of a program."""

import ast
import builtins
import keyword
import operator
from typing import Any

import numpy as np
import pytest
from compiled import IMAGES, LABELS, OPTIMIZERS, called, head, lines, source, training, training_step

import autograd as ag
from autograd import nn, optim
from autograd._util.identifiers import RESERVED
from autograd.compiler.printing.naming import WEIGHT, ParameterNames, joined, word_for
from models.mlp import MLP

X = np.array([1.0, 2.0, 3.0])


def assigned(text: str) -> set[str]:
    """All names that a source makes."""
    names = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


# -- arguments ---------------------------------------------------------------------------------------------------------


def test_arguments_are_called_as_the_function_calls_them() -> None:
    assert head(source(lambda a, b: a + b, X, X)) == "program(a, b)"


def test_what_is_in_a_container_is_called_by_the_way_that_leads_to_it() -> None:
    def f(params: Any, *xs: Any) -> Any:
        return params["w"] * params["layers"][1] + xs[1]

    text = source(f, {"w": X, "layers": [X, X + 1]}, X, X + 2)
    assert head(text) == "f(params_w, params_layers_0, params_layers_1, xs_0, xs_1)"


def test_a_model_has_the_parameters_of_its_forward() -> None:
    step = called(MLP((6, 4, 3), rng=np.random.default_rng(0)), IMAGES)
    assert head(step.source) == "mlp(x, w0, b0, w1, b1)"
    assert repr(step) == "<compiled MLP for x (5, 6) float32>"


# -- layers, gradients, updates ----------------------------------------------------------------------------------------


def test_layers_in_a_row_are_numbered() -> None:
    step = training(sizes=(6, 4, 5, 3))
    assert head(step.source) == "train(x, labels, w0, b0, w1, b1, w2, b2, lr)"
    assert lines(step.source)[:6] == [
        "np.matmul(x, w0, out=z0)",
        "np.add(z0, b0, out=z0)",
        "np.maximum(z0, 0, out=h0)",
        "np.matmul(h0, w1, out=z1)",
        "np.add(z1, b1, out=z1)",
        "np.maximum(z1, 0, out=h1)",
    ]


def test_gradients_are_called_after_what_they_are_of() -> None:
    text = lines(training().source)
    assert "np.matmul(g_logits, w1.T, out=g_h0)" in text
    assert "np.multiply(g_h0, mask0, out=g_z0)" in text
    assert "np.matmul(x.T, g_z0, out=g_w0)" in text
    assert "np.add.reduce(g_z0, axis=0, out=g_b0)" in text


def test_what_an_activation_computes_on_its_way_is_called_after_where_it_leads() -> None:
    text = lines(training(activation="sigmoid").source)
    assert "np.negative(z0, out=h0)" in text
    assert "np.divide(1, h0, out=h0)" in text


def test_layers_with_names_keep_them() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.hidden, self.out = nn.Linear(6, 4), nn.Linear(4, 3)

        def forward(self, x: Any) -> Any:
            return self.out(nn.relu(self.hidden(x)))

    net = Net()
    text = source(lambda x: net(x).detach(), IMAGES)
    assert head(text) == "program(x, hidden_weight, hidden_bias, out_weight, out_bias)"
    assert "np.maximum(hidden_z, 0, out=hidden_h)" in lines(text)


def test_the_weight_of_a_single_layer_has_no_number() -> None:
    layer = nn.Linear(6, 4)
    assert head(source(lambda x: layer(x).detach(), IMAGES)) == "program(x, weight, bias)"


def test_of_two_models_each_has_its_variable_before_its_names() -> None:
    encoder, decoder = MLP((6, 4, 2)), MLP((2, 4, 6))
    text = source(lambda x: decoder(encoder(x)).detach(), IMAGES)
    assert "encoder_w0, encoder_b0" in head(text)
    assert "np.matmul(encoder_h0, encoder_w1, out=encoder_z1)" in lines(text)


def test_other_parameters_go_by_their_last_word_where_no_other_has_it() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            self.linear = nn.Linear(6, 6)
            self.scale = ag.Tensor(np.ones(6, np.float32), requires_grad=True)

        def forward(self, x: Any) -> Any:
            return self.linear(x) * self.scale

    one, both = Scaled(), nn.Sequential(Scaled(), Scaled())
    assert ", scale" in head(source(lambda x: one(x).detach(), IMAGES))
    found = head(source(lambda x: both(x).detach(), IMAGES))
    assert found == "program(x, scale0, scale1, w0, b0, w1, b1)"


def test_other_layers_are_numbered_with_linear_ones() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 3))
    text = source(lambda x: model(x).detach(), IMAGES)
    assert head(text) == "program(x, w0, b0, w1, b1, w2, b2)"
    assert "np.maximum(z1, 0, out=h1)" in lines(text)


def test_dropout_keeps_what_it_does_not_drop() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Dropout(0.5, np.random.default_rng(0)), nn.Linear(4, 3))
    text = source(lambda x: model(x).detach(), IMAGES)
    assert "z1 = dropped0 @ w1" in lines(text)


def test_an_update_is_named_after_its_parameter() -> None:
    text = lines(training("adam").source)
    assert "np.sqrt(square_w0, out=spread_w0)" in text
    assert "np.sqrt(square_b1, out=spread_b1)" in text
    assert "w0 -= step_w0" in text


def test_what_all_updates_share_is_named_after_none() -> None:
    text = lines(training("adam").source)
    lr = "lr = np.asarray(lr * correction / (1 - beta1 ** step), np.float32)"
    assert text.index("step = step + 1") < text.index(lr)
    assert sum(" = np.asarray(1 - beta1, np.float32)" in line for line in text) == 1


def test_counts_of_steps_that_differ_are_numbers_of_their_own() -> None:
    model = MLP((6, 4, 3), rng=np.random.default_rng(0))
    adam = OPTIMIZERS["adam"](model.parameters())

    def train(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss

    step = called(train, IMAGES, LABELS)
    assert "step = step + 1" in lines(step.source)
    adam.state[next(model.parameters())]["step"] += 5
    for _ in range(3):
        step(IMAGES, LABELS)
    assert "step_w0 = step_w0 + 1" in lines(step.source)
    assert [values["step"] for values in adam.state.values()] == [12, 7, 7, 7]


def test_parameter_groups_have_learning_rates_of_their_own() -> None:
    model = MLP((6, 4, 3))
    first, *rest = model.parameters()
    opt = optim.SGD([{"params": [first], "lr": 0.1}, {"params": rest, "lr": 0.2}], 0.3)

    text = lines(source(training_step(model, opt), IMAGES, LABELS))
    assert "np.multiply(lr0, g_w0, out=scratch_w0)" in text
    assert "np.multiply(lr1, g_b1, out=scratch_b1)" in text


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("w0", "{}0"),
        ("encoder_w12", "encoder_{}12"),
        ("hidden_weight", "hidden_{}"),
        ("weight", "{}"),
        ("raw0", "raw0"),
        ("scale", "scale"),
    ],
)
def test_what_a_layer_makes_is_called_like_its_weight(weight: str, expected: str) -> None:
    assert WEIGHT.sub("{}", weight) == expected


# -- the variables of the code -----------------------------------------------------------------------------------------


def test_values_are_called_as_the_function_calls_them() -> None:
    def f(a: Any, b: Any) -> Any:
        both = a * b
        return np.sum(both * both)

    assert "np.multiply(a, b, out=both)" in lines(source(f, X, X))


def test_a_loop_numbers_what_it_assigns_again() -> None:
    w = ag.Tensor(np.eye(6, dtype=np.float32), requires_grad=True)

    def gradient(x: Any) -> Any:
        w.grad = None
        hidden = x
        for _ in range(2):
            hidden = np.tanh(hidden @ w)
        loss = np.sum(hidden)
        loss.backward()
        return loss

    text = lines(source(gradient, IMAGES))
    assert "np.matmul(x, w, out=hidden0)" in text
    assert "np.matmul(hidden0, w, out=hidden1)" in text
    assert "np.matmul(g_hidden1, w.T, out=g_hidden0)" in text


def test_a_variable_holds_its_next_value_where_the_last_is_done_with() -> None:
    def f(x: Any) -> Any:
        total = np.sum(x)
        total = total * 2
        total = total + 1
        return [total]

    found = lines(source(f, X))
    assert [line.partition(" = ")[0] for line in found[:3]] == ["total"] * 3


def test_names_of_one_letter_of_the_users_are_kept() -> None:
    def f(x: Any) -> Any:
        p = np.exp(x)
        q = p * p
        return q + p

    assert {"p", "q"} <= assigned(source(f, X))


# -- what nobody has named ---------------------------------------------------------------------------------------------


def test_what_has_no_name_is_called_after_its_function() -> None:
    text = source(lambda x: np.sum(np.log(np.exp(x) + x)) + np.max(x), X)
    assert {"exp_x"} <= assigned(text)


def test_no_value_of_the_forward_pass_is_called_after_one_of_the_backward_pass() -> None:
    @ag.primitive
    def twice(x: Any) -> Any:
        return x + x

    def gradient(g: Any) -> Any:
        doubled = 2 * g
        return doubled + 0

    ag.rule(twice, x=gradient)
    w = ag.Tensor(np.ones((3, 3)), requires_grad=True)

    def train(x: Any) -> Any:
        loss = np.sum(np.exp(twice(x @ w)))
        loss.backward()
        return loss

    forward, _, backward = source(train, np.ones((3, 3))).partition("# forward")[2].partition("# backward")
    assert "doubled" in backward
    assert "doubled" not in forward


@pytest.mark.parametrize("name", ["lambda", "class", "sum", "np", "memory", "state", "print"])
def test_no_name_hides_one_of_pythons_or_of_the_program(name: str) -> None:
    text = source(lambda values: np.sum(np.exp(values[name]) * 2), {name: X})
    found = assigned(text)
    assert f"values_{name}" in head(text)
    assert not found & {*keyword.kwlist, *dir(builtins), "np", "math", "state"}
    assert {"np", "sum", "lambda"} <= RESERVED


def test_a_variable_named_like_a_builtin_has_a_number() -> None:
    def f(x: Any) -> Any:
        max = np.exp(x)  # noqa: A001  # what is tested
        return np.sum(max * max)

    assert "np.exp(x, out=max1)" in lines(source(f, X))


def test_an_output_is_called_by_its_key() -> None:
    assert "best = " in source(lambda x: {"best": np.linalg.inv(x), "worst": np.linalg.inv(x + x)}, np.eye(3))


def test_every_name_means_one_thing() -> None:
    """A name is a variable of the function or a buffer, never both, and no buffer is declared twice."""
    hessian = source(ag.hessian(lambda x: np.sum(np.tanh(x) ** 3)), X)
    for text in (training("adam", "sigmoid", (6, 4, 5, 3)).source, hessian):
        tree = ast.parse(text)
        (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        inside = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        inside |= {argument.arg for argument in function.args.args}
        outside = [t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)]
        assert not inside & set(outside)
        assert sorted(set(outside) - {"memory"}) == sorted(name for name in outside if name != "memory")


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (np.exp, "exp"),
        (np.multiply, "product"),
        (np.add.reduce, "total"),
        (np.maximum.reduce, "max"),
        (operator.getitem, "part"),
        (".mT", "T"),
        ("reshape", "reshape"),
        (np.linalg.inv, "inv"),
        (lambda: 0, "lambda_"),
    ],
)
def test_a_function_has_a_word_for_its_result(fn: Any, expected: str) -> None:
    assert word_for(fn) == expected


# -- what lives outside -----------------------------------------------------------------------------------------------

ROWS = np.ones((2, 6), np.float32)


class Block(nn.Module):
    def __init__(self) -> None:
        self.linear = nn.Linear(6, 6)
        self.scale = ag.Tensor(np.ones(6, np.float32), requires_grad=True)
        self.running = ag.Tensor(np.zeros(6, np.float32))

    def forward(self, x: Any) -> Any:
        return self.linear(x) * self.scale + self.running


def parameters(fn: Any) -> ParameterNames:
    return ParameterNames(called(fn, ROWS, times=1)._last().captured)


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

    captured = called(train, ROWS)._last().captured
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
