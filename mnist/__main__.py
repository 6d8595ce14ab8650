"""The command `python -m mnist`: train a network on MNIST, evaluate it, recognise digits with it."""

from __future__ import annotations

import sys

try:
    from mnist import cli
except ImportError as error:
    sys.exit(f"mnist needs the library {error.name}, which is not installed: pip install -e '.[mnist]'")
except KeyboardInterrupt:  # the libraries take a second or so
    print("interrupted", file=sys.stderr)
    sys.exit(130)
sys.exit(cli.main(sys.argv[1:]))
