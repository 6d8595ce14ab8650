"""How long a training step of the models that people write takes, and how much memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.measurements import Measurement, Ratio
from benchmarks.models.gpt import GPT
from benchmarks.models.lenet import LeNet
from benchmarks.models.lstm import LSTM
from benchmarks.models.model_problem import ModelProblem
from benchmarks.models.vae import VAE
from benchmarks.questions.memory import BEYOND, probed
from benchmarks.timing import Key, Session, compare

BASELINE = "PyTorch"
PROBLEMS: tuple[ModelProblem, ...] = LeNet(), LSTM(), GPT(), VAE()
TINY_PROBLEMS: tuple[ModelProblem, ...] = (
    LeNet(2, (2, 3), 4), LSTM(2, 3, 4), GPT(2, 3, 4, layers=2, heads=2), VAE(2, 6, 5, 3),
)  # fmt: skip


def measure(session: Session) -> Iterator[Measurement]:
    problems = TINY_PROBLEMS if session.sizes else PROBLEMS
    yield from times(session, problems)
    yield from peaks(session, problems)


def times(session: Session, problems: Sequence[ModelProblem]) -> Iterator[Measurement]:
    for problem in problems:
        found = compare(session, ["model_step"], problem)
        for key, faults in found.faults.items():
            yield Measurement(
                table="A step of models, Adam",
                column=str(problem),
                contestant=key.contestant,
                value=found.median(key) * 1e3,
                unit="ms",
                ratio=found.ratio(key, Key(BASELINE, "model_step")),
                to=BASELINE,
                page_faults=float(np.median(faults)),
            )


def peaks(session: Session, problems: Sequence[ModelProblem]) -> Iterator[Measurement]:
    for problem in problems:
        found = dict(probed(session, problem, "peak_bytes", "model_step"))
        for name, peak in found.items():
            ratio = Ratio(*(3 * (peak / found[BASELINE],))) if BASELINE in found else None
            yield Measurement(f"{BEYOND}: models", str(problem), name, peak / 1e6, "MB", ratio, BASELINE)
