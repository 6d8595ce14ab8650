"""RNN, GRU, LSTM and their cells: against PyTorch, and what they refuse, record and compile to."""

import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from torch_reference import cases

import autograd as ag
from autograd import nn, optim

Array = NDArray[Any]
REFERENCE = cases.read("recurrent")
LAYERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {"num_layers": 2, "bidirectional": True, "batch_first": True},
    "no bias": {"bias": False},
    "no state": {},
    "no batch": {},
}
KINDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "RNN": (nn.RNN, nn.RNNCell, {}),
    "RNN relu": (nn.RNN, nn.RNNCell, {"nonlinearity": "relu"}),
    "GRU": (nn.GRU, nn.GRUCell, {}),
    "LSTM": (nn.LSTM, nn.LSTMCell, {}),
}
MODULES = {
    **{f"{kind}, {name}": (layer, options | more) for kind, (layer, _, options) in KINDS.items()
       for name, more in LAYERS.items()},
    **{f"{kind}, {name}": (cell, options) for kind, (_, cell, options) in KINDS.items()
       for name in ("cell", "cell, no batch")},
}  # fmt: skip
EACH_KIND = pytest.mark.parametrize("kind", KINDS)
rng = np.random.default_rng(0)


def flat(tree: Any) -> list[Any]:
    return [leaf for part in tree for leaf in flat(part)] if isinstance(tree, tuple) else [tree]


def weights_of(y: Any) -> Array:
    return np.cos(np.arange(y.size, dtype=float)).reshape(y.shape).astype(y.dtype)


def layer_of(kind: str, *sizes: int, dtype: Any = np.float64, **options: Any) -> Any:
    make, _, more = KINDS[kind]
    return make(*sizes, **more, **options, dtype=dtype, rng=np.random.default_rng(0))


def cell_of(kind: str, *sizes: int, dtype: Any = np.float64) -> Any:
    return KINDS[kind][1](*sizes, **KINDS[kind][2], dtype=dtype, rng=np.random.default_rng(0))


def states_of(kind: str, *shape: int, dtype: Any = np.float64) -> Any:
    states = tuple(rng.standard_normal(shape).astype(dtype) for _ in range(2 if kind == "LSTM" else 1))
    return states if kind == "LSTM" else states[0]


def test_every_reference_is_compared() -> None:
    assert MODULES.keys() == REFERENCE.keys()


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5), (np.float16, 1e-2)])
def test_as_pytorch(name: str, dtype: Any, tolerance: float) -> None:
    case = {key: array.astype(dtype) for key, array in REFERENCE[name].items()}
    make, options = MODULES[name]
    module = make(5, 2, **options, dtype=dtype)
    state = cases.part(case, "state.")
    assert list(module.state_dict()) == list(state)
    module.load_state_dict(state)
    x = ag.Tensor(case["x"], requires_grad=True)
    states = tuple(ag.Tensor(h, requires_grad=True) for h in cases.part(case, "h.").values())
    hx = (states if len(states) > 1 else states[0],) if states else ()
    outputs = flat(module(x, *hx))
    sum((y * weights_of(y)).sum() for y in outputs).backward()

    def near(actual: Any, expected: Array) -> None:
        assert actual.dtype == dtype
        np.testing.assert_allclose(actual.data, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())

    for y, expected in zip(outputs, cases.part(case, "y.").values(), strict=True):
        near(y, expected)
    near(x.grad, case["gx"])
    for h, expected in zip(states, cases.part(case, "gh.").values(), strict=True):
        near(h.grad, expected)
    for path, parameter in module.named_parameters():
        near(parameter.grad, case[f"grad.{path}"])


@EACH_KIND
def test_a_layer_is_its_cell_over_and_over(kind: str) -> None:
    layer, cell, x = layer_of(kind, 3, 4), cell_of(kind, 3, 4), rng.standard_normal((5, 2, 3))
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    states = states_of(kind, 2, 4)
    y, last = layer(x, tuple(state[None] for state in states) if kind == "LSTM" else states[None])
    for x_t, y_t in zip(x, y, strict=True):
        states = cell(x_t, states)
        np.testing.assert_allclose(flat(states)[0].data, y_t.data, rtol=1e-12, atol=1e-14)
    for state, expected in zip(flat(states), flat(last), strict=True):
        np.testing.assert_allclose(state.data, expected.data[0], rtol=1e-12, atol=1e-14)


