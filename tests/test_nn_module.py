"""Module: where it finds Tensors, how its state is saved and loaded, how it prints."""

import copy
import pickle
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn
from autograd.nn.loading import WRITER, LoadedState


def tensor(value: float = 1.0, requires_grad: bool = True) -> ag.Tensor:
    return ag.Tensor(np.array([float(value)]), requires_grad=requires_grad)


class Leafy(nn.Module):
    """A Tensor or Module in every place where one is looked for, and other things in between."""

    def __init__(self) -> None:
        self.own = tensor(1)
        self.rate = 0.5
        self.name = "leafy"
        self.nothing = None
        self.listed = [tensor(2), (tensor(3), "text"), nn.Linear(1, 1)]
        self.keyed: dict[Any, Any] = {"a": tensor(4), 7: [tensor(5)], "sub": {"deep": nn.Linear(1, 1)}}
        self.chain = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), np.tanh, nn.Sequential(nn.Linear(1, 1)))
        self.frozen = tensor(6, requires_grad=False)


PATHS = [
    "own", "listed.0", "listed.1.0", "keyed.a", "keyed.7.0", "listed.2.weight", "listed.2.bias",
    "keyed.sub.deep.weight", "keyed.sub.deep.bias", "chain.0.weight", "chain.0.bias", "chain.3.0.weight",
    "chain.3.0.bias",
]  # fmt: skip


def linear(seed: int = 0) -> nn.Linear:
    return nn.Linear(3, 2, rng=np.random.default_rng(seed))


# -- finding ---------------------------------------------------------------------------------------------------------


def test_no_layer_is_one_of_another_kind() -> None:
    """isinstance(module, nn.Softmax) asks for this layer alone: a LogSoftmax shares code with it, and is none."""
    kinds = [kind for name in nn.__all__ if isinstance(kind := getattr(nn, name), type) and kind is not nn.Module]
    assert len(kinds) > 50
    assert [(a, b) for a in kinds for b in kinds if a is not b and issubclass(a, b)] == []


def test_named_parameters_are_found_through_lists_dicts_and_sequential() -> None:
    module = Leafy()
    found = dict(module.named_parameters())
    assert sorted(found) == sorted(PATHS)
    assert found["listed.1.0"] is module.listed[1][0]  # type: ignore[index]  # a list
    assert found["keyed.7.0"] is module.keyed[7][0]
    assert [id(p) for p in module.parameters()] == [id(p) for p in found.values()]


def test_a_frozen_tensor_is_state_but_no_parameter() -> None:
    module = Leafy()
    assert sorted(module.state_dict()) == sorted([*PATHS, "frozen"])
    module.own.requires_grad = False
    assert "own" not in dict(module.named_parameters())
    assert "own" in module.state_dict()


def test_a_shared_parameter_comes_once() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.a = linear()
            self.b = self.a
            self.weight = self.a.weight

    module = Tied()
    names = [name for name, _ in module.named_parameters()]
    assert len(names) == len(set(module.parameters())) == 2
    other = Tied()
    other.load_state_dict(module.state_dict())
    assert other.a.weight is other.weight


def test_parts_of_a_sequential_of_ones_own_are_found() -> None:
    class Headed(nn.Sequential):
        def __init__(self) -> None:
            super().__init__(linear())
            self.head = linear()

    module = Headed()
    found = {id(p) for p in module.parameters()}
    assert {id(module.head.weight), id(module.head.bias)} <= found


def test_a_module_that_knows_its_parent_is_no_endless_loop() -> None:
    class Child(nn.Module):
        def __init__(self, parent: nn.Module) -> None:
            self.parent = parent
            self.weight = tensor()

    class Parent(nn.Module):
        def __init__(self) -> None:
            self.child = Child(self)

    module = Parent()
    assert [id(p) for p in module.parameters()] == [id(module.child.weight)]
    assert module.eval().child.training is False


def test_the_intermediate_result_of_a_forward_is_no_parameter() -> None:
    class Remembering(nn.Module):
        def __init__(self) -> None:
            self.inner = linear()

        def forward(self, x: Any) -> Any:
            self.hidden = self.inner(x)
            return self.hidden

    module = Remembering()
    module(np.ones((1, 3), np.float32))
    assert [name for name, _ in module.named_parameters()] == ["inner.weight", "inner.bias"]


