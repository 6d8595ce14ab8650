"""The network of the project, on the engine (`mlp`) and with its backpropagation written by hand (`mlp_by_hand`)."""
