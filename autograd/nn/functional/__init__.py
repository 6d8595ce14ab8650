"""Functions of arrays, with their rules: what the layers compute."""
