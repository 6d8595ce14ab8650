"""What tests of several modules need: a browser, and the page on which one draws a digit in it."""

import os
import shutil
import signal
from collections.abc import Iterator

import pytest
from digit_page import Visit, of_the_package, serving, visiting
from playwright.sync_api import Browser, sync_playwright

# Nothing but the page: no search for updates, no sync, and no sandbox, which a container's root may not have.
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None):  # -n auto: more threads than cores would wait for each other
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell starts what is to run in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser; Playwright drives it, and downloads none of its own."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no chromium on the PATH: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visits(chromium: Browser) -> Iterator[Visit]:
    with serving(of_the_package()) as url, visiting(chromium, url) as visit:
        yield visit


@pytest.fixture
def visit(visits: Visit) -> Iterator[Visit]:
    """The page, with the network that ships; ends with an error if the page had one."""
    with visits.watched() as visit:
        yield visit
