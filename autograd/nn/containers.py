"""Modules that hold others: a chain, a list, a dict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from autograd.nn.module import Module


class _List(Module):
    """Modules by number, with what a list does."""

    layers: list[Any]

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        yield from zip(self._names(), self.layers, strict=True)
        yield from ((name, value) for name, value in super()._attributes() if name not in ("layers", "names"))

    def _names(self) -> Iterable[str]:
        return map(str, range(len(self.layers)))

    def _check(self, layers: Iterable[Any]) -> list[Any]:
        """The layers, as a list. Raises TypeError for what is none."""
        layers = list(layers)
        for k, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"ModuleList was given {_described(layer)} at place {k}, and expects modules")
        return layers

    def append(self, module: Any) -> Self:
        return self.insert(len(self.layers), module)

    def extend(self, modules: Iterable[Any]) -> Self:
        self.layers += self._check(modules)
        return self

    def pop(self, index: int = -1) -> Any:
        found = self.layers[index]
        del self[index]
        return found

    def insert(self, index: int, module: Any) -> Self:
        self.layers[index:index] = self._check([module])
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __setitem__(self, index: int, module: Any) -> None:
        (self.layers[index],) = self._check([module])

    def __delitem__(self, index: int | slice) -> None:
        del self.layers[index]


class ModuleList(_List):
    """Modules in a list, by number: "blocks.0". (A list of Python's does as well; this one is a Module, too.)"""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.layers = self._check(modules)

    def __add__(self, modules: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *modules])

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...
    def __getitem__(self, index: int | slice) -> Any:
        return ModuleList(self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a ModuleList has no forward(), and calls none of its modules; loop over it, or use Sequential")


class Sequential(_List):
    """Modules (or functions) in a chain: the output of each is the input of the next.

    >>> Sequential(np.tanh, np.exp)(np.zeros(2))
    array([1., 1.])

    Sequential({"hidden": Linear(4, 3), "out": Linear(3, 2)}) names them, and has them as attributes. A slice is a
    Sequential of the same layers, numbered anew if they have no names.
    """

    names: list[str] | None = None

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            self.layers = self._check(layers[0].values())
            for name in layers[0]:
                if not isinstance(name, str) or not name or "." in name or hasattr(self, name):
                    raise ValueError(
                        f"Sequential was given a layer by the name {name!r}; names are texts without dots, and no "
                        f"other attributes of a Sequential: rename it"
                    )
            self.names = list(layers[0])
        else:
            self.layers = self._check(layers)

    def _names(self) -> Iterable[str]:
        return super()._names() if self.names is None else self.names

    def _check(self, layers: Iterable[Any]) -> list[Any]:
        layers = list(layers)
        for k, layer in enumerate(layers):
            if isinstance(layer, type) or not callable(layer):
                way = "pass the layers themselves: Sequential(*layers)" if isinstance(layer, list | tuple) else (
                    f"make it: {layer.__name__}(...)" if isinstance(layer, type) else "wrap it in a function"
                )  # fmt: skip
                raise TypeError(
                    f"Sequential was given {_described(layer)} as layer {k}, and expects modules or functions; {way}"
                )
        return layers

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def insert(self, index: int, module: Any) -> Self:
        if self.names is not None:
            raise TypeError("the layers of this Sequential have names; make another: Sequential({name: layer, ...})")
        return super().insert(index, module)

    def extend(self, modules: Iterable[Any]) -> Self:
        for module in self._check(modules):
            self.append(module)
        return self

    def __delitem__(self, index: int | slice) -> None:
        super().__delitem__(index)
        if self.names is not None:
            del self.names[index]

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, slice):
            return self.layers[index]
        if self.names is None:
            return Sequential(*self.layers[index])
        return Sequential(dict(zip(self.names[index], self.layers[index], strict=True)))

    def __getattr__(self, name: str) -> Any:
        """A layer that has a name."""
        names = vars(self).get("names")
        if names is None or name not in names:
            return super().__getattribute__(name)  # which says that there is none
        return self.layers[names.index(name)]


class ModuleDict(Module):
    """Modules by name, in a dict: "heads.value"."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        self.layers: dict[str, Module] = {}
        self.update(modules)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        yield from self.layers.items()
        yield from ((name, value) for name, value in super()._attributes() if name != "layers")

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        for name, module in dict(modules).items():
            self[name] = module

    def __getitem__(self, name: str) -> Module:
        return self.layers[name]

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(name, str) or not name or "." in name or not isinstance(module, Module):
            raise TypeError(
                f"ModuleDict was given {_described(module)} as {name!r}, and expects modules by names without dots"
            )
        self.layers[name] = module

    def __delitem__(self, name: str) -> None:
        del self.layers[name]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[str]:
        return iter(self.layers)

    def __contains__(self, name: object) -> bool:
        return name in self.layers

    def keys(self) -> Iterable[str]:
        return self.layers.keys()

    def values(self) -> Iterable[Module]:
        return self.layers.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        return self.layers.items()

    def pop(self, name: str) -> Module:
        return self.layers.pop(name)

    def clear(self) -> None:
        self.layers.clear()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a ModuleDict has no forward(), and calls none of its modules; call one: modules[name](x)")


def _described(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
