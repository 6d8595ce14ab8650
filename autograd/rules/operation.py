"""An operation: a NumPy function with its rules, and what a call of it has to save for them.

A rule says how the gradient of one input follows from `g`, the gradient of the output. What it needs is what its
parameters name:

    g                      the gradient that comes in; it has the shape and dtype of the output (float32 for float16,
                           which is what other arrays of float16 are to the rules, too)
    y                      the output
    a, b, x, ...           an array input, by the name under which its rule is given
    x_shape, x_dtype       of any input; always at hand, no array is saved for them
    y_shape                of the output; of several, a tuple of shapes
    axis, keepdims, ...    an option of the call, or its default
    node                   the call in the graph, for which nothing is saved
    out                    where it may write what it returns: g itself, if nothing else needs that; else None
    p, g_p                 a hidden output, and the gradient that comes in through it
    xs, xs_shape, i        for a function of many arrays: all of them, their shapes, and which one is asked for
                           (a rule that does not name `i` returns the gradients of all, at a cost for each)

A rule may return None: there is no gradient. In place of a rule a text may stand: why there is none, though a gradient
exists; a differentiable input is then refused. A constant input needs none: its rule is not run (one for all `xs` is,
and what it returns for constants is dropped), and what only that rule names is not saved. What that leaves is worked
out once for each pattern of constant and differentiable inputs: a `Plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd._util.functions import name_of, parameter_names
from autograd._util.locations import GENERATED
from autograd.rules.binding import Binder

Rule = Callable[..., Any]
Pullback = Callable[[Any, tuple[Any, ...], Any], Iterable[tuple[int, Any]]]

# Of a function of many arrays (`xs`) there is a plan for each pattern of up to FEW; longer calls share one.
FEW = 4  # which takes a tenth off a call of np.concatenate
ANY = 1  # the mask of a longer call; of a shorter one it is at least 2
OUTPUT = -1  # where a saved `y` came from; the hidden outputs are -2, -3, ...


class Operation:
    """A function of arrays and the rules of its inputs, in order (`None`: there is no gradient; a text: it is refused).

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
        **rules: Rule | str | None,
    ) -> None:
        if not rules:
            raise TypeError(f"ag.rule({name_of(fn)}) names no input; name each array: ag.rule(fn, x=lambda g: ...)")
        self.fn = fn
        self.rules = {name: None if isinstance(rule, str) else rule for name, rule in rules.items()}
        self.refused = {name: why for name, why in rules.items() if isinstance(why, str)}
        self.inputs = tuple(rules)
        self.broadcasts = broadcasts
        self.hidden = tuple(hidden)
        self.several = several
        self.variadic = self.inputs == ("xs",)
        self.kinds = "c" if complex_only else "fc"  # of the outputs that have a gradient
        self.convention = convention
        self.orders = orders
        self.plans: dict[int, Plan] = {}  # by mask
        named = {name for rule in self.rules.values() if rule for name in parameter_names(rule)}
        # Where gradients come in through more than one output, there is an edge for each (graph.OutputEdge).
        self.has_output_edges = several or any(f"g_{name}" in named for name in self.hidden)
        self.compute: Callable[..., Any] = getattr(fn, "_primitive", fn) if computed_by is None else computed_by
        options = {*accepts, *(named - self._values())}
        self.binder = Binder(fn, self.compute, self.inputs, options, signature, only or {}, aliases or {})
        if not self.binder.is_in_order and computed_by is None:
            self.compute = self.binder.by_name(self.compute)

    @property
    def name(self) -> str:
        return name_of(self.fn)

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.inputs)})>"

    def _values(self) -> set[str]:
        """The names that a rule may use and that are not options."""
        inputs = {f"{name}{suffix}" for name in self.inputs for suffix in ("", "_shape", "_dtype")}
        hidden = {f"{prefix}{name}" for name in self.hidden for prefix in ("", "g_")}
        return {"g", "y", "y_shape", "node", "out"} | inputs | hidden | ({"i"} if self.variadic else set())

    def plan(self, mask: int) -> Plan:
        """The plan for calls in which those inputs are differentiable whose bit is set in `mask`.

        Up to `FEW` arrays of `xs` have a bit each, and the bit above those is set, so that the mask tells how many there
        are: 0b101 is for two arrays, the first of which is differentiable. More arrays have the mask `ANY`, whichever
        are differentiable and however many there are.

        Raises TypeError if one of them is refused.
        """
        if mask not in self.plans:
            for i, key in enumerate(self.inputs):
                if key in self.refused and mask >> i & 1:
                    raise TypeError(
                        f"{self.name} was given a Tensor that requires a gradient as its {key!r}, for which there is "
                        f"none: {self.refused[key]}; pass t.detach() if it is meant as a constant"
                    )
            wanted = [(i, key) for i, key in enumerate(self.inputs) if self.variadic or mask >> i & 1]
            rules = {i: rule for i, key in wanted if (rule := self.rules[key])}
            names = {name for rule in rules.values() for name in parameter_names(rule)}
            sources = {name: OUTPUT - k for k, name in enumerate(("y", *self.hidden)) if name in names}
            sources.update({name: k for k, name in enumerate(self.inputs) if name in names})
            self.plans[mask] = Plan(
                bool(rules),
                self._save(mask, names, sources),
                tuple(sources.values()),
                self._pullback(rules, list(sources)),
                self._pullback(rules, list(sources), "g") if "out" in names and len(rules) == 1 else None,
            )
        return self.plans[mask]

    # The functions of a plan run in every recorded call, so they are made as code, as namedtuple and dataclass make
    # theirs: no loop and no look-up is left in them. For np.multiply, with a differentiable `a` and a constant `b`:
    #
    #     def save(y, xs): return (xs[1], ), (xs[0].shape, None, ), (xs[0].dtype, None, )
    #     def pullback(g, saved, node): return ((0, rule0(g, saved[0])), )

    def _save(self, mask: int, names: Collection[str], sources: Mapping[str, int]) -> Callable[..., Any]:
        values = [self._value(source) for source in sources.values()]
        shapes, dtypes = self._facts("shape", "shape", mask, names), self._facts("dtype", "result_type", mask, names)
        if "y_shape" in names:
            shapes.append("shapes_of(y)" if self.several else f"{self._value(OUTPUT)}.shape")
        scope = {"shape": np.shape, "result_type": np.result_type, "shapes_of": _shapes_of}
        return _made(f"def save(y, xs): return {_tuple(values)}, {_tuple(shapes)}, {_tuple(dtypes)}", scope)

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

    def _pullback(self, rules: Mapping[int, Rule], saved: Sequence[str], out: str = "None") -> Callable[..., Any]:
        scope: dict[str, Any] = {f"rule{i}": rule for i, rule in rules.items()} | {"each": _each}
        pairs = []
        for i, rule in rules.items():
            names = parameter_names(rule)
            given = (out if name == "out" else self._argument(name, saved, scope) for name in names)
            call = f"rule{i}({', '.join(given)})"
            if self.variadic and "i" in names:
                call = f"[None if parent is None else {call} for i, parent in enumerate(node.parents)]"
            pairs.append(f"*each(node, {call})" if self.variadic else f"({i}, {call})")
        # Of several, one after the other, so that one can be added up, and its memory freed, before the next is made.
        body = "; ".join(f"yield {pair}" for pair in pairs) if len(pairs) > 1 else f"return {_tuple(pairs)}"
        return _made(f"def pullback(g, saved, node): {body}", scope)

    def _argument(self, name: str, saved: Sequence[str], scope: dict[str, Any]) -> str:
        """The expression for what a rule names. Defaults of options go into `scope`."""
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
        scope[f"default_{name}"] = self.binder.default(name)
        return f"node.options.get({name!r}, default_{name})"


