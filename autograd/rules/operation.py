"""An operation: a NumPy function with its rules, and what a call of it has to save for them.

A rule says how the gradient of one input follows from `g`, the gradient of the output. What it needs is what its
parameters name:

    g                      the gradient that comes in; it has the shape and dtype of the output (float32 for float16,
                           which is what other arrays of float16 are to the rules, too)
    y                      the output
    a, b, x, ...           an array input, by the name under which its rule is given
    x_shape, x_dtype       of any input; always at hand, no array is saved for them
    axis, keepdims, ...    an option of the call, or its default
    node                   the call in the graph, for which nothing is saved
    p, g_p                 a hidden output, and the gradient that comes in through it
    xs, xs_shape, i        for a function of many arrays: all of them, their shapes, and which one is asked for
                           (a rule that does not name `i` returns the gradients of all, at a cost for each)

A constant input needs no gradient: its rule is not run, and what only that rule names is not saved. What that leaves
is worked out once for each pattern of constant and differentiable inputs: a `Plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd._util.functions import name_of, parameter_names, parameters_of, places_of
from autograd._util.locations import GENERATED

Rule = Callable[..., Any]
Arrays = tuple[Any, ...]

FEW = 4  # arrays, for which code without a loop is made: it takes a tenth off a call of np.concatenate
ANY = 1  # the mask of more arrays than that, if any is differentiable
OUTPUT = -1  # where a saved `y` came from; the hidden outputs are -2, -3, ...

# Options of how the output is computed and laid out. Gradients are cast to the dtype of their input anyway.
HARMLESS = frozenset({"dtype", "casting", "order", "subok"})


class Plan(NamedTuple):
    """What a call saves and which rules its node runs, for one pattern of constant and differentiable inputs."""

    is_needed: bool
    """Whether any differentiable input has a rule."""
    keep: Callable[[Any, Sequence[Any]], tuple[Arrays, Arrays, Arrays]]
    """(output, inputs) to (saved, shapes, dtypes); the last two by input, None where nothing asks."""
    sources: tuple[int, ...]
    """For each saved value the index of the input that it is, or `OUTPUT` and below; 0 of many arrays, a tuple."""
    steps: tuple[tuple[int, Rule], ...]
    """The index of each differentiable input and its rule, as a function of (g, saved, node, index)."""
    all_at_once: Rule | None
    """Of many arrays: a function of (g, saved, node, None) that returns the gradients of all."""


class Operation:
    """A function of arrays and the rules of its inputs, in order (`None`: there is no gradient).

    An input that bears the name of a parameter of `fn` is that parameter, wherever it stands; the others are the first
    of the remaining parameters, in order.

    broadcasts   inputs broadcast; the engine sums each gradient back to the shape of its input.
    hidden       `fn` returns (y, *hidden): rules may name the hidden outputs, users get y alone.
    several      `fn` returns several outputs; `g` is then a tuple, None where no gradient came in. Of a call that
                 returned one array (np.linalg.svd(x, compute_uv=False)), `g` and `y` are arrays.
    accepts      options that do not change the gradient (`dtype` and its like never do).
    only         of an option, the values whose gradient is known: {"order": ("C", "F")}.
    signature    such as "(a, axis=None)", for a `fn` that does not tell its own.
    aliases      second names of parameters, as in np.clip: {"min": "a_min"}.
    computed_by  what is called with the arrays and, by name, the options, if not `fn` itself.
    complex_only real outputs have no gradient: np.sign jumps between real numbers, and turns complex ones.
    convention   what holds where there is no derivative, in a few words.
    orders       up to which order the tests check the rules.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        rules: Mapping[str, Rule | None],
        *,
        broadcasts: bool = False,
        hidden: Sequence[str] = (),
        several: bool = False,
        accepts: Iterable[str] = (),
        only: Mapping[str, Collection[Any]] | None = None,
        signature: str | None = None,
        aliases: Mapping[str, str] | None = None,
        computed_by: Callable[..., Any] | None = None,
        complex_only: bool = False,
        convention: str = "",
        orders: int = 2,
    ) -> None:
        if not rules:
            raise TypeError(f"ag.rule({name_of(fn)}) names no input; name each array: ag.rule(fn, x=lambda g: ...)")
        self.fn = fn
        self.compute: Callable[..., Any] = getattr(fn, "_primitive", fn) if computed_by is None else computed_by
        self.rules = dict(rules)
        self.inputs = tuple(rules)
        self.broadcasts = broadcasts
        self.hidden = tuple(hidden)
        self.several = several
        self.variadic = self.inputs == ("xs",)
        self.only = dict(only or {})
        self.aliases = dict(aliases or {})
        self.kinds = "c" if complex_only else "fc"
        self.convention = convention
        self.orders = orders
        self.parameters, self.defaults = parameters_of(fn if signature else self.compute, self.inputs, signature)
        self.places = places_of(self.inputs, self.parameters)
        self.in_order = self.places == self.parameters[: len(self.inputs)]
        if not self.in_order and computed_by is None:
            self.compute = _by_name(self.compute, self.places, self.parameters[0])
        named = {name for rule in self.rules.values() if rule for name in parameter_names(rule)}
        self.options = frozenset(accepts) | HARMLESS | (named - self._reserved())
        for name in sorted(self.options - HARMLESS - set(self.parameters)):
            raise TypeError(
                f"ag.rule({self.name}) names {name!r}, which is no input, option or output of "
                f"{self.name}({', '.join(self.parameters)}); rename it"
            )
        # Where gradients come in through more than one output, each output has a slot of its own (graph.OutputEdge).
        self.has_output_edges = several or any(f"g_{name}" in named for name in self.hidden)
        self.plans: dict[int, Plan] = {}  # by mask

    @property
    def name(self) -> str:
        return name_of(self.fn)

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.inputs)})>"

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort the arguments of a call into arrays, by position, and the options that are not at their defaults.

        Raises TypeError for an option that no rule names: its effect on the gradient would be lost in silence.
        """
        if not kwargs and len(args) == len(self.inputs) and self.in_order:
            return tuple(args), {}
        if len(args) > len(self.parameters):
            raise TypeError(f"{self.name} was given {len(args)} arguments; it takes at most {len(self.parameters)}")
        given = dict(zip(self.parameters, args, strict=False))
        for key, value in kwargs.items():
            name = self.aliases.get(key, key)
            if name in given:
                raise TypeError(f"{self.name} was given {name!r} twice; give it once")
            given[name] = value
        if missing := [name for name in self.places if name not in given and name not in self.defaults]:
            raise TypeError(f"{self.name} was not given {' and '.join(missing)}; it takes {', '.join(self.parameters)}")
        arrays = tuple(given.pop(name, self._default(name)) for name in self.places)
        options = {}
        for name, value in given.items():
            if value is np._NoValue or (name in self.defaults and value is self.defaults[name]):
                continue
            if name == "out":
                raise out_refused(self.name)
            if name not in self.options:
                raise TypeError(
                    f"{self.name} was given {name}={value!r}, which its rules do not know, so the gradient would be "
                    f"wrong; leave it out, or call it on .data where no gradient is needed"
                )
            if name in self.only and value not in self.only[name]:
                raise TypeError(
                    f"{self.name} was given {name}={value!r}, for which no gradient is known; give one of "
                    f"{', '.join(map(repr, self.only[name]))}, or call it on .data where no gradient is needed"
                )
            options[name] = value
        if options.get("dtype") is not None and not self.variadic:
            self._check_kind(arrays, np.dtype(options["dtype"]))
        return arrays, options

    def _check_kind(self, arrays: Iterable[Any], dtype: np.dtype[Any]) -> None:
        """Raise TypeError if `dtype=` makes another function of it: of complex numbers, or of their real parts.

        Rules see the inputs as they are: real numbers outside of [-1, 1] for np.arcsin(x, dtype=complex).
        """
        is_complex = any(type(x) is complex or (hasattr(x, "dtype") and x.dtype.kind == "c") for x in arrays)
        becomes_real = is_complex and dtype.kind != "c" and self.name != "astype"
        if becomes_real or (isinstance(self.fn, np.ufunc) and not is_complex and dtype.kind == "c"):
            raise TypeError(
                f"{self.name} was given dtype={dtype} for {'complex' if is_complex else 'real'} numbers, so the "
                f"gradient would be wrong; convert them first: t.astype(dtype), np.real(t)"
            )

    def make_plan(self, mask: int) -> Plan:
        """The plan for calls in which those inputs are differentiable whose bit is set in `mask`.

        Up to `FEW` arrays of `xs` have a bit each, and one more bit, always set, stands behind the last. More arrays
        have one plan, that of the mask `ANY`, whichever are differentiable and however many there are.
        """
        wanted = [k for k, key in enumerate(self.inputs) if (self.variadic or mask >> k & 1) and self.rules[key]]
        names = {name for k in wanted for name in parameter_names(self._rule(self.inputs[k]))}

        sources = {name: OUTPUT - k for k, name in enumerate(("y", *self.hidden)) if name in names}
        sources.update({name: k for k, name in enumerate(self.inputs) if name in names})
        shapes, dtypes = self._facts("shape", "shape", mask, names), self._facts("dtype", "result_type", mask, names)
        if "y_shape" in names:
            shapes.append("shapes_of(y)" if self.several else f"{self._value(OUTPUT)}.shape")
        values = [self._value(source) for source in sources.values()]
        keep = _expression(
            "y, xs",
            f"({_tuple(values)}, {_tuple(shapes)}, {_tuple(dtypes)})",
            shape=np.shape,
            result_type=np.result_type,
            shapes_of=lambda y: y.shape if hasattr(y, "shape") else tuple(part.shape for part in y),
        )

        steps: tuple[tuple[int, Rule], ...] = tuple((k, self._adapter(self.inputs[k], list(sources))) for k in wanted)
        all_at_once = steps[0][1] if self.variadic and steps else None
        plan = Plan(bool(wanted), keep, tuple(sources.values()), () if all_at_once else steps, all_at_once)
        self.plans[mask] = plan
        return plan

    def _facts(self, fact: str, function: str, mask: int, names: Collection[str]) -> list[str]:
        """An expression for the shape, or the dtype, of each input. A constant may be a number, which has none."""
        if self.variadic and mask == ANY:
            return [f"*[x.{fact} if hasattr(x, {fact!r}) else {function}(x) for x in xs]"]
        keys = ["xs"] * (mask.bit_length() - 1) if self.variadic else self.inputs
        asked = [f"{function}(xs[{k}])" if f"{key}_{fact}" in names else "None" for k, key in enumerate(keys)]
        return [f"xs[{k}].{fact}" if mask >> k & 1 and self.rules[keys[k]] else ask for k, ask in enumerate(asked)]

    def _value(self, source: int) -> str:
        """The expression for a value that a node saves, of the output `y` and the inputs `xs` of the call."""
        if source >= 0:
            return "tuple(xs)" if self.variadic else f"xs[{source}]"
        return f"y[{OUTPUT - source}]" if self.hidden else "y"

    def _adapter(self, key: str, saved: list[str]) -> Rule:
        """The rule of input `key`, as a function that fetches what the rule names."""
        scope: dict[str, Any] = {"rule": self.rules[key]}

        def fetch(name: str) -> str:
            if name == "g":
                return "g[0]" if self.has_output_edges and not self.several else "g"
            if name in ("i", "node"):
                return name
            if name in saved:
                return f"saved[{saved.index(name)}]"
            if name.startswith("g_") and name[2:] in self.hidden:
                return f"g[{1 + self.hidden.index(name[2:])}]"
            if name == "y_shape":
                return "node.shapes[-1]"
            for suffix, field in (("_shape", "shapes"), ("_dtype", "dtypes")):
                if name.endswith(suffix) and name[: -len(suffix)] in self.inputs:
                    place = ":len(node.parents)" if self.variadic else self.inputs.index(name[: -len(suffix)])
                    return f"node.{field}[{place}]"
            scope[f"default_{name}"] = self._default(name)
            return f"node.options.get({name!r}, default_{name})"

        names = parameter_names(self._rule(key))
        call = f"rule({', '.join(map(fetch, names))})"
        if self.variadic and "i" in names:  # one by one
            call = f"[None if parent is None else {call} for i, parent in enumerate(node.parents)]"
        return _expression("g, saved, node, i", call, **scope)

    def _default(self, name: str) -> Any:
        """Of what NumPy leaves open (np._NoValue), None."""
        default = self.defaults.get(name)
        return None if default is np._NoValue else default

    def _rule(self, key: str) -> Rule:
        rule = self.rules[key]
        assert rule is not None
        return rule

    def _reserved(self) -> set[str]:
        """The names that a rule may use and that are not options."""
        inputs = {f"{name}{suffix}" for name in self.inputs for suffix in ("", "_shape", "_dtype")}
        hidden = {f"{prefix}{name}" for name in self.hidden for prefix in ("", "g_")}
        return {"g", "y", "y_shape", "node"} | inputs | hidden | ({"i"} if self.variadic else set())


def _expression(parameters: str, body: str, **scope: Any) -> Rule:
    """Compile a function of one expression, as namedtuple and dataclass do.

    The two functions of a plan run in every recorded call; made like this, no loop and no look-up is left in them.
    """
    code = compile(f"lambda {parameters}: {body}", GENERATED, "eval")
    function: Rule = eval(code, scope)
    return function


def _tuple(items: Iterable[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"


def out_refused(name: str) -> TypeError:
    return TypeError(
        f"{name} was given out=, and writing into an array cannot be recorded; use what it returns instead: "
        f"y = {name}(...)"
    )


def _by_name(fn: Callable[..., Any], places: tuple[str, ...], first: str) -> Callable[..., Any]:
    """fn as a function of its array inputs, in the order of the rules, and of the options."""

    def compute(*arrays: Any, **options: Any) -> Any:
        named = dict(zip(places, arrays, strict=True))
        return fn(*([named.pop(first)] if first in named else []), **named, **options)

    compute.__name__ = name_of(fn)
    return compute
