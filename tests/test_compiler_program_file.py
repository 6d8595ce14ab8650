"""Programs as files that run with NumPy alone."""

import ast
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiled import IMAGES, LABELS, called, python, training, training_step
from scipy import special
from scipy.special import gammaln as plain_gammaln

import autograd as ag
from autograd import nn, optim
from models.mlp import MLP

X = np.array([1.0, 2.0, 3.0])
# A process in which nothing of this project can be imported.
ALONE = """
import sys, numpy as np
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("autograd", "models", "mnist", "graphviz"):
            raise ImportError(f"{name} was to be imported")
sys.meta_path.insert(0, Nothing())
try:
    import autograd
except ImportError: pass
else: raise AssertionError
"""


def everything() -> Any:
    """A step with what there is: dropout, clipping, a schedule, several outputs."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(MLP((6, 4, 4), rng=rng), nn.Dropout(0.3, np.random.default_rng(3)), nn.Linear(4, 3, rng=rng))
    opt = optim.Adam(model.parameters(), 0.01)
    schedule = optim.OneCycle(opt, 0.02, 20)

    def train(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels, 0.1)
        opt.zero_grad()
        loss.backward()
        norm = optim.clip_grad_norm(model.parameters(), 0.5)
        opt.step()
        schedule.step()
        return {"loss": loss, "norms": [norm]}

    return called(train, IMAGES, LABELS)


def alone(folder: Path, *code: str, **arrays: Any) -> dict[str, Any]:
    """What code leaves in `found` in a process that has NumPy, the files of a folder, and these arrays."""
    np.savez(folder / "given.npz", **arrays)
    python(ALONE, "globals().update(np.load('given.npz'))", *code, "np.savez('found.npz', **found)", folder=folder)
    with np.load(folder / "found.npz") as file:
        return dict(file)


def run(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path))


def is_same(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


# -- the same bits, with NumPy alone -----------------------------------------------------------------------------------


def test_three_steps_alone_are_three_compiled_steps(tmp_path: Path) -> None:
    step = everything()
    step.save(tmp_path / "train_step.py")
    found = alone(
        tmp_path,
        "import train_step",
        "steps = [train_step.train(images, labels) for _ in range(3)]",
        "found = {f'loss{k}': step['loss'] for k, step in enumerate(steps)}",
        "found |= {f'norm{k}': step['norms'][0] for k, step in enumerate(steps)}",
        "found['random'] = train_step.state['rng'].random()",
        images=IMAGES,
        labels=LABELS,
    )
    for k in range(3):
        expected = step(IMAGES, LABELS)
        assert is_same(found[f"loss{k}"], expected["loss"].data)
        assert is_same(found[f"norm{k}"], expected["norms"][0].data)


def test_the_state_afterwards_is_that_of_the_compiled_step(tmp_path: Path) -> None:
    model = MLP((6, 4, 3), rng=np.random.default_rng(0))
    opt = optim.Adam(model.parameters(), 0.01)

    step = called(training_step(model, opt), IMAGES, LABELS)
    step.save(tmp_path / "step.py")
    found = alone(
        tmp_path,
        "import step",
        "for _ in range(3): step.train(images, labels)",
        "found = step.state | {f'g_{name}': g for name, g in step.grads.items()}",
        images=IMAGES,
        labels=LABELS,
    )
    for _ in range(3):
        step(IMAGES, LABELS)
    for name, p in zip(("w0", "b0", "w1", "b1"), model.parameters(), strict=True):
        assert is_same(found[name], p.data)
        assert is_same(found[f"g_{name}"], p.grad.data)  # type: ignore[union-attr]  # there is one
        assert is_same(found[f"mean_{name}"], opt.state[p]["mean"])
        assert is_same(found[f"square_{name}"], opt.state[p]["square"])
    assert found["step"] == 7


def test_a_saved_file_goes_on_from_the_state_of_the_moment(tmp_path: Path) -> None:
    step = training("momentum")
    step.save(tmp_path / "first.py")
    losses = [step(IMAGES, LABELS).data for _ in range(2)]
    step.save(tmp_path / "second.py")
    assert is_same(run(tmp_path / "first.py")["train"](IMAGES, LABELS), losses[0])
    assert is_same(run(tmp_path / "second.py")["train"](IMAGES, LABELS), step(IMAGES, LABELS).data)


def test_other_state_can_be_set(tmp_path: Path) -> None:
    step = training("adam")
    step.save(tmp_path / "step.py")
    saved = run(tmp_path / "step.py")
    before = {name: np.copy(value) for name, value in saved["state"].items()}
    first = [saved["train"](IMAGES, LABELS) for _ in range(2)]
    for name, value in saved["state"].items():
        if isinstance(value, np.ndarray):
            value[...] = before[name]
        else:
            saved["state"][name] = type(value)(before[name])
    assert [saved["train"](IMAGES, LABELS) for _ in range(2)] == first
    assert type(saved["state"]["step"]) is int
    saved["state"]["lr"] = 0.0
    weights = saved["state"]["w0"].copy()
    saved["train"](IMAGES, LABELS)
    assert is_same(saved["state"]["w0"], weights)


def test_random_generators_go_on_where_they_are(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.MT19937(1))
    scale = ag.Tensor(2.0)

    def noisy(x: Any) -> Any:
        return scale * x + rng.random(3)

    step = called(noisy, np.ones(3))
    step.save(tmp_path / "noisy.py")
    assert max(map(len, (tmp_path / "noisy.py").read_text().split("\n"))) <= 120
    saved = run(tmp_path / "noisy.py")
    for _ in range(3):
        assert is_same(saved["noisy"](np.ones(3)), step(np.ones(3)).data)


def test_state_may_be_called_as_the_parameters_of_savez(tmp_path: Path) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            self.file, self.allow_pickle = ag.Tensor(X), ag.Tensor(X + 1)

        def forward(self, x: Any) -> Any:
            return self.file * x + self.allow_pickle

    model = Model()
    step = called(lambda x: model(x), X)
    step.save(tmp_path / "step.py")
    assert is_same(run(tmp_path / "step.py")["run"](X), step(X).data)


# -- what is in the file -----------------------------------------------------------------------------------------------


def test_the_file_says_how_it_is_called_and_what_came_along_how(tmp_path: Path) -> None:
    everything().save(tmp_path / "train_step.py")
    text = ast.get_docstring(ast.parse((tmp_path / "train_step.py").read_text())) or ""
    assert "import train_step" in text
    assert "train_step.train(x, labels)" in text
    assert "x" in text
    assert "(5, 6) float32  argument" in text
    assert "not_negative is a copy of autograd.nn.functional.labels.not_negative." in text
    assert "factor_after is a table of OneCycle over 20 steps." in text
    assert "comes from train_step.npz" in text


def test_its_lines_are_no_longer_than_120_characters(tmp_path: Path) -> None:
    everything().save(tmp_path / "step.py")
    assert max(map(len, (tmp_path / "step.py").read_text().split("\n"))) <= 120


def test_the_same_program_is_saved_as_the_same_bytes(tmp_path: Path) -> None:
    step = everything()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        step.save(tmp_path / folder / "step.py")
    for name in ("step.py", "step.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_needs_no_arrays_is_one_file(tmp_path: Path) -> None:
    called(lambda x: np.tanh(x) * 2, X).save(tmp_path / "f.py")
    assert [path.name for path in tmp_path.iterdir()] == ["f.py"]
    assert is_same(run(tmp_path / "f.py")["run"](X), np.tanh(X) * 2)


def test_the_program_is_called_on_what_was_checked(tmp_path: Path) -> None:
    called(lambda p: {"a": np.sin(p["x"]), "b": np.cos(p["x"])}, {"x": np.ones(3)}).save(tmp_path / "step.py")
    text = (tmp_path / "step.py").read_text()
    assert """    p_x = check("p['x']", p["x"], (3,), np.float64, (8,))\n""" in text
    assert """    found = program(p_x)\n    (a, b) = found\n    return {"a": a, "b": b}\n""" in text


def test_a_long_constant_lies_in_the_file_of_arrays(tmp_path: Path) -> None:
    table = np.random.default_rng(0).random(100)

    def f(x: Any) -> Any:
        return np.sum(x) * np.cumsum(np.sqrt(np.arange(100.0)) + 0.25) + table

    step = called(f, X)
    step.save(tmp_path / "f.py")
    assert is_same(run(tmp_path / "f.py")["f"](X), f(X))


def test_containers_come_and_go_as_they_were(tmp_path: Path) -> None:
    def f(params: Any, *rest: Any, power: int) -> Any:
        return {"sum": [params["a"] + params["b"][0], None], "rest": (rest[1] ** power, "text", 3)}

    arguments = {"a": X, "b": [X + 1]}, X, X + 2
    step = ag.compile(f)
    for _ in range(3):
        expected = step(*arguments, power=3)
    step.save(tmp_path / "f.py")
    found = run(tmp_path / "f.py")["f"](*arguments, power=3)
    assert found.keys() == {"sum", "rest"}
    assert is_same(found["sum"][0], expected["sum"][0])
    assert found["sum"][1] is None
    assert is_same(found["rest"][0], expected["rest"][0])
    assert found["rest"][1:] == ("text", 3)
    with pytest.raises(ValueError, match=r"power=3, and was given 2"):
        run(tmp_path / "f.py")["f"](*arguments, power=2)


@pytest.mark.parametrize("x", [X.astype(np.float32), np.ones(4), np.ones((3, 1)), np.ones(6)[::2]])
def test_other_arguments_are_refused(tmp_path: Path, x: Any) -> None:
    called(lambda x: np.tanh(x) * 2, X).save(tmp_path / "f.py")
    with pytest.raises(ValueError, match=r"x was given as .* this program is for float64 of shape \(3,\)"):
        run(tmp_path / "f.py")["run"](x)


def test_text_among_the_arguments_is_checked(tmp_path: Path) -> None:
    step = ag.compile(lambda x, mode: x * 2 if mode == "double" else x)
    for _ in range(3):
        step(X, mode="double")
    step.save(tmp_path / "f.py")
    saved = run(tmp_path / "f.py")["run"]
    assert is_same(saved(X, mode="double"), X * 2)
    with pytest.raises(ValueError, match="""this program is for mode="double", and was given 'half'"""):
        saved(X, mode="half")


def test_objects_are_no_arguments_and_what_they_hold_is_state(tmp_path: Path) -> None:
    class Trainer:
        def __init__(self) -> None:
            self.model = MLP((6, 4, 3), rng=np.random.default_rng(0))
            self.opt = optim.Adam(self.model.parameters(), 1e-3)

        @ag.compile
        def step(self, x: Any, labels: Any) -> Any:
            loss = nn.cross_entropy(self.model(x), labels)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            return loss

    trainer = Trainer()
    for _ in range(4):
        trainer.step(IMAGES, LABELS)
    Trainer.step.save(tmp_path / "f.py")
    text = (tmp_path / "f.py").read_text()
    assert "self.model.layers.0.weight, updated in place" in text
    assert "self.opt, step of all parameters" in text
    saved = run(tmp_path / "f.py")
    for _ in range(3):
        assert is_same(saved["step"](IMAGES, LABELS), trainer.step(IMAGES, LABELS).data)


def test_an_object_as_a_key_cant_be_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a tuple is a key of what is returned"):
        called(lambda x: {("y", 1): np.sin(x)}, X).save(tmp_path / "f.py")
    assert not list(tmp_path.iterdir())


def test_gradients_that_are_added_up_are_state(tmp_path: Path) -> None:
    w = ag.Tensor(np.ones(3), requires_grad=True)

    def accumulate(x: Any) -> Any:
        loss = np.sum(w * x)
        loss.backward()
        return loss

    step = called(accumulate, X, times=4)
    step.save(tmp_path / "step.py")
    saved = run(tmp_path / "step.py")
    for _ in range(2):
        saved["accumulate"](X)
        step(X)
    assert w.grad is not None
    assert is_same(saved["state"]["grad_w"], w.grad.data)


# -- where it can't be -------------------------------------------------------------------------------------------------


def test_spaces_in_the_path_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    step = training()
    step.save(folder / "train step.py")
    assert 'runpy.run_path("train step.py")' in (folder / "train step.py").read_text()
    assert is_same(run(folder / "train step.py")["train"](IMAGES, LABELS), step(IMAGES, LABELS).data)


def test_a_file_that_is_there_is_written_over(tmp_path: Path) -> None:
    step = training()
    (tmp_path / "step.py").write_text("something else")
    step.save(str(tmp_path / "step.py"))
    assert is_same(run(tmp_path / "step.py")["train"](IMAGES, LABELS), step(IMAGES, LABELS).data)


@pytest.mark.parametrize("name", ["step", "step.txt", "step.py.npz"])
def test_a_name_without_py_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"give it a name that ends in \.py"):
        training().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["numpy.py", "math.py"])
def test_a_name_that_hides_a_module_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"would hide the module {name[:-3]}; give it another name"):
        training().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_function_without_a_name_is_called_run(tmp_path: Path) -> None:
    called(lambda x: np.sin(x), np.ones(3)).save(tmp_path / "sine.py")
    assert is_same(run(tmp_path / "sine.py")["run"](np.ones(3)), np.sin(np.ones(3)))


def test_a_path_that_cant_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    for path in (tmp_path / "folder.py", tmp_path / "nowhere" / "step.py"):
        with pytest.raises(OSError, match="can't be written"):
            training().save(path)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.py"]


def test_a_function_that_was_not_called_has_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="has no program yet; call it"):
        ag.compile(np.tanh).save(tmp_path / "f.py")


def test_a_first_step_that_makes_moments_is_not_what_is_wanted(tmp_path: Path) -> None:
    model = MLP((6, 4, 3))
    opt = optim.Adam(model.parameters())

    step = called(training_step(model, opt), IMAGES, LABELS, times=1)
    with pytest.raises(RuntimeError, match=r"called once, which made state .* call it once more"):
        step.save(tmp_path / "step.py")
    step(IMAGES, LABELS)
    step.save(tmp_path / "step.py")


def test_a_parameter_that_is_returned_is_that_of_the_state(tmp_path: Path) -> None:
    w = ag.Tensor(np.ones(3), requires_grad=True)
    called(lambda x: (w, np.sum(w.detach() * x)), X).save(tmp_path / "f.py")
    saved = run(tmp_path / "f.py")
    assert saved["run"](X)[0] is saved["state"]["w"]


def test_scipys_ufuncs_are_imported(tmp_path: Path) -> None:
    """Also one that SciPy keeps for itself (that of zeta), and a rule whose code is copied and calls SciPy."""
    f = ag.value_and_grad(lambda x: np.sum(special.gammaln(x) * special.jv(1, x) + special.zeta(x, 1.5)))
    step = called(f, X + 0.5)
    assert "from scipy import special\n" in step.source
    assert "    special.gammaln(x, out=" in step.source
    assert "from outside" not in step.source
    step.save(tmp_path / "step.py")
    call = "import step; value, gradient = step.value_and_grad(x); found = {'value': value, 'gradient': gradient}"
    found = alone(tmp_path, call, x=X + 0.5)
    value, gradient = f(X + 0.5)
    np.testing.assert_array_equal(found["value"], value)
    np.testing.assert_array_equal(found["gradient"], gradient)


def test_a_module_has_a_name_of_its_own(tmp_path: Path) -> None:
    step = called(lambda special: plain_gammaln(special) + 1, X)
    assert "from scipy import special as special1\n" in step.source
    step.save(tmp_path / "step.py")
    found = alone(tmp_path, "import step; found = {'y': step.run(x)}", x=X)
    np.testing.assert_array_equal(found["y"], plain_gammaln(X) + 1)
