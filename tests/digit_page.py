"""A server of the page on which one draws a digit, a browser that is watched, and hands that draw."""

import base64
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any, Self

import numpy as np
import uvicorn
from drawn_digits import DRAWN
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from mnist import model_file, strokes
from mnist.web.answers import ServedNetwork
from mnist.web.app import application
from mnist.web.samples import SampleDigits
from mnist.web.server import address_of, listen

Strokes = Sequence[Any]
SIDE = 280  # of the canvas that DRAWN is drawn on
# One way of each digit, and all that the test set of these tests holds.
ONE_OF_EACH = dict(reversed(DRAWN.values()))
SEVEN = [[(80, 66), (196, 64), (128, 230)]]  # for where any digit will do: a browser takes one point a frame
EVERY = 8  # of the points of a stroke is moved to, for the same reason
SAMPLES = SampleDigits(
    np.stack([strokes.draw_strokes(drawn) for _, drawn in DRAWN.values()]),
    np.array([label for label, _ in DRAWN.values()], np.uint8),
)


def of_the_package(samples: Any = SAMPLES) -> Any:
    """The application, with the model that ships with the package."""
    return application(ServedNetwork.read(model_file.PRETRAINED), samples)


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """The address at which the application is served meanwhile."""
    with listen("127.0.0.1", port) as listening:
        server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="off", log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join()


# Tells what the policy refused, and keeps the last prediction.
WATCHER = """
    addEventListener("securitypolicyviolation", (event) => console.error(`refused: ${event.violatedDirective}`));
    const ask = window.fetch;
    window.fetch = async (path, options) => {
        const response = await ask(path, options);
        if (path === "/api/predict") {
            response.clone().json().then((answer) => { window.predicted = [JSON.parse(options.body), answer]; });
        }
        return response;
    };
"""


class Visit:
    """Opens the page, in one window for each kind; nothing may be said there, refused, or asked of another host."""

    def __init__(self, chromium: Browser, url: str) -> None:
        self.chromium = chromium
        self.url = url
        self.heard: list[str] = []
        self.pages: dict[str, Page] = {}

    def __call__(self, route: Callable[[Page], None] | None = None, **options: Any) -> Page:
        options = {"viewport": {"width": 1200, "height": 800}, "reduced_motion": "reduce", **options}
        page = self.pages.get(repr(options)) or self._window(options)
        self.pages[repr(options)] = page
        page.set_viewport_size(options["viewport"])
        if route is not None:
            route(page)
        page.goto(self.url)
        wait(
            page,
            "document.querySelector('#layers figure') && document.querySelector('.thumbnail, #thumbnails[hidden]')",
        )
        return page

    def _window(self, options: dict[str, Any]) -> Page:
        page = self.chromium.new_context(**options).new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.heard.append(message.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("request", lambda request: None if self._is_ours(request.url) else self.heard.append(request.url))
        page.add_init_script(WATCHER)
        return page

    def _is_ours(self, url: str) -> bool:
        return url.startswith((self.url, f"blob:{self.url}"))

    @contextmanager
    def watched(self) -> Iterator[Self]:
        """For one test: it gives back the windows as they were."""
        yield self
        for page in self.pages.values():
            page.unroute_all()
        assert self.heard == [], self.heard

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()


@contextmanager
def visiting(chromium: Browser, url: str) -> Iterator[Visit]:
    visit = Visit(chromium, url)
    try:
        yield visit
    finally:
        visit.close()


# -- hands -------------------------------------------------------------------------------------------------------------


def on_page(page: Page, strokes: Strokes) -> list[list[tuple[float, float]]]:
    """Where on the page the points of strokes on a canvas of SIDE x SIDE are."""
    page.locator("#board").scroll_into_view_if_needed()
    box = page.locator("#board").bounding_box()
    assert box is not None
    return [[(box["x"] + x / SIDE * box["width"], box["y"] + y / SIDE * box["height"]) for x, y in s] for s in strokes]


def by_mouse(page: Page, strokes: Strokes, lift: bool = True) -> None:
    for first, *others in on_page(page, strokes):
        page.mouse.move(*first)
        page.mouse.down()
        for point in [*others[:-1:EVERY], *others[-1:]]:
            page.mouse.move(*point)
        if lift:
            page.mouse.up()


class Fingers:
    """Touches, by the browser's own protocol: real ones, that may scroll."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def __call__(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def draw(self, strokes: Strokes) -> None:
        for first, *others in on_page(self.page, strokes):
            self("touchStart", first)
            for point in [*others[:-1:EVERY], *others[-1:]]:
                self("touchMove", point)
            self("touchEnd")


# -- eyes --------------------------------------------------------------------------------------------------------------


def pixels(page: Page, selector: str) -> NDArray[np.uint8]:
    """A canvas's own pixels, (height, width, 4) of 0-255."""
    url = page.locator(selector).evaluate("(canvas) => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGBA"))


def picture(page: Page, selector: str) -> NDArray[np.int64]:
    """What is on the screen, (height, width, 3) of 0-255."""
    return np.asarray(Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")).astype(int)


def wait(page: Page, condition: str) -> None:
    """Wait until this holds, in JavaScript: it is looked at in every frame, and by `expect` every 100 ms or more."""
    page.evaluate(
        f"""async () => {{
            const end = performance.now() + 10_000;
            while (!({condition})) {{
                if (performance.now() > end) throw new Error({json.dumps(f"it did not come to that: {condition}")});
                await new Promise(requestAnimationFrame);
            }}
        }}"""
    )


def says(page: Page, digit: int | str) -> None:
    """Wait until this is the answer."""
    wait(page, f"document.getElementById('digit').textContent === '{digit}'")


def settle(page: Page) -> None:
    """Wait until the page has asked for the newest drawing, and shown the answer."""
    two_frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(two_frames)
    wait(page, "document.getElementById('answer').ariaBusy !== 'true'")
    page.evaluate(two_frames)


def last(page: Page) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was asked of the drawing as it is now, and the answer."""
    settle(page)
    body, answer = page.evaluate("predicted")
    return body, answer


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for what the browser does in its own time."""
    for _ in range(500):
        if condition():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it did not come to that")
