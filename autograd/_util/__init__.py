"""What knows nothing of the engine: files, places in the user's source, the names of functions."""
