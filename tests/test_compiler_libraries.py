"""What belongs to a library, and the attributes of objects that are looked at."""

import argparse
import functools
import logging
import threading
import types
from typing import Any

import numpy as np
import pytest

from autograd import nn
from autograd.compiler.tracing.libraries import attributes_of, is_library


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
    assert attributes_of(value) == expected


def test_attributes_of_modules_of_the_library() -> None:
    assert attributes_of(nn.Linear(2, 3)).keys() == {"weight", "bias"}
