"""compile: trace a function, plan its calls, print them as a NumPy program."""

from autograd.compiler.compiling import Compiled, compile  # noqa: A004  # JAX and PyTorch, too, call it so
from autograd.compiler.refusing import TraceError

__all__ = ["Compiled", "TraceError", "compile"]
