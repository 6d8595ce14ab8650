"""What is state of a module: buffers, parameters, and what must not be missing in a state in silence."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from layers import MAKE, REFERENCE, THERE, output_of, state_of

import autograd as ag
from autograd import nn


class Running(nn.Module):
    """A running mean that forward assigns, detached."""

    def __init__(self, persistent: bool = True) -> None:
        self.weight = nn.Parameter(np.ones(3))
        self.register_buffer("mean", np.zeros(3), persistent=persistent)
        self.register_buffer("count", np.array(0))
        self.register_buffer("later", None)

    def forward(self, x: Any) -> Any:
        y = x * self.weight
        self.mean = (0.9 * self.mean + 0.1 * np.mean(y, axis=0)).detach()
        with ag.no_grad():
            self.count += 1
        return y - self.mean


# -- buffers -----------------------------------------------------------------------------------------------------------


def test_buffers_are_state_and_no_parameters() -> None:
    module = nn.Sequential(Running(), Running(persistent=False))
    assert list(module.state_dict()) == ["0.weight", "0.mean", "0.count", "1.weight", "1.count"]
    assert [name for name, _ in module.named_parameters()] == ["0.weight", "1.weight"]
    assert [name for name, _ in module.named_buffers()] == ["0.mean", "0.count", "1.mean", "1.count"]
    assert next(module.buffers()) is module[0].mean
    assert module[0].mean.dtype == np.float64
    assert module[0].count.dtype == np.array(0).dtype
    assert module[0].later is None


def test_a_buffer_that_comes_later_is_state_then() -> None:
    module = Running()
    module.later = ag.Tensor(np.ones(2))
    assert "later" in module.state_dict()
    module.register_buffer("later", np.ones(2), persistent=False)  # again
    assert "later" not in module.state_dict()
    assert "later" in dict(module.named_buffers())


def test_a_shared_buffer_comes_once() -> None:
    first = Running()
    assert len(list(nn.Sequential(first, first).buffers())) == 2


def test_running_statistics() -> None:
    module, x, mean = Running(), np.random.default_rng(0).random((4, 3)), np.zeros(3)
    for k in range(3):
        module(x + k)
        mean = 0.9 * mean + 0.1 * np.mean(x + k, axis=0)
        np.testing.assert_allclose(module.mean.data, mean, rtol=1e-12)
    assert module.count.item() == 3
    assert module.mean.node is None


class Updated(Running):
    """The same, updated in place."""

    def forward(self, x: Any) -> Any:
        y = x * self.weight
        with ag.no_grad():
            self.mean[...] = 0.9 * self.mean + 0.1 * np.mean(y, axis=0)
            self.count += 1
        return y - self.mean


def test_compiled_running_statistics() -> None:
    module, twin, assigned = Updated(), Updated(), Running()
    step, x = ag.compile(lambda x: module(x)), np.random.default_rng(0).random((4, 3))
    for k in range(4):
        np.testing.assert_array_equal(step(x + k).data, twin(x + k).data)
        assert assigned(x + k).shape == (4, 3)
        np.testing.assert_array_equal(module.mean.data, twin.mean.data)
        np.testing.assert_array_equal(module.mean.data, assigned.mean.data)
    assert module.count.item() == 4
    with pytest.raises(ag.TraceError, match=r"mean was a Tensor before .* with ag\.no_grad\(\): t\[\.\.\.\] = new"):
        ag.compile(lambda x: assigned(x))(x)


def test_a_buffer_that_is_not_persistent_is_not_loaded() -> None:
    module = Running(persistent=False)
    module.load_state_dict({"weight": np.full(3, 2.0), "count": 5})
    assert (module.weight.data[0], module.count.item(), module.mean.data[0]) == (2, 5, 0)
    with pytest.raises(ValueError, match="mean is not in the module"):
        module.load_state_dict(Running().state_dict())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_have_the_same_buffers(duplicate: Any) -> None:
    module = Running(persistent=False)
    module(np.ones((2, 3)))
    twin = duplicate(module)
    np.testing.assert_array_equal(twin.mean.data, module.mean.data)
    assert list(twin.state_dict()) == ["weight", "count"]
    twin.register_buffer("other", np.ones(1))
    assert "other" not in dict(module.named_buffers())


ASSIGNED: dict[str, tuple[Any, str]] = {
    "computed": (lambda m: m.mean * m.weight, "the output of <node"),
    "a parameter": (lambda m: nn.Parameter(np.zeros(3)), "a Tensor that requires a gradient"),
    "an array": (lambda m: np.zeros(3), "a ndarray"),
    "a number": (lambda m: 0.5, "a float"),
}


@pytest.mark.parametrize(("value", "message"), ASSIGNED.values(), ids=ASSIGNED)
@pytest.mark.parametrize("name", ["mean", "later"])
def test_what_is_assigned_to_a_buffer(name: str, value: Any, message: str) -> None:
    module = Running()
    before = getattr(module, name)
    with pytest.raises(TypeError, match=rf"{name} of Running is a buffer, and was assigned {message}.* t\.detach\(\)"):
        setattr(module, name, value(module))
    assert getattr(module, name) is before
    module.mean = None  # type: ignore[assignment]
    assert "mean" not in module.state_dict()


@pytest.mark.parametrize(("name", "what"), [
    ("weight", "is an attribute already"), ("forward", "is an attribute already"), ("a.b", "is no name"),
    ("", "is no name"), (3, "is no name"),
])  # fmt: skip
def test_names_that_a_buffer_cannot_have(name: Any, what: str) -> None:
    module = Running()
    with pytest.raises(ValueError, match=rf"register_buffer of Running was given the name {name!r}, which {what}"):
        module.register_buffer(name, np.ones(3))


def test_a_buffer_that_is_deleted_is_none_any_more() -> None:
    module = Running()
    del module.mean
    assert "mean" not in dict(module.named_buffers())
    module.mean = 0.5  # type: ignore[assignment]
    with pytest.raises(AttributeError, match="nothing"):
        del module.nothing  # type: ignore[attr-defined]


def test_a_buffer_is_made_of_what_requires_no_gradient() -> None:
    for value in (nn.Parameter(np.ones(3)), nn.Parameter(np.ones(3)) * 2):
        with pytest.raises(TypeError, match=r"other of Running is a buffer, and was assigned .* t\.detach\(\)"):
            Running().register_buffer("other", value)
    module = Running()
    module.register_buffer("other", (nn.Parameter(np.ones(3)) * 2).detach())
    assert "other" in module.state_dict()


# -- what would be missing in silence ---------------------------------------------------------------------------------


class Plain(nn.Module):
    """A running mean in an array, or in nothing, of which forward makes a Tensor."""

    def __init__(self, mean: Any) -> None:
        self.weight = nn.Parameter(np.ones(3))
        self.mean = mean

    def forward(self, x: Any) -> Any:
        self.mean = 0.1 * np.mean(x * self.weight, axis=0) + (0 if self.mean is None else self.mean)
        return self.mean


def test_an_array_that_becomes_a_computed_tensor_is_refused() -> None:
    message = r"mean of Plain was an array, and was assigned the output of .*self\.register_buffer\('mean', array\)"
    with pytest.raises(TypeError, match=message):
        Plain(np.zeros(3))(np.ones((2, 3)))
    module = Plain(None)  # what forward computes may be kept
    module(np.ones((2, 3)))
    assert list(module.state_dict()) == ["weight"]


class Remembering(nn.Module):
    """Keeps what it computes, in an attribute and in a list."""

    def __init__(self) -> None:
        self.inner = nn.Linear(3, 3)
        self.hidden: Any = None
        self.all: list[Any] = []
        self.scale = ag.Tensor(np.ones(3, np.float32))

    def forward(self, x: Any) -> Any:
        self.hidden = np.tanh(self.inner(x)) * self.scale
        self.all = [self.hidden, (self.hidden * 2,)]
        if not self.training:
            self.scale = self.scale * 2  # state as before
        return self.hidden


@pytest.mark.parametrize("duplicate", [lambda module: module, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_what_forward_keeps_is_no_state_without_a_graph_either(duplicate: Any) -> None:
    module, x = Remembering(), np.ones((2, 3), np.float32)
    names = list(module.state_dict())
    with ag.no_grad():  # an evaluation between two steps of training
        module.eval()(x)
    module = duplicate(module)
    assert list(module.state_dict()) == names
    assert module.scale.data[0] == 2
    module.train()(x).sum().backward()
    assert list(module.state_dict()) == names
    with ag.no_grad():
        module(x)
    module.load_state_dict(Remembering().state_dict())
    module.hidden = ag.Tensor(np.ones(1))  # assigned outside, it is
    assert "hidden" in module.state_dict()


# -- parameters --------------------------------------------------------------------------------------------------------


def test_a_parameter_is_a_tensor_that_requires_a_gradient() -> None:
    array = np.arange(3.0)
    p = nn.Parameter(array)
    assert type(p) is ag.Tensor
    assert (p.requires_grad, p.dtype, p.data is array) == (True, np.float64, True)
    assert nn.Parameter(array.astype(np.float32)).dtype == np.float32
    assert not nn.Parameter(array, requires_grad=False).requires_grad
    computed = nn.Parameter(p * 2)  # a leaf of its own
    assert isinstance(computed.node, ag.Leaf)
    with pytest.raises(TypeError, match="convert the data first"):
        nn.Parameter([1, 2])


def test_register_parameter() -> None:
    module = nn.Module()
    module.register_parameter("weight", nn.Parameter(np.ones(3)))
    module.register_parameter("bias", None)
    assert list(module.state_dict()) == ["weight"]
    for bad in (np.ones(3), ag.Tensor(np.ones(3)), module.weight * 2):
        with pytest.raises(
            TypeError, match=r"register_parameter of Module was given a .* as 'other', .*nn\.Parameter\("
        ):
            module.register_parameter("other", bad)
    assert not hasattr(module, "other")


def test_freezing_leaves_buffers_alone() -> None:
    module = nn.Sequential(Running(), nn.Linear(3, 2))
    assert module.requires_grad_(False) is module
    assert not list(module.parameters())
    module.requires_grad_()
    assert [name for name, _ in module.named_parameters()] == ["0.weight", "1.weight", "1.bias"]
    module[1].requires_grad_(False)
    assert [name for name, _ in module.named_parameters()] == ["0.weight"]


def test_a_dtype_for_all() -> None:
    module = nn.Sequential(Running(), nn.Linear(3, 2))
    parameters = list(module.parameters())
    np.sum(module[1](np.ones((2, 3), np.float32))).backward()
    assert module.double() is module
    assert {str(tensor.dtype) for _, tensor in module._named_tensors()} == {"float64", "int64"}
    assert all(a is b for a, b in zip(module.parameters(), parameters, strict=True))
    assert module[1].weight.grad is not None
    assert module[1].weight.grad.dtype == np.float64
    assert module(np.ones((2, 3))).dtype == np.float64
    assert {str(p.dtype) for p in module.float().parameters()} == {"float32"}
    assert {str(p.dtype) for p in module.to(np.float16).parameters()} == {"float16"}
    for bad in ("cuda", "cpu", int, None, object()):
        if bad is not None:
            with pytest.raises(TypeError, match=r"Sequential\.to\(\) was given .*expects a dtype of floats"):
                module.to(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", THERE)
def test_every_layer_goes_on_in_another_dtype_and_frozen(name: str) -> None:
    module, x = MAKE[name](nn), REFERENCE[name]["x"]
    ag.load_torch(module, state_of(name))
    module.double().requires_grad_(False)
    assert not list(module.parameters())
    y = output_of(module, x.astype(np.float64) if x.dtype.kind == "f" else x)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, REFERENCE[name]["y"], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", THERE)
def test_every_layer_is_thawed_as_it_was(name: str) -> None:
    module = MAKE[name](nn)
    parameters, buffers = dict(module.named_parameters()), dict(module.named_buffers())
    assert parameters.keys() | buffers.keys() == module.state_dict().keys()
    module.requires_grad_(False).requires_grad_(True)
    assert dict(module.named_parameters()).keys() == parameters.keys()
    assert dict(module.named_buffers()).keys() == buffers.keys()


# -- the modules within ------------------------------------------------------------------------------------------------


def test_children_are_the_modules_directly_within() -> None:
    shared = nn.ReLU()
    module = nn.Sequential(nn.Linear(3, 3), shared, nn.Sequential(nn.Linear(3, 2)), shared)
    assert [name for name, _ in module.named_children()] == ["0", "1", "2"]
    assert list(module.children()) == [module[0], shared, module[2]]
    assert module.get_submodule("2.0") is module[2][0]
    assert module.get_submodule("") is module
    with pytest.raises(
        AttributeError, match=r"Sequential has no module '2\.1'; take one of those that it has: '', '0'"
    ):
        module.get_submodule("2.1")


def test_apply_comes_to_inner_modules_first() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.Linear(3, 2)))
    seen: list[nn.Module] = []
    assert module.apply(seen.append) is module
    assert seen == [module[0], module[1][0], module[1], module]
