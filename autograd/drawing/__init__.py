"""Pictures of the computation graph: `draw`, and the `Picture` that it gives."""

from autograd.drawing.api import draw
from autograd.drawing.picture import Picture

__all__ = ["Picture", "draw"]
