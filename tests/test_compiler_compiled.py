"""compile: calls and the cache; what one reads; threads; functions in functions, methods; errors in a program."""

import asyncio
import copy
import functools
import itertools
import multiprocessing
import os
import pickle
import random
import re
import signal
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from compared import bits, state
from compiled import IMAGES, LABELS, called
from compiled import training as trained_step
from test_compiler_capture import BATCHES, mlp, training, with_dropout

import autograd as ag
from autograd import nn, optim
from autograd.compiler.compiled import MOST_PROGRAMS
from autograd.compiler.tracing.capture import may_fail
from autograd.compiler.tracing.refusing import TraceError

X, Y = BATCHES[0]
VECTOR = np.array([1.0, 2.0, 3.0])
SHARED = np.random.default_rng(0)  # which several threads draw from


def warmed_up(fn: Any, *args: Any) -> Any:
    """The compiled function, traced and compared: its program runs alone."""
    step = ag.compile(fn)
    for _ in range(2):
        step(*args)
    return step


def test_the_function_runs_in_the_first_two_calls_alone() -> None:
    runs = itertools.count()
    step = ag.compile(lambda x: (next(runs), x * 2)[1])
    assert [step(np.float32(k)) for k in range(5)] == [0, 2, 4, 6, 8]
    assert next(runs) == 2


def test_a_decorator_keeps_the_name_and_the_text() -> None:
    @ag.compile
    def step(x: Any) -> Any:
        """Twice x."""
        return x * 2

    assert (step.__name__, step.__doc__) == ("step", "Twice x.")
    with pytest.raises(RuntimeError, match="step has no program yet; call it"):
        _ = step.source
    step(X)
    assert "def step(" in step.source


def test_the_source_is_that_of_the_last_call() -> None:
    step = ag.compile(lambda x, negative: -x if negative else x * 3)
    for negative in (True, False, True, False):
        for _ in range(3):
            step(X, negative)
        assert ("* 3" in step.source) is not negative


def test_the_cache_is_bounded_and_drops_what_was_used_longest_ago() -> None:
    runs = itertools.count()
    step = ag.compile(lambda x, k: (next(runs), x * k)[1])
    for k in range(2 * MOST_PROGRAMS):
        assert step(X, k).tobytes() == (X * k).tobytes()
        step(X, 0)  # which stays
    assert len(step._specializations) == MOST_PROGRAMS
    before = next(runs)
    step(X, 0)
    assert next(runs) == before + 1


def test_who_compiles_for_nothing_is_told() -> None:
    step = ag.compile(lambda x, k: x * k)
    for k in range(MOST_PROGRAMS - 1):
        step(X, k)
    with pytest.warns(
        RuntimeWarning, match=r"<lambda> was compiled 16 times, and no program fitted a second call"
    ) as told:
        step(X, -1)
    assert told[0].filename == __file__
    step(X, -1)  # which fits
    step(X, -2)


def test_grad_mode() -> None:
    model = mlp()
    step = ag.compile(lambda x: model(x).requires_grad)
    for _ in range(3):
        assert step(X)
        with ag.no_grad():
            assert not step(X)
    assert len(step._specializations) == 2


def test_keywords_and_positions_are_different_programs_for_the_same() -> None:
    step = ag.compile(lambda x, y=1, **more: [x * y, more])
    for _ in range(3):
        for args, kwargs in [((X, 2), {}), ((X,), {"y": 2}), ((), {"y": 2, "x": X}), ((X,), {"z": X})]:
            y = kwargs.get("y", args[1] if len(args) > 1 else 1)
            rest = {key: value for key, value in kwargs.items() if key not in ("x", "y")}
            assert bits(step(*args, **kwargs)) == bits([X * y, rest])


# -- what one reads of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [lambda step: step.source, lambda step: step.explain(), lambda step: step.save("f.py")])
def test_before_the_first_call_it_says_what_to_do(ask: Any) -> None:
    def f(x: Any) -> Any:
        return x

    with pytest.raises(
        RuntimeError, match=re.escape("f has no program yet; call it, and it will have one for arguments")
    ):
        ask(ag.compile(f))


def test_it_shows_its_name_and_what_it_has_programs_for() -> None:
    step = trained_step()
    assert repr(step) == "<compiled train for x (5, 6) float32, labels (5,) int64>"
    for batch in (3, 4):
        step(IMAGES[:batch], LABELS[:batch])
    assert repr(step) == "<compiled train for x (4, 6) float32, labels (4,) int64; and 2 other programs>"
    assert repr(ag.compile(trained_step().fn)) == "<compiled train: not called yet>"
    assert repr(called(lambda: np.float64(1.0) * 2)) == "<compiled <lambda> for no arguments>"


