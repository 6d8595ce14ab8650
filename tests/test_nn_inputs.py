"""What layers say of an input that they cannot take, and where its dtype began."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn
from autograd.nn.inputs import first_of_dtype

X = np.ones((2, 4, 8), np.float32)
LAYERS: dict[str, tuple[nn.Module, Any]] = {
    "Linear": (nn.Linear(8, 2), X),
    "Conv1d": (nn.Conv1d(4, 2, 3), X),
    "LayerNorm": (nn.LayerNorm(8), X),
    "LSTM": (nn.LSTM(8, 3), X),
}


class TheirTensor:
    """As much of a Tensor of PyTorch's as a layer looks at."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.ndim, self.dtype = array, array.shape, array.ndim, "torch.float32"

    def __len__(self) -> int:
        return len(self.array)


TheirTensor.__module__, TheirTensor.__name__ = "torch", "Tensor"


@pytest.mark.parametrize("name", LAYERS)
def test_integers_are_not_said_to_become_what_the_layer_computes_in(name: str) -> None:
    layer, x = LAYERS[name]
    way = r"pass x\.astype\(np\.float32\)"
    for dtype in (np.uint8, np.int64, np.bool_):
        with pytest.raises(
            TypeError, match=f"was given an input of {np.dtype(dtype)}, and computes in float32; {way}$"
        ):
            layer(x.astype(dtype))
    with pytest.raises(TypeError, match=f"was given an input of float16, and computes in float32; {way}, or make"):
        layer(x.astype(np.float16))
    with pytest.raises(TypeError, match=f"of float64, which would make everything after it float64; {way}, or make"):
        layer(x.astype(np.float64))
    layer(x)


@pytest.mark.parametrize("bad", [3.0, None, "text", object()])
def test_what_is_no_array(bad: Any) -> None:
    with pytest.raises(
        TypeError, match=rf"Linear\(8, 2\) was given a {type(bad).__name__}, and expects an array of float32"
    ):
        nn.Linear(8, 2)(bad)


@pytest.mark.parametrize("name", ["Linear", "LayerNorm"])
def test_a_tensor_of_pytorch(name: str) -> None:
    layer, x = LAYERS[name]
    with pytest.raises(TypeError, match=r"was given a Tensor of PyTorch's, and expects an array; pass x\.numpy\(\)"):
        layer(TheirTensor(x))


# -- where a dtype began -----------------------------------------------------------------------------------------------

WIDENED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a root": (lambda q: nn.softmax(q @ q.mT / np.sqrt(8)) @ q, r"divide, of float32 \(2, 4, 4\) and a constant of"),
    "an array": (lambda q: np.tanh(q * np.ones(8)), r"multiply, of float32 \(2, 4, 8\) and a constant of NumPy's"),
    "integers": (lambda q: (q + np.arange(8)) * 2, r"add, of float32 \(2, 4, 8\) and a constant of NumPy's"),
    "a cast": (lambda q: q.astype(np.float64) + 1, r"astype, of float32 \(2, 4, 8\)\)"),
    "the first of two": (lambda q: (q * np.float64(2)) + (np.sin(q) - np.float64(3)), r"multiply, of float32"),
    "one of several outputs": (lambda q: np.split(q * np.float64(2), 2)[1], r"multiply, of float32"),
}  # fmt: skip


@pytest.mark.parametrize(("f", "message"), WIDENED.values(), ids=WIDENED)
def test_the_call_in_which_it_began_is_named(f: Callable[[Any], Any], message: str) -> None:
    q = ag.Tensor(X, requires_grad=True)
    with pytest.raises(TypeError, match=rf"everything after it float64 \(that began in {message}") as error:
        nn.Linear(8, 8)(f(q))
    if "and a constant" in message:
        assert "math.sqrt(d) in place of np.sqrt(d), or float(c), would have kept the dtype" in str(error.value)


def test_the_remedies_work() -> None:
    q = ag.Tensor(X, requires_grad=True)
    nn.Linear(8, 8)(nn.softmax(q @ q.mT / math.sqrt(8)) @ q)
    nn.Linear(8, 8)(q * float(np.sqrt(8)))


def test_where_it_did_not_begin_in_a_call() -> None:
    double = ag.Tensor(X.astype(np.float64), requires_grad=True)
    single = ag.Tensor(X, requires_grad=True)
    for x in (double, np.tanh(double), double * np.float32(3), ag.Tensor(X.astype(np.float64))):
        with pytest.raises(TypeError, match=r"everything after it float64; pass"):
            nn.Linear(8, 8)(x)
    # of a sum in which one part was wide from the start, the other began nowhere
    assert first_of_dtype(single + double) is None


def test_a_deep_graph_is_walked_without_recursion() -> None:
    x = ag.Tensor(X, requires_grad=True) * np.float64(2)
    first = x.node
    for _ in range(3000):
        x = 0.5 * (x + x)
    assert first_of_dtype(x) is first
