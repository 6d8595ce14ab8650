"""`python -m mnist` as the process that a user starts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from digits import seven

from mnist import model_file
from models.mlp import MLP

pytestmark = pytest.mark.slow  # it starts processes

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def network(path: Path) -> Path:
    model_file.save_model(path, MLP((784, 8, 10), rng=np.random.default_rng(0)), {})
    return path


def run(*arguments: str, code: str | None = None, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    start = ["-m", "mnist"] if code is None else ["-c", code]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (path or ROOT, ROOT))),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, *start, *arguments],
        env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=120,
    )  # fmt: skip


OPTIONS = [
    "--epochs", "--batch-size", "--learning-rate", "--label-smoothing", "--shift", "--hidden", "--seed", "--validation",
    "--optimizer", "--activation", "--loss",
]  # fmt: skip


@pytest.mark.parametrize("command", [(), ("train",), ("evaluate",), ("predict",)])
def test_help(folder: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {' '.join(('python -m mnist', *command))}")
    if command == ("train",):
        for option in [*OPTIONS, "--out", "--metrics", "--data", "--eager"]:
            assert f"  {option} " in done.stdout
        assert "SUPPRESS" not in done.stdout
    assert entries(folder) == []


@pytest.mark.parametrize("arguments", [(), ("fly",), ("train", "--epochs", "0"), ("predict", "model"), ("evaluate",)])
def test_wrong_usage(folder: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m mnist")
    assert entries(folder) == []


def test_predict_as_a_process(folder: Path) -> None:
    network(folder / "model")
    seven().save("seven.png")
    done = run("predict", "model", "seven.png", "none.png")
    assert done.returncode == 1
    assert done.stdout.startswith("seven.png: ")
    assert done.stderr == "error: there is no file none.png; check the path\n"


def test_a_name_that_is_no_text(folder: Path) -> None:
    network(folder / "model")
    name = os.fsdecode(b"sieb\xe9n.png")
    try:
        seven().save(name)
    except (OSError, UnicodeError):
        pytest.skip("the file system takes only names in UTF-8")
    done = run("predict", "model", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sieb")


@pytest.mark.parametrize(
    ("library", "module"),
    [("Pillow", "PIL"), *((name, name) for name in ("safetensors", "threadpoolctl", "tqdm"))],
)
def test_a_library_that_is_missing_is_named_before_training(folder: Path, library: str, module: str) -> None:
    (folder / "without").mkdir()
    error = f"raise ModuleNotFoundError('No module named {module}', name='{module}')\n"
    (folder / "without" / f"{module}.py").write_text(error)
    done = run("train", "--data", "none", path=folder / "without")
    assert done.returncode == 1
    (line,) = done.stderr.strip().split("\n")
    assert module in line or library in line
    assert "pip install" in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which fails as a full disk does")
def test_output_that_cannot_be_written(folder: Path) -> None:
    network(folder / "model")
    seven().save("seven.png")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-u", "-m", "mnist", "predict", "model", "seven.png"],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


INTERRUPTED = f"""
import os, signal, sys
from mnist import cli, data
def interrupted(folder=None):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background starts with it ignored
    os.kill(os.getpid(), {int(signal.SIGINT)})
data.load_mnist = interrupted
sys.exit(cli.main(sys.argv[1:]))
"""


def test_ctrl_c_as_a_process(folder: Path) -> None:
    done = run("train", "--metrics", "m.json", code=INTERRUPTED)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted; nothing was saved\n")
    assert entries(folder) == []
