"""Functions as text that needs nothing but NumPy."""

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled import called
from graphs import example

import autograd as ag
from autograd import optim
from autograd.compiler.export.portable import Portable
from autograd.compiler.tracing.opaque_steps import GuardedStep, OpaqueStep, PullbackStep
from autograd.engine.tensor import Tensor
from autograd.nn.functional.labels import not_negative
from autograd.optim.sgd import SGD

FACTOR = 2.5
TABLE = np.ones(3)


def doubled(x: Any) -> Any:
    """Twice x."""
    return np.add(x, x)


def scaled(x: Any, power: int = 2) -> Any:
    return doubled(x) * FACTOR**power + math.sqrt(2)


def looks_up(x: Any) -> Any:
    return x + TABLE


def looks_up_later(x: Any) -> Any:
    return doubled(x) + later_table


later_table = TABLE


def of_a_tensor(x: Any) -> Any:
    return Tensor(x).data


def with_defaults(x: Any, table: Any = TABLE) -> Any:
    return x + table


def run(portable: Portable, name: str, *args: Any) -> Any:
    namespace: dict[str, Any] = {"np": np, **portable.arrays}
    exec("\n".join(["from __future__ import annotations", *sorted(portable.imports), *portable.text]), namespace)
    return namespace[name](*args)


def added(value: Any, name: str = "f", taken: set[str] | None = None) -> Portable:
    portable = Portable(taken or set())
    portable.add(name, value)
    return portable


def test_a_function_whose_dtype_follows_values_asks_for_it() -> None:
    real, turning = np.eye(2), np.array([[0.0, -1.0], [1.0, 0.0]])
    for fn in (np.linalg.eigvals, np.linalg.eig):
        step: Any = GuardedStep(fn)
        step(real)
        portable = added(step)
        assert run(portable, "f", real)[0].tolist() == fn(real)[0].tolist()
        with pytest.raises(ValueError, match=r"np.linalg.eig\w* returned arrays of another dtype or length"):
            run(portable, "f", turning)


@pytest.mark.parametrize("fn", [doubled, scaled, not_negative, OpaqueStep(doubled)])
def test_what_needs_only_numpy_is_copied(fn: Callable[..., Any]) -> None:
    portable = added(fn)
    assert portable.told["f"].startswith("a copy of ")
    assert not any("autograd" in line for line in portable.imports)
    x = np.array([1.0, 2.0])
    assert np.array_equal(run(portable, "f", x), fn(x))


def test_what_a_copy_needs_comes_before_it() -> None:
    assert [text.partition("\n")[0] for text in added(scaled).text] == [
        "FACTOR = 2.5",
        "def doubled(x: Any) -> Any:",
        "def f(x: Any, power: int = 2) -> Any:",
    ]
    assert added(scaled).imports == {"import math"}


def test_decorators_stay_behind() -> None:
    fn = example("@ag.primitive\ndef triple(x):\n    return 3 * x\n", "triple")
    portable = added(fn, "triple")
    assert portable.text == ["def triple(x):\n    return 3 * x"]
    assert run(portable, "triple", 2) == 6


def test_what_needs_more_is_imported() -> None:
    for fn in (looks_up, of_a_tensor, with_defaults):
        portable = added(fn)
        assert not portable.text
        assert portable.imports == {f"from test_compiler_portable import {fn.__name__} as f"}
        assert portable.told["f"] == f"imported: from test_compiler_portable import {fn.__name__} as f"


def test_what_was_copied_for_one_that_is_imported_after_all_is_copied_again_for_another() -> None:
    portable = added(looks_up_later)
    assert not portable.text
    portable.add("g", scaled)
    assert run(portable, "g", 1.0) == scaled(1.0)


def test_so_is_what_would_hide_a_name_of_the_program() -> None:
    assert not added(scaled, taken={"FACTOR"}).text
    assert not added(scaled, taken={"doubled"}).text
    assert len(added(scaled, taken={"other"}).text) == 3


@pytest.mark.parametrize("kind", ["a closure", "a lambda", "a method", "an object"])
def test_what_can_be_neither_is_refused(kind: str) -> None:
    number = np.float64(len(sys.argv))

    def closure(x: Any) -> Any:
        return x + number

    class Thing:
        def __call__(self, x: Any) -> Any:
            return x

        def method(self, x: Any) -> Any:
            return x

    fn = {"a closure": closure, "a lambda": lambda x: x, "a method": Thing().method, "an object": Thing()}[kind]
    with pytest.raises(ValueError, match=r"f \(.*\) can't be saved: .*; define it at the top of a file, and import it"):
        added(fn)


def test_a_schedule_is_a_table() -> None:
    opt = SGD([Tensor(np.ones(2), requires_grad=True)], 0.1)
    schedule = optim.Cosine(opt, 7, warmup_steps=2)
    portable = added(schedule._factor_after)
    assert portable.told["f"] == "a table of Cosine over 7 steps"
    assert [run(portable, "f", count) for count in range(10)] == [schedule._factor_after(count) for count in range(10)]
    assert type(run(portable, "f", 3)) is float


def test_a_schedule_of_several_is_a_table_too() -> None:
    opt = SGD([Tensor(np.ones(2), requires_grad=True)], 0.1)
    schedule = optim.SequentialLR(opt, [optim.LinearLR(opt, total_iters=3), optim.Cosine(opt, 4)], [3])
    portable = added(schedule._factor_after)
    assert portable.told["f"] == "a table of SequentialLR over 7 steps"
    assert [run(portable, "f", count) for count in range(10)] == [schedule._factor_after(count) for count in range(10)]


def test_a_schedule_without_an_end_is_refused() -> None:
    schedule = optim.StepLR(SGD([Tensor(np.ones(2), requires_grad=True)], 0.1), 3)
    with pytest.raises(ValueError, match=r"a StepLR has no last step, .* call its step\(\) outside of the compiled"):
        added(schedule._factor_after)


def test_an_array_goes_to_the_file_of_arrays() -> None:
    portable = added(TABLE, "table")
    assert portable.arrays["table"] is TABLE
    assert not portable.told


def test_functions_that_call_each_other_are_copied_once() -> None:
    source = "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)\n"
    fn = example(source, "even")
    portable = added(fn, "even")
    assert run(portable, "even", 4) is True
    assert len(portable.text) == 2


def test_a_rule_that_was_not_traced_is_refused() -> None:
    step = called(ag.grad(lambda x: np.sum(np.interp(x, [0.0, 1.0], [1.0, 2.0]))), np.array([0.5, 0.7]))
    rules = [call.fn for call in step._last().program.ops if isinstance(call.fn, PullbackStep)]
    with pytest.raises(ValueError, match="f can't be saved: it is a rule whose code looks at values"):
        added(rules[0])
