"""Colours: text can be read on all of them, and roles told apart by those who do not see all colours."""

from itertools import combinations
from typing import Any

import pytest

from autograd.drawing import style
from autograd.drawing.sketch import Flow, Role
from autograd.drawing.style import heat

TEXT = {role: (look.get("fontcolor", style.INK), look["fillcolor"]) for role, look in style.ROLES.items()}


def channels(colour: str) -> list[float]:
    """Linear red, green and blue, 0 to 1 (IEC 61966-2-1)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def luminance(colour: str) -> float:
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), channels(colour), strict=True))


def contrast(a: str, b: str) -> float:
    """By WCAG 2: 4.5 is enough for small text, 3 for lines."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("role", Role)
def test_text_can_be_read_on_every_role(role: Role) -> None:
    assert contrast(*TEXT[role]) >= 4.5


@pytest.mark.parametrize("fill", [heat(0), heat(0.5), heat(1), style.CAUSE["fillcolor"]])
def test_text_can_be_read_on_heat_and_alarms(fill: str) -> None:
    assert contrast(style.INK, fill) >= 4.5


@pytest.mark.parametrize("colour", [style.GREY, style.ORANGE, style.INK])
def test_text_can_be_read_on_white(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize("look", [style.EDGES, style.FLOWS[Flow.GRADIENT], style.AFFECTED])
def test_lines_can_be_seen_on_white(look: Any) -> None:
    assert contrast(look["color"], "#ffffff") >= 3


def without_green(colour: str) -> list[float]:
    """As those see it who lack the cones for green (Viénot, Brettel and Mollon 1999, table of the linear map)."""
    red, green, blue = channels(colour)
    mixed = 0.29275 * red + 0.70725 * green
    return [mixed, mixed, -0.02234 * red + 0.02234 * green + blue]


@pytest.mark.parametrize(("a", "b"), [*combinations([Role.INPUT, Role.PARAMETER, Role.OUTPUT, Role.GRADIENT], 2)])
def test_leaves_and_ends_are_told_apart_without_seeing_green(a: Role, b: Role) -> None:
    borders = [without_green(style.ROLES[role]["color"]) for role in (a, b)]
    fills = [without_green(style.ROLES[role]["fillcolor"]) for role in (a, b)]
    difference = [max(abs(x - y) for x, y in zip(*pair, strict=True)) for pair in (borders, fills)]
    assert max(difference) > 0.05


def test_calls_have_round_corners_and_leaves_have_not() -> None:
    rounded = {role for role, look in style.ROLES.items() if "rounded" in look.get("style", "")}
    assert rounded == {Role.CALL, Role.UNTRACKED, Role.GRADIENT_CALL, Role.UPDATE}


def test_every_role_and_every_flow_has_a_look_and_a_word() -> None:
    assert style.ROLES.keys() == set(Role)
    assert style.LEGEND.keys() == set(Role) - {Role.SEED}, "which is a gradient like the others"
    assert style.FLOWS.keys() == set(Flow)
    assert style.LEGEND_OF_LINES.keys() == set(Flow) - {Flow.VALUE, Flow.GRADIENT}, "which are solid"


def test_heat_goes_from_white_to_orange() -> None:
    assert (heat(0), heat(1)) == ("#ffffff", "#f08c28")
