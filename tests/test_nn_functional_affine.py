"""Affine maps: values, gradients, what is computed in place."""

from typing import Any

import numpy as np
import pytest
from numeric import case, judged, normal, reversed_columns

from autograd.nn.functional import affine

CASES = [
    *(case(affine.linear, normal(*shape, 4), normal(4, 3), normal(3)) for shape in [(), (1,), (5,), (2, 5), (0,)]),
    case(affine.linear, reversed_columns(normal(2, 4)), normal(4, 3), normal(3), label="reversed"),
    *(case(affine.project, normal(rows, 4), normal(3, 4), normal(3)) for rows in (2, 1, 0)),
    case(affine.project, normal(2, 4), normal(3, 4), f=lambda x, w: affine.project(x, w, None), label="no bias"),
]
test_gradients, test_float32 = judged(CASES, CASES)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_project_has_the_weight_of_linear_transposed(dtype: Any) -> None:
    x, weight, bias = (normal(*shape).astype(dtype) for shape in [(5, 4), (4, 3), (3,)])
    expected = x @ weight + bias
    before = [array.copy() for array in (x, weight, bias)]
    for y in (affine.linear(x, weight, bias), affine.project(x, weight.T, bias)):
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected, rtol=1e-5)
    np.testing.assert_equal([x, weight, bias], before)
