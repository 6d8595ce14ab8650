"""Matrix products in every combination of dimensions, against differences."""

from typing import Any

import numpy as np
import pytest
from numeric import case, check_case, check_float32, has_complex, normal, reversed_columns, rotated

SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)),
    ((5, 2, 3), (3, 2)), ((2, 3), (5, 3, 2)), ((5, 2, 3), (5, 3, 2)), ((1, 2, 3), (5, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)), ((4, 1, 2, 3), (1, 2, 3, 1)), ((1, 1), (1, 1)), ((1, 3), (3, 1)), ((1,), (1,)),
    ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0,), (0,)), ((2, 3), (3, 0)), ((0, 2, 3), (3,)), ((2, 0), (0,)),
    ((3,), (0, 3, 2)), ((1, 2, 3), (0, 3, 2)),
]  # fmt: skip

CASES = [
    *(case(np.matmul, normal(*a), normal(*b)) for a, b in SHAPES),
    *(case(np.matmul, rotated(*a), rotated(*b)) for a, b in SHAPES[:7]),
    case(np.matmul, rotated(2, 3), normal(3, 2), label="and real"),
    case(np.matmul, normal(3), rotated(3, 2), label="real and"),
    case(np.matmul, reversed_columns(normal(2, 3)), normal(4, 3).T[:, ::-2], label="strided"),
    case(np.matmul, normal(2, 2), f=lambda a: a @ a, label="both the same"),
    case(np.matmul, normal(2, 2), f=lambda a: a @ a.mT @ a, label="chain"),
    case(np.matmul, normal(2, 2), f=lambda a: a @ [[1.0, 2.0], [3.0, 4.0]], label="list"),
    case(np.matmul, normal(2, 2), f=lambda a: [1.0, 2.0] @ a, label="list on the left"),
    case(np.matmul, normal(2, 3), np.array([1, 0, 2]), label="integers"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_gradients(case: Any) -> None:
    check_case(case)


@pytest.mark.parametrize("case", [c for c in CASES if not has_complex(c) and "list" not in c.label],
                         ids=lambda case: case.label)  # fmt: skip
def test_float32(case: Any) -> None:
    check_float32(case)
