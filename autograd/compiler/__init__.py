"""compile: trace a function, plan its calls, print them as a NumPy program, run that.

compiled.py has `Compiled`, a function with its specializations; specialization.py goes from a trace to a program that
runs; ir.py says what a program is; each step has a folder.
"""

from autograd.compiler.compiled import Compiled, compile  # noqa: A004  # JAX and PyTorch, too, call it so
from autograd.compiler.tracing.refusing import TraceError

__all__ = ["Compiled", "TraceError", "compile"]
