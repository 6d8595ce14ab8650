"""Vector spaces: zeros, bases and random numbers of arrays and pytrees; spaces of types of one's own."""

from typing import Any

import autograd.core as core
import numpy as np
import pytest

VALUES = [
    1.0, 1j, np.zeros((2, 3), np.float32), np.ones(2, complex), [1.0, (np.zeros(2), {"a": 2.0})], np.zeros((0, 2)), [],
]  # fmt: skip


@pytest.mark.parametrize("x", VALUES, ids=str)
def test_the_axioms(x: Any) -> None:
    space = core.vspace(x)
    a, b, c = (space.randn() for _ in range(3))
    basis = list(space.standard_basis())
    assert all(core.vspace(value) == space for value in (a, space.zeros(), space.ones(), *basis))
    assert len(basis) == space.size
    np.testing.assert_allclose(
        space.inner_prod(c, space.add(a, space.scalar_mul(b, 2.0))),
        space.inner_prod(c, a) + 2 * space.inner_prod(c, b),
        rtol=1e-5,
        atol=1e-6,
    )
    for k, e in enumerate(basis):
        assert [space.inner_prod(e, other) for other in basis] == [float(k == j) for j in range(len(basis))]
        assert space.inner_prod(e, space.ones()) == 1


def test_what_differs_is_another_space() -> None:
    spaces = [core.vspace(x) for x in (1.0, 1j, [1.0], (1.0,), np.zeros(1), np.zeros(1, np.float32), {"a": 1.0})]
    assert all((a == b) == (a is b) for a in spaces for b in spaces)
    assert core.vspace(np.zeros((2, 3))).shape == (2, 3)


def test_a_covector_is_the_conjugate() -> None:
    assert core.vspace(1j).covector(2 + 1j) == 2 - 1j
    assert core.vspace(1.0).covector(2.0) == 2.0


def test_a_type_of_ones_own() -> None:
    class Angle:
        def __init__(self, degrees: float) -> None:
            self.degrees = degrees

    class AngleSpace(core.VSpace):
        def __init__(self, value: Any) -> None:
            self.size = 1

        def _add(self, x: Any, y: Any) -> Any:
            return Angle((x.degrees + y.degrees) % 360)

    AngleSpace.register(Angle)
    space = core.vspace(Angle(1.0))
    assert space.add(Angle(350.0), Angle(20.0)).degrees == 10
    assert space == core.vspace(Angle(2.0))
    with pytest.raises(AttributeError, match="AngleSpace has no shape"):
        space.shape  # noqa: B018  # the error is what is tested


@pytest.mark.parametrize("x", [True, 1, "text", None, np.bool_(True)])
def test_what_has_no_derivative_has_no_space(x: Any) -> None:
    with pytest.raises(TypeError, match="vspace was given"):
        core.vspace(x)
