"""Covariance and correlation, against differences."""

from typing import Any

import numpy as np
import pytest
from numeric import (
    assert_same_values,
    case,
    has_complex,
    judged,
    leaves_of,
    normal,
    reversed_columns,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag

X = normal(3, 4)
SAMPLES = spaced(2, 5)

CASES = [
    *(case(np.cov, X, **options) for options in
      [{}, {"rowvar": False}, {"bias": True}, {"ddof": 0}, {"ddof": 2}, {"ddof": 1, "bias": True},
       {"fweights": [1, 2, 0, 3]}, {"aweights": [0.5, 1.5, 1.0, 2.0]}, {"aweights": [0.5, 1.5, 1.0, 2.0], "ddof": 0},
       {"fweights": np.array([1, 2, 0, 3]), "aweights": np.array([0.5, 1.5, 1.0, 2.0])}, {"dtype": np.float64}]),
    *(case(np.cov, normal(*shape), rowvar=rowvar) for shape, rowvar in
      [((4,), True), ((4,), False), ((1, 4), True), ((4, 1), False), ((0, 4), True), ((4, 0), False)]),
    *(case(fn, SAMPLES, spaced(*shape)) for fn in (np.cov, np.corrcoef) for shape in [(1, 5), (5,)]),
    *(case(fn, SAMPLES.T, spaced(*shape), rowvar=False) for fn in (np.cov, np.corrcoef)
      for shape in [(5, 1), (5,), (1, 5)]),
    *(case(fn, normal(4), normal(4)) for fn in (np.cov, np.corrcoef)),
    *(case(fn, normal(4), f=lambda x, fn=fn: fn(x, [1.0, 2.0, 4.0, 3.0]), label="list")
      for fn in (np.cov, np.corrcoef)),
    *(case(fn, reversed_columns(SAMPLES)) for fn in (np.cov, np.corrcoef)),
    *(case(fn, rotated(2, 5)) for fn in (np.cov, np.corrcoef)),
    case(np.cov, rotated(4), normal(4), aweights=[0.5, 1.5, 1.0, 2.0]),
    case(np.corrcoef, SAMPLES),
    case(np.corrcoef, SAMPLES.T, rowvar=False),
    case(np.corrcoef, normal(4)),
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if not has_complex(c) and "list" not in c.label and "number" not in c.label]
)


# -- the same bits as NumPy ------------------------------------------------------------------------------------------

MANY = np.random.default_rng(7).normal(size=(7, 41))
WEIGHTS, COUNTS = np.random.default_rng(8).uniform(size=41), np.random.default_rng(9).integers(0, 4, 41)
OPTIONS: dict[str, dict[str, Any]] = {
    "none": {}, "bias": {"bias": True}, "fweights": {"fweights": COUNTS}, "aweights": {"aweights": WEIGHTS},
    "both weights": {"fweights": COUNTS, "aweights": WEIGHTS}, "aweights, bias": {"aweights": WEIGHTS, "bias": True},
    "columns": {"rowvar": False}, "y": {"y": MANY[:2]}, "y, 1-d": {"y": MANY[0]}, "complex64": {"dtype": np.complex64},
    "fweights, complex64": {"fweights": COUNTS, "dtype": np.complex64}, "float32": {"dtype": np.float32},
    "aweights, float32": {"aweights": WEIGHTS, "dtype": np.float32},
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("x", [
    MANY, MANY.T.copy().T, MANY[::-1, ::-1], MANY + 1j * MANY[::-1], MANY.astype(np.float32),
], ids=["C", "F", "reversed", "complex", "float32"])  # fmt: skip
@pytest.mark.parametrize("name", OPTIONS)
def test_cov_and_corrcoef_have_the_bits_of_numpy(x: Any, name: str) -> None:
    options = OPTIONS[name]
    assert_same_values(lambda x: np.cov(x, **options), [x], [np.cov(x, **options)])
    if set(options) <= {"rowvar", "y", "dtype"}:
        assert_same_values(lambda x: np.corrcoef(x, **options), [x], [np.corrcoef(x, **options)])


# -- errors and warnings ---------------------------------------------------------------------------------------------


def test_cov_of_too_few_samples_warns_as_in_numpy() -> None:
    (t,) = leaves_of([np.array([[1.0], [2.0]])])
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        assert np.isnan(np.cov(t).data).all()


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: np.cov(t, ddof=0.5), ValueError, "ddof=0.5"),
    (lambda t: np.cov(t.reshape(1, 1, 3)), ValueError, "one or two axes"),
    (lambda t: np.cov(t, fweights=[1, 2]), ValueError, "3 numbers"),
    (lambda t: np.cov(t, fweights=[1, 2, 0.5]), ValueError, "none broken"),
    (lambda t: np.cov(t, aweights=[1, 2, -1]), ValueError, "none negative"),
    (lambda t: np.cov(t, aweights=t * t), TypeError, "aweights=t.detach"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))
