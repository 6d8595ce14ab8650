"""Save: a program as a file that runs with NumPy alone."""
