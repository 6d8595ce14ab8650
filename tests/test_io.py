"""Saving and loading arrays: what comes back, what a failure leaves behind, what errors say."""

import builtins
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import io as storage

pytest.importorskip("safetensors")

VALUES: dict[str, Any] = {
    **{str(np.dtype(dtype)): np.arange(6).reshape(2, 3).astype(dtype) for dtype in "?bBhHiIqQefdF"},
    "0-d": np.array(2.5, np.float32),
    "NumPy scalar": np.float64(2.5),
    "empty": np.ones((0, 3), np.float32),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(24.0).reshape(4, 6)[::2, ::-3],
    "broadcast": np.broadcast_to(np.arange(3.0), (2, 3)),
    "big-endian": np.arange(3, dtype=">f4"),
    "nan and inf": np.array([np.nan, np.inf, -np.inf, -0.0]),
    "large": np.arange(1 << 18, dtype=np.float32).reshape(512, 512),
}


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_round_trip(tmp_path: Path, value: Any) -> None:
    ag.save(tmp_path / "file", {"value": value})
    (name, found), *others = ag.load(tmp_path / "file").items()
    assert name == "value"
    assert not others
    assert found.shape == np.shape(value)
    assert found.dtype == np.asarray(value).dtype.newbyteorder("=")
    np.testing.assert_array_equal(found, value)


@pytest.mark.parametrize("array", [np.float64(2.5), np.ones((2, 3), np.float32)])
def test_a_tensor_is_saved_as_its_array(tmp_path: Path, array: Any) -> None:
    ag.save(tmp_path / "file", {"leaf": ag.Tensor(array, requires_grad=True), "twice": ag.Tensor(array) * 2})
    found = ag.load(tmp_path / "file")
    np.testing.assert_array_equal(found["leaf"], array, strict=True)
    np.testing.assert_array_equal(found["twice"], 2 * array, strict=True)


def test_what_is_loaded_is_ones_own(tmp_path: Path) -> None:
    ag.save(tmp_path / "file", {"a": np.ones(3)})
    ag.load(tmp_path / "file")["a"][0] = 5  # writeable, and not the file's memory
    np.testing.assert_array_equal(ag.load(tmp_path / "file")["a"], np.ones(3))


def test_many_names_and_none(tmp_path: Path) -> None:
    state = {f"layers.{k}.weight": np.full((2, 2), k) for k in range(20)} | {"größe ∂": np.ones(1)}
    ag.save(tmp_path / "file", state)
    np.testing.assert_equal(ag.load(str(tmp_path / "file")), state)
    ag.save(tmp_path / "file", {})
    assert ag.load(tmp_path / "file") == {}


def test_a_model_comes_back(tmp_path: Path) -> None:
    model, other = (ag.nn.Linear(4, 3, rng=np.random.default_rng(seed)) for seed in (0, 1))
    ag.save(tmp_path / "file", model.state_dict())
    other.load_state_dict(ag.load(tmp_path / "file"))
    np.testing.assert_equal(other.state_dict(), model.state_dict())


def test_metadata(tmp_path: Path) -> None:
    ag.save(tmp_path / "file", {"a": np.ones(1)}, {"recipe": '{"epochs": 3}', "ü": "∂"})
    assert storage.metadata(tmp_path / "file") == {"recipe": '{"epochs": 3}', "ü": "∂"}
    ag.save(tmp_path / "file", {"a": np.ones(1)})
    assert storage.metadata(tmp_path / "file") == {}


TEXTS = {"b": "1", "a": "2", "ü": "∂", "": "", "quoted": '"\\\n\x00\x7f\u2028', "__metadata__": "{}", "a b": "x" * 1000}


def test_the_same_arrays_and_texts_give_the_same_bytes(tmp_path: Path) -> None:
    state = {"w": np.arange(6.0).reshape(2, 3), "b": np.ones(3, np.float32), "flags": np.ones(3, bool)}
    found = set()
    for texts in [TEXTS, dict(reversed(TEXTS.items()))] * 5:
        ag.save(tmp_path / "file", state, texts)
        found.add((tmp_path / "file").read_bytes())
    assert len(found) == 1
    assert storage.metadata(tmp_path / "file") == TEXTS
    np.testing.assert_equal(ag.load(tmp_path / "file"), state)


