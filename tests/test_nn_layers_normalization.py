"""Normalisation as modules: against PyTorch, in training and evaluation; their state, and what they refuse."""

from typing import Any

import numpy as np
import pytest
from torch_reference import cases

import autograd as ag
from autograd import nn

REFERENCE = cases.read("normalization")


def made(text: str, dtype: Any) -> nn.Module:
    return eval(f"nn.{text[:-1]}, dtype=np.{np.dtype(dtype)})", {"nn": nn, "np": np})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REFERENCE)
def test_like_pytorch(name: str, dtype: Any) -> None:
    case = {key: array.astype(dtype) if array.dtype.kind == "f" else array for key, array in REFERENCE[name].items()}
    module = made(name[: name.rindex(" (")], dtype)
    tolerance: Any = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"rtol": 1e-5, "atol": 2e-5}
    assert [key for key, _ in module.named_parameters()] == [*cases.part(case, "state.")]
    module.load_state_dict(module.state_dict() | cases.part(case, "state."))
    for step in ("train.0", "train.1", "eval") if "eval.x" in case else ("train.0",):
        wanted = cases.part(case, f"{step}.")
        module.train(step != "eval").zero_grad()
        x = ag.Tensor(wanted["x"], requires_grad=True)
        y = module(x)
        y.backward(wanted["g"])
        assert x.grad is not None
        assert y.dtype == x.grad.dtype == dtype
        np.testing.assert_allclose(y.data, wanted["y"], **tolerance)
        np.testing.assert_allclose(x.grad.data, wanted["gx"], **tolerance)
        for key, parameter in module.named_parameters():
            assert parameter.grad is not None
            np.testing.assert_allclose(parameter.grad.data, wanted[f"grad.{key}"], **tolerance)
        buffers = cases.part(wanted, "after.")
        assert [*module.state_dict()] == [*cases.part(case, "state."), *buffers]
        for key, array in buffers.items():
            found = module.state_dict()[key]
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
            np.testing.assert_allclose(found, array, **tolerance)


def test_the_table_has_every_module() -> None:
    kinds = {name.partition("(")[0] for name in REFERENCE}
    assert kinds == {name for name in nn.__all__ if name.endswith(("Norm", "Norm1d", "Norm2d"))}


def test_reprs() -> None:
    assert repr(nn.LayerNorm(4)) == "LayerNorm((4,), eps=1e-05, elementwise_affine=True)"
    assert repr(nn.LayerNorm((3, 4), bias=False)) == "LayerNorm((3, 4), eps=1e-05, elementwise_affine=True, bias=False)"
    assert repr(nn.RMSNorm(4)) == "RMSNorm((4,), eps=None, elementwise_affine=True)"
    assert repr(nn.GroupNorm(2, 4)) == "GroupNorm(2, 4, eps=1e-05, affine=True)"
    assert repr(nn.BatchNorm2d(4)) == "BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"


def test_running_statistics_are_state_and_no_parameters() -> None:
    module = nn.BatchNorm1d(2)
    assert [name for name, _ in module.named_parameters()] == ["weight", "bias"]
    x = np.array([[1, 2], [3, 6]], np.float32)
    module(x)
    state = module.state_dict()
    np.testing.assert_allclose(state["running_mean"], [0.2, 0.4], rtol=1e-6)
    np.testing.assert_allclose(state["running_var"], [0.9 + 0.2, 0.9 + 0.8], rtol=1e-6)
    assert state["num_batches_tracked"] == 1
    other = nn.BatchNorm1d(2)
    other.load_state_dict(state)
    np.testing.assert_array_equal(other.eval()(x).data, module.eval()(x).data)


def test_evaluation_changes_nothing_and_does_not_mix_the_batch() -> None:
    module = nn.BatchNorm2d(3)
    x = np.random.default_rng(0).normal(size=(4, 3, 2, 2)).astype(np.float32)
    module(x)
    before = module.eval().state_dict()
    y = module(x)
    np.testing.assert_array_equal(module(x[:1]).data, y.data[:1])
    np.testing.assert_equal(module.state_dict(), before)


def test_a_compiled_step_keeps_the_mean_of_all_batches() -> None:
    """The share of a batch is another in each call: it must not be written into the program."""
    module = nn.BatchNorm1d(2, momentum=None)
    step = ag.compile(lambda x: module(x))
    batches = np.random.default_rng(0).normal(size=(6, 5, 2)).astype(np.float32)
    for x in batches:
        step(x)
    np.testing.assert_allclose(module.state_dict()["running_mean"], batches.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(module.state_dict()["running_var"], batches.var(1, ddof=1).mean(0), rtol=1e-5)


@pytest.mark.parametrize(
    ("module", "shape", "expected"),
    [
        (nn.LayerNorm((3, 4)), (2, 4), r"layer_norm was given an input of shape \(2, 4\)"),
        (nn.GroupNorm(2, 4), (3, 2), r"GroupNorm\(2, 4.* was given an input of shape \(3, 2\); it must be \(batch, 4"),
        (nn.BatchNorm1d(4), (3, 2), r"BatchNorm1d\(4.* it must be \(batch, 4\) or \(batch, 4, length\)"),
        (nn.BatchNorm1d(4), (3, 4, 1, 1), r"BatchNorm1d\(4.* was given an input of shape \(3, 4, 1, 1\)"),
        (nn.BatchNorm2d(4), (3, 4), r"BatchNorm2d\(4.* it must be \(batch, 4, height, width\)"),
    ],
)
def test_a_shape_that_does_not_fit(module: nn.Module, shape: tuple[int, ...], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        module(np.ones(shape, np.float32))


def test_a_dtype_that_does_not_fit() -> None:
    message = r"LayerNorm\(\(4,\).* of float32 was given an input of float64, .*; pass x.astype\(np.float32\), or make"
    with pytest.raises(TypeError, match=message):
        nn.LayerNorm(4)(np.ones((3, 4)))
    with pytest.raises(TypeError, match=r"BatchNorm1d\(4.* given an input of int64, .*; pass x.astype\(np.float32\)$"):
        nn.BatchNorm1d(4, affine=False)(np.ones((3, 4), int))


def test_groups_that_do_not_divide_the_channels() -> None:
    with pytest.raises(ValueError, match="GroupNorm was given num_groups=3 and num_channels=4"):
        nn.GroupNorm(3, 4)


def test_without_running_statistics_evaluation_is_no_way_out() -> None:
    for norm, way in (
        (nn.BatchNorm1d(3), "give it a larger batch, or call eval\\(\\) first$"),
        (nn.BatchNorm1d(3, track_running_stats=False).eval(), "give it a larger batch$"),
    ):
        with pytest.raises(ValueError, match=way):
            norm(np.zeros((1, 3), np.float32))
