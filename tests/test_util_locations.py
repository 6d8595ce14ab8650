"""Locations: the user's line of a call, however deep in the library it is asked for."""

import _thread
import copy
import sys
import sysconfig
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd._util.locations import Location, location


def sources(f: Any, *args: Any) -> list[str]:
    """The lines, all of this file, from which what f does is called: as a profile notes them."""
    with ag.profile() as p:
        f(*args)
    places = [call.location for call in p.calls if call.location is not None]
    assert {Path(place.file) for place in places} == {Path(__file__)}
    return [place.source for place in places]


def leaf() -> ag.Tensor:
    return ag.Tensor(np.ones(3), requires_grad=True)


def test_it_is_the_line_that_asks() -> None:
    place = location()  # this very line
    assert place is not None
    assert Path(place.file) == Path(__file__)
    assert place.source == "place = location()  # this very line"
    assert str(place) == f"{place.file}:{place.line}"


def test_the_library_and_numpy_are_passed_over() -> None:
    def model(x: Any) -> Any:
        return ag.nn.Sequential(np.tanh, ag.nn.ReLU())(x)

    def mean(x: Any) -> Any:
        return np.mean(x)  # by NumPy's dispatcher

    assert sources(model, leaf()) == ["return ag.nn.Sequential(np.tanh, ag.nn.ReLU())(x)"] * 2
    assert sources(mean, leaf()) == ["return np.mean(x)  # by NumPy's dispatcher"]


def test_of_a_backward_pass_it_is_the_line_that_started_it() -> None:
    y = np.sum(np.exp(leaf()) ** 3)

    def record() -> None:
        y.backward(create_graph=True)  # whose rules run in code that the library has made

    found = set(sources(record))
    assert found == {"y.backward(create_graph=True)  # whose rules run in code that the library has made"}


def test_of_a_checkpoint_it_is_the_line_within() -> None:
    def block(x: Any) -> Any:
        return np.exp(np.sin(x))  # twice

    @ag.checkpoint
    def checkpointed(x: Any) -> Any:
        return block(x)

    y = checkpointed(leaf())
    assert sources(y.backward, np.ones(3)) == ["return np.exp(np.sin(x))  # twice"] * 2


def test_without_a_line_of_the_users_there_is_none() -> None:
    found: list[Location | None] = []
    done = threading.Event()
    scope: dict[str, Any] = {"found": found, "location": location, "done": done}
    exec(compile("def ask():\n    found.append(location())\n    done.set()", "<frozen anything>", "exec"), scope)
    _thread.start_new_thread(scope["ask"], ())
    assert done.wait(10)
    assert found == [None]


def test_what_cannot_be_read_has_no_source() -> None:
    assert Location("/nowhere/at/all.py", 3).source == ""
    assert Location(__file__, 10**6).source == ""


def test_brief_is_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "package" / "part" / "module.py"
    monkeypatch.chdir(tmp_path)
    assert Location(str(file), 7).brief == str(Path("package", "part", "module.py")) + ":7"
    monkeypatch.chdir("/")
    assert Location(str(file), 7).brief == f"{file.relative_to('/')}:7"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Location(str(file), 7).brief == str(Path("part", "module.py")) + ":7"
    assert Location("<stdin>", 1).brief == "<stdin>:1"


# -- functions of libraries --------------------------------------------------------------------------------------------

LIBRARY = """
import copy
import numpy as np

def public(x): return _hidden(x)
def calls_back(f, x): return f(x)
class Model:
    def fit(self, x): return copy.copy(x)
    def __init__(self, x): np.asarray(x)
def _hidden(x): return np.asarray(x)
class Normal:
    def pdf(self, x): return np.asarray(x)
class Frozen:
    dist = Normal()
    def pdf(self, x): return self.dist.pdf(x)
normal = Normal()
"""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library whose package `lib` shows what its module `lib._inner` defines."""
    package, inner = ModuleType("lib"), ModuleType("lib._inner")
    file = Path(sysconfig.get_path("purelib"), "lib", "_inner.py")
    exec(compile(LIBRARY, str(file), "exec"), vars(inner))
    vars(package).update(public=inner.public, Model=inner.Model, normal=inner.normal)  # type: ignore[attr-defined]  # as the text says
    for module in (package, inner):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return inner


def own(t: Any) -> Any:
    return np.asarray(t)


def test_a_tensor_that_a_library_converts_or_copies_names_what_was_called(library: Any) -> None:
    t = leaf() * 2
    for ask, name, what in (
        (library.Model, "lib.Model", "an array"), (library.public, "lib.public", "an array"),
        (library._hidden, "lib", "an array"), (library.Model(1.0).fit, "lib.Model.fit", "a copy"),
    ):  # fmt: skip
        message = rf"^{name} was given a Tensor that requires a gradient, and makes {what} of it.*t\.detach\(\)"
        with pytest.raises(TypeError, match=message):
            ask(t)
    for asks in (np.asarray, lambda t: library.calls_back(own, t)):
        with pytest.raises(TypeError, match=r"^an array was to be made of a Tensor.*np\.stack"):
            asks(t)
    with pytest.raises(TypeError, match=r"^a Tensor that <node .*> computed was to be copied or pickled"):
        copy.copy(t)
    with pytest.raises(TypeError, match=r"^a float was to be made of a Tensor.*np\.exp\(t\) takes them, math\.exp"):
        float(t[0])


def test_numpys_function_is_named_where_a_part_of_it_is_refused() -> None:
    """np.full_like writes by np.copyto, of which the user has not heard."""
    with pytest.raises(TypeError, match=r"^np\.full_like was given a Tensor .*np\.broadcast_to\(t, shape\) repeats"):
        np.full_like(np.ones(3), leaf()[0])
    with pytest.raises(TypeError, match=r"^copyto writes into an array"):
        np.copyto(np.ones(3), leaf())


def test_a_method_of_an_object_that_a_library_has_goes_by_its_name(library: Any) -> None:
    """So scipy.stats.norm is called, which is one of a class that nobody hears of; one that is frozen is of it."""
    for ask in (library.normal.pdf, library.Normal().pdf, library.Frozen().pdf):
        with pytest.raises(TypeError, match=r"^lib\.normal\.pdf was given a Tensor that requires a gradient"):
            ask(leaf())
