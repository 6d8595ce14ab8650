"""Hooks: functions that a module calls before and after its `forward`, and when its gradients have come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self
from weakref import ref

import numpy as np

from autograd.engine.modes import no_grad
from autograd.engine.tensor import Tensor, call, make
from autograd.rules import OPERATIONS, primitive, rule

FORWARD_PRE, FORWARD, BACKWARD = "forward_pre_hook", "forward_hook", "full_backward_hook"


class Hook(NamedTuple):
    kind: str
    fn: Callable[..., Any]
    with_kwargs: bool = False


class RemovableHandle:
    """What registering a hook returns: `remove()` takes it away, as the end of a `with` does."""

    def __init__(self, module: Hookable, hook: Hook) -> None:
        self._module = ref(module)
        self._hook = hook

    def remove(self) -> None:
        if (module := self._module()) is not None:
            module._hooks = tuple(hook for hook in module._hooks if hook is not self._hook)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Hookable:
    """What a Module has of hooks.

    A hook runs in every call, within the modules around it. Compiled, it is part of the program, as `forward` is: what
    it computes with NumPy is done in each call, and what a program would not do again is refused.
    """

    _hooks: tuple[Hook, ...] = ()  # in the order in which they run; another tuple takes the place of this one

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """hook(module, args) before `forward`; what it returns, if not None, takes the place of the arguments.

        prepend      let it run before the hooks that are there.
        with_kwargs  hook(module, args, kwargs), which returns both or None.
        """
        return self._register(Hook(FORWARD_PRE, hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """hook(module, args, output) after `forward`; what it returns, if not None, takes the place of the output.

        prepend      let it run before the hooks that are there.
        with_kwargs  hook(module, args, kwargs, output).
        """
        return self._register(Hook(FORWARD, hook, with_kwargs), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """hook(module, grad_input, grad_output) once both have come; what it returns takes the place of grad_input.

        They are tuples, with an entry for each positional argument and for each output: a Tensor, or None where no
        gradient flows. The output must be a Tensor, or a tuple or list of them.
        """
        return self._register(Hook(BACKWARD, hook), prepend)

    def _register(self, hook: Hook, prepend: bool) -> RemovableHandle:
        if not callable(hook.fn):
            raise TypeError(
                f"register_{hook.kind} of {type(self).__name__} was given a {type(hook.fn).__name__}, and expects a "
                f"function: def hook(module, ...): ..."
            )
        self._hooks = (hook, *self._hooks) if prepend else (*self._hooks, hook)
        return RemovableHandle(self, hook)


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """module.forward(*args, **kwargs), and its hooks."""
    hooks = module._hooks
    for hook in hooks:
        if hook.kind == FORWARD_PRE:
            args, kwargs = _changed(hook, module, args, kwargs)
    passage = Passage(module, args) if any(hook.kind == BACKWARD for hook in hooks) else None
    if passage is not None:
        args = passage.enter(args)
    output = module.forward(*args, **kwargs)
    for hook in hooks:
        if hook.kind == FORWARD:
            given = (args, kwargs) if hook.with_kwargs else (args,)
            changed = hook.fn(module, *given, output)
            output = output if changed is None else changed
    return output if passage is None else passage.leave(output)


def _changed(hook: Hook, module: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments after a hook."""
    if not hook.with_kwargs:
        changed = hook.fn(module, args)
        return args if changed is None else changed if isinstance(changed, tuple) else (changed,), kwargs
    changed = hook.fn(module, args, kwargs)
    if changed is None:
        return args, kwargs
    if not (isinstance(changed, tuple) and len(changed) == 2 and isinstance(changed[1], dict)):
        raise TypeError(
            f"a forward_pre_hook of {type(module).__name__} with kwargs returned a {type(changed).__name__}; it must "
            f"return (args, kwargs), a tuple and a dict, or None"
        )
    return changed


# -- backward ----------------------------------------------------------------------------------------------------------


