"""The parameters of a function, to which the paths of its arguments lead."""

from typing import Any

import pytest

from autograd import nn
from autograd.compiler.tracing.arguments import split


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("[0][0]", ("params", "")),
        ("[0][0]['w']", ("params", "['w']")),
        ("[0][1]", ("*xs", "[0]")),
        ("[0][3][1]", ("*xs", "[2][1]")),
        ("[1]['scale']", ("scale", "")),
    ],
)
def test_a_path_leads_to_a_parameter(path: str, expected: tuple[str, str]) -> None:
    assert split(lambda params, *xs, scale=1: None, path) == expected


def test_a_function_that_tells_no_parameters_has_numbered_ones() -> None:
    assert split(min, "[0][1]") == ("*args", "[1]")


def test_of_a_model_they_are_those_of_its_forward() -> None:
    class Two(nn.Module):
        def forward(self, x: Any, scale: Any) -> Any:
            return x * scale

    assert split(Two(), "[0][1]") == ("scale", "")
    assert split(Two(), "[1]['x'][0]") == ("x", "[0]")
