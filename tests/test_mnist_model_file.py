"""A network as a file: it comes back as it was, and every other file is refused in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import io as storage
from mnist import model_file
from mnist.model_file import FORMAT, ModelError
from mnist.networks import NETWORKS, Network
from models.lenet import LeNet
from models.mlp import ACTIVATIONS, MLP

EXPECTED = "expected a model that `python -m mnist train` saved; train one, or pass its path"


def network(*hidden: int, activation: str = "relu") -> MLP:
    return MLP((784, *hidden, 10), activation, rng=np.random.default_rng(0))


def lenet(*hidden: int, channels: tuple[int, int] = (3, 4), activation: str = "relu") -> LeNet:
    return LeNet(channels, hidden, activation, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    "model",
    [
        network(), network(16), network(16, 8, activation="tanh"), network(16, 16, 16),
        lenet(), lenet(5), lenet(6, 5, activation="sigmoid"), lenet(7, channels=(1, 1)),
    ],
    ids=lambda model: model.architecture,
)  # fmt: skip
def test_round_trip(tmp_path: Path, model: Network) -> None:
    model_file.save_model(tmp_path / "model", model, {"seed": 3, "test_accuracy": 0.5})
    found = model_file.load_model(tmp_path / "model")
    assert type(found) is type(model)
    assert found.config == model.config
    np.testing.assert_equal(found.state_dict(), model.state_dict())
    x = np.random.default_rng(1).random((3, 784), np.float32)
    np.testing.assert_array_equal(found(x).data, model(x).data)
    assert json.loads(storage.metadata(tmp_path / "model")["about"]) == {"seed": 3, "test_accuracy": 0.5}


def saved(path: Path, state: dict[str, Any] | None = None, **metadata: Any) -> Path:
    """A model's file, with some of its metadata (None: without it) or its arrays replaced."""
    texts = {"format": FORMAT, "sizes": "784,16,10", "activation": "relu", "about": "{}", **metadata}
    given = network(16).state_dict() if state is None else state
    ag.save(path, given, {key: text for key, text in texts.items() if text is not None})
    return path


def test_what_the_errors_start_from_is_right(tmp_path: Path) -> None:
    assert model_file.load_model(saved(tmp_path / "model")).sizes == (784, 16, 10)


@pytest.mark.parametrize(
    "metadata",
    [
        {"sizes": None},
        {"sizes": ""},
        {"sizes": "many"},
        {"sizes": "784,16,ten"},
        {"sizes": "784"},
        {"sizes": "784,16,16,10"},
        {"sizes": "784,17,10"},
        {"sizes": "10,16,784"},
        {"sizes": "784,0,10"},
        {"sizes": "784,-16,10"},
        {"sizes": "784,16.0,10"},
        {"sizes": "9" * 5000},
        {"activation": None},
        {"activation": "swish"},
        {"activation": ""},
    ],
    ids=lambda metadata: str(metadata)[:30],
)
def test_metadata_that_fits_nothing(tmp_path: Path, metadata: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="model does not hold the network that it says") as error:
        model_file.load_model(saved(tmp_path / "model", **metadata))
    assert str(error.value).endswith(EXPECTED)


def test_a_file_from_before_there_were_other_kinds(tmp_path: Path) -> None:
    """It does not say what it is."""
    assert "model" not in storage.metadata(saved(tmp_path / "model"))
    assert isinstance(model_file.load_model(tmp_path / "model"), MLP)
    assert isinstance(model_file.load_model(model_file.PRETRAINED), MLP)


def make_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*args: Any, **options: Any) -> None:
        pytest.fail("it made a network of the sizes it was told")

    for network in NETWORKS.values():
        monkeypatch.setattr(network, "__init__", made)


@pytest.mark.parametrize("sizes", ["784,100000000000,10", "784," + "1000000,1000000,10", "784," + "9" * 30 + ",10"])
def test_huge_sizes_take_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: str) -> None:
    path = saved(tmp_path / "model", sizes=sizes)
    make_nothing(monkeypatch)
    with pytest.raises(ModelError, match="its sizes say"):
        model_file.load_model(path)


def saved_lenet(path: Path, state: dict[str, Any] | None = None, **metadata: Any) -> Path:
    given = {"model": "lenet", "sizes": None, "channels": "3,4", "hidden": "5", **metadata}
    return saved(path, lenet(5).state_dict() if state is None else state, **given)


