"""The page at any width, in light and dark, with little motion: nothing is cut off, and all of it can be read."""

from typing import Any

import numpy as np
import pytest
from digit_page import SEVEN, Visit, by_mouse, picture, pixels, says, settle
from playwright.sync_api import Browser, Page, expect

# The colours of each piece of text and of what lies behind it, as 0-255. What lies over a canvas is left out.
COLOURS = """() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    function rgba(colour) {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    }
    function over(top, below) {
        return [0, 1, 2].map((k) => below[k] + (top[k] - below[k]) * top[3] / 255);
    }
    function behind(element) {
        if (!element) return rgba("Canvas");
        const own = rgba(getComputedStyle(element).backgroundColor);
        return own[3] === 255 ? own : [...over(own, behind(element.parentElement)), 255];
    }
    const found = [];
    for (const element of document.body.querySelectorAll("*")) {
        const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        const text = texts.map((node) => node.data.trim()).join("");
        const isLeftOut = element.closest("#invitation, #graph-view, :disabled, .unseen, noscript, script");
        if (!text || isLeftOut || !element.checkVisibility()) continue;
        const back = behind(element);
        const front = over(rgba(getComputedStyle(element).color), back);
        found.push([`${element.tagName} ${element.id} ${text.slice(0, 30)}`, front, back]);
    }
    return found;
}"""

OUTSIDE = """() => [...document.querySelectorAll("main *")].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width && !element.closest("#graph-view, .unseen") && (left < -0.5 || right > innerWidth + 0.5);
}).map((element) => element.outerHTML.slice(0, 80))"""
CLIPPED = """() => [...document.querySelectorAll("button, .bar, label, p, h2, h3, figcaption, li")].filter((element) =>
    element.checkVisibility() && !element.closest(".unseen") && element.clientWidth
    && element.scrollWidth > element.clientWidth + 1
).map((element) => element.outerHTML.slice(0, 80))"""


def fill(page: Page) -> None:
    """All that can be shown: a drawing, another digit's explanation, a neuron, the graph."""
    by_mouse(page, SEVEN)
    says(page, 7)
    page.locator("#ten input[value='3']").check(force=True)
    page.locator("[aria-label='Hidden layer 2'] button").nth(5).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#neuron h3")).to_have_text("Neuron 6 of layer 2")
    page.locator("#draw-graph").click()
    expect(page.locator("#graph-view svg")).to_be_visible()
    settle(page)


VIEWS = [(320, "dark"), (360, "light"), (720, "dark"), (1080, "light"), (1440, "dark")]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_nothing_is_cut_off_and_text_stands_out(visit: Visit, width: int, scheme: Any) -> None:
    page = visit(viewport={"width": width, "height": 740}, color_scheme=scheme)
    fill(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(CLIPPED) == []
    colours = page.evaluate(COLOURS)
    assert len(colours) > 60
    contrasts = {name: contrast(text, back) for name, text, back in colours}
    assert {name: value for name, value in contrasts.items() if value < 4.5} == {}  # WCAG's level AA
    shades = [picture(page, selector).mean() for selector in ("header", "#how")]
    graph = picture(page, "#graph-view")
    assert np.ptp(graph) > 130
    shades.append(float(np.median(graph)))
    assert max(shades) < 60 if scheme == "dark" else min(shades) > 200
    assert picture(page, "#board")[2:20, 100:120].mean() < 60  # a blackboard in both


def contrast(one: list[float], other: list[float]) -> float:
    """WCAG's contrast of two colours of 0-255, from 1 to 21."""
    low, high = sorted(lightness(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lightness(colour: list[float]) -> float:
    shares = np.array(colour[:3]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_a_phone_shows_the_drawing_and_the_answer_at_once(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 740})
    for selector in ("#board", "#undo", "#pens", "#words", "#ten"):
        place = page.locator(selector).bounding_box()
        assert place is not None
        assert place["y"] >= 0
        assert place["y"] + place["height"] <= 740


def test_the_paper_is_sharp(visit: Visit) -> None:
    ratio = 2.5
    page = visit(device_scale_factor=ratio)
    settle(page)
    box = page.locator("#board").bounding_box()
    assert box is not None
    assert pixels(page, "#board").shape[1] == pytest.approx(box["width"] * ratio, abs=1)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_only_where_it_is_welcome(visit: Visit, motion: Any) -> None:
    page = visit(reduced_motion=motion)
    moving = page.evaluate(
        """() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((element) =>
            getComputedStyle(element).transitionDuration !== "0s").length"""
    )
    assert (moving > 0) == (motion == "no-preference")


def test_without_scripts_the_page_says_what_it_needs(chromium: Browser, visits: Visit) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(visits.url)
    assert page.locator("noscript p").bounding_box() is not None
    context.close()
