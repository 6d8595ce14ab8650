"""scipy.special's functions that are no ufuncs, with gradients."""

from __future__ import annotations

import inspect
import itertools
import os
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy import special as plain

import autograd as ag
from autograd.rules import NO_GRADIENT
from autograd.rules.registry import learn
from autograd.scipy import special

X = np.array([1.3, 2.6])
CALLS: dict[str, Any] = {
    "comb": lambda s, x: s.comb(x, 1.2),
    "diric": lambda s, x: s.diric(x, 3),
    "factorial": lambda s, x: s.factorial(x),
    "multigammaln": lambda s, x: s.multigammaln(x, 2),
    "perm": lambda s, x: s.perm(x, 1.2),
    "polygamma": lambda s, x: s.polygamma(1, x),
    **{f"spherical_{kind}n": lambda s, x, kind=kind: getattr(s, f"spherical_{kind}n")(2, x) for kind in "jyik"},
}


def test_every_function_has_a_call() -> None:
    assert sorted({*CALLS, *(name for name, _ in SUMS)}) == special.__all__


@pytest.mark.parametrize("name", CALLS)
def test_a_function_has_scipy_s_values_and_a_gradient(name: str) -> None:
    call = CALLS[name]
    np.testing.assert_array_equal(call(special, X), call(plain, X))
    t = ag.Tensor(X, requires_grad=True)
    np.testing.assert_array_equal(call(special, t).data, call(plain, X))
    ag.assert_gradients(lambda x: call(special, x), X, order=2)
    with pytest.raises(TypeError, match="makes an array of it"):
        call(plain, t)


def test_what_has_no_rule_is_scipy_s() -> None:
    assert special.gammaln is plain.gammaln
    assert special.jn_zeros is plain.jn_zeros


def test_the_sign_of_gamma_is_constant() -> None:
    y = plain.gammasgn(ag.Tensor([-0.5, 0.5], requires_grad=True))
    np.testing.assert_array_equal(y.data, [-1.0, 1.0])
    assert not y.requires_grad


# -- each in a process of its own --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "1"])
def test_under_scipy_array_api(value: str) -> None:
    """Then ufuncs are wrapped in Python functions, which ask whose arrays they are given. Any value but none counts."""
    run(
        "f = lambda x: np.sum(special.gammaln(x) * special.betainc(x, 2 * x, 0.3) * special.gammasgn(x))",
        "x = np.array([1.5, 2.5])",
        "ag.assert_gradients(f, x, order=2)",
        "for g in (f, ag.grad(f)):",
        "    program = ag.compile(g)",
        "    for k in (1, 2, 3): np.testing.assert_array_equal(program(k * x), g(k * x))",
        "from autograd.scipy import special as ours",
        "ag.assert_gradients(lambda x: ours.logsumexp(x) * ours.comb(x, 2), x, order=2)",
        "try: special.logsumexp(ag.Tensor(x, requires_grad=True))",
        "except TypeError as error: assert 'use autograd.scipy.special.logsumexp' in str(error), error",
        "else: raise AssertionError",
        SCIPY_ARRAY_API=value,
    )


@pytest.mark.parametrize("is_called_before", [False, True])
def test_a_rule_of_the_users_own_wins(is_called_before: bool) -> None:
    run(
        "t = ag.Tensor([1.5], requires_grad=True)",
        "special.gammaln(t).sum().backward()" if is_called_before else "",
        "t.grad = None",
        "ag.rule(special.gammaln, x=lambda g, x: g * 7 * x)",
        "for f in (special.gammaln, lambda t: special.gammaln(t) + 0 * special.psi(t)):",
        "    t.grad = None",
        "    f(t).sum().backward()",
        "    assert t.grad.tolist() == [10.5], t.grad",
    )


def run(*code: str, **environment: str) -> None:
    """Run code in a new process."""
    head = "import numpy as np, autograd as ag; from scipy import special"
    environment = {**{name: value for name, value in os.environ.items() if name != "SCIPY_ARRAY_API"}, **environment}
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([head, *code])], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


