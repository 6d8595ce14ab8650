"""The door to the room in place of HIPS autograd: what is imported when, by which name, and whose conventions hold."""

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import hips

ROOM = Path(hips.__file__).parent
THEIRS = """
import autograd.numpy as np
from autograd import elementwise_grad, grad, hessian, jacobian, primitive, value_and_grad
def square(x):
    return np.sum(x * x)
def gradient_of(f, x):
    return grad(f)(x)
def hessian_of(f, x):
    return hessian(f)(x)
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def theirs() -> Any:
    """A module that was written for HIPS autograd."""
    module = types.ModuleType("theirs")
    exec(THEIRS, vars(module))
    return module


def test_nothing_is_imported_before_it_is_asked_for_and_nothing_twice() -> None:
    names = ["autograd.numpy", "autograd.core", "autograd.misc.optimizers", "autograd.test_util", "autograd.util"]
    code = f"""
import sys, autograd
def files_of_hips():
    files = [(name, getattr(module, "__file__", None) or "") for name, module in sys.modules.items()]
    return [pair for pair in files if "autograd/hips/" in pair[1]]
print([name for name, _ in files_of_hips()])
for name in {names}:
    __import__(name)
files = [file for _, file in files_of_hips()]
print(len(files) == len(set(files)), len(files) > 10, [name for name in sys.modules if "autograd.hips." in name])
"""
    assert run(code).splitlines() == ["['autograd.hips']", "True True []"]


def test_its_modules_have_one_name() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"autograd\.hips\.core"):
        __import__("autograd.hips.core")


def test_import_autograd_alone_gives_what_hips_gives() -> None:
    code = "import autograd as ag; print(ag.numpy.sum([1, 2]), ag.make_vjp.__name__, ag.tuple, ag.core.__name__)"
    assert run(code) == "3 make_vjp <class 'tuple'> autograd.core\n"
    for module, names in hips.NAMES.items():
        for name in names.split():
            found = getattr(ag, name)
            assert found is (getattr(getattr(ag, module), name) if module else sys.modules[f"autograd.{name}"])
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ag.nothing  # type: ignore[attr-defined]  # noqa: B018  # the error is what is tested


def test_it_is_as_small_as_it_says() -> None:
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 180 for path in ROOM.rglob("*.py"))


def test_a_module_that_imports_autograd_numpy_has_the_conventions_of_hips(theirs: Any) -> None:
    z = 1 + 2j
    assert theirs.gradient_of(lambda z: np.abs(z) ** 2, z) == 2 - 4j  # by who calls
    assert ag.grad(lambda z: theirs.square(np.abs(z)))(z) == 2 + 4j  # ours, in a function of ours
    assert isinstance(ag.grad(theirs.square)(2.0), np.float64)  # by whose function it is
    assert isinstance(theirs.gradient_of(lambda x: x * x, 2.0), np.float64)
    assert theirs.hessian_of(lambda x: x * x * x, np.array([1.0, 2.0])).shape == (2, 2, 2)
    value, gradient = theirs.value_and_grad(theirs.square)(2.0)
    assert (value, gradient, type(value), type(gradient)) == (4.0, 4.0, np.float64, np.float64)


def test_all_others_have_ours(theirs: Any) -> None:
    assert theirs  # autograd.numpy is there
    assert ag.grad(lambda z: np.abs(z) ** 2)(1 + 2j) == 2 + 4j
    assert isinstance(ag.grad(lambda x: x * x)(2.0), np.ndarray)
    assert isinstance(ag.value_and_grad(lambda x: x * x)(2.0)[0], np.ndarray)
    assert isinstance(ag.grad(theirs.square, argnums=0)(2.0), np.ndarray)
    with pytest.raises(TypeError, match="only floats and complex"):
        ag.grad(lambda x: x * x)(2)


def test_argnum_is_a_word_of_hips() -> None:
    assert isinstance(ag.grad(lambda a, b: a * b * b, argnum=1)(3.0, 2.0), np.float64)  # type: ignore[call-arg]  # HIPS's
    assert ag.jacobian(lambda a, b: a * b, argnum=[0, 1]).__name__ == "jacobian_of_<lambda>_wrt_argnum_[0, 1]"  # type: ignore[call-arg]  # HIPS's
