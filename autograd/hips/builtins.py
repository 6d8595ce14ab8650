"""autograd.builtins: Python's own containers, which a differentiated function is given, too, with Tensors in them."""

import builtins
from builtins import dict, list, tuple  # noqa: A004, UP029  # HIPS's names

from ._primitives import notrace_primitive

__all__ = ["DictBox", "SequenceBox", "dict", "isinstance", "list", "tuple", "type"]

isinstance, type = notrace_primitive(builtins.isinstance), notrace_primitive(builtins.type)  # noqa: A001  # HIPS's names
DictBox, SequenceBox = dict, list | tuple
