"""scipy.stats with gradients: distributions, in the variable and in their parameters, and statistics of data.

    from autograd.scipy import stats

    stats.gamma.logpdf(x, a, scale=scale)      # as in SciPy: names, arguments, broadcasting, values
    stats.norm(loc, scale).cdf(x)

Each distribution is SciPy's, with gradients in the methods that its `__all__` names. The variable, the shapes, loc and
scale may be Tensors; results are float64, as SciPy's are, and gradients have the dtype of what they are of. Outside of
the support, where the density is 0, the gradient is 0; invalid parameters give NaN in both. What has no gradient (rvs,
fit, a cdf that is found by integration) is SciPy's own.
"""

from __future__ import annotations

import sys
from typing import Any

from scipy import stats

from autograd.scipy.stats import beta_gamma, bounded, counts, half_line, multivariate, real_line, summaries
from autograd.scipy.stats.beta_gamma import *  # noqa: F403  # the room has its list, __all__
from autograd.scipy.stats.bounded import *  # noqa: F403  # the room has its list, __all__
from autograd.scipy.stats.counts import *  # noqa: F403  # the room has its list, __all__
from autograd.scipy.stats.half_line import *  # noqa: F403  # the room has its list, __all__
from autograd.scipy.stats.multivariate import *  # noqa: F403  # the room has its list, __all__
from autograd.scipy.stats.real_line import *  # noqa: F403  # the room has its list, __all__
from autograd.scipy.stats.summaries import *  # noqa: F403  # the room has its list, __all__

__all__: list[str] = []
__all__ += beta_gamma.__all__
__all__ += bounded.__all__
__all__ += counts.__all__
__all__ += half_line.__all__
__all__ += multivariate.__all__
__all__ += real_line.__all__
__all__ += summaries.__all__

# HIPS autograd has a module for each of these: `import autograd.scipy.stats.norm as norm`.
for _name in ("beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"):
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]


def __getattr__(name: str) -> Any:
    return getattr(stats, name)
