"""Models that write: their text, batches, training, files and commands. A text of one period is learned in seconds."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from models import text, text_commands
from models.gpt import GPT
from models.lstm import LSTM
from models.text import Recipe, Text, TextError, TextModel

PERIOD = "abcd\n"
SMALL: dict[type[TextModel], dict[str, int]] = {
    GPT: {"context": 8, "width": 16, "layers": 1, "heads": 2},
    LSTM: {"context": 8, "hidden": 16, "layers": 1},
}


@pytest.fixture
def periodic(tmp_path: Path) -> Path:
    path = tmp_path / "period.txt"
    path.write_text(PERIOD * 400, encoding="utf-8")
    return path


def small(kind: type[TextModel]) -> TextModel:
    ag.seed(0)
    return kind(len(PERIOD), **SMALL[kind])


def trained(kind: type[TextModel], path: Path, eager: bool = False, steps: int = 120) -> tuple[TextModel, list[Any]]:
    model = small(kind)
    return model, list(text.train(model, Text.read(path), Recipe(steps, 4, 1e-2), eager, progress=False))


# -- texts -------------------------------------------------------------------------------------------------------------


def test_a_text_is_its_characters_by_number(periodic: Path) -> None:
    read = Text.read(periodic)
    assert read.characters == "\nabcd"
    assert len(read.train) == 1800
    assert len(read.validation) == 200
    assert "".join(read.characters[k] for k in read.train[:5]) == PERIOD
    np.testing.assert_array_equal(text.encoded("dab", read.characters), [4, 1, 2])


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TextError, match="is no text in UTF-8"):
        Text.read(tmp_path / "x")
    with pytest.raises(TextError, match="holds 'x', and the model knows 'abc'"):
        text.encoded("ax", "abc")


def test_the_text_that_comes_along() -> None:
    read = Text.read(text.MILTON)
    assert "".join(read.characters[k] for k in read.train[:60]).startswith("Paradise Lost\n\nBook I\n\nOf Man's first")
    assert len(read.characters) < 80


@given(st.integers(1, 5), st.integers(1, 6), st.integers(8, 60))
def test_windows_are_followed_by_what_follows(size: int, length: int, total: int) -> None:
    codes = np.arange(total)
    for x, y, is_first in islice(text.windows(codes, size, length, np.random.default_rng(0)), 5):
        assert x.shape == y.shape == (size, length)
        np.testing.assert_array_equal(y, x + 1)
        assert is_first


@given(st.integers(1, 5), st.integers(1, 6), st.integers(8, 60))
def test_stretches_go_once_through_a_text(size: int, length: int, total: int) -> None:
    found = list(text.stretches(np.arange(total), size, length))
    columns = (total - 1) // size
    assert len(found) == columns // length
    assert [is_first for _, _, is_first in found] == [k == 0 for k in range(len(found))]
    for x, y, _ in found:
        np.testing.assert_array_equal(y, x + 1)
    if found:
        rows = np.concatenate([x for x, _, _ in found], axis=1)
        np.testing.assert_array_equal(rows[:, :1] + np.arange(rows.shape[1]), rows)
        np.testing.assert_array_equal(rows[:, 0], np.arange(size) * columns)


# -- training ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SMALL)
def test_who_knows_nothing_needs_the_logarithm_of_how_many_there_are(kind: type[TextModel], periodic: Path) -> None:
    model = small(kind)
    with ag.no_grad():
        for p in model.parameters():
            p[...] = 0 * p
    assert text.loss_of(model, Text.read(periodic).validation, 4) == pytest.approx(np.log(5), rel=1e-6)


@pytest.mark.parametrize("kind", SMALL)
def test_a_period_is_learned_and_gone_on_with(kind: type[TextModel], periodic: Path) -> None:
    model, found = trained(kind, periodic)
    assert [step for step, _, _ in found] == list(range(12, 121, 12))
    assert found[-1][2] < 0.05 < found[0][2]  # all but the first characters of a stretch are certain
    characters = Text.read(periodic).characters
    written = text.sampled(model, text.encoded("ab", characters), 0.5, 100, np.random.default_rng(0))
    assert "".join(characters[k] for k in islice(written, 13)) == "cd\nabcd\nabcd\n"


@pytest.mark.parametrize("kind", SMALL)
def test_compiled_steps_give_the_same_weights(kind: type[TextModel], periodic: Path) -> None:
    (eager, losses), (compiled, same) = (trained(kind, periodic, is_eager, steps=7) for is_eager in (True, False))
    assert losses == same
    for p, q in zip(eager.parameters(), compiled.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_a_loss_that_is_no_number_ends_the_training(periodic: Path) -> None:
    with np.errstate(all="ignore"), pytest.raises(TextError, match="the loss became nan in step"):
        list(text.train(small(LSTM), Text.read(periodic), Recipe(50, 4, 1e30), eager=True, progress=False))


def test_a_temperature_of_0_and_a_single_best_are_the_most_probable(periodic: Path) -> None:
    model, prompt = small(GPT), np.array([1, 2])
    draw = lambda temperature, top_k, seed: list(
        islice(text.sampled(model, prompt, temperature, top_k, np.random.default_rng(seed)), 30)
    )
    assert draw(0.0, 100, 0) == draw(5.0, 1, 1)
    assert draw(1.0, 100, 0) == draw(1.0, 100, 0) != draw(1.0, 100, 1)
    assert len(set(draw(100.0, 2, 0))) > 1


# -- files and commands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SMALL)
def test_a_model_is_saved_and_loaded(kind: type[TextModel], tmp_path: Path) -> None:
    model = small(kind)
    text.save(tmp_path / "m.safetensors", model, "\nabcd")
    loaded, characters = text.load(tmp_path / "m.safetensors", kind)
    assert characters == "\nabcd"
    assert loaded.sizes == model.sizes
    for p, q in zip(model.parameters(), loaded.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_what_is_no_such_model_is_refused(tmp_path: Path) -> None:
    path, model = tmp_path / "m.safetensors", small(GPT)
    with pytest.raises(TextError, match=r"there is no file .*; expected a model that `python -m models.gpt train`"):
        text.load(path, GPT)
    text.save(path, model, "\nabcd")
    with pytest.raises(TextError, match="is a safetensors file of another program"):
        text.load(path, LSTM)
    text.save(path, model, "abc")
    with pytest.raises(TextError, match="does not hold the model that it says"):
        text.load(path, GPT)
    model.sizes["width"] = 10**9
    text.save(path, model, "\nabcd")
    with pytest.raises(TextError, match="no array in it has an axis longer than"):
        text.load(path, GPT)


def run(kind: type[TextModel], *arguments: str | Path) -> int:
    return text_commands.main(kind, [str(x) for x in arguments])


@pytest.mark.parametrize("kind", SMALL)
def test_train_and_sample(
    kind: type[TextModel], periodic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    sizes = [x for name, size in SMALL[kind].items() for x in (f"--{name}", str(size))]
    options = ["--text", periodic, "--steps", "120", "--batch-size", "4", "--learning-rate", "0.01"]
    assert run(kind, "train", *options, *sizes) == 0
    out = capsys.readouterr().out
    assert "period.txt: 1,800 characters, 5 different ones" in out
    assert "step 120: loss 0." in out
    assert f"saved the model: {kind.NAME}.safetensors" in out
    assert run(kind, "sample", "--prompt", "ab", "--length", "8") == 0
    assert capsys.readouterr().out == "abcd\nabcd\n\n"


def test_errors_are_told_in_a_line(tmp_path: Path, periodic: Path, capsys: Any) -> None:
    assert run(GPT, "sample", "--model", tmp_path / "none") == 1
    assert capsys.readouterr().err.startswith("error: there is no file")
    (tmp_path / "short.txt").write_text("abc", encoding="utf-8")
    assert run(LSTM, "train", "--text", tmp_path / "short.txt", "--out", tmp_path / "m.safetensors") == 1
    assert "has 3 characters, and" in capsys.readouterr().err
    options = ["--text", periodic, "--batch-size", "1", "--out", tmp_path / "m"]
    assert run(GPT, "train", *options, "--width", "10", "--heads", "3") == 1
    assert "heads must divide the width" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(GPT, "train", "--steps", "0")
    assert "0 was given; it takes 1 or more" in capsys.readouterr().err


def test_an_interrupt_keeps_the_best_model(
    periodic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def interrupted(*_: Any) -> Any:
        yield 10, 1.0, 0.9
        yield 20, 1.0, 1.1
        raise KeyboardInterrupt

    monkeypatch.setattr(text, "train", interrupted)
    out = tmp_path / "m.safetensors"
    assert run(GPT, "train", "--text", periodic, "--batch-size", "2", "--out", out) == 130
    assert "saved the model" in capsys.readouterr().out
    assert text.load(out, GPT)[1] == "\nabcd"
