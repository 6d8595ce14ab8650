"""The wheel: the engine alone, with all that it needs to run; models, mnist and benchmarks stay in the clone."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"
USE = """
import autograd as ag, numpy as np, pathlib, sys
assert pathlib.Path(ag.__file__).is_relative_to(sys.path[0]), ag.__file__
x = ag.Tensor([1.0, 2.0], requires_grad=True)
ag.draw(np.sum(np.exp(x))).save("exp.html")
print(ag.compile(ag.grad(lambda x: np.sum(x * x)))(np.array([1.0, 2.0])))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built offline, by the build backend itself, from a copy: a build leaves files behind, and finds old ones."""
    clone, out = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("out")
    for name in ("autograd", "benchmarks", "findings", "mnist", "models", "tests"):
        rubbish = ("__pycache__", "hips") if name == "benchmarks" else ("__pycache__",)  # a copy of HIPS autograd
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns(*rubbish))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    return zipfile.ZipFile(wheel).namelist()


def test_at_the_top_lies_the_engine_alone(wheel: Path, names: list[str]) -> None:
    distribution, version = wheel.name.split("-")[:2]
    assert {name.split("/")[0] for name in names} == {"autograd", f"{distribution}-{version}.dist-info"}


def test_all_of_the_engine_is_in_it(names: list[str]) -> None:
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "autograd").rglob("*.py")}
    assert sources == {name for name in names if name.endswith(".py")}


def test_besides_its_code_it_holds_what_the_code_reads(names: list[str]) -> None:
    """The READMEs of the rooms are for those who read the clone: their links lead out of the package."""
    others = {name for name in names if name.startswith("autograd/") and not name.endswith(".py")}
    page = {f"autograd/drawing/page.{suffix}" for suffix in ("html", "css", "js")}
    assert others == {"autograd/py.typed", *page}


def test_it_runs_from_where_it_was_unpacked(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}){USE}"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[2. 4.]\n"), done.stderr
    assert (tmp_path / "exp.html").stat().st_size > 10_000


def test_what_hips_autograd_left_there_is_not_found(wheel: Path, tmp_path: Path) -> None:
    """Installed before, it has modules of the names that ours have; only what lies in both is written over."""
    site = tmp_path / "site"
    for name in ("core.py", "builtins.py", "numpy/__init__.py", "scipy/signal.py", "scipy/stats/norm.py"):
        (site / "autograd" / name).parent.mkdir(parents=True, exist_ok=True)
        (site / "autograd" / name).write_text("raise ImportError('that of HIPS')")
    zipfile.ZipFile(wheel).extractall(site)
    names = "autograd.numpy, autograd.core, autograd.builtins, autograd.scipy.signal, autograd.scipy.stats.norm"
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import {names}; print(autograd.core.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{site}/autograd/hips/core.py\n"), done.stderr
