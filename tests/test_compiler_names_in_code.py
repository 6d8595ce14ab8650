"""What a piece of code names, and whether it may ask for what it does not name."""

import operator
from typing import Any

import pytest

from autograd.compiler.tracing.names_in_code import ANY, names_of

GLOBAL = BATCHES = 1


def test_names_of_code() -> None:
    def f(x):  # type: ignore[no-untyped-def]  # Any would be one of the names
        def inner():  # type: ignore[no-untyped-def]  # likewise
            return x.deeper(BATCHES)

        return x.attribute + GLOBAL + getattr(x, "by_text") + inner()  # noqa: B009  # what is tested

    variables, names, _ = names_of(f.__code__)
    assert variables == {"GLOBAL", "BATCHES", "getattr"}
    assert names == variables | {"attribute", "by_text", "deeper"}


def by_pattern(o: Any) -> Any:
    match o:
        case complex(real):
            return real


@pytest.mark.parametrize("f", [
    lambda o, name: getattr(o, name), lambda o, name: getattr(o, name + "a"), lambda o, name: getattr(o, "a" + name),
    lambda o, name: getattr(o.b, f"a{name}"), lambda o: vars(o), lambda o: o.__dict__, lambda o: map(getattr, o),
    lambda o: operator.attrgetter("a.b")(o), lambda o: [getattr(o, name) for name in ("a", "b")], by_pattern,
])  # fmt: skip
def test_code_that_may_ask_for_any_attribute(f: Any) -> None:
    assert ANY in names_of(f.__code__).names


@pytest.mark.parametrize("f", [
    lambda o: o.a.b, lambda o: getattr(o, "a", None), lambda o: getattr(o.b.c, "a", 0),
    lambda o, default: getattr(o, "a", default), lambda o: [getattr(p, "a", 1) for p in o],
])  # fmt: skip
def test_code_that_names_all_attributes(f: Any) -> None:
    assert ANY not in names_of(f.__code__).names


def test_modules_that_are_imported() -> None:
    def f() -> Any:
        import json
        from os import path

        def inner() -> Any:
            import xml.dom as dom

            return dom, operator

        return json, path, inner

    assert names_of(f.__code__).modules == {"json", "os", "xml.dom"}