def test_zero_grad_forgets_gradients() -> None:
    module = linear()
    module(np.ones((1, 3), np.float32)).sum().backward()
    assert module.weight.grad is not None
    module.zero_grad()
    assert module.weight.grad is None


def test_train_and_eval_reach_every_module() -> None:
    module = Leafy()
    count = len(list(module.modules()))
    assert count == 8  # itself, two Linear, two Sequential with a Linear each, ReLU
    assert all(part.training for part in module.modules())
    assert module.eval() is module
    assert not any(part.training for part in module.modules())
    assert not module.chain[3][0].training
    assert module.train() is module
    assert all(part.training for part in module.modules())
    assert nn.Module.training is True  # set on instances, not for all


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(TypeError, match=r"Leafy has no forward\(\); define it: def forward\(self, x\)"):
        Leafy()(1)


# -- what would not be found ----------------------------------------------------------------------------------------


class Norm(nn.Module):
    """A buffer that forward assigns, and one of each other kind of state."""

    def __init__(self, kept: Any = None) -> None:
        self.running = tensor(0, requires_grad=False)
        self.weight = tensor(2)
        self.listed = [tensor(3), {"a": tensor(4, requires_grad=False)}]
        self.inner = linear()
        self.kept = kept

    def forward(self, x: Any) -> Any:
        self.kept = self.weight * x  # what was no state may be anything
        self.running = 0.9 * self.running + 0.1 * self.kept.mean(keepdims=True)
        return self.kept


NO_STATE: dict[str, tuple[str, Callable[[Norm], Any], str]] = {
    "a buffer": (
        "running",
        lambda m: m.running * m.weight,
        "running of Norm is state, and was assigned the output of <n",
    ),
    "a parameter": (
        "weight",
        lambda m: m.weight * 0.02,
        "weight of Norm is state, and was assigned the output of <node",
    ),
    "an array": (
        "weight",
        lambda m: np.ones(1),
        r"weight of Norm .* a ndarray, .* assign t.detach\(\) or Tensor\(array",
    ),
    "a number": ("running", lambda m: 0.5, "running of Norm is state, and was assigned a float"),
    "in a list": ("listed", lambda m: [m.weight * 2, m.listed[1]], "listed.0 of Norm"),
    "in a dict": ("listed", lambda m: [m.listed[0], {"a": m.weight * 2}], "listed.1.a of Norm"),
}


@pytest.mark.parametrize(("name", "value", "message"), NO_STATE.values(), ids=NO_STATE)
def test_state_that_would_cease_to_be_state_is_refused_where_it_happens(
    name: str, value: Callable[[Norm], Any], message: str
) -> None:
    module = Norm()
    before = module.state_dict()
    with pytest.raises(TypeError, match=message):
        setattr(module, name, value(module))
    np.testing.assert_equal(module.state_dict(), before)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_forward_that_would_lose_a_buffer_says_so(compiled: bool) -> None:
    module = Norm()
    call = ag.compile(module.__call__) if compiled else module
    with pytest.raises(TypeError, match=r"running of Norm is state, .* assign t\.detach\(\)"):
        call(np.ones(3))
    assert "running" in module.state_dict()


def test_state_gives_way_to_state_or_to_none() -> None:
    module = Norm()
    with ag.no_grad():
        module.running = module.running * 0.9 + module.weight  # computed, but of no graph
    module.weight = (module.weight * 0.02).detach()
    module.listed = module.listed[:1]
    module.inner = nn.ReLU()  # type: ignore[assignment]  # another module
    assert sorted(module.state_dict()) == ["listed.0", "running", "weight"]
    module.weight = None  # type: ignore[assignment]  # as a pruned model has it
    assert sorted(module.state_dict()) == ["listed.0", "running"]


LOST: dict[str, Callable[[], Any]] = {
    "scaled": lambda: ag.Tensor(np.ones(3), requires_grad=True) * 0.02,
    "one of several outputs": lambda: np.split(ag.Tensor(np.ones(4), requires_grad=True), 2)[1],
    "in a list": lambda: [tensor(), ag.Tensor(np.ones(3), requires_grad=True).reshape(3, 1)],
}


@pytest.mark.parametrize("use", [nn.Module.state_dict, lambda module: list(module.parameters())])
@pytest.mark.parametrize("make", LOST.values(), ids=LOST)
def test_a_parameter_that_was_computed_is_refused(make: Callable[[], Any], use: Callable[[nn.Module], Any]) -> None:
    module = nn.Sequential(linear(), Norm(make()))
    with pytest.raises(
        TypeError, match=r"1\.kept\S* of Sequential was computed \(<node .*nn\.Parameter\(0\.02 \* array\)"
    ):
        use(module)


