"""The source of a program: what it says, that it is what runs, and that it is always the same."""

import ast
import bdb
import linecache
import sys
import traceback
from typing import Any

import numpy as np
import pytest
from compiled import IMAGES, LABELS, called, check_snapshot, lines, python, source, training
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import nn, optim
from autograd.compiler.ir import Buffer, Program, Value
from autograd.compiler.printing.source import WIDTH, SourceLine, bracketed, form_of, memory_of, with_comments
from models.mlp import MLP

X = np.array([1.0, 2.0, 3.0])

# -- snapshots ---------------------------------------------------------------------------------------------------------


def inference() -> Any:
    model = MLP((6, 4, 3), rng=np.random.default_rng(0))

    def predict(x: Any) -> Any:
        with ag.no_grad():
            return nn.softmax(model(x))

    return called(predict, IMAGES)


def gradient() -> Any:
    def rosenbrock(p: Any) -> Any:
        return (1 - p["x"]) ** 2 + 100 * (p["y"] - p["x"] ** 2) ** 2

    return called(ag.grad(rosenbrock), {"x": np.array(0.5), "y": np.array(2.0)})


EXAMPLES: dict[str, Any] = {
    "sgd": training,
    "adam": lambda: training("adam", sizes=(6, 3)),
    "inference": inference,
    "gradient": gradient,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_source_is_as_it_was_when_it_was_read(name: str) -> None:
    check_snapshot(f"program_{name}.txt", EXAMPLES[name]().source)


def test_the_same_function_has_the_same_source_in_every_process() -> None:
    code = "import sys; sys.path.insert(0, 'tests'); from compiled import training; print(training('adam').source)"
    first, second = python(code, PYTHONHASHSEED="1"), python(code, PYTHONHASHSEED="2")
    assert first == second == training("adam").source + "\n"


def test_another_compilation_of_the_same_function_has_the_same_source() -> None:
    assert training("adam").source == training("adam").source


# -- what it says ------------------------------------------------------------------------------------------------------


def test_it_begins_with_what_it_is_for() -> None:
    text = ast.get_docstring(ast.parse(training("momentum").source)) or ""
    first, _, *table = text.split("\n")
    assert first == "train(x, labels) as a NumPy program, derived by autograd.compile."
    assert table[0] == "x            (5, 6) float32  argument"
    assert any(line.split() == ["lr", "float", "opt.lr"] for line in table)
    assert any(line.endswith("model.layers.0.weight, updated in place") for line in table)


def test_sections_have_headings() -> None:
    headings = [line.strip() for line in training().source.split("\n") if line.startswith("    # ")]
    assert headings == ["# forward", "# backward", "# update"]


def test_a_layer_is_named_where_it_begins_and_shapes_stand_under_each_other() -> None:
    text = training().source
    comments = [line.index("  # (") for line in text.split("\n") if "  # (" in line]
    assert len(set(comments)) == 1
    assert "out=z0)" in text.partition("layers.0: Linear")[0].rpartition("\n")[2]
    assert text.count("layers.0: Linear") == 2  # forward and backward
    assert text.count("softmax_cross_entropy") == 2


def test_lines_are_no_longer_than_pep_8_lets_them_be_here() -> None:
    for optimizer in ("sgd", "adam"):
        text = training(optimizer, sizes=(6, 5, 5, 5, 5, 5, 3)).source
        assert max(map(len, text.split("\n"))) <= 120
        ast.parse(text)


def test_a_buffer_is_made_once_for_all_values_in_it() -> None:
    declared = [line for line in training().source.split("\n") if "np.ndarray(" in line]
    assert any(line.startswith("z0 = h0 = np.ndarray((5, 4), np.float32, memory, ") for line in declared)
    offsets = [line.rpartition("np.ndarray")[2] for line in declared]
    assert len(set(offsets)) == len(offsets)


def test_views_and_numbers_stand_where_they_are_used() -> None:
    text = lines(training("adam").source)
    assert "np.matmul(h0.T, g_logits, out=g_w1)" in text
    assert "correction = math.sqrt(1 - beta2 ** step)" in text
    assert "lr = np.asarray(lr * correction / (1 - beta1 ** step), np.float32)" in text


def test_elements_are_changed_by_one_line() -> None:
    assert "p[labels, rows] -= 1.0" in lines(training().source)


def test_state_is_updated_by_operators() -> None:
    text = lines(training("momentum").source)
    k = text.index("velocity_w0 *= momentum")
    assert text[k + 1] == "velocity_w0 += g_w0"
    assert text[k + 4] == "w0 -= scratch_w0"


def test_what_ignores_floating_point_errors_does_so_in_a_with() -> None:
    text = source(lambda x: nn.sigmoid(x) + 1, X)
    assert '    with np.errstate(over="ignore"):\n        np.' in text.replace("'", '"')


def test_other_stages_have_headings_of_their_own() -> None:
    model = MLP((6, 4, 3), rng=np.random.default_rng(0))
    opt = optim.SGD(model.parameters(), 0.1)
    schedule = optim.Cosine(opt, 10)

    def train(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        opt.zero_grad()
        loss.backward()
        optim.clip_grad_norm(model.parameters(), 1.0)
        opt.step()
        schedule.step()
        return loss

    text = source(train, IMAGES, LABELS)
    headings = [line.strip() for line in text.split("\n") if line.startswith("    # ")]
    assert headings == ["# forward", "# backward", "# clip_grad_norm", "# update", "# schedule"]
    assert "lr = 0.1 * factor" in lines(text)


def test_gradients_are_added_up_in_a_section_of_their_own() -> None:
    w = ag.Tensor(np.ones((3, 3)), requires_grad=True)

    def add(x: Any) -> Any:
        loss = np.var(x @ w)
        loss.backward()
        return loss

    text = source(add, np.ones((3, 3)))
    assert [line.strip() for line in text.split("\n") if line.startswith("    # ")] == [
        "# forward", "# backward", "# gradients"
    ]  # fmt: skip
    assert text.endswith("    # gradients\n    grad_w += product\n\n    return (loss,)\n")
    assert "  compute\n" not in text  # as the function is called that finds the parameters of np.var


# -- what runs ---------------------------------------------------------------------------------------------------------


def test_what_is_printed_is_what_runs() -> None:
    """The text alone, run by itself on the same arrays, gives the same bits."""
    step = called(lambda x, y: np.sum(np.exp(x) * y), X, X + 1)
    namespace: dict[str, Any] = {}
    exec(step.source, namespace)
    (found,) = namespace["program"](X, X + 1)
    assert np.asarray(found).tobytes() == np.asarray(step(X, X + 1)).tobytes()


def test_a_traceback_shows_the_line_of_the_program() -> None:
    step = training()
    with pytest.raises(ValueError, match="labels from -1") as caught:
        step(IMAGES, LABELS - 1)
    error: BaseException | None = caught.value
    frames = []
    while error is not None:
        frames += traceback.extract_tb(error.__traceback__)
        error = error.__context__
    (frame,) = [frame for frame in frames if frame.filename.startswith("<compiled train")]
    assert (frame.line or "").startswith("labels = not_negative(labels)  ")


def test_a_debugger_steps_through_it_line_by_line() -> None:
    step, seen = training(), []

    class Debugger(bdb.Bdb):
        def user_line(self, frame: Any) -> None:
            if frame.f_code.co_filename.startswith("<compiled train"):
                seen.append(linecache.getline(frame.f_code.co_filename, frame.f_lineno).partition("  #")[0].strip())
            self.set_step()

    before = sys.gettrace()
    try:
        Debugger().runcall(step, IMAGES, LABELS)
    finally:
        sys.settrace(before)
    expected = lines(step.source)
    assert seen == expected


def test_two_programs_of_one_name_have_lines_of_their_own() -> None:
    def make(factor: float) -> Any:
        def f(x: Any) -> Any:
            return np.sum(x * factor)

        return called(f, X)

    first, second = make(2.5), make(3.5)
    texts = ["".join(value[2]) for name, value in linecache.cache.items() if name.startswith("<compiled f ")]
    assert first.source in texts
    assert second.source in texts


# -- lines: order, sections, comments, width ---------------------------------------------------------------------------

NAMES = st.lists(st.text("abc_", min_size=1, max_size=30), min_size=1, max_size=40)


def test_comments_stand_under_each_other() -> None:
    given_lines = [
        SourceLine("a = 1", "(3,) int64", "Linear"),
        SourceLine("# forward"),
        SourceLine("long = 2", "(10, 4) bool"),
        SourceLine("b()"),
    ]
    assert list(with_comments(given_lines)) == [
        "a = 1     # (3,) int64  Linear",
        "# forward",
        "long = 2  # (10, 4) bool",
        "b()",
    ]


def test_a_comment_gives_way_to_a_long_line() -> None:
    code = f"f({'x' * 100})"
    assert list(with_comments([SourceLine(code, "(3, 4) float64", "Linear")])) == [code]


@given(NAMES)
def test_what_is_too_long_for_a_line_is_broken_after_commas(names: list[str]) -> None:
    found = bracketed("def f(", names, "):")
    assert max(map(len, found)) <= WIDTH - 4
    together = "".join(line.strip() + " " for line in found).replace("( ", "(").replace(", )", ")").replace(" )", ")")
    assert together.strip() == f"def f({', '.join(names)}):"


@pytest.mark.parametrize(("items", "expected"), [([], "return "), (["a"], "return (a,)"), (["a", "b"], "return a, b")])
def test_a_function_returns_a_tuple(items: list[str], expected: str) -> None:
    assert bracketed("return ", items, "") == [expected]


def test_what_is_returned_may_stand_on_several_lines() -> None:
    first, *_, last = bracketed("return ", ["a_name_that_is_long"] * 10, "")
    assert (first, last) == ("return (", ")")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.ones((2, 3), np.float32), "(2, 3) float32"),
        (np.float64(1), "() float64"),
        (1.5, "float"),
        (None, "NoneType"),
    ],
)
def test_forms(value: object, expected: str) -> None:
    assert form_of(Value(value)) == expected


