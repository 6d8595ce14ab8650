"""What can't be compiled is refused: with the line, what it was, and the way out; and all is as it was before."""

import itertools
import pickle
import random
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from compared import state
from test_compiler_capture import BATCHES, with_dropout

import autograd as ag
from autograd import nn, optim
from autograd.compiler.tracing.refusing import TraceError, line_of

KEPT: list[Any] = []


class World:
    """What a function may change: a model in training, and Python's own things."""

    def __init__(self) -> None:
        self.model = with_dropout()
        self.opt = optim.Adam(self.model.parameters())
        self.schedule = optim.Cosine(self.opt, 10)
        self.count = 0
        self.log: list[Any] = []
        self.table: dict[str, Any] = {"a": 1}
        self.seen: set[int] = set()
        self.loss: Any = None
        self.array = np.zeros(3)
        self.arrays = [np.zeros(3)]
        self.noise = np.random.default_rng(0)

    def train(self, x: Any, y: Any) -> Any:
        loss = nn.cross_entropy(self.model(x), y)
        self.opt.zero_grad()
        loss.backward()
        optim.clip_grad_norm(self.model.parameters(), 1.0)
        self.opt.step()
        self.schedule.step()
        return loss

    def everything(self) -> list[Any]:
        old = np.random.get_state()[1].tobytes()
        generators = [g.bit_generator.state for g in (self.noise, nn.init.generator())]
        own = {key: value for key, value in vars(self).items() if key not in ("model", "opt", "schedule")}
        return [
            *state(self.model, self.opt, self.schedule), *map(repr, (generators, own, old)),
            random.getstate(), self.model.training, "MADE" in globals(), len(KEPT),
        ]  # fmt: skip


def of_a_value(f: Callable[..., Any]) -> Callable[[World, Any, Any], Any]:
    """After a step, so that there is something to be put back."""
    return lambda world, x, y: f(world.train(x, y).data, x, y)


def appends(world: World, x: Any, y: Any) -> None:
    world.log.append(world.train(x, y))


