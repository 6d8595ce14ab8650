"""From functions to functions: gradients, Jacobians and their products, checkpoints, over pytrees."""
