"""Functions named in a text: which one it is, and its inputs."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.checking import Check, Verdict, gradcheck
from autograd.checking.reference import inputs_of, resolved

MODULE = """
import numpy as np

def plain(a, b, scale=2.0):
    return a @ b * scale

def vector(x):
    assert x.shape == (5,)
    return np.exp(x)

vector.inputs = (np.linspace(0.1, 1, 5),)

def one(x):
    assert x.shape == ()
    return np.exp(x)

one.inputs = 0.5

def made(x, k):
    return x * k

made.inputs = lambda: (np.ones(2), 3)

def listed(x):
    assert x.shape == (7,)
    return np.sin(x)

inputs = {"listed": [np.ones(7)]}

class Model:
    @staticmethod
    def loss(x):
        return np.sum(x * x)

constant = 3
"""


def check_reference(reference: str, shapes: Sequence[tuple[int, ...]] = (), seed: int = 0, **options: Any) -> Check:
    """As the command line does."""
    module, f = resolved(reference)
    return gradcheck(f, *inputs_of(f, module, shapes, seed), seed=seed, **options)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "functions_to_check.py").write_text(MODULE)
    (tmp_path / "broken_to_check.py").write_text("import no_such_module_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    yield "functions_to_check"
    sys.modules.pop("functions_to_check", None)


@pytest.mark.parametrize("name", ["plain", "vector", "one", "made", "listed", "Model.loss"])
def test_a_function_is_found_with_its_inputs(module: str, name: str) -> None:
    check = check_reference(f"{module}:{name}", order=2)
    assert check.verdict == Verdict.AGREE, str(check)


def test_functions_of_numpy_are_guessed_inputs_for() -> None:
    assert check_reference("numpy:exp").count == 9
    assert check_reference("numpy:multiply").count == 18
    assert check_reference("numpy.linalg:inv", order=2)
    assert check_reference("numpy:matmul", fast=True)
    assert check_reference("numpy:sum")


def test_shapes_and_the_seed_choose_other_inputs(module: str) -> None:
    check = check_reference(f"{module}:plain", shapes=[(2, 3), (3, 1)])
    assert check.count == 9
    assert check_reference("numpy:exp", shapes=[()]).index == ()
    first, again, other = (check_reference("numpy:exp", shapes=[(2,)], seed=seed) for seed in (0, 0, 1))
    assert first.analytic == again.analytic != other.analytic


def test_the_module_may_give_one_tuple_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one_for_all.py").write_text("import numpy as np\nf = np.exp\ninputs = (np.ones((2, 5)),)")
    monkeypatch.syspath_prepend(tmp_path)
    assert check_reference("one_for_all:f").count == 10


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("numpy", "takes a module and a function in it"),
        ("numpy:", "takes a module and a function in it"),
        (":exp", "takes a module and a function in it"),
        ("no_such_module_at_all:f", "there is no module no_such_module_at_all"),
        ("numpy.nothing:f", r"there is no module numpy\.nothing"),
        ("numpy:no_such_function", "numpy has no 'no_such_function'"),
        ("functions_to_check:Model.gain", "Model has no 'gain'"),
        ("functions_to_check:constant", "which is a int; name a function"),
    ],
)
def test_what_names_no_function_is_refused(module: str, reference: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_reference(reference)


def test_a_module_that_fails_to_import_another_says_which(module: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        check_reference("broken_to_check:f")


def test_a_callable_without_a_signature_gets_one_input() -> None:
    from autograd.checking.reference import parameter_count

    assert parameter_count(type("Opaque", (), {"__signature__": 3, "__call__": lambda self, x: x})()) == 1
    assert parameter_count(np.sum) == 1
    assert parameter_count(lambda *xs: xs[0]) == 1
