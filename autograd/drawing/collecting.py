"""From Tensors to a sketch: walk their graph, with what was seen when it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd._util.functions import name_of
from autograd.drawing.naming import Names
from autograd.drawing.sketch import BACKWARD, Edge, Flow, Group, Item, Role, Shape, Sketch, innermost_common
from autograd.drawing.watching import Input, Seen, Watcher
from autograd.drawing.words import constant, options_text
from autograd.engine.graph import Leaf, Node, OutputEdge, Scope
from autograd.engine.tensor import Tensor
from autograd.nn.paths import module_paths
from autograd.rules.operation import OUTPUT

UNKNOWN = object()
NUMBERS = (np.ndarray, np.generic, int, float, complex)


class Use(NamedTuple):
    """An input of a call."""

    source: Any
    """The Node, Leaf, Input or watched call that it comes from; None for a constant."""
    value: Any
    shape: Shape | None
    dtype: Any
    label: str
    kept: bool
    flows: bool
    """Whether a gradient flows back to it."""


def uses(source: Any, watcher: Watcher) -> Iterator[Use]:
    """The inputs of a call, in order; none of a leaf."""
    if isinstance(source, Node):
        yield from _uses_of_node(source, watcher)
    elif isinstance(source, Seen):
        for arg in source.args:
            if isinstance(arg, NUMBERS):
                yield Use(watcher.source_of(arg), arg, np.shape(arg), getattr(arg, "dtype", None), "", False, False)


def _uses_of_node(node: Node, watcher: Watcher) -> Iterator[Use]:
    call, operation, kept = watcher.calls.get(node), node.operation, _kept(node)
    for k, parent in enumerate(node.parents):
        value = call.args[k] if call is not None and k < len(call.args) else kept.get(k, UNKNOWN)
        if value is None:  # as the bound of a np.clip that has only one
            continue
        shape, dtype = node.shapes[k], node.dtypes[k]
        if value is not UNKNOWN:
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
    """The node of a slot; any other parent as it is."""
    return parent.parents[0] if isinstance(parent, OutputEdge) else parent


def _origins(source: Any, watcher: Watcher) -> Iterator[Any]:
    """What the inputs of a call come from: as in `uses`, of which a walk need not know more."""
    if not isinstance(source, Node):
        yield from (use.source for use in uses(source, watcher))
        return
    call = watcher.calls.get(source)
    args = call.args if call is not None else ()
    for k, parent in enumerate(source.parents):
        if parent is not None:
            yield origin_of(parent)
        elif k < len(args):
            yield watcher.source_of(args[k])


def reached(roots: Iterable[Any], watcher: Watcher) -> list[Any]:
    """All that the roots were computed from, in the order in which it was made."""
    waiting = [root for root in roots if root is not None]
    found = set(waiting)
    while waiting:
        for origin in _origins(waiting.pop(), watcher):
            if origin is not None and origin not in found:
                found.add(origin)
                waiting.append(origin)
    return sorted(found, key=lambda source: source.order)


class Collector:
    """Makes the items and edges of a sketch. `items` has what was made, by Node, Leaf, Input or watched call."""

    def __init__(self, names: Names, watcher: Watcher) -> None:
        self.names = names
        self.watcher = watcher
        self.items: dict[Any, Item] = {}
        self.sketch = Sketch([], [])
        self._constants: dict[int, Item] = {}
        self._groups: dict[int, Group | None] = {}
        self._paths: dict[int, str] = {}
        self._unnamed = 0

    def add(self, sources: Iterable[Any]) -> None:
        """Add what is not there yet, in the order in which it was made."""
        sources = [source for source in sources if source not in self.items]
        self._paths |= module_paths(source.scope for source in sources if not isinstance(source, Leaf | Input))
        # Leaves come just before the first call that uses them, whenever they were made.
        for source in sources:
            if not isinstance(source, Leaf | Input):
                self._add_call(source)
        for source in sources:
            if source not in self.items:  # an output that is a leaf
                self._add(source, self._leaf(source))

    def _add(self, source: Any, item: Item) -> Item:
        self.items[source] = item
        self.sketch.items.append(item)
        return item

    def _add_call(self, source: Any) -> None:
        call = source if isinstance(source, Seen) else self.watcher.calls.get(source)
        if isinstance(source, Node):
            role, name, defaults = Role.CALL, source.operation.name, source.operation.binder.defaults
        else:
            role, name, defaults = Role.UNTRACKED, name_of(source.fn), {}
        detail = options_text(source.options, defaults)
        item = Item(role, name, source, detail=detail, group=self._group(source.scope))
        if call is None:
            if source.saved and OUTPUT in source.plan.sources:
                item.value = source.saved[source.plan.sources.index(OUTPUT)]
        else:
            item.value = call.output
            if hasattr(call.output, "shape"):
                item.shape, item.dtype = call.output.shape, call.output.dtype
            if call.is_rule:
                item.role = Role.GRADIENT_CALL
                item.of = self.items.get(call.of)
        edges = [self._edge(use, item) for use in uses(source, self.watcher)]
        self._add(source, item)
        self.sketch.edges += edges

    def _edge(self, use: Use, head: Item) -> Edge:
        tail = self._constant(use) if use.source is None else self.items.get(use.source)
        if tail is None:
            tail = self._add(use.source, self._leaf(use.source))
        if not (isinstance(use.source, Node) and use.source.operation.several):
            if tail.shape is None:
                tail.shape, tail.dtype = use.shape, use.dtype
            if tail.value is None and isinstance(use.value, np.ndarray):
                tail.value = use.value
        flow = Flow.VALUE
        if head.role is Role.GRADIENT_CALL:
            flow = Flow.GRADIENT if tail.role in BACKWARD else Flow.SAVED
        elif not use.flows and isinstance(tail.source, Node | Leaf | Seen):
            flow = Flow.DETACHED
        return Edge(tail, head, use.shape, use.dtype, use.label, use.kept, flow)

    def _leaf(self, source: Any) -> Item:
        if isinstance(source, Input):
            value = source.value
            return Item(Role.INPUT, source.name, source, value.shape, value.dtype, value)
        role = Role.INPUT if source in self.names.inputs else Role.PARAMETER
        name = self.names.of_leaf(source)
        if name is None:
            self._unnamed += 1
            name = f"leaf {self._unnamed}"
        item = Item(role, name, source)
        if (tensor := self.names.tensors.get(source)) is not None:
            item.shape, item.dtype, item.value = tensor.shape, tensor.dtype, tensor.data
        return item

    def _constant(self, use: Use) -> Item:
        value = None if use.value is UNKNOWN else use.value
        whole = value
        while isinstance(whole, np.ndarray):  # it may be a view of one that is there
            if (known := self._constants.get(id(whole))) is not None:
                return known
            whole = whole.base
        name = constant(value, use.shape, use.dtype)
        item = Item(Role.CONSTANT, name, None, use.shape, use.dtype, value)
        if isinstance(value, np.ndarray) and value.size > 1:
            self._constants[id(value)] = item
        self.sketch.items.append(item)
        return item

    def _group(self, scope: Scope) -> Group | None:
        """The box of the innermost module; each call of a module has one of its own."""
        if scope is None:
            return None
        if id(scope) not in self._groups:
            parent, module = self._group(scope[1]), scope[0]()
            group = parent
            if module is not None:
                parameters = sum(tensor.size for tensor in module.parameters())
                path = self._paths[id(module)].partition(".")[2]
                kind = type(module).__name__
                group = Group(f"{path}: {kind}" if path and path != kind else kind, "module", parent, parameters)
            self._groups[id(scope)] = group
        return self._groups[id(scope)]

    def add_output(self, role: Role, name: str, tensor: Tensor, of: Item | None = None) -> Item:
        if tensor.node is None:  # the gradient of a rule that returns a constant
            origin = self._constant(Use(None, tensor.data, tensor.shape, tensor.dtype, "", False, False))
        else:
            origin = self.items[origin_of(tensor.node)]
            if origin.shape is None and not isinstance(tensor.node, OutputEdge):
                origin.shape, origin.dtype = tensor.shape, tensor.dtype
                origin.value = tensor.data if origin.value is None else origin.value
        item = Item(role, name, None, tensor.shape, tensor.dtype, tensor.data, of=of)
        self.sketch.items.append(item)
        label = f"output {tensor.node.index}" if isinstance(tensor.node, OutputEdge) else ""
        flow = Flow.GRADIENT if role is Role.GRADIENT else Flow.VALUE
        self.sketch.edges.append(Edge(origin, item, tensor.shape, tensor.dtype, label, flow=flow))
        return item

    def finish(self) -> Sketch:
        """Mark the values that calls keep of their own output, and put leaves into the boxes of what uses them."""
        for edge in self.sketch.edges:
            node = edge.tail.source
            edge.kept |= isinstance(node, Node) and OUTPUT in node.plan.sources
        heads: dict[tuple[Item, bool], list[Group | None]] = {}
        for edge in self.sketch.edges:
            heads.setdefault((edge.tail, edge.head.role in BACKWARD), []).append(edge.head.group)
        for item in self.sketch.items:
            if item.role is Role.CONSTANT or item.source in self.names.parameters:
                item.group = innermost_common(heads.get((item, False)) or heads.get((item, True)) or ())
        return self.sketch
