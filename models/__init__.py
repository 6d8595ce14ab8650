"""The networks of the project, on the engine; and `mlp` with its backpropagation written by hand (`mlp_by_hand`)."""
