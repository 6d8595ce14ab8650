"""Convolution, pooling and what goes with them as modules: against PyTorch; their state and what they refuse."""

from typing import Any

import numpy as np
import pytest
from torch_reference import cases

import autograd as ag
from autograd import nn

REFERENCE = cases.read("convolution")
WITH_WEIGHTS = ("Conv1d", "Conv2d", "ConvTranspose2d")


def made(text: str, dtype: Any = np.float32) -> Any:
    given = f"{text[:-1]}, dtype=np.{np.dtype(dtype)})" if text.startswith(WITH_WEIGHTS) else text
    return eval(f"nn.{given}", {"nn": nn, "np": np})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REFERENCE)
def test_like_pytorch(name: str, dtype: Any) -> None:
    case = {key: array.astype(dtype) for key, array in REFERENCE[name].items()}
    module = made(name[: name.rindex(" (")], dtype)
    tolerance: Any = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"rtol": 1e-5, "atol": 1e-5}
    state = cases.part(case, "state.")
    assert {key: array.shape for key, array in module.state_dict().items()} == {k: a.shape for k, a in state.items()}
    assert [*module.state_dict()] == [*state]
    module.load_state_dict(state)
    x = ag.Tensor(case["x"], requires_grad=True)
    y = module(x)
    y.backward(case["g"])
    assert x.grad is not None
    assert y.dtype == x.grad.dtype == dtype
    np.testing.assert_allclose(y.data, case["y"], **tolerance)
    np.testing.assert_allclose(x.grad.data, case["gx"], **tolerance)
    for key, parameter in module.named_parameters():
        assert parameter.grad.dtype == dtype
        np.testing.assert_allclose(parameter.grad.data, case[f"grad.{key}"], **tolerance)
    np.testing.assert_array_equal(np.asarray(module.eval()(ag.Tensor(case["x"])).data), y.data)


def test_the_table_has_every_module() -> None:
    kinds = {name.partition("(")[0] for name in REFERENCE}
    ours = {name for name in nn.__all__ if name.startswith("Conv") or "Pool" in name}
    assert kinds == ours | {"Flatten", "Identity", "Upsample"}


@pytest.mark.parametrize("name", [name for name in REFERENCE if not name.startswith(("Flatten", "Identity"))])
def test_each_is_one_recorded_call(name: str) -> None:
    module = made(name[: name.rindex(" (")], np.float64)
    x = ag.Tensor(REFERENCE[name]["x"], requires_grad=True)
    node = module(x).node
    assert isinstance(node, ag.Node)
    assert node.parents[0] is x.node


def test_reprs() -> None:
    for text, shown in {
        "Conv1d(3, 4, 3)": "Conv1d(3, 4, kernel_size=(3,), stride=(1,))",
        "Conv2d(1, 6, 5)": "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))",
        "Conv2d(4, 6, 3, 2, 1, 2, 2, False)":
            "Conv2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2, bias=False)",
        "Conv2d(4, 6, 3, padding='same')": "Conv2d(4, 6, kernel_size=(3, 3), stride=(1, 1), padding='same')",
        "ConvTranspose2d(4, 6, 3, 2, output_padding=1)":
            "ConvTranspose2d(4, 6, kernel_size=(3, 3), stride=(2, 2), output_padding=(1, 1))",
        "MaxPool2d(2)": "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
        "AvgPool1d(2)": "AvgPool1d(kernel_size=2, stride=2, padding=0, ceil_mode=False, count_include_pad=True)",
        "AdaptiveAvgPool2d((1, None))": "AdaptiveAvgPool2d(output_size=(1, None))",
        "Upsample(scale_factor=2, mode='bilinear', align_corners=True)":
            "Upsample(scale_factor=2, mode='bilinear', align_corners=True)",
        "Upsample((2, 3))": "Upsample(size=(2, 3), mode='nearest')",
        "Flatten()": "Flatten(start_dim=1, end_dim=-1)",
        "Identity()": "Identity()",
    }.items():  # fmt: skip
        assert repr(made(text)) == shown


