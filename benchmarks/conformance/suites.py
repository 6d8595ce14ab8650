"""The suites: which tests of which release, what they need, and which say nothing of an engine, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch


@dataclass(frozen=True)
class Suite:
    """The tests of a release of a project, taken from its source distribution.

    package       the release, as pip takes it: the tests' own, and what is installed for them.
    folder        where the tests lie in the source distribution. They are copied, and run from the folder above.
    tests         files and folders in it; all of it if none is named.
    requirements  what is installed besides the package.
    edits         lines of files in the folder that are replaced before the tests run, on either engine: imports of
                  libraries of which no test is run.
    left_out      tests that are not portable, by patterns of their names, with the reason.
    """

    package: str
    folder: str = "tests"
    tests: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    edits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def reason(self, test: str) -> str | None:
        """Why a test is not portable; None if it is."""
        return next((why for pattern, why in self.left_out.items() if fnmatch(test, pattern)), None)


HIPS = "autograd==1.9.1"

CONST_GRAPH = """\
from autograd.misc import flatten
try:
    from autograd.misc import const_graph
except ImportError:
    pass"""

# The tests of those models of lifelines that are fitted by gradients; all others, of half an hour, take none.
PARAMETRIC = """\
ParametricUnivariateFitters WeibullFitter LogNormalFitter LogLogisticFitter GeneralizedGammaFitter
PiecewiseExponentialFitter ExponentialFitter WeibullAFTFitter AFTFitters LogLogisticAFTFitter LogNormalAFTFitter
PiecewiseExponentialRegressionFitter ParametricRegressionFitter CustomRegressionModel MixtureCureFitter
CoxPHFitterPieces"""

SUITES: dict[str, Suite] = {
    "hips": Suite(
        HIPS,
        requirements=("scipy", "xarray"),
        edits={"test_misc.py": {"from autograd.misc import const_graph, flatten": CONST_GRAPH}},
        left_out={
            "test_misc::test_const_graph*": "replay the nodes of HIPS's own tracing",
            "test_linalg::test_pinv": "calls HIPS's np.linalg._dot and np.linalg.T, which NumPy has not",
            "test_wrappers::test_wrapped_name_and_docs": "expects the text of HIPS's docstrings",
            "test_fft::test_rfftn_odd_not_implemented": "expects that the gradient is missing, which is here",
        },
    ),
    "lifelines": Suite(
        "lifelines==0.30.3",
        folder="lifelines/tests",
        tests=tuple(f"test_estimation.py::Test{name}" for name in PARAMETRIC.split()),
        requirements=("flaky", "jinja2"),
    ),
    "pymanopt": Suite(
        "pymanopt==2.2.1",
        tests=(
            "backends/test_autograd.py", "backends/test_backend_tools.py", "backends/test_numpy.py", "manifolds",
            "optimizers", "test_multi_tools.py", "test_problem_backend_interface.py",
        ),
        requirements=("matplotlib",),
        edits={
            "conftest.py": {
                "import tensorflow as tf\nimport torch\n": "",
                "    torch.manual_seed(seed)\n    tf.random.set_seed(seed)\n": "",
            }
        },
    ),
    "mici": Suite("mici==0.4.1", tests=("test_autodiff.py",)),
}  # fmt: skip

# Their source distributions have no tests.
WITHOUT_TESTS = ("ceviche==0.1.3", "mygrad==2.3.0", "pyerrors==2.17.0")
