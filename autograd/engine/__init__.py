"""The engine: what a recorded call is, and how gradients come back through it."""