def test_programs_are_listed_by_their_arguments_the_last_first() -> None:
    step = trained_step()
    step(IMAGES[:3], LABELS[:3])
    assert step.programs == ["x (3, 6) float32, labels (3,) int64", "x (5, 6) float32, labels (5,) int64"]
    step(IMAGES, LABELS)
    assert step.programs[0] == "x (5, 6) float32, labels (5,) int64"


def test_other_arguments_are_told_with_their_values() -> None:
    def f(params: Any, *, power: int, name: str) -> Any:
        return params["w"] ** power

    step = ag.compile(f)
    for _ in range(2):
        step({"w": VECTOR}, power=2, name="a")
    assert step.programs == ["params['w'] (3,) float64, power=2, name='a'"]


def test_of_other_objects_their_kind_is_told() -> None:
    model = nn.ReLU()
    step = ag.compile(lambda layer, fn, x: fn(layer(x)))
    for _ in range(2):
        step(model, np.sin, VECTOR)
    assert step.programs == ["layer=a ReLU, fn=sin, x (3,) float64"]


def test_the_source_is_that_of_the_program_that_was_used_last() -> None:
    step = trained_step()
    assert "x       (5, 6) float32" in step.source
    for _ in range(2):
        step(IMAGES[:3], LABELS[:3])
    assert "x       (3, 6) float32" in step.source
    step(IMAGES, LABELS)
    assert "x       (5, 6) float32" in step.source


def test_after_one_call_there_is_a_source_already() -> None:
    assert "np.exp(x)" in called(lambda x: np.exp(x), VECTOR, times=1).source


# -- functions in functions --------------------------------------------------------------------------------------------


def test_compiled_functions_that_call_each_other_are_one_program() -> None:
    model = mlp()
    predict = ag.compile(lambda x: model(x))
    twice = ag.compile(lambda: ag.compile(model)(X) * 2)
    step = ag.compile(lambda x: nn.softmax(predict(x)) + twice())
    predict(X)
    for x, _ in BATCHES:
        assert bits(step(x)) == bits((nn.softmax(model(x)) + model(X) * 2).detach())
    assert len(step._specializations) == 1
    assert len(predict._specializations) == 1


def test_recursion() -> None:
    @ag.compile
    def power(x: Any, n: int) -> Any:
        return x if n == 1 else x * power(x, n - 1)

    for k in range(1, 4):
        assert power(np.float64(k), 5) == k**5


