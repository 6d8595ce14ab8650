"""What a type checker tells those who install the library: the signatures of its public functions."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
def test_a_user_s_types_are_checked_with_the_package_installed(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    (site,) = (tmp_path / "venv").glob("lib/*/site-packages")
    shutil.copytree(HERE.parent / "autograd", site / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))  # NumPy, of this environment
    shutil.copy(HERE / "typed_user.py", tmp_path)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", tmp_path / "venv" / "bin" / "python"]
    found = subprocess.run([*command, "typed_user.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
