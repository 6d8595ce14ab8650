"""Determinants, inverses, equations and decompositions against differences; singular matrices and equal eigenvalues.

The vectors of a decomposition are determined but for a sign, or a phase. What is judged is what does not depend on it.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import case, check, has_complex, judged, reversed_columns  # fmt: skip

import autograd as ag
from autograd.rules.decompositions import determined, eigvals_gx, free_of_phases, positions
from autograd.rules.linalg import cofactors, nothing_dropped, second_cofactors

la = np.linalg
rng = np.random.default_rng(7)


def real(*shape: int) -> Any:
    return rng.normal(size=shape)


def complexes(*shape: int) -> Any:
    return real(*shape) + 1j * real(*shape)


def unitary(n: int, numbers: Any) -> Any:
    return la.qr(numbers(n, n))[0]


def regular(*shape: int, numbers: Any = real) -> Any:
    """(..., m, n): with singular values 1, 1.6, 2.2, ..."""
    m, n = shape[-2:]
    values = np.diag(1 + 0.6 * np.arange(min(m, n)))
    parts = [unitary(m, numbers)[:, : len(values)] @ values @ unitary(n, numbers)[: len(values)]
             for _ in range(int(np.prod(shape[:-2])))]  # fmt: skip
    return np.reshape(parts, shape)


def heavy(*shape: int, numbers: Any = real) -> Any:
    """(..., m, n): with a diagonal so heavy that the signs that qr chooses do not change nearby."""
    return 3 * np.eye(*shape[-2:]) + 0.5 * numbers(*shape)


def hermitian(*values: float, numbers: Any = real) -> Any:
    v = unitary(len(values), numbers)
    return (v * values) @ v.conj().T


SQUARE, SQUARE_C = regular(3, 3), regular(3, 3, numbers=complexes)
TURN = np.array([[0.5, -1.0], [1.5, 0.3]])  # has complex eigenvalues
POSITIVE, POSITIVE_C = hermitian(1.0, 1.8, 2.7), hermitian(1.0, 1.8, 2.7, numbers=complexes)
MIXED, MIXED_C = hermitian(1.0, -1.8, 2.7), hermitian(1.0, -1.8, 2.7, numbers=complexes)
ONE, ONE_C, NOTHING, NONE = np.array([[-2.0]]), np.array([[2.0 + 1.0j]]), np.ones((0, 0)), np.ones((0, 2, 2))
SQUARES = [SQUARE, SQUARE_C, regular(2, 2, 2), reversed_columns(SQUARE), ONE, ONE_C, NOTHING, NONE]
TALL, WIDE = regular(4, 2), regular(2, 4)
TALL_C, WIDE_C = regular(4, 2, numbers=complexes), regular(2, 3, numbers=complexes)
OBLONG = [TALL, WIDE, TALL_C, WIDE_C, regular(2, 2, 3), np.array([[1.0, 2.0]]), np.array([[1.0], [2.0]])]
HEAVY = [heavy(*shape, numbers=numbers) for shape in [(4, 2), (2, 4), (3, 3)] for numbers in (real, complexes)]
EMPTY = [np.ones((0, 3)), np.ones((3, 0)), np.ones((0, 3, 2))]
SINGULAR = {
    "of rank n - 1": np.array([[1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [1.0, 3.0, 3.5]]),
    "of rank n - 2": np.outer([1.0, 2.0, -1.0], [0.5, 1.0, 2.0]),
    "of rank 0": np.zeros((3, 3)),
    "2 by 2": np.array([[1.0, 2.0], [2.0, 4.0]]),
    "1 by 1": np.array([[0.0]]),
    "nearly": np.arange(9.0).reshape(3, 3) / 4,
    "complex": np.array([[1.0, 2j, 1.0], [1j, -2.0, 1j], [3.0, 1.0, 2j]]),
    "complex of rank 1": np.outer([1.0, 2j, 1 + 1j], [1.0, 1.0, 1j]),
    "among regular ones": np.stack([SQUARE, np.diag([0.0, 2.0, 1.0]), np.diag([0.0, 0.0, -1.0]), -SQUARE]),
}
EIG = {
    "turning": TURN, "symmetric": MIXED, "stacked": np.stack([TURN, 2 * TURN.T]), "complex": SQUARE_C,
    "of both kinds": np.stack([TURN, np.array([[1.0, 0.5], [0.2, 3.0]])]), "strided": reversed_columns(TURN),
    "one": ONE, "one complex": ONE_C, "nothing": NOTHING, "none": NONE,
}  # fmt: skip


def squared(z: Any) -> Any:
    """|z|^2, for any phase of z."""
    return np.real(z * np.conjugate(z))


def of_eigh(x: Any, UPLO: Any = "L") -> Any:
    w, v = la.eigh(x, UPLO)
    return [w, squared(v), (v * np.exp(w)[..., None, :]) @ np.conjugate(v).mT]


def of_eig(x: Any) -> Any:
    """The real parts, so that they are real where the eigenvalues are, too."""
    w, v = la.eig(x)
    return [np.real(w), np.imag(w * w), squared(v), np.real((v * np.exp(w)[..., None, :]) @ la.inv(v)),
            np.real((v * w[..., None, :]) @ np.conjugate(v).mT)]  # fmt: skip


def of_eigvals(x: Any) -> Any:
    w = la.eigvals(x)
    return [np.real(w), np.imag(w * w)]


def of_svd(x: Any, **options: Any) -> Any:
    u, s, vh = la.svd(x, **options)
    u, vh = u[..., : s.shape[-1]], vh[..., : s.shape[-1], :]
    return [s, squared(u), squared(vh), (u * np.exp(s)[..., None, :]) @ vh]


def solution(k: int, **options: Any) -> Any:
    return lambda a, b: la.lstsq(a, b, **options)[k]


CASES = [
    # Determinants
    *(case(fn, x) for fn in (la.det, la.slogdet, la.inv) for x in SQUARES),
    *(case(la.det, x, label=label) for label, x in SINGULAR.items()),
    *(case(la.slogdet, x, f=lambda x, k=k: la.slogdet(x)[k], label=f"only {k}")
      for x in (SQUARE_C, ONE_C) for k in (0, 1)),
    case(la.slogdet, SQUARE, f=lambda x: la.slogdet(x).logabsdet, label="only logabsdet"),
    *(case(cofactors, x) for x in (SQUARE, SQUARE_C, regular(2, 2, 2), ONE, NOTHING)),
    *(case(second_cofactors, v, x) for v, x in
      [(real(4, 4), regular(4, 4)), (complexes(2, 2), regular(2, 2)), (real(1, 1), ONE), (NOTHING, NOTHING)]),
    *(case(second_cofactors, real(*x.shape), f=lambda v, x=x: second_cofactors(v, x), label=label)
      for label, x in SINGULAR.items() if "complex" not in label),

    # Inverses and equations
    *(case(la.tensorinv, regular(6, 6).reshape(shape), ind=ind) for shape, ind in
      [((6, 2, 3), 1), ((2, 3, 6), 2), ((2, 3, 3, 2), 2), ((3, 2, 6), 2)]),
    case(la.tensorinv, regular(4, 4, numbers=complexes).reshape(2, 2, 4)),
    *(case(la.solve, regular(*a), real(*b)) for a, b in [
        ((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2,)), ((2, 2, 2), (2, 2, 1)), ((2, 2), (2, 2, 2)),
        ((2, 2, 2), (2, 2)), ((2, 1, 2, 2), (1, 2, 2, 1)), ((1, 1), (1,)), ((2, 2), (2, 0))]),
    *(case(la.solve, np.ones(a), np.ones(b)) for a, b in
      [((0, 0), (0,)), ((0, 0), (0, 2)), ((0, 2, 2), (2,)), ((0, 2, 2), (0, 2, 1))]),
    *(case(la.solve, a, b, label=label) for label, a, b in [
        ("both", SQUARE_C, complexes(3)), ("and real", SQUARE_C, real(3, 1)), ("real and", SQUARE, complexes(3, 2))]),
    case(la.solve, reversed_columns(SQUARE), reversed_columns(real(3, 2)), label="both strided"),
    case(la.solve, np.array([[2, 1], [0, 3]]), real(2), label="of integers"),
    case(la.solve, real(2), f=lambda b: la.solve([[2, 1], [0, 3]], b), label="of a list"),
    case(la.solve, regular(2, 2), f=lambda a: la.solve(a, a @ a), label="of the same"),
    *(case(la.tensorsolve, regular(6, 6).reshape(shape), real(*b), axes=axes) for shape, b, axes in [
        ((2, 3, 6), (2, 3), None), ((2, 3, 3, 2), (2, 3), None), ((2, 3, 2, 3), (2, 3), (0, 1)),
        ((6, 2, 3), (2, 3), [0])]),
    case(la.tensorsolve, SQUARE_C, real(3)),
    case(la.tensorsolve, real(2), f=lambda b: la.tensorsolve([[2, 1], [0, 3]], b), label="of a list"),
    *(case(la.pinv, x) for x in (*OBLONG, SQUARE, SQUARE_C, *EMPTY, NOTHING)),
    *(case(la.pinv, x, **options) for x in (TALL, regular(2, 2, 3)) for options in
      [{"rcond": 1e-10}, {"rtol": 1e-10}, {"rtol": None}]),
    case(la.pinv, regular(2, 2, 3), rcond=np.array([1e-10, 1e-9])),
    *(case(la.pinv, x, hermitian=True) for x in (MIXED, MIXED_C, np.stack([MIXED, POSITIVE]), ONE)),
    *(case(la.pinv, real(m), real(n), f=lambda u, v: la.pinv(u[:, None] * v, rcond=1e-4), label="of rank 1")
      for m, n in [(3, 2), (2, 3)]),
    case(la.pinv, complexes(3), real(3), f=lambda u, v: la.pinv(u[:, None] * v, rtol=1e-8), label="of rank 1"),
    *(case(nothing_dropped, x, rcond=1e-10) for x in (TALL, EMPTY[0])),
    *(case(la.lstsq, regular(*a), real(*b), f=solution(0)) for a, b in [
        ((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 4), (2,)), ((2, 4), (2, 3)), ((3, 3), (3,)), ((1, 1), (1, 1)),
        ((4, 2), (4, 0))]),
    *(case(la.lstsq, TALL, b, f=f, label=label) for b in (real(4), real(4, 2)) for label, f in
      [("residuals", solution(1)), ("singular values", solution(3, rcond=-1)), ("all but the rank",
       lambda a, b: [la.lstsq(a, b, rcond=1e-9)[k] for k in (0, 1, 3)])]),
    *(case(la.lstsq, WIDE, real(2), f=solution(k), label=label)
      for k, label in [(1, "no residuals"), (3, "singular values")]),
    *(case(la.lstsq, a, b, f=lambda a, b: la.lstsq(a, b)[:2], label=label) for label, a, b in [
        ("both", TALL_C, complexes(4)), ("and real", TALL_C, real(4, 2)), ("real and", TALL, complexes(4)),
        ("wide", WIDE_C, complexes(2))]),
    case(la.lstsq, real(3), real(2), real(3), f=lambda u, v, b: la.lstsq(u[:, None] * v, b, rcond=1e-4)[0],
         label="of rank 1"),

    # Decompositions
    *(case(la.cholesky, x, upper=upper) for upper in (False, True) for x in
      (POSITIVE, POSITIVE_C, np.stack([POSITIVE, 2 * POSITIVE]), reversed_columns(POSITIVE), -ONE, NOTHING, NONE)),
    case(la.cholesky, SQUARE, f=lambda x: la.cholesky(x @ x.mT), label="of x @ x.mT"),
    *(case(la.qr, x) for x in (*HEAVY, heavy(2, 2, 3), reversed_columns(heavy(3, 3)), ONE, ONE_C, *EMPTY, NOTHING)),
    *(case(la.qr, x, mode="r") for x in (*HEAVY, EMPTY[0])),
    *(case(la.qr, x, mode="complete") for x in HEAVY if x.shape[0] <= x.shape[1]),
    *(case(la.qr, x, f=lambda x, k=k: la.qr(x)[k], label=f"only {k}") for x in HEAVY for k in (0, 1)),
    *(case(la.eigh, x, f=of_eigh) for x in
      (MIXED, MIXED_C, np.stack([MIXED, POSITIVE]), reversed_columns(MIXED), ONE, ONE_C, NOTHING, NONE)),
    *(case(la.eigh, x, f=lambda x: of_eigh(x, "U"), label="upper")
      for x in (MIXED, MIXED_C, np.stack([MIXED, POSITIVE]))),
    case(la.eigh, MIXED, f=lambda x: of_eigh(x, "u"), label="lower case"),
    *(case(la.eigh, x, f=lambda x: la.eigh(x).eigenvalues, label="only values") for x in (MIXED, MIXED_C)),
    *(case(la.eigh, x, f=lambda x: squared(la.eigh(x).eigenvectors[:, :1]), label="one vector")
      for x in (MIXED, MIXED_C)),
    *(case(la.eigvalsh, x, UPLO=UPLO) for UPLO in ("L", "U") for x in
      (MIXED, MIXED_C, np.stack([MIXED, POSITIVE]), ONE_C, NOTHING)),
    *(case(fn, x, f=f, label=label) for fn, f in [(la.eig, of_eig), (la.eigvals, of_eigvals)]
      for label, x in EIG.items()),
    *(case(la.eig, x, f=lambda x: la.eig(x).eigenvalues, label="only values") for x in (TURN, SQUARE_C)),
    *(case(la.eig, x, f=lambda x: squared(la.eig(x)[1]), label="only vectors") for x in (TURN, SQUARE_C)),
    *(case(la.eigvals, x, label="as they are") for x in (TURN, SQUARE_C)),
    *(case(la.svd, x, f=of_svd) for x in (*OBLONG, SQUARE, SQUARE_C, ONE, ONE_C, *EMPTY, NOTHING)),
    *(case(la.svd, x, f=lambda x: of_svd(x, full_matrices=False), label="reduced") for x in (*OBLONG, *EMPTY)),
    *(case(la.svd, x, f=lambda x, k=k: squared(la.svd(x, full_matrices=False)[k]), label=f"only {k}")
      for x in (TALL, WIDE, TALL_C, WIDE_C) for k in (0, 1, 2)),
    *(case(la.svd, x, f=lambda x: squared(la.svd(x)[2][..., :1, :]), label="one row") for x in (SQUARE, SQUARE_C)),
    *(case(la.svd, x, compute_uv=False) for x in (TALL, WIDE_C, regular(2, 2, 3), EMPTY[0])),
    *(case(la.svd, x, f=lambda x: of_svd(x, hermitian=True), label="hermitian") for x in
      (MIXED, MIXED_C, np.stack([MIXED, POSITIVE]), ONE, NOTHING)),
    *(case(la.svd, x, f=lambda x: squared(la.svd(x, hermitian=True)[2]), label="hermitian, only Vh")
      for x in (MIXED, MIXED_C)),
    *(case(la.svd, x, compute_uv=False, hermitian=True) for x in (MIXED, MIXED_C)),
    case(la.svd, hermitian(1.0, -1.0, 2.0), f=lambda x: of_svd(x, hermitian=True)[3],
         label="hermitian, equal but for the sign"),
    *(case(la.svdvals, x) for x in (TALL, WIDE_C, regular(2, 2, 3), EMPTY[2])),
    case(free_of_phases, complexes(2, 3), f=lambda z: free_of_phases(z, np.zeros(3), "eigh")),
    case(determined, real(2, 3), f=lambda x: determined(x * [1, 1, 0], 2)),
]  # fmt: skip


# Complex eigenvalues of a real matrix.
WIDER = {"linalg.eigvals-(2,2)-as they are", "linalg.eig-(2,2)-only values"}

test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c) and c.label not in WIDER])


def leaf(x: Any) -> Any:
    return ag.Tensor(np.array(x), requires_grad=True)


def gradient(f: Any, x: Any) -> Any:
    t = leaf(np.asarray(x, float))
    f(t).sum().backward()
    return None if t.grad is None else t.grad.data


# -- conventions -----------------------------------------------------------------------------------------------------

VALUES = {
    "eigh": lambda x: la.eigh(x).eigenvalues, "eigvalsh": la.eigvalsh, "svd": lambda x: la.svd(x).S,
    "svd without vectors": lambda x: la.svd(x, compute_uv=False), "svdvals": la.svdvals,
    "svd, hermitian": lambda x: la.svd(x, hermitian=True).S,
    "eig": lambda x: np.real(la.eig(x).eigenvalues), "eigvals": lambda x: np.real(la.eigvals(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_equal_values_have_a_gradient(name: str) -> None:
    """Nothing is divided by their difference, where no vector is used. Of their sum it is that of the trace."""
    np.testing.assert_allclose(gradient(VALUES[name], 2 * np.eye(3)), np.eye(3), atol=1e-15)
    stacked = gradient(VALUES[name], np.stack([np.diag([2.0, 5.0, 2.0]), 3 * np.eye(3)]))
    np.testing.assert_allclose(stacked, np.stack([np.eye(3)] * 2), atol=1e-15)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("fn", [la.eigh, la.svd, la.eig])
def test_vectors_of_equal_values_have_none(fn: Any) -> None:
    assert not np.isfinite(gradient(lambda x: squared(fn(x)[0 if fn is la.svd else 1]), 2 * np.eye(2))).all()


PHASES = {
    "eigh": (MIXED_C, lambda z: la.eigh(z)[1]), "svd, U": (TALL_C, lambda z: la.svd(z, full_matrices=False)[0]),
    "svd, Vh": (WIDE_C, lambda z: la.svd(z, full_matrices=False)[2].mT), "eig": (SQUARE_C, lambda z: la.eig(z)[1]),
    "eig of a real matrix": (TURN, lambda x: la.eig(x)[1]),
    "svd, hermitian": (MIXED_C, lambda z: la.svd(z, hermitian=True)[0]),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("name", PHASES)
def test_a_loss_that_depends_on_the_phase_of_a_vector_is_refused(name: str, dtype: Any) -> None:
    """And its gradient is right where the first element of each vector is divided out."""
    x, vectors = PHASES[name]
    x = x.astype(dtype) if x.dtype.kind == "c" else x
    fn = name.split(",")[0].split()[0]
    with pytest.raises(ValueError, match=rf"{fn} returned complex vectors.*np.absolute\(v\)"):
        ag.grad(lambda x: np.sum(np.real(vectors(x))))(x)
    if dtype == np.complex128:
        check(lambda x: (lambda v: [np.real(v / v[:1]), np.imag(v / v[:1])])(vectors(x)), x, order=2)


def test_the_phase_that_u_and_vh_share_is_free() -> None:
    check(lambda z: np.real(np.matmul(*la.svd(z, full_matrices=False)[::2])), TALL_C, order=2)


def test_a_loss_without_any_gradient_is_not_refused() -> None:
    """The vectors are orthonormal: what comes in is rounding."""
    f = ag.grad(lambda z: (lambda v: np.sum(np.absolute(v @ np.conjugate(v).mT - np.eye(3)) ** 2))(la.eigh(z)[1]))
    for dtype in (np.complex64, np.complex128):
        assert np.abs(f(MIXED_C.astype(dtype))).max() < 1e-5


def test_real_vectors_have_a_sign_alone() -> None:
    for fn in (la.eigh, la.eig):
        check(lambda x, fn=fn: np.sum(fn(x)[1]), POSITIVE)


def test_compiled_the_phases_are_looked_at_in_each_call() -> None:
    f = ag.compile(ag.grad(lambda z, c: np.sum(np.absolute(la.eigh(z)[1]) ** 3 + c * np.real(la.eigh(z)[1]))))
    for _ in range(3):
        f(MIXED_C, np.array(0.0))
    with pytest.raises(ValueError, match="eigh returned complex vectors"):
        f(MIXED_C, np.array(1.0))


def test_the_gradient_lies_in_the_triangle_that_is_read() -> None:
    unread = np.triu(np.ones((3, 3), bool), 1)
    for f in (la.cholesky, lambda x: of_eigh(x)[2], lambda x: la.pinv(x, hermitian=True)):
        found = gradient(f, POSITIVE)
        assert found[unread].tolist() == [0.0] * 3
        np.testing.assert_array_equal(gradient(f, np.where(unread, 7.0, POSITIVE)), found)
    for f in (lambda x: la.cholesky(x, upper=True), lambda x: of_eigh(x, "U")[2], lambda x: la.eigvalsh(x, "U")):
        found = gradient(f, POSITIVE)
        assert found[unread.T].tolist() == [0.0] * 3
        np.testing.assert_array_equal(gradient(f, np.where(unread.T, 7.0, POSITIVE)), found)


def test_the_sign_of_a_real_determinant_has_no_gradient() -> None:
    assert gradient(lambda x: la.slogdet(x).sign, SQUARE) is None


@pytest.mark.parametrize("label", ["of rank n - 1", "of rank n - 2", "of rank 0", "complex"])
def test_cofactors_of_a_singular_matrix(label: str) -> None:
    check(cofactors, SINGULAR[label])


def test_third_derivative_of_det() -> None:
    """And of a singular matrix it is NaN, rather than wrong."""
    check(lambda x: second_cofactors(np.ones((3, 3)), x), SQUARE_C, order=2)
    assert np.isnan(gradient(lambda x: second_cofactors(np.ones((2, 2)), x), np.ones((2, 2)))).all()


def test_eigenvalues_in_another_order() -> None:
    """As eig and eigvals return them for large matrices."""
    x, g = np.stack([SQUARE_C, SQUARE + 2j * MIXED]), complexes(2, 3)
    y, order = la.eigvals(x), np.array([[1, 2, 0], [2, 1, 0]])
    swapped = (np.take_along_axis(z, order, axis=-1) for z in (g, y))
    np.testing.assert_allclose(eigvals_gx(next(swapped), x, next(swapped)), eigvals_gx(g, x, y), atol=1e-12)
    assert positions(np.array([2.0, 1.0, 1.0]), np.array([1.0, 2.0 + 1e-15, 1.0 - 1e-15])).tolist() == [1, 0, 2]


@pytest.mark.parametrize("fn", [la.slogdet, la.qr, la.eigh, la.eig, la.svd])
def test_results_keep_their_names(fn: Any) -> None:
    y = fn(leaf(POSITIVE))
    assert type(y) is type(fn(POSITIVE))
    assert all(isinstance(part, ag.Tensor) and part.requires_grad for part in y)


def test_the_rank_of_lstsq_is_a_constant() -> None:
    rank = la.lstsq(leaf(TALL), real(4))[2]
    assert (rank.node, rank.item()) == (None, 2)


def test_numpy_functions_with_two_meanings_of_a_stack_of_vectors() -> None:
    """Since NumPy 2 only a single vector is one; (2, 2) are two columns."""
    a, b = regular(2, 2, 2), real(2, 2)
    gb = gradient(lambda b: la.solve(a, b), b)
    np.testing.assert_allclose(gb, (la.inv(a).mT @ np.ones((2, 2, 2))).sum(axis=0))


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("f", "x", "error", "match"), [
    (lambda x: la.slogdet(x).logabsdet, np.ones((2, 2)), la.LinAlgError, r"slogdet.*invertible.*use np\.linalg\.det"),
    (lambda x: la.qr(x, mode="complete").Q, TALL, ValueError, r"qr was given.*\(4, 2\) and mode='complete'.*use mode="),
    (lambda x: la.qr(x, mode="raw")[0], TALL, ValueError, r"mode='raw'.*use mode='reduced'"),
    (lambda x: la.qr(x).R, np.ones((3, 2)) * [1, 0], la.LinAlgError, r"qr.*dependent.*np\.linalg\.svd"),
    (lambda x: la.svd(x).U, TALL, ValueError, r"full_matrices=True.*first 2.*full_matrices=False"),
    (lambda x: la.svd(x).Vh, WIDE, ValueError, r"full_matrices=True.*first 2.*full_matrices=False"),
    (lambda x: la.pinv(x, rcond=0.7), TALL, ValueError, r"cutoff of 0\.7.*up to 1\).*smaller cutoff"),
    (lambda x: la.pinv(x, rtol=0.7), TALL, ValueError, r"cutoff of 0\.7"),
    (lambda x: la.lstsq(x, np.ones(4), rcond=0.7)[0], TALL, ValueError, r"cutoff of 0\.7"),
    (lambda x: la.tensorsolve(x, np.ones(2)), np.ones((2, 3)), la.LinAlgError, r"\(2, 3\) and \(2,\).*reshape"),
    (la.inv, np.ones((2, 2)), la.LinAlgError, "Singular"),
], ids=lambda value: value if isinstance(value, str) else None)  # fmt: skip
def test_what_has_no_gradient_says_so(f: Any, x: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        gradient(f, x)


# -- properties ------------------------------------------------------------------------------------------------------

SIZES = st.integers(1, 4)
WHOLE = {
    "qr": lambda x: np.matmul(*la.qr(x)),
    "svd": lambda x: (lambda u, s, vh: (u * s[..., None, :]) @ vh)(*la.svd(x, full_matrices=False)),
    "pinv": lambda x: la.pinv(la.pinv(x)),
    "eig": lambda x: (lambda w, v: np.real((v * w[..., None, :]) @ la.inv(v)))(*la.eig(x)),
    "inv": lambda x: la.inv(la.inv(x)),
    "solve": lambda x: la.solve(la.inv(x), np.eye(x.shape[-1])),
    "eigh": lambda x: (lambda w, v: (v * w[..., None, :]) @ v.mT)(*la.eigh(x)),
    "cholesky": lambda x: (lambda y: y @ y.mT)(la.cholesky(x)),
}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(WHOLE)), m=SIZES, n=SIZES, stack=st.sampled_from([(), (2,), (0,)]))
def test_a_matrix_put_together_again_is_itself(name: str, m: int, n: int, stack: Any) -> None:
    """So the gradient that comes in goes out: of matrices that are read from one triangle, folded into that."""
    n = n if name in ("qr", "svd", "pinv") else m
    x, g = regular(*stack, m, n), real(*stack, m, n)
    if name in ("eigh", "cholesky"):
        x = x @ x.mT
    t = leaf(x)
    WHOLE[name](t).backward(g)
    assert t.grad is not None
    expected = np.tril(g + g.mT) - g * np.eye(n) if name in ("eigh", "cholesky") else g
    np.testing.assert_allclose(t.grad.data, expected, rtol=1e-8, atol=1e-8)


@settings(max_examples=15, deadline=None)
@given(n=SIZES, rank=st.integers(0, 4))
def test_det_of_any_rank(n: int, rank: int) -> None:
    x = unitary(n, real) @ np.diag(np.where(np.arange(n) < rank, 1.0 + np.arange(n), 0.0)) @ unitary(n, real)
    check(lambda x: la.det(x) + np.sum(x), x, order=2)  # where det has no slope, differences of it are all rounding


def test_lstsq_takes_a_matrix_of_integers() -> None:
    a, b = np.array([[1, 2], [3, 4], [5, 6]]), np.ones(3)
    expected = ag.grad(lambda b: np.sum(la.lstsq(a.astype(float), b)[0]))(b)
    np.testing.assert_array_equal(ag.grad(lambda b: np.sum(la.lstsq(a, b)[0]))(b), expected)
