"""SciPy's convolutions, filters, trends and spectra, against differences and against matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    Calls,
    assert_same_values,
    between,
    case,
    check,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag
from autograd.scipy import signal
from autograd.scipy.signal import convolutions, filters, spectral, trends

CONVOLUTIONS = [convolutions.convolve, signal.correlate]
ALONG_AXES = [signal.fftconvolve, signal.oaconvolve]
IN_PLANE = [signal.convolve2d, signal.correlate2d]
MODES = ["full", "same", "valid"]

A, B = np.array([1.5, -0.6, 0.2]), np.array([0.5, 0.3])
SECTIONS = np.array([[0.5, 1.0, -0.3, -0.4, 0.2], [1.2, 0.1, 0.7, 0.3, 0.1]])
STATES = normal(2, 2, 2)


def with_a0(sections: Any) -> Any:
    """Sections whose a[0] is 1, of the five other numbers."""
    return np.concatenate([sections[:, :3], np.ones((2, 1)), sections[:, 3:]], axis=1)


def second_of(fn: Any, **options: Any) -> Any:
    """A function that returns the frequencies first, or others, and numbers without a gradient."""
    return lambda *xs: fn(*xs, **options)[-1] * 1


SPECTRA = {"nperseg": 4, "noverlap": 1, "fs": 2.0}

CASES = [
    # Convolutions
    *(case(fn, normal(*a), normal(*b), mode=mode, method=method) for fn in CONVOLUTIONS for a, b, mode, method in
      [((4,), (3,), "full", "auto"), ((4, 2), (2, 3), "same", "direct"), ((2, 3), (3, 4), "valid", "fft")]),
    *(case(fn, x, y, mode=mode, label=f"{x.dtype.kind}{y.dtype.kind}") for fn in CONVOLUTIONS for mode in MODES[:2]
      for x, y in [(rotated(3), rotated(2)), (normal(2), rotated(3)), (rotated(2, 2), normal(2, 1))]),
    *(case(fn, normal(), normal(), label="of numbers") for fn in CONVOLUTIONS),
    *(case(fn, normal(0), normal(2), label="of nothing") for fn in ALONG_AXES),
    *(case(fn, normal(5)[::-2], f=lambda x, fn=fn: fn(x, [1.0, -2.0]) + fn([0.5, 2.0], x), label="strided, lists")
      for fn in CONVOLUTIONS),
    *(case(fn, normal(3, 2), normal(1, 3), mode=mode, axes=axes, label=label) for fn in ALONG_AXES
      for mode, axes, label in [("full", 1, ""), ("same", (1,), ""), ("valid", [-1], "")]),
    *(case(fn, rotated(3, 2), normal(2, 2), mode=mode) for fn in ALONG_AXES for mode in MODES),
    *(case(fn, normal(3, 3), normal(2, 2), mode=mode, boundary=boundary, fillvalue=1.5) for fn in IN_PLANE
      for mode, boundary in zip(MODES, ("fill", "symm", "wrap"), strict=True)),
    *(case(fn, rotated(2, 3), rotated(1, 2), mode="same", boundary="wrap") for fn in IN_PLANE),

    # Filters
    case(signal.lfilter, B, A, normal(2, 4)),
    case(signal.lfilter, A, A[:2], normal(3, 2), axis=0),
    case(signal.lfilter, A, A[:1], normal(3), label="without feedback"),
    case(signal.lfilter, normal(), normal() + 3, normal(2), label="numbers"),
    case(signal.lfilter, B + 0.2j, A - 0.5j, rotated(3)),
    case(signal.lfilter, reversed_columns(normal(3, 2)), label="strided, lists",
         f=lambda x: signal.lfilter([1, 2], [2, 0.5], x, 0)),
    *(case(signal.lfilter, A, B, x, zi, f=lambda b, a, x, zi: signal.lfilter(b, a, x, axis=0, zi=zi), label=label)
      for x, zi, label in [(normal(3, 2), normal(2, 2), "states"), (normal(1, 2), normal(2, 1), "states broadcast"),
                           (rotated(3, 1), rotated(2, 1), "states")]),
    *(case(signal.lfilter, B, A, normal(4), normal(2), label=f"output {k}",
           f=lambda b, a, x, zi, k=k: signal.lfilter(b, a, x, zi=zi)[k] * 1) for k in (0, 1)),
    case(signal.sosfilt, SECTIONS, normal(2, 3), f=lambda sos, x: signal.sosfilt(with_a0(sos), x)),
    case(signal.sosfilt, SECTIONS, normal(3, 2), STATES,
         f=lambda sos, x, zi: signal.sosfilt(with_a0(sos), x, axis=0, zi=zi), label="states"),
    case(signal.sosfilt, normal(2, 3), STATES, label="final states",
         f=lambda x, zi: signal.sosfilt(with_a0(SECTIONS), x, zi=zi.swapaxes(1, 2))[1] * 1),
    case(signal.lfilter_zi, A, B),
    case(signal.lfilter_zi, B, A),
    case(signal.sosfilt_zi, SECTIONS, f=lambda sos: signal.sosfilt_zi(with_a0(sos))),
    case(signal.filtfilt, B, A[:2], normal(3), padlen=2),
    *(case(signal.filtfilt, normal(4), label=str(padtype),
           f=lambda x, padtype=padtype: signal.filtfilt(B, A, x, 0, padtype, 2))
      for padtype in ("even", "constant", None)),
    case(signal.filtfilt, rotated(8, 1), f=lambda x: signal.filtfilt(B, A[:2], x, axis=0), label="complex"),
    case(signal.sosfiltfilt, SECTIONS[:, :4], normal(3), label="sections",
         f=lambda sos, x: signal.sosfiltfilt(with_a0(np.concatenate([sos, np.zeros((2, 1))], 1)), x, padlen=1)),
    case(signal.sosfiltfilt, normal(2, 4), f=lambda x: signal.sosfiltfilt(with_a0(SECTIONS), x, -1, "even", 2)),

    # Lines
    *(case(signal.detrend, x, axis=axis, type=kind, bp=bp) for x in (normal(5, 2), rotated(5, 2))
      for axis, kind, bp in [(0, "linear", 2), (-1, "constant", 0)]),
    *(case(signal.hilbert, x, N=n, axis=axis)
      for x in (normal(4, 3), normal(3, 2)) for n, axis in [(None, 0), (2, 1), (5, 1)]),
    *(case(signal.resample, normal(n), num=num) for n, num in [(5, 2), (4, 3), (4, 4), (4, 6), (3, 4)]),
    *(case(signal.resample, x, num=3, axis=1, window=window) for x, window in
      [(normal(1, 5), "hamming"), (rotated(1, 4), np.cos)]),
    case(signal.resample, rotated(4), num=6, domain="freq"),
    case(signal.resample, normal(5), f=lambda x: signal.resample(x, 3, t=np.arange(5.0))[0] * 1, label="with times"),
    *(case(signal.savgol_filter, normal(4, 2), window_length=3, polyorder=2, deriv=1, axis=0, mode=mode, cval=1.0)
      for mode in ("interp", "mirror", "constant")),
    case(signal.savgol_filter, normal(4), window_length=1, polyorder=0),

    # Spectra
    case(signal.periodogram, normal(2, 3), f=second_of(signal.periodogram)),
    *(case(signal.periodogram, x, f=second_of(signal.periodogram, nfft=n, window="hann", axis=0), label=f"nfft={n}")
      for n, x in [(4, normal(5, 1)), (6, rotated(5, 1))]),
    *(case(signal.welch, x, f=second_of(signal.welch, **SPECTRA, **options), label=str(options))
      for x, options in [(normal(7), {}), (rotated(7), {"detrend": "linear", "scaling": "spectrum"}),
                         (normal(10, 1), {"average": "median", "axis": 0, "nfft": 5, "detrend": False})]),
    *(case(signal.csd, x, y, f=second_of(signal.csd, **SPECTRA, average=average), label=average)
      for x, y, average in [(normal(4), normal(5), "mean"), (rotated(1, 7), normal(7), "median")]),
    case(signal.coherence, normal(7), normal(5), f=second_of(signal.coherence, **SPECTRA)),
    *(case(signal.spectrogram, x, label=mode,
           f=second_of(signal.spectrogram, **SPECTRA, mode=mode, return_onesided=x.ndim == 1))
      for mode, x in [("psd", normal(7)), ("complex", rotated(1, 7)), ("magnitude", normal(4))]),
    case(signal.spectrogram, normal(4, 2), f=second_of(signal.spectrogram, **SPECTRA, axis=0)),
    *(case(signal.stft, x, f=second_of(signal.stft, **SPECTRA, boundary=boundary, return_onesided=x.ndim == 2),
            label=str(boundary)) for boundary in ("zeros", "even", None) for x in (normal(2, 6), rotated(6))),
    *(case(signal.istft, rotated(3, 2), f=second_of(signal.istft, window="hann", scaling=scaling), label=scaling)
      for scaling in ("spectrum", "psd")),
    case(signal.istft, rotated(2, 5, 1), label="complex",
         f=second_of(signal.istft, input_onesided=False, nperseg=4, time_axis=0, freq_axis=1)),
]  # fmt: skip


def is_real(case: Any) -> bool:
    y = None if has_complex(case) else case.f(*case.inputs)
    return y is not None and not any(map(np.iscomplexobj, y if isinstance(y, tuple) else [y]))


WITH_FREQUENCIES = {signal.periodogram, signal.welch, signal.csd, signal.coherence, signal.spectrogram, signal.stft,
                    signal.istft, signal.resample}  # fmt: skip

test_gradients, test_float32 = judged(CASES, [c for c in CASES if is_real(c) and c.fn not in WITH_FREQUENCIES])


@pytest.mark.parametrize(
    "case", [c for c in CASES if is_real(c) and c.fn in WITH_FREQUENCIES], ids=lambda case: case.label
)
def test_float32_but_for_the_frequencies(case: Any) -> None:
    """Which SciPy returns in float64, as it does times."""
    x = ag.Tensor(case.inputs[0].astype(np.float32), requires_grad=True)
    others = [other.astype(np.float32) for other in case.inputs[1:]]
    calls = Calls()
    with ag.observe(calls):
        y = np.sum(case.f(x, *others) * 3)
        y.backward(create_graph=True)
    wide = {fn.__name__ for fn, _, _, y, *_ in calls.recorded_calls if getattr(y, "dtype", None) == np.float64}
    assert not wide
    assert x.grad is not None
    expected = ag.grad(lambda x: np.sum(case.f(x, *case.inputs[1:]) * 3))(case.inputs[0])
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-3, atol=1e-4)


# -- convolutions of all shapes ----------------------------------------------------------------------------------------


def assert_gradients_are_of_matrices(fn: Any, plain: Any, a: Any, b: Any) -> None:
    """A function linear in each of two arrays, but for a constant: its matrices are what it makes of unit vectors."""
    t, u = ag.Tensor(a, requires_grad=True), ag.Tensor(b, requires_grad=True)
    y = fn(t, u)
    g = normal(*y.shape)
    y.backward(g)
    by_a = [np.sum((plain(e.reshape(a.shape), b) - plain(0 * a, b)) * g) for e in np.eye(a.size)]
    by_b = [np.sum((plain(a, e.reshape(b.shape)) - plain(a, 0 * b)) * g) for e in np.eye(b.size)]
    assert t.grad is not None
    assert u.grad is not None
    np.testing.assert_allclose(t.grad.data.ravel(), by_a, atol=1e-11)
    np.testing.assert_allclose(u.grad.data.ravel(), by_b, atol=1e-11)


shapes = st.tuples(st.integers(1, 4), st.integers(1, 4))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CONVOLUTIONS), shapes, shapes, st.sampled_from(MODES), st.sampled_from(["direct", "fft"]),
       st.booleans())  # fmt: skip
def test_a_convolution_of_any_shapes(fn: Any, a: Any, b: Any, mode: str, method: str, is_line: bool) -> None:
    a, b = (a[:1], b[:1]) if is_line else (a, b)
    plain = getattr(scipy.signal, fn.__name__)
    if mode == "valid" and not is_line and (a[0] < b[0]) != (a[1] < b[1]) and a[0] != b[0] and a[1] != b[1]:
        return  # where neither fits into the other, SciPy refuses it
    assert_gradients_are_of_matrices(lambda x, y: fn(x, y, mode, method), lambda x, y: plain(x, y, mode, method),
                                     normal(*a), normal(*b))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ALONG_AXES), st.integers(1, 4), shapes, st.sampled_from(["full", "same"]), st.booleans())
def test_a_convolution_along_an_axis_broadcasts_along_the_others(
    fn: Any, rows: int, columns: Any, mode: str, is_one: bool
) -> None:
    """With mode="same" SciPy keeps the middle one of the rows of b, if a has one."""
    a, b = ((1, columns[0]), (rows, columns[1])) if is_one else ((rows, columns[0]), (1, columns[1]))
    plain = getattr(scipy.signal, fn.__name__)
    assert_gradients_are_of_matrices(lambda x, y: fn(x, y, mode, axes=-1), lambda x, y: plain(x, y, mode, axes=-1),
                                     normal(*a), normal(*b))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(IN_PLANE),
    shapes,
    shapes,
    st.sampled_from(["full", "same"]),
    st.sampled_from(["wrap", "symm", "fill"]),
)
def test_a_convolution_in_a_plane_beyond_any_edge(fn: Any, a: Any, b: Any, mode: str, boundary: str) -> None:
    plain = getattr(scipy.signal, fn.__name__)
    assert_gradients_are_of_matrices(lambda x, y: fn(x, y, mode, boundary, 0.5),
                                     lambda x, y: plain(x, y, mode, boundary, 0.5), normal(*a), normal(*b))  # fmt: skip


# -- what the rules compute anew is what SciPy computes ----------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 9), st.booleans(), st.sampled_from(["hann", ("tukey", 0.25)]), st.integers(2, 4), st.booleans(),
       st.sampled_from(["constant", "linear", False]), st.booleans(), st.sampled_from(["density", "spectrum"]),
       st.sampled_from(["mean", "median"]))  # fmt: skip
def test_the_spectra_of_the_rules_are_scipys(
    n: int, is_complex: bool, window: Any, length: int, longer: bool, trend: Any, half: bool, scaling: str, average: str
) -> None:
    x, y = (rotated(2, n), rotated(2, n - 1)) if is_complex else (normal(2, n), normal(2, n - 1))
    options = (2.0, window, length, None, length + 1 if longer else None, trend, half, scaling, -1, average)
    np.testing.assert_allclose(spectral.mean_power(x, *options)[1], scipy.signal.welch(x, *options)[1], atol=1e-13)
    np.testing.assert_allclose(spectral.cross_power(x, y, *options)[1], scipy.signal.csd(x, y, *options)[1], atol=1e-13)


@pytest.mark.filterwarnings("ignore:NOLA")
@settings(max_examples=40, deadline=None)
@given(st.integers(6, 9), st.booleans(), st.integers(4, 5), st.sampled_from([None, 1]), st.booleans(),
       st.sampled_from(["zeros", "even", "odd", "constant", None]), st.booleans(),
       st.sampled_from([0, 1, -1]))  # fmt: skip
def test_the_spectra_in_time_of_the_rules_are_scipys_and_back(
    n: int, is_complex: bool, length: int, overlap: Any, longer: bool, boundary: Any, padded: bool, axis: int
) -> None:
    x = rotated(n, n) if is_complex else normal(n, n)
    options = (
        2.0,
        "hann",
        length,
        overlap,
        length + 2 if longer else None,
        False,
        not is_complex,
        boundary,
        padded,
        axis,
    )
    expected = scipy.signal.stft(x, *options, "psd")[2]
    np.testing.assert_allclose(spectral.spectrum_in_time(x, *options, "psd")[2], expected, atol=1e-13)
    back = (2.0, "hann", length, overlap, options[4], not is_complex, boundary, -1, axis if axis >= 0 else -2, "psd")
    expected_x = scipy.signal.istft(expected, *back)[1]
    np.testing.assert_allclose(spectral.signal_of_spectra(expected, *back)[1], expected_x, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.integers(1, 9), st.booleans(), st.sampled_from([None, "hamming", np.cos]))
def test_the_resampling_of_the_rule_is_scipys(n: int, num: int, is_complex: bool, window: Any) -> None:
    x = rotated(n) if is_complex else normal(n)
    np.testing.assert_allclose(trends.resampled(x, num, None, 0, window, "time"),
                               scipy.signal.resample(x, num, window=window), atol=1e-13)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6), st.integers(0, 2), st.integers(0, 2), st.sampled_from(["interp", "mirror", "constant", "wrap"])
)
def test_the_smoothing_of_the_rule_is_scipys(length: int, order: int, deriv: int, mode: str) -> None:
    order, x = min(order, length - 1), normal(6, 2)
    options = (length, order, deriv, 0.5, 0, mode, 1.5)
    np.testing.assert_allclose(trends.smoothed(x, *options), scipy.signal.savgol_filter(x, *options), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(2, 4),
    st.sampled_from(["odd", "even", "constant", None]),
    st.sampled_from([None, 0, 2]),
)
def test_the_filters_of_the_rules_are_scipys(nb: int, na: int, padtype: Any, padlen: Any) -> None:
    b, a, x = normal(nb), np.append(1.5, between(-0.3, 0.3, na - 1)), normal(2, 21)
    np.testing.assert_allclose(filters.steady_state(b, a), scipy.signal.lfilter_zi(b, a), atol=1e-13)
    np.testing.assert_allclose(filters.there_and_back(b, a, x, 1, padtype, padlen),
                               scipy.signal.filtfilt(b, a, x, 1, padtype, padlen), atol=1e-12)  # fmt: skip
    sos = with_a0(between(-0.4, 0.4, 2, 5))
    sos[0, 2] = sos[1, 2] = sos[0, 5] = 0  # of lower order, so SciPy pads less
    np.testing.assert_allclose(filters.steady_states(sos), scipy.signal.sosfilt_zi(sos), atol=1e-13)
    np.testing.assert_allclose(filters.cascade_there_and_back(sos, x, 1, padtype, padlen),
                               scipy.signal.sosfiltfilt(sos, x, 1, padtype, padlen), atol=1e-12)  # fmt: skip


# -- values, dtypes, compiling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
def test_the_values_and_dtypes_are_scipys(dtype: str) -> None:
    x, b = normal(8).astype(dtype), normal(3).astype(dtype)
    for fn in (*CONVOLUTIONS, *ALONG_AXES):
        assert_same_values(fn, [x, b], [getattr(scipy.signal, fn.__name__)(x, b)])
    assert_same_values(lambda b, x: signal.lfilter(b, [1.0], x), [b, x], [scipy.signal.lfilter(b, [1.0], x)])
    assert_same_values(lambda x: signal.welch(x, nperseg=4), [x], scipy.signal.welch(x, nperseg=4))
    assert_same_values(lambda x: signal.detrend(x, overwrite_data=True), [x], [scipy.signal.detrend(x)])


def test_nothing_is_overwritten() -> None:
    x = normal(4)
    given_x = x.copy()
    signal.detrend(ag.Tensor(x, requires_grad=True), overwrite_data=True)
    np.testing.assert_array_equal(x, given_x)


def test_sections_keep_a_first_coefficient_of_1() -> None:
    """SciPy takes no other, so descending along the gradient must not change it."""
    gsos = ag.grad(lambda sos: np.sum(signal.sosfilt(sos, np.ones(4))))(with_a0(SECTIONS))
    np.testing.assert_array_equal(gsos[:, 3], 0)
    assert np.all(np.delete(gsos, 3, axis=1) != 0)


def test_a_filter_is_learned() -> None:
    """The coefficients of a filter that is seen at work alone, by descending (from 1 and 0)."""
    x = normal(200)
    y = scipy.signal.lfilter([0.5, 0.2], [1.0, -0.4], x)
    w = ag.Tensor([1.0, 0.0, 0.0], requires_grad=True)
    optimizer = ag.optim.LBFGS([w])

    def loss() -> Any:
        optimizer.zero_grad()
        a = np.concatenate([[1.0], w[2:]])
        error = np.mean((signal.lfilter(w[:2], a, x) - y) ** 2)
        error.backward()
        return error

    for _ in range(5):
        optimizer.step(loss)
    np.testing.assert_allclose(w.data, [0.5, 0.2, -0.4], atol=1e-4)


def test_a_compiled_filter_gives_the_same_bits() -> None:
    f = lambda b, x: np.sum(signal.lfilter(b, A, signal.fftconvolve(x, b)) ** 2) + np.sum(signal.welch(x, nperseg=4)[1])
    step = ag.compile(ag.grad(f, argnums=(0, 1)))
    for _ in range(3):
        b, x = normal(3), normal(8)
        for actual, expected in zip(step(b, x), ag.grad(f, argnums=(0, 1))(b, x), strict=True):
            np.testing.assert_array_equal(actual, expected)


def test_what_has_no_gradient_is_scipys() -> None:
    assert signal.butter is scipy.signal.butter
    assert signal.windows is scipy.signal.windows
    with pytest.raises(AttributeError, match="no_such"):
        _ = signal.no_such


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hilbert", "detrend", "welch", "periodogram", "stft"])
def test_scipys_function_names_this_one(name: str) -> None:
    with pytest.raises(TypeError, match=r"scipy\.signal\.\w+ was given .* use autograd\.scipy\.signal\.\w+,"):
        getattr(scipy.signal, name)(ag.Tensor(normal(8), requires_grad=True))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: signal.convolve(t, t, "most"), ValueError, "mode"),
    (lambda t: signal.convolve(t, t[None]), ValueError, "dimensionality"),
    (lambda t: signal.hilbert(t + 1j), ValueError, "must be real"),
    (lambda t: signal.lfilter([1], [0, 0], t), ValueError, r"a\[0\] == 0 not supported"),
    (lambda t: signal.lfilter(t, [1], t, axis=t), TypeError, "axis"),
    (lambda t: signal.filtfilt([1, 2], [1, 0.5], t, method="gust"), TypeError, "method='gust', for which no grad"),
    (lambda t: signal.welch(t, window=t), TypeError, "'window', through which no gradient is known"),
    (lambda t: signal.welch(t, detrend=np.sin), TypeError, "detrend=.*for which no gradient is known; give one of"),
    (lambda t: signal.spectrogram(t, mode="angle", nperseg=2), TypeError, "mode='angle', for which no"),
    (lambda t: signal.savgol_filter(t, 9, 1), ValueError, "window_length"),
])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(5), requires_grad=True))


def test_differences_agree_where_samples_are_few() -> None:
    """As long as the filter, or shorter."""
    for n in (1, 2):
        check(lambda b, a, x, zi: list(signal.lfilter(b, a, x, zi=zi)), A, A, normal(n), normal(2))
