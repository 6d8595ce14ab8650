"""Fourier transforms of every length, axis and norm, against differences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    case,
    check,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag

REAL, COMPLEX = normal(2, 5), rotated(2, 5)
STRIDED = reversed_columns(rotated(2, 3))
CUBE = normal(2, 3, 2)
LINES = [np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.hfft, np.fft.irfft, np.fft.ihfft]
PLANES = [np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2]
SPACES = [np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn]
OF_REAL = {np.fft.rfft, np.fft.ihfft, np.fft.rfft2, np.fft.rfftn}
SHIFTS = [np.fft.fftshift, np.fft.ifftshift]
NORMS = ["backward", "ortho", "forward"]


def given_to(fn: Any, *shape: int) -> list[Any]:
    """What a function is checked with: real numbers, and complex ones where it takes them."""
    return [normal(*shape)] if fn in OF_REAL else [normal(*shape), rotated(*shape)]


def power(y: Any) -> Any:
    """|y|², a real loss of a complex transform."""
    return np.real(y * np.conj(y))


CASES = [
    *(case(fn, x, n=n, norm=norm)
      for fn in LINES for x in given_to(fn, 5) for n in (None, 4, 7) for norm in (None, *NORMS)),
    *(case(fn, x, label=f"{n}") for fn in LINES for n in (2, 3, 4, 6) for x in given_to(fn, n)),
    *(case(fn, x, axis=axis, n=n)
      for fn in LINES for x in given_to(fn, 3, 2) for axis in (0, 1, -2) for n in (None, 2, 3)),
    *(case(fn, x, n=n, label="of size 1") for fn in LINES for x in given_to(fn, 1) for n in (1, 2, 3)),
    *(case(fn, normal(0, 3), n=n, label="of nothing") for fn in LINES for n in (None, 2, 4)),
    *(case(fn, STRIDED.real if fn in OF_REAL else STRIDED, axis=axis, label="strided")
      for fn in LINES for axis in (0, 1)),
    *(case(fn, x, f=lambda x, fn=fn: power(fn(x, 4)), label="power") for fn in LINES for x in given_to(fn, 5)),
    *(case(fn, x, f=lambda x, fn=fn: fn(x, 6, 0, "ortho"), label="positional")
      for fn in LINES for x in given_to(fn, 4)),
    case(np.fft.fft, normal(4), normal(4), label="convolution",
         f=lambda a, b: np.fft.irfft(np.fft.rfft(a) * np.fft.rfft(b)) * np.fft.fft(a)),

    *(case(fn, x, s=s, norm=norm) for fn in PLANES for x in given_to(fn, 3, 2)
      for s in (None, (2, 3), (4, -1), (-1, 4)) for norm in (None, "ortho")),
    *(case(fn, x, norm=norm) for fn in PLANES for x in given_to(fn, 2, 3) for norm in NORMS),
    *(case(fn, CUBE, axes=axes) for fn in PLANES for axes in [(0, 1), (2, 0), (-2,), (1, -1, 0)]),
    *(case(fn, reversed_columns(x), label="strided") for fn in PLANES for x in given_to(fn, 2, 3)),
    *(case(fn, x, axes=axes)
      for fn in SPACES for x in given_to(fn, 2, 1, 3) for axes in (None, (0,), (-1, 0), (2, 1, 0))),
    *(case(fn, CUBE, s=s, axes=axes) for fn in SPACES
      for s, axes in [((3, 2), (0, 1)), ((2, 4), (1, -1)), ((-1, 3, 3), (2, 0, 1)), ((4,), (0,)), ([3, 2], [1, 0])]),
    *(case(fn, x, norm=norm) for fn in SPACES for x in given_to(fn, 2, 3) for norm in NORMS),
    *(case(fn, x, f=lambda x, fn=fn: power(fn(x, (3, 2), (0, 1))), label="power")
      for fn in SPACES for x in given_to(fn, 2, 3)),
    *(case(fn, normal(0, 2, 3), axes=(1, 2), label="of nothing") for fn in (*PLANES, *SPACES)),
    *(case(fn, normal(3), label="of a line") for fn in SPACES),
    *(case(fn, COMPLEX, axes=()) for fn in (np.fft.fftn, np.fft.ifftn)),
    *(case(fn, normal(), label="of a point") for fn in (np.fft.fftn, np.fft.ifftn)),

    *(case(fn, x, axes=axes) for fn in SHIFTS for x in (REAL, COMPLEX) for axes in (None, 0, -1, (1,), (1, 0), (1, 1))),
    *(case(fn, x) for fn in SHIFTS for x in (normal(4), normal(5), normal(1), normal(0), STRIDED)),
    *(case(fn, CUBE, f=lambda x, fn=fn: fn(x, (0, 2)) * x, label="positional") for fn in SHIFTS),
]  # fmt: skip


def is_complex(case: Any) -> bool:
    return has_complex(case) or bool(np.iscomplexobj(case.f(*case.inputs)))


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not is_complex(c)])


@pytest.mark.parametrize("fn", [*LINES, *PLANES, *SPACES, *SHIFTS], ids=lambda fn: fn.__name__)
def test_single_precision_stays_single(fn: Any) -> None:
    t = ag.Tensor(np.ones((4, 3), np.float32), requires_grad=True)
    seen = []

    class Dtypes(ag.Observer):
        def on_call(self, fn: Any, args: Any, options: Any, y: Any, node: Any, seconds: float) -> None:
            seen.append(np.asarray(y).dtype)

        def on_backward(self, node: Any, g: Any, gxs: Any, seconds: float) -> None:
            seen.extend(np.asarray(value).dtype for value in (g, *gxs.values()))

    with ag.observe(Dtypes()):
        power(fn(t)).sum().backward()
    assert {dtype.name for dtype in seen} <= {"float32", "complex64"}


def test_the_power_of_a_spectrum_is_that_of_the_signal() -> None:
    """Parseval: the sum of |fft(x)|² is n times that of |x|², so its gradient is 2 n x."""
    for x in (normal(6), rotated(5)):
        t = ag.Tensor(x, requires_grad=True)
        power(np.fft.fft(t)).sum().backward()
        assert t.grad is not None
        np.testing.assert_allclose(t.grad.data, 2 * x.size * x)


@pytest.mark.parametrize("fn", [*PLANES, *SPACES], ids=lambda fn: fn.__name__)
def test_an_axis_named_twice_is_refused(fn: Any) -> None:
    t = ag.Tensor(normal(4, 4), requires_grad=True)
    with pytest.raises(ValueError, match=r"axes=\(0, -2\), one of them twice.*np\.fft\.fft"):
        power(fn(t, axes=(0, -2))).sum().backward()


@pytest.mark.filterwarnings("ignore:.*axes:DeprecationWarning", "ignore:.*None:DeprecationWarning")
@pytest.mark.parametrize("fn", SPACES, ids=lambda fn: fn.__name__)
def test_what_numpy_still_takes_of_old_is_differentiated(fn: Any) -> None:
    """Lengths without axes are those of the last axes; None stands for the length of the input."""
    for s, axes in [((3, 2), None), ((3,), None), ((None, 2), (0, 1)), ((2, None), (0, 1))]:
        check(lambda x, s=s, axes=axes: fn(x, s, axes), normal(2, 3))


@pytest.mark.parametrize("fn", [*LINES, *PLANES, *SPACES], ids=lambda fn: fn.__name__)
def test_writing_into_an_array_is_refused(fn: Any) -> None:
    with pytest.raises(TypeError, match="out="):
        fn(ag.Tensor(np.ones((2, 2)), requires_grad=True), out=np.empty((2, 2), complex))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), fn=st.sampled_from(LINES), norm=st.sampled_from(NORMS), n=st.none() | st.integers(1, 6))
def test_any_length_along_any_axis(data: Any, fn: Any, norm: Any, n: Any) -> None:
    shape = data.draw(st.lists(st.integers(2, 4), min_size=1, max_size=2))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = normal(*shape) if fn in OF_REAL else rotated(*shape)
    check(lambda x: fn(x, n, axis, norm), x)
