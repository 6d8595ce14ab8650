"""What the code around a call calls its result."""

import linecache
from typing import Any

import numpy as np
import pytest
from compiled import called

import autograd as ag
from autograd import nn
from autograd.compiler.tracing.variables import assigned

X = np.array([1.0, 2.0])


# As the library's own frames, this one is passed over.
PROBE = """
class Number:
    def method(self, *args):
        results.append(assigned())
        return self
    __add__ = __call__ = __getitem__ = method
    def __iter__(self):
        return iter((1, 2, 3))
"""


def found(code: str, is_readable: bool = True) -> tuple[str, ...]:
    """What `assigned` says in the first call of `call`, or addition to `number`, in some lines of a function."""
    results: list[tuple[str, ...]] = []
    probe: dict[str, Any] = {"results": results, "assigned": assigned, "__name__": "autograd.compiler.probe"}
    exec(PROBE, probe)
    number = probe["Number"]()
    namespace = {"call": number, "number": number}
    text = "def f():\n" + "".join(f"    {line}\n" for line in code.split("\n"))
    file = f"<test {is_readable} {text!r}>"
    if is_readable:
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), namespace)
    namespace["f"]()
    return results[0]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("h = call()", ("h",)),
        ("h = number + 1", ("h",)),
        ("a = b = call()", ()),  # it goes to two variables
        ("a, b, c = call()", ("a", "b", "c")),
        ("a, *rest = call()", ()),
        ("h = str(call())", ()),
        ("call()", ()),
        ("h = [call()]", ()),
        ("d = {}\nd['h'] = call()", ()),
        ("def inner(): return call()\nh = inner()", ("h",)),
        ("inner = lambda: call()\nh = inner()", ("h",)),
        ("def inner():\n    y = call()\n    return y\nh = inner()", ("y",)),
        ("def inner(): return call()[0]\nh = inner()", ()),
        ("global h\nh = call()", ("h",)),
        ("h = call()\ndef inner(): return h", ("h",)),  # a cell
        ("x = 1\nh = call()\nx = h", ("h",)),
        ("h = call(); k = h", ("h",)),
        ("a, b, c = call(); a, b = b, a", ("a", "b", "c")),
        ("h = call() if number else number", ("h",)),
        ("h, k = call(), 1", ("h",)),
        ("k, h = 1, call()", ("h",)),
        ("h, k, i = call(), *(1, 2)", ()),
        ("h: object = call()", ("h",)),
        ("h = number\nh += 1", ("h",)),
        ("if (h := call()): pass", ("h",)),
        ("h = (number\n    .method()\n    .method(1,\n        2))", ()),
        ("h = (number\n    .method(1,\n        2))", ("h",)),
        ("h = number.method(\n    1)", ("h",)),
        ("def inner():\n    return (\n        call()\n    )\nh = inner()", ("h",)),  # whose line is a statement, too
        ("h = [\n    call(),\n]", ()),
    ],
)
def test_the_variables_that_a_result_is_assigned_to(code: str, expected: tuple[str, ...]) -> None:
    assert found(code) == expected


def test_where_the_source_cannot_be_read_there_are_no_names() -> None:
    """As at Python's prompt."""
    assert found("hidden = call()", is_readable=False) == ()


def test_a_function_of_the_library_names_what_its_users_do_not() -> None:
    """Not the generic names that rules and primitives have for everything."""
    step = called(lambda x: np.sum(nn.softmax(x) * x), X)
    values = [y.name for call in step._last().captured.ops for y in call.results()]
    assert not {"x", "y", "g"} & set(values)


def test_what_a_module_returns_has_the_name_that_its_caller_gives_it() -> None:
    layer = nn.Linear(2, 2, np.float64)

    def f(x: Any) -> Any:
        hidden = layer(x)
        return np.sum(hidden * hidden).detach()

    text = called(f, np.ones((3, 2))).source
    assert "np.matmul(x, weight, out=hidden)" in text


def test_a_gradient_is_not_called_as_the_engine_calls_it() -> None:
    step = called(ag.grad(lambda x: np.sum(np.tanh(x) ** 2)), X)
    values = {y.name for call in step._last().captured.ops for y in call.results()}
    assert not {"gx", "total", "before"} & values
