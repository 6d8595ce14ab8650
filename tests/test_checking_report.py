"""What a check says, and draws."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autograd as ag
from autograd.checking import Check, Verdict, assert_gradients, gradcheck


@ag.primitive
def cube(x: Any) -> Any:
    return x * x * x


ag.rule(cube, x=lambda g, x: 3.003 * g * x * x)
X = np.array([[0.5, 1.5]])


def test_agreement_is_one_line() -> None:
    text = str(gradcheck(np.exp, X))
    assert text.startswith("agree: 2 slopes of order 1, the largest relative error ")
    assert len(text.splitlines()) == 1
    assert str(gradcheck(np.exp, X, order=2)).startswith("agree: 4 slopes of orders 1 to 2, ")


def test_the_report_of_what_is_wrong() -> None:
    check = gradcheck(lambda a: cube(a), X)
    first, analytic, numeric, error, call, rule = str(check).splitlines()
    assert first == f"wrong: gradient of input 0 (a) at index {check.index}: the gradient and the differences disagree"
    assert analytic == f"  analytic  {check.analytic:.12g}, of the outputs added up with random weights"
    assert numeric.startswith(f"  numeric   {check.numeric:.12g}, give or take ")
    assert error == "  relative error 1.0e-03"
    assert call.startswith("  cube, called at ")
    assert call.endswith(": check = gradcheck(lambda a: cube(a), X)")
    assert rule.startswith("    its rule for x gives ")


def test_the_report_of_a_kink() -> None:
    lines = str(gradcheck(np.abs, np.array(0.0))).splitlines()
    assert lines[0].startswith("kink: gradient of input 0")
    assert "index" not in lines[0]
    assert lines[2].startswith("  slopes    -")
    assert lines[2].endswith(" on the right; it lies between them")


def test_complex_parts_and_orders_are_named() -> None:
    check = Check(Verdict.WRONG, "why", order=2, input=1, name="w", index=(2,), part="imaginary")
    assert str(check).splitlines()[0] == "wrong: gradient of order 2 of input 1 (w) at index (2,), imaginary part: why"


def test_notes_are_told() -> None:
    assert str(Check(Verdict.AGREE, notes=("one", "two"))).splitlines()[1:] == ["  note: one", "  note: two"]


def test_pytest_shows_the_report_and_not_the_checker() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_gradients(cube, X)
    assert "wrong: gradient of input 0" in str(caught.value)
    assert caught.traceback[-1].ishidden(caught)


def test_steps_and_errors() -> None:
    check = gradcheck(cube, X)
    assert check.steps.shape == check.errors.shape
    assert (np.diff(check.steps) < 0).all()
    assert np.median(check.errors) == pytest.approx(1e-3, rel=0.01)
    good = gradcheck(np.exp, X)  # whose steps are tried only when they are asked for
    assert good.errors.min() < 1e-9
    assert len(Check(Verdict.WRONG).steps) == len(Check(Verdict.WRONG).errors) == 0


def test_a_check_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Check(Verdict.AGREE).verdict = Verdict.WRONG  # type: ignore[misc]  # what must raise


# -- pictures --------------------------------------------------------------------------------------------------------

PICTURES: dict[str, tuple[Any, Any]] = {
    "agree": (np.exp, X),
    "wrong": (cube, X),
    "kink": (np.abs, np.array([0.0])),
    "a jump": (np.floor, np.array([2.0])),
    "an edge": (np.sqrt, np.array([0.0])),
    "noise": (lambda x: np.abs(x) + 1e16, X),
    "float32": (lambda x: np.exp(x.astype(np.float32)), X),
    "zero": (lambda x: 0 * x, X),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_every_verdict(name: str, tmp_path: Path) -> None:
    check = gradcheck(*PICTURES[name])
    figure = check.plot(tmp_path / "picture.png")
    assert check.verdict in figure.get_suptitle()
    (axes,) = figure.axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert "step" in axes.get_xlabel()
    with Image.open(tmp_path / "picture.png") as image:
        assert image.size == (1125, 720)
        assert len(set(image.convert("L").tobytes())) > 20  # something is drawn


def test_a_picture_without_a_file() -> None:
    assert "analytic" in gradcheck(cube, X, fast=True).plot().get_suptitle()


def test_where_nothing_was_compared_there_is_no_picture() -> None:
    with pytest.raises(ValueError, match=r"no step sizes to draw \(why\)"):
        Check(Verdict.WRONG, "why").plot()
    with pytest.raises(ValueError, match="it looked at no number"):
        gradcheck(np.exp, np.zeros(0)).plot()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("matplotlib.figure")] + ["matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r'pip install "tiny-autograd\[plot\]"'):
        gradcheck(cube, X).plot()
