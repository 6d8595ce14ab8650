"""How values, shapes, options and numbers are written: short, and the same everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Rows = Sequence[tuple[str, str]]
"""What a tooltip tells: terms, and a text on each."""

OPTION_WIDTH = 28  # characters of an option that a label shows


def form_text(shape: tuple[int, ...] | None, dtype: Any = None) -> str:
    """As "32×784 float32", "scalar float64"; what is unknown is left out."""
    size = "" if shape is None else "×".join(map(str, shape)) or "scalar"
    return f"{size} {'' if dtype is None else np.dtype(dtype)}".strip()


def number_text(value: Any) -> str:
    """A number in a few digits."""
    value = value.item() if isinstance(value, np.ndarray | np.generic) else value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**9 else f"{value:.4g}"
    return f"{value:.4g}"


def constant_text(value: Any, shape: tuple[int, ...] | None, dtype: Any) -> str:
    """Its number if it is one, or else its form."""
    if isinstance(value, bool | int | float | complex) or (value is not None and np.size(value) == 1):
        return number_text(value)
    return form_text(shape, dtype) or "constant"


def options_text(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """As "axis=1, keepdims=True", without what is the default anyway; of an index, "[:, 0]"."""
    parts = []
    for name, value in options.items():
        default = defaults.get(name)
        is_default = value is None or value is (False if default is np._NoValue else default)
        if name == "index":
            parts.append(f"[{index_text(value)}]")
        elif name != "rng" and not is_default:
            parts.append(f"{name}={option_text(value)}")
    return ", ".join(parts)


def option_text(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return constant_text(value, np.shape(value), value.dtype)
    if isinstance(value, list | tuple):
        inside = ", ".join(map(option_text, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
    if isinstance(value, type):
        return value.__name__
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    text = repr(value)
    return f"<{type(value).__name__}>" if " at 0x" in text else text


def index_text(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if isinstance(index, slice):
        first, last, step = ("" if part is None else str(part) for part in (index.start, index.stop, index.step))
        return f"{first}:{last}" + (f":{step}" if step else "")
    return "…" if index is Ellipsis else "None" if index is None else option_text(index)


def shortened(text: str, length: int = OPTION_WIDTH) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def comma_separated(*parts: str) -> str:
    """Those that are not empty, with commas."""
    return ", ".join(part for part in parts if part)


def plural(number: int, what: str) -> str:
    """As "1 call", "2,000 calls"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def tally_text(counter: Counter[str], most: int = 6) -> str:
    """As "3 linear, 2 relu", the most frequent first."""
    listed = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    text = ", ".join(f"{number:,} {name}" for name, number in listed[:most])
    return f"{text}, …" if len(listed) > most else text


def percent_text(part: int, whole: int) -> str:
    """A share in percent, and never 0% or 100% of what is neither."""
    percent = 100 * part / whole
    return f"{percent:.0f}%" if 1 <= percent <= 99 or part in (0, whole) else "<1%" if percent < 1 else ">99%"


def digits_text(x: float, digits: int) -> str:
    """A number to so many digits, as 0.0034, 120, 1.2e+07."""
    text = f"{x:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(x) < 1e6 else text