# -- initial weights -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Conv1d(32, 64, 9)", "Conv2d(32, 64, 3)", "ConvTranspose2d(32, 64, 3)"])
def test_weights_are_drawn_by_he_of_what_an_output_is_made_of(text: str) -> None:
    module = eval(f"nn.{text[:-1]}, rng=rng)", {"nn": nn, "rng": np.random.default_rng(0)})
    weight, variance = module.weight.data, 2 / (32 * 9)
    assert abs(weight.var() / variance - 1) < 4 * np.sqrt(2 / weight.size)
    np.testing.assert_array_equal(module.bias.data, np.zeros(64, np.float32))


def test_weights_of_groups_are_drawn_for_the_channels_of_a_group() -> None:
    for module in (nn.Conv2d(64, 128, 3, groups=8, rng=np.random.default_rng(0)),
                   nn.ConvTranspose2d(64, 128, 3, groups=8, rng=np.random.default_rng(0))):  # fmt: skip
        weight = module.weight.data
        assert abs(weight.var() / (2 / (8 * 9)) - 1) < 4 * np.sqrt(2 / weight.size)


def test_a_transposed_convolution_has_the_weights_of_the_convolution_between_its_channels() -> None:
    given = {"rng": np.random.default_rng(0), "initialiser": nn.init.xavier, "dtype": np.float64, "groups": 2}
    module = nn.ConvTranspose2d(4, 6, (2, 3), **given)
    drawn = nn.init.xavier((6, 2, 2, 3), np.float64, np.random.default_rng(0))
    for k in (0, 1):  # the groups
        np.testing.assert_array_equal(module.weight.data[2 * k : 2 * k + 2], drawn[3 * k : 3 * k + 3].swapaxes(0, 1))


def test_layers_keep_the_variance_of_relu_layers() -> None:
    rng = np.random.default_rng(0)
    h: Any = rng.standard_normal((16, 16, 12, 12)).astype(np.float32)
    for _ in range(6):
        h = nn.relu(nn.Conv2d(16, 16, 3, padding="same", rng=rng)(h))
    assert 0.2 < np.square(h.data[:, :, 6, 6]).mean() < 5


# -- what they refuse ------------------------------------------------------------------------------------------------

ONES = np.ones((2, 3, 5, 5), np.float32)


