"""Hooks: when they run, what they are given, what they change; recorded and compiled, too."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from differences import assert_gradients
from layers import MAKE, REFERENCE, THERE, called

import autograd as ag
from autograd import nn

X = np.random.default_rng(0).standard_normal((2, 3))


def linear(seed: int = 0, dtype: Any = np.float64) -> nn.Linear:
    return nn.Linear(3, 3, dtype, np.random.default_rng(seed))


def chain() -> nn.Sequential:
    return nn.Sequential(linear(), nn.Tanh(), linear(1))


# -- forward -----------------------------------------------------------------------------------------------------------


def test_forward_hooks_are_given_what_goes_in_and_comes_out() -> None:
    module, seen = linear(), list[Any]()
    module.register_forward_pre_hook(lambda module, args: seen.append(("before", module, *args)))
    module.register_forward_hook(lambda module, args, output: seen.append(("after", module, *args, output)))
    y = module(X)
    assert [event[0] for event in seen] == ["before", "after"]
    assert all(event[1] is module and event[2] is X for event in seen)
    assert seen[1][3] is y


def test_forward_hooks_change_what_goes_in_and_comes_out() -> None:
    module, plain = linear(), linear()
    module.register_forward_pre_hook(lambda module, args: args[0] + 1)
    module.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    module.register_forward_hook(lambda module, args, output: output - args[0])
    changed = (X + 1) * 2
    np.testing.assert_allclose(module(X).data, plain(changed).data - changed, rtol=1e-14)


def test_hooks_run_in_order_and_prepended_ones_first() -> None:
    module, seen = linear(), list[int]()
    for k in range(2):
        module.register_forward_hook(lambda *_, k=k: seen.append(k))
    module.register_forward_hook(lambda *_: seen.append(2), prepend=True)
    module(X)
    assert seen == [2, 0, 1]


class Scaled(nn.Module):
    def forward(self, x: Any, *, scale: float = 1.0) -> Any:
        return scale * x


def test_hooks_with_keywords() -> None:
    module, seen = Scaled(), list[Any]()
    module.register_forward_pre_hook(
        lambda module, args, kwargs: (args, {"scale": kwargs["scale"] + 1}), with_kwargs=True
    )
    module.register_forward_hook(lambda module, args, kwargs, y: seen.append((kwargs, y)), with_kwargs=True)
    np.testing.assert_array_equal(module(X, scale=2), 3 * X)
    assert seen[0][0] == {"scale": 3}
    module.register_forward_pre_hook(lambda module, args, kwargs: args, with_kwargs=True)
    with pytest.raises(
        TypeError, match=r"a forward_pre_hook of Scaled with kwargs returned a tuple; .*\(args, kwargs\)"
    ):
        module(X, scale=2)


def test_a_handle_removes_its_hook_alone() -> None:
    module, seen = linear(), list[int]()

    def hook(*_: Any) -> None:
        seen.append(1)

    first, second = module.register_forward_hook(hook), module.register_forward_hook(hook)
    first.remove()
    first.remove()  # again
    module(X)
    assert seen == [1]
    with second:
        module(X)
    module(X)
    assert seen == [1, 1]
    assert module._hooks == ()


def test_a_handle_does_not_keep_its_module() -> None:
    handle = linear().register_forward_hook(lambda *_: None)
    assert handle._module() is None
    handle.remove()


def hook_of_the_module(module: Any, args: Any, output: Any) -> Any:
    return output * 2


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_have_hooks_of_their_own(duplicate: Any) -> None:
    module = linear()
    handle = module.register_forward_hook(hook_of_the_module)
    twin = duplicate(module)
    np.testing.assert_array_equal(twin(X).data, module(X).data)
    handle.remove()
    np.testing.assert_array_equal(twin(X).data, 2 * module(X).data)


def test_a_module_as_a_hook_is_no_part_of_the_module() -> None:
    class Hook(nn.Module):
        def __init__(self) -> None:
            self.inner = linear()

        def forward(self, *_: Any) -> None: ...

    module = linear()
    module.register_forward_hook(Hook())
    assert sorted(module.state_dict()) == ["bias", "weight"]


@pytest.mark.parametrize("register", ["forward_hook", "forward_pre_hook", "full_backward_hook"])
def test_what_is_no_hook(register: str) -> None:
    with pytest.raises(TypeError, match=f"register_{register} of Linear was given a int, and expects a function"):
        getattr(linear(), f"register_{register}")(3)


# -- backward ----------------------------------------------------------------------------------------------------------


def test_a_backward_hook_is_given_the_gradients() -> None:
    module, seen = chain(), list[Any]()
    for k in (0, 2):
        module[k].register_full_backward_hook(lambda *given, k=k: seen.append((k, *given)))
    x, g = ag.Tensor(X, requires_grad=True), np.random.default_rng(1).standard_normal((2, 3))
    module(x).backward(g)
    (last, given, (gx,), (gy,)), (first, _, (gx0,), _) = seen
    assert (last, first) == (2, 0)  # as they come
    assert given is module[2]
    np.testing.assert_array_equal(gy.data, g)
    np.testing.assert_allclose(gx.data, g @ module[2].weight.data.T, rtol=1e-14)
    np.testing.assert_array_equal(gx0.data, x.grad.data)
    assert not gx.requires_grad


def test_a_backward_hook_changes_the_gradient_of_the_input() -> None:
    module, plain = chain(), chain()
    module[1].register_full_backward_hook(lambda module, gx, gy: (3 * gx[0],))
    module[1].register_full_backward_hook(lambda module, gx, gy: gx[0] - 1)  # one needs no tuple
    x = ag.Tensor(X, requires_grad=True)
    module(x).sum().backward()
    h = ag.Tensor(plain[0](X).data, requires_grad=True)
    plain[2](plain[1](h)).sum().backward()
    np.testing.assert_allclose(module[0].bias.grad.data, (3 * h.grad.data - 1).sum(0), rtol=1e-13)
    np.testing.assert_array_equal(module[2].weight.grad.data, plain[2].weight.grad.data)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex128])
def test_hooks_that_change_nothing_leave_the_bits(dtype: Any) -> None:
    module, plain = (nn.Sequential(linear(dtype=dtype), linear(1, dtype)) for _ in range(2))
    for part in module.modules():
        part.register_full_backward_hook(lambda module, gx, gy: gx)
        part.register_forward_hook(lambda *_: None)
    x = X.astype(dtype)
    for each in (module, plain):
        np.sum(np.abs(each(x))).backward()
    for p, q in zip(module.parameters(), plain.parameters(), strict=True):
        np.testing.assert_array_equal(p.grad.data, q.grad.data, strict=True)


@pytest.mark.parametrize("name", THERE)
def test_idle_hooks_leave_the_bits_of_every_layer(name: str) -> None:
    module, x = MAKE[name](nn).eval(), REFERENCE[name]["x"]
    twin = copy.deepcopy(module)
    seen: list[Any] = []
    for part in module.modules():
        part.register_full_backward_hook(lambda module, gx, gy: seen.append(module))
    for each in (module, twin):
        np.square(called(each, x)).sum().backward()
    assert module in seen
    for p, q in zip(module.parameters(), twin.parameters(), strict=True):
        np.testing.assert_array_equal(p.grad.data, q.grad.data)


class Several(nn.Module):
    """Of three arguments, two outputs and a number."""

    def __init__(self, kind: type = tuple) -> None:
        self.kind = kind

    def forward(self, a: Any, b: Any, c: Any) -> Any:
        return self.kind([a * b, 3, a + c])


@pytest.mark.parametrize("kind", [tuple, list])
def test_several_inputs_and_outputs(kind: type) -> None:
    module, seen = Several(kind), list[Any]()
    module.register_full_backward_hook(lambda module, gx, gy: seen.append((gx, gy)))
    a, b = (ag.Tensor(X, requires_grad=True) for _ in range(2))
    y = module(a, X, b)
    assert type(y) is kind
    (y[0].sum() + 2 * y[2].sum()).backward()
    (gx, gy) = seen.pop()
    assert [g is None for g in gx] == [False, True, False]
    assert [g is None for g in gy] == [False, True, False]
    np.testing.assert_allclose(gx[0].data, X + 2)
    np.testing.assert_array_equal(gx[2].data, b.grad.data)
    module(a, X, b)[0].sum().backward()  # the other output is not used
    assert [g is None for g in seen[-1][1]] == [False, True, True]
    assert seen[-1][0][2] is None


def test_a_module_whose_input_has_no_gradient() -> None:
    module, seen = linear(), list[Any]()
    module.register_full_backward_hook(lambda module, gx, gy: seen.append((gx, gy)))
    module(X).sum().backward()
    assert seen[0][0] == (None,)
    np.testing.assert_array_equal(seen[0][1][0].data, np.ones((2, 3)))
    with ag.no_grad():
        module(X)
    assert len(seen) == 1


def test_conjugates_are_handed_out_as_grad_is() -> None:
    module, seen = nn.Tanh(), list[Any]()
    module.register_full_backward_hook(lambda module, gx, gy: seen.append(gx[0]))
    z = ag.Tensor(np.array([1 + 2j, 0.3 - 1j]), requires_grad=True)
    np.sum(np.abs(module(z)) ** 2).backward()
    np.testing.assert_array_equal(seen[0].data, z.grad.data)


def test_a_hook_within_a_gradient_of_a_gradient() -> None:
    module = nn.Tanh()
    module.register_full_backward_hook(lambda module, gx, gy: (gx[0] * 2,))
    x = ag.Tensor(X, requires_grad=True)
    np.square(module(x)).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.sum().backward()
    y = np.tanh(X)
    slope = 1 - y * y
    np.testing.assert_allclose(first.data, 4 * y * slope, rtol=1e-13)
    # The hook runs in the second pass, too, where the gradient comes to the same call again.
    expected = 2 * (2 * 2 * slope * slope - 2 * 4 * y * y * slope)
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-12)


def test_the_pass_may_be_repeated() -> None:
    module, seen = linear(), list[Any]()
    module.register_full_backward_hook(lambda module, gx, gy: seen.append(gy[0].data.sum()))
    y = module(ag.Tensor(X, requires_grad=True)).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert seen == [6, 6]


def test_gradients_with_idle_hooks_are_right() -> None:
    module = nn.Sequential(nn.Tanh(), nn.Sigmoid())
    for part in module.modules():
        part.register_full_backward_hook(lambda module, gx, gy: None)
    assert_gradients(lambda x: np.square(module(x)).sum(), X)


def test_what_a_backward_hook_must_return_and_a_module_too() -> None:
    module = linear()
    module.register_full_backward_hook(lambda module, gx, gy: (*gx, *gy))
    with pytest.raises(ValueError, match="a full_backward_hook of Linear returned 2 gradients, and was given those "):
        module(ag.Tensor(X, requires_grad=True)).sum().backward()
    other = Several(lambda parts: {"a": parts[0]})  # type: ignore[arg-type]
    other.register_full_backward_hook(lambda module, gx, gy: None)
    with pytest.raises(
        TypeError, match=r"with a full_backward_hook returned a dict, and must return a Tensor, or a tuple"
    ):
        other(X, X, X)


# -- compiled ----------------------------------------------------------------------------------------------------------


def test_hooks_compile() -> None:
    module, twin = chain(), chain()
    for each in (module, twin):
        each[1].register_forward_pre_hook(lambda module, args: np.sin(args[0]))
        each[2].register_forward_hook(lambda module, args, y: y + args[0])
        each[1].register_full_backward_hook(lambda module, gx, gy: (np.clip(gx[0], -0.1, 0.1) + 0.01 * gy[0],))

    def step(module: Any, x: Any) -> Any:
        module.zero_grad()
        loss = np.square(module(x)).sum()
        loss.backward()
        return loss

    compiled = ag.compile(lambda x: step(module, x))
    for k in range(3):
        np.testing.assert_array_equal(compiled(X + k).data, step(twin, X + k).data)
        for p, q in zip(module.parameters(), twin.parameters(), strict=True):
            np.testing.assert_array_equal(p.grad.data, q.grad.data)


def test_a_backward_hook_that_comes_later_counts() -> None:
    module = chain()

    def step(x: Any) -> Any:
        module.zero_grad()
        module(x).sum().backward()

    compiled = ag.compile(step)
    for _ in range(3):
        compiled(X)
    before = module[0].weight.grad.data.copy()
    handle = module[1].register_full_backward_hook(lambda module, gx, gy: gx[0] * 2)
    compiled(X)
    np.testing.assert_array_equal(module[0].weight.grad.data, 2 * before)
    handle.remove()
    compiled(X)
    np.testing.assert_array_equal(module[0].weight.grad.data, before)


def test_a_hook_that_changes_the_output_later_counts() -> None:
    module = linear()
    compiled = ag.compile(lambda x: module(x))
    for _ in range(3):
        before = compiled(X)
    handle = module.register_forward_hook(lambda module, args, y: y * 2)
    np.testing.assert_array_equal(compiled(X).data, 2 * before.data)
    handle.remove()
    np.testing.assert_array_equal(compiled(X).data, before.data)


def test_a_hook_that_keeps_what_it_sees_is_refused() -> None:
    module, seen = linear(), list[Any]()
    module.register_forward_hook(lambda module, args, y: seen.append(y))
    with pytest.raises(ag.TraceError, match=r"items of .*, a list, were changed"):
        ag.compile(lambda x: module(x))(X)
