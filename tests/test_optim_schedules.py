"""Gradient clipping, and learning-rate schedules against the figures of torch.optim.lr_scheduler 2.13."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_reference import cases

import autograd as ag
from autograd import optim


def with_gradient(gradient: Any, dtype: Any = np.float64) -> ag.Tensor:
    p = ag.Tensor(np.zeros(np.shape(gradient), dtype), requires_grad=True)
    p.grad = ag.Tensor(np.array(gradient, dtype))
    return p


def gradient_of(p: ag.Tensor) -> Any:
    assert p.grad is not None
    return p.grad.data


# -- clip_grad_norm --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clip_scales_all_gradients_by_one_factor(dtype: Any) -> None:
    p, q, none = with_gradient([3.0, 4.0], dtype), with_gradient([[12.0], [0.0]], dtype), with_gradient([0.0])
    none.grad = None
    norm = optim.clip_grad_norm([p, none, q], 2.0)
    assert norm.item() == 13
    assert norm.shape == ()
    # as torch.nn.utils.clip_grad_norm_ 2.13 gives
    np.testing.assert_allclose(gradient_of(p), [0.4615384340286255, 0.615384578704834], rtol=2e-7)
    np.testing.assert_allclose(gradient_of(q), [[1.846153736114502], [0.0]], rtol=2e-7)
    assert gradient_of(p).dtype == gradient_of(q).dtype == dtype
    assert none.grad is None


def test_clip_leaves_small_gradients_alone() -> None:
    p = with_gradient([3.0, 4.0])
    assert optim.clip_grad_norm([p], 6.0).item() == 5
    np.testing.assert_array_equal(gradient_of(p), [3.0, 4.0])


def test_clip_takes_a_generator_and_both_dtypes_at_once() -> None:
    p, q = with_gradient([3.0], np.float32), with_gradient([4.0])
    assert optim.clip_grad_norm(iter([p, q]), 1.0).item() == 5
    np.testing.assert_allclose([gradient_of(p)[0], gradient_of(q)[0]], [0.6, 0.8], rtol=1e-6)
    assert gradient_of(p).dtype == np.float32


def test_clip_of_gradients_of_zero() -> None:
    p = with_gradient([0.0, 0.0])
    assert optim.clip_grad_norm([p], 1.0).item() == 0
    np.testing.assert_array_equal(gradient_of(p), [0.0, 0.0])


def test_clip_to_zero() -> None:
    p = with_gradient([3.0, 4.0])
    optim.clip_grad_norm([p], 0)
    np.testing.assert_array_equal(gradient_of(p), [0.0, 0.0])


@pytest.mark.parametrize("shape", [(300, 1000), (300_000,), (0, 3), (3, 0), ()])
def test_clip_loses_no_digits_in_the_norm_of_many_elements(shape: tuple[int, ...]) -> None:
    slope = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    p = ag.Tensor(np.zeros_like(slope.T), requires_grad=True)
    np.sum(p * slope.T).backward()
    expected = math.sqrt(np.sum(np.square(slope.astype(np.float64))))
    assert optim.clip_grad_norm([p], 1.0).item() == pytest.approx(expected, rel=1e-6)


EXTREMES: dict[str, tuple[Any, list[complex], float]] = {
    "huge": (np.float32, [1e20, 0.0, 3e19], 1.0440307e20),
    "near the largest": (np.float32, [3e38, 3e38, 3e38], 5.196152e38),
    "tiny": (np.float32, [1e-30, 0.0, 1e-30], 1.4142136e-30),
    "denormal": (np.float32, [1e-44, 0.0, 0.0], 9.8e-45),
    "huge float64": (np.float64, [1e200, -1e200, 0.0], 1.4142136e200),
    "tiny float64": (np.float64, [3e-200, 4e-200, 0.0], 5e-200),
    "float16": (np.float16, [300.0, -400.0, 0.0], 500.0),
    "largest of float16": (np.float16, [65504.0, 65504.0, 65504.0], 113456.256),
    "complex": (np.complex64, [3e20, 4e20j, 0.0], 5e20),
}


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize(("dtype", "gradient", "norm"), EXTREMES.values(), ids=EXTREMES)
def test_clip_neither_overflows_nor_vanishes(dtype: Any, gradient: Any, norm: float, is_compiled: bool) -> None:
    p, slope, max_norm = ag.Tensor(np.zeros(3, dtype), requires_grad=True), np.array(gradient, dtype), norm / 4

    def clip() -> ag.Tensor:
        p.grad = None
        np.sum((p * slope).real).backward()
        return optim.clip_grad_norm([p], max_norm)

    run = ag.compile(clip) if is_compiled else clip
    for _ in range(3):
        assert run().item() == pytest.approx(norm, rel=1e-3 if dtype is np.float16 or norm < 1e-40 else 1e-6)
        if norm > 1e-3:  # 1e-6 is added to it
            np.testing.assert_allclose(gradient_of(p), slope.conj() / 4, rtol=1e-3)
        assert gradient_of(p).dtype == dtype


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("is_compiled", [False, True])
def test_clip_of_what_is_not_finite_is_nan_or_an_error(bad: float, is_compiled: bool) -> None:
    p, q = (ag.Tensor(np.ones(3), requires_grad=True) for _ in range(2))

    def clip(scale: Any, error_if_nonfinite: bool) -> ag.Tensor:
        p.grad = q.grad = None
        (np.sum(p * scale) + q.sum()).backward()
        return optim.clip_grad_norm([p, q], 1.0, error_if_nonfinite)

    run = ag.compile(clip) if is_compiled else clip
    for flag in (False, True):
        for _ in range(3):
            assert run(np.ones(3), flag).item() == pytest.approx(6**0.5)
    scale = np.array([1.0, bad, 1.0])
    assert not np.isfinite(run(scale, False).item())
    assert np.isnan(gradient_of(p)).all()
    assert np.isnan(gradient_of(q)).all()
    with pytest.raises(ValueError, match=r"gradients whose norm is (inf|nan), and has scaled none; find where"):
        run(scale, True)
    np.testing.assert_array_equal(gradient_of(p), scale)
    np.testing.assert_array_equal(gradient_of(q), np.ones(3))


def test_clip_of_a_used_up_generator_is_refused() -> None:
    parameters = iter([with_gradient([3.0])])
    optim.SGD(parameters, 0.1)
    nothing: list[Any] = [parameters, []]
    for none in nothing:
        with pytest.raises(ValueError, match=r"given no parameters; pass model.parameters\(\), not yet used up"):
            optim.clip_grad_norm(none, 1.0)


def test_clip_of_no_gradients() -> None:
    assert optim.clip_grad_norm([ag.Tensor([1.0], requires_grad=True)], 1.0).item() == 0


def test_clip_of_a_complex_gradient() -> None:
    p = with_gradient([3 + 4j], np.complex128)
    assert optim.clip_grad_norm([p], 1.0).item() == 5
    np.testing.assert_allclose(gradient_of(p), [0.6 + 0.8j], rtol=1e-6)


@pytest.mark.parametrize("max_norm", [-1.0, float("nan")])
def test_clip_refuses_a_negative_norm(max_norm: float) -> None:
    with pytest.raises(ValueError, match="clip_grad_norm was given max_norm="):
        optim.clip_grad_norm([with_gradient([1.0])], max_norm)


def test_clip_of_one_tensor_clips_it_or_says_that_it_takes_a_list() -> None:
    p = with_gradient([[3.0], [4.0]])
    try:
        optim.clip_grad_norm(p, 1.0)
    except TypeError:
        return
    np.testing.assert_allclose(gradient_of(p), [[0.6], [0.8]], rtol=1e-6)


# -- clip_grad_value -------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:invalid value")  # of the loss, which is NaN
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("is_compiled", [False, True])
def test_clip_of_values(is_compiled: bool, dtype: Any) -> None:
    p, q, idle = (ag.Tensor(np.zeros(4, dtype), requires_grad=True) for _ in range(3))

    def clip(slope: Any) -> Any:
        p.grad = q.grad = None
        np.sum(p * slope - q * slope).backward()
        optim.clip_grad_value(iter([p, idle, q]), 0.5)
        return p * 1

    run = ag.compile(clip) if is_compiled else clip
    for scale in (1, 2, 3):
        run(np.array([-3.0, 0.25, np.nan, np.inf], dtype) / dtype(scale))
        np.testing.assert_array_equal(gradient_of(p), np.array([-0.5, 0.25 / scale, np.nan, 0.5], dtype))
        np.testing.assert_array_equal(gradient_of(q), np.array([0.5, -0.25 / scale, np.nan, -0.5], dtype))
        assert gradient_of(p).dtype == dtype
        assert idle.grad is None


def test_clip_of_values_to_zero_and_of_one_tensor() -> None:
    p = with_gradient([[3.0], [-4.0]])
    optim.clip_grad_value(p, 0)
    np.testing.assert_array_equal(gradient_of(p), [[0.0], [0.0]])


def test_clip_of_values_refuses_what_it_cannot_clip() -> None:
    nothing: list[Any] = [[], iter([])]
    for none in nothing:
        with pytest.raises(ValueError, match=r"clip_grad_value was given no parameters; pass model\.parameters"):
            optim.clip_grad_value(none, 1.0)
    for bad in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="clip_grad_value was given clip_value="):
            optim.clip_grad_value([with_gradient([1.0])], bad)
    p, z = with_gradient([3.0]), with_gradient([3 + 4j], np.complex128)
    with pytest.raises(TypeError, match="given a complex gradient, which has no order; use clip_grad_norm"):
        optim.clip_grad_value([p, z], 1.0)
    assert gradient_of(p).tolist() == [3.0]


# -- schedules -------------------------------------------------------------------------------------------------------

Make = Callable[[optim.Optimizer], optim.Schedule]


def optimizer(lr: float = 0.5) -> optim.SGD:
    return optim.SGD([with_gradient([1.0])], lr)


def rates(make: Make, steps: int, lr: float = 0.5) -> list[float]:
    sgd = optimizer(lr)
    schedule, found = make(sgd), []
    for _ in range(steps):
        found.append(sgd.lr)
        schedule.step()
    return found


# OneCycleLR(optimizer, 0.5, total_steps, pct_start=warmup), with its defaults three_phase=False, anneal_strategy="cos"
ONE_CYCLE: dict[tuple[int, float], list[float]] = {
    (10, 0.3): [0.020000000000000018, 0.26, 0.5, 0.47524231600673683, 0.40587282697488153, 0.30563101096814466,
                0.19437098903185537, 0.09412917302511849, 0.024759683993263143, 2e-06],
    (7, 0.3): [0.020000000000000018, 0.4902783136674793, 0.4595221881348553, 0.33634191824027254, 0.17886938786982853,
               0.0496483959466328, 2e-06],
    (12, 0.5): [0.020000000000000018, 0.06583592135001265, 0.18583592135001265, 0.3341640786499874,
                0.45416407864998737, 0.5, 0.4665064849207059, 0.3750005, 0.250001, 0.12500150000000004,
                0.03349551507929411, 2e-06],
    (10, 0.95): [0.020000000000000018, 0.03620666494295466, 0.08263785986704181, 0.15302279461363077,
                 0.23785559372880755, 0.3256791176172999, 0.4046323127310215, 0.46405211257510737,
                 0.49591354392413645, 2e-06],
    (3, 0.0): [0.3750005, 0.12500150000000004, 2e-06],
    (2, 0.3): [0.4058728269748815, 2e-06],
    (1, 0.3): [2e-06],
}  # fmt: skip


@pytest.mark.parametrize(("total_steps", "warmup"), ONE_CYCLE)
def test_one_cycle_is_that_of_torch(total_steps: int, warmup: float) -> None:
    found = rates(lambda sgd: optim.OneCycle(sgd, 0.5, total_steps, warmup=warmup), total_steps)
    np.testing.assert_allclose(found, ONE_CYCLE[total_steps, warmup], rtol=1e-9)


def test_one_cycle_from_start_by_its_peak_to_its_end() -> None:
    found = rates(lambda sgd: optim.OneCycle(sgd, 2.0, 100, warmup=0.25, start=10, end=1000), 103)
    assert found[0] == pytest.approx(0.2)
    assert max(found) == found[24] == 2.0
    assert found[99:] == pytest.approx([0.002] * 4)  # beyond the end, too
    assert found[:25] == sorted(found[:25])
    assert found[24:] == sorted(found[24:], reverse=True)


def test_one_cycle_that_only_rises() -> None:
    found = rates(lambda sgd: optim.OneCycle(sgd, 1.0, 5, warmup=1.0), 7)
    assert found == sorted(found)
    assert found[4:] == [1.0, 1.0, 1.0]


# CosineAnnealingLR(optimizer, T_max=10, eta_min=0.05), the steps 0 to 9
COSINE = [0.5, 0.48898771616640957, 0.45702882373436315, 0.40725168176580645, 0.34452882373436317, 0.275,
          0.20547117626563688, 0.1427483182341936, 0.09297117626563686, 0.06101228383359046]  # fmt: skip


def test_cosine_is_that_of_torch() -> None:
    np.testing.assert_allclose(rates(lambda sgd: optim.Cosine(sgd, 10, floor=0.1), 10), COSINE, rtol=1e-12)


def test_cosine_stays_where_it_is_beyond_the_end() -> None:
    found = rates(lambda sgd: optim.Cosine(sgd, 10, floor=0.1), 14)
    assert found[9:] == [found[9]] * 5


def test_cosine_after_a_warm_up() -> None:
    found = rates(lambda sgd: optim.Cosine(sgd, 12, floor=0.2, warmup_steps=4), 12, lr=1.0)
    np.testing.assert_allclose(found[:5], [0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-14)
    fall = [0.2 + 0.8 * (1 + math.cos(math.pi * k / 8)) / 2 for k in range(8)]
    np.testing.assert_allclose(found[4:], fall, rtol=1e-14)


TORCH_SCHEDULES: dict[str, Make] = {
    "step": lambda o: optim.StepLR(o, 3, 0.5),
    "step of 1": lambda o: optim.StepLR(o, 1),
    "linear": lambda o: optim.LinearLR(o),
    "linear down": lambda o: optim.LinearLR(o, 1.0, 0.25, 7),
    "linear, then cosine": lambda o: optim.SequentialLR(o, [optim.LinearLR(o, 0.1, 1.0, 4), optim.Cosine(o, 8)], [4]),
    "linear, then step": lambda o: optim.SequentialLR(
        o, [optim.LinearLR(o, 0.5, 1.0, 3), optim.StepLR(o, 2, 0.5)], [5]
    ),
    "linear times step": lambda o: optim.ChainedScheduler([optim.LinearLR(o, 0.5, 1.0, 4), optim.StepLR(o, 3, 0.5)]),
}
TORCH_RATES = {
    name.removeprefix("schedule: "): case["rates"]
    for name, case in cases.read("optimizers").items()
    if name.startswith("schedule: ")
}


@pytest.mark.parametrize("name", TORCH_RATES)
def test_schedules_are_those_of_torch(name: str) -> None:
    found = rates(TORCH_SCHEDULES[name], 12, 0.8)
    np.testing.assert_allclose(found, TORCH_RATES[name], rtol=1e-13)


def test_step_lr_never_ends() -> None:
    found = rates(lambda sgd: optim.StepLR(sgd, 100, 0.5), 1001, lr=1.0)
    assert found[99:101] == [1, 0.5]
    assert found[1000] == 2**-10


def test_linear_lr_stays_at_its_end() -> None:
    assert rates(lambda sgd: optim.LinearLR(sgd, 0.5, total_iters=2), 5, lr=1.0) == [0.5, 0.75, 1, 1, 1]


def test_a_schedule_is_for_the_groups_that_there_were() -> None:
    sgd = optimizer()
    schedule = optim.StepLR(sgd, 1)
    sgd.add_param_group({"params": [with_gradient([1.0])]})
    with pytest.raises(ValueError, match="StepLR was made for 1 parameter groups, and the optimiser has 2; make "):
        schedule.step()
    assert (schedule.count, sgd.lr) == (0, 0.5)


def test_repr_tells_what_a_schedule_was_made_with_and_where_it_is() -> None:
    sgd = two_groups()
    schedule = optim.Cosine(sgd, 10, floor=0.1)
    for _ in range(10):
        schedule.step()
    text = "Cosine(total_steps=10, floor=0.1, warmup_steps=0; after 10 steps lr=0.122025, 0.0244049)"
    assert repr(schedule) == text
    text = "OneCycle(max_lr=[0.5], total_steps=10, warmup=0.3, start=25.0, end=250000.0; after 0 steps lr=0.02)"
    assert repr(optim.OneCycle(optimizer(), 0.5, 10)) == text
    assert repr(optim.StepLR(optimizer(), 3)) == "StepLR(step_size=3, gamma=0.1; after 0 steps lr=0.5)"


def two_groups() -> optim.SGD:
    return optim.SGD([{"params": [with_gradient([1.0])]}, {"params": [with_gradient([1.0])], "lr": 0.2}], lr=1.0)


def group_rates(sgd: optim.SGD) -> list[float]:
    return [group["lr"] for group in sgd.param_groups]


def test_one_cycle_gives_each_group_its_own_peak() -> None:
    sgd = two_groups()
    schedule = optim.OneCycle(sgd, [0.5, 5.0], 10)
    assert group_rates(sgd) == pytest.approx([0.02, 0.2])
    schedule.step()
    schedule.step()
    assert group_rates(sgd) == pytest.approx([0.5, 5.0])


def test_cosine_keeps_the_ratio_of_the_groups() -> None:
    sgd = two_groups()
    schedule = optim.Cosine(sgd, 10)
    for _ in range(5):
        schedule.step()
    assert group_rates(sgd) == pytest.approx([0.5, 0.1])


MAKES: dict[str, Make] = {
    "one cycle": lambda sgd: optim.OneCycle(sgd, 0.5, 10),
    "cosine": lambda sgd: optim.Cosine(sgd, 10, floor=0.1, warmup_steps=2),
    "step": lambda sgd: optim.StepLR(sgd, 3),
    "linear": lambda sgd: optim.LinearLR(sgd, total_iters=7),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_schedule_goes_on_where_it_was(make: Make) -> None:
    whole = rates(make, 10)
    first = optimizer()
    schedule = make(first)
    for _ in range(6):
        schedule.step()
    state = schedule.state_dict()
    schedule.step()  # which a copy does not follow

    second = optimizer()
    resumed = make(second)
    resumed.load_state_dict(state)
    found = []
    for _ in range(4):
        found.append(second.lr)
        resumed.step()
    assert found == whole[6:]


@pytest.mark.parametrize("schedule_first", [True, False], ids=["schedule made first", "optimiser loaded first"])
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_both_states_together_resume_a_training(make: Make, schedule_first: bool) -> None:
    def run(p: ag.Tensor, adam: optim.Adam, schedule: optim.Schedule, steps: int) -> None:
        for _ in range(steps):
            adam.zero_grad()
            np.square(p - 3).sum().backward()
            adam.step()
            schedule.step()

    p = ag.Tensor(np.array([1.0, -2.0], np.float32), requires_grad=True)
    adam = optim.Adam([p], lr=0.5)
    schedule = make(adam)
    run(p, adam, schedule, 6)
    q = ag.Tensor(p.data.copy(), requires_grad=True)
    other = optim.Adam([q], lr=0.5)
    if schedule_first:
        resumed = make(other)
        other.load_state_dict(adam.state_dict())
    else:  # whose learning rate is by then no longer the highest
        other.load_state_dict(adam.state_dict())
        resumed = make(other)
    resumed.load_state_dict(schedule.state_dict())
    run(p, adam, schedule, 5)
    run(q, other, resumed, 5)
    np.testing.assert_array_equal(p.data, q.data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda sgd: optim.OneCycle(sgd, 1.0, 0), "OneCycle was given total_steps=0; it must be at least 1"),
        (lambda sgd: optim.OneCycle(sgd, 1.0, 5, warmup=1.5), "OneCycle was given warmup=1.5"),
        (lambda sgd: optim.OneCycle(sgd, [1.0, 2.0], 5), "given 2 rates for 1 groups; give one for each"),
        (lambda sgd: optim.Cosine(sgd, 5, warmup_steps=5), r"warmup_steps=5; it must lie in \[0, 5\)"),
        (lambda sgd: optim.Cosine(sgd, 5, warmup_steps=-1), "warmup_steps=-1"),
        (lambda sgd: optim.Cosine(sgd, 0), "Cosine was given "),
        (lambda sgd: optim.StepLR(sgd, 0), "StepLR was given step_size=0; it must be at least 1"),
        (lambda sgd: optim.LinearLR(sgd, 0.0), "LinearLR was given start_factor=0.0 and end_factor=1.0"),
        (lambda sgd: optim.LinearLR(sgd, 0.5, 1.5), "end_factor=1.5; they must lie in"),
        (lambda sgd: optim.LinearLR(sgd, total_iters=0), "total_iters=0; it must be at least 1"),
    ],
)
def test_schedules_say_what_they_cannot_do(make: Make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(optimizer())


STATES: dict[str, tuple[dict[str, Any], str]] = {
    "of another": ({"schedule": "Cosine"}, "the state is of a Cosine, and this is a OneCycle; load it into"),
    "negative": ({"count": -1}, r"count=-1 and peaks=\[0.5\]; a number of steps and learning rates are expected"),
    "half a step": ({"count": 1.5}, "count=1.5"),
    "NaN": ({"count": float("nan")}, "count=nan"),
    "a text": ({"count": "3"}, "count='3'"),
    "a negative rate": ({"peaks": [-1.0]}, r"peaks=\[-1.0\]"),
    "a rate of NaN": ({"peaks": [float("nan")]}, r"peaks=\[nan\]"),
    "more groups": ({"peaks": [0.5, 0.5]}, "of 2 parameter groups, and the optimiser has 1"),
}


@pytest.mark.parametrize(("values", "message"), STATES.values(), ids=STATES)
def test_the_state_of_a_schedule_that_does_not_fit_is_refused_whole(values: dict[str, Any], message: str) -> None:
    sgd = optimizer()
    schedule = optim.OneCycle(sgd, 0.5, 10)
    schedule.step()
    before, lr = schedule.state_dict(), sgd.lr
    with pytest.raises(ValueError, match=message):
        schedule.load_state_dict({**before, "count": 5, **values})
    assert (schedule.state_dict(), sgd.lr) == (before, lr)


def test_the_state_of_a_schedule_without_its_keys_is_refused() -> None:
    schedule = optim.OneCycle(optimizer(), 0.5, 10)
    with pytest.raises(ValueError, match="OneCycle was given a state without count, peaks; pass what state_dict"):
        schedule.load_state_dict({"total_steps": 10})
    schedule.load_state_dict({"total_steps": 10, "count": 3, "peaks": [0.5]})  # as an earlier version saved it
    assert schedule.count == 3


def test_the_state_of_a_schedule_of_another_length_is_refused() -> None:
    def make(total_steps: int) -> optim.Schedule:
        return optim.OneCycle(optim.SGD([ag.Tensor([1.0], requires_grad=True)], lr=0.1), 0.1, total_steps)

    with pytest.raises(ValueError, match="of 100 steps, and this one has 7; make it with"):
        make(7).load_state_dict(make(100).state_dict())


MAKERS: tuple[Callable[[Any], Any], ...] = (
    lambda model: optim.StepLR(model, 2),
    lambda model: optim.OneCycle(model, 0.1, 10),
    lambda model: optim.Cosine(model, 10),
    lambda model: optim.ReduceLROnPlateau(model),
)


@pytest.mark.parametrize("make", MAKERS)
def test_a_schedule_is_given_the_optimiser(make: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="a schedule was given a Linear first, and expects the optimiser"):
        make(ag.nn.Linear(2, 2))
