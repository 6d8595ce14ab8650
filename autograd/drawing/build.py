"""From Tensors to a sketch: walk their graph, with what was seen when it was made; and that of their backward pass.

The graph stays as it was: what it saved is kept, and no `.grad` is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd._util.functions import name_of
from autograd.drawing.sketch import Box, Edge, Flow, Item, Role, Shape, Sketch
from autograd.drawing.text import constant_text, options_text
from autograd.drawing.watcher import Input, LeafNames, WatchedCall, Watcher
from autograd.engine import backward as engine
from autograd.engine.graph import Leaf, Node, OutputEdge, Scope
from autograd.engine.modes import enable_grad, observe
from autograd.engine.tensor import Tensor
from autograd.nn.paths import module_label, module_paths
from autograd.profiling.profiler import Profile
from autograd.rules.operation import OUTPUT

UNKNOWN = object()  # None is the bound of a np.clip that has only one

# -- a walk over the graph ---------------------------------------------------------------------------------------------


class Use(NamedTuple):
    """An input of a call.

    source  the Node, Leaf, Input or watched call that it comes from; None for a constant.
    value   None if it is not known.
    kept    the call keeps it for the backward pass.
    flows   a gradient flows back to it.
    """

    source: Any
    value: Any
    shape: Shape | None
    dtype: Any
    label: str = ""
    kept: bool = False
    flows: bool = False


def uses(source: Any, watcher: Watcher) -> Iterator[Use]:
    """The inputs of a call, in order; none of a leaf."""
    if isinstance(source, Node):
        yield from _uses_of_node(source, watcher)
    elif isinstance(source, WatchedCall):
        for arg in source.args:
            if isinstance(arg, np.ndarray | np.generic | int | float | complex):
                yield Use(watcher.source_of(arg), arg, np.shape(arg), getattr(arg, "dtype", None))


def _uses_of_node(node: Node, watcher: Watcher) -> Iterator[Use]:
    call, operation, kept = watcher.calls.get(node), node.operation, _kept(node)
    for k, parent in enumerate(node.parents):
        value = call.args[k] if call is not None and k < len(call.args) else kept.get(k, UNKNOWN)
        if value is None:
            continue
        if value is UNKNOWN:
            value, shape, dtype = None, node.shapes[k], node.dtypes[k]
        else:
            shape, dtype = np.shape(value), getattr(value, "dtype", None)
        label = f"xs[{k}]" if operation.variadic else operation.inputs[k]
        if isinstance(parent, OutputEdge):
            label += f", output {parent.index} of {parent.parents[0].operation.name}"
        origin = origin_of(parent) if parent is not None else watcher.source_of(value)
        yield Use(origin, value, shape, dtype, label, k in kept, parent is not None)


def _kept(node: Node) -> dict[int, Any]:
    """The inputs that a node keeps, by their index; of unknown value if a backward pass has used them up."""
    sources = node.plan.sources
    saved = dict(zip(sources, node.saved or [UNKNOWN] * len(sources), strict=True))
    if node.operation.variadic and 0 in saved:
        return dict(enumerate(saved[0] if node.saved else [UNKNOWN] * len(node.parents)))
    return saved


def origin_of(parent: Any) -> Any:
    """The node of an output edge; any other parent as it is."""
    return parent.parents[0] if isinstance(parent, OutputEdge) else parent


def ancestors(tensors: Iterable[Tensor], watcher: Watcher) -> list[Any]:
    """All that Tensors were computed from, in the order in which it was made."""
    waiting = [origin_of(tensor.node) for tensor in tensors if tensor.node is not None]
    found = set(waiting)
    while waiting:
        for use in uses(waiting.pop(), watcher):
            if use.source is not None and use.source not in found:
                found.add(use.source)
                waiting.append(use.source)
    return sorted(found, key=lambda source: source.order)


# -- the sketch --------------------------------------------------------------------------------------------------------


class ModuleBoxes:
    """The boxes of modules: each call of a module has one of its own.

    paths  of the modules, by their id.
    """

    def __init__(self, paths: dict[int, str]) -> None:
        self.paths = paths
        self._boxes: dict[Any, Box | None] = {}

    def of(self, scope: Scope, around: Box | None = None, with_parameters: bool = True) -> Box | None:
        """That of the innermost module of a scope, within the box around all."""
        if scope is None:
            return around
        key = id(scope), around
        if key not in self._boxes:
            box, module = self.of(scope[1], around, with_parameters), scope[0]()
            if module is not None:
                parameters = sum(tensor.size for tensor in module.parameters()) if with_parameters else 0
                box = Box(module_label(module, self.paths), "module", box, parameters)
            self._boxes[key] = box
        return self._boxes[key]


class Builder:
    """Makes a sketch. `items` has what was made, by Node, Leaf, Input or watched call.

    profile  knows the lines of calls that were not watched.
    """

    def __init__(self, names: LeafNames, watcher: Watcher, profile: Profile | None = None) -> None:
        self.names = names
        self.watcher = watcher
        self.profile = profile
        self.items: dict[Any, Item] = {}
        self.sketch = Sketch([], [])
        self._constants: dict[int, Item] = {}
        self._boxes = ModuleBoxes({})
        self._unnamed = 0

    def add(self, sources: Iterable[Any]) -> None:
        """Add what is not there yet, in the order in which it was made."""
        sources = [source for source in sources if source not in self.items]
        calls = [source for source in sources if not isinstance(source, Leaf | Input)]
        self._boxes.paths |= module_paths(source.scope for source in calls)
        for source in calls:  # leaves come just before the first call that uses them, whenever they were made
            self._add_call(source)
        for source in sources:
            if source not in self.items:  # an output that is a leaf
                self._add(self._leaf(source))

    def _add(self, item: Item) -> Item:
        if item.source is not None:
            self.items[item.source] = item
        self.sketch.items.append(item)
        return item

    def _add_call(self, source: Any) -> None:
        call = source if isinstance(source, WatchedCall) else self.watcher.calls.get(source)
        if isinstance(source, Node):
            role, name, defaults = Role.CALL, source.operation.name, source.operation.binder.defaults
        else:
            role, name, defaults = Role.UNTRACKED, name_of(source.fn), {}
        detail = options_text(source.options, defaults)
        item = Item(role, name, source, detail=detail, box=self._boxes.of(source.scope))
        if call is not None:
            item.value, item.location = call.output, call.location
            if hasattr(call.output, "shape"):
                item.shape, item.dtype = call.output.shape, call.output.dtype
            if call.is_rule:
                item.role, item.of = Role.GRADIENT_CALL, self.items.get(call.of)
                item.location = call.location if item.of is None else item.of.location
        else:
            if source.saved and OUTPUT in source.plan.sources:
                item.value = source.saved[source.plan.sources.index(OUTPUT)]
            if self.profile is not None and (timed := self.profile.of(source)) is not None:
                item.location = timed.location
        edges = [self._edge(use, item) for use in uses(source, self.watcher)]
        self._add(item)
        self.sketch.edges += edges

    def _edge(self, use: Use, head: Item) -> Edge:
        tail = self._constant(use) if use.source is None else self.items.get(use.source)
        if tail is None:
            tail = self._add(self._leaf(use.source))
        if not (isinstance(use.source, Node) and use.source.operation.several):
            if tail.shape is None:
                tail.shape, tail.dtype = use.shape, use.dtype
            if tail.value is None and isinstance(use.value, np.ndarray):
                tail.value = use.value
        flow = Flow.VALUE
        if head.role is Role.GRADIENT_CALL:
            flow = Flow.GRADIENT if tail.is_backward else Flow.SAVED
        elif not use.flows and isinstance(tail.source, Node | Leaf | WatchedCall):
            flow = Flow.DETACHED
        kept = use.kept or (isinstance(use.source, Node) and OUTPUT in use.source.plan.sources)
        return Edge(tail, head, use.shape, use.dtype, use.label, kept, flow)

    def _leaf(self, source: Any) -> Item:
        if isinstance(source, Input):
            return Item(Role.INPUT, source.name, source, source.value.shape, source.value.dtype, source.value)
        role = Role.INPUT if source in self.names.inputs else Role.PARAMETER
        name = self.names.of_leaf.get(source)
        if name is None:
            self._unnamed += 1
            name = f"leaf {self._unnamed}"
        item = Item(role, name, source)
        if (tensor := self.names.tensors.get(source)) is not None:
            item.shape, item.dtype, item.value = tensor.shape, tensor.dtype, tensor.data
        return item

    def _constant(self, use: Use) -> Item:
        whole = use.value
        while isinstance(whole, np.ndarray):  # it may be a view of one that is there
            if (known := self._constants.get(id(whole))) is not None:
                return known
            whole = whole.base
        name = constant_text(use.value, use.shape, use.dtype)
        item = self._add(Item(Role.CONSTANT, name, None, use.shape, use.dtype, use.value))
        if isinstance(use.value, np.ndarray) and use.value.size > 1:
            self._constants[id(use.value)] = item
        return item

    def add_output(self, role: Role, name: str, tensor: Tensor, of: Item | None = None) -> Item:
        node = origin_of(tensor.node)
        if node is None:  # the gradient of a rule that returns a constant
            origin = self._constant(Use(None, tensor.data, tensor.shape, tensor.dtype))
        else:
            origin = self.items[node]
            if origin.shape is None and node is tensor.node:
                origin.shape, origin.dtype = tensor.shape, tensor.dtype
                origin.value = tensor.data if origin.value is None else origin.value
        item = self._add(Item(role, name, None, tensor.shape, tensor.dtype, tensor.data, of=of))
        label = f"output {tensor.node.index}" if isinstance(tensor.node, OutputEdge) else ""
        kept = isinstance(node, Node) and OUTPUT in node.plan.sources
        flow = Flow.GRADIENT if role is Role.GRADIENT else Flow.VALUE
        self.sketch.edges.append(Edge(origin, item, tensor.shape, tensor.dtype, label, kept, flow))
        return item

    def add_backward(self, outputs: Sequence[tuple[Item, Tensor]]) -> dict[Any, Any]:
        """Add the calls of the backward pass, and return the gradient of the outputs' sum at each leaf.

        The gradient that comes in is a leaf itself, so that every call which it passes through is recorded.
        """
        seeds: dict[Any, Tensor] = {t.node: Tensor(np.ones(t.shape, t.dtype), requires_grad=True) for _, t in outputs}
        forward = list(self.items.items())
        for item, tensor in outputs:
            seed = seeds[tensor.node]
            if seed.node not in self.items:
                name = f"gradient of {item.name} = {'1' if tensor.size == 1 else 'ones'}"
                start = self._add(Item(Role.SEED, name, seed.node, seed.shape, seed.dtype, seed.data, of=item))
                self.sketch.edges.append(Edge(item, start, seed.shape, seed.dtype, flow=Flow.SAVED))
            self.watcher.note(seed.data, seed.node)
        for item in self.sketch.items:  # in a graph that was recorded before, what was saved
            if item.source is not None:
                self.watcher.note(item.value, item.source)
        try:
            with enable_grad(), observe(self.watcher):
                made = engine.backward(dict(seeds), lift=Tensor._make, keep_saved=True)
        except Exception as error:
            error.add_note("draw(..., backward=True) records the rules, so they must be differentiable themselves")
            raise
        found = {leaf: gx if isinstance(gx, Tensor) else Tensor(gx) for leaf, gx in made.items()}
        self.add(ancestors(found.values(), self.watcher))
        for leaf, item in forward:
            if isinstance(leaf, Leaf) and leaf in found:
                self.add_output(Role.GRADIENT, f"gradient of {item.name}", found[leaf], of=item)
        rules: dict[Item, Box] = {}
        for item in self.sketch.items:
            if (of := item.of) is not None and item.role is Role.GRADIENT_CALL and not of.is_backward:
                module = "" if of.box is None else f", {of.box.name.partition(':')[0]}"
                item.box = rules.setdefault(of, Box(f"gradient of {of.name}{module}", "rule"))
        return found

    def finish(self) -> Sketch:
        """The sketch, with parameters and constants in the boxes of what uses them."""
        leaves = [i for i in self.sketch.items if i.role is Role.CONSTANT or i.source in self.names.parameters]
        self.sketch.put_in_boxes(leaves)
        self.sketch.put_in_boxes(leaves, only_forward=True)
        return self.sketch


def gradients_of(tensors: Iterable[Tensor]) -> dict[Any, Any]:
    """The gradient of their sum at each leaf."""
    roots: dict[Any, Any] = {tensor.node: np.ones(tensor.shape, tensor.dtype) for tensor in tensors}
    return engine.backward(roots, keep_saved=True)


def check_saved(sources: Iterable[Any]) -> None:
    """Raise RuntimeError if an earlier backward pass has freed what this one needs."""
    for source in sources:
        if isinstance(source, Node) and source.saved is None:
            raise RuntimeError(
                f"draw was to run a graph backward, and an earlier backward() has freed what {source.operation.name} "
                f"saved; draw it before backward(), or keep what is saved: backward(retain_graph=True)"
            )
