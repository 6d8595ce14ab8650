"""What compiles: training steps of all kinds, inference, transforms; bit for bit what the function does itself."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compared import Call, Make, assert_same, bits, followed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import autograd as ag
from autograd import nn, optim
from autograd.compiler.tracing.capture import Lifted, is_number
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.snapshot import Snapshot
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber
from autograd.compiler.tracing.tracer import Tracer
from autograd.compiler.tracing.walker import state_of
from autograd.engine.proxies import proxies
from models.mlp import ACTIVATIONS, LOSSES, MLP

RNG = np.random.default_rng(0)
BATCHES = [(RNG.normal(size=(8, 6)).astype(np.float32), RNG.integers(0, 3, 8)) for _ in range(6)]
CALLS: list[Call] = [(None, batch) for batch in BATCHES]


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def mlp(**options: Any) -> nn.Module:
    return MLP((6, 5, 4, 3), rng=rng(), **options)


def with_dropout(**options: Any) -> nn.Module:
    generator = rng()
    return nn.Sequential(
        nn.Linear(6, 5, rng=generator), nn.ReLU(), nn.Dropout(0.4, **options), nn.Linear(5, 3, rng=generator)
    )


def training(
    optimizer: Callable[[list[ag.Tensor]], optim.Optimizer] = lambda params: optim.SGD(params, 0.1),
    loss_of: Callable[..., Any] = nn.cross_entropy,
    model_of: Callable[[], nn.Module] = mlp,
    max_norm: float | None = None,
    schedule_of: Callable[[optim.Optimizer], optim.Schedule] | None = None,
) -> Make:
    def make() -> tuple[Callable[..., Any], list[Any]]:
        model = model_of()
        opt = optimizer(list(model.parameters()))
        schedule = schedule_of(opt) if schedule_of else None

        def step(x: Any, y: Any) -> Any:
            loss = loss_of(model(x), y)
            opt.zero_grad()
            loss.backward()
            norm = None if max_norm is None else optim.clip_grad_norm(model.parameters(), max_norm)
            opt.step()
            if schedule is not None:
                schedule.step()
            return loss, norm

        return step, [model, opt, *([schedule] if schedule else [])]

    return make


def one_hot(y: Any) -> Any:
    return np.equal.outer(y, np.arange(3)).astype(np.float32)


OPTIMISERS: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD": lambda p: optim.SGD(p, 0.1),
    "SGD, int": lambda p: optim.SGD(p, 1),
    "SGD, float64": lambda p: optim.SGD(p, np.float64(0.1), momentum=np.float32(0.5)),
    "momentum": lambda p: optim.SGD(p, 0.1, momentum=0.9),
    "weight decay": lambda p: optim.SGD(p, 0.1, weight_decay=0.1),
    "nesterov": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "groups": lambda p: optim.SGD([{"params": p[:2], "lr": 0.1, "momentum": 0.9}, {"params": p[2:]}], 0.2),
    "Adam": lambda p: optim.Adam(p),
    "Adam, betas": lambda p: optim.Adam(p, 0.01, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1),
    "Adam, a list": lambda p: optim.Adam(p, betas=[0.8, 0.9]),  # type: ignore[arg-type]  # as a file may hold them
    "AdamW": lambda p: optim.AdamW(p, 0.01),
    "AdamW, groups": lambda p: optim.AdamW([{"params": p[:1], "weight_decay": 0}, {"params": p[1:], "lr": 0.1}]),
}
KEEPS_STATE = {"SGD, float64", "momentum", "nesterov", "groups"}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers(name: str) -> None:
    """One program if nothing is kept of the first step, two if there are moments from then on."""
    keeps = name in KEEPS_STATE or name.startswith("Adam")
    assert_same(training(OPTIMISERS[name]), CALLS, programs=1 + keeps)


@pytest.mark.parametrize("schedule", [
    lambda o: optim.OneCycle(o, 0.1, 5), lambda o: optim.Cosine(o, 4, warmup_steps=2, floor=0.1),
])  # fmt: skip
def test_schedules_beyond_their_end(schedule: Any) -> None:
    assert_same(training(OPTIMISERS["Adam"], schedule_of=schedule), CALLS, programs=2)


@pytest.mark.parametrize("max_norm", [0.0, 0.1, 1e9])
def test_clipping(max_norm: float) -> None:
    assert_same(training(max_norm=max_norm), CALLS, programs=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_model_there_is(activation: str, loss: str, dtype: Any) -> None:
    calls: list[Call] = [(None, (x.astype(dtype), y)) for x, y in BATCHES[:4]]
    make = training(loss_of=LOSSES[loss], model_of=lambda: mlp(activation=activation, dtype=dtype))
    assert_same(make, calls, programs=1)


@pytest.mark.parametrize("loss", [
    lambda z, y: nn.cross_entropy(z, y, label_smoothing=0.1), lambda z, y: nn.mse_loss(z, one_hot(y)),
    lambda z, y: nn.binary_cross_entropy_with_logits(z, one_hot(y)),
    lambda z, y: nn.binary_cross_entropy(nn.sigmoid(z), one_hot(y)), lambda z, y: -np.mean(nn.log_softmax(z)[:, 0]),
    lambda z, y: np.mean(nn.softmax(z) * np.float32(2)),
])  # fmt: skip
def test_losses(loss: Any) -> None:
    assert_same(training(loss_of=loss), CALLS, programs=1)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_labels_of_any_integer_type(dtype: Any) -> None:
    assert_same(training(), [(None, (x, y.astype(dtype))) for x, y in BATCHES], programs=1)


def test_tensors_as_arguments() -> None:
    assert_same(training(), [(None, (ag.Tensor(x), ag.Tensor(y))) for x, y in BATCHES], programs=1)


def test_overflow_that_the_library_expects_does_not_warn() -> None:
    """exp(-x) in sigmoid; warnings are errors here."""
    calls: list[Call] = [(None, (x * np.float32(1e4), y)) for x, y in BATCHES]
    step = assert_same(training(model_of=lambda: mlp(activation="sigmoid")), calls, programs=1)
    assert "np.errstate(over='ignore')" in step.source


SPECIAL = np.float32([-0.0, 0.0, np.nan, np.inf, -np.inf, 1e-42])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_zeros_with_a_sign_infinities_and_denormals(activation: str) -> None:
    calls: list[Call] = [(None, (np.roll(np.outer(np.ones(8, np.float32), SPECIAL), k, 1), y)) for k, (_, y)
                         in enumerate(BATCHES)]  # fmt: skip
    assert_same(training(OPTIMISERS["Adam"], model_of=lambda: mlp(activation=activation)), calls)


def test_dropout_draws_anew_from_the_stream_of_the_library() -> None:
    assert_same(training(model_of=with_dropout), CALLS, programs=1)


def test_dropout_with_a_generator_of_its_own() -> None:
    assert_same(training(model_of=lambda: with_dropout(rng=np.random.default_rng(3))), CALLS, programs=1)


def test_random_numbers_that_the_function_draws_itself() -> None:
    def make() -> Any:
        model, noise = mlp(), np.random.default_rng(5)

        def step(x: Any, y: Any) -> Any:
            keep = noise.random(x.shape, dtype=np.float32) > 0.1
            return model(np.where(keep, x + noise.normal(size=6).astype(np.float32), 0)).sum() * noise.uniform()

        return step, [model, noise]

    assert_same(make, CALLS, programs=1)


def test_gradients_that_add_up() -> None:
    """The first finds none, the others find some."""

    def make() -> Any:
        model = mlp()

        def step(x: Any, y: Any) -> Any:
            nn.cross_entropy(model(x), y).backward()

        return step, [model]

    assert_same(make, CALLS, programs=2)
    forget = lambda model: model.zero_grad()
    assert_same(make, [(forget if k % 2 else None, BATCHES[k % 6]) for k in range(9)], programs=2)


def test_gradients_of_the_call_before() -> None:
    """They lie in the memory of the program, which must not write there before it has read them."""

    def make() -> Any:
        model = mlp()
        opt = optim.SGD(model.parameters(), 0.1)

        def step(x: Any, y: Any) -> Any:
            old = [None if p.grad is None else np.sum(np.square(p.grad)) for p in model.parameters()]
            opt.zero_grad()
            nn.cross_entropy(model(x), y).backward()
            opt.step()
            return old

        return step, [model, opt]

    assert_same(make, CALLS + CALLS, programs=2)


def test_an_adversarial_pair() -> None:
    """Two models, two optimisers, one of which updates before the other is used again."""

    def make() -> Any:
        generator, critic = MLP((4, 5, 6), rng=rng()), MLP((6, 5, 1), rng=rng())
        g, c = optim.Adam(generator.parameters(), 0.01), optim.SGD(critic.parameters(), 0.1, momentum=0.9)
        entropy, true, false = nn.binary_cross_entropy_with_logits, np.ones((8, 1), "f"), np.zeros((8, 1), "f")

        def step(x: Any, z: Any) -> Any:
            fake = generator(z)
            critical = entropy(critic(x), true) + entropy(critic(fake.detach()), false)
            c.zero_grad()
            critical.backward()
            c.step()
            deceiving = entropy(critic(generator(z)), true)
            g.zero_grad()
            deceiving.backward()
            g.step()
            return {"critic": critical, "generator": [deceiving]}

        return step, [generator, critic, g, c]

    assert_same(make, [(None, (x, x[:, :4].copy())) for x, _ in BATCHES], programs=2)


def test_tied_weights_and_an_update_of_ones_own() -> None:
    def make() -> Any:
        w, b = ag.Tensor(rng().normal(size=(6, 4)), requires_grad=True), ag.Tensor(np.zeros(4), requires_grad=True)

        def step(x: Any, y: Any) -> Any:
            loss = np.mean(np.square(np.tanh(x @ w + b) @ w.T - x))
            loss.backward()
            with ag.no_grad():
                for p in (w, b):
                    p -= 0.1 * p.grad  # type: ignore[operator]  # it has one
                    p.grad = None
            return loss

        return step, [w, b]

    assert_same(make, CALLS, programs=1)


def test_arrays_of_tensors_replaced_and_written_to() -> None:
    def make() -> Any:
        w = ag.Tensor(rng().normal(size=(6, 6)).astype(np.float32), requires_grad=True)
        mean = ag.Tensor(np.zeros(6, np.float32))

        def step(x: Any, y: Any) -> Any:
            w.grad = None
            mean.data += np.float32(0.1) * (x.mean(axis=0) - mean.data)
            np.mean(np.square(x @ w - mean)).backward()
            w.data = w.data - np.float32(0.1) * w.grad.data  # type: ignore[union-attr]  # it has one
            return w

        return step, [w, mean]

    assert_same(make, CALLS, programs=1)


def test_numbers_of_numpy_that_are_stored_stay_numbers() -> None:
    """A learning rate that is an argument, and one that is computed."""

    def make() -> Any:
        opt = optim.SGD(mlp().parameters(), 0.1)

        def step(x: Any, lr: Any) -> Any:
            opt.lr = lr
            opt.param_groups[0]["momentum"] = x.sum()
            return x * opt.lr, opt.param_groups[0]["momentum"]

        return step, [opt]

    assert_same(make, [(None, (x, np.float64(k))) for k, (x, _) in enumerate(BATCHES)], programs=2)


def test_running_means_in_plain_arrays() -> None:
    """Replaced in each call; an array may live in a list, a dict, a tuple or an attribute."""

    def make() -> Any:
        norm = Norm()
        return norm, [norm]

    assert_same(make, [(None, (x,)) for x, _ in BATCHES], programs=1)


class Norm(nn.Module):
    def __init__(self) -> None:
        self.mean = np.zeros(6, np.float32)
        self.scales = (np.float32([1, 2, 3, 4, 5, 6]), {"shift": np.ones(6, np.float32)})

    def forward(self, x: Any) -> Any:
        self.mean = np.float32(0.9) * self.mean + np.float32(0.1) * x.mean(axis=0)
        return (x - self.mean) * self.scales[0] + self.scales[1]["shift"]


def test_frozen_parameters() -> None:
    def frozen() -> nn.Module:
        model = mlp()
        for p in model.layers[0].parameters():
            p.requires_grad = False
        return model

    assert_same(training(model_of=frozen), CALLS, programs=1)


def test_checkpoints_with_dropout() -> None:
    """What is computed again is computed once, from the same random numbers."""

    def make() -> Any:
        model = with_dropout()
        block, opt = ag.checkpoint(model), optim.SGD(model.parameters(), 0.1)

        def step(x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(block(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss

        return step, [model, opt]

    step = assert_same(make, CALLS, programs=1)
    assert step.source.count(".random(") == 1


@pytest.mark.parametrize("by_grads", [True, False])
def test_a_gradient_penalty(by_grads: bool) -> None:
    def make() -> Any:
        model = mlp(activation="tanh")
        opt = optim.SGD(model.parameters(), 0.1)

        def step(x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(model(x), y)
            opt.zero_grad()
            if by_grads:
                slopes = ag.grads(loss, list(model.parameters()), create_graph=True)
            else:
                loss.backward(create_graph=True)
                slopes = [p.grad for p in model.parameters()]
                opt.zero_grad()
            penalty = sum(np.sum(np.square(slope)) for slope in slopes)
            (loss + penalty).backward()
            opt.step()
            return loss, penalty

        return step, [model, opt]

    assert_same(make, CALLS, programs=1)


def test_inference_does_not_ask_for_gradients() -> None:
    """Whether those of the parameters are None makes no difference."""

    def make() -> Any:
        model = mlp()

        def predict(x: Any) -> Any:
            with ag.no_grad():
                return nn.softmax(model(x))

        return predict, [model]

    backward = lambda model: model(BATCHES[0][0]).sum().backward()
    calls: list[Call] = [(backward if k == 3 else None, (x,)) for k, (x, _) in enumerate(BATCHES)]
    assert_same(make, calls, programs=1)


def test_an_update_alone() -> None:
    def make() -> Any:
        model = mlp()
        opt = optim.Adam(model.parameters())
        for p in model.parameters():
            p.grad = ag.Tensor(np.ones(p.shape, np.float32))
        return opt.step, [model, opt]

    assert_same(make, [(None, ())] * 4, programs=2)


@ag.primitive
def cube(x: Any) -> Any:
    return x * x * x


@ag.primitive
def halved(x: Any) -> Any:
    """Which way it goes depends on a value: one step of the program."""
    return x / 2 if x.sum() > 0 else x * 0.5


ag.rule(cube, x=lambda g, x: 3 * g * x * x)
ag.rule(halved, x=lambda g, x: g / 2 if x.sum() > 0 else g * 0.5)


def test_primitives_are_traced_through_or_called_as_they_are() -> None:
    f = ag.value_and_grad(lambda x: np.sum(halved(cube(x))))
    step = assert_same(lambda: (f, []), [(None, (sign * x,)) for x, _ in BATCHES for sign in (1, -1)], programs=1)
    names = {getattr(call.fn, "__name__", call.fn) for call in step._specializations[0].captured.ops}
    assert {"halved", "g_halved"} <= names
    assert "cube" not in names


def loss_of(params: Any) -> Any:
    hidden = np.tanh(params["x"] @ params["layers"][0])
    return np.sum(np.square(hidden @ params["layers"][1])) / 2


NEST = {"x": RNG.normal(size=(2, 3)), "layers": [RNG.normal(size=(3, 2)), RNG.normal(size=(2,))]}
TRANSFORMS: dict[str, Callable[..., Any]] = {
    "grad": ag.grad(loss_of), "value_and_grad": ag.value_and_grad(loss_of), "hessian": ag.hessian(loss_of),
    "jacobian": ag.jacobian(lambda p: np.tanh(p["x"] @ p["layers"][0])),
    "hvp": lambda p: ag.hvp(loss_of, (p,), (p,)),
    "jvp": lambda p: ag.jvp(loss_of, (p,), (p,)),
    "vjp": lambda p: ag.vjp(lambda q: {"y": q["x"] @ q["layers"][0]}, p)[1]({"y": p["layers"][0][:2]}),
    "grad of grad": lambda p: ag.grad(lambda q: sum(np.sum(g) for g in ag.grad(loss_of)(q)["layers"]))(p),
    "elementwise_grad": lambda p: ag.elementwise_grad(np.tanh)(p["x"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_functions_of_containers(name: str) -> None:
    nests = [{"x": NEST["x"] * k, "layers": [w / k for w in NEST["layers"]]} for k in (1, 2, 3, 4)]
    assert_same(lambda: (TRANSFORMS[name], []), [(None, (nest,)) for nest in nests], programs=1)


def test_functions_of_arrays_alone() -> None:
    def f(x: NDArray[Any], y: NDArray[Any]) -> Any:
        x = np.sort(x.copy(), axis=1)
        x[:, 0] = np.maximum(y, 1)
        x **= 2
        x /= x.sum(0) + 1
        quotient, rest = divmod(x, 0.3)
        return x**0.5, quotient @ rest.T, abs(-x), x > 0.5, x.argmax(), [x.shape, x.T.imag, 3]

    assert_same(lambda: (f, []), CALLS, programs=1)


def test_several_outputs_and_outputs_that_are_arguments() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x * 2
        return x, z, z[1:], {"again": z, "none": None, "text": "a", "number": 1.5}, (y.sum(), ag.Tensor(y))

    assert_same(lambda: (f, []), CALLS, programs=1)


def test_outputs_are_nobody_elses() -> None:
    """What one call returned, the next does not change, nor does who changes it change the next."""
    table, model = np.arange(3.0), mlp()
    step = ag.compile(lambda x: (model(x), x.T[1:], table, np.ones(3), model.layers[0].weight.data))
    first = [step(x) for x, _ in BATCHES[:4]]
    kept = bits(first)
    for outputs in first:
        for y in outputs:
            (y.data if isinstance(y, ag.Tensor) else y)[...] = 7
    assert bits(step(BATCHES[0][0])) == [(path[3:], part) for path, part in kept if path.startswith("[0]")]
    assert table.tolist() == [0, 1, 2]


def test_grad_after_a_step_is_overwritten_by_the_next() -> None:
    """It lies in the memory of the program; a copy does not."""
    step, (model, _) = training()()
    compiled = ag.compile(step)
    for batch in BATCHES[:3]:
        compiled(*batch)
    p = next(iter(model.parameters()))
    held, copied, before = p.grad, p.grad.copy(), bits(p.grad)
    compiled(*BATCHES[3])
    assert bits(copied) == before != bits(held)
    assert bits(held) == bits(p.grad)


def cleared(first: bool) -> tuple[Any, ag.Tensor]:
    """A step that clears the gradient at its beginning, or after what may fail."""
    w = ag.Tensor(np.ones((8, 3), np.float32), requires_grad=True)

    @ag.compile
    def step(x: Any, labels: Any) -> Any:
        if first:
            w.grad = None
        h = np.exp(np.tanh(x @ np.ones((3, 8), np.float32)))
        loss = nn.cross_entropy(h @ w, labels)
        if not first:
            w.grad = None
        loss.backward()
        return loss

    for k in range(3):
        step(np.full((6, 3), k, np.float32), np.array([0, 1, 2, 0, 1, 2]))
    return step, w


@pytest.mark.parametrize("first", [True, False])
def test_a_gradient_that_is_cleared_first_is_gone_where_a_step_fails(first: bool) -> None:
    """As it is if it is not compiled: nothing stale is to be seen, as other values have lain there."""
    step, w = cleared(first)
    assert w.grad is not None
    before = w.grad.data.copy()
    with pytest.raises(ValueError, match="labels from 0 to 7"):
        step(np.ones((6, 3), np.float32), np.array([0, 1, 7, 0, 1, 2]))
    if first:
        assert w.grad is None
    else:
        assert bits(w.grad.data) == bits(before)
    step(np.full((6, 3), 2, np.float32), np.array([0, 1, 2, 0, 1, 2]))
    assert w.grad is not None
    assert bits(w.grad.data) == bits(before)


def test_where_a_gradient_that_is_cleared_first_will_lie_others_lie_before() -> None:
    sizes = [cleared(first)[0]._last().program.size for first in (True, False)]
    assert sizes[0] < sizes[1]


def test_outputs_have_no_graph() -> None:
    model = mlp()
    step = ag.compile(model)
    assert [step(x).requires_grad for x, _ in BATCHES[:3]] == [False] * 3


@pytest.mark.slow
def test_a_thousand_steps_of_the_digit_network() -> None:
    """Adam and one cycle of learning rates, and a smaller batch now and then."""
    generator = np.random.default_rng(0)
    x, y = generator.random((64, 20), dtype=np.float32), generator.integers(0, 10, 64)

    def make() -> Any:
        model = MLP((20, 16, 8, 10), rng=rng())
        opt = optim.Adam(model.parameters())
        schedule = optim.OneCycle(opt, 0.01, 1000)

        def step(x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            schedule.step()
            return loss

        return step, [model, opt, schedule]

    batches = (slice(k % 8 * 8, k % 8 * 8 + (5 if k % 100 == 99 else 8)) for k in range(1000))
    assert_same(make, [(None, (x[batch], y[batch])) for batch in batches], programs=3)


def placed(values: Any, offset: int, around: float) -> Any:
    """The values so many elements after a cache line, between others."""
    memory = np.full(values.size + 64, around, values.dtype)
    start = -memory.ctypes.data % 64 // values.itemsize + 16 + offset
    array = memory[start : start + values.size].reshape(values.shape)
    array[...] = values
    return array


@pytest.mark.parametrize("threads", [1, 2])
def test_bits_are_the_same_wherever_arrays_lie(threads: int) -> None:
    """At other offsets from a cache line, beside NaN and infinity; also where products are divided among threads."""
    generator = np.random.default_rng(0)
    x, y = generator.random((64, 96), dtype=np.float32), generator.integers(0, 10, 64)

    def trained(offset: int, compiled: bool) -> list[Any]:
        model = MLP((96, 64, 10), rng=rng())
        for k, p in enumerate(model.parameters()):
            p.data = placed(p.data, (offset * k + offset) % 16, np.nan if offset % 2 else np.inf)
        opt = optim.SGD(model.parameters(), 0.1)

        def step(x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss

        calls = [(None, (placed(x, offset, np.nan), y))] * 4
        return followed(lambda: (step, [model, opt]), calls, compiled)[0]

    with threadpool_limits(threads, "blas"):
        expected = trained(0, compiled=False)
        for offset in range(1, 16, 2):
            assert trained(offset, compiled=offset % 4 == 1) == expected


def test_bound_arguments_are_arguments() -> None:
    def make() -> Any:
        model = mlp()

        def f(model: Any, scale: Any, x: Any, *, shift: Any) -> Any:
            return model(x) * scale + shift

        return functools.partial(functools.partial(f, model), np.float32([1, 2, 3]), shift=2.0), [model]

    assert_same(make, [(None, (x,)) for x, _ in BATCHES], programs=1)


def test_arrays_that_share_memory_with_one_that_is_updated() -> None:
    memory = np.zeros(6)
    a, b = (ag.Tensor(memory[k : k + 4], requires_grad=True) for k in (0, 2))

    def step(x: Any) -> None:
        np.sum(a * b * x).backward()
        with ag.no_grad():
            a.data -= 0.1

    with pytest.raises(TraceError, match=r"test_compiler_capture.py:\d+: compile\(step\) changes a.*memory with b"):
        ag.compile(step)(np.ones(4))
    assert memory.tolist() == [0] * 6
    assert a.grad is b.grad is None


def test_what_fails_while_it_is_traced_leaves_nothing_behind() -> None:
    """A trace works on the arrays themselves: they are restored where they lie."""
    w = ag.Tensor(np.ones(3), requires_grad=True)
    opt = optim.Adam([w])
    np.sum(w * w).backward()
    opt.step()
    data, grad, moments, before = w.data, w.grad, dict(opt.state[w]), repr((w, w.grad, opt.state_dict()))

    def step(x: Any) -> None:
        np.sum(w * x).backward()
        opt.step()
        w.data[0] = 7
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ag.compile(step)(np.ones(3))
    assert repr((w, w.grad, opt.state_dict())) == before
    assert w.data is data
    assert w.grad is grad
    assert all(opt.state[w][key] is value for key, value in moments.items())


def test_a_graph_that_waits_is_told_which_call_of_a_trace_has_updated_what_it_saved() -> None:
    w = ag.Tensor(np.ones(3), requires_grad=True)
    opt, y = optim.SGD([w], 0.1), np.sum(w * w)

    def step(x: Any) -> None:
        np.sum(w * x).backward()
        opt.step()

    ag.compile(step)(np.ones(3))
    with pytest.raises(RuntimeError, match=r"when multiply was called, and SGD\.step has updated it in place since"):
        y.backward()


# -- what stands for the outside, and is gone afterwards ---------------------------------------------------------------

IMAGES = np.random.default_rng(0).normal(size=(3, 4))


class Everything:
    def __init__(self) -> None:
        self.model = nn.Linear(4, 3, dtype=np.float64, rng=np.random.default_rng(0))
        self.opt = optim.Adam(self.model.parameters())
        self.opt.param_groups[0]["betas"] = [0.5, 0.9]
        self.schedule = optim.Cosine(self.opt, 9)
        self.table, self.rng = np.arange(3.0), np.random.default_rng(1)
        self.pair = (self.table, [self.table])
        self.model(IMAGES).sum().backward()
        self.opt.step()


def test_whatever_changes_is_replaced_and_comes_back() -> None:
    e = Everything()
    weight = e.model.weight
    state = state_of(lambda: e)
    before, lifted = Snapshot(state), Lifted(Tracer())
    lifted.lift(state)
    token = proxies.set(lifted)
    group = e.opt.param_groups[0]
    assert isinstance(weight.data, TracedArray)
    assert isinstance(weight.grad.data, TracedArray)  # type: ignore[union-attr]  # it has one
    assert isinstance(group["lr"], TracedNumber)
    assert [type(beta) for beta in group["betas"]] == [TracedNumber] * 2
    assert isinstance(e.schedule.count, TracedNumber)
    assert isinstance(e.opt.state[weight]["mean"], TracedArray)
    assert isinstance(e.opt.state[weight]["step"], TracedNumber)
    assert type(e.table) is TracedArray is type(e.pair[0])
    assert e.pair[0] is e.pair[1][0] is e.table
    assert isinstance(e.rng, Traced)
    assert isinstance(nn.init.generator(), Traced)
    proxies.reset(token)
    before.restore()
    found = [weight.data, *group["betas"], *e.opt.state[weight].values(), e.table, *e.pair, e.rng, e.opt.lr]
    assert not any(isinstance(value, Traced) for value in (*found, e.schedule.count, nn.init.generator()))
    assert type(weight.grad.data) is np.ndarray  # type: ignore[union-attr]  # it has one
    assert e.pair[1][0] is e.pair[0] is e.table


def test_reads_of_grad_before_it_is_set() -> None:
    """Outside nothing is seen of what is set, nor by other threads."""
    tensors = [ag.Tensor([1.0], requires_grad=True) for _ in range(4)]
    state, lifted = state_of(lambda: tensors), Lifted(Tracer())
    before = Snapshot(state)
    lifted.lift(state)
    token = proxies.set(lifted)
    try:
        assert tensors[0].grad is None
        tensors[0].grad = None
        tensors[1].grad = None
        assert tensors[1].grad is None
        (tensors[2] * 2).sum().backward()  # which adds to what is there
        assert tensors[2].grad is not None
    finally:
        proxies.reset(token)
        before.restore()
    assert [lifted[t.node].is_looked_at for t in tensors] == [True, False, True, False]
    assert [lifted[t.node].is_written for t in tensors] == [True, True, True, False]
    assert [t.grad for t in tensors] == [None] * 4


def test_arrays_that_cannot_be_replaced_are_known_when_they_come() -> None:
    """In the arguments of a partial, say: what is computed of them is, where it meets a traced array."""
    table = np.arange(3.0)
    inner = functools.partial(lambda a, x: x * a, table)
    step = ag.compile(lambda x: inner(x))
    for k in range(4):
        table[0] = k
        assert bits(step(np.ones(3))) == bits(inner(np.ones(3)))
    assert len(step._specializations) == 1


def test_one_array_of_two_tensors() -> None:
    """Is one value, until they have one each."""
    data = np.ones(3)
    a, b = ag.Tensor(data), ag.Tensor(data)
    step = ag.compile(lambda x: a * x + b)
    for change in (lambda: None, lambda: None, lambda: data.fill(2), lambda: setattr(b, "data", np.zeros(3)),
                   lambda: None, lambda: setattr(b, "data", a.data)):  # fmt: skip
        change()
        assert step(IMAGES[0, :3]).data.tolist() == (a.data * IMAGES[0, :3] + b.data).tolist()
    assert len(step._specializations) == 2


def test_numbers_and_hyperparameters() -> None:
    assert [is_number(x) for x in (1, 1.0, np.float32(1), np.int8(1))] == [True] * 4
    assert [is_number(x) for x in (True, 1j, "1", None, np.bool_(True), np.complex64(1), np.ones(1))] == [False] * 7
    opt = optim.SGD([ag.Tensor([1.0], requires_grad=True)], 0.1, nesterov=True, momentum=0.5)
    assert [source.name for _, source in state_of(lambda: opt).sources()][1:] == ["lr", "momentum", "weight_decay"]
