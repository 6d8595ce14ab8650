"""What a function reaches, in which order; and what makes another program of it: every change takes effect."""

import array
import collections
import dataclasses
import operator
import sys
import threading
import types
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from compared import Call, assert_same, bits
from test_compiler_capture import BATCHES, CALLS, mlp, training, with_dropout

import autograd as ag
from autograd import nn, optim
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.walker import state_of

ADAM = lambda params: optim.Adam(params)


def changed(change: Callable[..., Any], at: int = 3) -> list[Call]:
    """Six calls, before the fourth of which something is changed."""
    return [(change if k == at else None, batch) for k, batch in enumerate(BATCHES)]


def group(key: str, value: Any) -> Callable[..., None]:
    return lambda model, opt: opt.param_groups[0].__setitem__(key, value)


# -- hyperparameters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lr", "programs"), [
    (0.5, 2), (0.0, 2), (float("nan"), 2), (0, 3), (1, 3), (np.float32(0.3), 3), (np.float64(0.3), 3),
])  # fmt: skip
def test_the_learning_rate_is_read_in_each_call(lr: Any, programs: int) -> None:
    """A number of another type computes in another precision: another program."""
    assert_same(training(ADAM), changed(lambda model, opt: setattr(opt, "lr", lr)), programs)


@pytest.mark.parametrize("betas", [(0.5, 0.6), [0.5, 0.6], (0, 0.6)])
def test_betas(betas: Any) -> None:
    assert_same(training(ADAM), changed(group("betas", betas)))


@pytest.mark.parametrize(("key", "value", "programs"), [
    ("momentum", 0.9, 3), ("weight_decay", 0.1, 2), ("weight_decay", 0, 1), ("nesterov", False, 1),
])  # fmt: skip
def test_what_decides_how_an_update_goes(key: str, value: Any, programs: int) -> None:
    make = training(lambda params: optim.SGD(params, 0.1, momentum=0.0, weight_decay=0.0))
    if (key, value) == ("weight_decay", 0):
        make = training(lambda params: optim.SGD(params, 0.1, momentum=0.0, weight_decay=0))
    assert_same(make, changed(group(key, value)), programs)


def test_nesterov() -> None:
    assert_same(training(lambda params: optim.SGD(params, 0.1, momentum=0.9)), changed(group("nesterov", True)), 3)


# -- state -------------------------------------------------------------------------------------------------------------


def load(model: Any, opt: Any) -> None:
    model.load_state_dict({name: array * 2 for name, array in model.state_dict().items()})
    moments = opt.state_dict()
    for values in moments["state"].values():
        values.update(step=values["step"] + 5, mean=values["mean"] * 2, square=values["square"] * 3)
    moments["param_groups"][0]["lr"] = 0.25
    opt.load_state_dict(moments)


def test_loading_a_checkpoint() -> None:
    assert_same(training(ADAM), changed(load), programs=2)


def test_forgetting_the_moments() -> None:
    """It fits the first program again."""
    assert_same(training(ADAM), changed(lambda model, opt: opt.state.clear()), programs=2)


def strided(array: Any) -> Any:
    view = np.zeros((2 * array.shape[0], 3 * array.shape[1]), array.dtype)[::2, ::-3]
    view[...] = array
    return view


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("layout", [np.copy, np.asfortranarray, strided])
def test_other_arrays_for_parameters(layout: Any, at: int) -> None:
    """In another layout sums go in another order: another program."""

    def change(model: Any, opt: Any) -> None:
        weight = model.layers[0].weight
        weight.data = layout(weight.data * np.float32(2))

    assert_same(training(), changed(change, at), programs=2 if at and layout is not np.copy else 1)


