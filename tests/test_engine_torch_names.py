"""What a PyTorch user types: each remedy is run, and gives what PyTorch gives (kept in torch_reference/)."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.special
from torch_reference import cases
from torch_reference.torch_names import values

import autograd as ag
from autograd.engine.torch_names import ELEMENTWISE, FUNCTIONS, METHODS, of_function, row_of

REFERENCE = cases.read("torch_names")
IN_PLACE = [name for name in (f"{method}_" for method in ELEMENTWISE) if f"t.{name}" in REFERENCE]
RANDOM = {"rand", "randn", "randint", "randperm"}  # of which shape and dtype are compared
NOTHING = {"t.grad_fn", "torch.manual_seed"}  # is what PyTorch returns


def result_of(code: str) -> Any:
    """What a remedy gives, run as it is written: the last expression; of a statement, t after it, or y."""
    found: list[Any] = []
    given: dict[str, Any] = {
        name: ag.Tensor(array.copy()) if name in "tuv" else array for name, array in values().items()
    }
    given |= {"np": np, "ag": ag, "scipy": scipy, "x": values()["t"], "print": found.append}
    given["w"] = ag.Tensor(values()["v"], requires_grad=True)
    with np.errstate(all="ignore"):
        try:
            y = eval(code, given)
        except SyntaxError:
            exec(code, given)
            y = found[0] if found else given.get("y", given["t"])
    return y


def arrays_of(y: Any) -> list[Any]:
    if isinstance(y, type):
        y = np.zeros(0, y)
    parts = y if isinstance(y, tuple | list) else [y]
    return [part.data if isinstance(part, ag.Tensor) else np.asarray(part) for part in parts]


ROWS = {
    **{f"t.{name}": row_of(name) for name in (*METHODS, *IN_PLACE)},
    **{f"torch.{name}": row for name, row in FUNCTIONS.items()},
}


@pytest.mark.parametrize("name", ROWS)
def test_what_the_remedy_gives_is_what_torch_gives(name: str) -> None:
    row = ROWS[name]
    assert row is not None
    result = result_of(row[1])
    if name in NOTHING:
        assert result is None
        return
    found, expected = arrays_of(result), list(REFERENCE[name].values())
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        if name.removeprefix("torch.") not in RANDOM:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_there_is_a_reference_for_each_row_and_a_row_for_each() -> None:
    assert REFERENCE.keys() | NOTHING == ROWS.keys()
    assert {"view", "unsqueeze", "permute", "exp", "clone", "to", "register_hook", "cuda", "cpu", "float", "long",
            "contiguous", "masked_fill", "scatter", "gather", "expand"} <= METHODS.keys()  # fmt: skip


@pytest.mark.parametrize("name", [*METHODS, *IN_PLACE])
def test_a_tensor_lacks_it_and_says_how_it_is_written(name: str) -> None:
    assert not hasattr(ag.Tensor, name), "it has it, so the row is to go"
    t, row = ag.Tensor(np.ones(3)), row_of(name)
    assert row is not None
    with pytest.raises(AttributeError) as error:
        getattr(t, name)
    assert str(error.value) == f"a Tensor has no {name}: what PyTorch writes {row[0]} is {row[1]} here"
    assert name in row[0]
    assert not hasattr(t, name)
    assert getattr(t, name, 5) == 5


@pytest.mark.parametrize("name", FUNCTIONS)
def test_autograd_lacks_it_and_says_how_it_is_written(name: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(ag, name)
    assert (
        str(error.value)
        == f"autograd has no {name}: what PyTorch writes {FUNCTIONS[name][0]} is {FUNCTIONS[name][1]} here"
    )


@pytest.mark.parametrize(("name", "message"), [
    ("sin", r"what PyTorch writes t\.sin\(\) is np\.sin\(t\) here"),
    ("clamp", r"what PyTorch writes t\.clamp\(-1, 1\) is np\.clip\(t, -1, 1\) here"),
    ("einsum", r"NumPy's takes Tensors: np\.einsum"),
    ("arange", r"NumPy's takes Tensors: np\.arange"),
])  # fmt: skip
def test_functions_of_numpys_and_of_methods(name: str, message: str) -> None:
    with pytest.raises(AttributeError, match=f"autograd has no {name}: {message}"):
        getattr(ag, name)


@pytest.mark.parametrize("name", ["no_such_name", "_private", "__array_interface__", "__dlpack__", "__wrapped__"])
def test_other_names_get_pythons_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'Tensor' object has no attribute '{name}'"):
        getattr(ag.Tensor(1.0), name)
    with pytest.raises(AttributeError, match=f"module 'autograd' has no attribute '{name}'"):
        getattr(ag, name)
    assert of_function("no_such_name") is None


def test_a_tensor_is_copied_and_pickled_and_converted_as_before() -> None:
    t = ag.Tensor(np.ones(3), requires_grad=True)
    for twin in (copy.copy(t), copy.deepcopy(t), pickle.loads(pickle.dumps(t))):
        assert twin.requires_grad
        np.testing.assert_array_equal(twin.data, t.data)
    np.testing.assert_array_equal(np.asarray(t.detach()), np.ones(3))
    assert not any(hasattr(t, name) for name in ("__array_interface__", "__array_struct__", "__dlpack__", "__fspath__"))
    with pytest.raises(ImportError, match="cannot import name 'cat' from 'autograd'"):
        from autograd import cat  # noqa: F401


def test_names_that_numpy_has_mean_what_they_mean_in_numpy() -> None:
    t = ag.Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    with pytest.raises(TypeError, match=r"t\.flatten was given order=1, .* is t\.reshape\(t\.shape\[0\], -1\) here"):
        t.flatten(1)  # type: ignore[arg-type]
    assert t.reshape(t.shape[0], -1).shape == (2, 12)
    with pytest.raises(
        ValueError, match=r"t\.transpose was given the axes \(0, 1\) for 3 .*; t\.swapaxes\(0, 1\) swaps two"
    ):
        t.transpose(0, 1)
    assert t.swapaxes(0, 1).shape == (3, 2, 4)
    np.testing.assert_array_equal(t[0].transpose(0, 1).data, t.data[0])  # not swapped
    np.testing.assert_array_equal(t.repeat(2, axis=0).data, np.repeat(t.data, 2, axis=0))
