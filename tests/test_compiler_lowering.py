"""What functions are written as has the same bits as they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from calls import Calls, texts

from autograd.compiler.ir import Op, Value, replaced
from autograd.compiler.passes.lowering import MOMENTS, REDUCED_BY, lower

DTYPES = [bool, np.int8, np.uint32, np.int64, np.float16, np.float32, np.float64, np.complex64, np.complex128]
ARRAYS = [(4, 3, 5), (1, 7), (6,), (129, 2), (0, 3), ()]
OPTIONS: list[dict[str, Any]] = [
    {}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": -1, "keepdims": True}, {"axis": None, "keepdims": True},
    {"keepdims": False},
    {"axis": 0, "dtype": np.float64}, {"ddof": 1}, {"axis": 0, "ddof": 1}, {"axis": -1, "ddof": 0.5},
    {"axis": 0, "where": True}, {"where": np.array([True])}, {"axis": 0, "initial": 1},
]  # fmt: skip


def run(calls: list[Op], there: dict[Value, Any]) -> dict[Value, Any]:
    """What calls compute; `there` is what they are given."""
    for call in calls:
        args, options = replaced(
            (call.args, dict(call.options)), lambda leaf: there[leaf] if isinstance(leaf, Value) else leaf
        )
        if call.writes is not None:
            options["out"] = there[call.writes]
        found = (
            getattr(args[0], call.fn)(*args[1:], **options) if isinstance(call.fn, str) else call.fn(*args, **options)
        )
        if call.result is not None:
            there[call.result] = found
    return there


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("fn", [*REDUCED_BY, *MOMENTS], ids=lambda fn: getattr(fn, "__name__", f".{fn}"))
def test_the_bits_are_the_same(fn: Any, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    tried = 0
    for shape in ARRAYS:
        x = np.asarray(rng.standard_normal(shape) * 50).astype(dtype)
        for options in OPTIONS:
            for array in (x, x.T, x[::-1] if x.ndim else x):
                calls = Calls()
                value = calls.given(array)
                try:
                    y = calls(fn, value, **options)
                except (TypeError, ValueError, IndexError):
                    continue
                tried += 1
                found, expected = run(lower(calls), {value: array})[y], y.array
                assert type(found) is type(expected)
                assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
                assert np.squeeze(found).strides == np.squeeze(expected).strides
                assert found.tobytes() == expected.tobytes()
    assert tried > 20


def test_what_takes_their_place() -> None:
    calls = Calls()
    x = calls.given(np.ones((2, 3), np.float32))
    calls(np.sum, x, 0)
    calls(np.mean, x)
    calls("mean", x, axis=1)
    calls(np.std, x, axis=0)
    assert texts(lower(calls)) == [
        "reduce", "reduce", "divide", "reduce", "divide",
        "reduce", "divide", "subtract", "square", "reduce", "divide", "sqrt",
    ]  # fmt: skip
    assert lower(calls)[0].options == {"axis": 0}


def test_what_numpy_does_otherwise_is_left_alone() -> None:
    calls = Calls()
    for array in (
        np.ones(3, np.float16),
        np.ones(3, complex),
        np.ones(3, int),
        np.broadcast_to(np.float32(1), 2**24 + 1),
    ):
        calls(np.mean, calls.given(array))
    assert lower(calls) == list(calls)


def test_calls_keep_what_is_known_of_them() -> None:
    calls = Calls()
    calls(np.mean, calls.given(np.ones(3)))
    calls[0].stage = "backward"
    assert [call.stage for call in lower(calls)] == ["backward"] * 2


def test_what_is_as_usual_is_not_given_on() -> None:
    calls = Calls()
    calls(np.sum, calls.given(np.ones((2, 3))), axis=0, keepdims=False, dtype=None)
    (reduction,) = lower(calls)
    assert dict(reduction.options) == {"axis": 0}
