"""What code names, what is a library's; and state that Python's objects keep: it is refused to read it, or guarded."""

import argparse
import array
import collections
import concurrent.futures
import configparser
import contextvars
import copy
import cProfile
import csv
import dataclasses
import datetime
import decimal
import enum
import functools
import gc
import inspect
import io
import itertools
import json
import linecache
import logging
import math
import operator
import os
import pathlib
import pickle
import platform
import queue
import random
import re
import secrets
import socket
import sqlite3
import sys
import tempfile
import threading
import time
import types
import uuid
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compared import bits

import autograd as ag
from autograd import nn
from autograd.compiler.tracing.code_analysis import (
    ANY_NAME,
    IMPURE_IN,
    LOOKED_AT,
    PURE,
    PURE_IN,
    attributes_of,
    is_library,
    is_pure,
    names_of,
)
from autograd.compiler.tracing.refusing import TraceError

X = np.arange(3.0)
THIS = sys.modules[__name__]

FLAG, LOCK, RLOCK = threading.Event(), threading.Lock(), threading.RLock()
VARIABLE = contextvars.ContextVar("VARIABLE", default=2.0)
QUEUE: queue.Queue[float] = queue.Queue()
SIMPLE: queue.SimpleQueue[float] = queue.SimpleQueue()
CONFIG = configparser.ConfigParser()
CONFIG.read_dict({"model": {"scale": "2.0"}})
LOGGER = logging.getLogger(__name__)
STREAM = io.StringIO("2.0")
PATH = pathlib.Path(__file__)
HERE = pathlib.PurePath("a") / "b.txt"
WEAKLY: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
DICE, CONTEXT = random.Random(0), decimal.Context(prec=3)
DATABASE = sqlite3.connect(":memory:")
POOL = concurrent.futures.ThreadPoolExecutor(1)
FUTURE: concurrent.futures.Future[float] = concurrent.futures.Future()
SOCKET = socket.socket()
SOCKET.close()
DATABASE.close()
THIRD = decimal.Decimal(1) / 3