@pytest.mark.parametrize("zeroed", [True, False])
@pytest.mark.parametrize("grad", [None, 1.0])
def test_gradients_that_a_user_sets(grad: Any, zeroed: bool) -> None:
    def make() -> Any:
        model = mlp()

        def step(x: Any, y: Any) -> Any:
            if zeroed:
                model.zero_grad()
            nn.cross_entropy(model(x), y).backward()

        return step, [model]

    def change(model: Any) -> None:
        for p in model.parameters():
            p.grad = None if grad is None else np.full(p.shape, grad, np.float32)

    assert_same(make, changed(change, at=0), programs=1 if zeroed or grad else 2)
    assert_same(make, changed(change), programs=1 if zeroed else 2)


@pytest.mark.parametrize("by_optimizer", [True, False])
def test_gradients_of_parameters_that_are_not_used_are_forgotten(by_optimizer: bool) -> None:
    """Though there were none when the function was traced."""

    def make() -> Any:
        model, other = mlp(), nn.Linear(2, 2, rng=np.random.default_rng(0))
        opt = optim.SGD([*model.parameters(), *other.parameters()], 0.1)

        def step(x: Any, y: Any) -> Any:
            opt.zero_grad() if by_optimizer else (model.zero_grad(), other.zero_grad())
            nn.cross_entropy(model(x), y).backward()

        return step, [other, model]

    def change(other: Any, model: Any) -> None:
        other.weight.grad = np.ones((2, 2), np.float32)

    assert_same(make, changed(change), programs=1)


def test_requires_grad() -> None:
    def freeze(model: Any, opt: Any) -> None:
        model.layers[0].weight.requires_grad = False

    def freeze_and_thaw(model: Any, opt: Any) -> None:
        freeze(model, opt)
        model.layers[0].weight.requires_grad = True

    assert_same(training(), changed(freeze), programs=2)
    assert_same(training(), changed(freeze_and_thaw), programs=2)


# -- settings ----------------------------------------------------------------------------------------------------------


def replace_a_layer(model: Any, opt: Any) -> None:
    model.layers[1] = nn.Tanh()


@pytest.mark.parametrize("change", [
    lambda model, opt: model.eval(), lambda model, opt: setattr(model.layers[2], "rate", 0.1), replace_a_layer,
    lambda model, opt: setattr(model.layers[2], "rng", np.random.default_rng(9)),
    lambda model, opt: model.layers.append(nn.Tanh()), lambda model, opt: setattr(model, "layers", [*model.layers]),
])  # fmt: skip
def test_train_mode_rates_and_layers(change: Any) -> None:
    assert_same(training(model_of=with_dropout), changed(change), programs=2)


def test_the_seed_of_the_library_is_no_setting() -> None:
    assert_same(training(model_of=with_dropout), changed(lambda model, opt: ag.seed(5)), programs=1)


def test_another_model_in_a_variable() -> None:
    """A closure's variable; the gradients of the new parameters are not those of the old."""

    def make() -> Any:
        box = types.SimpleNamespace(model=mlp(), scale=1.0, history=[])

        def step(x: Any) -> Any:
            y = box.model(x).sum() * box.scale
            y.backward()
            return y, [p.grad for p in box.model.parameters()]

        return step, [box]

    def other(box: Any) -> None:
        box.model = mlp(activation="tanh")

    calls = [(before, (x,)) for before, (x, _) in changed(other)]
    actual, expected = ([], [])
    for found, compiled in ((actual, True), (expected, False)):
        step, (box,) = make()
        step = ag.compile(step) if compiled else step
        for before, args in calls:
            if before is not None:
                before(box)
            found.append(bits(step(*args)))
    assert actual == expected


GLOBAL: Any = 3.0


@pytest.mark.parametrize("values", [(2.0, 2.0, 2), (0.0, -0.0, 0.0), (1, True, 1.0), (1j, 2j), (float("nan"), 1.0)])
def test_numbers_in_globals_by_type_and_bits(values: Any) -> None:
    def set_to(value: Any) -> Callable[[], None]:
        return lambda: globals().update(GLOBAL=value)

    calls: list[Call] = [(set_to(value), (BATCHES[0][0],)) for value in values for _ in range(3)]
    assert_same(lambda: (lambda x: x * GLOBAL, []), calls, programs=len({repr(value) for value in values}))