def counts(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    world.count += 1


def keeps(world: World, x: Any, y: Any) -> None:
    world.loss = world.train(x, y)


def makes_an_attribute(world: World, x: Any, y: Any) -> None:
    world.new = world.train(x, y)  # type: ignore[attr-defined]  # which it has not


def makes_a_global(world: World, x: Any, y: Any) -> None:
    global MADE
    MADE = world.train(x, y)


def changes_a_dict(world: World, x: Any, y: Any) -> None:
    world.table["b"] = world.train(x, y)


def takes_from_a_dict(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    del world.table["a"]


def takes_an_array_from_a_list(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    world.arrays.pop()


def adds_to_a_set(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    world.seen.add(3)


def changes_the_mode(world: World, x: Any, y: Any) -> None:
    world.model.eval()
    world.train(x, y)


def writes_into_an_array(world: World, x: Any, y: Any) -> None:
    world.array[0] += world.train(x, y).data


def writes_into_an_argument(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    x[0] = 0


def adds_to_an_argument(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    x += 1


def writes_into_a_new_array(world: World, x: Any, y: Any) -> None:
    total = np.zeros(x.shape)
    total += x


def fills_a_new_array(world: World, x: Any, y: Any) -> None:
    np.zeros(x.shape)[...] = x


def draws(world: World, x: Any, y: Any) -> Any:
    return world.train(x * np.float32(np.random.rand()), y)  # what is tested


def draws_in_python(world: World, x: Any, y: Any) -> Any:
    return world.train(x * np.float32(random.random()), y)


def shuffles(world: World, x: Any, y: Any) -> None:
    world.noise.shuffle(x)


def seeds(world: World, x: Any, y: Any) -> Any:
    ag.seed(0)
    return world.train(x, y)


def sets_a_generator_back(world: World, x: Any, y: Any) -> Any:
    a = world.noise.random(3)
    world.noise.bit_generator.state = np.random.default_rng(7).bit_generator.state
    return a + world.noise.random(3)


def replaces_betas(world: World, x: Any, y: Any) -> None:
    group = world.opt.param_groups[0]
    group["betas"] = (group["betas"][0] * 0.9, 0.99)
    world.train(x, y)


def forgets_moments(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    world.opt.state.clear()


def replaces_an_array_by_a_text(world: World, x: Any, y: Any) -> None:
    world.train(x, y)
    world.array = "text"  # type: ignore[assignment]  # what is tested


HIDDEN = itertools.repeat(ag.Tensor(np.ones(6, np.float32), requires_grad=True))  # in which nobody can look
OUTSIDE = (next(HIDDEN) * 2).sum()


def uses_what_it_does_not_reach(world: World, x: Any, y: Any) -> Any:
    world.train(x, y)
    return x * next(HIDDEN)


def goes_back_outside(world: World, x: Any, y: Any) -> None:
    OUTSIDE.backward(retain_graph=True)


# What is done, on which line of the test's file (in text), what the error says, and what it advises.
REFUSED: dict[str, tuple[Callable[[World, Any, Any], Any], str, str]] = {
    "float": (of_a_value(lambda v, x, y: float(v)), r"a float \(by .*\) was to be made", "np.where in place of if"),
    "int": (of_a_value(lambda v, x, y: int(v)), "an int was", "np.where"),
    "complex": (of_a_value(lambda v, x, y: complex(v)), "a complex was", "np.where"),
    "bool": (of_a_value(lambda v, x, y: 1 if v > 0 else 0), r"a truth \(by if", "np.where"),
    "and": (of_a_value(lambda v, x, y: v > 0 and x), "a truth", "np.where"),
    "in": (of_a_value(lambda v, x, y: v in (1, 2)), "a truth", "np.where"),
    "max of Python": (of_a_value(lambda v, x, y: max(x[0, 0], x[0, 1])), "a truth", "np.where"),
    "index": (of_a_value(lambda v, x, y: [1, 2, 3][y[0]]), "an index, a length or a shape", "return it and go on"),
    "range": (of_a_value(lambda v, x, y: list(range(y[0]))), "an index, a length", "pass it in as an argument"),
    "shape": (of_a_value(lambda v, x, y: np.zeros(y[0])), "an index, a length", "pass it in"),
    "item": (of_a_value(lambda v, x, y: v.item()), "a Python number was", "return it"),
    "item of a Tensor": (lambda w, x, y: w.train(x, y).item(), "a Python number was", "return it"),
    "tolist": (of_a_value(lambda v, x, y: v.tolist()), "a Python number was", "return it"),
    "asarray": (of_a_value(lambda v, x, y: np.asarray(v)), "a plain array", "made outside of the function"),
    "math": (of_a_value(lambda v, x, y: __import__("math").exp(v)), r"a float \(", "compute it with NumPy"),
    "print": (lambda w, x, y: print(w.train(x, y)), "a text", "return it"),
    "str": (of_a_value(lambda v, x, y: str(v)), "a text", "return it"),
    "format": (of_a_value(lambda v, x, y: f"{v:.3f}"), "a text", "return it"),
    "pickle": (of_a_value(lambda v, x, y: pickle.dumps(v)), "a pickle was", "return it"),
    "flat": (of_a_value(lambda v, x, y: x.flat[0]), r"\.flat was to be made", "compute it with NumPy"),
    "index of a plain array": (of_a_value(lambda v, x, y: np.eye(3)[y]), "a plain array|an index", "return it"),
    "mask": (of_a_value(lambda v, x, y: x[x > 0]), "how long what a boolean index returns", "np.where"),
    "mask of a Tensor": (lambda w, x, y: w.model(x)[y > 0], "how long what a boolean index", "np.where"),
    "nonzero": (of_a_value(lambda v, x, y: np.nonzero(x)), "how long what nonzero", "np.where"),
    "nonzero, a method": (of_a_value(lambda v, x, y: x.nonzero()), "how long what nonzero", "np.where"),
    "where": (of_a_value(lambda v, x, y: np.where(x)), "how long what where", "np.where"),
    "unique": (of_a_value(lambda v, x, y: np.unique(y)), "how long what unique", "pass it in"),
    "repeat": (of_a_value(lambda v, x, y: np.repeat(x, y, axis=0)), "how long what repeat", "pass it in"),
    "slice": (of_a_value(lambda v, x, y: x[: y[0]]), "how long what a slice", "pass it in"),
    "moments": (forgets_moments, r"world.opt.state was cleared", "clear it outside"),
    "a number that was computed": (lambda w, x, y: w.train(x, y) if w.opt.lr * 2 > 1 else x, "a truth", "np.where"),
    "list": (appends, r"items of world.log, a list, were changed: 0 before the call, 1 after it", "return it"),
    "attribute": (counts, r"world.count was 0 before the call and 1 after it", "change it outside"),
    "a kept Tensor": (keeps, r"world.loss was None before the call and a Tensor after it", "return it"),
    "a new attribute": (makes_an_attribute, r"world.new was made in the call", "return it"),
    "a global": (makes_a_global, r"the global MADE was made in the call", "return it"),
    "dict": (changes_a_dict, r"items of world.table, a dict, were changed", "return it"),
    "dict, taken": (takes_from_a_dict, r"world.table.a was 1 before the call and missing after it", "outside"),
    "list of arrays": (takes_an_array_from_a_list, r"items of world.arrays, a list, were changed: 1 before", "outside"),
    "set": (adds_to_a_set, r"items of world.seen, a set, were changed", "outside"),
    "mode": (changes_the_mode, r"training was True before the call and False after it", "outside"),
    "array": (writes_into_an_array, r"an array of shape \(3,\) that is outside of the function", "a = a \\+ 1"),
    "argument": (writes_into_an_argument, r"of shape \(8, 6\) that is an argument was to be changed", r"x\.copy\(\)"),
    "argument +=": (adds_to_an_argument, r"that is an argument was to be changed", r"x = x \+ 1"),
    "a new array": (writes_into_a_new_array, r"that is made in the function was to be", r"np\.zeros_like\(x, shape"),
    "a new array filled": (fills_a_new_array, "a plain array", r"np\.zeros_like\(x, shape"),
    "np.random": (draws, "random numbers were drawn, or seeded", "np.random.Generator"),
    "random": (draws_in_python, "random numbers were drawn", "np.random.Generator"),
    "shuffle": (shuffles, r"\.shuffle of a random generator", r"x = rng\.permutation"),
    "seed": (seeds, "random numbers were drawn, or seeded", "np.random.Generator"),
    "a generator set back": (sets_a_generator_back, "its state was changed", "pass it in"),
    "betas": (replaces_betas, "betas was changed, and holds several numbers", "change it outside"),
    "an array that is none": (replaces_an_array_by_a_text, "world.array was replaced by a str", "return it instead"),
    "out of reach": (uses_what_it_does_not_reach, r"a parameter of shape \(6,\) was used", "attribute of a Module"),
    "a graph outside": (goes_back_outside, r"<node \d+: sum> computed outside", r"t\.detach\(\)"),
    "an object": (lambda w, x, y: {"a": SimpleNamespace(loss=w.train(x, y))}, r"output\['a'\] is a SimpleNamespace",
                  "return arrays, Tensors and numbers"),
    "an iterator": (lambda w, x, y: iter(w.train(x, y).data[None]), "output is a generator", "return arrays"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_line_and_the_way_out(name: str) -> None:
    f, what, way_out = REFUSED[name]
    world = World()
    world.train(*BATCHES[1])
    step = ag.compile(lambda x, y: f(world, x, y))
    x, y = BATCHES[0][0].copy(), BATCHES[0][1].copy()
    for _ in range(2):
        before, given = world.everything(), (x.tobytes(), y.tobytes())
        with pytest.raises(TraceError, match=rf"(?s)^.*test_compiler_refusing\.py:\d+: .*({what}).*; .*{way_out}"):
            step(x, y)
        assert world.everything() == before
        assert (x.tobytes(), y.tobytes()) == given
    assert not step._specializations


@pytest.mark.parametrize("change", [
    lambda d: d.update(b=d["a"] * 2), lambda d: d.pop("a"), lambda d: d["c"].append(d["a"]),
    lambda d: d.update(a=d["a"] + 1), lambda d: d["c"].clear(),
])  # fmt: skip
def test_arguments_in_lists_and_dicts_stay_there(change: Any) -> None:
    given, x = {"a": np.ones(3), "c": [1.0]}, np.ones(3)
    with pytest.raises(
        TraceError, match=r"the argument \[0\]\[0\]\['[abc]'\].* was changed in its list .*change a copy"
    ):
        ag.compile(lambda d, x: (change(d), x)[1])(given, x)
    assert given.keys() == {"a", "c"}
    assert given["c"] == [1.0]


@pytest.mark.parametrize(("f", "n", "expected"), [
    (lambda x, n: x[:n], np.int64(2), r"a slice returns .*\(int64 of shape \(\)\).*pass a Python number, int\(x\)"),
    (lambda x, n: x if n else -x, np.bool_(True), r"a truth .*pass a Python number, bool\(x\)"),
    (lambda x, n: x * len(range(n)), np.array(6), r"an index, a length .*pass a Python number, int\(x\)"),
    (lambda x, n: x[: n[0]], np.array([2]), r"what a slice returns .*pass it in as an argument"),
    (lambda x, n: np.zeros(3)[n], np.array([2]), r"an index, a length .*work it out before the call, and pass it in"),
])  # fmt: skip
def test_an_argument_that_should_be_a_python_number(f: Any, n: Any, expected: str) -> None:
    with pytest.raises(TraceError, match=expected):
        ag.compile(f)(np.arange(6.0), n)


def test_the_line_is_that_of_the_call() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        return float(y.sum())  # this line

    with pytest.raises(TraceError) as caught:
        ag.compile(f)(np.ones(2))
    line = int(re.search(r"\.py:(\d+):", str(caught.value))[1])  # type: ignore[index]  # it is there
    with open(__file__) as file:
        assert "# this line" in file.readlines()[line - 1]


def test_a_function_that_fails_in_the_middle_leaves_nothing_behind() -> None:
    world = World()

    def f(x: Any, y: Any) -> None:
        world.train(x, y)
        world.count = 5
        world.log.append(1)
        world.loss = x
        world.noise.random()
        raise RuntimeError("in the middle")

    before = world.everything()
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"^in the middle$"):
            ag.compile(f)(*BATCHES[0])
        assert world.everything() == before


def test_a_refusal_that_the_function_catches_is_one() -> None:
    """Or it would go another way than it does without being compiled."""

    def f(x: Any) -> Any:
        try:
            return float(x.sum())
        except TypeError:
            return -1

    with pytest.raises(TraceError, match=r"a float \(by float"):
        ag.compile(f)(np.ones(3))


def test_a_value_of_an_earlier_trace() -> None:
    """It came out by a way that is not looked at: an iterator's frame, say."""
    keeper = iter_keeping()
    next(keeper)
    step = ag.compile(lambda x: (x * 2, keeper.send(x))[0])
    step(np.ones(2))
    with pytest.raises(TraceError, match=r"of an earlier trace was used.*return it from the function instead"):
        KEPT.pop() + 1


def iter_keeping() -> Any:
    while True:
        KEPT.append((yield))


def test_values_of_fixed_arrays_may_be_asked_for() -> None:
    """Of what no Tensor holds, the bytes are compared in each call."""
    sizes, scale = np.array([2, 3]), np.array(1.5)
    mask = np.array([True, False, True])

    def f(x: Any) -> Any:
        y = x[mask].sum() * float(scale) if scale > 1 else x
        return y, np.zeros(int(sizes[0] + 1)), [sizes[0]][0].item(), np.nonzero(mask), np.repeat(x, sizes[:1])

    step = ag.compile(f)
    for change in (lambda: None, lambda: None, lambda: None, lambda: sizes.fill(4), lambda: mask.fill(True),
                   lambda: scale.fill(0.5), lambda: scale.fill(2)):  # fmt: skip
        change()
        for _ in range(3):
            x = np.random.default_rng(0).random(3)
            assert repr(step(x)) == repr(f(x))
    assert len(step._specializations) == 5


def test_what_was_computed_of_a_fixed_array_and_then_changed_is_no_longer_fixed() -> None:
    table = np.ones(3)

    def f(x: Any) -> Any:
        y = table * 2
        z = y[:2]
        y += x
        return x * float(z[0])

    with pytest.raises(TraceError, match=r"a float \(by float"):
        ag.compile(f)(np.ones(3))


def test_arrays_of_other_classes() -> None:
    for x in (np.ma.masked_array([1.0]), np.eye(2).view(np.matrix)):
        with pytest.raises(TraceError, match=f"was given a {type(x).__name__}, not an array; pass np.asarray"):
            ag.compile(lambda x: x * 2)(x)


def test_an_argument_that_is_a_parameters_array() -> None:
    """The function would see it change."""
    w = ag.Tensor(np.ones(3))

    def f(x: Any) -> Any:
        with ag.no_grad():
            w.data += 1
        return x * 2

    with pytest.raises(TraceError, match=r"compile\(f\) changes w, which shares memory with the argument"):
        ag.compile(f)(w.data)
    assert w.data.tolist() == [1, 1, 1]


def test_large_fixed_arrays_are_not_compared() -> None:
    mask = np.ones(100_000, bool)
    with pytest.raises(TraceError, match="a boolean index"):
        ag.compile(lambda x: x[mask])(np.ones(100_000))


def test_functions_that_run_in_pieces() -> None:
    async def later() -> None:
        return None

    def one_by_one() -> Any:
        yield 1

    for fn in (later, one_by_one):
        with pytest.raises(TypeError, match=f"compile was given {fn.__name__}, which runs in pieces.*; compile what"):
            ag.compile(fn)


def test_what_is_no_function() -> None:
    with pytest.raises(TypeError, match="compile was given 3, which is no function; pass the function"):
        ag.compile(3)  # type: ignore[arg-type]  # on purpose


def test_where_a_function_is() -> None:
    assert re.fullmatch(r".*test_compiler_refusing\.py:\d+: compile\(counts\)", line_of(counts))
    assert line_of(len) == "compile(len)"


def test_what_changes_unseen_in_the_second_call() -> None:
    world, numbers = World(), itertools.count(1)
    step = ag.compile(lambda x, y: world.train(x * np.float32(next(numbers)), y))
    step(*BATCHES[0])  # there are no moments yet
    step(*BATCHES[1])
    before = world.everything()
    with pytest.raises(TraceError, match=r"\.py:\d+: compile\(<lambda>\): in the second call output differs between"):
        step(*BATCHES[2])
    assert world.everything() == before
