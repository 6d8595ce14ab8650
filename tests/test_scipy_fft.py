"""SciPy's Fourier, cosine, sine and Hankel transforms: any type, length, axis and norm, against their matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    assert_same_values,
    case,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag
from autograd.scipy import fft

LINES = [fft.fft, fft.ifft, fft.rfft, fft.hfft, fft.irfft, fft.ihfft]
PLANES = [fft.fft2, fft.ifft2, fft.rfft2, fft.hfft2, fft.irfft2, fft.ihfft2]
SPACES = [fft.fftn, fft.ifftn, fft.rfftn, fft.hfftn, fft.irfftn, fft.ihfftn]
OF_REAL = {fft.rfft, fft.ihfft, fft.rfft2, fft.ihfft2, fft.rfftn, fft.ihfftn}
WAVES, WAVES_IN_SPACE = [fft.dct, fft.idct, fft.dst, fft.idst], [fft.dctn, fft.idctn, fft.dstn, fft.idstn]
HANKEL = [fft.fht, fft.ifht]
SHIFTS = [fft.fftshift, fft.ifftshift]
NORMS = [None, "backward", "ortho", "forward"]


def signals(fn: Any, *shape: int) -> list[Any]:
    """What a function is checked with: real numbers, and complex ones where it takes them."""
    return [normal(*shape)] if fn in OF_REAL else [normal(*shape), rotated(*shape)]


def power(y: Any) -> Any:
    return np.real(y * np.conj(y))


CASES = [
    *(case(fn, x, n=n, axis=0, norm="ortho", workers=2)
      for fn in LINES for x in signals(fn, 4, 2) for n in (None, 3, 5)),
    *(case(fn, x, f=lambda x, fn=fn: power(fn(x, 4)), label="power") for fn in LINES for x in signals(fn, 5)),
    *(case(fn, normal(0, 3), label="of nothing") for fn in LINES),
    *(case(fn, x, s=s, axes=axes, norm=norm) for fn in (*PLANES, *SPACES) for x in signals(fn, 3, 2)
      for s, axes, norm in [(None, (0, 1), None), ((2, 3), (1, 0), "forward"), ((-1, 4), (0, 1), "ortho"),
                            ([4, -1], [-2, -1], "backward"), (3, 0, None)]),
    *(case(fn, reversed_columns(x), label="strided") for fn in PLANES for x in signals(fn, 2, 3)),
    *(case(fn, normal(2, 1, 3), axes=axes) for fn in SPACES for axes in (None, (-1, 0))),
    *(case(fn, normal(2, 3), s=s) for fn in SPACES for s in (3, (2, 4))),
    *(case(fn, x, type=kind, n=n, norm=norm)
      for fn in WAVES for kind, n, norm in [(1, None, None), (2, 4, "ortho"), (3, 2, "forward"), (4, None, "backward")]
      for x in (normal(2, 3), rotated(3))),
    *(case(fn, reversed_columns(normal(3, 2)), axis=0, label="strided") for fn in WAVES),
    *(case(fn, normal(0, 3), label="of nothing") for fn in WAVES),
    *(case(fn, x, type=kind, s=s, axes=axes, norm=norm)
      for fn in WAVES_IN_SPACE for x in (normal(3, 2), rotated(2, 3))
      for kind, s, axes, norm in [(2, None, None, None), (3, (4, -1), (1, 0), "forward"), (1, 3, -1, "ortho"),
                                  (4, (3,), None, "backward")]),
    *(case(fn, normal(2, n), dln=0.1, mu=1.5, offset=0.2, bias=bias)
      for fn in HANKEL for n in (4, 5) for bias in (0, 0.3)),
    *(case(fn, x, axes=axes) for fn in SHIFTS for x in (normal(2, 3), rotated(2, 3)) for axes in (None, -1)),
]  # fmt: skip


def is_complex(case: Any) -> bool:
    return has_complex(case) or bool(np.iscomplexobj(case.f(*case.inputs)))


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not is_complex(c) and c.fn not in HANKEL])


# -- against matrices --------------------------------------------------------------------------------------------------


def assert_gradient_is_of_matrix(fn: Any, plain: Any, x: Any) -> None:
    """A linear function of one vector: its matrix is what it makes of unit vectors, and transposed, its gradient."""
    t = ag.Tensor(x, requires_grad=True)
    y = fn(t)
    g = rotated(*y.shape) if y.dtype.kind == "c" else normal(*y.shape)
    y.backward(g)
    expected = plain(np.eye(x.size)) @ g
    assert t.grad is not None
    np.testing.assert_allclose(t.grad.data, expected.real, atol=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(WAVES), st.integers(1, 4), st.integers(1, 5), st.none() | st.integers(2, 6),
       st.sampled_from(NORMS), st.sampled_from([None, True, False]))  # fmt: skip
def test_a_wave_of_any_type_length_and_norm(fn: Any, type: int, size: int, n: Any, norm: Any, edges: Any) -> None:
    if size == 1 and n is None and type == 1:
        n = 2
    options = {"type": type, "n": n, "norm": norm, "orthogonalize": edges}
    plain = getattr(scipy.fft, fn.__name__)
    assert_gradient_is_of_matrix(lambda x: fn(x, **options), lambda x: plain(x, **options), normal(size))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(HANKEL), st.integers(1, 6), st.sampled_from([-1.5, 0, 2]), st.sampled_from([0, 0.4]),
       st.sampled_from([0, -0.3]))  # fmt: skip
def test_a_hankel_transform_is_a_symmetric_matrix(fn: Any, n: int, mu: float, offset: float, bias: float) -> None:
    plain = getattr(scipy.fft, fn.__name__)
    assert_gradient_is_of_matrix(lambda x: fn(x, 0.2, mu, offset, bias),
                                 lambda x: plain(x, 0.2, mu, offset, bias), normal(n))  # fmt: skip


# -- the same values as SciPy's, and nothing overwritten ---------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
@pytest.mark.parametrize("fn", [*LINES, *PLANES, *SPACES, *WAVES, *WAVES_IN_SPACE], ids=lambda fn: fn.__name__)
def test_the_values_and_dtypes_are_scipys_and_nothing_is_overwritten(fn: Any, dtype: str) -> None:
    if fn in OF_REAL and dtype == "complex64":
        return
    x = normal(4, 4).astype(dtype)
    plain, given_x = getattr(scipy.fft, fn.__name__), x.copy()
    assert_same_values(lambda x: fn(x, overwrite_x=True, workers=2), [x], [plain(x)])
    positional = [None, -1] if fn in LINES else [None, (-2, -1)]
    if fn in WAVES or fn in WAVES_IN_SPACE:
        positional = [2, *([None, -1] if fn in WAVES else [None, None])]
    np.testing.assert_array_equal(fn(x, *positional, None, True, 2), plain(x))
    np.testing.assert_array_equal(x, given_x)


@pytest.mark.parametrize("name", fft.__all__)
def test_scipys_own_functions_are_differentiated_where_this_is_their_backend(name: str) -> None:
    options = {"dln": 0.1, "mu": 0.5} if "fht" in name else {}
    x, ours, plain = normal(4, 4), getattr(fft, name), getattr(scipy.fft, name)

    def loss(fn: Any) -> Any:
        return lambda x: np.sum(power(fn(x, **options)) * np.arange(1.0, fn(x, **options).shape[-1] + 1))

    expected = ag.grad(loss(ours))(x)
    with scipy.fft.set_backend(fft):
        np.testing.assert_array_equal(ag.grad(loss(plain))(x), expected)
        np.testing.assert_array_equal(plain(x, **options), ours(x, **options))


def test_what_has_no_gradient_is_scipys() -> None:
    assert fft.next_fast_len is scipy.fft.next_fast_len
    with scipy.fft.set_backend(fft):
        np.testing.assert_array_equal(fft.fftfreq(3), scipy.fft.fftfreq(3))
    with pytest.raises(AttributeError, match="no_such"):
        _ = fft.no_such


def test_a_compiled_transform_gives_the_same_bits() -> None:
    f = lambda x: np.sum(fft.dct(x, norm="ortho") * fft.irfft(fft.rfft(x)))
    step = ag.compile(ag.grad(f))
    for _ in range(3):
        x = normal(6)
        np.testing.assert_array_equal(step(x), ag.grad(f)(x))


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in fft.__all__ if "shift" not in name])
def test_scipys_function_names_this_one(name: str) -> None:
    options = {"dln": 0.1, "mu": 0.5} if "fht" in name else {}
    with pytest.raises(TypeError, match=rf"scipy\.fft\.{name} was given .* use autograd\.scipy\.fft\.{name}"):
        getattr(scipy.fft, name)(ag.Tensor(normal(4, 4), requires_grad=True), **options)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: fft.fftn(t, axes=(0, 0)), ValueError, "unique"),
    (lambda t: fft.fft(t, n=0), ValueError, "invalid number of data points"),
    (lambda t: fft.dct(t, type=5), ValueError, "invalid DCT type"),
    (lambda t: fft.fft(t, norm="most"), ValueError, "norm"),
    (lambda t: fft.fft(t, plan=1), NotImplementedError, "plan"),
    (lambda t: fft.rfft(t + 1j), TypeError, "real"),
    (lambda t: fft.fft(t, dim=0), TypeError, "dim=0, which NumPy calls axis; write axis=0"),
    (lambda t: fft.fht(t, t.sum(), 0.5), TypeError, "'dln'"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones((2, 2)), requires_grad=True))