@EACH_KIND
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 0, 2), (1, 4, 2), (6, 1, 3)])
def test_sizes_0_and_1(kind: str, shape: tuple[int, ...]) -> None:
    layer = layer_of(kind, shape[-1], 2, num_layers=2, bidirectional=True)
    x = ag.Tensor(rng.standard_normal(shape), requires_grad=True)
    y, last = layer(x)
    assert y.shape == (*shape[:2], 4)
    assert all(state.shape == (4, shape[1], 2) for state in flat(last))
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.shape == shape
    for parameter in layer.parameters():
        assert parameter.grad.shape == parameter.shape
        assert shape[1] or not parameter.grad.data.any()


@EACH_KIND
def test_an_input_that_is_not_contiguous(kind: str) -> None:
    layer, x = layer_of(kind, 3, 2), rng.standard_normal((3, 8, 5))
    view = x.T[::-1, ::2]
    np.testing.assert_array_equal(layer(view)[0].data, layer(view.copy())[0].data)


@EACH_KIND
def test_large_inputs_are_no_overflow(kind: str) -> None:
    layer = layer_of(kind, 1, 2, dtype=np.float32)
    y, _ = layer(np.array([[[1e4]], [[-1e4]]], np.float32))
    y.sum().backward()
    assert np.isfinite(y.data).all()


@EACH_KIND
def test_nan_reaches_all_that_comes_after_it(kind: str) -> None:
    x = np.zeros((4, 1, 2))
    x[2, 0, 0] = np.nan
    leaf = ag.Tensor(x, requires_grad=True)
    y, _ = layer_of(kind, 2, 3)(leaf)
    y.sum().backward()
    np.testing.assert_array_equal(
        np.isnan(y.data), np.broadcast_to([[[False]], [[False]], [[True]], [[True]]], y.shape)
    )
    assert leaf.grad is not None
    assert leaf.grad.data[2].all()  # of relu it is a number, as what selects a NaN passes it the gradient
    assert "relu" in kind or np.isnan(leaf.grad.data[2]).all()


@EACH_KIND
def test_gradients(kind: str) -> None:
    """To the second order, of all that goes in, as the gradient check sees it."""
    layer = layer_of(kind, 2, 3, num_layers=2, bidirectional=True)
    states = flat(states_of(kind, 4, 2, 3))

    def f(x: Any, *states: Any) -> Any:
        y, last = layer(x, states if len(states) > 1 else states[0])
        return sum(np.sum(part * weights_of(part)) for part in (y, *flat(last)))

    ag.assert_gradients(f, rng.standard_normal((3, 2, 2)), *states, order=2)
    ag.assert_gradients(layer_of(kind, 2, 3), rng.standard_normal((3, 2, 2)))


@EACH_KIND
def test_products_with_the_jacobian(kind: str) -> None:
    layer, x, v = layer_of(kind, 2, 3), rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 2, 2))
    f = lambda x: layer(x)[0]
    expected = (f(x + 1e-6 * v).data - f(x - 1e-6 * v).data) / 2e-6
    np.testing.assert_allclose(ag.jvp(f, (x,), (v,))[1].data, expected, rtol=1e-6, atol=1e-8)
    slope = lambda x: ag.jvp(f, (x,), (v,))[1]
    expected = (slope(x + 1e-5 * v).data - slope(x - 1e-5 * v).data) / 2e-5
    np.testing.assert_allclose(ag.jvp(slope, (x,), (v,))[1].data, expected, rtol=1e-5, atol=1e-6)


# -- compiled --------------------------------------------------------------------------------------------------------


def chunk_step(layer: Any, opt: Any) -> Any:
    """A step of truncated backpropagation through time: the state is an argument, and is handed on."""

    def step(x: Any, states: Any) -> Any:
        y, last = layer(x, states)
        loss = np.mean(np.square(y - 1))
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss, tuple(t.detach() for t in last) if isinstance(last, tuple) else last.detach()

    return step


