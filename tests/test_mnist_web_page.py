"""The page on which one draws a digit, in a real browser: hands that draw, and the answer that follows them."""

import json
from typing import Any

import numpy as np
import pytest
from digit_page import (
    ONE_OF_EACH,
    SEVEN,
    SIDE,
    Fingers,
    Visit,
    by_mouse,
    last,
    of_the_package,
    on_page,
    picture,
    pixels,
    says,
    serving,
    settle,
    until,
)
from drawn_digits import DRAWN
from playwright.sync_api import Browser, Page, Route, expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
EIGHT = ONE_OF_EACH[8]


# -- drawing -----------------------------------------------------------------------------------------------------------


def test_an_empty_page_invites(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#invitation")).to_be_visible()
    expect(page.locator("#words")).to_contain_text("Nothing is drawn yet")
    for name in ("undo", "redo", "clear", "draw-graph"):
        expect(page.locator(f"#{name}")).to_be_disabled()
    page.mouse.move(*on_page(page, [[(140, 140)]])[0][0])
    expect(page.locator("#invitation")).to_be_visible()
    by_mouse(page, [[(140, 140)]], lift=False)
    expect(page.locator("#invitation")).to_be_hidden()


def test_digits_drawn_by_mouse_are_read(visit: Visit) -> None:
    page = visit()
    for digit, strokes in ONE_OF_EACH.items():
        by_mouse(page, strokes)
        says(page, digit)
        expect(page.locator("#answer")).to_have_attribute("data-state", "sure")
        expect(page.locator("#words")).to_contain_text(f"It is a{'n' * (digit == 8)} {digit}: ")
        assert page.locator(".bar.first b").inner_text() == str(digit)
        page.locator("#clear").click()
        says(page, "?")


def test_digits_drawn_by_a_finger_are_read(visit: Visit) -> None:
    page = visit(**PHONE)
    fingers = Fingers(page)
    for digit, strokes in ONE_OF_EACH.items():
        fingers.draw(strokes)
        says(page, digit)
        page.locator("#clear").dispatch_event("click")  # Chromium takes a tap that comes as soon for the end of a fling
        says(page, "?")


def test_a_finger_on_the_paper_does_not_scroll(visit: Visit) -> None:
    page = visit(**PHONE)
    fingers = Fingers(page)
    fingers.draw([[(140, y) for y in range(260, 20, -10)], [(140, y) for y in range(20, 260, 10)]])
    says(page, 1)
    assert page.evaluate("scrollY") == 0
    fingers("touchStart", (180, 700))
    for y in range(690, 400, -10):
        fingers("touchMove", (180, y))
    fingers("touchEnd")
    until(page, lambda: page.evaluate("scrollY") > 100)  # elsewhere, it does


def test_a_second_finger_does_not_break_a_stroke(visit: Visit) -> None:
    page = visit(**PHONE)
    fingers = Fingers(page)
    (points,) = on_page(page, ONE_OF_EACH[7])
    palm = on_page(page, [[(250, 250)]])[0][0]
    fingers("touchStart", points[0])
    for k, point in enumerate(points):
        others = [palm] if 10 <= k < 30 else []
        fingers("touchStart" if k == 10 else "touchMove", point, *others)
    fingers("touchEnd")
    says(page, 7)
    assert len(last(page)[0]["strokes"]) == 1
    assert np.max(last(page)[0]["strokes"][0]) < 240


def test_a_palm_is_no_pen(visit: Visit) -> None:
    page = visit(**PHONE)
    fingers = Fingers(page)
    palm = on_page(page, [[(250, 250)]])[0][0]

    def pen(kind: str, point: tuple[float, float]) -> None:
        event = {"type": kind, "x": point[0], "y": point[1], "pointerType": "pen"}
        fingers.session.send("Input.dispatchMouseEvent", {**event, "button": "left", "buttons": 1, "clickCount": 1})

    fingers("touchStart", palm)
    (points,) = on_page(page, ONE_OF_EACH[7])
    pen("mousePressed", points[0])
    for point in points[1:]:
        pen("mouseMoved", point)
    pen("mouseReleased", points[-1])
    fingers("touchEnd")
    fingers("touchStart", palm)
    fingers("touchEnd")
    says(page, 7)
    assert len(last(page)[0]["strokes"]) == 1


def test_a_stroke_goes_on_outside_of_the_paper_and_ends_there(visit: Visit) -> None:
    page = visit()
    by_mouse(page, [[(140, 100), (140, 200), (140, 400)]])
    page.mouse.move(*on_page(page, [[(30, 30)]])[0][0])
    settle(page)
    assert last(page)[0]["strokes"] == [[[140, 100], [140, 200], [140, SIDE]]]


def test_other_buttons_do_not_draw(visit: Visit) -> None:
    page = visit()
    page.mouse.move(*on_page(page, [[(140, 140)]])[0][0])
    buttons: list[Any] = ["right", "middle"]
    for button in buttons:
        page.mouse.down(button=button)
        page.mouse.up(button=button)
    expect(page.locator("#invitation")).to_be_visible()


# -- undo, clear, width ------------------------------------------------------------------------------------------------


def test_undo_and_redo(visit: Visit) -> None:
    page = visit()
    by_mouse(page, DRAWN["7, with a bar"][1])
    by_mouse(page, [[(40, 40), (60, 60)]])

    def strokes() -> int:
        return len(last(page)[0]["strokes"])

    assert strokes() == 3
    page.locator("#undo").click()
    assert strokes() == 2
    page.keyboard.press("Control+z")
    assert strokes() == 1
    page.keyboard.press("Control+Shift+Z")
    page.locator("#redo").click()
    assert strokes() == 3
    expect(page.locator("#redo")).to_be_disabled()
    page.locator("#clear").click()
    says(page, "?")
    assert not pixels(page, "#board").any()
    page.keyboard.press("Control+z")
    assert strokes() == 3
    for _ in range(3):
        page.locator("#undo").click()
    says(page, "?")
    expect(page.locator("#undo")).to_be_disabled()
    page.keyboard.press("Control+y")
    by_mouse(page, [[(200, 40), (60, 60)]])  # what was undone is gone for good
    expect(page.locator("#redo")).to_be_disabled()
    assert strokes() == 2


def test_clearing_while_the_pen_is_down(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN, lift=False)
    says(page, 7)
    page.keyboard.press("Delete")
    says(page, "?")
    page.mouse.move(*on_page(page, [[(50, 200)]])[0][0])
    page.mouse.up()
    settle(page)
    says(page, "?")
    page.keyboard.press("Control+z")
    says(page, 7)


def test_the_width_of_the_pen(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    ink, seen = {}, {}
    for name in ("Thin", "Normal", "Thick"):
        page.get_by_label(name).check(force=True)
        settle(page)
        ink[name] = np.count_nonzero(picture(page, "#board").min(axis=2) > 180)
        seen[name] = np.sum(last(page)[1]["image"])
        says(page, 7)
    assert 1.3 * ink["Thin"] < ink["Normal"] < ink["Thick"] / 1.3
    assert 1.3 * seen["Thin"] < seen["Normal"] < seen["Thick"] / 1.3


def test_strokes_outlive_a_turned_screen(visit: Visit) -> None:
    page = visit(**PHONE)
    Fingers(page).draw([[(40, 60), (240, 60), (140, 220)]])
    settle(page)
    drawn = last(page)[0]
    page.locator("#strength").evaluate("(slider) => { slider.value = 0; slider.dispatchEvent(new Event('input')); }")
    shots = []
    for width, height in ((740, 360), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, lambda: page.evaluate("board.width === Math.round(board.clientWidth * devicePixelRatio)"))
        settle(page)
        shots.append(pixels(page, "#board")[..., 3] > 128)
        across, down = (np.flatnonzero(shots[-1].any(axis=axis)) / shots[-1].shape[0] * SIDE for axis in (0, 1))
        assert (across[0], across[-1], down[0], down[-1]) == pytest.approx((29, 251, 49, 231), abs=2)
    assert shots[0].shape != shots[1].shape
    page.locator("#clear").tap()
    page.locator("#undo").tap()
    settle(page)
    assert last(page)[0] == drawn


def test_very_long_drawings_are_thinned(visit: Visit) -> None:
    page = visit()
    page.locator("#board").evaluate(
        """(board) => {
            const { x, y, width } = board.getBoundingClientRect();
            const [middle, radius] = [width / 2, width * 0.4];
            const at = (type, k) => board.dispatchEvent(new PointerEvent(type, {
                clientX: x + middle + radius * Math.cos(k), clientY: y + middle + radius * Math.sin(k),
            }));
            board.setPointerCapture = () => {};
            at("pointerdown", 0);
            for (let k = 1; k < 12000; k++) at("pointermove", k * 0.02);
            at("pointerup", 0);
        }"""
    )
    settle(page)
    assert 3000 < len(last(page)[0]["strokes"][0]) <= 10_000
    assert len(last(page)[1]["probabilities"]) == 10


# -- the answer follows the pen ----------------------------------------------------------------------------------------


def test_the_answer_comes_before_the_pen_is_lifted(visit: Visit) -> None:
    page = visit()
    by_mouse(page, ONE_OF_EACH[1], lift=False)
    says(page, 1)
    page.mouse.up()
    page.locator("#clear").click()
    way = next(strokes for name, (_, strokes) in DRAWN.items() if name == "3, round")
    by_mouse(page, [way[0][: len(way[0]) // 3]], lift=False)
    expect(page.locator("#digit")).not_to_have_text("3")
    for point in on_page(page, way)[0][len(way[0]) // 3 :]:
        page.mouse.move(*point)
    says(page, 3)


def test_one_request_at_a_time_and_the_newest_wins(visit: Visit) -> None:
    waiting: list[Route] = []
    page = visit(route=lambda page: page.route("**/api/predict", lambda route: waiting.append(route)))
    by_mouse(page, EIGHT)
    until(page, lambda: len(waiting) > 0)
    page.wait_for_timeout(100)
    assert len(waiting) == 1
    assert len(json.loads(waiting[0].request.post_data or "")["strokes"][0]) < 5  # the one with which it began
    waiting[0].continue_()
    until(page, lambda: len(waiting) == 2)
    page.wait_for_timeout(100)
    assert len(waiting) == 2
    assert len(json.loads(waiting[1].request.post_data or "")["strokes"][0]) > 15
    waiting[1].continue_()
    says(page, 8)
    settle(page)
    assert len(waiting) == 2


def test_an_answer_that_comes_too_late_is_dropped(visit: Visit) -> None:
    waiting: list[Route] = []
    page = visit(route=lambda page: page.route("**/api/predict", lambda route: waiting.append(route)))
    by_mouse(page, EIGHT)
    until(page, lambda: len(waiting) > 0)
    page.locator("#clear").click()
    with page.expect_response("**/api/predict"):
        waiting[0].continue_()
    settle(page)
    says(page, "?")
    assert len(waiting) == 1
    expect(page.locator("#invitation")).to_be_visible()


def test_not_sure(visit: Visit) -> None:
    page = visit()
    by_mouse(page, [[(40, 100), (240, 100)], [(40, 180), (240, 180)]])
    answer = last(page)[1]
    assert not answer["sure"]
    expect(page.locator("#answer")).to_have_attribute("data-state", "unsure")
    names = [f"a{'n' if k == 8 else ''} {k} ({100 * answer['probabilities'][k]:.0f} %)" for k in range(10)]
    first, second = np.argsort(answer["probabilities"])[:-3:-1]
    expect(page.locator("#words")).to_have_text(f"Not sure. Perhaps {names[first]}, or {names[second]}.")


def test_the_bars_are_the_probabilities(visit: Visit) -> None:
    page = visit()
    by_mouse(page, DRAWN["9, with a tail"][1])
    settle(page)
    page.wait_for_timeout(50)
    for digit, probability in enumerate(last(page)[1]["probabilities"]):
        bar = page.locator(".bar").nth(digit)
        whole, fill = (bar.locator(name).bounding_box() for name in (".track", "i"))
        assert whole is not None
        assert fill is not None
        assert fill["width"] / whole["width"] == pytest.approx(probability, abs=0.01)
        expected = "<1 %" if probability < 0.01 else f"{100 * probability:.0f} %"
        assert bar.locator(".share").inner_text().replace("\xa0", " ") == expected


def test_the_answer_is_read_out_when_it_is_quiet(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN, lift=False)
    says(page, 7)
    assert page.locator("#said").inner_text() == ""
    page.mouse.up()
    expect(page.locator("#said")).to_contain_text("It is a 7: ")
    assert page.locator("#said").get_attribute("role") == "status"


# -- when something is wrong -------------------------------------------------------------------------------------------


def test_what_the_server_refuses_is_said(visit: Visit) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=422, json={"error": "this drawing is too good for me"})

    page = visit(route=lambda page: page.route("**/api/predict", refuse))
    by_mouse(page, [[(140, 140)]])
    expect(page.locator("#words")).to_have_text("This drawing is too good for me.")
    settle(page)
    assert all("422" in text for text in visit.heard)
    visit.heard.clear()
    page.unroute("**/api/predict")
    by_mouse(page, SEVEN)
    says(page, 7)


def port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])


def test_a_server_that_stops_and_comes_back(chromium: Browser) -> None:
    app = of_the_package()
    with serving(app) as url:
        visit = Visit(chromium, url)
        page = visit()
        by_mouse(page, SEVEN)
        says(page, 7)
    page.locator("#clear").click()
    by_mouse(page, EIGHT)
    expect(page.locator("#trouble")).to_contain_text("The server does not answer")
    says(page, "?")
    heard = len(visit.heard)
    until(page, lambda: len(visit.heard) >= heard + 2)  # it has tried again, with the whole drawing
    with serving(app, port(url)):
        says(page, 8)
        expect(page.locator("#trouble")).to_be_hidden()
    assert visit.heard
    assert all("ERR_CONNECTION_REFUSED" in text for text in visit.heard)
    visit.close()


def test_a_server_that_comes_back_to_an_empty_page(chromium: Browser) -> None:
    app = of_the_package()
    with serving(app) as url:
        visit = Visit(chromium, url)
        page = visit()
    by_mouse(page, SEVEN)
    expect(page.locator("#trouble")).to_be_visible()
    page.locator("#clear").click()
    with serving(app, port(url)):
        expect(page.locator("#trouble")).to_be_hidden()
        says(page, "?")
    visit.close()


# -- by keyboard alone -------------------------------------------------------------------------------------------------


def focused(page: Page) -> str:
    found: str = page.evaluate(
        "(({ id, value, textContent, name }) => id || value || textContent || name)(document.activeElement)"
    )
    return found


def test_the_order_of_tab(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    says(page, 7)
    page.locator("#clear").click()
    page.keyboard.press("Control+z")
    settle(page)
    page.locator("h1").click()
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
    links = ["Inside", "Graph", "How it works"]
    assert seen == [*links, "board", "undo", "redo", "clear", "1", "explained", "strength", "on-drawing", "0"]


def test_a_digit_drawn_by_keys(visit: Visit) -> None:
    page = visit()
    board = page.locator("#board")
    board.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#said")).to_have_text("in the middle")
    press = page.keyboard.press
    for key, times in (("Shift+ArrowUp", 3), ("Shift+ArrowLeft", 2), ("Space", 1), ("Shift+ArrowRight", 4)):
        for _ in range(times):
            press(key)
    expect(page.locator("#said")).to_have_text("Pen down, at the top left")
    page.keyboard.down("ArrowLeft")  # aslant: both are held
    for _ in range(13):
        press("ArrowDown")
    page.keyboard.up("ArrowLeft")
    for _ in range(10):
        press("ArrowDown")
    says(page, 7)
    press("Enter")
    expect(page.locator("#said")).to_contain_text("Pen up, ")
    aslant = np.diff(last(page)[0]["strokes"][0], axis=0)[5:18]
    assert (aslant[:, 0] < 0).all()
    assert (aslant[:, 1] > 0).all()
    press("Control+z")
    says(page, "?")
    press("Control+y")
    says(page, 7)

    press("Space")
    press("Shift+ArrowRight")
    press("Control+z")  # the stroke is gone, so the pen is up
    press("Space")
    for _ in range(3):
        press("Shift+ArrowRight")
    press("Escape")  # the stroke, and no more
    settle(page)
    assert "dropped" in page.locator("#said").inner_text()
    press("Tab")
    press("Enter")
    says(page, "?")
    press("Shift+Tab")
    press("Control+y")
    says(page, 7)
    press("Delete")
    says(page, "?")


def test_the_pen_of_who_draws_by_keys_is_seen(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    assert not pixels(page, "#board").any()
    page.locator("#board").focus()
    page.keyboard.press("ArrowLeft")
    settle(page)

    def yellow() -> Any:
        red, green, blue, alpha = np.moveaxis(pixels(page, "#board").astype(int), 2, 0)
        return np.argwhere((alpha > 200) & (red > 200) & (green > 180) & (blue < 120))

    up = yellow()
    assert (up.mean(axis=0) / page.evaluate("board.width") * SIDE) == pytest.approx((140, 133), abs=1)
    page.keyboard.press("Space")
    settle(page)
    assert len(yellow()) > 2 * len(up)
    page.keyboard.press("Tab")  # leaving ends the stroke
    settle(page)
    assert not len(yellow())
    expect(page.locator("#undo")).to_be_enabled()


def test_a_digit_is_chosen_and_the_graph_drawn_by_keys(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    says(page, 7)
    page.locator("#leading input").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#reason")).to_contain_text("What would make it a 0")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#reason")).to_contain_text("What would make it a 1")
    page.keyboard.press("Escape")
    expect(page.locator("#reason")).not_to_contain_text("What would make it")
    page.locator("#draw-graph").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#graph-view svg")).to_be_visible()
