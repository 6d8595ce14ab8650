"""The floor: the matrix products of the step alone, into buffers made before. No step in NumPy can be faster.

Of a network with three layers they are eight: one forward and one for each weight's gradient, and one back to each
layer's input but the first.
"""

from __future__ import annotations

import numpy as np

from benchmarks.problem import Problem


class Step:
    def __init__(self, problem: Problem) -> None:
        weights, _, x, _ = problem.arrays()
        rng = np.random.default_rng(1)
        h, self.products = x, []
        for k, w in enumerate(weights):
            z = np.empty((len(x), w.shape[1]), np.float32)
            dz = rng.random(z.shape, np.float32)
            self.products += [(h, w, z), (h.T, dz, np.empty_like(w))]
            if k:
                self.products.append((dz, w.T, np.empty_like(h)))
            h = rng.random(z.shape, np.float32)

    def answer(self) -> None:
        return None

    def run(self) -> None:
        for a, b, out in self.products:
            np.matmul(a, b, out)


step = Step
