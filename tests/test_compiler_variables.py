"""What the code around a call calls its result."""

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
def call(*args):
    results.append(assigned())
    return (1, 2, 3)
class Number:
    def __add__(self, other):
        results.append(assigned())
        return self
"""


def found(code: str) -> tuple[str, ...]:
    """What `assigned` says in the first call of `call`, or addition to `number`, in some lines of a function."""
    results: list[tuple[str, ...]] = []
    probe: dict[str, Any] = {"results": results, "assigned": assigned}
    exec(compile(PROBE, "<frozen probe>", "exec"), probe)
    namespace = {"call": probe["call"], "number": probe["Number"]()}
    exec("def f():\n" + "".join(f"    {line}\n" for line in code.split("\n")), namespace)
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
    ],
)
def test_the_variable_that_the_next_instruction_stores(code: str, expected: tuple[str, ...]) -> None:
    assert found(code) == expected


def test_variables_with_large_numbers_are_found() -> None:
    """Their instructions have a prefix."""
    many = "\n".join(f"v{k} = {k}" for k in range(300))
    assert found(f"{many}\nlast = call()") == ("last",)


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