def test_a_global_array_is_read_in_each_call() -> None:
    """Though it was changed in place, and what is computed of it alone, too."""

    def set_to(k: int) -> Callable[[], None]:
        return lambda: TABLE.__setitem__(0, k)

    calls: list[Call] = [(set_to(k), (np.array([0, k % 2]),)) for k in range(6)]
    assert_same(lambda: (lambda index: (TABLE - TABLE.mean())[index], []), calls, programs=1)


TABLE = np.arange(3.0)


class Settings:
    scale = 2.0

    def __init__(self) -> None:
        self.history: list[int] = []
        self.flags = {"twice": True}
        self.layer = nn.Linear(6, 3, rng=np.random.default_rng(0))

    def factor(self) -> Any:
        return GLOBAL

    def __call__(self, x: Any) -> Any:
        return self.layer(x) * self.scale * self.factor() * (2 if self.flags["twice"] else 1)


class Slotted(nn.Module):
    __slots__ = ("slot",)

    def __init__(self) -> None:
        self.slot = np.float32(2)

    def forward(self, x: Any) -> Any:
        return x * self.slot


@pytest.mark.parametrize("change", [
    lambda self: setattr(self, "scale", 3.0), lambda self: setattr(Settings, "scale", 5.0),
    lambda self: self.flags.update(twice=False), lambda self: globals().update(GLOBAL=7.0),
    lambda self: setattr(self, "factor", lambda: 0.5),
])  # fmt: skip
def test_attributes_that_methods_name(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the object, of its class, of the modules whose globals they are."""
    calls: list[Call] = [(change if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(Settings, "scale", 2.0)
        monkeypatch.setitem(globals(), "GLOBAL", 3.0)
        settings = Settings()
        f: Any = ag.compile(settings) if compiled else settings
        outputs = []
        for before, args in calls:
            if before is not None:
                before(settings)
            outputs.append(bits(f(*args).data))
        found.append(outputs)
    assert found[0] == found[1]


class Empty:
    """An object without attributes of its own."""

    scale = 2.0


def test_an_attribute_that_hides_one_of_the_class() -> None:
    thing = Empty()
    calls: list[Call] = [(hide if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(lambda: (lambda x: x * thing.scale, [vars(thing).clear() or thing]), calls, programs=2)


def hide(thing: Any) -> None:
    thing.scale = 3.0


def test_attributes_of_functions() -> None:
    def make() -> Any:
        def f(x: Any) -> Any:
            return x * vars(f)["scale"] * f.scale  # type: ignore[attr-defined]  # functions have what they are given

        f.scale = 2.0  # type: ignore[attr-defined]  # any function may have some
        return f, [f]

    calls: list[Call] = [(hide if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(make, calls, programs=2)


@pytest.mark.parametrize("ask", [
    lambda thing, name: getattr(thing, name), lambda thing, name: vars(thing)[name],
    lambda thing, name: operator.attrgetter(name)(thing),
])  # fmt: skip
def test_attributes_by_names_that_are_computed(ask: Any) -> None:
    thing, name = types.SimpleNamespace(scale=2.0), "".join(["sc", "ale"])
    calls: list[Call] = [(hide if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(lambda: (lambda x: x * ask(thing, name), [vars(thing).update(scale=2.0) or thing]), calls, programs=2)


FACTORS = types.SimpleNamespace(scale=2.0)


@ag.primitive
def same(x: Any) -> Any:
    return x * 1.0


def scaled_gradient(g: Any) -> Any:
    return g * FACTORS.scale


ag.rule(same, x=scaled_gradient)


@pytest.mark.parametrize("change", [hide, lambda thing: ag.rule(same, x=lambda g: g * 5.0)])
def test_what_the_rules_of_primitives_read(change: Any) -> None:
    def make() -> Any:
        ag.rule(same, x=scaled_gradient)
        FACTORS.scale = 2.0
        return ag.grad(lambda x: same(x).sum()), [FACTORS]

    calls: list[Call] = [(change if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(make, calls, programs=2)


class Named(dict[str, Any]):
    factor = 2.0

    def __init__(self, **items: Any) -> None:
        super().__init__(items)
        self.factor = 3.0


NUMBERS = np.array([1.0, 2.0])
PROXIED = {0: 1.0}


@pytest.mark.parametrize(("container", "change"), [
    (lambda: [1.0, 2.0], lambda c: c.append(3)), (lambda: {1, 2}, lambda c: (c.remove(1), c.add(7))),
    (lambda: {0: 1.0, 1: 2.0}, lambda c: c.update({0: c.pop(0)})),
    (lambda: collections.UserList([1.0]), lambda c: c.append(3.0)),
    (lambda: collections.UserDict({0: 1.0}), lambda c: c.update({0: 2.0})),
    (lambda: collections.ChainMap({0: 1.0}, {1: 2.0}), lambda c: c.maps[1].update({1: 3.0})),
    (lambda: PROXIED.update({0: 1.0}) or types.MappingProxyType(PROXIED), lambda c: PROXIED.update({0: 2.0})),
    (lambda: bytearray(b"ab"), lambda c: c.append(1)),
    (lambda: array.array("d", [1.0]), lambda c: c.append(1.0)),
    (lambda: NUMBERS.astype(object), lambda c: c.__setitem__(0, 9.0)),
    (lambda: np.array([(1.0,)], [("a", float)]), lambda c: c["a"].__setitem__(0, 9.0)),
])  # fmt: skip
def test_what_is_in_containers_and_in_which_order(container: Any, change: Any) -> None:
    """Also where no attribute is read to find it, and its length stays as it was."""

    def make() -> Any:
        items = container()
        names = getattr(items, "dtype", np.dtype(float)).names

        def f(x: Any) -> Any:
            values = items[names[0]] if names else items.values() if isinstance(items, Mapping) else items
            for k, item in enumerate(values):
                x = x + float(item) * 2.0**k
            return x

        return f, [lambda: change(items)]

    calls: list[Call] = [(apply if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(make, calls, programs=2)


def apply(change: Any) -> None:
    change()


def test_attributes_of_containers() -> None:
    def make() -> Any:
        settings = Named(scale=2.0)
        return lambda x: x * settings.factor * settings["scale"], [settings]

    calls: list[Call] = [
        (change, (x,))
        for change, (x, _) in zip([None, None, None, other_factor, None, other_scale], BATCHES, strict=True)
    ]
    assert_same(make, calls, programs=3)


def other_factor(settings: Any) -> None:
    settings.factor = 5.0


def other_scale(settings: Any) -> None:
    settings["scale"] = 7.0


class Base:
    factor = 2.0


class Derived(Base):
    pass


class Described:
    def __init__(self) -> None:
        self.factor = 2.0

    def __get__(self, instance: Any, owner: Any) -> float:
        return self.factor


class Meta(type):
    factor = 2.0


class OfMeta(metaclass=Meta):
    described = Described()

    def __init__(self) -> None:
        self.scale = Base.factor


MODULE = types.ModuleType("settings_of_a_test")
THREAD = threading.local()
WEAK = weakref.ref(Base)


def imported(x: Any) -> Any:
    import settings_of_a_test  # type: ignore[import-not-found]  # made above

    return x * settings_of_a_test.factor


def imported_from(x: Any) -> Any:
    from settings_of_a_test import factor

    return x * factor


@pytest.mark.parametrize(("f", "thing"), [
    (lambda x: x * Derived.factor, Derived), (lambda x: x * Derived().factor, Derived),
    (lambda x: x * OfMeta.described, vars(OfMeta)["described"]), (lambda x: x * OfMeta.factor, Meta),
    (lambda x: x * OfMeta().scale, Base), (imported, MODULE), (imported_from, MODULE),
    ((lambda module: lambda x: x * module.factor)(MODULE), MODULE), (lambda x: x * THREAD.factor, THREAD),
    (lambda x: x * WEAK().factor, Base), (lambda x: x * globals()["GLOBAL"], globals()),
    (lambda x: x * eval("GLOBAL"), globals()),
])  # fmt: skip
def test_other_ways_that_lead_to_a_number(f: Any, thing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "settings_of_a_test", MODULE)
    place = vars(thing) if isinstance(thing, types.ModuleType | threading.local) else thing

    def set_to(value: float) -> None:
        if isinstance(place, dict):
            monkeypatch.setitem(place, "GLOBAL" if place is globals() else "factor", value)
        else:
            monkeypatch.setattr(place, "factor", value, raising=False)

    def make() -> Any:
        monkeypatch.undo()
        monkeypatch.setitem(sys.modules, "settings_of_a_test", MODULE)
        if thing is not Derived:  # which then has none of its own
            set_to(2.0)
        return f, []

    calls: list[Call] = [((lambda: set_to(3.0)) if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(make, calls, programs=2)


class Twice(nn.Module):
    def forward(self, x: Any) -> Any:
        return self.times(x)

    def times(self, x: Any) -> Any:
        return x * 2.0


class Thrice(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * 3.0


@pytest.mark.parametrize("change", [
    lambda module: setattr(Twice, "forward", Thrice.forward), lambda module: setattr(module, "__class__", Thrice),
    lambda module: setattr(Twice, "times", Thrice.forward), lambda module: setattr(module, "forward", lambda x: x * 4),
    lambda module: setattr(Twice.times, "__code__", Thrice.forward.__code__),
])  # fmt: skip
def test_code_that_is_replaced(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook, or by reloading a module."""
    forward, times, code = Twice.forward, Twice.times, Twice.times.__code__

    def make() -> Any:
        monkeypatch.setattr(Twice, "forward", forward)
        monkeypatch.setattr(Twice, "times", times)
        monkeypatch.setattr(times, "__code__", code)
        module = Twice()
        return module.__call__, [module]

    calls: list[Call] = [(change if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    try:
        assert_same(make, calls, programs=2)
    finally:
        times.__code__ = code


class Refusing:
    """An object that is asked for nothing but what it has."""

    def __init__(self) -> None:
        self.scale = 2.0

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)


def test_no_attribute_is_asked_for_that_an_object_does_not_have() -> None:
    thing = Refusing()
    assert_same(lambda: (lambda x: x * thing.scale, []), [(None, (x,)) for x, _ in BATCHES], programs=1)


def test_a_history_that_no_code_names_may_grow() -> None:
    settings = Settings()
    f = ag.compile(settings)
    for x, _ in BATCHES:
        f(x)
        settings.history.append(1)
    assert len(f._specializations) == 1


def test_slots() -> None:
    x, f = BATCHES[0][0], Slotted()
    step = ag.compile(f)
    for value in (2, 2, 2, 5, 5, 5):
        f.slot = np.float32(value)
        assert bits(step(x)) == bits(f(x))
    assert len(step._specializations) == 2


@dataclasses.dataclass(frozen=True)
class Config:
    rate: float
    table: Any


def test_frozen_dataclasses_and_default_arguments() -> None:
    config = Config(0.5, np.arange(6, dtype=np.float32))

    def f(x: Any, table: Any = config.table, *, scale: Any = np.float32([2])) -> Any:  # noqa: B008  # what is tested
        return x * config.rate + config.table[::-1] * table * scale

    assert_same(lambda: (f, []), [(None, (x,)) for x, _ in BATCHES], programs=1)
    assert isinstance(config.table, np.ndarray)
    assert isinstance(f.__defaults__, tuple)


# -- arguments ---------------------------------------------------------------------------------------------------------


def test_batches_of_other_sizes() -> None:
    """The last smaller batch of an epoch has its own program, and does not cost another its place."""
    x, y = BATCHES[0]
    sizes = [8, 8, 3, 8, 1, 8, 3, 1, 8, 3, 1]
    assert_same(training(), [(None, (x[:n], y[:n])) for n in sizes], programs=3)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda x: np.repeat(x, 2, 0)[::-2], strided])
