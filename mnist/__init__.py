"""MNIST: train a network on handwritten digits, evaluate it, and recognise digits with it."""
