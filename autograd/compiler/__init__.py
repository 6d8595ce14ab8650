"""compile: trace a function, plan its calls, print them as a NumPy program, run that.

compiling.py has `Compiled`, the function and its programs; program.py says what a program is; each step has a folder.
"""

from autograd.compiler.compiling import Compiled, compile  # noqa: A004  # JAX and PyTorch, too, call it so
from autograd.compiler.tracing.refusing import TraceError

__all__ = ["Compiled", "TraceError", "compile"]
