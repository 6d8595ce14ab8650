"""Tables of costs: columns under each other, sums below."""

from autograd.profiling.tables import Row, added_up, format_table

ROWS = [
    Row("matmul", 2, 1e-3, 2e-3, 1024, 0),
    Row("exp", 10, 1e-3, 0.0, 100, 2048),
    Row("sum", 1, 1e-6, 1e-6, 8, 0),
]


def test_a_table() -> None:
    assert format_table("heading", "function", ROWS) == "\n".join(
        [
            "heading",
            "",
            "function  calls  forward  backward    total    share      made      kept",
            "------------------------------------------------------------------------",
            "matmul        2  1.00 ms   2.00 ms  3.00 ms   75.0 %  1.00 KiB         0",
            "exp          10  1.00 ms         0  1.00 ms   25.0 %     100 B  2.00 KiB",
            "sum           1  1.00 µs   1.00 µs  2.00 µs    0.0 %       8 B         0",
            "------------------------------------------------------------------------",
            "total        13  2.00 ms   2.00 ms  4.00 ms  100.0 %  1.11 KiB  2.00 KiB",
        ]
    )


def test_what_is_beyond_the_limit_is_added_up() -> None:
    whole = format_table("", "function", ROWS).splitlines()
    short = format_table("", "function", ROWS, limit=1).splitlines()
    assert len(short) == len(whole) - 1
    assert short[4].split()[0] == "matmul"
    assert " ".join(short[5].split()) == "(2 others) 11 1.00 ms 1.00 µs 1.00 ms 25.0 % 108 B 2.00 KiB"
    assert short[-1].split() == whole[-1].split()
    assert format_table("", "function", ROWS, limit=3) == format_table("", "function", ROWS)


def test_lines_show_their_source() -> None:
    rows = [Row("a.py:1", 1, 1.0, source="y = f(x)"), Row("a.py:20", 1, 1.0, source="z" * 100), Row("b.py:3", 1, 1.0)]
    lines = format_table("", "line", rows).splitlines()
    assert lines[4].endswith("0  y = f(x)")
    assert lines[5].endswith("0  " + "z" * 59 + "…")
    assert lines[6].endswith("0")
    assert len({line.index("1.00 s") for line in lines[4:7]}) == 1


def test_nothing_is_no_table() -> None:
    assert format_table("nothing was called", "function", []) == "nothing was called"


def test_no_time_has_no_shares() -> None:
    assert "%" not in format_table("", "function", [Row("f", 1)])


def test_it_shows_itself_as_it_is() -> None:
    text = format_table("heading", "function", ROWS)
    assert repr(text) == str(text)
    assert "\n" in repr(text)


def test_rows_add_up_to_rows() -> None:
    assert added_up("all", "", ROWS) == Row("all", 13, sum(r.forward for r in ROWS), 2.001e-3, 1132, 2048)
    assert ROWS[0].total == 3e-3