# -- refused ---------------------------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[], Any]] = {
    "threading.Event.is_set": lambda: FLAG.is_set(),
    "threading.Event.wait": lambda: FLAG.wait(0),
    "_thread.lock.locked": lambda: LOCK.locked(),
    "threading.current_thread": lambda: len(threading.current_thread().name),
    "threading.active_count": threading.active_count,
    "_contextvars.ContextVar.get": lambda: VARIABLE.get(),
    "_contextvars.copy_context": lambda: contextvars.copy_context()[VARIABLE],
    "queue.Queue.qsize": lambda: QUEUE.qsize(),
    "queue.Queue.empty": lambda: QUEUE.empty(),
    "_queue.SimpleQueue.qsize": lambda: SIMPLE.qsize(),
    "configparser.RawConfigParser.__getitem__": lambda: float(CONFIG["model"]["scale"]),
    "configparser.RawConfigParser.get": lambda: len(CONFIG.get("model", "scale")),
    "logging.Logger.isEnabledFor": lambda: LOGGER.isEnabledFor(10),
    "decimal.getcontext": lambda: decimal.getcontext().prec,
    "decimal.localcontext": lambda: decimal.localcontext(prec=3).__enter__().prec,
    "numpy.geterr": lambda: np.geterr()["over"] == "raise",
    "numpy.getbufsize": lambda: np.getbufsize(),
    "numpy.get_printoptions": lambda: np.get_printoptions()["precision"],
    "os._Environ.__getitem__": lambda: len(os.environ["PATH"]),
    "os._Environ.get": lambda: len(os.environ.get("PATH", "")),
    "os._Environ.__contains__": lambda: "PATH" in os.environ,
    "os._Environ.items": lambda: len(os.environ.items()),
    "os.getenv": lambda: len(os.getenv("PATH", "")),
    "posix.getpid": os.getpid,
    "posix.stat": lambda: os.stat(PATH).st_size,
    "genericpath.exists": lambda: os.path.exists(PATH),
    "posixpath.abspath": lambda: len(os.path.abspath("a")),
    "time.time": time.time,
    "time.perf_counter": lambda: time.perf_counter(),
    "datetime.datetime.now": lambda: datetime.datetime.now().year,
    "_io.open": lambda: len(open(PATH).read()),  # noqa: SIM115  # which never happens
    "_io.StringIO.getvalue": lambda: float(STREAM.getvalue()),
    "_io.StringIO.read": lambda: len(STREAM.read()),
    "pathlib.Path.read_text": lambda: len(PATH.read_text()),
    "pathlib.Path.exists": lambda: PATH.exists(),
    "json.load": lambda: json.load(STREAM),
    "linecache.getline": lambda: len(linecache.getline(__file__, 1)),
    "numpy.load": lambda: np.load("a.npy"),
    "autograd.load": lambda: ag.load("a.safetensors")["a"],
    "numpy.loadtxt": lambda: np.loadtxt("a.txt"),
    "numpy.genfromtxt": lambda: np.genfromtxt("a.txt"),
    "numpy.fromfile": lambda: np.fromfile("a.bin"),
    "os.makedirs": lambda: os.makedirs("a"),
    "queue.Queue.put": lambda: QUEUE.put(1.0),
    "tempfile.gettempdir": lambda: len(tempfile.gettempdir()),
    "sqlite3.Connection.execute": lambda: DATABASE.execute("select 2").fetchone()[0],
    "_socket.socket.fileno": lambda: SOCKET.fileno(),
    "concurrent.futures._base.Future.done": lambda: FUTURE.done(),
    "concurrent.futures.thread.ThreadPoolExecutor.submit": lambda: POOL.submit(int).result(),
    "weakref.WeakValueDictionary.__contains__": lambda: "a" in WEAKLY,
    "sys.getswitchinterval": lambda: sys.getswitchinterval(),
    "gc.isenabled": lambda: gc.isenabled(),
    "uuid.uuid4": lambda: uuid.uuid4().int % 7,
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_line_and_the_way_out(name: str) -> None:
    if name.startswith("posix") and os.name != "posix":
        pytest.skip("another system's module")
    read = REFUSED[name]
    way_out = "call it before, and pass what it returns as an argument"
    with pytest.raises(
        TraceError, match=rf"test_compiler_code_analysis\.py:\d+: .* was called, which may .*; {way_out}"
    ) as error:
        ag.compile(lambda x: x * read())(X)
    said = str(error.value).split(": ", 1)[1].split(" was called")[0]
    assert said.split(".")[-1] == name.split(".")[-1]
    assert sys.getprofile() is None


@pytest.mark.parametrize("draw", [
    random.random, lambda: random.gauss(0, 1), lambda: random.choice([1, 2]), lambda: random.seed(0), DICE.random,
    lambda: DICE.uniform(0, 1), lambda: secrets.randbelow(3),
])  # fmt: skip
def test_draws_of_the_standard_library(draw: Any) -> None:
    """Nothing is drawn, so there is nothing to put back."""
    before = random.getstate(), DICE.getstate()
    with pytest.raises(TraceError, match=r"test_compiler_code_analysis\.py:\d+: random numbers were drawn, or seeded"):
        ag.compile(lambda x: x * draw())(X)
    assert (random.getstate(), DICE.getstate()) == before


def test_what_the_function_catches_is_refused_all_the_same() -> None:
    def careful(x: Any) -> Any:
        try:
            return x * (2 if FLAG.is_set() else 3)
        except TypeError:
            return x

    with pytest.raises(TraceError, match=r"threading\.Event\.is_set was called"):
        ag.compile(careful)(X)


def test_a_primitive_that_asks_is_one_step_which_asks_in_each_call() -> None:
    @ag.primitive
    def scaled(x: Any) -> Any:
        return x * (2.0 if FLAG.is_set() else 3.0)

    step = ag.compile(lambda x: scaled(x) + 1)
    for change in (FLAG.clear, FLAG.clear, FLAG.set, FLAG.clear, FLAG.set):
        change()
        assert bits(step(X)) == bits(scaled(X) + 1)
    FLAG.clear()


# -- guarded ---------------------------------------------------------------------------------------------------------


def scope(**variables: Any) -> Any:
    return types.SimpleNamespace(**variables)