def test_what_is_computed_from_parameters_may_be_kept() -> None:
    module = Norm()
    module.kept = [module.weight * 2, np.split(module.inner.weight, 3)[0]]
    assert len(module.state_dict()) == 6


@pytest.mark.parametrize("container", [set, frozenset, deque])
def test_containers_without_names_are_refused(container: Any) -> None:
    with pytest.raises(TypeError, match=f"kept is a {container.__name__} with Tensors .* let it be a list or a dict"):
        Norm(container([tensor()])).state_dict()
    assert Norm(container([1, "text"])).state_dict()


def test_a_parameter_of_the_class_is_refused() -> None:
    for value in (tensor(), linear()):
        with pytest.raises(TypeError, match=r"weight is an attribute of the class Shared, .* assign it in __init__"):
            type("Shared", (nn.Module,), {"weight": value})
    assert type("Harmless", (nn.Module,), {"activation": nn.ReLU()})


# -- state -----------------------------------------------------------------------------------------------------------


def test_state_dict_is_a_copy() -> None:
    module = linear()
    state = module.state_dict()
    before = {name: array.copy() for name, array in state.items()}
    module.weight.data += 1
    np.testing.assert_equal(state, before)
    state["bias"] += 1
    np.testing.assert_array_equal(module.bias.data, [0, 0])


def test_load_state_dict_copies_into_the_same_arrays() -> None:
    module, other = linear(0), linear(1)
    array, state = module.weight.data, other.state_dict()
    module.load_state_dict(state)
    np.testing.assert_equal(module.state_dict(), other.state_dict())
    assert module.weight.data is array
    state["weight"] += 1
    np.testing.assert_equal(module.state_dict(), other.state_dict())


def test_load_state_dict_keeps_the_dtype_and_takes_tensors() -> None:
    module = linear()
    module.load_state_dict({"weight": ag.Tensor(np.ones((3, 2))), "bias": [1, 2]})
    assert module.weight.dtype == np.float32
    np.testing.assert_array_equal(module.bias.data, [1, 2])


def test_load_state_dict_names_every_problem_and_changes_nothing() -> None:
    module = nn.Sequential(linear(), linear(1))
    before = module.state_dict()
    state = {"0.weight": np.zeros((3, 2)), "0.bias": np.zeros(3), "1.weight": np.zeros((3, 2)), "2.bias": np.zeros(2)}
    with pytest.raises(ValueError, match="the state does not fit Sequential") as error:
        module.load_state_dict(state)
    for problem in (
        "0.bias has shape (3,), and (2,) is expected",
        "1.bias is missing",
        "2.bias is not in the module",
        "; rename what is the same, or load what both have: load_state_dict(state, strict=False), or make the module",
    ):
        assert problem in str(error.value)
    assert "weight" not in str(error.value)
    np.testing.assert_equal(module.state_dict(), before)


@pytest.mark.parametrize("bad", [np.array(["a", "b"]), np.array([1j, 2j]), np.array([None, None])])
def test_load_state_dict_of_what_is_no_number_changes_nothing(bad: Any) -> None:
    module = linear()
    before = module.state_dict()
    with pytest.raises((TypeError, ValueError), match="bias"):
        module.load_state_dict({"weight": np.zeros((3, 2)), "bias": bad})
    np.testing.assert_equal(module.state_dict(), before)


def test_load_state_dict_into_read_only_memory_changes_nothing() -> None:
    module = nn.Sequential(linear(), linear(1))
    module[1].bias.data = np.broadcast_to(np.float32(0), 2)
    before = module.state_dict()
    with pytest.raises(ValueError, match=r"1\.bias of the module lies in read-only memory"):
        module.load_state_dict({name: array + 1 for name, array in before.items()})
    np.testing.assert_equal(module.state_dict(), before)


def test_load_state_dict_of_what_overflows_changes_nothing() -> None:
    module = linear()
    before = module.state_dict()
    with pytest.raises(RuntimeWarning, match="overflow"):
        module.load_state_dict({"weight": np.ones((3, 2)), "bias": np.full(2, 1e300)})
    np.testing.assert_equal(module.state_dict(), before)


# A state of PyTorch: the weights of a Linear are (out, in)


