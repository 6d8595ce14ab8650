"""What the page shows of a convolutional network, in a real browser: feature maps, kernels, and neurons behind them."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from digit_page import SAMPLES, SEVEN, Visit, by_mouse, last, pixels, serving, settle, until, visiting
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect
from served import convolutional
from test_mnist_web_page_looks import CLIPPED, OUTSIDE

from mnist.web.answers import ServedNetwork
from mnist.web.app import application

SERVED = convolutional(12, channels=(5, 6))
STATE = SERVED.model.state_dict()
FIRST, SECOND, DENSE, LAST = (STATE[f"layers.{k}.weight"] for k in (0, 3, 7, 9))
BLACK, LIT = np.array([11, 14, 19]), np.array([255, 214, 80])


@pytest.fixture(scope="module")
def lenets(chromium: Browser) -> Iterator[Visit]:
    with serving(application(SERVED, SAMPLES)) as url, visiting(chromium, url) as visits:
        yield visits


@pytest.fixture
def lenet(lenets: Visit) -> Iterator[Visit]:
    with lenets.watched() as visit:
        yield visit


def drawn(visit: Visit, **options: Any) -> tuple[Page, list[NDArray[Any]]]:
    """The page with a drawing, and the activations of each hidden layer."""
    page = visit(**options)
    by_mouse(page, SEVEN)
    return page, [np.array(layer) for layer in last(page)[1]["hidden"]]


def cell(page: Page, layer: int, index: int) -> Any:
    return page.locator(f"[aria-label='Hidden layer {layer}'] button").nth(index)


def look_at(page: Page, layer: int, index: int, name: str) -> None:
    cell(page, layer, index).focus()
    cell(page, layer, index).hover()
    expect(page.locator("#neuron h3")).to_have_text(f"{name} {index} of layer {layer}")
    settle(page)


def glowing(shares: NDArray[Any]) -> NDArray[Any]:
    return BLACK + (LIT - BLACK) * shares[..., None]


def assert_signs(page: Page, selector: str, values: NDArray[Any]) -> None:
    """Blue where a value is above zero, orange where it is below, of those that are not small."""
    found = pixels(page, selector).astype(int)
    assert found.shape[:2] == values.shape
    clear = np.abs(values) > 0.15 * np.nanmax(np.abs(values))
    assert clear.any()
    assert np.array_equal((found[..., 2] - found[..., 0])[clear] > 8, values[clear] > 0)


def mosaic(pictures: NDArray[Any], columns: int) -> NDArray[Any]:
    """(n, height, width) side by side, NaN in between."""
    framed = np.pad(pictures, ((0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    n, high, wide = framed.shape
    return framed.reshape(n // columns, columns, high, wide).swapaxes(1, 2).reshape(-1, columns * wide)[:-1, :-1]


def test_the_maps_light_up(lenet: Visit) -> None:
    page, hidden = drawn(lenet)
    for layer in (1, 2):
        for index in (0, len(hidden[layer - 1]) - 1):
            found = pixels(page, f"[aria-label='Hidden layer {layer}'] button >> nth={index} >> canvas")[..., :3]
            expected = glowing(hidden[layer - 1][index] / hidden[layer - 1].max())
            np.testing.assert_allclose(found, expected, atol=1)
        active = np.count_nonzero(hidden[layer - 1].any(axis=(1, 2)))
        caption = page.locator(".layer.hidden figcaption").nth(layer - 1)
        expect(caption).to_contain_text(f"{active} of {len(hidden[layer - 1])} active")
    page.locator("#clear").click()
    settle(page)
    expect(page.locator(".layer.hidden figcaption").first).to_contain_text("5 maps, 24 × 24")
    assert np.ptp(pixels(page, "[aria-label='Hidden layer 1'] canvas >> nth=0")[..., :3], axis=(0, 1)).max() == 0


def test_a_map_of_the_first_layer(lenet: Visit) -> None:
    page, hidden = drawn(lenet)
    best = int(hidden[0].mean(axis=(1, 2)).argmax())
    expect(page.locator("#neuron h3")).to_have_text(f"Map {best} of layer 1")  # without being asked
    other = (best + 2) % 5
    look_at(page, 1, other, "Map")
    assert_signs(page, "#neuron canvas >> nth=0", FIRST[other, 0])
    now = pixels(page, "#neuron canvas >> nth=1")[..., :3]
    np.testing.assert_allclose(now, glowing(hidden[0][other] / hidden[0].max()), atol=1)
    bias = f"{STATE['layers.0.bias'][other]:+.2f}".replace("-0.00", "+0.00").replace("-", "−")
    expect(page.locator("#neuron .sum")).to_have_text(
        f"Its kernel of 5 × 5 weights passes over the image, its bias adds {bias}. After ReLU: from "
        f"{hidden[0][other].min():.2f} to {hidden[0][other].max():.2f}, above 0 at "
        f"{np.count_nonzero(hidden[0][other])} of 576 places."
    )
    feeds = SECOND[:, other].sum(axis=(1, 2))
    strongest = np.argsort(-np.abs(feeds))[:6]
    expect(page.locator(".feeds button")).to_have_text([f"map {k}" for k in strongest])
    assert page.locator("#layers path.plain").count() == 1
    assert page.locator("#layers path:not(.plain)").count() == 6
    page.locator(".feeds button").first.click()
    expect(page.locator("#neuron h3")).to_have_text(f"Map {strongest[0]} of layer 2")


def test_a_map_of_the_second_layer(lenet: Visit) -> None:
    page, hidden = drawn(lenet)
    look_at(page, 2, 3, "Map")
    assert_signs(page, "#neuron canvas >> nth=0", mosaic(SECOND[3], 5))
    now = pixels(page, "#neuron canvas >> nth=1")[..., :3]
    np.testing.assert_allclose(now, glowing(hidden[1][3] / hidden[1].max()), atol=1)
    expect(page.locator("#neuron .sum")).to_contain_text("Its 5 kernels of 5 × 5 weights pass over the maps of layer 1")
    expect(page.locator(".feeds button")).to_have_text(
        [f"neuron {k}" for k in np.argsort(-np.abs(DENSE.reshape(6, 16, 12)[3].sum(axis=0)))[:6]]
    )
    inputs = SECOND[3].sum(axis=(1, 2)) * hidden[0].reshape(5, 12, 2, 12, 2).max(axis=(2, 4)).mean(axis=(1, 2))
    until(page, lambda: page.locator("#layers path").count() == np.count_nonzero(inputs) + 8)


def test_a_neuron_behind_maps(lenet: Visit) -> None:
    page, hidden = drawn(lenet)
    index = int(np.argmax(hidden[2]))
    look_at(page, 3, index, "Neuron")
    weights = DENSE[:, index].reshape(6, 4, 4)
    products = weights * hidden[1].reshape(6, 4, 2, 4, 2).max(axis=(2, 4))
    assert_signs(page, "#neuron canvas >> nth=0", mosaic(weights, 3))
    assert_signs(page, "#neuron canvas >> nth=1", mosaic(products, 3))
    sign = "−" if products.sum() < 0 else "+"
    expect(page.locator("#neuron .sum")).to_contain_text(f"Weights times layer 2 make {sign}{abs(products.sum()):.2f}")
    expect(page.locator("#neuron .sum")).to_contain_text(f"ReLU passes it on: {hidden[2][index]:.2f}.")
    shown = [text.replace("−", "-") for text in page.locator(".feeds li span:last-child").all_inner_texts()]
    assert np.array(shown, float) == pytest.approx(LAST[index], abs=0.006)


def test_going_through_maps_by_keys(lenet: Visit) -> None:
    page, _ = drawn(lenet)
    page.locator("#more").focus()
    page.keyboard.press("Tab")
    for key, index in (("Home", 0), ("ArrowRight", 1), ("End", 4), ("ArrowRight", 4), ("ArrowLeft", 3)):
        page.keyboard.press(key)
        expect(page.locator("#neuron h3")).to_have_text(f"Map {index} of layer 1")
    expect(cell(page, 1, 3)).to_have_accessible_name(re.compile("Map 3, on average "))
    page.keyboard.press("Tab")
    expect(page.locator("#neuron h3")).to_have_text("Map 0 of layer 2")
    cell(page, 1, 1).click()  # on its canvas
    cell(page, 1, 2).hover()
    expect(page.locator("#neuron h3")).to_have_text("Map 1 of layer 1")


def test_the_words_are_those_of_the_network(lenet: Visit, visit: Visit) -> None:
    for page, told, untold in (
        (lenet(), "feature map, of which the largest", "Each neuron of the first layer"),
        (visit(), "Each neuron of the first layer", "A kernel of the first layer"),
    ):
        text = " ".join(page.locator("#how").inner_text().split())
        assert told in text
        assert untold not in text
    page = lenet()
    expect(page.locator("#inside-hint")).to_contain_text("Each picture is a feature map")
    expect(page.locator("#model")).to_contain_text("small.safetensors: 5C5-MP2-6C5-MP2-12-10, relu.")


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (800, "light"), (1440, "dark")])
def test_the_usual_network_is_not_cut_off(chromium: Browser, width: int, scheme: Any) -> None:
    model = convolutional(128, channels=(16, 32)).model
    app = application(ServedNetwork(model, "lenet.safetensors", 0.99), SAMPLES)
    with serving(app) as url, visiting(chromium, url) as visits, visits.watched() as visit:
        page, _ = drawn(visit, viewport={"width": width, "height": 740}, color_scheme=scheme)
        for layer, name in ((1, "Map"), (2, "Map"), (3, "Neuron")):
            cell(page, layer, 9).focus()
            page.keyboard.press("ArrowRight")
            expect(page.locator("#neuron h3")).to_have_text(f"{name} 10 of layer {layer}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(OUTSIDE) == []
            assert page.evaluate(CLIPPED) == []
        for layer in (1, 2):
            box = cell(page, layer, 0).locator("canvas").bounding_box()
            assert box is not None
            assert box["width"] > 30  # large enough to see what it finds
            assert box["width"] == pytest.approx(box["height"], abs=1)