OTHER = types.ModuleType("a_module_of_settings")
sys.modules[OTHER.__name__] = OTHER
GUARDED: dict[str, tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]] = {
    # what is read; what changes it, and what puts it back
    "level of a logger": (lambda: LOGGER.level, lambda: LOGGER.setLevel(10), lambda: LOGGER.setLevel(0)),
    "decimal division": (
        lambda: float(1 / THIRD),
        lambda: setattr(decimal.getcontext(), "prec", 4), lambda: setattr(decimal.getcontext(), "prec", 28),
    ),
    "Decimal alone": (
        lambda: float(decimal.Decimal(1) / 7),
        lambda: setattr(decimal.getcontext(), "prec", 4), lambda: setattr(decimal.getcontext(), "prec", 28),
    ),
    "a context of decimal numbers": (
        lambda: CONTEXT.prec, lambda: setattr(CONTEXT, "prec", 5), lambda: setattr(CONTEXT, "prec", 3)
    ),
    "attrgetter": (
        lambda: GET(THING), lambda: setattr(THING.inner, "hidden", 3.0), lambda: setattr(THING.inner, "hidden", 2.0)
    ),
    "methodcaller": (lambda: CALL(SCALES), lambda: SCALES.update(scale=3.0), lambda: SCALES.update(scale=2.0)),
    "eval of code": (
        lambda: eval(CODE, {"thing": THING}),
        lambda: setattr(THING, "unseen", 3.0), lambda: setattr(THING, "unseen", 2.0),
    ),
    "eval of a text": (
        lambda: eval("thing.unread * 1", {"thing": THING}),
        lambda: setattr(THING, "unread", 3.0), lambda: setattr(THING, "unread", 2.0),
    ),
    "sys.modules": (
        lambda: sys.modules["a_module_of_settings"].scale,
        lambda: setattr(OTHER, "scale", 3.0), lambda: setattr(OTHER, "scale", 2.0),
    ),
    "sys.modules, this one": (
        lambda: sys.modules[__name__].SCALE, lambda: setattr(THIS, "SCALE", 3.0), lambda: setattr(THIS, "SCALE", 2.0)
    ),
    "array": (lambda: ITEMS[0], lambda: ITEMS.__setitem__(0, 3.0), lambda: ITEMS.__setitem__(0, 2.0)),
    "deque": (lambda: len(LAST), lambda: LAST.append(1), lambda: LAST.pop()),
    "partial": (lambda: PARTIAL(), lambda: SCALES.update(scale=3.0), lambda: SCALES.update(scale=2.0)),
    "partial by keyword": (lambda: NAMED(), lambda: ROW.__setitem__(0, 3.0), lambda: ROW.__setitem__(0, 2.0)),
    "a new attribute of a namespace": (
        lambda: getattr(NAMESPACE, "scale", 2.0),
        lambda: setattr(NAMESPACE, "scale", 3.0), lambda: vars(NAMESPACE).clear(),
    ),
    "a new argument of a command": (
        lambda: 3.0 if "scale" in ARGUMENTS else 2.0,
        lambda: setattr(ARGUMENTS, "scale", 3.0), lambda: vars(ARGUMENTS).clear(),
    ),
    "memoryview": (lambda: VIEW[0], lambda: ITEMS.__setitem__(0, 3.0), lambda: ITEMS.__setitem__(0, 2.0)),
    "weak reference": (lambda: WEAK().scale, lambda: setattr(KEPT, "scale", 3.0), lambda: setattr(KEPT, "scale", 2.0)),
}  # fmt: skip
THING = scope(inner=scope(hidden=2.0), unseen=2.0, unread=2.0, scale=2.0)
OTHER.scale = SCALE = 2.0  # type: ignore[attr-defined]  # any module may have some
SCALES, ITEMS, LAST = {"scale": 2.0}, array.array("d", [2.0]), collections.deque([1, 2])
VIEW, ROW, NAMESPACE, ARGUMENTS = memoryview(ITEMS), [2.0], scope(), argparse.Namespace()
PARTIAL = functools.partial(lambda scales: next(iter(scales.values())), SCALES)
NAMED = functools.partial(lambda row: row[0], row=ROW)
GET, CALL, CODE = (
    operator.attrgetter("inner.hidden"),
    operator.methodcaller("get", "scale"),
    compile("thing.unseen", "", "eval"),
)


class Weak:
    pass


WEAK: Any = weakref.ref(KEPT := Weak())
KEPT.scale = 2.0  # type: ignore[attr-defined]  # any object may have some


