"""The same questions, answered by other libraries: one module each."""
