"""How far apart numbers may be that ought to be the same: all that the check lets pass."""

from __future__ import annotations

from dataclasses import dataclass

ROUNDINGS = 16  # times eps: what the roundings on the way to a number come to
TINY = 2.0**-104  # the rounding error of a rounding error: as good as 0
TWICE = 1e-12  # relative: of what is computed twice, and may round differently
COMPLEX = 1e-10  # relative: of the complex step, which has no error but rounding
NEGLIGIBLE = 1e-9  # of the largest gradient: what quick differences may leave of a slope of 0


@dataclass(frozen=True)
class Tolerance:
    """How far a gradient may be from what the differences, or the complex step, give for it.

    rtol   the relative error that is let pass, besides what rounding makes uncertain.
    scale  the largest gradient of the function: the last digits of that are as good as 0.
    """

    rtol: float
    scale: float

    def of_sweep(self, larger: float, uncertainty: float, eps: float) -> float:
        """Between a gradient and all the differences, which are known so well; the larger of both has this size."""
        return self.rtol * larger + 3 * uncertainty + ROUNDINGS * eps * self.scale + TINY

    def of_quick(self, larger: float, rounding: float) -> float:
        """Between a gradient and a few differences."""
        return self.rtol * larger + min(rounding, NEGLIGIBLE * self.scale)

    def of_complex_step(self, analytic: float) -> float:
        return COMPLEX * (abs(analytic) + self.scale) + TINY

    def is_known(self, size: float, uncertainty: float) -> bool:
        """Whether a slope of this size is known well enough for a verdict."""
        return uncertainty <= max(1e-2 * size, 1e-8 * max(1.0, self.scale))

    def is_kink(self, left: float, right: float, uncertainty: float) -> bool:
        """Whether slopes on both sides differ by more than can be an error."""
        jump = abs(right - left)
        return jump > 8 * uncertainty and jump > 10 * self.rtol * max(abs(left), abs(right))


def of_repetition(eps: float) -> float:
    """Relative: of what is computed twice, with calls of this precision."""
    return max(TWICE, ROUNDINGS * eps)
