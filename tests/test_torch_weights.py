"""Weights from PyTorch and for it: every layer that has state computes with them what PyTorch's does.

PyTorch's side is in torch_reference/weights.npz. What load_state_dict(strict=True) of PyTorch asks is that names and
shapes be its own.
"""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layers import MAKE, REFERENCE, THERE, output_of, state_of

import autograd as ag
from autograd import io as storage
from autograd import nn

pytest.importorskip("safetensors")


def loaded_from(name: str, source: Any) -> Any:
    module = MAKE[name](nn)
    keys = ag.load_torch(module, source)
    assert keys == ([], [])
    return module


def test_every_layer_with_state_is_compared() -> None:
    assert REFERENCE.keys() == MAKE.keys()
    for name, kind in vars(nn).items():
        if isinstance(kind, type) and issubclass(kind, nn.Module) and name not in MAKE:
            required = [p for p in inspect.signature(kind).parameters.values() if p.default is p.empty and p.kind < 2]
            assert not kind(*(2 for _ in required)).state_dict(), f"{name} has state, and no case here"


@pytest.mark.parametrize("name", THERE)
def test_weights_from_a_state_of_torch(name: str) -> None:
    module = loaded_from(name, state_of(name))
    np.testing.assert_allclose(output_of(module, REFERENCE[name]["x"]), REFERENCE[name]["y"], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("texts", [None, {"format": "pt"}])
@pytest.mark.parametrize("name", THERE)
def test_weights_from_a_file_of_torch_and_for_it(tmp_path: Path, name: str, texts: Any) -> None:
    from safetensors.numpy import load_file, save_file

    save_file(state_of(name), tmp_path / "theirs", texts)
    module = loaded_from(name, tmp_path / "theirs")
    np.testing.assert_allclose(output_of(module, REFERENCE[name]["x"]), REFERENCE[name]["y"], rtol=2e-5, atol=2e-6)
    ag.save_torch(tmp_path / "ours", module)
    written = load_file(tmp_path / "ours")
    assert written.keys() == state_of(name).keys()
    for key, expected in state_of(name).items():
        np.testing.assert_array_equal(written[key], expected, strict=True)
    assert storage.metadata(tmp_path / "ours") == {"format": "pt"}
    ag.load_torch(MAKE[name](nn), tmp_path / "ours")


def test_what_save_torch_writes_is_torchs_and_what_save_writes_ours(tmp_path: Path) -> None:
    module = nn.Linear(3, 3, rng=np.random.default_rng(0))
    ag.save_torch(tmp_path / "torch", module, {"about": "a layer"})
    assert storage.metadata(tmp_path / "torch") == {"about": "a layer", "format": "pt"}
    with pytest.raises(ValueError, match=r"weight is square, .* PyTorch wrote the file; .* ag\.load_torch\("):
        module.load_state_dict(ag.load(tmp_path / "torch"))
    ag.save(tmp_path / "ours", module.state_dict())
    with pytest.raises(ValueError, match=r"a file that ag\.save wrote, .* module\.load_state_dict\(ag\.load\(path\)\)"):
        ag.load_torch(module, tmp_path / "ours")


# -- what PyTorch has in memory ----------------------------------------------------------------------------------------


class TheirTensor:
    """As much of a Tensor of PyTorch's as is asked for."""

    def __init__(self, array: Any, dtype: str = "torch.float32") -> None:
        self.array, self.dtype = array, dtype

    def detach(self) -> "TheirTensor":
        return self

    cpu = detach

    def float(self) -> "TheirTensor":
        return TheirTensor(self.array)

    def numpy(self) -> Any:
        assert self.dtype != "torch.bfloat16", "Got unsupported ScalarType BFloat16"
        return self.array

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.array


class TheirModule:
    def __init__(self, state: Any) -> None:
        self.state_dict = lambda: state


@pytest.mark.parametrize("dtype", ["torch.float32", "torch.bfloat16"])
def test_weights_from_a_module_of_torch(dtype: str) -> None:
    state = {name: TheirTensor(array, dtype) for name, array in state_of("Linear, square").items()}
    for source in (state, TheirModule(state)):
        module = loaded_from("Linear, square", source)
        np.testing.assert_array_equal(module.weight.data, state["weight"].array.T)


def test_square_weights_of_torch_in_memory_are_not_loaded_in_silence() -> None:
    TheirTensor.__module__ = "torch"
    state = {name: TheirTensor(array) for name, array in state_of("Linear, square").items()}
    with pytest.raises(ValueError, match=r"weight is square, .* Tensors of PyTorch's; .* ag\.load_torch\(module"):
        nn.Linear(3, 3).load_state_dict(state)


def test_counts_of_batches_that_a_module_lacks_are_left_out() -> None:
    state = {**state_of("Linear"), "num_batches_tracked": np.array(3)}
    loaded_from("Linear", state)


# -- errors ------------------------------------------------------------------------------------------------------------


def test_everything_that_does_not_fit_is_told_and_nothing_loaded() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4))
    before = module.state_dict()
    state = {"0.weight": np.ones((3, 4)), "0.bias": np.ones(4), "1.weight": np.ones((4, 4)), "2.bias": np.ones(4)}
    with pytest.raises(ValueError, match="the state does not fit Sequential") as error:
        ag.load_torch(module, state)
    for problem in (
        "0.weight has shape (3, 4), and (4, 3) is expected",  # as PyTorch has it
        "1.bias is missing",
        "2.bias is not in the module",
        "strict=False",
    ):
        assert problem in str(error.value)
    np.testing.assert_equal(module.state_dict(), before)
    state["0.weight"] = np.arange(12.0).reshape(4, 3)
    keys = ag.load_torch(module, state, strict=False)
    assert keys == (["1.bias"], ["2.bias"])
    np.testing.assert_array_equal(module[0].weight.data, state["0.weight"].T)


REFUSED: dict[str, tuple[Any, str]] = {
    "a checkpoint": (
        lambda: ag.load_torch(nn.Linear(3, 3), {"epoch": 3, "model": state_of("Linear")}),
        r"a dict in which 'model' is a dict, .* load_torch\(module, checkpoint\['model'\]\)",
    ),
    "no module": (
        lambda: ag.load_torch("path", nn.Linear(3, 3)),
        r"load_torch was given a str, .*load_torch\(module, ",
    ),
    "no path": (lambda: ag.save_torch(nn.Linear(3, 3), "path"), r"save_torch was given a str, .*save_torch\(path, mod"),
    "a list": (
        lambda: ag.load_torch(nn.Linear(3, 3), [1, 2]),
        "load_torch was given a list, and expects arrays by name",
    ),
}


@pytest.mark.parametrize(("use", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_state(use: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        use()