def test_the_library_itself_reads_what_was_saved_and_the_reverse(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    state = {"a": np.arange(6.0).reshape(2, 3), "b": np.ones(2, np.float32)}
    ag.save(tmp_path / "ours", state)
    np.testing.assert_equal(load_file(tmp_path / "ours"), state)
    save_file(state, tmp_path / "theirs")
    np.testing.assert_equal(ag.load(tmp_path / "theirs"), state)


@pytest.mark.parametrize(("texts", "writer"), [(None, None), ({"format": "pt"}, "PyTorch"), ({"format": "np"}, None)])
def test_a_square_linear_of_another_library_is_not_loaded_in_silence(tmp_path: Path, texts: Any, writer: Any) -> None:
    """As safetensors.torch.save_file(torch.nn.Linear(3, 3).state_dict(), path, texts) writes it."""
    from safetensors.numpy import save_file

    module = ag.nn.Linear(3, 3, rng=np.random.default_rng(0))
    save_file({"weight": module.weight.data.T.copy(), "bias": module.bias.data}, tmp_path / "theirs", texts)
    state = ag.load(tmp_path / "theirs")
    assert state.writer == writer
    assert storage.metadata(tmp_path / "theirs") == (texts or {})
    other = ag.nn.Linear(3, 3, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="weight is square, so its shape does not tell"):
        other.load_state_dict(state)
    other.load_state_dict({name: a.T if name.endswith("weight") else a for name, a in state.items()})
    np.testing.assert_equal(other.state_dict(), module.state_dict())


@pytest.mark.parametrize("texts", [None, {"format": "pt", "about": "ours, all the same"}])
def test_a_square_linear_of_ours_is_loaded(tmp_path: Path, texts: Any) -> None:
    module, other = (ag.nn.Linear(3, 3, rng=np.random.default_rng(seed)) for seed in (0, 1))
    ag.save(tmp_path / "ours", module.state_dict(), texts)
    other.load_state_dict(ag.load(tmp_path / "ours"))
    np.testing.assert_equal(other.state_dict(), module.state_dict())
    assert storage.metadata(tmp_path / "ours") == (texts or {})


# -- a file appears whole or not at all ------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["chmod", "replace", "fsync"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, error: BaseException
) -> None:
    def fail(*args: Any) -> None:
        raise error

    ag.save(tmp_path / "file", {"a": np.ones(3)})
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(type(error)):
        ag.save(tmp_path / "file", {"a": np.zeros(3)})
    monkeypatch.undo()
    assert entries(tmp_path) == ["file"]
    np.testing.assert_array_equal(ag.load(tmp_path / "file")["a"], np.ones(3))


def test_what_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    ag.save(tmp_path / "file", {"a": np.ones(3)})
    for bad in (np.array([None]), np.array(["text"])):
        with pytest.raises((TypeError, ValueError), match="'b'"):  # says which of the many it is
            ag.save(tmp_path / "file", {"a": np.zeros(3), "b": bad})
    assert entries(tmp_path) == ["file"]
    np.testing.assert_array_equal(ag.load(tmp_path / "file")["a"], np.ones(3))


