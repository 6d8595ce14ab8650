"""What the page shows of the network, in a real browser: the overlay, samples, the inside, the graph."""

import io
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from digit_page import (
    ONE_OF_EACH,
    SAMPLES,
    SEVEN,
    SIDE,
    Visit,
    by_mouse,
    last,
    of_the_package,
    picture,
    pixels,
    says,
    serving,
    settle,
    until,
    visiting,
)
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route, expect

from mnist import model_file
from mnist.web.answers import ServedNetwork
from mnist.web.app import application
from mnist.web.samples import NO_SAMPLES
from models.mlp import MLP


def choose(page: Page, digit: int) -> None:
    page.locator(f"#ten input[value='{digit}']").check(force=True)
    settle(page)


def lean(colours: NDArray[Any]) -> NDArray[Any]:
    """How blue (above 0) or orange (below) colours (..., 3 or 4) are."""
    colours = colours.astype(int)
    return colours[..., 2] - colours[..., 0]


def slide(page: Page, value: float) -> None:
    page.locator("#strength").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", value
    )


# -- what the network sees, and why ------------------------------------------------------------------------------------


def test_the_image_is_what_the_network_got(visit: Visit) -> None:
    page = visit()
    assert not pixels(page, "#seen").any()
    by_mouse(page, SEVEN)
    image = np.array(last(page)[1]["image"])
    slide(page, 0)
    seen = pixels(page, "#seen").astype(int)
    assert np.ptp(seen[..., :3] - seen[..., :1] - [0, 3, 8], axis=2).max() <= 8  # nothing but grey
    assert np.abs(seen[..., 0] - image).max() <= 12
    assert page.locator("#seen").get_attribute("aria-label").startswith("What the network sees: a digit ")  # type: ignore[union-attr]  # it has one


