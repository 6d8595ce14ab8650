"""The picture as one web page that needs nothing else: page.html, with style, script and data put into it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources

from autograd.drawing.renderers import NO_TEXT
from autograd.drawing.text import Rows, plural

WARNING = "warning"  # the term of the row that says what is wrong with a node


def page(svg: str, title: str, details: Mapping[str, Rows], warnings: Sequence[str], folded: str) -> str:
    """The page of an SVG whose nodes have ids, and of what is known of them: see `Picture`.

    It asks no network for anything, and a browser lets it run no script but its own, whatever the names in it say.
    """
    style, script = asset("page.css"), asset("page.js")
    parts = {
        "policy": f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'",
        "title": escape(title or "Computation graph"),
        "style": style,
        "svg": svg[svg.index("<svg") :],
        "notes": notes(details, warnings, folded),
        "details": json.dumps(details).replace("<", "\\u003c"),  # or a name could end the element that holds it
        "script": script,
    }
    text = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], asset("page.html"))
    return NO_TEXT.sub("\ufffd", text)


def notes(details: Mapping[str, Rows], warnings: Sequence[str], folded: str) -> str:
    """What is to be said of the whole picture; a warning is a button if it is known which node it is about."""
    lines = []
    if warnings:
        items = "".join(f"<li>{item(warning, node_of(warning, details))}</li>\n" for warning in warnings)
        lines += [f'<h2>{plural(len(warnings), "warning")}</h2>\n<ul id="warnings">\n{items}</ul>']
    if folded:
        lines += [f'<p id="folded">{escape(folded)}</p>']
    return "\n".join(lines)


def item(warning: str, node: str | None) -> str:
    return escape(warning) if node is None else f'<button data-node="{escape(node)}">{escape(warning)}</button>'


def node_of(warning: str, details: Mapping[str, Rows]) -> str | None:
    """The name of the first node that has this warning among its rows, alone or within more words."""
    for name, rows in details.items():
        if any(term == WARNING and text and (text in warning or warning in text) for term, text in rows):
            return name
    return None


def digest(text: str) -> str:
    """What a Content-Security-Policy calls an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