def test_a_method_by_decorator() -> None:
    class Trainer:
        def __init__(self, seed: int) -> None:
            self.model = mlp()
            self.opt = optim.Adam(self.model.parameters(), seed / 10)

        def plain(self, x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            return loss

        step = ag.compile(plain)

    ours, theirs = [Trainer(1), Trainer(2)], [Trainer(1), Trainer(2)]
    for k, batch in enumerate(BATCHES * 2):
        assert bits(ours[k % 2].step(*batch)) == bits(theirs[k % 2].plain(*batch))
    for a, b in zip(ours, theirs, strict=True):
        assert state(a.model, a.opt) == state(b.model, b.opt)
    assert isinstance(Trainer.step, ag.compiler.Compiled)


def test_a_compiled_function_is_not_differentiated() -> None:
    step = ag.compile(lambda x: np.sum(x * x))
    with pytest.raises(TraceError, match=r"gradient could flow from output to an argument.*ag.compile\(ag.grad\(f\)\)"):
        ag.grad(step)(X)


# -- errors in a program ----------------------------------------------------------------------------------------------


def outcomes(fn: Any, batches: Any, objects: Any) -> list[Any]:
    """Of each call what it returned, or the text of the error; then the state, and that of the random numbers."""
    ag.seed(0)
    found: list[Any] = []
    for batch in batches:
        try:
            found.append(bits(fn(*batch)))
        except ValueError as error:
            found.append(str(error))
            for p in objects[0].parameters():
                p.grad = None  # where a step fails, it leaves what it finds, or has forgotten it
        found.append(state(*objects, nn.init.generator()))
    return found


@pytest.mark.parametrize("label", [3, -1, 100])
@pytest.mark.parametrize(("model_of", "firsts"), [(mlp, (0, 1, 2, 3)), (with_dropout, (2, 3))])
def test_a_label_out_of_range_says_what_it_says_without_being_compiled(label: int, model_of: Any, firsts: Any) -> None:
    """In each of the first calls, and when the program runs alone; it remains usable.

    What fails in the first two draws no random numbers: those of dropout are compared from the third on.
    """
    wrong = (X, np.where(np.arange(8) == 5, label, Y))
    for first in firsts:
        batches = [*BATCHES[:first], wrong, *BATCHES[first:4], wrong, *BATCHES[4:]]
        (eager, theirs), (fn, ours) = training(model_of=model_of)(), training(model_of=model_of)()
        step = ag.compile(fn)
        expected, found = outcomes(eager, batches, theirs), outcomes(step, batches, ours)
        assert sum("with 3 logits the classes are 0 to 2" in str(part) for part in expected) == 2
        assert found == expected
        assert len(step._specializations) == 1


def test_a_program_that_fails_where_the_function_does_not() -> None:
    """It has seen one side of a try alone; where it fails, the function is called in its place."""

    def inverse(x: Any) -> Any:
        try:
            return np.linalg.inv(x)
        except np.linalg.LinAlgError:
            return np.zeros_like(x)

    step = warmed_up(inverse, np.eye(2))
    assert step(np.ones((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert step(2 * np.eye(2)).tolist() == [[0.5, 0], [0, 0.5]]
    again = ag.compile(inverse)
    again(np.eye(2))
    with pytest.raises(TraceError, match=r"compile\(inverse\): its program fails where the function does not: Sing"):
        again(np.ones((2, 2)))


def test_a_program_that_fails_after_an_update_says_so() -> None:
    """The function is not called again, which would update again."""
    w = ag.Tensor(np.eye(2))

    def step(x: Any) -> Any:
        with ag.no_grad():
            w.data += 1
        return np.linalg.inv(x)

    compiled = warmed_up(step, np.eye(2))
    assert w.data.tolist() == [[3, 2], [2, 3]]
    with warnings.catch_warnings(action="default"), pytest.raises(np.linalg.LinAlgError) as caught:
        compiled(np.ones((2, 2)))
    assert caught.value.__notes__ == ["in the program of step, which may have updated parameters by then"]
    assert w.data.tolist() == [[4, 3], [3, 4]]


def test_which_calls_may_fail() -> None:
    def calls(f: Any, *args: Any) -> list[bool]:
        step = ag.compile(f)
        step(*args)
        return [may_fail(call) for call in step._specializations[0].captured.ops if call.fn not in ("copy", np.copy)]

    assert calls(lambda x: np.exp(x[0]).sum() * x.reshape(-1)[1:], X) == [False] * 6
    assert calls(lambda x, k: x[k], X, Y) == calls(lambda x, k: x.take(k), X, Y) == [True]
    assert calls(np.linalg.inv, np.eye(2)) == [True]


# -- threads and tasks ------------------------------------------------------------------------------------------------


def in_threads(*targets: Any) -> None:
    errors = []

    def run(target: Any) -> None:
        try:
            target()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("is_warm", [True, False])
def test_two_threads_may_call_one_compiled_function(is_warm: bool) -> None:
    model = mlp()
    expected = [bits(nn.softmax(model(x)).detach()) for x, _ in BATCHES]
    predict = ag.compile(lambda x: nn.softmax(model(x)))
    for _ in range(3 if is_warm else 0):
        predict(X)
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        for _ in range(50):
            assert [bits(predict(x)) for x, _ in BATCHES] == expected

    in_threads(*[work] * 4)
    assert len(predict._specializations) == 1


def meeting(tracing: threading.Event, done: threading.Event) -> Iterator[None]:
    """`next` of it, in a function that is traced, lets others go on and waits for them."""
    tracing.set()
    assert done.wait(10)
    yield


def test_while_one_thread_traces_another_uses_the_same_parameters() -> None:
    """A program waits until they are back; to the function itself they are what they were."""
    model = mlp()
    predict = warmed_up(lambda x: model(x), X)
    expected, tracing, done = bits(predict(X)), threading.Event(), threading.Event()
    gradients = [p.grad.data.copy() for p in used(model).parameters()]
    meet, in_between = meeting(tracing, done), list[Any]()

    def slow(x: Any) -> Any:
        next(meet)
        return model(x)

    def use() -> None:
        tracing.wait(10)
        waiting = threading.Thread(target=lambda: in_between.append(bits(predict(X))))
        waiting.start()
        waiting.join(0.05)
        assert not in_between
        kept.append(used(model))
        done.set()
        waiting.join(10)

    kept = list[Any]()
    in_threads(lambda: in_between.append(bits(ag.compile(slow)(X))), use)
    assert in_between == [expected] * 2
    for p, g in zip(model.parameters(), gradients, strict=True):
        assert type(p.data) is np.ndarray
        assert bits(p.grad.data) == bits(2 * g)  # added to, in the other thread


def used(model: Any) -> Any:
    """A model after what one does with one."""
    y = model(X)
    assert type(y.data) is np.ndarray
    nn.cross_entropy(y, Y).backward()
    optim.SGD(model.parameters(), 0.0).step()
    weight = next(iter(model.parameters()))
    for other in (copy.deepcopy(weight), pickle.loads(pickle.dumps(weight)), ag.Tensor(weight.data)):
        assert other.data.tobytes() == np.asarray(weight.data).tobytes()
    found = [float(weight.data[0, 0]), weight.data.flat[0], weight.data[0].tolist()[0], weight.data.item(0)]
    assert set(found) == {np.asarray(weight.data)[0, 0]}
    assert str(weight.data) == f"{weight.data}" == str(np.asarray(weight.data))
    return model


def test_what_a_traced_function_has_computed_is_none_of_other_threads() -> None:
    box, tracing, done = list[Any](), threading.Event(), threading.Event()
    meet = meeting(tracing, done)
    keep = itertools.repeat(box)  # in which the compiler can't look

    def slow(x: Any) -> Any:
        next(keep).append(x * 2)
        next(meet)
        return x

    def use() -> None:
        tracing.wait(10)
        with pytest.raises(
            TraceError, match=r"\.py:\d+: this thread uses what a function that is being compiled in ano"
        ):
            np.exp(box[0])
        done.set()

    in_threads(lambda: ag.compile(slow)(X), use)


def test_a_training_thread_beside_compiles() -> None:
    """Of a model of its own: none of its steps is refused, and each does what it does alone."""
    (ours, mine), (alone, other) = training()(), training()()
    stop = threading.Event()
    count = itertools.count()

    def train() -> None:
        while not stop.is_set():
            ours(*BATCHES[next(count) % 6])

    def compile_others() -> None:
        try:
            for _ in range(10):
                fn, _objects = training()()
                warmed_up(fn, X, Y)
        finally:
            stop.set()

    in_threads(train, compile_others)
    for k in range(next(count)):
        alone(*BATCHES[k % 6])
    assert state(*mine) == state(*other)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="locks of generators were not reentrant")
@pytest.mark.parametrize("draw", [
    random.random, np.random.random_sample, lambda: nn.init.generator().random(), SHARED.random,
    lambda: float(nn.Linear(1, 1, np.float64).weight.data[0, 0]),
])  # fmt: skip
def test_a_drawing_thread_beside_compiles(draw: Any) -> None:
    """Nobody draws what another has drawn, and none of the compiled functions takes it for its own draws."""
    stop, numbers, masks = threading.Event(), list[float](), list[bytes]()

    def keep_drawing() -> None:
        while not stop.is_set():
            numbers.append(draw())

    def compile_others() -> None:
        try:
            for k in range(8):
                step = ag.compile(
                    lambda x, k=k: nn.init.generator().random(3) + SHARED.random(3) + 0 * x[0, :3] + 0 * k
                )
                masks.extend(step(X).tobytes() for _ in range(4))
                with pytest.raises(TraceError, match="a text"):  # after which they are as they were
                    ag.compile(lambda x: (nn.init.generator().random(), SHARED.random(), str(x)))(X)
        finally:
            stop.set()

    in_threads(keep_drawing, compile_others)
    assert len(set(numbers)) == len(numbers) > 0
    assert len(set(masks)) == len(masks) == 32


def test_compiled_functions_that_call_each_other_in_several_threads_do_not_wait_for_ever() -> None:
    model = mlp()
    inner = ag.compile(lambda x: model(x))
    outer = ag.compile(lambda x: inner(x) * 2)
    barrier = threading.Barrier(2)
    expected = [bits(model(x).detach()) for x, _ in BATCHES]

    def call_inner() -> None:
        barrier.wait()
        for n in range(1, 8):
            assert bits(inner(X[:n])) == bits(model_on(n))

    def call_outer() -> None:
        barrier.wait()
        for n in range(1, 8):
            assert bits(outer(X[:n])) == bits(2 * model_on(n))

    outputs = {n: model(X[:n]).detach() for n in range(1, 8)}
    model_on = outputs.__getitem__
    in_threads(call_inner, call_outer)
    assert [bits(inner(x)) for x, _ in BATCHES] == expected


def test_tasks() -> None:
    """Each has its own no_grad()."""
    model = mlp()
    step = ag.compile(lambda x: model(x).requires_grad)

    async def with_gradients() -> list[bool]:
        found = []
        for _ in range(4):
            found.append(step(X))
            await asyncio.sleep(0)
        return found

    async def without() -> list[bool]:
        with ag.no_grad():
            return await with_gradients()

    async def both() -> Any:
        return await asyncio.gather(with_gradients(), without())

    assert asyncio.run(both()) == [[True] * 4, [False] * 4]
    assert len(step._specializations) == 2


# -- copies, and other processes ---------------------------------------------------------------------------------------


@ag.compile
def decorated(x: Any) -> Any:
    return x * 3


def plain(x: Any, factor: float = 3.0) -> Any:
    return x * factor


COMPILED, PARTIAL = ag.compile(plain), ag.compile(functools.partial(plain, factor=3.0))


class Tripling:
    @ag.compile
    def method(self, x: Any) -> Any:
        return x * 3


@pytest.mark.parametrize(("fn", "is_known_by_name"), [
    (decorated, True), (Tripling.method, True), (COMPILED, False), (PARTIAL, False),
])  # fmt: skip
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(fn: Any, is_known_by_name: bool, protocol: int) -> None:
    """By name, as a function, where that leads to it; otherwise the function, of which programs are made anew."""
    other = pickle.loads(pickle.dumps(fn, protocol))
    assert (other is fn) is is_known_by_name
    assert isinstance(other, ag.compiler.Compiled)
    args = (Tripling(), X) if fn is Tripling.method else (X,)
    for _ in range(3):
        assert bits(other(*args)) == bits(X * 3)


def test_what_no_name_leads_to_is_no_pickle() -> None:
    """As a function that is made in another."""
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        pickle.dumps(ag.compile(lambda x: x))


def test_another_process_that_starts_anew() -> None:
    fns = [decorated, Tripling().method, COMPILED, PARTIAL]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = [pool.apply(fn, (X,)) for fn in fns for _ in range(3)]
    assert [bits(y) for y in found] == [bits(X * 3)] * 12


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")  # which is what is tested
@pytest.mark.parametrize("is_compiling", [True, False])
def test_a_forked_process_does_not_wait_for_threads_that_it_does_not_have(is_compiling: bool) -> None:
    """Of its parent, of which one was compiling, or running what is compiled, with the same model."""
    model = with_dropout()
    step, stop = warmed_up(lambda x: model(x).detach(), X), threading.Event()

    def work() -> None:
        while not stop.is_set():
            (warmed_up(lambda x: model(x).sum().detach(), X) if is_compiling else step(X))

    def child() -> None:
        assert all(type(p.data) is np.ndarray for p in model.parameters())
        for fn in (step, ag.compile(lambda x: step(x) * 2)):
            for _ in range(3):
                fn(X)

    def fork() -> None:
        try:
            for _ in range(8):
                assert exit_code(child) == 0
        finally:
            stop.set()

    in_threads(work, fork)


def exit_code(target: Any, seconds: float = 20) -> int:
    """Of a forked process that runs the target; one that takes longer is killed: -9."""
    if not (pid := os.fork()):
        try:
            target()
        except BaseException:
            os._exit(1)
        os._exit(0)
    killer = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
    killer.start()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    killer.cancel()
    return code


class Holder(nn.Module):
    """A model that holds what was compiled of it."""

    def __init__(self) -> None:
        self.linear = nn.Linear(6, 3, rng=np.random.default_rng(0))
        self.step = ag.compile(self.forward)
        self.scaled = ag.compile(functools.partial(self.forward, scale=2.0))

    def forward(self, x: Any, scale: float = 1.0) -> Any:
        return (self.linear(x) * scale).detach()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_of_models_that_hold_compiled_functions(copied: Any) -> None:
    """Those work on the parameters that were copied."""
    model = Holder()
    for x, _ in BATCHES[:3]:
        model.step(x)
        model.scaled(x)
    other = copied(model)
    assert not other.step._specializations
    with ag.no_grad():
        other.linear.weight += 1
    for x, _ in BATCHES:
        for this in (model, other):
            assert bits(this.step(x)) == bits(this.forward(x))
            assert bits(this.scaled(x)) == bits(this.forward(x, 2.0))