def test_the_overlay_is_the_gradient(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    for digit in (None, 4):
        if digit is not None:
            choose(page, digit)
        body, answer = last(page)
        assert body.get("digit") == digit
        assert answer["saliency"]["digit"] == (7 if digit is None else digit)
        values, image = np.array(answer["saliency"]["values"]), np.array(answer["image"])
        slide(page, 1)
        found = lean(pixels(page, "#seen"))
        clear = (np.abs(values) > 0.1 * np.abs(values).max()) & (image == 0)
        assert clear.sum() > 100
        assert np.array_equal(found[clear] > 8, values[clear] > 0)
        strongest = np.unravel_index(np.abs(values).argmax(), values.shape)
        assert tuple(pixels(page, "#seen")[strongest][:3]) in {(70, 160, 255), (255, 138, 30)}
        slide(page, 0.5)
        assert np.abs(lean(pixels(page, "#seen"))).sum() < 0.7 * np.abs(found).sum()


def test_the_overlay_changes_with_the_chosen_digit(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    settle(page)
    shots = {None: (picture(page, "#seen"), picture(page, "#board"))}
    expect(page.locator("#for")).to_have_text("for a 7")
    for digit in (3, 8):
        choose(page, digit)
        name = f"a{'n' * (digit == 8)} {digit}"
        expect(page.locator("#for")).to_have_text(f"for {name}")
        expect(page.locator("#against")).to_have_text(f"against {name}")
        expect(page.locator("#reason")).to_contain_text(f"What would make it {name}, now at ")
        shots[digit] = picture(page, "#seen"), picture(page, "#board")
        says(page, 7)
    for first, second in ((None, 3), (None, 8), (3, 8)):
        for a, b in zip(shots[first], shots[second], strict=True):
            assert np.mean(np.abs(a - b).max(axis=2) > 5) > 0.1
    page.locator("#leading input").check()
    settle(page)
    assert np.array_equal(picture(page, "#seen"), shots[None][0])
    choose(page, 3)
    page.keyboard.press("Escape")
    settle(page)
    assert np.array_equal(picture(page, "#board"), shots[None][1])


def test_the_overlay_follows_the_pen(visit: Visit) -> None:
    page = visit()
    by_mouse(page, [SEVEN[0][:2]], lift=False)
    settle(page)
    before = picture(page, "#board")
    page.mouse.move(700, 120)
    settle(page)
    assert np.abs(lean(picture(page, "#board")) - lean(before)).max() > 40


@pytest.mark.parametrize(("scale", "x", "y", "pen"), [(1, 0, 0, 0.6), (0.3, 20, 150, 1), (0.45, 140, 10, 1.5)])
def test_the_overlay_lies_where_the_drawing_is(visit: Visit, scale: float, x: float, y: float, pen: float) -> None:
    """The image that the network got, laid onto the paper as the overlay is, has its ink on the strokes."""
    page = visit()
    page.locator(f"#pens input[value='{pen}']").check(force=True)
    strokes = [stroke * scale + (x, y) for stroke in ONE_OF_EACH[2]]
    by_mouse(page, strokes)
    body, answer = last(page)
    frame = page.evaluate("([body, image]) => import('/static/pixels.js').then((m) => m.frame(body, image))", [
        {"pen": 1, **body}, answer["image"],
    ])  # fmt: skip
    inked = (np.argwhere(np.array(answer["image"]) > 128)[:, ::-1] + 0.5) * frame["unit"] + (frame["x"], frame["y"])
    points = np.concatenate(strokes)
    nearest = np.hypot(*(inked[:, None] - points).transpose(2, 0, 1)).min(axis=1) / frame["unit"]
    assert nearest.max() < 2.5 * body["pen"] / 2 + 0.8  # pixels
    assert np.hypot(*(inked.mean(axis=0) - points.mean(axis=0))) / frame["unit"] < 1
    # And it is there that the overlay begins.
    overlay = np.abs(lean(pixels(page, "#board"))) > 20
    rows, columns = (np.flatnonzero(overlay.any(axis=axis)) * SIDE / len(overlay) for axis in (1, 0))
    for found, start in ((rows, frame["y"]), (columns, frame["x"])):
        assert max(start, 0) - 1 <= found[0] <= max(start, 0) + 3 * frame["unit"]
        assert found[-1] <= min(start + 28 * frame["unit"], SIDE) + 1


def test_the_overlay_can_be_taken_off_the_drawing(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    settle(page)
    assert np.abs(lean(pixels(page, "#board"))).max() > 40
    page.locator("#on-drawing").uncheck()
    settle(page)
    assert np.abs(lean(pixels(page, "#board"))).max() < 20
    assert np.abs(lean(pixels(page, "#seen"))).max() > 40


def test_the_sentence_names_where_ink_is_missing(visit: Visit) -> None:
    saliency = np.zeros((28, 28))
    image = np.zeros((28, 28), int)
    image[5:22, 12:15] = 255

    def made_up(route: Route) -> None:
        response = route.fetch()
        answer = response.json()
        answer["image"], answer["digit"] = image.tolist(), 1
        answer["saliency"]["values"] = saliency.tolist()
        route.fulfill(response=response, json=answer)

    page = visit(route=lambda page: page.route("**/api/predict", made_up))
    saliency[5:9, 5:9] = 1  # where there is no ink
    saliency[19:21, 12:15] = -1  # where there is
    by_mouse(page, ONE_OF_EACH[1])
    choose(page, 4)
    expect(page.locator("#reason")).to_contain_text("more ink at the top left, where the paper is blue")
    expect(page.locator("#reason")).to_contain_text("and less at the bottom, where your ink is orange.")
    page.keyboard.press("Escape")
    settle(page)
    saliency[:] = 0
    saliency[12:15, 12:15] = 1
    choose(page, 1)
    expect(page.locator("#reason")).to_have_text("Your ink in the middle speaks most for a 1.")


def test_a_pixel_tells_its_numbers(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    answer = last(page)[1]
    box = page.locator("#seen").bounding_box()
    assert box is not None
    row, column = np.unravel_index(np.array(answer["image"]).argmax(), (28, 28))
    page.mouse.move(box["x"] + (column + 0.5) * box["width"] / 28, box["y"] + (row + 0.5) * box["height"] / 28)
    value = answer["saliency"]["values"][row][column]
    sign = "−" if value < 0 else "+"
    expect(page.locator("#pixel")).to_have_text(
        f"Row {row}, column {column}: ink 1.00; d logit of 7 / d ink = {sign}{abs(value):.2f}"
    )
    page.mouse.move(1, 1)
    expect(page.locator("#pixel")).to_contain_text("Point at a pixel")


# -- samples -----------------------------------------------------------------------------------------------------------


def test_samples_are_taken_and_drawn_on(visit: Visit) -> None:
    page = visit()
    thumbnails = page.locator(".thumbnail")
    assert thumbnails.count() == 11
    by_mouse(page, SEVEN)
    says(page, 7)
    thumbnails.filter(has_text="4").first.click()
    says(page, 4)
    expect(page.locator("#words")).to_contain_text("Its label says 4, too.")
    sample = np.array(last(page)[0]["pixels"])
    assert any(np.array_equal(sample, image) for image in SAMPLES.images)
    by_mouse(page, [[(40, 30), (240, 30)]])
    merged = np.array(last(page)[0]["pixels"])
    assert (merged >= sample).all()
    assert np.count_nonzero(merged[2:4, 5:23] == 255) > 30
    expect(page.locator("#words")).not_to_contain_text("Its label")
    page.locator("#undo").click()
    assert np.array_equal(last(page)[0]["pixels"], sample)
    page.locator("#undo").click()
    says(page, 7)
    assert "strokes" in last(page)[0]


def test_a_sample_that_the_network_misreads(visit: Visit) -> None:
    def mislabelled(route: Route) -> None:
        response = route.fetch()
        samples = response.json()["samples"]
        route.fulfill(response=response, json={"samples": [{**sample, "label": 3} for sample in samples]})

    page = visit(route=lambda page: page.route("**/api/samples*", mislabelled))
    page.locator(".thumbnail").first.click()
    expect(page.locator("#words")).to_contain_text("But its label says 3.")


def test_more_samples(visit: Visit) -> None:
    page = visit()

    def names() -> list[Any]:
        return [thumbnail.get_attribute("aria-label") for thumbnail in page.locator(".thumbnail").all()]

    before = names()
    with page.expect_response("**/api/samples*"):
        page.locator("#more").click()
    settle(page)
    assert names() != before
    assert page.locator(".thumbnail").count() == 11
    page.locator(".thumbnail").last.click()
    settle(page)
    assert last(page)[1]["digit"] == int(page.locator(".thumbnail").last.inner_text())


def test_without_samples_a_sentence_says_so(chromium: Browser) -> None:
    with serving(of_the_package(samples=None)) as url, visiting(chromium, url) as visit, visit.watched():
        page = visit()
        expect(page.locator("#samples-hint")).to_have_text(NO_SAMPLES[0].upper() + NO_SAMPLES[1:] + ".")
        expect(page.locator("#thumbnails")).to_be_hidden()
        by_mouse(page, SEVEN)
        says(page, 7)
        assert len(visit.heard) == 1
        assert "404" in visit.heard.pop()  # the browser's own line


# -- inside ------------------------------------------------------------------------------------------------------------


def neuron(page: Page, layer: int, index: int) -> Any:
    return page.locator(f"[aria-label='Hidden layer {layer}'] button").nth(index)


def weights() -> list[NDArray[Any]]:
    state = model_file.load_model(model_file.PRETRAINED).state_dict()
    return [np.asarray(state[f"layers.{k}.weight"]) for k in (0, 2, 4)]


def test_the_layers_light_up(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    hidden = last(page)[1]["hidden"]
    for layer, values in enumerate(hidden, 1):
        colours = page.locator(f"[aria-label='Hidden layer {layer}'] button").evaluate_all(
            "(cells) => cells.map((cell) => getComputedStyle(cell).backgroundColor.match(/\\d+/g).map(Number))"
        )
        shares = (np.array(colours)[:, 0] - 11) / (255 - 11)
        assert shares == pytest.approx(np.array(values) / max(values), abs=0.01)
        expect(page.locator(".layer.hidden figcaption").nth(layer - 1)).to_contain_text(
            f"{np.count_nonzero(values)} of {len(values)} active"
        )
    expect(page.locator(".digits .lit")).to_have_text("7")
    image = pixels(page, ".layer.image canvas")[..., 0].astype(int)
    assert np.abs(image - last(page)[1]["image"]).max() <= 12


def test_pointing_at_a_neuron_of_the_first_layer(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    answer = last(page)[1]
    index = int(np.argmax(answer["hidden"][0]))
    expect(page.locator("#neuron h3")).to_have_text(f"Neuron {index} of layer 1")  # without being asked
    other = (index + 40) % 128
    neuron(page, 1, other).hover()
    expect(page.locator("#neuron h3")).to_have_text(f"Neuron {other} of layer 1")
    first, second, _ = weights()
    drawn = pixels(page, "#neuron canvas >> nth=0")
    mine = first[:, other].reshape(28, 28)
    clear = np.abs(mine) > 0.1 * np.abs(mine).max()
    assert np.array_equal(lean(drawn)[clear] > 8, mine[clear] > 0)
    products = mine * np.array(answer["image"]) / 255
    adds = pixels(page, "#neuron canvas >> nth=1")
    clear = np.abs(products) > 0.1 * np.abs(products).max()
    assert np.array_equal(lean(adds)[clear] > 8, products[clear] > 0)
    assert np.abs(lean(adds)[products == 0] - 8).max() <= 1
    sign = "−" if products.sum() < 0 else "+"
    expect(page.locator("#neuron .sum")).to_contain_text(f"Weights times ink make {sign}{abs(products.sum()):.2f}")
    strongest = np.argsort(-np.abs(second[other]))[:6]
    expect(page.locator(".feeds button")).to_have_text([f"neuron {k}" for k in strongest])
    assert page.locator("#layers path.plain").count() == 1
    assert page.locator("#layers path:not(.plain)").count() == 8
    assert page.locator("#layers path.for").count() == np.sum(second[other][np.argsort(-np.abs(second[other]))[:8]] > 0)


def test_a_neuron_of_the_second_layer(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    answer = last(page)[1]
    index = int(np.argmax(answer["hidden"][1]))
    neuron(page, 2, index).hover()
    expect(page.locator("#neuron h3")).to_have_text(f"Neuron {index} of layer 2")
    first, second, third = weights()
    mine = second[:, index].reshape(16, 8)
    drawn = pixels(page, "#neuron canvas >> nth=0")
    clear = np.abs(mine) > 0.1 * np.abs(mine).max()
    assert np.array_equal(lean(drawn)[clear] > 8, mine[clear] > 0)
    # Its other picture is the gradient of its sum: the weights of the neurons before that are active, weighted.
    gradient = (first @ (second[:, index] * (np.array(answer["hidden"][0]) > 0))).reshape(28, 28)
    clear = np.abs(gradient) > 0.25 * np.abs(gradient).max()
    until(page, lambda: pixels(page, "#neuron canvas >> nth=1").any())
    assert np.mean((lean(pixels(page, "#neuron canvas >> nth=1"))[clear] > 8) == (gradient[clear] > 0)) > 0.99
    shown = [text.replace("−", "-") for text in page.locator(".feeds li span:last-child").all_inner_texts()]
    assert np.array(shown, float) == pytest.approx(third[index], abs=0.006)
    out = answer["hidden"][1][index]
    expect(page.locator("#neuron .sum")).to_contain_text(f"ReLU passes it on: {out:.2f}.")


def test_drawing_on_while_a_neuron_is_on_its_way(visit: Visit) -> None:
    waiting: list[Route] = []
    page = visit()
    by_mouse(page, SEVEN)
    settle(page)
    page.route("**/api/neurons/2/9", lambda route: waiting.append(route))
    neuron(page, 2, 9).hover()
    until(page, lambda: len(waiting) == 1)
    by_mouse(page, [[(20, 20), (250, 20)]])
    settle(page)
    assert page.locator("#layers path").count() == 0
    waiting[0].continue_()
    expect(page.locator("#neuron h3")).to_have_text("Neuron 9 of layer 2")
    assert page.locator("#layers path").count() == 16


def test_a_neuron_that_is_held(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    settle(page)
    neuron(page, 1, 20).click()
    neuron(page, 1, 60).hover()
    expect(page.locator("#neuron h3")).to_have_text("Neuron 20 of layer 1")
    by_mouse(page, [[(60, 60), (100, 200)]])
    settle(page)
    expect(page.locator("#neuron h3")).to_have_text("Neuron 20 of layer 1")
    neuron(page, 1, 20).click()
    neuron(page, 1, 60).hover()
    expect(page.locator("#neuron h3")).to_have_text("Neuron 60 of layer 1")


def test_going_through_neurons_by_keys(visit: Visit) -> None:
    page = visit()
    page.locator("#more").focus()
    page.keyboard.press("Tab")
    for key, index in (
        ("", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 9),
        ("End", 127),
        ("ArrowRight", 127),
        ("ArrowUp", 119),
    ):
        if key:
            page.keyboard.press(key)
        expect(page.locator("#neuron h3")).to_have_text(f"Neuron {index} of layer 1")
        assert page.evaluate("document.activeElement.dataset.index") == str(index)
    page.keyboard.press("Tab")
    expect(page.locator("#neuron h3")).to_have_text("Neuron 0 of layer 2")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#neuron h3")).to_have_text("Neuron 119 of layer 1")
    page.locator(".feeds button").first.focus()
    name = page.locator(".feeds button").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#neuron h3")).to_have_text(f"N{name[1:]} of layer 2")


@pytest.mark.parametrize(
    ("hidden", "activation", "passing"),
    [((), "relu", ""), ((20, 12, 8), "tanh", "tanh makes it"), ((300,), "sigmoid", "")],
)
def test_other_networks(chromium: Browser, hidden: tuple[int, ...], activation: str, passing: str) -> None:
    model = MLP((784, *hidden, 10), activation, rng=np.random.default_rng(0))
    app = application(ServedNetwork(model, "mine.safetensors", None), SAMPLES)
    with serving(app) as url, visiting(chromium, url) as visits, visits.watched() as visit:
        page = visit()
        expect(page.locator("#model")).to_have_text(
            f"The model is mine.safetensors: {'-'.join(map(str, model.sizes))}, {activation}."
        )
        by_mouse(page, SEVEN)
        answer = last(page)[1]
        assert page.locator(".layer.hidden").count() == len(hidden)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if not hidden:
            expect(page.locator("#inside-hint")).to_have_text("This network has no hidden layer.")
            expect(page.locator("#neuron")).to_be_hidden()
            return
        for layer in range(1, len(hidden) + 1):
            neuron(page, layer, 3).hover()
            expect(page.locator("#neuron h3")).to_have_text(f"Neuron 3 of layer {layer}")
            out = f"{answer['hidden'][layer - 1][3]:.2f}".replace("-", "−")
            expect(page.locator("#neuron .sum")).to_contain_text(f"{passing} {out}.")


# -- the graph ---------------------------------------------------------------------------------------------------------


def test_the_graph_of_this_prediction(visit: Visit) -> None:
    page = visit()
    by_mouse(page, SEVEN)
    settle(page)
    page.locator("#draw-graph").click()
    svg = page.locator("#graph-view svg")
    expect(svg).to_be_visible()
    text = svg.text_content() or ""
    assert "logit_of_7" in text
    assert "gradient" in text
    assert "1×784" in text
    assert page.locator("#graph-view svg .node title").count() > 5
    ink = np.array(last(page)[1]["image"]).mean() / 255
    assert f"{ink:.2f}" in text  # the mean of this very image
    by_mouse(page, [[(20, 20), (40, 40)]])
    expect(page.locator("#graph-state")).to_contain_text("what was there before")
    choose(page, 3)
    page.locator("#draw-graph").click()
    expect(page.locator("#graph-view")).to_contain_text("logit_of_3")
    expect(page.locator("#graph-state")).to_be_empty()


def test_the_graph_is_zoomed_and_saved(visit: Visit) -> None:
    page = visit(viewport={"width": 1440, "height": 600})
    by_mouse(page, SEVEN)
    settle(page)
    page.locator("#draw-graph").click()
    svg, view = page.locator("#graph-view svg"), page.locator("#graph-view")
    expect(svg).to_be_visible()

    def width() -> float:
        box = svg.bounding_box()
        assert box is not None
        return box["width"]

    before = width()
    for _ in range(5):
        page.locator("#graph-in").click()
    assert width() > 3 * before
    assert view.evaluate("(view) => view.scrollWidth > view.clientWidth + 100 && view.scrollLeft > 0")
    page.locator("#graph-out").click()
    page.locator("#graph-fit").click()
    assert view.evaluate("(view) => view.scrollWidth <= view.clientWidth")
    with page.expect_download() as download:
        page.locator("#graph-file").click()
    assert download.value.suggested_filename == "prediction.svg"
    saved = ElementTree.parse(io.BytesIO(download.value.path().read_bytes())).getroot()
    assert saved.tag == "{http://www.w3.org/2000/svg}svg"
    assert saved.attrib["width"].endswith("pt")


def test_a_graph_that_can_not_be_drawn(visit: Visit) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"error": "no graph can be drawn on this machine"})

    page = visit(route=lambda page: page.route("**/api/graph", refuse))
    by_mouse(page, SEVEN)
    settle(page)
    page.locator("#draw-graph").click()
    expect(page.locator("#graph-state")).to_have_text("No graph can be drawn on this machine.")
    expect(page.locator("#draw-graph")).to_be_enabled()
    assert all("503" in visit.heard.pop() for _ in list(visit.heard))


def test_all_links_stay_on_the_page(visit: Visit) -> None:
    page = visit()
    links = page.locator("a[href]").all()
    assert len(links) >= 3
    for link in links:
        target = link.get_attribute("href") or ""
        assert target.startswith("#")
        assert page.locator(target).count() == 1