@pytest.mark.parametrize("name", GUARDED)
def test_guarded(name: str) -> None:
    """Each change takes effect, and makes one other program."""
    read, change, put_back = GUARDED[name]
    step = ag.compile(lambda x: x * read())
    try:
        for before in (int, int, int, change, int, int, put_back):
            before()
            assert bits(step(X)) == bits(X * read())
    finally:
        put_back()
    assert len(step._specializations) <= 2


# -- pure --------------------------------------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = 2


@dataclasses.dataclass
class Pair:
    a: float
    b: float = 1.0


@functools.singledispatch
def kind(x: Any) -> float:
    return 2.0


@pytest.mark.parametrize("read", [
    lambda: math.sqrt(4), lambda: functools.reduce(operator.mul, [1, 2]), lambda: Colour(2).value,
    lambda: dataclasses.replace(Pair(1.0), a=2.0).a, lambda: dataclasses.asdict(Pair(2.0))["a"], lambda: kind(3),
    lambda: collections.Counter("ab")["a"], lambda: Colour.RED.name, lambda: HERE.name,
    lambda: next(itertools.chain([2.0], [3.0])), lambda: len(re.sub("a", "b", "aa")), lambda: copy.deepcopy([2.0])[0],
    lambda: json.loads("[2]")[0], lambda: pickle.loads(pickle.dumps(2)), lambda: datetime.date(2000, 1, 2).day,
    lambda: float(decimal.Decimal("2")), lambda: len(os.path.join("a", "b")), lambda: len(HERE.suffix),
    lambda: len(inspect.signature(kind).parameters), lambda: LOGGER.debug("here"), lambda: print("here"),
    lambda: sys.stdout.write("."), lambda: warnings.catch_warnings().__enter__(), lambda: gc.collect() and None,
    lambda: import_of_a_new_module(), lambda: platform.system(), lambda: (gc.disable(), gc.enable())[1],
    lambda: csv.writer(sys.stdout).writerow(["a"]),
    lambda: LOGGER.getChild("child").info("here"), lambda: logging.basicConfig(),
    lambda: math.__spec__.parent,  # as `from . import name` in a function asks
])  # fmt: skip
def test_what_is_pure_or_only_shows_something_passes(read: Any, capsys: Any) -> None:
    step = ag.compile(lambda x: (read(), x * 2)[1])
    for _ in range(3):
        assert bits(step(X)) == bits(X * 2)


def import_of_a_new_module() -> None:
    """Which runs the module's code."""
    sys.modules.pop("this", None)
    import this  # noqa: F401  # whose code is what is tested


def test_locks() -> None:
    def locked(x: Any) -> Any:
        with LOCK, RLOCK:
            LOCK.release()
            LOCK.acquire()
            return x * 2

    step = ag.compile(locked)
    for _ in range(3):
        assert bits(step(X)) == bits(X * 2)


class Dying:
    """Its end comes at any time, and is not of what a function does."""

    def __del__(self) -> None:
        time.time()
        ENDS.append(1)


ENDS: list[int] = []


def test_what_collects_garbage_is_none_of_the_function() -> None:
    def clock(phase: str, info: Any) -> None:
        time.perf_counter()
        FLAG.is_set()

    def function(x: Any) -> Any:
        make()
        gc.collect()
        return x * 2

    def cycle() -> None:
        dying: Any = Dying()
        dying.self = dying
        weakref.finalize(dying, time.time)
        WEAKLY["a"] = dying

    gc.callbacks.append(clock)
    make = functools.partial(next, iter(cycle, 1))  # in which the compiler can't look
    try:
        assert bits(ag.compile(function)(X)) == bits(X * 2)
    finally:
        gc.callbacks.remove(clock)
    assert ENDS


def test_another_profiler_is_left_alone() -> None:
    events = list[str]()

    def see(frame: Any, event: str, arg: Any) -> None:
        events.append(event)

    sys.setprofile(see)
    try:
        ag.compile(lambda x: x * 2)(X)
        assert sys.getprofile() is see
    finally:
        sys.setprofile(None)
    assert "c_call" in events
    with cProfile.Profile() as profile:
        ag.compile(lambda x: x * 2)(X)
    assert profile.getstats()


