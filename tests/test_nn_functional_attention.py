"""scaled_dot_product_attention: against PyTorch, in pieces, masked, to the second order, compiled."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import Calls
from numpy.typing import NDArray
from torch_reference import cases

import autograd as ag
from autograd import nn
from autograd.nn.functional import attention_loops

Array = NDArray[Any]
REFERENCE = cases.read("attention")
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {}, "without heads": {}, "scale": {"scale": 0.3}, "causal": {"is_causal": True},
    "causal, more keys": {"is_causal": True}, "bool mask": {}, "float mask": {},
}  # fmt: skip
attention = nn.scaled_dot_product_attention
rng = np.random.default_rng(0)


def weights_of(y: Any) -> Array:
    return np.cos(np.arange(y.size, dtype=float)).reshape(y.shape).astype(y.dtype)


def by_hand(q: Array, k: Array, v: Array, allowed: Any = True) -> Array:
    """Softmax along the last axis, 0 where nothing is allowed."""
    e = np.where(allowed, np.exp(q @ k.mT / np.sqrt(q.shape[-1])), 0)
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total) @ v


def qkv(*lead: int, queries: int = 3, keys: int = 4, dtype: Any = np.float64) -> list[Array]:
    shapes = (*lead, queries, 2), (*lead, keys, 2), (*lead, keys, 3)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def test_every_reference_is_compared() -> None:
    assert OPTIONS.keys() == {name for name in REFERENCE if not name.startswith(("module", "the"))}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5), (np.float16, 1e-2)])
def test_as_pytorch(name: str, dtype: Any, tolerance: float) -> None:
    case = REFERENCE[name]
    given = {key: x if x.dtype == bool else x.astype(dtype) for key, x in cases.part(case, "in.").items()}
    leaves = {key: x if x.dtype == bool else ag.Tensor(x, requires_grad=True) for key, x in given.items()}
    y = attention(*leaves.values(), **OPTIONS[name])
    (y * weights_of(y)).sum().backward()
    for actual, expected in [(y, case["y.0"]), *((leaves[key].grad, g) for key, g in cases.part(case, "g.").items())]:
        assert actual.dtype == dtype
        np.testing.assert_allclose(actual.data, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), max_size=2), st.integers(0, 5), st.integers(0, 6), st.booleans(), st.booleans(),
    st.integers(1, 4), st.integers(1, 300),
)  # fmt: skip
def test_in_any_pieces_of_any_shapes(
    lead: list[int], queries: int, keys: int, is_causal: bool, has_mask: bool, step: int, piece: int
) -> None:
    """Value, gradient, and the gradient that a recorded pass finds, which knows no pieces."""
    arrays = qkv(*lead, queries=queries, keys=keys)
    mask = rng.random((queries, keys)) > 0.4 if has_mask else None
    allowed = (np.tri(queries, keys, dtype=bool) if is_causal else True) & (True if mask is None else mask)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention_loops, "QUERIES", step)
        patch.setattr(attention_loops, "PIECE", piece)
        for create_graph in (False, True):
            leaves = [ag.Tensor(x, requires_grad=True) for x in arrays]
            y = attention(*leaves, attn_mask=mask, is_causal=is_causal)
            np.testing.assert_allclose(y.data, by_hand(*arrays, allowed), rtol=1e-12, atol=1e-14)
            (y * weights_of(y)).sum().backward(create_graph=create_graph)
            found.append([leaf.grad.data for leaf in leaves if leaf.grad is not None])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13)


def test_many_steps_in_the_pieces_that_they_are_computed_in() -> None:
    steps = 2 * attention_loops.QUERIES + 5
    arrays = qkv(2, 1, queries=steps, keys=steps, dtype=np.float32)
    y = attention(*arrays, is_causal=True)
    expected = by_hand(*(x.astype(float) for x in arrays), np.tri(steps, dtype=bool))  # type: ignore[arg-type]
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("mask", [None, np.array([[True, False, True, True]]), "floats"])
def test_gradients(is_causal: bool, mask: Any) -> None:
    arrays = qkv(2)
    if isinstance(mask, str):
        arrays.append(rng.standard_normal((2, 1, 4)))
        ag.assert_gradients(lambda *xs: attention(*xs, is_causal=is_causal), *arrays, order=2)
    else:
        ag.assert_gradients(lambda *xs: attention(*xs, attn_mask=mask, is_causal=is_causal), *arrays, order=2)


def test_gradients_where_axes_broadcast() -> None:
    q, k, v = rng.standard_normal((2, 1, 3, 2)), rng.standard_normal((3, 4, 2)), rng.standard_normal((4, 2))
    ag.assert_gradients(attention, q, k, v, order=2)


def test_gradients_of_dropout() -> None:
    f = lambda *xs: attention(*xs, dropout_p=0.4, rng=np.random.default_rng(3))
    assert not np.array_equal(f(*qkv(2)), attention(*qkv(2)))
    ag.assert_gradients(f, *qkv(2), order=2)


def test_dropout_keeps_the_mean() -> None:
    q, k, v = np.zeros((1, 2), np.float32), np.zeros((10_000, 2), np.float32), np.ones((10_000, 1), np.float32)
    y = attention(ag.Tensor(q), k, v, dropout_p=0.3, rng=np.random.default_rng(0))
    assert y.dtype == np.float32
    assert abs(y.item() - 1) < 0.03
    assert y.item() != 1


def test_a_query_that_sees_nothing_gets_0_and_gives_no_gradient() -> None:
    q, k, v = (ag.Tensor(x, requires_grad=True) for x in qkv())
    for mask in (np.array([[True], [False], [True]]), np.array([[0], [-np.inf], [0]])):
        y = attention(q, k, v, mask)
        y.sum().backward()
        assert not y.data[1].any()
        assert q.grad is not None
        assert not q.grad.data[1].any()
        assert np.isfinite(q.grad.data).all()


def test_scores_are_not_kept() -> None:
    arrays = qkv(2)
    node: Any = attention(*(ag.Tensor(x, requires_grad=True) for x in arrays)).node
    keep, (*xs, mask) = node.saved
    assert [x is array for x, array in zip(xs, arrays, strict=True)] == [True] * 3
    assert keep.shape == ()
    assert mask is None


def test_large_scores_do_not_overflow() -> None:
    x = np.array([[300.0, -300.0], [100.0, 0.0]], np.float32)
    np.testing.assert_allclose(attention(x, x, x), x[[0, 0]], atol=1e-4)  # the first key is the nearest by far
    half = x.astype(np.float16)
    assert np.isfinite(attention(half, half, half)).all()


def test_it_is_one_call_in_float32() -> None:
    q, k, v = (ag.Tensor(x, requires_grad=True) for x in qkv(2, dtype=np.float32))
    for create_graph in (False, True):
        calls = Calls()
        with ag.observe(calls):
            attention(q, k, v, is_causal=True).sum().backward(create_graph=create_graph)
        assert not [fn for fn, _, _, y, *_ in calls.recorded_calls if getattr(y, "dtype", None) == np.float64]
        assert [node.fn.__name__ for node, *_ in calls.propagated_calls][::-1][-4:].count("attention") == 1


def test_an_input_that_is_not_contiguous_is_left_as_it_is() -> None:
    q, k, v = (x.transpose(1, 0, 2)[:, ::-1] for x in (rng.standard_normal((4, 3, 2)) for _ in range(3)))
    before = [x.copy() for x in (q, k, v)]
    np.testing.assert_allclose(attention(q, k, v), by_hand(*before), rtol=1e-12)
    np.testing.assert_equal([q, k, v], before)


def test_the_mask_of_later_keys_is_made_once() -> None:
    attention_loops.later_keys.cache_clear()
    for _ in range(3):
        attention(*qkv(2, queries=4), is_causal=True)
    assert attention_loops.later_keys.cache_info().misses == 1


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"dropout_p": 0.5}, {"attn_mask": np.ones((3, 4), bool)}])
def test_compiled_it_has_the_same_bits(options: Any) -> None:
    arrays = qkv(2, dtype=np.float32)
    f = ag.value_and_grad(lambda *xs: np.sum(np.square(attention(*xs, **options))), (0, 1, 2))
    found = []
    for step in (f, ag.compile(f)):
        ag.seed(0)
        found.append([step(*(x * k for x in arrays)) for k in (1, 2, 3)])
    np.testing.assert_equal(*found)


def test_compiled_to_the_second_order() -> None:
    arrays = qkv(2)
    f = lambda *xs: ag.hvp(lambda *xs: np.sum(np.square(attention(*xs, is_causal=True))), xs, [np.cos(x) for x in xs])
    step = ag.compile(f)
    for _ in range(3):
        np.testing.assert_equal(step(*arrays), f(*arrays))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            ((3, 2), (4, 3), (4, 2)),
            r"was given query \(3, 2\), key \(4, 3\) and value \(4, 2\), and expects \(..., L, E",
        ),
        (((3, 2), (4, 2), (3, 2)), r"and expects \(..., L, E\), \(..., S, E\) and \(..., S, Ev\), of which axes"),
        (((2,), (4, 2), (4, 2)), r"was given query \(2,\)"),
        (((2, 3, 2), (3, 4, 2), (4, 2)), r"key \(3, 4, 2\).* axes before the last two broadcast"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shapes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        attention(*(np.ones(shape) for shape in shapes))


def test_what_else_does_not_fit_is_named() -> None:
    q, k, v = qkv(2)
    with pytest.raises(TypeError, match=r"of float32, float64 and float64, and expects floats of one dtype"):
        attention(q.astype(np.float32), k, v)
    with pytest.raises(TypeError, match=r"was given attn_mask of int64; it must be bool, .* or float64, to be added"):
        attention(q, k, v, np.ones((3, 4), np.int64))
    with pytest.raises(ValueError, match=r"attn_mask \(4, 3\), which does not broadcast to the scores \(2, 3, 4\)"):
        attention(q, k, v, np.ones((4, 3), bool))
    with pytest.raises(ValueError, match=r"dropout_p=1; it must lie in \[0, 1\)"):
        attention(q, k, v, dropout_p=1)
