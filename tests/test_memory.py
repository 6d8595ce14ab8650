"""Training without the garbage collector: reference counting alone must give back what each step took."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,  # thousands of steps
    pytest.mark.skipif(
        not Path("/proc/self/statm").exists(), reason="needs /proc/self/statm for the memory that a process occupies"
    ),
]

# Run in a process of its own, as what other tests took and gave back would blur the figure.
PROGRAM = """
import gc, os, sys
import numpy as np
import autograd as ag
from models.mlp import MLP

gc.disable()
rng = np.random.default_rng(0)
{setup}

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def run(steps):
    for _ in range(steps):
        step()

run({warm_up})
before = resident()
run({steps})
print(resident() - before)
"""

TRAINING = """
model = MLP({sizes}, rng=rng)
optimizer = ag.optim.Adam(model.parameters())
x = rng.standard_normal(({batch}, {sizes}[0])).astype(np.float32)
labels = rng.integers(0, {sizes}[-1], {batch})

def step():
    loss = ag.nn.cross_entropy(model(x), labels, 0.1)
    optimizer.zero_grad()
    loss.backward()
    {more}
    optimizer.step()
"""
LEAK = "\ncycles = []\ndef step():\n    cycle = [bytearray(1000)]\n    cycle.append(cycle)\n"
ABANDONED = "\ndef step():\n    ag.nn.cross_entropy(model(x), labels)\n"  # a graph that no backward pass used up
RECORDED = """
def step():
    optimizer.zero_grad()
    ag.nn.cross_entropy(model(x), labels).backward(create_graph=True)
    sum((p.grad * p.grad).sum() for p in model.parameters()).backward()
    optimizer.zero_grad()
"""


def growth(setup: str, warm_up: int, steps: int) -> int:
    """By how many bytes a process grows in so many steps."""
    program = PROGRAM.format(setup=setup, warm_up=warm_up, steps=steps)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def training(sizes: str = "(20, 16, 8, 4)", batch: int = 8, more: str = "pass") -> str:
    return TRAINING.format(sizes=sizes, batch=batch, more=more)


def test_ten_thousand_steps_of_a_small_network() -> None:
    assert growth(training(), 1000, 10_000) < 1 << 20


def test_steps_of_the_whole_network() -> None:
    assert growth(training("(784, 128, 64, 10)", 64), 50, 300) < 1 << 20


def test_steps_with_clipped_gradients() -> None:
    assert growth(training(more="ag.optim.clip_grad_norm(model.parameters(), 1.0)"), 500, 3000) < 1 << 20


def test_graphs_that_are_never_used() -> None:
    assert growth(training() + ABANDONED, 500, 3000) < 1 << 20


def test_gradients_of_gradients() -> None:
    assert growth(training() + RECORDED, 200, 1000) < 1 << 20


def test_a_leak_is_seen() -> None:
    assert growth(LEAK, 1000, 10_000) > 5 << 20
