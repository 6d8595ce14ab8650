"""Module: something with parameters that can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import indent
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

from autograd._util.missing import let_miss
from autograd._util.tables import Table
from autograd.engine.modes import context, current
from autograd.engine.tensor import Tensor
from autograd.nn.hooks import Hookable, call_with_hooks
from autograd.nn.members import leaves
from autograd.nn.state import OWN, State
from autograd.nn.summary import summary
from autograd.nn.torch_names import METHODS, check_arguments, of_method


class Module(State, Hookable):
    """A part of a model. Assign Tensors and Modules as attributes, also in lists and dicts, and define `forward`.

    Its state is every Tensor so found; its parameters are those that require a gradient, its buffers those that
    `register_buffer` made. What `forward` computes may be kept in an attribute, too, and is no state; to change state
    there, assign t.detach(), or update it in no_grad().
    """

    training = True  # whether the module is being trained: `train()` and `eval()` set it on the instance

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, value in vars(cls).items():
            if (isinstance(value, Tensor) and value.requires_grad) or (
                isinstance(value, Module) and [*value.parameters()]
            ):
                raise TypeError(
                    f"{name} is an attribute of the class {cls.__name__}, so that all its instances would share it, "
                    f"and none has it as a parameter; assign it in __init__: self.{name} = ..."
                )

    if not TYPE_CHECKING:  # for a type checker there is nothing that is not written here

        def __new__(cls, *args: Any, **kwargs: Any) -> Self:
            check_arguments(cls, args, kwargs)
            return super().__new__(cls)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{type(self).__name__} has no forward(); define it: def forward(self, x): ...")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        watch, scope, is_recording, mode = current()
        token = context.set((watch, (ref(self), scope), is_recording, mode))  # weak: a module may keep what it computed
        try:
            if self._hooks:
                return call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs)
        finally:
            context.reset(token)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        """The attributes in which Tensors and Modules are looked for."""
        yield from ((name, value) for name, value in vars(self).items() if name not in OWN)

    def _members(self) -> Iterator[tuple[str, Any]]:
        """The Tensors and Modules directly in this one, by name: `weight`, `layers.0`."""
        for attribute, value in self._attributes():
            if isinstance(value, Module | Tensor):
                yield attribute, value
                continue
            for name, leaf in leaves(attribute, value):
                if isinstance(leaf, Module | Tensor):
                    yield name, leaf

    def named_modules(self, prefix: str = "", within: tuple[Module, ...] = ()) -> Iterator[tuple[str, Module]]:
        """This module and all in it, by path; one that is in it twice comes twice.

        within  the modules that this one is in, which are passed over if it refers to them.
        """
        yield prefix, self
        within = (*within, self)
        for name, value in self._members():
            if isinstance(value, Module) and all(value is not module for module in within):
                yield from value.named_modules(f"{prefix}.{name}" if prefix else name, within)

    def modules(self) -> Iterator[Module]:
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly in this one, by name: "layers", "blocks.0"; a shared one comes once."""
        seen: set[Module] = set()
        for name, value in self._members():
            if isinstance(value, Module) and value not in seen:
                seen.add(value)
                yield name, value

    def children(self) -> Iterator[Module]:
        return (module for _, module in self.named_children())

    def get_submodule(self, target: str) -> Module:
        """The module at a path: "layers.0"; "" is this one."""
        found = dict(self.named_modules())
        if target not in found:
            raise AttributeError(
                f"{type(self).__name__} has no module {target!r}; take one of those that it has: "
                f"{', '.join(map(repr, found))}"
            )
        return found[target]

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call fn on each module in this one, the inner ones first, and last on this one: to draw weights anew, say."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def summary(self, *args: Any, **kwargs: Any) -> Table:
        """What a call with these arguments goes through, as a table that prints.

        Of each module the shape of its output, its own parameters, the calls, and the memory that those keep for the
        backward pass. A copy of the module is called, so that neither its state nor random numbers change.
        """
        return summary(self, args, kwargs)

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all in it to training (dropout drops) or, with False, to evaluation."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        return self.train(False)

    def __repr__(self) -> str:
        inside = "\n".join(f"({name}): {value!r}" for name, value in self._members() if isinstance(value, Module))
        content = "\n" + indent(inside, "  ") + "\n" if inside else self.extra_repr()
        return f"{type(self).__name__}({content})"

    def extra_repr(self) -> str:
        """What `repr` shows between the brackets: the arguments that the module was made with."""
        return ""


let_miss(Module, METHODS, of_method)
