"""The gradient check: rules against finite differences, with a verdict.

    >>> print(gradcheck(np.sin, np.array([0.5, 1.0])))
    agree: 2 slopes of order 1, the largest relative error 6.9e-14

How it works, file by file: `subject` is what is checked, on arrays and on Tensors; `differences` finds the slope along
a line, and how well it is known; `tolerance` says how far apart numbers may be, and `verdicts` compares; `search` does
so for every number; `consistency` checks what must hold besides the values; `blame` finds the recorded call that is
wrong; `report` and `picture` are what comes out.
"""

from autograd.checking.check import assert_gradients, gradcheck
from autograd.checking.report import Check
from autograd.checking.verdicts import Verdict

__all__ = ["Check", "Verdict", "assert_gradients", "gradcheck"]
