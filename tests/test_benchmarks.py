"""The benchmarks run, on tiny sizes; what they measure is not tested."""

import subprocess
import sys

import pytest

from benchmarks import step
from models.mlp import ACTIVATIONS, LOSSES


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_row_for_each_batch_size(activation: str, loss: str) -> None:
    rows = list(step.measure((1, 4), activation, loss, builds=2, rounds=2, steps=1))
    assert [row.batch for row in rows] == [1, 4]
    for row in rows:
        low, median, high = row.ratio
        assert 0 < low <= median <= high
        assert min(row.by_hand, row.engine) > 0


def test_contestants_that_differ_are_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "contestants", lambda *_: (lambda: 1.0, lambda: 1.001))
    with pytest.raises(RuntimeError, match=r"by hand the loss is 1\.0, on the engine 1\.001"):
        list(step.measure((4,), builds=1, rounds=1))


def test_the_command_prints_a_table() -> None:
    command = [sys.executable, "-m", "benchmarks", "--batch", "4", "--builds", "2", "--rounds", "2"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "engine / by hand" in output
    assert output.splitlines()[-1].split()[0] == "4"
