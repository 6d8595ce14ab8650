"""compile: trace a function, plan its calls, print them as a NumPy program."""

from autograd.compiler.compiling import Compiled, compile  # noqa: A004  # JAX and PyTorch, too, call it so

__all__ = ["Compiled", "compile"]