def memory(*buffers: tuple[str, int, np.ndarray]) -> list[str]:
    values = {Value(array): (name, offset) for name, offset, array in buffers}
    made = {v: Buffer(v.nbytes, 0, 0, [v], at) for v, (_, at) in values.items()}
    program = Program("f", [], [], (), made, 1000)
    return list(memory_of(program, {v: name for v, (name, _) in values.items()}))


def test_buffers_are_parts_of_one_piece_of_memory() -> None:
    comment, first, second, *rest = memory(
        ("z", 0, np.ones((2, 3))), ("h", 0, np.ones((2, 3))), ("t", 64, np.ones((2, 3)).T), ("m", 128, np.ones(2, bool))
    )
    assert comment.startswith("# ")
    assert first == "memory = np.empty(1_064, np.uint8)"
    assert second.startswith("memory = memory[-memory.ctypes.data % 64 :]")
    assert rest == [
        "z = h = np.ndarray((2, 3), np.float64, memory, 0)",
        "t = np.ndarray((3, 2), np.float64, memory, 64, (8, 24))",
        "m = np.ndarray((2,), np.bool, memory, 128)",
    ]
    namespace = {"np": np}
    exec("\n".join([first, second, *rest]), namespace)
    assert namespace["z"] is namespace["h"]
    assert namespace["t"].strides == (8, 24)
    assert namespace["memory"].ctypes.data % 64 == 0


