"""What modules and parameters are called: by the path that leads to them from the outermost module of a call.

A model called `model(x)` is "MLP", after its class; what it consists of "MLP.layers.0"; a parameter "layers.0.weight".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from autograd.engine.graph import Leaf, Scope
from autograd.nn.module import Module


def modules_of(scope: Scope) -> tuple[Module, ...]:
    """The modules in whose `forward` a call was made, outermost first; those that no longer exist are left out."""
    found: list[Module] = []
    while scope is not None:
        module, scope = scope[0](), scope[1]
        if module is not None:
            found.append(module)
    return tuple(found[::-1])


def outermost(scopes: Iterable[Scope]) -> list[Module]:
    """The modules that were called by themselves and are part of no other of these, in the order of the calls."""
    called = {id(chain[0]): chain[0] for chain in map(modules_of, _distinct(scopes)) if chain}
    within = {id(part) for module in called.values() for part in module.modules() if part is not module}
    # Of modules that refer to each other, none is outermost: the first will do.
    return [module for key, module in called.items() if key not in within] or list(called.values())[:1]


def _distinct(scopes: Iterable[Scope]) -> Iterable[Scope]:
    """Each scope once: all calls directly in one call of a module share theirs."""
    return {id(scope): scope for scope in scopes if scope is not None}.values()


def module_paths(scopes: Iterable[Scope]) -> dict[int, str]:
    """The path of each module of these scopes, by its id: "MLP", "MLP.layers.0"; a second MLP is "MLP#2".

    A module that was called in another without being an attribute of it is named after its class: "MLP.Linear".
    """
    scopes = _distinct(scopes)
    paths: dict[int, str] = {}
    for name, module in _with_names(outermost(scopes)):
        for path, part in module.named_modules():
            paths.setdefault(id(part), f"{name}.{path}" if path else name)
    for scope in scopes:
        around = ""
        for module in modules_of(scope):
            if id(module) not in paths:
                name = type(module).__name__
                paths[id(module)] = _unused(f"{around}.{name}" if around else name, paths.values())
            around = paths[id(module)]
    return paths


def module_label(module: Module, paths: Mapping[int, str]) -> str:
    """As "layers.0: Linear", by what `module_paths` says; of one that is outermost, its class alone."""
    path, kind = paths[id(module)].partition(".")[2], type(module).__name__
    return f"{path}: {kind}" if path and path != kind else kind


def parameter_paths(modules: Iterable[Module]) -> dict[Leaf, str]:
    """The path of each parameter of these modules: "layers.0.weight"; of several modules, "MLP.layers.0.weight"."""
    having = [module for module in modules if next(module.parameters(), None) is not None]
    names: dict[Leaf, str] = {}
    for prefix, module in _with_names(having):
        for path, tensor in module.named_parameters():
            assert isinstance(tensor.node, Leaf)
            names.setdefault(tensor.node, path if len(having) == 1 else f"{prefix}.{path}")
    return names


def _with_names(modules: Iterable[Module]) -> Iterator[tuple[str, Module]]:
    taken: list[str] = []
    for module in modules:
        taken.append(_unused(type(module).__name__, taken))
        yield taken[-1], module


def _unused(name: str, taken: Iterable[str]) -> str:
    taken, number, found = set(taken), 1, name
    while found in taken:
        number += 1
        found = f"{name}#{number}"
    return found
