"""Says so at `import autograd` if HIPS autograd was installed over this distribution, or uninstalled from under it.

Both have the import name `autograd`, and pip writes one over the other without a word. The wheel holds a `.pth` file
that imports this module when Python starts, before there is an `autograd` to speak for itself. So it imports nothing
that takes time before it is asked for.
"""

import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "autograd")


class Guard:
    """A finder that finds nothing, and raises if the `autograd` beside it is not this distribution's."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> None:
        if name == "autograd":
            check()  # and again at the next attempt, if this raises
            sys.meta_path.remove(cls)


def check() -> None:
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("autograd")
    if spec is None or FOLDER not in map(os.path.abspath, spec.submodule_search_locations or ()):
        return  # one from elsewhere comes first, as that of a clone
    try:
        with open(os.path.join(FOLDER, "__init__.py"), encoding="utf-8") as file:
            is_ours = "autograd.engine" in file.read()
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        raise ImportError(
            "HIPS autograd was installed or uninstalled after tiny-autograd, whose files of the same names are gone.\n"
            f"Repair it, for code that is written for either: {sys.executable} -m pip install --force-reinstall "
            f"--no-deps {source()}"
        )


def source() -> str:
    """Where pip had this distribution from."""
    import json
    from importlib.metadata import distribution

    found = distribution("tiny-autograd").read_text("direct_url.json")
    return str(json.loads(found)["url"]) if found else "tiny-autograd"


def install() -> None:
    sys.meta_path.insert(0, Guard)