def test_the_memory_of_many_names_is_made_once() -> None:
    found = memory(*((f"a_rather_long_name_{k}", 0, np.ones(3)) for k in range(20)))[3:]
    assert len(found) > 1
    assert [("np.ndarray(" in line) for line in found] == [True] + [False] * (len(found) - 1)
    assert max(map(len, found)) <= WIDTH
    namespace = {"np": np}
    exec("\n".join(["memory = np.empty(100, np.uint8)", *found]), namespace)
    assert all(namespace[f"a_rather_long_name_{k}"] is namespace["a_rather_long_name_0"] for k in range(20))


def test_no_memory_is_made_where_none_is_needed() -> None:
    assert not memory()


def test_updates_of_several_lines_stand_apart() -> None:
    text = training("adam").source.partition("# update\n")[2]
    groups = [group.strip().split("\n") for group in text.split("\n\n")]
    assert groups[0][0].strip() == "step = step + 1"
    assert [group[-1].strip() for group in groups[1:5]] == [f"{p} -= step_{p}" for p in ("w0", "b0", "w1", "b1")]


def test_short_updates_stand_together() -> None:
    text = training("sgd").source.partition("# update\n")[2].partition("\n\n")[0]
    assert lines(f"\ndef f():\n{text}")[2::2] == [f"{p} -= scratch_{p}" for p in ("w0", "b0", "w1", "b1")]