def test_the_tables_name_modules_that_there_are() -> None:
    assert {"ntpath", "posixpath", "sre", "thread", "weakrefset"} - LOOKED_AT == set()
    assert {"nt", "posix"} >= PURE - LOOKED_AT
    assert IMPURE_IN.keys() <= PURE
    assert PURE_IN.keys().isdisjoint(PURE)
    assert PURE_IN.keys() - LOOKED_AT <= {"nt", "posix"}
    assert is_pure("math", "sqrt")
    assert not is_pure("math_of_tomorrow", "sqrt")


# -- names -------------------------------------------------------------------------------------------------------------

GLOBAL = BATCHES = 1


def test_names_of_code() -> None:
    def f(x):  # type: ignore[no-untyped-def]  # Any would be one of the names
        def inner():  # type: ignore[no-untyped-def]  # likewise
            return x.deeper(BATCHES)

        return x.attribute + GLOBAL + getattr(x, "by_text") + inner()  # noqa: B009  # what is tested

    variables, names, _ = names_of(f.__code__)
    assert variables == {"GLOBAL", "BATCHES", "getattr"}
    assert names == variables | {"attribute", "by_text", "deeper"}


def by_pattern(o: Any) -> Any:
    match o:
        case complex(real):
            return real


@pytest.mark.parametrize("f", [
    lambda o, name: getattr(o, name), lambda o, name: getattr(o, name + "a"), lambda o, name: getattr(o, "a" + name),
    lambda o, name: getattr(o.b, f"a{name}"), lambda o: vars(o), lambda o: o.__dict__, lambda o: map(getattr, o),
    lambda o: operator.attrgetter("a.b")(o), lambda o: [getattr(o, name) for name in ("a", "b")], by_pattern,
])  # fmt: skip
def test_code_that_may_ask_for_any_attribute(f: Any) -> None:
    assert ANY_NAME in names_of(f.__code__).names


@pytest.mark.parametrize("f", [
    lambda o: o.a.b, lambda o: getattr(o, "a", None), lambda o: getattr(o.b.c, "a", 0),
    lambda o, default: getattr(o, "a", default), lambda o: [getattr(p, "a", 1) for p in o],
])  # fmt: skip
def test_code_that_names_all_attributes(f: Any) -> None:
    assert ANY_NAME not in names_of(f.__code__).names


def test_modules_that_are_imported() -> None:
    def f() -> Any:
        import json
        from os import path

        def inner() -> Any:
            import xml.dom as dom

            return dom, operator

        return json, path, inner

    assert names_of(f.__code__).modules == {"json", "os", "xml.dom"}


# -- libraries ---------------------------------------------------------------------------------------------------------


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.a = 1


class Both(Slotted):
    def __init__(self) -> None:
        super().__init__()
        self.c = 3


@pytest.mark.parametrize(("value", "expected"), [
    (np.tanh, True), (np, True), (len, True), (nn.Linear, True), (nn.relu, True), (dict, True),
    (logging, True), (Slotted, False), (lambda: 0, False), (pytest, False), (Slotted(), False), (3, False),
])  # fmt: skip
def test_functions_classes_and_modules_of_libraries(value: Any, expected: bool) -> None:
    assert is_library(value) is expected


def local(**attributes: Any) -> Any:
    values = threading.local()
    vars(values).update(attributes)
    return values


@pytest.mark.parametrize(("value", "expected"), [
    (Slotted(), {"a": 1}), (Both(), {"a": 1, "c": 3}), (types.SimpleNamespace(a=1), {"a": 1}),
    (argparse.Namespace(a=1), {"a": 1}), (local(a=1), {"a": 1}),
    (logging.getLogger("test"), {"name": "test", "level": 0, "propagate": True, "disabled": False}),
    (functools.partial(max, 1, key=abs), {"func": max, "args": (1,), "keywords": {"key": abs}}),
])  # fmt: skip
def test_attributes(value: Any, expected: dict[str, Any]) -> None:
    """Of a library's own objects what they are set to; the rest changes as it likes."""
    assert {key: getattr(value, key) for key in attributes_of(value) if hasattr(value, key)} == expected


def test_attributes_of_modules_of_the_library() -> None:
    assert {"training", "weight", "bias"} <= attributes_of(nn.Linear(2, 3)).keys()
