"""MultiheadAttention: against PyTorch, and what it refuses, records and compiles to."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from torch_reference import cases

import autograd as ag
from autograd import nn, optim

Array = NDArray[Any]
REFERENCE = cases.read("attention")
MASKS = REFERENCE["the masks"]
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # how the module is made, and called
    "module": ({}, {}),
    "module, three inputs": ({}, {"average_attn_weights": False}),
    "module, no bias": ({"bias": False}, {}),
    "module, other sizes": ({"kdim": 3, "vdim": 5}, {}),
    "module, no batch": ({}, {}),
    "module, batch first": ({"batch_first": True}, {"need_weights": False}),
    "module, masks": ({}, {"attn_mask": MASKS["attn_mask"], "key_padding_mask": MASKS["key_padding_mask"]}),
    "module, causal": ({}, {"need_weights": False, "is_causal": True}),
    "module, masks of heads": ({}, {"attn_mask": MASKS["of heads"]}),
}
rng = np.random.default_rng(0)


def weights_of(y: Any) -> Array:
    return np.cos(np.arange(y.size, dtype=float)).reshape(y.shape).astype(y.dtype)


def layer(*args: Any, dtype: Any = np.float64, **options: Any) -> nn.MultiheadAttention:
    return nn.MultiheadAttention(*args, **options, dtype=dtype, rng=np.random.default_rng(0))


def in_dtype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype) if getattr(x, "dtype", None) == np.float64 else x


def test_every_reference_is_compared() -> None:
    assert CASES.keys() == {name for name in REFERENCE if name.startswith("module")}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_as_pytorch(name: str, dtype: Any, tolerance: float) -> None:
    case = {key: in_dtype(x, dtype) for key, x in REFERENCE[name].items()}
    options, given = CASES[name]
    module = layer(4, 2, dtype=dtype, **options)
    state = cases.part(case, "state.")
    assert list(module.state_dict()) == list(state)
    ag.load_torch(module, state)
    leaves = {key: ag.Tensor(x, requires_grad=True) for key, x in cases.part(case, "in.").items()}
    if np.array_equal(leaves["query"].data, leaves["key"].data):
        leaves = dict.fromkeys(leaves, leaves["query"])
    y, weights = module(*leaves.values(), **{key: in_dtype(x, dtype) for key, x in given.items()})
    assert (weights is None) == ("y.1" not in case)
    outputs = [y] if weights is None else [y, weights]
    sum((part * weights_of(part)).sum() for part in outputs).backward()

    def near(actual: Any, expected: Array) -> None:
        assert actual.dtype == dtype
        np.testing.assert_allclose(actual.data, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())

    for k, part in enumerate(outputs):
        near(part, case[f"y.{k}"])
    for key, leaf in leaves.items():
        near(leaf.grad, case[f"g.{key}"])
    for path, parameter in module.named_parameters():
        expected = case[f"grad.{path}"]
        assert parameter.grad is not None
        near(parameter.grad, expected.T if path == "out_proj.weight" else expected)


@pytest.mark.parametrize("shape", [(1, 1, 4), (3, 0, 4), (5, 2, 4), (3, 4)])
@pytest.mark.parametrize("is_first", [False, True])
def test_sizes_0_and_1(shape: tuple[int, ...], is_first: bool) -> None:
    module, x = layer(4, 2, batch_first=is_first), ag.Tensor(rng.standard_normal(shape), requires_grad=True)
    y, weights = module(x, x, x)
    assert y.shape == shape
    y.sum().backward()
    assert x.grad is not None
    assert weights is not None
    np.testing.assert_allclose(weights.data.sum(axis=-1), 1)


def test_gradients() -> None:
    module, x = layer(4, 2), rng.standard_normal((3, 2, 4))
    mask = rng.standard_normal((3, 3))
    ag.assert_gradients(lambda x, mask: module(x, x, x, attn_mask=mask), x, mask, order=2)
    inputs = [rng.standard_normal((n, 2, 4)) for n in (3, 2, 2)]
    ag.assert_gradients(lambda *xs: module(*xs, average_attn_weights=False), *inputs, order=2)


def test_masks_of_both_kinds_together() -> None:
    module, x = layer(4, 2), rng.standard_normal((3, 2, 4))
    later, padding = ~np.tri(3, dtype=bool), np.array([[False, False, True], [False] * 3])
    floats = np.where(padding, -np.inf, 0.0)
    expected = module(x, x, x, attn_mask=later, key_padding_mask=padding)
    for found in (
        module(x, x, x, key_padding_mask=padding, is_causal=True),
        module(x, x, x, key_padding_mask=floats, attn_mask=later),
        module(x, x, x, key_padding_mask=floats, attn_mask=np.where(later, -np.inf, 0)),
    ):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.data, b.data, rtol=1e-12)


def test_dropout_in_training_alone() -> None:
    module, x = layer(8, 2, dropout=0.5), rng.standard_normal((3, 2, 8))
    without = layer(8, 2)
    np.testing.assert_array_equal(module.eval()(x, x, x)[0].data, without(x, x, x)[0].data)
    assert not np.array_equal(module.train()(x, x, x)[0].data, without(x, x, x)[0].data)


def block_step(module: Any, opt: Any) -> Any:
    def step(x: Any) -> Any:
        loss = np.mean(np.square(module(x, x, x, need_weights=False, is_causal=True)[0] - 1))
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    return step


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_compiled_step_has_the_same_bits(dropout: float) -> None:
    x = rng.standard_normal((4, 2, 5, 8)).astype(np.float32)
    found = []
    for wrap in (lambda f: f, ag.compile):
        module = nn.MultiheadAttention(8, 2, dropout, batch_first=True, rng=np.random.default_rng(0))
        step = wrap(block_step(module, optim.Adam(module.parameters(), 0.01)))
        found.append(([step(batch).item() for batch in x], module.state_dict()))
    np.testing.assert_equal(*found)


def test_a_saved_step_needs_numpy_alone(tmp_path: Any) -> None:
    module = layer(4, 2, dtype=np.float32)
    step = ag.compile(block_step(module, optim.SGD(module.parameters(), 0.1)))
    for _ in range(3):
        step(np.ones((3, 2, 4), np.float32))
    assert step.source.count("attention_forward(") == step.source.count("attention_backward(") == 1
    step.save(tmp_path / "program.py")
    assert "import autograd" not in (tmp_path / "program.py").read_text()


def test_a_checkpoint() -> None:
    module, x, found = layer(8, 2, dropout=0.5), rng.standard_normal((3, 2, 8)), []
    module.rng = None
    for f in (module, ag.checkpoint(module)):
        ag.seed(1)
        module.zero_grad()
        f(x, x, x)[0].sum().backward()
        found.append([parameter.grad.data for parameter in module.parameters() if parameter.grad is not None])
    np.testing.assert_equal(*found)


def test_it_is_drawn_and_profiled() -> None:
    module, x = layer(4, 2), rng.standard_normal((3, 2, 4))
    with ag.profile() as p:
        module(x, x, x, need_weights=False)[0].sum().backward()
    (call,) = (call for call in p.calls if call.name == "attention")
    assert call.backward > 0
    assert "attention" in ag.draw(module(x, x, x)[0].sum()).source


def test_initial_weights() -> None:
    module = nn.MultiheadAttention(16, 2)
    state = module.state_dict()
    assert 0.28 < np.abs(state["in_proj_weight"]).max() <= np.sqrt(6 / 64)
    assert 0.2 < np.abs(state["out_proj.weight"]).max() <= 0.25
    assert not state["in_proj_bias"].any()
    made = nn.MultiheadAttention(16, 2, initialiser=nn.init.small, rng=np.random.default_rng(0)).state_dict()
    expected = nn.init.small((16, 48), np.float32, np.random.default_rng(0)).T
    np.testing.assert_array_equal(made["in_proj_weight"], expected)


def test_what_does_not_fit_is_named() -> None:
    module, x = layer(4, 2), np.ones((3, 2, 4))
    with pytest.raises(
        ValueError, match=r"MultiheadAttention\(4, 2\) was given query \(3, 2, 5\), .* expects \(L, N, 4\)"
    ):
        module(np.ones((3, 2, 5)), x, x)
    with pytest.raises(ValueError, match=r"key \(3, 1, 4\).* or all without N: reshape them"):
        module(x, x[:, :1], x[:, :1])
    with pytest.raises(ValueError, match=r"key \(2, 4\)"):
        module(x, x[0], x[0])
    with pytest.raises(TypeError, match=r"of float64 was given a query of float32, .*; pass x\.astype\(np\.float64\)"):
        module(x.astype(np.float32), x, x)
    with pytest.raises(
        ValueError, match=r"attn_mask of bool and shape \(2, 3\), and expects shape \(3, 3\) or \(4, 3, 3\)"
    ):
        module(x, x, x, attn_mask=np.ones((2, 3), bool))
    with pytest.raises(
        ValueError, match=r"key_padding_mask of int64 and shape \(2, 3\), and expects shape \(2, 3\) of bool"
    ):
        module(x, x, x, key_padding_mask=np.ones((2, 3), np.int64))
    for args in ((4, 3), (0, 1), (4, 0)):
        with pytest.raises(ValueError, match="embed_dim must be a multiple of num_heads"):
            nn.MultiheadAttention(*args)


def test_repr() -> None:
    assert repr(layer(4, 2)) == "MultiheadAttention(4, 2)"
    assert repr(layer(4, 2, 0.5, kdim=3, bias=False)) == "MultiheadAttention(4, 2, dropout=0.5, bias=False, kdim=3)"


def test_an_input_that_became_float64_says_where() -> None:
    attention = nn.MultiheadAttention(4, 2)
    x = ag.Tensor(np.ones((3, 4), np.float32), requires_grad=True)
    wide = x / np.sqrt(4)
    began = r"\(that began in divide, of float32 \(3, 4\) and a constant of NumPy's"
    with pytest.raises(TypeError, match=rf"of float32 was given a key of float64, .* {began}"):
        attention(x, wide, x)
    with pytest.raises(TypeError, match=rf"float32, float64 and float32, and expects floats of one dtype {began}"):
        nn.scaled_dot_product_attention(x, wide, x)


@pytest.mark.parametrize("average", [True, False])
def test_the_weights_of_float16_are_float16(average: bool) -> None:
    attention = nn.MultiheadAttention(4, 2, dtype=np.float16)
    x = ag.Tensor(np.eye(3, 4, dtype=np.float16), requires_grad=True)
    y, weights = attention(x, x, x, average_attn_weights=average)
    assert weights is not None
    assert y.dtype == weights.dtype == np.float16
    np.sum(weights * weights).backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float16
