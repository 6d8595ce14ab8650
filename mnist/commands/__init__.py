"""The commands of `python -m mnist`, each a module with `HELP`, `add_options(parser)` and `run(options)`."""
