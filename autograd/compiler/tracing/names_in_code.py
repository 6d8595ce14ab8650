"""What a piece of code names: globals, attributes, and texts by which it may ask for an attribute."""

from __future__ import annotations

import dis
import functools
from collections.abc import Iterator
from types import CodeType

ANY = "*"  # among the names of code that asks for attributes by names that it computes
READERS = {"vars", "__dict__", "__slots__", "attrgetter", "asdict", "astuple", "fields", "__getattribute__"}
LOOKUPS = {"modules", "import_module", "__import__"}
VARIABLE = ("LOAD_FAST", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME")
SILENT = {"CACHE", "PUSH_NULL", "PRECALL", "NOP", "EXTENDED_ARG"}


@functools.cache
def named(code: CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """The globals that a piece of code names; and all names in it, with texts, by which getattr may ask for one."""
    steps = [step for step in dis.get_instructions(code) if step.opname not in SILENT]
    variables = {step.argval for step in steps if step.opname.endswith(("_GLOBAL", "_NAME"))}
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner = named(constant)
            variables, names = variables | inner[0], names | inner[1]
        elif isinstance(constant, str) and constant.isidentifier():
            names.add(constant)
    if not READERS.isdisjoint(names) or any(
        step.opname == "MATCH_CLASS"
        or (step.argval == "getattr" and step.opname.startswith("LOAD_") and not _asks_for_a_constant(steps[k + 1 :]))
        for k, step in enumerate(steps)
    ):
        names.add(ANY)
    return frozenset(variables), frozenset(names)


def nested(code: CodeType) -> Iterator[CodeType]:
    """A piece of code, and those of functions that are made in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


def imported(code: CodeType) -> set[str]:
    """The modules that a piece of code imports when it runs, or may look up in sys.modules."""
    inner = (imported(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    found = {step.argval for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME"}
    if not LOOKUPS.isdisjoint(named(code)[1]):
        found |= {constant for constant in code.co_consts if isinstance(constant, str)}
    return found.union(*inner)


def _asks_for_a_constant(steps: list[dis.Instruction]) -> bool:
    """Whether a call of getattr goes on as in getattr(a.b, "name", default), of which nothing is computed."""
    if not steps or not steps[0].opname.startswith(VARIABLE) or "_LOAD_" in steps[0].opname:  # two in one step
        return False
    after = 1
    while after < len(steps) and steps[after].opname == "LOAD_ATTR":
        after += 1
    rest = [step.opname for step in steps[after : after + 3]]
    if not rest or rest[0] != "LOAD_CONST":
        return False
    return any(opname.startswith("CALL") for opname in rest[1 : 3 if rest[1].startswith("LOAD_") else 2])
