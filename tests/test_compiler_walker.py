"""The order of a walk, what is guarded of it, and its end."""

import types
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.sources import PLAIN
from autograd.compiler.tracing.visits import state_of
from autograd.compiler.tracing.walker import Found, Walker


def test_the_nearest_first_and_each_once() -> None:
    a: dict[str, Any] = {}
    a["b"], a["c"], a["number"] = {"c": a}, {}, 3
    a["b"]["c2"] = a["c"]
    order: list[str] = []

    def visit(walker: Walker, found: Found) -> list[Found]:
        order.append(found.name)
        return [found.at(key, found.value, ("item", key)) for key in found.value]

    walker = Walker([(dict, visit)])
    walker.waiting.append(Found("a", a))
    guards = walker.run("here").guards
    assert order == ["a", "a.b", "a.c"]
    assert [guard.source.name for guard in guards] == ["a.b", "a.c", "a.number", "a.b.c", "a.b.c2"]
    assert [guard.expected for guard in guards if isinstance(guard.expected, PLAIN)] == [3]
    assert all(guard.holds() for guard in guards)


def test_more_objects_than_can_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.compiler.tracing.walker.MOST_OBJECTS", 1000)
    library = types.SimpleNamespace(parts=[types.SimpleNamespace(name=[k]) for k in range(2000)])
    with pytest.raises(
        TraceError, match=r"reaches more than 1,000 objects, 999 of them through library, and .*; let it"
    ):
        ag.compile(lambda x: x * len(library.parts))(np.ones(1))


def test_a_variable_that_many_functions_name_is_looked_at_once() -> None:
    """So that in a library, whose functions all name the same modules, the number of guards is not quadratic."""
    module: dict[str, Any] = {"table": [1.0], "f0": lambda x: x}
    exec("\n".join(f"def f{k}(x): return f{k - 1}(x) * table[0] * f1(x)" for k in range(1, 100)), module)
    guards = state_of(module["f99"]).guards
    assert len({(guard.source, guard.read) for guard in guards}) == len(guards)