@pytest.mark.parametrize(
    "metadata",
    [
        {"model": "mlp"}, {"model": "lenet5"}, {"model": ""}, {"channels": None}, {"hidden": None}, {"channels": ""},
        {"channels": "3"}, {"channels": "3,4,5"}, {"channels": "4,3"}, {"channels": "3,four"}, {"channels": "3,-4"},
        {"channels": "3,0"}, {"hidden": ""}, {"hidden": "6"}, {"hidden": "5,5"}, {"hidden": "x"}, {"activation": None},
        {"activation": "swish"},
    ],
    ids=str,
)  # fmt: skip
def test_metadata_that_fits_no_lenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any]) -> None:
    assert isinstance(model_file.load_model(saved_lenet(tmp_path / "model")), LeNet)
    path = saved_lenet(tmp_path / "model", **metadata)
    make_nothing(monkeypatch)
    with pytest.raises(ModelError, match="model does not hold the network that it says") as error:
        model_file.load_model(path)
    assert str(error.value).endswith(EXPECTED)


@pytest.mark.parametrize(
    "metadata", [{"channels": "3,100000000000"}, {"channels": "100000000000,4"}, {"hidden": "9" * 30}], ids=str
)
def test_huge_maps_take_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any]) -> None:
    path = saved_lenet(tmp_path / "model", **metadata)
    make_nothing(monkeypatch)
    with pytest.raises(ModelError, match="its sizes say"):
        model_file.load_model(path)


def test_a_lenet_without_maps(tmp_path: Path) -> None:
    """Its arrays fit, for they hold nothing."""
    state = lenet(5).state_dict()
    empty = {"layers.3.weight": state["layers.3.weight"][:0], "layers.3.bias": np.zeros(0, np.float32)}
    state |= empty | {"layers.7.weight": np.zeros((0, 5), np.float32)}
    with pytest.raises(ModelError, match=r"it needs two numbers of channels, and all of them 1 or more"):
        model_file.load_model(saved_lenet(tmp_path / "model", state, channels="3,0"))


@pytest.mark.parametrize(
    "change",
    [
        {"layers.0.bias": np.zeros(4, np.float32)}, {"layers.0.bias": None}, {"extra": np.zeros(1, np.float32)},
        {"layers.3.weight": None}, {"layers.7.weight": np.zeros((5, 64), np.float32)},
        {"layers.0.weight": np.zeros((3, 5, 5, 1), np.float32)},
    ],
    ids=str,
)  # fmt: skip
def test_arrays_that_fit_no_lenet(tmp_path: Path, change: dict[str, Any]) -> None:
    state = {name: array for name, array in {**lenet(5).state_dict(), **change}.items() if array is not None}
    with pytest.raises(ModelError, match="model does not hold the network that it says") as error:
        model_file.load_model(saved_lenet(tmp_path / "model", state))
    assert str(error.value).endswith(EXPECTED)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_weights_have_the_shapes_that_are_told_without_a_network(activation: str) -> None:
    for model in (network(16, 8, activation=activation), lenet(6, 5, activation=activation), network(), lenet()):
        found = [array.shape for name, array in model.state_dict().items() if name.endswith("weight")]
        assert model.weight_shapes(**model.config) == found


STATE = network(16).state_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"layers.0.weight": STATE["layers.0.weight"].T},
        {"layers.0.bias": np.zeros(17, np.float32)},
        {"layers.0.bias": np.zeros((), np.float32)},
        {"layers.0.weight": None},
        {"layers.2.bias": None},
        {"extra": np.zeros(1, np.float32)},
        {"extra.weight": np.zeros((16, 10), np.float32)},
        {"layers.0.weight": STATE["layers.0.weight"].astype(np.complex64)},
    ],
    ids=lambda change: str({name: v if v is None else v.shape for name, v in change.items()}),
)
def test_arrays_that_fit_no_network(tmp_path: Path, change: dict[str, Any]) -> None:
    state = {name: array for name, array in {**STATE, **change}.items() if array is not None}
    with pytest.raises(ModelError, match="model does not hold the network that it says") as error:
        model_file.load_model(saved(tmp_path / "model", state))
    assert str(error.value).endswith(EXPECTED)


@pytest.mark.parametrize("format", [None, "pt", "tiny-autograd digits 2"])
def test_a_file_of_another_program(tmp_path: Path, format: str | None) -> None:
    state = {"transformer.h.0": np.zeros(3, np.float32)}
    with pytest.raises(ModelError, match=r"of another program \(it holds transformer.h.0\)") as error:
        model_file.load_model(saved(tmp_path / "model", state, format=format))
    assert str(error.value).endswith(EXPECTED)
    ag.save(tmp_path / "empty", {})
    with pytest.raises(ModelError, match="it holds nothing"):
        model_file.load_model(tmp_path / "empty")


def test_a_file_of_bfloat16(tmp_path: Path) -> None:
    header = b'{"model.embed": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}'
    (tmp_path / "model").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ModelError):
        model_file.load_model(tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(100), b"\xff" * 100])
def test_no_safetensors_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ModelError, match="model is no safetensors file") as error:
        model_file.load_model(tmp_path / "model")
    assert str(error.value).endswith(EXPECTED)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ModelError) as error:
            model_file.load_model(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)
