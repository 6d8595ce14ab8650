"""Methods and attributes give what an ndarray's give, and are recorded as NumPy's functions."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag

X = np.array([[[1.0, -2.5, 3.0]], [[0.5, 3.0, -1.0]]])  # shape (2, 1, 3)

METHODS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "sum": (lambda x: x.sum(), np.sum), "sum of axes": (lambda x: x.sum((0, -1), keepdims=True), np.sum),
    "sum in float32": (lambda x: x.sum(axis=0, dtype=np.float32), np.sum),
    "mean": (lambda x: x.mean(-1), np.mean), "prod": (lambda x: x.prod(axis=0), np.prod),
    "max": (lambda x: x.max(2, keepdims=True), np.max), "min": (lambda x: x.min(axis=(0, 2)), np.min),
    "var": (lambda x: x.var(axis=2, ddof=1), np.var), "std": (lambda x: x.std(axis=0, keepdims=True), np.std),
    "clip": (lambda x: x.clip(-1, 1), np.clip), "clip below": (lambda x: x.clip(min=0.0), np.clip),
    "conj": (lambda x: x.conj(), np.conjugate), "conjugate": (lambda x: x.conjugate(), np.conjugate),
    "copy": (lambda x: x.copy(), np.copy), "reshape": (lambda x: x.reshape(3, -1), np.reshape),
    "reshape to a tuple": (lambda x: x.reshape((6,)), np.reshape),
    "reshape in Fortran's order": (lambda x: x.reshape(6, order="F"), np.reshape),
    "ravel": (lambda x: x.ravel("F"), np.ravel), "flatten": (lambda x: x.flatten(), np.ravel),
    "transpose": (lambda x: x.transpose(), np.transpose),
    "transpose of axes": (lambda x: x.transpose(1, 2, 0), np.transpose),
    "transpose of None": (lambda x: x.transpose(None), np.transpose),
    "T": (lambda x: x.T, np.transpose), "mT": (lambda x: x.mT, np.matrix_transpose),
    "swapaxes": (lambda x: x.swapaxes(0, 2), np.swapaxes), "squeeze": (lambda x: x.squeeze(), np.squeeze),
    "squeeze of an axis": (lambda x: x.squeeze(axis=1), np.squeeze), "real": (lambda x: x.real, np.real),
    "imag": (lambda x: x.imag, np.imag),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_differentiable_methods(name: str) -> None:
    call, fn = METHODS[name]
    expected = call(X)
    y = call(ag.Tensor(X, requires_grad=True))
    assert (y.dtype, y.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(y.data, expected)
    assert isinstance(y.node, ag.Node)
    assert y.node.fn is fn


CONSTANT: dict[str, Callable[[Any], Any]] = {
    "all": lambda x: x.all(axis=0), "any": lambda x: x.any(), "argmax": lambda x: x.argmax(axis=2),
    "argmin": lambda x: x.argmin(0, keepdims=True), "argsort": lambda x: x.argsort(), "round": lambda x: x.round(),
    "round to tens": lambda x: x.round(-1), "argsort of all": lambda x: x.argsort(axis=None),
    "nonzero": lambda x: x.nonzero()[2],
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANT)
def test_constant_methods(name: str) -> None:
    y = CONSTANT[name](ag.Tensor(X, requires_grad=True))
    expected = CONSTANT[name](X)
    assert y.node is None
    assert y.dtype == expected.dtype
    np.testing.assert_array_equal(y.data, expected)


@pytest.mark.parametrize("name", ["shape", "ndim", "size", "dtype"])
def test_attributes(name: str) -> None:
    assert getattr(ag.Tensor(X), name) == getattr(X, name)


def test_attributes_cannot_be_set() -> None:
    with pytest.raises(AttributeError):
        ag.Tensor(X).shape = (6,)  # type: ignore[misc]  # it has no setter, which is what is tested


def test_astype() -> None:
    t = ag.Tensor(X, requires_grad=True)
    assert t.astype(np.float32).dtype == np.float32
    assert t.astype("c16").dtype == np.complex128
    assert t.astype(float).data is not t.data
    assert t.astype(float, copy=False).data is t.data
    assert t.astype(np.float32, copy=False).dtype == np.float32
    np.testing.assert_array_equal(ag.Tensor(X).astype(int).data, X.astype(int))


def test_copies_are_copies_and_views_are_views() -> None:
    t = ag.Tensor(X)
    assert not np.shares_memory(t.copy().data, X)
    assert not np.shares_memory(t.flatten().data, X)
    assert not np.shares_memory(ag.Tensor(X[0, 0]).flatten().data, X)
    for view in (t.reshape(6), t.T, t.squeeze(), t[0], t.ravel()):
        assert np.shares_memory(view.data, X)


def test_complex_parts() -> None:
    z = ag.Tensor(X + 2j * X, requires_grad=True)
    np.testing.assert_array_equal((z.real + z.imag).data, 3 * X)
    np.testing.assert_array_equal(z.conj().imag.data, -2 * X)
    assert z.real.dtype == np.float64


def test_numbers_out_of_it() -> None:
    t = ag.Tensor(X, requires_grad=True)
    assert t.tolist() == X.tolist()
    assert t[0, 0, 1].item() == -2.5
    assert t.numpy() is X


@pytest.mark.parametrize(("call", "error"), [
    (lambda t: t.sum(axis=3), np.exceptions.AxisError), (lambda t: t.reshape(5), ValueError),
    (lambda t: t.squeeze(0), ValueError), (lambda t: t.swapaxes(0, 5), np.exceptions.AxisError),
    (lambda t: t.transpose(0, 0, 1), ValueError),
])  # fmt: skip
def test_errors_are_numpys(call: Any, error: Any) -> None:
    with pytest.raises(error):
        call(ag.Tensor(X, requires_grad=True))


def test_transpose_by_one_axis_is_an_error_in_two_dimensions() -> None:
    with pytest.raises(ValueError, match="axes don't match array"):
        ag.Tensor(np.ones((2, 3))).transpose(0)


@pytest.mark.parametrize(("name", "options"), [
    ("sum", {"where": np.array([[True], [False]])}, ), ("sum", {"initial": 2.0}), ("max", {"initial": 9.0}),
    ("prod", {"where": True}), ("mean", {"where": np.array([True, False])}), ("std", {"ddof": 1}),
    ("var", {"dtype": np.float32}), ("cumsum", {"axis": 1, "dtype": np.float32}),
])  # fmt: skip
def test_methods_take_the_options_of_ndarrays(name: str, options: Any) -> None:
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    y = getattr(ag.Tensor(x, requires_grad=True), name)(**options)
    np.testing.assert_array_equal(y.data, getattr(x, name)(**options))
    assert y.requires_grad


def test_cumulated_repeated_and_taken() -> None:
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    t = ag.Tensor(x, requires_grad=True)
    for y, expected in [
        (t.cumprod(0), x.cumprod(0)), (t.dot(x), x.dot(x)), (t.trace(), x.trace()), (t.diagonal(1), x.diagonal(1)),
        (t.repeat(2, axis=1), x.repeat(2, axis=1)), (t.take([3, 0]), x.take([3, 0])),
        (t.take([2], axis=0, mode="wrap"), x.take([2], axis=0, mode="wrap")),
        (t.compress([0, 1], 1), x.compress([0, 1], 1)),
    ]:  # fmt: skip
        np.testing.assert_array_equal(y.data, expected)
        assert y.requires_grad
    assert ag.Tensor([1, 0]).choose([t[0], t[1]]).tolist() == [3.0, 2.0]
    assert t[0].searchsorted(1.5).item() == 1


ALONG_AXES = [name for name, method in inspect.getmembers(ag.Tensor, inspect.isfunction)
              if "axis" in inspect.signature(method).parameters]  # fmt: skip
ARGUMENTS: dict[str, list[Any]] = {"repeat": [2], "take": [[0]], "compress": [[True, False]]}


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("name", ALONG_AXES)
def test_a_parameter_of_pytorch_is_refused_with_its_name_here(name: str, requires_grad: bool) -> None:
    method = getattr(ag.Tensor(X, requires_grad=requires_grad), name)
    with pytest.raises(TypeError, match=rf"^{name} was given dim=0, which NumPy calls axis; write axis=0$"):
        method(*ARGUMENTS.get(name, []), dim=0)
    if "keepdims" in inspect.signature(method).parameters:
        with pytest.raises(TypeError, match=rf"^{name} was given keepdim=True, .* write keepdims=True$"):
            method(*ARGUMENTS.get(name, []), keepdim=True)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'axes'|was given axes=0"):
        method(*ARGUMENTS.get(name, []), axes=0)
    assert len(ALONG_AXES) > 15
