"""What a PyTorch user asks of a Module and of nn: each remedy is run, and errors of others are Python's."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn
from autograd.nn.torch_names import ARGUMENTS, FUNCTIONS, METHODS, of_layer


def hook(module: Any, gx: Any, gy: Any) -> None: ...


def model() -> nn.Linear:
    made = nn.Linear(3, 3, rng=np.random.default_rng(0))
    made.register_buffer("mean", np.zeros(3))
    return made


EXPECTED: dict[str, Any] = {
    "add_module": lambda m, y: "head.weight" in m.state_dict(),
    "register_module": lambda m, y: "head.weight" in m.state_dict(),
    "cpu": lambda m, y: y is m,
    "cuda": lambda m, y: y is m,
    "half": lambda m, y: y is m and {str(a.dtype) for a in m.state_dict().values()} == {"float16"},
    "type": lambda m, y: y is m and {str(a.dtype) for a in m.state_dict().values()} == {"float64"},
    "get_buffer": lambda m, y: y is m.mean,
    "get_parameter": lambda m, y: y is m.weight,
    "register_backward_hook": lambda m, y: len(m._hooks) == 1 and y.remove() is None and not m._hooks,
}


@pytest.mark.parametrize("name", METHODS)
def test_what_a_module_lacks(name: str) -> None:
    torch, ours = METHODS[name]
    module = model()
    with pytest.raises(AttributeError) as error:
        getattr(module, name)
    assert str(error.value) == f"Linear has no {name}: what PyTorch writes {torch} is {ours} here"
    assert not hasattr(nn.Sequential(), name)
    given: dict[str, Any] = {"model": module, "np": np, "part": nn.Linear(2, 2), "hook": hook}
    try:
        result = eval(ours, given)
    except SyntaxError:
        result = exec(ours, given)
    assert EXPECTED[name](module, result)


class WithProperty(nn.Module):
    @property
    def size(self) -> Any:
        return self.wieght.shape  # type: ignore[attr-defined]


def test_other_errors_are_pythons() -> None:
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'"):
        model().wieght  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'first'"):
        nn.Sequential(model()).first  # noqa: B018
    with pytest.raises(AttributeError, match="'WithProperty' object has no attribute 'wieght'"):
        WithProperty().size  # noqa: B018
    assert copy.copy(model()).weight.shape == (3, 3)


KNOWN = ["Conv1d", "Conv2d", "Linear", "binary_cross_entropy", "cross_entropy", "gelu", "mse_loss", "silu"]
MISSING = {
    "CrossEntropyLoss": r"it has nn\.cross_entropy$",
    "MSELoss": r"it has nn\.mse_loss$",
    "BCELoss": r"it has nn\.binary_cross_entropy$",
    "SiLU": r"it has nn\.silu$",
    "linear": r"it has nn\.Linear$",
    "Conv3d": r"the nearest that it has: Conv2d, Conv1d; a layer of your own is a subclass of nn\.Module",
    "Transformer": r"nn has no Transformer; a layer of your own is a subclass of nn\.Module",
}


@pytest.mark.parametrize(("name", "message"), MISSING.items())
def test_what_nn_lacks(name: str, message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        raise of_layer(name, KNOWN)


def test_what_nn_lacks_is_told_where_it_is_asked_for() -> None:
    with pytest.raises(AttributeError, match="nn has no NoSuchLayer; a layer of your own"):
        nn.NoSuchLayer  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(nn, "Conv3d")
    with pytest.raises(AttributeError, match=r"nn has no dropout; it has nn\.Dropout$"):
        nn.functional.dropout  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"nn has no linear; it has nn\.Linear$"):
        nn.functional.linear  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"module 'autograd\.nn' has no attribute '__wrapped__'"):
        nn.__wrapped__  # type: ignore[attr-defined]  # noqa: B018
    np.testing.assert_array_equal(ag.nn.relu(np.array([-1.0, 1.0])), [0, 1])  # which is what the remedy names


def test_functional_has_the_functions_as_nn_has_them() -> None:
    assert nn.functional.relu is nn.relu
    for name in nn.functional.__all__:
        assert callable(getattr(nn.functional, name))
        assert getattr(nn.functional, name) is getattr(nn, name)
    assert {name for name in nn.__all__ if name.islower()} == {*nn.functional.__all__, "functional", "init"}
    assert not set(nn.functional.__all__) & set(nn.layers.__all__)


# -- arguments ---------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Any, str]] = {
    "add_bias_kv": (lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True), "MultiheadAttention"),
    "add_zero_attn": (lambda: nn.MultiheadAttention(8, 2, add_zero_attn=True), "MultiheadAttention"),
    "device": (lambda: nn.GRU(3, 4, device="cpu"), "GRU"),
    "inplace": (lambda: nn.LeakyReLU(0.2, inplace=True), "LeakyReLU"),
    "max_norm": (lambda: nn.Embedding(3, 4, max_norm=1.0), "Embedding"),
    "p": (lambda: nn.Dropout2d(p=0.3), "Dropout2d"),
    "padding_mode": (lambda: nn.Conv1d(1, 1, 3, padding_mode="reflect"), "Conv1d"),
    "proj_size": (lambda: nn.RNN(3, 4, proj_size=2), "RNN"),
    "reduce": (lambda: nn.MSELoss(reduce=False), "MSELoss"),
    "return_indices": (lambda: nn.MaxPool2d(2, return_indices=True), "MaxPool2d"),
    "scale_grad_by_freq": (lambda: nn.Embedding(3, 4, scale_grad_by_freq=True), "Embedding"),
    "size_average": (lambda: nn.CrossEntropyLoss(size_average=False), "CrossEntropyLoss"),
    "sparse": (lambda: nn.Embedding(3, 4, sparse=True), "Embedding"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_argument_of_pytorchs_layer_says_what_to_do(name: str) -> None:
    make, kind = REFUSED[name]
    with pytest.raises(TypeError) as error:
        make()
    assert str(error.value).startswith(f"{kind} was given {name}=")
    assert str(error.value).endswith(ARGUMENTS[name])


def test_what_takes_no_arguments_says_so() -> None:
    with pytest.raises(TypeError, match=r"ReLU was given \(inplace=True\), and takes no arguments; leave them out"):
        nn.ReLU(inplace=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Identity was given \(54\), and takes no arguments"):
        nn.Identity(54)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        nn.RNN(3, 4, foo=1)


def test_a_dtype_of_pytorchs_says_how_it_is_written_here() -> None:
    dtype: Any = type("dtype", (), {"__module__": "torch", "__repr__": lambda self: "torch.float64"})()
    with pytest.raises(TypeError, match=r"Conv2d was given dtype=torch\.float64, .* write dtype=np\.float64"):
        nn.Conv2d(1, 1, 1, dtype=dtype)


class Own(nn.Module):
    def __init__(self, **options: Any) -> None:
        self.options = options


def test_a_layer_of_ones_own_takes_what_it_says() -> None:
    assert Own(p=1, device=2, inplace=3).options == {"p": 1, "device": 2, "inplace": 3}
    assert copy.deepcopy(Own(p=1)).options == pickle.loads(pickle.dumps(Own(p=1))).options == {"p": 1}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_no_layer_says_how_it_is_written(name: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(nn, name)
    assert str(error.value) == f"nn has no {name}; write {FUNCTIONS[name]}"
    labels, x = np.array([0, 2]), np.ones((2, 4))
    given = {"np": np, "num_classes": 3, "labels": labels, "x": x}
    if name == "one_hot":
        np.testing.assert_array_equal(eval(FUNCTIONS[name], given), [[1, 0, 0], [0, 0, 1]])
    if name == "normalize":
        np.testing.assert_array_equal(eval(FUNCTIONS[name], given), x / 2)