@pytest.mark.parametrize(("state", "texts", "error", "message"), [
    ({"__metadata__": np.ones(1)}, None, ValueError, "the name '__metadata__'; .*; rename it"),
    ({3: np.ones(1)}, None, ValueError, "the name 3; .*; rename it"),
    ({}, {"epochs": 3}, TypeError, r"metadata was given as 'epochs': 3; .* pass str\(\.\.\.\)"),
    ({}, {3: "epochs"}, TypeError, r"metadata was given as 3: 'epochs'; .* pass str\(\.\.\.\)"),
])  # fmt: skip
def test_names_and_texts_that_safetensors_does_not_take(
    tmp_path: Path, state: Any, texts: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ag.save(tmp_path / "file", state, texts)
    assert entries(tmp_path) == []


def test_saving_into_no_folder_or_over_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ag.save(tmp_path / "none" / "file", {"a": np.ones(1)})
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        ag.save(tmp_path / "folder", {"a": np.ones(1)})
    assert entries(tmp_path) == ["folder"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_special_file_is_not_replaced(tmp_path: Path) -> None:
    """As root, saving to /dev/null must not put a file in its place: then every other program would fill it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # so that a save that writes into it does not wait
    try:
        ag.save(pipe, {"a": np.ones(1)})
    except (OSError, ValueError):  # to refuse is as good
        pass
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert entries(tmp_path) == ["pipe"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_follow_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        ag.save(tmp_path / "file", {"a": np.ones(1)})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


# -- arguments in another order, or of another kind ------------------------------------------------------------------

MODEL = ag.nn.Linear(3, 3)
MISTAKEN: dict[str, tuple[Any, str]] = {
    "a model": (lambda path: ag.save(path, MODEL), r"ag\.save was given a Linear, .*: model\.state_dict\(\)"),
    "PyTorch's order": (lambda path: ag.save(MODEL.state_dict(), path), r"a dict first, .* ag\.save\(path, model"),
    "and a model": (lambda path: ag.save(MODEL, path), r"a Linear first, and expects the path: ag\.save\(path, model"),
    "an array": (lambda path: ag.save(path, np.ones(3)), "ag.save was given a ndarray, and expects arrays by name"),
    "into a model": (lambda path: ag.load(MODEL), r"ag\.load was given a Linear, .*load_state_dict\(ag\.load\("),
    "a path": (lambda path: MODEL.load_state_dict(path), r"load_state_dict was given .*Path, .* ag\.load\(path\)"),
    "another model": (lambda path: MODEL.load_state_dict(MODEL), r"a Linear, .* of the module: model\.state_dict\(\)"),
}  # fmt: skip


@pytest.mark.parametrize(("use", "message"), MISTAKEN.values(), ids=MISTAKEN)
def test_arguments_that_were_mistaken(tmp_path: Path, use: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        use(tmp_path / "file")
    assert entries(tmp_path) == []


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [ag.load, storage.metadata])
def test_a_missing_file_and_a_folder(tmp_path: Path, read: Any) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*none; check the path"):
        read(tmp_path / "none")
    with pytest.raises((FileNotFoundError, IsADirectoryError)):
        read(tmp_path)


def foreign(dtype: str, nbytes: int) -> bytes:
    header = f'{{"w": {{"dtype": "{dtype}", "shape": [2], "data_offsets": [0, {nbytes}]}}}}'.encode()
    return len(header).to_bytes(8, "little") + header + bytes(nbytes)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        np.random.default_rng(0).bytes(1000),
        b"PK\x03\x04" + bytes(100),
        b"hello, this is a text and not a model\n" * 10,
        (1 << 62).to_bytes(8, "little") + b"{}",
        (100).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
    ],
    ids=["empty", "one byte", "random", "zip", "text", "huge header", "short header", "no object"],
)
@pytest.mark.parametrize("read", [ag.load, storage.metadata])
def test_what_is_no_safetensors_file(tmp_path: Path, content: bytes, read: Any) -> None:
    (tmp_path / "file").write_bytes(content)
    way = "pass one that ag.save" if content[:2] != b"PK" else r"it is one of PyTorch's own, .*torch\.save_file\("
    with pytest.raises(ValueError, match=rf"file is no safetensors file, or not a whole one .*{way}"):
        read(tmp_path / "file")


@pytest.mark.parametrize("cut", [1, 8, 700, 850])
def test_a_truncated_file(tmp_path: Path, cut: int) -> None:
    ag.save(tmp_path / "file", {"a": np.ones(100)})
    (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:-cut])
    with pytest.raises(ValueError, match="not a whole one"):
        ag.load(tmp_path / "file")


def test_bfloat16_comes_as_float32(tmp_path: Path) -> None:
    from safetensors import TensorSpec, serialize

    bits = np.array([0x3F80, 0xC040, 0x7F80, 0x0001], np.uint16)  # 1, -3, infinity, the smallest
    others = np.arange(3.0)
    spec = {
        "half": TensorSpec(dtype="bfloat16", shape=(2, 2), data_ptr=bits.ctypes.data, data_len=bits.nbytes),
        "double": TensorSpec(dtype="float64", shape=(3,), data_ptr=others.ctypes.data, data_len=others.nbytes),
    }
    (tmp_path / "file").write_bytes(serialize(spec, {"format": "pt"}))
    state = ag.load(tmp_path / "file")
    expected = np.array([[1, -3], [np.inf, 2.0**-133]], np.float32)
    np.testing.assert_array_equal(state["half"], expected, strict=True)
    np.testing.assert_array_equal(state["double"], others, strict=True)
    assert state.writer == "PyTorch"


@pytest.mark.parametrize(("dtype", "nbytes"), [("F8_E4M3", 2)])
def test_a_dtype_that_numpy_does_not_know(tmp_path: Path, dtype: str, nbytes: int) -> None:
    (tmp_path / "file").write_bytes(foreign(dtype, nbytes))
    with pytest.raises(ValueError, match="file"):
        ag.load(tmp_path / "file")


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ag.save(tmp_path / "file", {"a": np.ones(1)})
    find = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("safetensors"):
            raise ImportError(f"No module named {name!r}")
        return find(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    for use in (lambda: ag.save(tmp_path / "new", {}), lambda: ag.load(tmp_path / "file")):
        with pytest.raises(ImportError, match=r'need the library safetensors; install it: pip install "tiny-autograd'):
            use()
    assert entries(tmp_path) == ["file"]