# -- combinatorics -----------------------------------------------------------------------------------------------------

COUNTS: dict[str, Any] = {
    "comb": lambda s, N, k: s.comb(N, k),
    "comb with repetition": lambda s, N, k: s.comb(np.absolute(N), k, repetition=True),
    "perm": lambda s, N, k: s.perm(N, k),
    "factorial": lambda s, N, k: s.factorial(N - k),
    "factorial of all numbers": lambda s, N, k: s.factorial(N - k, extend="complex"),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_scipys(name: str) -> None:
    """Of whole numbers and others, on the edges of where they are 0, and beyond."""
    call = COUNTS[name]
    N, k = np.array([-1.0, 0, 0.5, 1, 5, 5.5])[:, np.newaxis], np.array([0.0, 0.5, 1, 3])
    expected = call(plain, N, k)
    for inputs in ((ag.Tensor(N, requires_grad=True), k), (N, ag.Tensor(k, requires_grad=True))):
        y = call(special, *inputs)
        np.testing.assert_array_equal(y.data, expected)
        assert y.dtype == expected.dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counts_have_scipys_dtype(dtype: Any) -> None:
    N = np.array([2.5, 4], dtype)
    for call in COUNTS.values():
        for k in (2, np.array([1, 2]), N - 1):
            y, expected = call(special, ag.Tensor(N, requires_grad=True), k), call(plain, N, k)
            np.testing.assert_array_equal(y.data, expected)
            assert y.dtype == expected.dtype


@pytest.mark.parametrize("name", COUNTS)
def test_counts_have_gradients_in_both(name: str) -> None:
    call = COUNTS[name]
    ag.assert_gradients(lambda N, k: call(special, N, k), np.array([3.0, 4.5, 2.2]), np.array([1.0, 2.3, 0.4]), order=2)


@pytest.mark.parametrize("name", ["comb", "perm"])
def test_the_gradient_is_0_where_counts_are(name: str) -> None:
    t = ag.Tensor([-2.0, 1.0, 3.0], requires_grad=True)
    getattr(special, name)(t, 2).sum().backward()
    assert t.grad is not None
    np.testing.assert_array_equal(t.grad.data[:2], 0)
    assert t.grad.data[2] > 0


def test_an_empty_choice_with_repetition() -> None:
    """C(0 + 0 - 1, 0) is 1 in all versions of SciPy."""
    assert special.comb(ag.Tensor([0.0]), 0, repetition=True).tolist() == [1.0]


def test_exact_counts_have_no_gradient() -> None:
    for call in (lambda t: special.comb(t, 2, exact=True), lambda t: special.perm(t, 2, exact=True)):
        assert call(ag.Tensor(4)) == call(4)
        with pytest.raises(TypeError, match="counts in whole numbers; leave exact=False"):
            call(ag.Tensor(4.0, requires_grad=True))
    assert special.factorial(ag.Tensor([3, 4]), exact=True).tolist() == [6, 24]
    with pytest.raises(TypeError, match="counts in whole numbers; leave exact=False"):
        special.factorial(ag.Tensor(4.0, requires_grad=True), exact=True)
    with pytest.raises(ValueError, match="extend"):
        special.factorial(ag.Tensor(4.0), extend="other")


@pytest.mark.parametrize("name", [*COUNTS, "logsumexp"])
def test_compiled(name: str) -> None:
    """Without a gradient, and with one."""
    call = COUNTS.get(name, lambda s, N, k: s.logsumexp(N))
    value = lambda N: call(special, N, 1.5)
    for f in (value, ag.grad(lambda N: np.sum(value(N)))):
        program: Any = ag.compile(f)
        for N in ([3.0, 4.5], [2.5, 3.0], [6.0, 1.6]):
            np.testing.assert_array_equal(program(np.array(N)), f(np.array(N)))


# -- what a Tensor finds in scipy.special itself, for it is made of ufuncs ---------------------------------------------

MADE_OF_UFUNCS: dict[str, Any] = {
    **{name: lambda s, x, name=name: getattr(s, name)(2, x, 2) for name in ("jvp", "yvp", "ivp", "kvp")},
    **{name: lambda s, x, name=name: getattr(s, name)(2, x) for name in ("h1vp", "h2vp")},
    "lambertw": lambda s, x: s.lambertw(x),
    "sinc": lambda s, x: s.sinc(x),
    "assoc_laguerre": lambda s, x: s.assoc_laguerre(x, 3, 1.5),
    "softplus": lambda s, x: s.softplus(x),
    "zeta": lambda s, x: s.zeta(x, 1 + x),
}


@pytest.mark.parametrize("name", [name for name in MADE_OF_UFUNCS if hasattr(plain, name)])  # softplus is of 1.15
def test_what_is_made_of_ufuncs_is_differentiated_where_it_stands(name: str) -> None:
    call = MADE_OF_UFUNCS[name]
    np.testing.assert_array_equal(call(plain, ag.Tensor(X, requires_grad=True)).data, call(plain, X))
    ag.assert_gradients(lambda x: call(plain, x), X, order=2)


# -- sums of exponentials --------------------------------------------------------------------------------------------

MATRIX = np.random.default_rng(0).normal(size=(2, 3))
B = np.array([0.5, 2.0, 0.0])

SUMS: list[tuple[str, dict[str, Any]]] = [
    ("logsumexp", {}),
    ("logsumexp", {"axis": 1}),
    ("logsumexp", {"axis": (0, 1), "keepdims": True}),
    ("logsumexp", {"axis": -1, "b": B}),
    ("softmax", {"axis": 1}),
    ("softmax", {}),
    ("log_softmax", {"axis": 0}),
]


@pytest.mark.parametrize(("name", "options"), SUMS)
def test_values_are_scipys_and_gradients_are_right(name: str, options: dict[str, Any]) -> None:
    expected = getattr(plain, name)(MATRIX, **options)
    f = lambda x: getattr(special, name)(x, **options)
    np.testing.assert_array_equal(f(MATRIX), expected)
    np.testing.assert_allclose(f(ag.Tensor(MATRIX, requires_grad=True)).data, expected, rtol=1e-14)
    ag.assert_gradients(f, MATRIX, order=2)


def test_logsumexp_of_weights_and_signs() -> None:
    weights = np.array([1.0, -3.0, 0.5])
    y, sign = special.logsumexp(ag.Tensor(MATRIX, requires_grad=True), axis=1, b=weights, return_sign=True)
    for found, expected in zip((y, sign), plain.logsumexp(MATRIX, 1, weights, return_sign=True), strict=True):
        np.testing.assert_allclose(found.data, expected)
    ag.assert_gradients(lambda b: special.logsumexp(MATRIX, axis=1, b=b), np.exp(MATRIX), order=2)
    ag.assert_gradients(lambda x: special.logsumexp(x, axis=1, b=weights, return_sign=True)[0], MATRIX, order=2)


@pytest.mark.parametrize("x", [[1000.0, 1000.5], [-1000.0, -999.0], [-np.inf, 2.0], [np.inf, 1.0], [-np.inf, -np.inf]])
def test_logsumexp_overflows_nowhere(x: list[float]) -> None:
    t = ag.Tensor(x, requires_grad=True)
    np.testing.assert_allclose(special.logsumexp(t).data, plain.logsumexp(x))


def test_logsumexp_of_large_numbers_has_softmax_for_gradient() -> None:
    x = np.array([1000.0, 1000.5])
    np.testing.assert_allclose(ag.grad(special.logsumexp)(x), plain.softmax(x))


# -- completeness ------------------------------------------------------------------------------------------------------

# Why a function that is no ufunc has no gradient here. A name that SciPy has taken back since is of an older version.
REFUSED: dict[str, str] = {
    "zeros are constants, counted by whole numbers": """
        ai_zeros bei_zeros beip_zeros ber_zeros berp_zeros bi_zeros erf_zeros fresnel_zeros fresnelc_zeros
        fresnels_zeros jn_zeros jnjnp_zeros jnp_zeros jnyn_zeros kei_zeros keip_zeros kelvin_zeros ker_zeros kerp_zeros
        y0_zeros y1_zeros y1p_zeros yn_zeros ynp_zeros""",
    "the nodes and weights of a quadrature are constants, counted by whole numbers": """
        roots_legendre roots_chebyt roots_chebyu roots_chebyc roots_chebys roots_laguerre roots_hermite
        roots_hermitenorm roots_sh_legendre roots_sh_chebyt roots_sh_chebyu p_roots t_roots u_roots c_roots s_roots
        l_roots h_roots he_roots ps_roots ts_roots us_roots""",
    "nodes are eigenvalues, and their derivative by the parameters of the weight is not known here": """
        roots_jacobi roots_genlaguerre roots_gegenbauer roots_sh_jacobi j_roots la_roots cg_roots js_roots""",
    "it gives a polynomial with constant coefficients; its values are those of eval_... of the same name": """
        legendre chebyt chebyu chebyc chebys jacobi laguerre genlaguerre hermite hermitenorm gegenbauer sh_legendre
        sh_chebyt sh_chebyu sh_jacobi""",
    "it counts in whole numbers": "bernoulli euler factorial2 factorialk stirling2",
    "it takes one number, and gives values and derivatives of all orders up to one": """
        lmbda lqmn lqn riccati_jn riccati_yn pbdn_seq pbdv_seq pbvv_seq lpn lpmn clpmn""",
    "characteristic values and coefficients, by a recurrence in Fortran, have no derivative here": """
        mathieu_even_coef mathieu_odd_coef obl_cv_seq pro_cv_seq""",
    "several ufuncs under one name, which know no Tensor": """
        assoc_legendre_p assoc_legendre_p_all legendre_p legendre_p_all sph_harm_y sph_harm_y_all sph_legendre_p
        sph_legendre_p_all""",
    "its derivative has no closed form": "ellip_harm ellip_harm_2 ellip_normal",
}
ABOUT_ERRORS = {"errstate", "geterr", "seterr", "SpecialFunctionError", "SpecialFunctionWarning"}
OLD_UFUNCS = {"btdtr", "btdtri", "sph_harm"}
REASONS = {name: reason for reason, names in REFUSED.items() for name in names.split()}


def decisions(name: str) -> list[str]:
    """What has been decided about a name of scipy.special."""
    fn = getattr(plain, name)
    is_ufunc = isinstance(fn, np.ufunc)
    found = {
        "has a rule": is_ufunc and learn(fn),
        "has no gradient": is_ufunc and fn in NO_GRADIENT,
        "is offered here": name in special.__all__,
        "is made of ufuncs": name in MADE_OF_UFUNCS,
        "is refused": name in REASONS,
        "is about errors": name in ABOUT_ERRORS,
        "was taken back": name in OLD_UFUNCS,
    }
    return [decision for decision, is_so in found.items() if is_so]


def test_every_name_of_scipy_special_is_decided_about_once() -> None:
    decided = {name: decisions(name) for name in plain.__all__}
    assert {name: found for name, found in decided.items() if len(found) != 1} == {}


@pytest.mark.parametrize("name", [name for name in REASONS if hasattr(plain, name)])
def test_what_is_refused_loses_no_gradient(name: str) -> None:
    """A Tensor in each place, and whole numbers in the others. SciPy's double factorial of one is recorded."""
    fn = getattr(plain, name)
    places = places_of(fn)
    assert places
    for place, x in itertools.product(range(places), (0.5, [0.5, 1.5])):
        inputs: list[Any] = [2] * places
        inputs[place] = ag.Tensor(x, requires_grad=True)
        try:
            y = fn(*inputs)
        except (TypeError, ValueError):
            continue
        assert name in ("factorial2", "factorialk")
        assert y.requires_grad


def places_of(fn: Any) -> int:
    """How many numbers a function must be given."""
    if (of_ufuncs := re.match(r"\w+\((.*?), \*", fn.__doc__ or "")) is not None:
        return len(of_ufuncs[1].split(","))
    return sum(parameter.default is parameter.empty for parameter in inspect.signature(fn).parameters.values())