def test_layouts_of_arguments(layout: Any) -> None:
    assert_same(training(), [(None, (layout(x), y)) for x, y in BATCHES] + CALLS, programs=2)


SCALARS = [1, True, 1.0, 1, 1.0, True, float("nan"), float("nan"), 0.0, -0.0, 0.0, -0.0, 1j, "a", "b", None, "a"]


def test_scalars_by_type_and_bits() -> None:
    def f(x: Any, scalar: Any) -> Any:
        return x * (2 if scalar is None else len(scalar) if isinstance(scalar, str) else scalar)

    kinds = {(type(scalar), repr(scalar)) for scalar in SCALARS}
    assert_same(lambda: (f, []), [(None, (BATCHES[0][0], s)) for s in SCALARS * 2], programs=len(kinds))


def test_scalars_of_numpy_are_arrays() -> None:
    values = [np.float32(2), np.float32(3), np.float32(4), np.float64(2), np.float64(3), np.float64(4), np.int64(2)]
    assert_same(lambda: (lambda x, s: x * s + s**2, []), [(None, (BATCHES[0][0], s)) for s in values], programs=3)


def test_the_structure_of_arguments() -> None:
    x, _ = BATCHES[0]
    given: list[Any] = [([x, x],), ((x, x),), ({"a": x, "b": x},), ({"b": x, "a": x},), (x, x)]
    calls: list[Call] = [(None, args) for args in given]
    assert_same(lambda: (lambda *args: [args, args[0]], []), calls * 3)


