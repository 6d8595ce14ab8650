"""Bessel and Hankel functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, has_complex, judged
from scipy import special

import autograd as ag

X = np.array([0.4, 1.7, 6.2])
Z = np.array([0.4 + 0.7j, 1.7 - 0.3j])
OF_ANY_ORDER = [special.jv, special.yv, special.iv, special.kv, special.jve, special.yve, special.ive, special.kve]
HANKEL = [special.hankel1, special.hankel2, special.hankel1e, special.hankel2e]
OF_0_AND_1 = [special.j0, special.j1, special.y0, special.y1, special.i0, special.i1, special.k0, special.k1,
              special.i0e, special.i1e, special.k0e, special.k1e]  # fmt: skip

CASES = [
    *(case(fn, np.array([[0], [3]]), X) for fn in OF_ANY_ORDER),
    *(case(fn, 0.3, Z) for fn in (*OF_ANY_ORDER, *HANKEL)),
    *(case(fn, np.array([[0], [3]]), X[:2]) for fn in HANKEL),
    *(case(fn, np.array([[0], [1], [4]]), X) for fn in (special.yn, special.kn)),
    *(case(fn, 2, X) for fn in OF_ANY_ORDER),
    *(case(fn, X) for fn in OF_0_AND_1),
    *(case(fn, np.array(x)) for fn in OF_0_AND_1 for x in (2.3, np.zeros((0, 2)))),
    case(special.jv, np.array([[0], [3]]), np.array(1.5), label="broadcast"),
    case(special.jv, np.array([1, 2, 3]), np.array([[1.5], [2.5]])[::-1]),
    case(special.wright_bessel, 0.5, np.array([[1], [2]]), X),
    case(special.log_wright_bessel, 0.5, np.array([[1], [2]]), X),
]  # fmt: skip

test_gradients, test_float32 = judged(
    CASES, [case for case in CASES if not has_complex(case) and case.fn not in HANKEL]
)

# By mpmath with 40 digits: at a number the first two derivatives, with the parameters in front of it.
EXPECTED: list[tuple[Any, tuple[float, ...], float, list[float]]] = [
    (special.jv, (0.7,), 0.01, [1.8878225199334304, -56.656092941619665]),
    (special.jv, (3.0,), 2.5, [0.186138589192681, 0.020848736380137552]),
    (special.jv, (12.5,), 80.0, [0.06792426170267069, 0.055863319049419855]),
    (special.yv, (0.7,), 0.01, [1179.0294346313105, -200590.48120985871]),
    (special.yv, (3.0,), 2.5, [0.52593074686260195, -0.54303671731665602]),
    (special.yv, (12.5,), 80.0, [-0.056980813838593356, 0.067432883629889523]),
    (special.iv, (0.7,), 0.01, [1.8880366968216834, -56.61968287061444]),
    (special.iv, (3.0,), 2.5, [0.70722165728552158, 0.87457513450419821]),
    (special.iv, (12.5,), 80.0, [9.3389443587411675e32, 9.3930022477594304e32]),
    (special.kv, (0.7,), 0.01, [-1857.26159524634, 315278.59788566313]),
    (special.kv, (3.0,), 2.5, [-0.44333278195070288, 0.83180734998029721]),
    (special.kv, (12.5,), 80.0, [-6.7732497933660183e-36, 6.8991317223632912e-36]),
    (special.ive, (0.7,), 0.01, [1.842547962349283, -59.768105993132363]),
    (special.ive, (3.0,), 2.5, [0.019113594413310103, -0.0053763844661103537]),
    (special.ive, (12.5,), 80.0, [0.00010078923795705104, -3.2227819384457917e-6]),
    (special.kve, (0.7,), 0.01, [-1849.2278412364808, 314722.04524664223]),
    (special.kve, (3.0,), 2.5, [-2.1332233476613863, 2.5993657312460372]),
    (special.kve, (12.5,), 80.0, [-0.0067145448892743278, 0.00026009744665491696]),
    (special.yn, (2,), 2.5, [0.4509868173602284, -0.04311382121704219]),
    (special.kn, (2,), 2.5, [-0.17105898137059813, 0.26761833084508395]),
    (special.j0, (), 0.01, [-0.0049999375002604161, -0.49998125013020795]),
    (special.j0, (), 3.5, [-0.13737752736232719, 0.41937846209078543]),
    (special.j1, (), 0.01, [0.49998125013020795, -0.0037499479168945308]),
    (special.j1, (), 3.5, [-0.41937846209078543, -0.0063406175925250476]),
    (special.y0, (), 0.01, [63.678596282060656, -6364.854172568982]),
    (special.y0, (), 3.5, [-0.41018841788751188, -0.071825253095823112]),
    (special.y1, (), 0.01, [6364.854172568982, -1273207.7014812227]),
    (special.y1, (), 3.5, [0.071825253095823112, -0.39722514996488894]),
    (special.i0, (), 0.01, [0.0050000625002604172, 0.50001875013020871]),
    (special.i0, (), 3.5, [6.2058349222583655, 5.605107740151661]),
    (special.i1, (), 0.01, [0.50001875013020871, 0.0037500520835611984]),
    (special.i1, (), 3.5, [5.605107740151661, 5.1109743370932677]),
    (special.k0, (), 0.01, [-99.973894118296248, 10002.110656559786]),
    (special.k0, (), 3.5, [-0.022239392925923834, 0.025953009434918156]),
    (special.k1, (), 0.01, [-10002.110656559786, 2000049.9807330594]),
    (special.k1, (), 3.5, [-0.025953009434918156, 0.031469999125771783]),
    (special.i0e, (), 0.01, [-0.98512427410258922, 1.4752174434933509]),
    (special.i0e, (), 3.5, [-0.035402461407729176, 0.01726207235744407]),
    (special.i1e, (), 0.01, [0.49009316939076166, -0.98142391138676112]),
    (special.i1e, (), 3.5, [-0.018140389050285106, 0.0032188532163557554]),
    (special.k0e, (), 0.01, [-96.209954429695589, 9905.4449369646139]),
    (special.k0e, (), 3.5, [-0.087441210340223978, 0.03553687875638416]),
    (special.k1e, (), 0.01, [-10001.65489139431, 2000046.5287848669]),
    (special.k1e, (), 3.5, [-0.12297808909660814, 0.059719517967455913]),
    (
        special.wright_bessel,
        (
            0.5,
            1.0,
        ),
        2.5,
        [7.9416522113683998, 5.5847579482264161],
    ),
    (
        special.log_wright_bessel,
        (
            0.5,
            1.0,
        ),
        2.5,
        [0.79160495361671091, -0.069963048532851605],
    ),
]


@pytest.mark.parametrize(("fn", "parameters", "x", "expected"), EXPECTED)
def test_derivatives(fn: Any, parameters: tuple[float, ...], x: float, expected: list[float]) -> None:
    assert_derivatives(lambda t: fn(*parameters, t), x, expected, 1e-11)


# By the power series (DLMF 10.2.2, 10.25.2), at 0.
AT_ZERO: dict[str, tuple[Any, list[float]]] = {
    "j0": (special.j0, [0, -1 / 2, 0, 3 / 8]), "j1": (special.j1, [1 / 2, 0, -3 / 8, 0]),
    "i0": (special.i0, [0, 1 / 2, 0, 3 / 8]), "i1": (special.i1, [1 / 2, 0, 3 / 8, 0]),
    "jv of order 0": (lambda z: special.jv(0, z), [0, -1 / 2, 0, 3 / 8]),
    "jv of order 1": (lambda z: special.jv(1.0, z), [1 / 2, 0, -3 / 8, 0]),
    "jv of order 2": (lambda z: special.jv(2, z), [0, 1 / 4, 0, -1 / 4]),
    "iv of order 1": (lambda z: special.iv(1, z), [1 / 2, 0, 3 / 8, 0]),
    "jv of order 1.5": (lambda z: special.jv(1.5, z), [0]),
    "wright_bessel": (lambda x: special.wright_bessel(0, 1, x), [1, 1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", AT_ZERO)
def test_derivatives_at_zero(name: str) -> None:
    f, expected = AT_ZERO[name]
    assert_derivatives(f, 0.0, expected, 1e-14)


@pytest.mark.parametrize("v", [0, 1, 2])
def test_complex_derivatives_at_zero(v: int) -> None:
    for fn in (special.jv, special.iv):
        found = ag.grad(lambda z, fn=fn: np.real(fn(v, z)))(np.array(0j))
        assert found == ag.grad(lambda x, fn=fn: fn(v, x))(0.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, bool])
def test_orders_in_few_bits_do_not_wrap(dtype: Any) -> None:
    expected = ag.grad(lambda x: np.sum(special.jv(np.array([0.0, 1.0]), x)))(X[:2])
    found = ag.grad(lambda x: np.sum(special.jv(np.array([0, 1], dtype), x)))(X[:2])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("fn", "slope"), [(special.i0e, 0.0), (special.i1e, 0.5)])
def test_at_the_kink_of_the_scale_the_gradient_is_that_without_it(fn: Any, slope: float) -> None:
    assert ag.grad(fn)(0.0) == slope


@pytest.mark.parametrize("fn", [*OF_ANY_ORDER, *HANKEL, special.yn, special.kn])
def test_an_order_with_a_gradient_is_refused(fn: Any) -> None:
    order = ag.Tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"as its 'v', .* by its order has no closed form; pass t\.detach"):
        fn(order, X)
    assert ag.grad(lambda x: np.sum(np.real(fn(order.detach(), x))))(X).shape == X.shape


def test_derivatives_by_scipy_s_own_functions_are_differentiated() -> None:
    """jvp and its kin are made of the functions above."""
    pairs = [(special.jvp, special.jv), (special.yvp, special.yv), (special.ivp, special.iv), (special.kvp, special.kv)]
    for derivative, fn in pairs:
        by_rule = ag.grad(lambda x, fn=fn: np.sum(fn(1.5, x)))(X)
        np.testing.assert_allclose(by_rule, derivative(1.5, X), rtol=1e-14)
        ag.assert_gradients(lambda x, derivative=derivative: derivative(1.5, x, 2), X)
    for hankel in (special.h1vp, special.h2vp):
        ag.assert_gradients(lambda x, hankel=hankel: hankel(1.5, x), X)


def test_hankel_functions_of_float32() -> None:
    x = X.astype(np.float32)
    for fn in HANKEL:
        found = ag.grad(lambda x, fn=fn: np.sum(np.real(fn(1, x))))(x)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, ag.grad(lambda x, fn=fn: np.sum(np.real(fn(1, x))))(X), rtol=1e-5)
