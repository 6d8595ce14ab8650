"""What a snapshot tells of what was changed, and that it puts it back."""

import collections
from typing import Any

import numpy as np

import autograd as ag
from autograd.compiler.tracing.snapshot import Snapshot
from autograd.compiler.tracing.sources import Guard, Source, State


class Thing:
    def __init__(self) -> None:
        self.count, self.items, self.table, self.seen, self.queue = 0, [1, 2], {"a": 1}, {1}, collections.deque([1])


def test_settings_containers_and_attributes() -> None:
    thing, variables = Thing(), {"known": 1}
    state = State(
        guards=[Guard(Source(thing, (("attribute", "count"),), "thing.count"), 0)],
        objects=[("thing", thing)],
        containers=[(key, value) for key, value in vars(thing).items() if key != "count"],
        unset=[(variables, "new"), (variables, "known")],
    )
    before = Snapshot(state)
    assert list(before.changes()) == []
    thing.count, thing.more = 3, 4  # type: ignore[attr-defined]  # which is found
    thing.items[:] = [2, 1]
    thing.table.update(a=2)
    thing.seen.add(5)
    thing.queue.clear()
    variables["new"] = 7
    assert list(before.changes()) == [
        "thing.count was 0 before the call and 3 after it",
        "items of items, a list, were changed: 2 before the call, 2 after it",
        "items of table, a dict, were changed: 1 before the call, 1 after it",
        "items of seen, a set, were changed: 1 before the call, 2 after it",
        "items of queue, a deque, were changed: 1 before the call, 0 after it",
        "thing.more was made in the call",
        "the global new was made in the call",
    ]
    before.restore()
    assert vars(thing) == vars(Thing())
    assert variables == {"known": 1}
    assert list(before.changes()) == []


def test_values_in_tuples_lists_and_dicts() -> None:
    """The tuple itself comes back, whatever has been put in its place."""
    array, other = np.ones(2), np.zeros(2)
    box: dict[str, Any] = {"a": (array, [other]), "b": other}
    held = box["a"]
    sources = [
        Source(box, (("item", "a"), ("item", 0))), Source(box, (("item", "a"), ("item", 1), ("item", 0))),
        Source(box, (("item", "b"),)),
    ]  # fmt: skip
    before = Snapshot(State(arrays=[(source, source.get()) for source in sources]))
    for source in sources:
        source.set("another")
    assert box == {"a": ("another", ["another"]), "b": "another"}
    before.put_back()
    assert box["a"] is held
    assert held[1][0] is box["b"] is other


def test_what_an_optimiser_keeps() -> None:
    """In the memory in which it was; also where it was replaced as a whole."""
    w = ag.Tensor(np.ones(3), requires_grad=True)
    opt = ag.optim.Adam([w])
    w.grad = ag.Tensor(np.ones(3))
    opt.step()
    data, grad, kept, mean, values = w.data, w.grad, opt.state, opt.state[w]["mean"], opt.state_dict()
    before = Snapshot(State(tensors=[("w", w)], optimizers=[("opt", opt)]))
    assert [name for name, _ in before.current()] == [
        "w.grad", "w", "opt.lr", "opt.betas", "opt.eps", "opt.weight_decay", "step of w", "mean of w", "square of w",
    ]  # fmt: skip
    opt.step()
    opt.lr = 5.0
    opt.load_state_dict(opt.state_dict())
    w.grad = None
    w.data = np.zeros(3)
    before.restore()
    assert w.data is data
    assert w.grad is grad
    assert opt.state is kept
    assert opt.state[w]["mean"] is mean
    assert repr(opt.state_dict()) == repr(values)


def test_random_generators() -> None:
    generator = np.random.default_rng(0)
    default = ag.nn.init.generator()
    with Snapshot(State(generators=[(Source(generator), generator)])) as snapshot:
        before = [*(g.bit_generator.state for g in (generator, default)), np.random.get_state()[1].tobytes()]
        generator.random()
        default.random()
        np.random.rand()  # what is tested
        snapshot.restore()
    after = [*(g.bit_generator.state for g in (generator, default)), np.random.get_state()[1].tobytes()]
    assert after == before