@pytest.mark.parametrize(
    ("text", "x", "message"),
    [
        ("Conv2d(1, 6, 3)", ONES, r"Conv2d\(1, 6, kernel_size=\(3, 3\), stride=\(1, 1\)\) was given an input of shape "
         r"\(2, 3, 5, 5\), with 3 channels along axis -3, and expects 1; "),
        ("Conv2d(6, 4, 3, groups=2)", ONES, "with 3 channels along axis -3, and expects 6"),
        ("ConvTranspose2d(4, 6, 3)", ONES, "with 3 channels along axis -3, and expects 4"),
        ("Conv2d(3, 6, 3)", ONES[0, 0], r"was given an input of shape \(5, 5\); it takes \(batch, channels, height, "
         r"width\) or \(channels, height, width\): .* x\[:, None\]"),
        ("Conv1d(3, 6, 3)", ONES, r"Conv1d.* was given an input of shape .* \(batch, channels, length\)"),
        ("Conv2d(3, 6, (7, 2))", ONES, r"whose last axes with padding are \(5, 5\), and a kernel that reaches over "
         r"\(7, 2\); give it a larger input, more padding or a smaller kernel"),
        ("Conv2d(3, 6, 3, dilation=3)", ONES, r"reaches over \(7, 7\)"),
        ("ConvTranspose2d(3, 6, 1, padding=3)", ONES, r"the output would have the size \(-1, -1\)"),
        ("ConvTranspose2d(3, 6, 3, 2, output_padding=2)", ONES, r"output_padding=\(2, 2\) with stride=\(2, 2\)"),
        ("MaxPool2d(6)", ONES, r"MaxPool2d\(kernel_size=6, .* give it a larger input"),
        ("MaxPool2d(2, padding=2)", ONES, r"padding=\(2, 2\) and a kernel that reaches over \(2, 2\); .* half"),
        ("MaxPool2d(2)", ONES[0, 0], "MaxPool2d.* it takes"),
        ("AvgPool2d((2, 2, 2))", ONES, r"kernel_size=\(2, 2, 2\); it must be a whole number or a tuple of 2"),
        ("AvgPool2d(2, 0)", ONES, "stride=0; it must be a whole number or a tuple of 2, at least 1"),
        ("AvgPool2d(2, divisor_override=0)", ONES, "divisor_override=0"),
        ("AdaptiveAvgPool2d((1, 2, 3))", ONES, r"output_size=\(1, 2, 3\)"),
        ("AdaptiveAvgPool2d(0)", ONES, "AdaptiveAvgPool2d.* at least 1"),
        ("Upsample(2)", ONES[0, 0], r"Upsample\(size=2, mode='nearest'\) was given an input of shape \(5, 5\)"),
        ("Upsample(2, mode='bicubic')", ONES, "mode='bicubic' and an input of shape .*; give it nearest or bilinear"),
        ("Upsample()", ONES, "neither size nor scale_factor"),
        ("Upsample(2, 2)", ONES, "size=2 and scale_factor=2, and expects one of them"),
        ("Upsample(2, align_corners=True)", ONES, "align_corners=True with mode='nearest', which has none"),
        ("Upsample(scale_factor=0.1)", ONES, "an output of size"),
        ("Upsample(2)", ONES[:, :, :0], "which has no elements"),
        ("Flatten(2, 1)", ONES, r"Flatten\(start_dim=2, end_dim=1\) was given an input of shape"),
        ("Flatten()", ONES[0, 0, 0], "finds no such axes"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(text: str, x: Any, message: str) -> None:
    module = made(text)
    for given in (x, ag.Tensor(x, requires_grad=True)):
        with pytest.raises(ValueError, match=message):
            module(given)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Conv2d(3, 4, 3, groups=2)", r"Conv2d was given in_channels=3, out_channels=4 and groups=2; both must be"),
        ("Conv2d(3, 4, 0)", "kernel_size=0; it must be a whole number or a tuple of 2, at least 1"),
        ("Conv2d(3, 4, 3, 1.5)", r"stride=1\.5; it must be a whole number"),
        ("Conv1d(3, 4, (3, 3))", r"Conv1d was given kernel_size=\(3, 3\); it must be a whole number, at least 1"),
        ("ConvTranspose2d(3, 4, 3, padding='same')", "ConvTranspose2d was given padding='same'"),
    ],
)
def test_arguments_that_are_none_are_refused_at_once(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(text)


@pytest.mark.parametrize(
    ("padding", "message"), [("same", "smaller; give the padding as"), ("full", '"same", "valid"')]
)
def test_padding_by_name(padding: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.Conv2d(3, 4, 3, 2, padding)(ONES)


@pytest.mark.parametrize("text", ["Conv2d(3, 4, 3)", "ConvTranspose2d(3, 4, 3)"])
def test_another_dtype_is_refused(text: str) -> None:
    module = made(text)
    with pytest.raises(TypeError, match=r"\) of float32 was given an input of float64, .* pass x.astype\(np.float32\)"):
        module(ONES.astype(np.float64))
    with pytest.raises(TypeError, match=r"pass x.astype\(np.float32\)$"):
        module(np.ones(ONES.shape, np.uint8))


@pytest.mark.parametrize("text", ["AvgPool2d(2)", "AdaptiveAvgPool2d(2)", "Upsample(7)"])
def test_integers_have_no_means(text: str) -> None:
    with pytest.raises(TypeError, match=r"was given an input of int64, .* pass x.astype\(np.float32\)"):
        made(text)(np.ones((1, 1, 4, 4), np.int64))


def test_weights_of_functions_must_fit() -> None:
    with pytest.raises(ValueError, match=r"conv2d was given a weight of shape \(3, 3\), and expects 4 axes"):
        nn.conv2d(ONES, np.ones((3, 3), np.float32))
    with pytest.raises(ValueError, match=r"conv2d was given a bias of shape \(3,\), and expects \(2,\)"):
        nn.conv2d(ONES, np.ones((2, 3, 1, 1), np.float32), np.ones(3, np.float32))
    with pytest.raises(ValueError, match=r"conv2d was given groups=3 and a weight of shape \(2, 1, 1, 1\)"):
        nn.conv2d(ONES, np.ones((2, 1, 1, 1), np.float32), groups=3)
