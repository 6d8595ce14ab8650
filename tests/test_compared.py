"""What the tests of compiled functions say where bits differ."""

from typing import Any

import numpy as np
import pytest
from compared import assert_same, bits, differences, state

from autograd import nn

ONE = np.float32(1)
ABOVE = np.nextafter(ONE, np.float32(2))


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    (ONE, ONE, []), ([ONE, 2], [ONE, 2], []), (np.array([np.nan]), np.array([np.nan]), []),
    (ONE, ABOVE, [": 1 of 1 elements, number 0 is np.float32(1.0) and np.float32(1.0000001), 1 ulp at most"]),
    ({"a": [0, np.array([1, ONE])]}, {"a": [0, np.array([1, ONE + 1])]},
     ["['a'][1]: 1 of 2 elements, number 1 is np.float64(1.0) and np.float64(2.0), 2.2518e+15 ulp at most"]),
    (np.zeros(3), -np.zeros(3), [": 3 of 3 elements, number 0 is np.float64(0.0) and np.float64(-0.0), 0 ulp at most"]),
    (np.array([1, 2]), np.array([1, 3]), [": 1 of 2 elements, number 1 is np.int64(2) and np.int64(3)"]),
    (1.0, 2.0, [" float: '1.0' and '2.0'"]), (1.0, ONE, [": ('float', '1.0') and ('float32'"]),
], ids=str)  # fmt: skip
def test_what_differs_is_told(ours: Any, theirs: Any, expected: list[str]) -> None:
    found = list(differences(bits(ours), bits(theirs), "output"))
    assert len(found) == len(expected)
    for line, text in zip(found, expected, strict=True):
        assert text in line


def test_state_is_told_by_name() -> None:
    model = nn.Linear(2, 3, rng=np.random.default_rng(0))
    model(np.ones((1, 2), np.float32)).sum().backward()
    before = state(model)
    assert model.bias.grad is not None
    model.bias.grad.data[1] = ABOVE
    assert [line.partition(":")[0] for line in differences(state(model), before, "call 3")] == ["call 3 bias.grad"]


@pytest.mark.parametrize(("third", "again"), [(ONE, "the same"), (ABOVE, "others")])
def test_other_bits_of_a_compiled_function_are_told(third: Any, again: str) -> None:
    factors = [ONE, ABOVE, third]  # of the function as it is, compiled, and as it is once more

    def make() -> Any:
        factor = factors.pop(0)
        return lambda x: x * factor, []

    with pytest.raises(AssertionError, match=rf"(?s)call 0 output: 2 of 2 elements.* 1 ulp at most.*gives {again}$"):
        assert_same(make, [(None, (np.ones(2, np.float32),))] * 3)