class Passage:
    """One call of a module: what goes in and comes out goes through two calls of the graph, whose rules see gradients.

    module    by a weak reference, which a graph has: a module may keep what it computed.
    differentiable  the positions of the arguments to which a gradient flows.
    """

    def __init__(self, module: Any, args: tuple[Any, ...]) -> None:
        self.module = ref(module)
        self.count = len(args)
        self.differentiable = [k for k, x in enumerate(args) if type(x) is Tensor and x.node is not None]
        self.grad_output: tuple[Any, ...] | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self.differentiable:
            return args
        inner = call(OPERATIONS[module_inputs], [args[k] for k in self.differentiable], {"passage": self})
        found = dict(zip(self.differentiable, inner, strict=True))
        return tuple(found.get(k, x) for k, x in enumerate(args))

    def leave(self, output: Any) -> Any:
        is_one = type(output) is Tensor
        if not is_one and not isinstance(output, tuple | list):
            raise TypeError(
                f"a module with a full_backward_hook returned a {type(output).__name__}, and must return a Tensor, or "
                f"a tuple or list of Tensors; put the hook on a module within it"
            )
        parts = [output] if is_one else list(output)
        places = [k for k, y in enumerate(parts) if type(y) is Tensor and y.node is not None]
        if places:
            options = {"passage": self, "places": (len(parts), *places)}
            for k, y in zip(places, call(OPERATIONS[module_outputs], [parts[k] for k in places], options), strict=True):
                parts[k] = y
        return parts[0] if is_one else parts if type(output) is list else tuple(parts)

    def outputs_pullback(self, g: Sequence[Any], places: tuple[int, ...]) -> Sequence[Any]:
        """The gradients of the outputs have come."""
        found = dict(zip(places[1:], g, strict=True))
        self.grad_output = tuple(found.get(k) for k in range(places[0]))
        if not self.differentiable:
            self.inputs_pullback(())
        return g

    def inputs_pullback(self, g: Sequence[Any]) -> Sequence[Any]:
        """The gradients of the inputs have come: call the hooks."""
        module, grad_output, self.grad_output = self.module(), self.grad_output, None
        if module is None or grad_output is None:  # it came by a way around the outputs
            return g
        found = dict(zip(self.differentiable, g, strict=True))
        grad_input: tuple[Any, ...] = tuple(found.get(k) for k in range(self.count))
        for hook in module._hooks:
            if hook.kind == BACKWARD:
                grad_input = _after(hook, module, grad_input, grad_output)
        return [grad_input[k] for k in self.differentiable]


def _after(hook: Hook, module: Any, grad_input: tuple[Any, ...], grad_output: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients of the inputs after a hook, which is given Tensors, conjugate as `.grad` is."""
    is_recorded = any(type(g) is Tensor for g in grad_output)
    given = [tuple(map(_conjugate, each)) for each in (grad_input, grad_output)]
    if is_recorded:
        changed = hook.fn(module, *given)
    else:
        with no_grad():
            changed = hook.fn(module, *(tuple(g if g is None else make(g, None) for g in each) for each in given))
    if changed is None:
        return grad_input
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(grad_input):
        raise ValueError(
            f"a full_backward_hook of {type(module).__name__} returned {len(changed)} gradients, and was given those "
            f"of {len(grad_input)} inputs; return one for each, None where there is none, or None for all as they were"
        )
    return tuple(map(_conjugate, changed if is_recorded else (getattr(g, "data", g) for g in changed)))


def _conjugate(g: Any) -> Any:
    return np.conj(g) if g is not None and g.dtype.kind == "c" else g


@primitive
def module_inputs(xs: Any, passage: Passage) -> Any:
    return list(xs)


@primitive
def module_outputs(xs: Any, passage: Passage, places: tuple[int, ...]) -> Any:
    return list(xs)


rule(module_inputs, xs=lambda g, passage: passage.inputs_pullback(g), several=True)
rule(module_outputs, xs=lambda g, passage, places: passage.outputs_pullback(g, places), several=True)
