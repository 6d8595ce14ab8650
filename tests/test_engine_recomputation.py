"""What is noted in a first call, and what holds in a second one."""

import numpy as np
import pytest

from autograd.engine.random import generator
from autograd.engine.recomputation import is_recomputing, noting, recomputing


def test_a_second_call_draws_what_the_first_did_and_leaves_no_trace() -> None:
    rng = np.random.default_rng(0)
    with noting() as states:
        first = generator(rng).random(3)
        second = generator(rng).random(3)
    now = rng.bit_generator.state
    with recomputing(states):
        np.testing.assert_array_equal(rng.random(6), [*first, *second])
    assert rng.bit_generator.state == now


def test_what_is_noted_inside_is_noted_around_it() -> None:
    one, two = np.random.default_rng(1), np.random.default_rng(2)
    with noting() as outer:
        generator(one).random()
        with noting() as inner:
            generator(one).random()
            generator(two).random()
    first, later = (found[id(one.bit_generator)][1] for found in (outer, inner))
    assert first != later
    assert outer[id(two.bit_generator)] == inner[id(two.bit_generator)]
    generator(two).random()
    assert len(outer) == 2


def test_it_is_told_after_an_error_too() -> None:
    assert not is_recomputing()
    with pytest.raises(ZeroDivisionError), recomputing({}):
        print(1 / (1 - is_recomputing()))
    assert not is_recomputing()
