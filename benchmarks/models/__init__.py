"""The models of the question `models`, one file each: the same model on the engine, in PyTorch and in JAX."""
