"""The wheel holds a `.pth` file beside the modules, which pyproject.toml can't say."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithGuard(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            pth = Path(self.build_lib, "tiny_autograd_guard.pth")
            pth.write_text("import tiny_autograd_guard; tiny_autograd_guard.install()\n", encoding="utf-8")


setup(cmdclass={"build_py": BuildWithGuard})