def square(*sizes: tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(*(nn.Linear(*size, rng=np.random.default_rng(k)) for k, size in enumerate(sizes)))


def torch_state(module: nn.Module) -> dict[str, Any]:
    return {name: array.T for name, array in module.state_dict().items()}


def loaded(state: dict[str, Any], writer: str | None) -> LoadedState:
    found = LoadedState(state)
    found.writer = writer
    return found


@pytest.mark.parametrize("writer", [None, "PyTorch"])
def test_a_state_of_torch_is_told_by_a_transposed_weight(writer: str | None) -> None:
    module = square((3, 3), (3, 2))
    for state in (torch_state(module), loaded(torch_state(module), writer)):
        with pytest.raises(
            ValueError,
            match=r"1.weight has shape \(2, 3\), .* \(out, in\): ag\.load_torch\(module, path.* square weights",
        ):
            square((3, 3), (3, 2)).load_state_dict(state)
        other = square((3, 3), (3, 2))
        ag.load_torch(other, state)  # as the message says
        np.testing.assert_equal(other.state_dict(), module.state_dict())


@pytest.mark.parametrize(("writer", "by"), [(None, "the file does not say who wrote it"), ("PyTorch", "PyTorch wrote")])
def test_square_weights_of_a_file_that_is_not_ours_are_refused(writer: str | None, by: str) -> None:
    module, other = square((3, 3)), nn.Sequential(nn.Linear(3, 3, rng=np.random.default_rng(9)))
    before = other.state_dict()
    with pytest.raises(
        ValueError, match=rf"0.weight is square, .* {by}.*ag\.load_torch\(module.* load_state_dict\(dict\("
    ):
        other.load_state_dict(loaded(torch_state(module), writer))
    np.testing.assert_equal(other.state_dict(), before)
    other.load_state_dict(dict(loaded(module.state_dict(), writer)))
    np.testing.assert_equal(other.state_dict(), module.state_dict())


def test_what_can_be_told_is_loaded() -> None:
    symmetric = {"0.weight": np.eye(3), "0.bias": np.zeros(3)}
    for module, state in (
        (square((3, 3)), loaded(square((3, 3)).state_dict(), WRITER)),  # our own file
        (square((3, 3)), loaded(symmetric, "PyTorch")),  # the same either way
        (square((3, 3), (3, 2)), loaded(square((3, 3), (3, 2)).state_dict(), "PyTorch")),  # a weight that is not square
        (Norm(), loaded({**Norm().state_dict()}, "PyTorch")),
    ):
        module.load_state_dict(state)
        np.testing.assert_allclose(module.state_dict()[next(iter(state))], next(iter(state.values())))


def test_a_pending_backward_notices_a_loaded_state() -> None:
    module = linear()
    x = ag.Tensor(np.ones((1, 3), np.float32), requires_grad=True)
    y = module(x).sum()
    module.load_state_dict(linear(1).state_dict())
    with pytest.raises(RuntimeError, match="updated it in place since"):
        y.backward()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_share_nothing(duplicate: Any) -> None:
    module = Leafy()
    twin = duplicate(module)
    np.testing.assert_equal(twin.state_dict(), module.state_dict())
    twin.own.data += 1
    np.square(twin.own).sum().backward()
    assert module.own.item() == 1
    assert module.own.grad is None
    assert twin.own.grad.item() == 4


# -- Sequential, repr ------------------------------------------------------------------------------------------------


def test_sequential_is_a_chain() -> None:
    first, last = linear(), nn.Linear(2, 4, rng=np.random.default_rng(1))
    chain = nn.Sequential(first, nn.ReLU(), np.tanh, last)
    x = np.ones((5, 3), np.float32)
    np.testing.assert_array_equal(chain(x).data, last(np.tanh(nn.relu(first(x)))).data)
    assert len(chain) == 4
    assert chain[-1] is last
    assert next(iter(chain)) is first
    assert nn.Sequential()(x) is x


def test_repr_indents_what_is_inside() -> None:
    module = nn.Sequential(linear(), nn.ReLU(), nn.Sequential(nn.Dropout(0.1), linear()))
    assert repr(module) == (
        "Sequential(\n"
        "  (0): Linear(3, 2)\n"
        "  (1): ReLU()\n"
        "  (2): Sequential(\n"
        "    (0): Dropout(0.1)\n"
        "    (1): Linear(3, 2)\n"
        "  )\n"
        ")"
    )
