"""Layers: Modules that have parameters, or options, and call a function of `nn.functional`."""
