"""On how many threads the BLAS computes: steps in turns are measured, by a clock of the test's own."""

from collections.abc import Iterator

import pytest

from mnist import threads
from mnist.threads import limited, measured, most, thread_count


@pytest.fixture(autouse=True)
def two() -> Iterator[None]:
    """Two threads, also on a machine of one core."""
    with limited(2):
        yield


def test_limited_holds_until_its_end() -> None:
    if not threads.BLAS.info():
        pytest.skip("the BLAS does not say on how many threads it computes, nor can it be told")
    assert most() == 2
    with limited(1):
        assert most() == 1
        with limited(3):
            assert most() == 3
        assert most() == 1
    assert most() == 2


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [({1: 1.0, 2: 20.0}, 1), ({1: 1.0, 2: 1.0}, 1), ({1: 1.1, 2: 1.0}, 1), ({1: 1.3, 2: 1.0}, 2),
     ({1: 1.3, 64: 1.0}, 64), ({1: 0.0, 2: 0.0}, 1), ({}, 1)],
)  # fmt: skip
def test_one_is_chosen_unless_several_are_clearly_faster(seconds: dict[int, float], expected: int) -> None:
    assert thread_count(seconds) == expected


@pytest.mark.parametrize(
    ("each", "times"),
    [({1: 0.25, 2: 3.0}, 2), ({1: 0.0078125, 2: 0.015625}, 4), ({1: 0.0, 2: 0.0}, threads.MEASURED_STEPS)],
    ids=["slow", "medium", "fast"],
)  # fmt: skip
def test_steps_take_turns_until_there_are_enough_or_time_is_up(
    monkeypatch: pytest.MonkeyPatch, each: dict[int, float], times: int
) -> None:
    now, counts = [0.0], []

    def step() -> None:
        counts.append(most())
        now[0] += each[most()]

    monkeypatch.setattr(threads, "perf_counter", lambda: now[0])
    assert measured(step) == each
    assert counts == [1, 1, 2, 2] * (times // 2)
    assert most() == 2


def test_several_wait_for_other_programs_and_one_is_only_hit_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program comes in every ninth step, on one thread and on two alike."""
    now, calls = [0.0], [0]

    def step() -> None:
        calls[0] += 1
        now[0] += 1e-4 + (4e-4 if calls[0] % 9 == 0 else 0)

    monkeypatch.setattr(threads, "perf_counter", lambda: now[0])
    found = measured(step)
    assert found[1] == pytest.approx(1e-4)
    assert found[2] == pytest.approx(1.4e-4)
    assert thread_count(found) == 1


def test_where_there_is_one_thread_nothing_is_measured() -> None:
    with limited(1):
        assert measured(lambda: pytest.fail("it was called")) == {}
    assert thread_count({}) == 1


def test_an_error_in_a_step_leaves_the_threads_as_they_were() -> None:
    def step() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(step)
    assert most() == 2
