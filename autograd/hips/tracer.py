"""autograd.tracer: what one asks of the values that are being differentiated. A Box is a Tensor here."""

from typing import Any

from ._primitives import Box, getval, notrace_primitive, primitive

__all__ = ["Box", "getval", "isbox", "notrace_primitive", "primitive"]


def isbox(x: Any) -> bool:
    return type(x) is Box
