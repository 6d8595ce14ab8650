"""Random numbers in a program: the same stream as without it, drawn anew, in order."""

from typing import Any

import numpy as np
import pytest
from compared import assert_same
from test_compiler_capture import BATCHES

import autograd as ag
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.tracer import DRAWS

X, _ = BATCHES[0]
WEIGHTS = np.array([0.2, 0.3, 0.5])


@pytest.mark.parametrize("draw", [
    lambda g, x: g.random(3), lambda g, x: g.random(dtype=np.float32) * x, lambda g, x: g.normal(x, 0.1),
    lambda g, x: g.standard_normal(x.shape), lambda g, x: g.integers(0, 10, 5), lambda g, x: x[g.integers(0, 8, 4)],
    lambda g, x: g.permutation(8), lambda g, x: x[g.permutation(8)], lambda g, x: g.choice(x, 3),
    lambda g, x: g.choice(3, 5, p=WEIGHTS), lambda g, x: g.exponential(abs(x)), lambda g, x: g.permuted(x, axis=0),
    lambda g, x: [g.uniform(), g.uniform(), g.random(2)], lambda g, x: g.multivariate_normal(x[0, :2], np.eye(2)),
    lambda g, x: (g.random(2), 0)[1], lambda g, x: g.integers(5) + x,
    lambda g, x: g.binomial(10, 0.5, size=4) * x[0, 0], lambda g, x: g.normal(ag.Tensor(x)),
])  # fmt: skip
def test_draws(draw: Any) -> None:
    """Those that nothing reads, too: what is drawn after them depends on them."""

    def make() -> Any:
        generator = np.random.default_rng(0)
        return (lambda x: [draw(generator, x), draw(generator, x)]), [generator]

    assert_same(make, [(None, (x,)) for x, _ in BATCHES], programs=1)


@pytest.mark.parametrize("bits", [np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_generators_whose_state_holds_arrays(bits: Any) -> None:
    def make() -> Any:
        generator, other = np.random.Generator(bits(0)), np.random.Generator(bits(1))
        return (lambda x: [generator.random(2), generator.normal(size=2), x if other else generator]), [generator]

    assert_same(make, [(None, (x,)) for x, _ in BATCHES], programs=1)


def test_draws_as_indices_and_counts_are_refused() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(TraceError, match="how long what a slice returns"):
        ag.compile(lambda x: x[: generator.integers(5)])(X)
    with pytest.raises(TraceError, match="an index, a length or a shape was to be made"):
        ag.compile(lambda x: np.zeros(generator.integers(5)))(X)


def test_draws_know_all_methods_of_a_generator_that_return_numbers() -> None:
    assert {"random", "normal", "integers", "choice", "permutation", "permuted"} < DRAWS
    assert not {"shuffle", "spawn", "bit_generator"} & DRAWS


def test_what_is_no_draw() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(AttributeError, match="normale"):
        ag.compile(lambda: generator.normale(3))()  # type: ignore[attr-defined]  # what is tested
    with pytest.raises(TraceError, match=r"\.spawn of a random generator was used.*make the generators outside"):
        ag.compile(lambda: generator.spawn(2)[0].random(2))()


def test_a_generator_in_two_places_is_one_stream() -> None:
    def make() -> Any:
        a = np.random.default_rng(0)
        places = {"a": a, "b": [a]}
        return (lambda x: [places["a"].random(2), places["b"][0].random(2)]), [a]  # type: ignore[index,union-attr]  # of several kinds

    assert_same(make, [(None, (x,)) for x, _ in BATCHES], programs=1)


def test_a_generator_that_the_function_makes() -> None:
    """Of a fixed seed it draws the same in each call."""
    assert_same(lambda: (lambda x: x * np.random.default_rng(3).random(6), []), [(None, (x,)) for x, _ in BATCHES])
    with pytest.raises(TraceError, match=r"test_compiler_random_numbers\.py:\d+: random numbers were drawn, or seeded"):
        ag.compile(lambda x: x * np.random.default_rng().random(6))(X)


def test_a_step_that_draws_is_called_as_it_is() -> None:
    """One that looks at what it has drawn; it is called with the generator itself."""

    @ag.primitive
    def noisy(x: Any, rng: Any) -> Any:
        noise = rng.normal(size=x.shape)
        return x + (noise if noise.sum() > 0 else -noise)

    ag.rule(noisy, x=lambda g: g, accepts=("rng",))

    def make() -> Any:
        generator = np.random.default_rng(0)
        f = ag.value_and_grad(lambda x: np.sum(np.square(noisy(x, rng=generator))))
        return f, [generator]

    step = assert_same(make, [(None, (x.astype(float),)) for x, _ in BATCHES], programs=1)
    calls = step._specializations[0].captured.ops
    assert [call.effect for call in calls if getattr(call.fn, "__name__", "") == "noisy"] == [True]