@EACH_KIND
def test_truncated_backpropagation_through_time_compiles_to_the_same_bits(kind: str) -> None:
    x = rng.standard_normal((6, 4, 2, 3)).astype(np.float32)
    found = []
    for wrap in (lambda f: f, ag.compile):
        layer = layer_of(kind, 3, 5, dtype=np.float32, num_layers=2)
        step = wrap(chunk_step(layer, optim.Adam(layer.parameters(), 0.01)))
        states = layer(np.zeros((1, 2, 3), np.float32))[1]
        states = tuple(t.detach() for t in states) if isinstance(states, tuple) else states.detach()
        losses = []
        for chunk in x:
            loss, states = step(chunk, states)
            losses.append(loss.item())
        found.append((losses, layer.state_dict(), [t.data for t in flat(states)]))
    np.testing.assert_equal(*found)


def test_a_compiled_step_calls_the_recurrence_as_a_whole() -> None:
    layer = layer_of("LSTM", 3, 5, dtype=np.float32)
    step = ag.compile(chunk_step(layer, optim.SGD(layer.parameters(), 0.1)))
    x, states = np.ones((50, 2, 3), np.float32), tuple(np.zeros((1, 2, 5), np.float32) for _ in range(2))
    for _ in range(3):
        step(x, states)
    assert step.source.count("lstm_forward(") == step.source.count("lstm_backward(") == 1


@EACH_KIND
def test_a_saved_step_brings_the_recurrence_along(kind: str, tmp_path: Path) -> None:
    layer = layer_of(kind, 3, 5, dtype=np.float32)
    step = ag.compile(chunk_step(layer, optim.SGD(layer.parameters(), 0.1)))
    x = np.ones((4, 2, 3), np.float32)
    states = tuple(np.zeros((1, 2, 5), np.float32) for _ in flat(states_of(kind, 1)))
    hx: Any = states if len(states) > 1 else states[0]
    for _ in range(3):
        step(x, hx)
    step.save(tmp_path / "program.py")
    text = (tmp_path / "program.py").read_text()
    assert "autograd" not in re.sub('(?s)"{3}.*?"{3}|#.*', "", text)
    namespace = runpy.run_path(str(tmp_path / "program.py"))
    assert callable(namespace["step"])


@EACH_KIND
def test_a_gradient_of_a_gradient_compiles(kind: str) -> None:
    layer, x = layer_of(kind, 2, 3), rng.standard_normal((2, 2, 2))

    def f(x: Any) -> Any:
        return np.sum(np.square(layer(x)[0]))

    step = ag.compile(lambda x: ag.hvp(f, (x,), (np.cos(x),)))
    for _ in range(3):
        np.testing.assert_array_equal(step(x)[0].data, ag.hvp(f, (x,), (np.cos(x),))[0].data)


@EACH_KIND
def test_a_checkpoint(kind: str) -> None:
    layer, x = layer_of(kind, 2, 3, num_layers=2, dropout=0.5), rng.standard_normal((3, 2, 2))
    found = []
    for f in (layer, ag.checkpoint(layer)):
        ag.seed(1)
        layer.rng = None
        layer.zero_grad()
        f(x)[0].sum().backward()
        found.append([parameter.grad.data for parameter in layer.parameters()])
    np.testing.assert_equal(*found)


@EACH_KIND
def test_it_is_drawn_and_profiled_as_one_call(kind: str) -> None:
    layer, x = layer_of(kind, 2, 3), rng.standard_normal((3, 2, 2))
    name = kind.split()[0].lower()
    with ag.profile() as p:
        loss = layer(x)[0].sum()
        loss.backward()
    (call,) = (call for call in p.calls if call.name == name)
    assert call.backward > 0
    assert name in ag.draw(layer(x)[0].sum()).source


# -- dropout, initial weights ------------------------------------------------------------------------------------------