@dataclass(slots=True)
class Plan:
    """What a call saves and which rules its node runs, for one pattern of constant and differentiable inputs."""

    is_needed: bool
    """Whether any differentiable input has a rule."""
    save: Callable[[Any, Sequence[Any]], tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]]
    """(output, inputs) to (saved, shapes, dtypes), as a Node has them."""
    sources: tuple[int, ...]
    """For each saved value the index of the input that it is, or `OUTPUT` and below; 0 of many arrays, a tuple.
    In a recorded backward pass this tells which saved value continues which part of the graph."""
    pullback: Pullback
    """(g, saved, node) to pairs of an input's index and its gradient, from the rules."""
    over_g: Pullback | None = None
    """The same, for a g that is not needed any more, which is written over; None if no rule does so."""


def _each(node: Any, gradients: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Of a rule that returns the gradients of all inputs at once, those of the differentiable ones."""
    if len(gradients) != len(node.parents):
        raise ValueError(
            f"the rule of {node.operation.name} for xs returned {len(gradients)} gradients for {len(node.parents)} "
            f"inputs; return one for each, or name i and return the i-th"
        )
    return ((i, gx) for i, (gx, parent) in enumerate(zip(gradients, node.parents, strict=True)) if parent is not None)


def _shapes_of(y: Any) -> Any:
    return y.shape if hasattr(y, "shape") else tuple(part.shape for part in y)


def _tuple(items: Iterable[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"


def _made(definition: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """The function that a line of Python defines."""
    exec(compile(definition, GENERATED, "exec"), scope)
    made: Callable[..., Any] = scope[definition.removeprefix("def ").partition("(")[0]]
    return made
