"""autograd.numpy.numpy_boxes: the type of what is differentiated."""

from .._primitives import Box

__all__ = ["ArrayBox"]

ArrayBox = Box