def test_dropout_between_layers_in_training_alone() -> None:
    layer, x = layer_of("GRU", 2, 64, num_layers=2, dropout=0.5), rng.standard_normal((3, 2, 2))
    without = layer_of("GRU", 2, 64, num_layers=2)
    without.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(layer.eval()(x)[0].data, without(x)[0].data)
    assert not np.array_equal(layer.train()(x)[0].data, without(x)[0].data)
    np.testing.assert_array_equal(layer(x)[1].data[0], without(x)[1].data[0])  # the first layer sees none


def test_initial_weights() -> None:
    layer = nn.LSTM(3, 16, num_layers=2)
    for parameter in layer.parameters():
        assert parameter.dtype == np.float32
        assert 0.2 < np.abs(parameter.data).max() <= 0.25
    layer = nn.LSTM(3, 16, initialiser=nn.init.xavier, rng=np.random.default_rng(0))
    expected = nn.init.xavier((3, 64), np.float32, np.random.default_rng(0)).T
    np.testing.assert_array_equal(vars(layer)["weight_ih_l0"].data, expected)
    assert not vars(layer)["bias_hh_l0"].data.any()


# -- refused -----------------------------------------------------------------------------------------------------------


def test_inputs_that_do_not_fit_are_named() -> None:
    lstm = nn.LSTM(3, 2)
    with pytest.raises(
        ValueError, match=r"LSTM\(3, 2\) was given an input of shape \(4, 1, 5\), and expects \(L, N, inp"
    ):
        lstm(np.ones((4, 1, 5), np.float32))
    with pytest.raises(ValueError, match=r"expects \(N, L, inputs\) or \(L, inputs\), with 3 inputs"):
        nn.LSTM(3, 2, batch_first=True)(np.ones(3, np.float32))
    with pytest.raises(
        TypeError, match=r"LSTM\(3, 2\) of float32 was given an input of float64, .*; pass x.astype\(np.f"
    ):
        lstm(np.ones((4, 1, 3)))
    with pytest.raises(ValueError, match=r"of no time steps"):
        lstm(np.ones((0, 1, 3), np.float32))
    with pytest.raises(
        ValueError, match=r"GRUCell\(3, 2\) was given an input of shape \(2, 2\), and expects \(N, inputs\)"
    ):
        nn.GRUCell(3, 2)(np.ones((2, 2), np.float32))


def test_states_that_do_not_fit_are_named() -> None:
    x, state = np.ones((4, 1, 3), np.float32), np.ones((1, 1, 2), np.float32)
    with pytest.raises(TypeError, match=r"LSTM\(3, 2\) was given an initial state of type ndarray; it takes a pair"):
        nn.LSTM(3, 2)(x, state)
    with pytest.raises(
        ValueError, match=r"LSTM\(3, 2\) was given c_0 of shape \(1, 2\) for this input, and expects \(1, 1, 2"
    ):
        nn.LSTM(3, 2)(x, (state, state[0]))
    with pytest.raises(TypeError, match=r"GRU\(3, 2\) of float32 was given h_0 of float64"):
        nn.GRU(3, 2)(x, state.astype(float))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dropout": 0.5}, r"RNN was given dropout=0.5 and one layer; it drops outputs between layers"),
        ({"dropout": 1.0, "num_layers": 2}, r"RNN was given dropout=1.0; it must lie in \[0, 1\)"),
        ({"num_layers": 0}, r"RNN was given num_layers=0 and hidden_size=2; both must be at least 1"),
        ({"nonlinearity": "gelu"}, r"RNN was given nonlinearity='gelu'; it takes 'tanh' or 'relu'"),
    ],
)
def test_arguments_that_mean_nothing(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.RNN(3, 2, **options)


def test_reprs() -> None:
    assert repr(nn.LSTM(3, 2)) == "LSTM(3, 2)"
    expected = "RNN(3, 2, num_layers=2, bidirectional=True, nonlinearity='relu')"
    assert repr(nn.RNN(3, 2, 2, "relu", bidirectional=True)) == expected
    assert repr(nn.GRUCell(3, 2, bias=False)) == "GRUCell(3, 2, bias=False)"
