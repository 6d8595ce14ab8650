"""Names for the variables of a program."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd._util.identifiers import Identifiers, identifier


@given(st.text())
def test_any_text_makes_a_name(text: str) -> None:
    name = identifier(text)
    assert name.isidentifier()
    exec(f"{name} = 1", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("params['w']", "params_w"), ("0.weight", "value_0_weight"), ("lambda", "lambda_"), ("", "value"), ("h", "h")],
)
def test_names_of_paths(text: str, expected: str) -> None:
    assert identifier(text) == expected


def test_each_name_is_given_once() -> None:
    names = Identifiers({"max", "w1"})
    assert [names.new("x"), names.new("x"), names.new("x"), names.new("max")] == ["x", "x1", "x2", "max1"]
    assert [names.new("h", is_numbered=True), names.new("h", is_numbered=True)] == ["h0", "h1"]
    assert [names.new("w"), names.new("w"), names.new("x1")] == ["w", "w2", "x1_1"]


class Counting(set[str]):
    """A set that counts how often it is asked."""

    asked = 0

    def __contains__(self, item: object) -> bool:
        self.asked += 1
        return super().__contains__(item)


def test_the_work_for_many_names_grows_with_their_number() -> None:
    names = Identifiers(())
    names.taken = taken = Counting()
    assert len({names.new("constant") for _ in range(300)}) == 300
    assert taken.asked < 3 * 300
