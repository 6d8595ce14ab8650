"""Tensor: an array, and where it came from.

NumPy functions and operators called on Tensors are recorded, by three ways that end in `graph.record`: Python's
operators, NumPy's protocol for ufuncs (NEP 13, `__array_ufunc__`), and that for its other functions (NEP 18,
`__array_function__`), by which methods such as t.sum() come, too, as they call NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from autograd._util.pytree import alike
from autograd.engine import errors
from autograd.engine.backward import backward as backward_pass
from autograd.engine.constants import CONSTANTS, constant, option_of
from autograd.engine.dispatch import Dispatch, plain, refuse_foreign
from autograd.engine.foreign import check_data
from autograd.engine.graph import NO_OPTIONS, Array, Leaf, Node, Options, OutputEdge, Parent, ndarray, record
from autograd.engine.limits import Limits
from autograd.engine.methods import ArrayMethods
from autograd.engine.modes import enable_grad, is_grad_enabled
from autograd.engine.observer import observed, observer, stage
from autograd.engine.operators import Operators, with_foreign
from autograd.engine.proxies import proxies, proxy_of
from autograd.engine.versions import bump_version
from autograd.rules import OPERATIONS
from autograd.rules.duck_arrays import asarray
from autograd.rules.indexing import getitem
from autograd.rules.operation import FEW, Operation


@final
class Tensor(Operators, Dispatch, ArrayMethods, Limits):
    """An array (`data`) that remembers where it came from (`node`), so that gradients can be taken.

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> w.grad
    Tensor([2., 4.])

    data           anything that np.asarray takes. The memory of an array is shared, not copied.
    requires_grad  makes it a leaf: `backward()` leaves the gradient in its `.grad`. Floats and complex only.
    """

    __slots__ = ("__weakref__", "data", "node")

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = False) -> None:
        if type(data) not in CONSTANTS:
            check_data(data)
        self.data = asarray(data)
        if self.data.dtype.kind not in "biufc":
            raise errors.of_dtype(self.data.dtype)
        self.node = None  # or the Node, OutputEdge or Leaf that it comes from: PyTorch's grad_fn
        if requires_grad:
            self.requires_grad = True

    # -- gradients ---------------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to this Tensor. Can be set on one that was not computed from others."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        if not isinstance(self.node, Leaf | None):
            raise errors.of_requires_grad(self.node)
        if flag and self.data.dtype.kind not in "fc":
            raise errors.of_integers(self.data.dtype)
        self.node = (self.node or Leaf()) if flag else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient of a leaf, or of a Tensor with `retain_grad()`; None before the first `backward()`."""
        leaf = self.node
        if type(leaf) is not Leaf or proxies.get() is not None:  # most often it is read, and set, without a call
            leaf = self._leaf()
        return None if leaf is None else leaf.grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        leaf = self.node
        if type(leaf) is not Leaf or proxies.get() is not None:
            leaf = self._leaf()
        if value is not None:
            if leaf is None:
                raise errors.of_no_leaf()
            value = (value if type(value) is Tensor else Tensor(value)).copy()
            if (value.shape, value.dtype) != (self.shape, self.dtype):
                raise errors.of_grad(value, self)
        if leaf is not None:  # else there is none to forget
            leaf.grad = value

    def _leaf(self) -> Leaf | None:
        """Where the gradient of this Tensor is kept, if it is: its leaf, or what stands for that in a trace."""
        node = self.node
        leaf: Leaf | None = node if type(node) is Leaf or node is None else node.retained
        return None if leaf is None else proxy_of(leaf)

    def retain_grad(self) -> None:
        """Keep the gradient of a Tensor that was computed, too: `backward()` then leaves it in `.grad`."""
        if self.node is None:
            raise RuntimeError("retain_grad() of a Tensor without a graph; no gradient will ever reach it")
        if not isinstance(self.node, Leaf) and self.node.retained is None:
            self.node.retained = Leaf()

    def backward(
        self, gradient: ArrayLike | Tensor | None = None, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add the gradient of this Tensor with respect to every leaf to that leaf's `.grad`.

        gradient      that of the end result with respect to this Tensor, of its shape; 1 for a scalar.
        retain_graph  keep what the graph saved, so that `backward()` can be called again.
        create_graph  record the backward pass itself, so that the gradients can be differentiated.

        If a rule fails, no `.grad` has changed.
        """
        if self.node is None:
            raise errors.of_no_graph()
        g = self._incoming(gradient)
        if create_graph:
            with enable_grad():
                gradients: Mapping[Any, Any] = backward_pass({self.node: g}, lift=make, keep_saved=True)
        else:
            gradients = backward_pass({self.node: g.data}, keep_saved=retain_graph)
        if (standing := proxies.get()) is not None:
            gradients = {standing[leaf]: found for leaf, found in gradients.items()}
        for leaf, found in gradients.items():
            if leaf.grad is not None and leaf.grad.shape != found.shape:
                raise errors.of_other_data(found.shape, leaf.grad.shape)
        for leaf, found in gradients.items():
            leaf.grad = self._accumulated(leaf.grad, found)

    def _accumulated(self, before: Tensor | None, found: Any) -> Tensor:
        """A leaf's gradient after another was found, in memory that belongs to the leaf alone."""
        if before is None and type(found) is ndarray and found.dtype.kind != "c":
            return make(found, None)
        with stage("gradients"):
            if type(found) is Tensor:  # of a recorded pass, in which two leaves may have been given the same one
                with enable_grad():
                    found = found.conj() if found.dtype.kind == "c" else found
                    return found.copy() if before is None else before + found
            if found.dtype.kind == "c":
                np.conjugate(found, out=found)
            if before is None:
                return make(found, None)
            return update(np.add, before, found) if before.node is None else before + found

    def _incoming(self, gradient: ArrayLike | Tensor | None) -> Tensor:
        if gradient is None:
            if self.data.size != 1:
                raise errors.of_no_gradient(self.shape)
            return make(np.ones(self.data.shape, self.data.dtype), None)
        g = gradient if type(gradient) is Tensor else Tensor(gradient)
        if g.shape != self.shape:
            raise errors.of_incoming_shape(g.shape, self.shape)
        if g.dtype != self.dtype:
            g = g.astype(self.dtype)
        return g.conj() if g.dtype.kind == "c" else g

    def detach(self) -> Tensor:
        """The same array, without the graph."""
        return make(self.data, None)

    # -- values ------------------------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return call(GETITEM, (self,), {"index": plain(index)})

    def __setitem__(self, index: Any, value: Any) -> None:
        """Inside `no_grad()` writes into the array, as `+=` does there; elsewhere Tensors are values."""
        if is_grad_enabled():
            raise errors.of_item_assignment()
        refuse_foreign("t[index] = v", (value,))
        self.data[plain(index)] = plain(value)
        bump_version(self.data, "t[index] = v")

    __hash__ = object.__hash__  # by identity

    def __getstate__(self) -> tuple[Array, Leaf | None]:
        if not isinstance(self.node, Leaf | None):
            raise errors.of_copied_graph(self)
        return self.data, self.node

    def __setstate__(self, state: tuple[Array, Leaf | None]) -> None:
        self.data, self.node = state

    # -- calls: what the operators and NumPy's protocols lead to -----------------------------------------------------

    @staticmethod
    def _make(data: Any, node: Parent | None) -> Tensor:
        """A Tensor without the checks of the constructor."""
        tensor: Tensor = _new(Tensor)
        tensor.data = data
        tensor.node = node
        return tensor

    @staticmethod
    def _call(operation: Operation, args: Sequence[Any], options: Options = NO_OPTIONS) -> Any:
        """Call a function that has rules on Tensors and constants; record it. Returns a Tensor, or a list of them."""
        arrays: list[Any] = []
        parents: list[Parent | None] = []
        mask, bit = 0, 1
        shift = 0 if operation.variadic and len(args) > FEW else 1  # 0: the mask is ANY (see Operation.plan)
        for arg in args:
            if type(arg) is Tensor:
                node = arg.node
                arrays.append(arg.data)
                parents.append(node)
                if node is not None:
                    mask |= bit
            else:
                array = arg if type(arg) in CONSTANTS else constant(arg)
                if array is NotImplemented:
                    raise errors.of_constant(operation.name, arg)
                arrays.append(array)
                parents.append(None)
            bit <<= shift
        if operation.variadic and mask:
            mask |= bit
        for name, option in options.items():
            if type(option) is Tensor:
                options = {**options, name: option_of(operation, name, option)}
        y, made = record(operation, arrays, tuple(parents), mask, options)
        if operation.several and isinstance(y, list | tuple):
            return alike(y, [make(part, _output_edge(made, k, y)) for k, part in enumerate(y)])
        return make(y, made)

    @staticmethod
    def _unary(operation: Operation, x: Tensor) -> Tensor:
        """`_call` for one input and no options, without the loop: what operators run."""
        return make(*record(operation, (x.data,), (x.node,), x.node is not None, NO_OPTIONS))

    @staticmethod
    def _binary(operation: Operation, a: Any, b: Any) -> Tensor:
        """`_call` for two inputs and no options, without the loop: what operators run."""
        a_node = b_node = None
        if type(a) is Tensor:
            a, a_node = a.data, a.node
        elif type(a) not in CONSTANTS:
            if (array := constant(a)) is NotImplemented:
                return with_foreign(operation, a, b)
            a = array
        if type(b) is Tensor:
            b, b_node = b.data, b.node
        elif type(b) not in CONSTANTS:
            if (array := constant(b)) is NotImplemented:
                return with_foreign(operation, make(a, a_node), b)
            b = array
        mask = (a_node is not None) + 2 * (b_node is not None)
        return make(*record(operation, (a, b), (a_node, b_node), mask, NO_OPTIONS))

    @staticmethod
    def _ternary(operation: Operation, a: Any, b: Tensor, c: Tensor) -> Tensor:
        """`_call` for an input and two parameters, without the loop: what `nn.Linear` runs, in 0.9 of the time."""
        a_node = None
        if type(a) is Tensor:
            a, a_node = a.data, a.node
        elif type(a) not in CONSTANTS:
            return call(operation, (a, b, c))
        b_node, c_node = b.node, c.node
        mask = (a_node is not None) + 2 * (b_node is not None) + 4 * (c_node is not None)
        return make(*record(operation, (a, b.data, c.data), (a_node, b_node, c_node), mask, NO_OPTIONS))

    @staticmethod
    def _update(ufunc: np.ufunc, t: Tensor, other: Any) -> Tensor:
        """t = ufunc(t, other) in the array of t, where nothing is recorded."""
        array = t.data
        if type(other) is Tensor:
            other = other.data
        elif type(other) not in CONSTANTS:
            refuse_foreign(ufunc.__name__, (other,))
        if (watch := observer()) is None:
            ufunc(array, other, array)  # the third is where the result goes
        else:
            observed(watch, ufunc, (array, other), {"out": array}, lambda: (ufunc(array, other, array), None))
        bump_version(array, ufunc.__name__)
        return t


def _output_edge(node: Node | None, k: int, y: Sequence[Any]) -> OutputEdge | None:
    """Where the gradient of output k of several comes in; integers have none."""
    return None if node is None or y[k].dtype.kind not in "fc" else OutputEdge(node, k, len(y))


_new = object.__new__
make, call, update = Tensor._make, Tensor._call, Tensor._update
unary, binary, ternary = Tensor._unary, Tensor._binary, Tensor._ternary
GETITEM = OPERATIONS[getitem]
