"""What a piece of code names: globals, attributes, modules, and texts by which it may ask for an attribute."""

from __future__ import annotations

import dis
import functools
import re
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

ANY = "*"  # among the names of code that asks for attributes by names that it computes
READERS = {"vars", "__dict__", "__slots__", "attrgetter", "asdict", "astuple", "fields", "__getattribute__"}
LOOKUPS = {"modules", "import_module", "__import__"}
SILENT = {"CACHE", "PUSH_NULL", "PRECALL", "NOP", "EXTENDED_ARG"}
# A match by class; and getattr, unless it goes on as in getattr(a.b, "name", default), of which nothing is computed.
COMPUTES = re.compile(
    r"MATCH_CLASS|\bgetattr\b"
    r"(?! LOAD_(FAST|DEREF|GLOBAL|NAME)(_(?!LOAD)[A-Z]+)?( LOAD_ATTR)* LOAD_CONST( LOAD_\w+)? CALL)"
)


class Names(NamedTuple):
    """The globals that a piece of code names; all names in it, with texts, by which getattr may ask for one; and the
    modules that it imports when it runs, or may look up in sys.modules."""

    variables: frozenset[str]
    names: frozenset[str]
    modules: frozenset[str]


@functools.cache
def names_of(code: CodeType) -> Names:
    variables, names, modules = set[str](), set[str](), set[str]()
    for inner in nested(code):
        steps = [step for step in dis.get_instructions(inner) if step.opname not in SILENT]
        texts = {constant for constant in inner.co_consts if isinstance(constant, str)}
        own = {*inner.co_names, *filter(str.isidentifier, texts)}
        variables |= {step.argval for step in steps if step.opname.endswith(("_GLOBAL", "_NAME"))}
        modules |= {step.argval for step in steps if step.opname == "IMPORT_NAME"}
        modules |= texts if LOOKUPS & own else set()
        is_asking = (step.argval == "getattr" and step.opname.startswith("LOAD_") for step in steps)
        text = " ".join("getattr" if asks else step.opname for step, asks in zip(steps, is_asking, strict=True))
        names |= own | ({ANY} if READERS & own or COMPUTES.search(text) else set())
    return Names(frozenset(variables), frozenset(names), frozenset(modules))


def nested(code: CodeType) -> Iterator[CodeType]:
    """A piece of code, and those of functions that are made in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)
