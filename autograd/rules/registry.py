"""The registry: which NumPy functions have rules, and how anyone adds one."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from autograd._util.functions import home_of, module_of, name_of
from autograd.rules.binding import pytorch_refused
from autograd.rules.operation import Operation

OPERATIONS: dict[Any, Operation] = {}
# Functions made of others that have rules: what they record is those. By the function that they stand for.
COMPOSED: dict[Any, Callable[..., Any]] = {}
# Functions that are constant wherever they have a derivative: they give a Tensor without a graph.
NO_GRADIENT: set[Any] = set()
# Functions that tell something about an array and return no array to compute with: a shape, a truth, a text.
PLAIN: set[Any] = set()
# Functions that write into an argument, which no graph can record.
WRITES: set[Any] = set()
# Functions in which a gradient would be lost, and why none is given.
REFUSED: dict[Any, str] = {}

SCIPYS = "autograd.rules.scipy"  # the rules of SciPy's ufuncs
ORDINARY = np.ndarray.__array_function__  # that of plain arrays and of their subclasses

Function = TypeVar("Function", bound=Callable[..., Any])
Parameters = ParamSpec("Parameters")


def _registering(make: Callable[Parameters, Operation]) -> Callable[Parameters, None]:
    @functools.wraps(make, assigned=())
    def rule(*args: Parameters.args, **options_and_rules: Parameters.kwargs) -> None:
        """Say how the gradients of a function's array inputs follow from the gradient of its output.

            ag.rule(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a, broadcasts=True)

        The keys name the array inputs, in the order in which the function takes them; the parameters of each rule name
        what it needs (see autograd/rules/operation.py), and nothing else is saved. Rules are written in NumPy, with
        operators, functions that have rules, and primitives: then they can be differentiated themselves. `None`: no
        gradient.

        `fn` is a NumPy function or ufunc, or a function made with `@ag.primitive`. Its rules replace earlier ones.
        For the options see `autograd.rules.operation.Operation`.
        """
        fn: Any = args[0] if args else None
        if fn is not None and not takes_rules(fn):
            ufunc: Any = inspect.unwrap(fn) if callable(fn) else None
            if isinstance(ufunc, np.ufunc):  # SciPy wraps its own where the environment has SCIPY_ARRAY_API
                registered(ufunc, *args[1:], **options_and_rules)
                return
            raise TypeError(
                f"ag.rule was given {name_of(fn)}, of whose calls the engine hears nothing; it takes a NumPy function, "
                f"or one of your own under @ag.primitive"
            )
        registered(*args, **options_and_rules)

    def registered(*args: Any, **options_and_rules: Any) -> None:
        operation = make(*args, **options_and_rules)
        if learn(operation.fn):  # in place: operators hold on to theirs
            vars(OPERATIONS[operation.fn]).update(vars(operation))
        else:
            OPERATIONS[operation.fn] = operation

    return rule


rule = _registering(Operation)  # it takes what an Operation does, whose options are written there alone


def learn(fn: Any) -> bool:
    """Whether a function has rules, if need be of those that are imported with the first of SciPy's ufuncs.

    A primitive that has none may be one of theirs that another thread is importing: that is waited for.
    """
    if isinstance(fn, np.ufunc):
        may_be = getattr(np, fn.__name__, None) is not fn and "scipy.special" in sys.modules
    else:
        may_be = hasattr(fn, "_primitive") and SCIPYS in sys.modules
    if may_be:
        importlib.import_module(SCIPYS)
    return fn in OPERATIONS


def takes_rules(fn: Callable[..., Any]) -> bool:
    """Whether the engine hears of the calls of a function on Tensors."""
    return isinstance(fn, np.ufunc) or hasattr(fn, "_primitive") or hasattr(fn, "_implementation")


def rule_of(fn: Callable[..., Any]) -> str:
    """The line that is to be written for a function that has no rule."""
    name, nin = name_of(fn, qualified=True), fn.nin if isinstance(fn, np.ufunc) else 1
    if nin == 1:
        return f"ag.rule({name}, x=lambda g, x: ...)"
    inputs = "abcdefghijklm"[:nin]
    rules = ", ".join(f"{x}=lambda g, {', '.join(inputs)}: ..." for x in inputs)
    return f"ag.rule({name}, {rules}, broadcasts=True)"


def primitive(fn: Function) -> Function:
    """Make a function of arrays one call of the graph; `ag.rule` then says how it is differentiated.

        @ag.primitive
        def cube(x):
            return x * x * x

        ag.rule(cube, x=lambda g, x: 3 * g * x * x)

    The function is called with plain arrays, and returns one (or several: see `hidden` and `several` of `ag.rule`).
    """

    @functools.wraps(fn)
    def call(*args: Any, **options: Any) -> Any:
        declined = None
        # This is NumPy's own protocol for its functions (NEP 18), so primitives need not know what a Tensor is.
        for arg in (*args, *options.values()):
            for item in arg if type(arg) in (list, tuple) else (arg,):
                if getattr(type(item), "__array_function__", ORDINARY) is not ORDINARY:
                    y = item.__array_function__(call, (type(item),), args, options)
                    if y is not NotImplemented:
                        return y
                    declined = type(item)
        if declined is not None:
            raise of_unknown(name_of(fn), declined)
        try:
            y = fn(*args, **options)
        except TypeError as error:
            if (
                options.keys() <= set(inspect.signature(fn).parameters)
                or (told := pytorch_refused(name_of(fn), options)) is None
            ):
                raise
            raise told from error
        operation = OPERATIONS.get(call)
        return y[0] if operation is not None and operation.hidden else y

    vars(call)["_primitive"] = fn
    return cast(Function, call)


def of_unknown(name: str, kind: type) -> TypeError:
    return TypeError(
        f"{name} was given a value of {home_of(kind)}.{kind.__name__}, which does not know that function; pass an array "
        f"or a Tensor: np.asarray(x)"
    )


def composed(fn: Callable[..., Any]) -> Callable[[Function], Function]:
    """Say how a NumPy function is made of others that have rules; it needs no rule of its own then.

        @composed(np.average)
        def average(a, weights): ...

    The definition takes the arguments that NumPy's takes, and returns the same values. It is called in place of
    NumPy's where there is a gradient; an argument that it lacks is refused.
    """

    def register(definition: Function) -> Function:
        COMPOSED[fn] = definition
        return definition

    return register


def refusal(fn: Callable[..., Any], name: str | None = None) -> TypeError:
    """The error for a function that has no rule; `name` if it is a method, which can't have one."""
    if fn in REFUSED:
        return TypeError(
            f"{name_of(fn)} has no rule, so the gradient of a Tensor would be lost in it: {REFUSED[fn]}. Write the "
            f"rule, {rule_of(fn)}, or call it on t.data where no gradient is needed"
        )
    if name:
        write = ""
    elif takes_rules(fn) and not (isinstance(fn, np.ufunc) and not module_of(fn)):
        write = f"write the rule, {rule_of(fn)}; "
    else:
        called = name_of(fn) if name_of(fn).isidentifier() else "it"
        write = (
            f"call it in a function of your own under @ag.primitive, def f(x): return {called}(x), and write the "
            f"rule of that, ag.rule(f, x=lambda g, x: ...); "
        )
    return TypeError(
        f"{name or name_of(fn)} has no rule, so the gradient of a Tensor would be lost in it; {write}"
        f"use functions that have one instead, or call it on t.data where no gradient is needed"
    )
