"""How fast the engine is, measured on the reader's own machine: `python -m benchmarks`."""
