"""Tables as text: units as people read them, columns under each other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd._util.tables import Table, aligned, in_bytes, in_seconds

TIMES = {
    0.0: "0",
    3e-10: "0.00 µs",
    1.234e-7: "0.12 µs",
    1e-6: "1.00 µs",
    12.345e-6: "12.3 µs",
    123.4e-6: "123 µs",
    999.4e-6: "999 µs",
    999.6e-6: "1.00 ms",
    0.01: "10.0 ms",
    0.09999: "100 ms",
    1.5: "1.50 s",
    1234.5: "1234 s",
}
SIZES = {
    0: "0",
    1: "1 B",
    1023: "1023 B",
    1024: "1.00 KiB",
    10 * 1024 - 1: "10.0 KiB",
    401408: "392 KiB",
    2**20 - 1: "1.00 MiB",
    3 * 2**29: "1.50 GiB",
    2**40: "1024 GiB",
}


@pytest.mark.parametrize("seconds", TIMES)
def test_in_seconds(seconds: float) -> None:
    assert in_seconds(seconds) == TIMES[seconds]


@pytest.mark.parametrize("size", SIZES)
def test_in_bytes(size: int) -> None:
    assert in_bytes(size) == SIZES[size]


@given(st.floats(1e-6, 1e3))
def test_three_digits_are_right(seconds: float) -> None:
    number, unit = in_seconds(seconds).split()
    shown = float(number) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit]
    assert abs(shown - seconds) <= 0.0051 * seconds
    assert len(re.sub(r"\D", "", number)) in (3, 4)


def test_columns_stand_under_each_other() -> None:
    rows = [("name", "class", "calls"), ("a", "Linear", "10"), ("longer", "B", "1")]
    assert aligned(rows, to_the_left=2) == ["name    class   calls", "a       Linear     10", "longer  B           1"]
    assert aligned(rows)[1] == "a       Linear     10"
    assert aligned(rows)[2] == "longer       B      1"


def test_a_table_shows_itself_as_it_is() -> None:
    assert repr(Table("a\nb")) == "a\nb"