def test_models_as_arguments() -> None:
    """One program for each model and its optimiser."""
    found = []
    for compiled in (True, False):
        models = [mlp(activation=name) for name in ("relu", "tanh")]
        optimisers = [optim.Adam(model.parameters()) for model in models]

        def step(model: Any, opt: Any, x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss

        f: Any = ag.compile(step) if compiled else step
        found.append([bits(f(models[k % 2], optimisers[k % 2], *BATCHES[k % 6])) for k in range(12)])
    assert found[0] == found[1]


def test_parameters_as_arguments() -> None:
    found = []
    for compiled in (True, False):
        params = {"w": ag.Tensor(np.ones((6, 3), np.float32), requires_grad=True)}

        def step(params: Any, x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(x @ params["w"], y)
            params["w"].grad = None
            loss.backward()
            with ag.no_grad():
                params["w"] -= 0.1 * params["w"].grad
            return loss

        f: Any = ag.compile(step) if compiled else step
        found.append([bits([f(params, *batch), params["w"].data]) for batch in BATCHES])
    assert found[0] == found[1]


def test_generators_as_arguments() -> None:
    found = []
    for compiled in (True, False):
        generator = np.random.default_rng(3)
        step: Any = lambda x, rng: x + rng.normal(size=6)
        f = ag.compile(step) if compiled else step
        found.append(bits([f(x, generator) for x, _ in BATCHES]))
    assert found[0] == found[1]


def test_a_tensor_of_a_graph_is_no_argument() -> None:
    t = ag.Tensor([1.0], requires_grad=True) * 2
    with pytest.raises(TraceError, match=r"compile\(<lambda>\) was given a Tensor that <node \d+: multiply> computed"):
        ag.compile(lambda x: x * 2)(t)


# -- finding -----------------------------------------------------------------------------------------------------------


def test_paths() -> None:
    model = mlp()
    opt = optim.SGD(model.parameters(), 0.1)
    found = state_of(lambda: (opt, model))
    assert [name for name, _ in found.tensors] == [
        f"model.layers.layers.{k}.{name}" for k in (0, 2, 4) for name in ("weight", "bias")
    ]
    assert [name for name, _ in found.optimizers] == ["opt"]


def test_objects_that_refer_to_each_other() -> None:
    a, b = types.SimpleNamespace(), types.SimpleNamespace()
    a.b, b.a, a.t = b, a, ag.Tensor([1.0])
    assert [name for name, _ in state_of(lambda: b.a.t).tensors] == ["b.a.t"]


def test_compiled_functions_among_the_variables() -> None:
    t = ag.Tensor([1.0])
    inner = ag.compile(lambda: t * 2)
    inner()
    assert len(state_of(lambda: inner()).tensors) == 1


# -- libraries ---------------------------------------------------------------------------------------------------------


class Odd(type):
    __module__ = property(lambda self: 5)  # type: ignore[assignment]  # a class may say anything of itself


class Times(metaclass=Odd):
    by = 2.0

    def __call__(self, x: Any) -> Any:
        return x * self.by


class Nowhere(Times):
    __module__ = None  # type: ignore[assignment]  # as of some that extensions make


@pytest.mark.parametrize("kind", [Times, Nowhere])
def test_classes_that_do_not_say_where_they_are_from(kind: type[Times]) -> None:
    times = kind()
    change = lambda: setattr(times, "by", times.by + 1)
    step = ag.compile(lambda x: times(x))
    for k in range(6):
        change() if k == 3 else None
        assert step(np.ones(2)).tolist() == [times.by, times.by]
    assert len(step._specializations) == 2


def test_a_function_that_does_not_say_where_it_is_from_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    factor = [2.0]
    fn = lambda x: x * factor[0]
    monkeypatch.setattr(fn, "__module__", None)
    step = ag.compile(lambda x: fn(x))
    for value in (2.0, 2.0, 2.0, 3.0):
        factor[0] = value
        assert step(np.ones(1)).tolist() == [value]


# -- the walk ----------------------------------------------------------------------------------------------------------


def test_the_nearest_first_and_each_once() -> None:
    a: dict[str, Any] = {}
    a["b"], a["c"], a["number"] = {"c": a}, {}, 3
    a["b"]["c2"] = a["c"]
    found = state_of(lambda: a)
    assert [name for name, _ in found.containers] == ["a", "a.b", "a.c"]
    looked_at = [guard.source.name for guard in found.guards if guard.read is None and guard.source.steps]
    assert looked_at[-6:] == ["a", "a.b", "a.c", "a.number", "a.b.c", "a.b.c2"]
    assert [guard.expected for guard in found.guards if type(guard.expected) is int and guard.read is None] == [3]
    assert all(guard.holds() for guard in found.guards)


def test_more_objects_than_can_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.compiler.tracing.walker.MOST_OBJECTS", 1000)
    library = types.SimpleNamespace(parts=[types.SimpleNamespace(name=[k]) for k in range(2000)])
    with pytest.raises(
        TraceError, match=r"reaches more than 1,000 objects, 999 of them through library, and .*; let it"
    ):
        ag.compile(lambda x: x * len(library.parts))(np.ones(1))


def test_a_variable_that_many_functions_name_is_looked_at_once() -> None:
    """So that in a library, whose functions all name the same modules, the number of guards is not quadratic."""
    module: dict[str, Any] = {"table": [1.0], "f0": lambda x: x}
    exec("\n".join(f"def f{k}(x): return f{k - 1}(x) * table[0] * f1(x)" for k in range(1, 100)), module)
    guards = state_of(module["f99"]).guards
    assert len({(guard.source, guard.read) for guard in guards}) == len(guards)
