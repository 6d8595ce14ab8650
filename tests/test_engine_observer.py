"""The observer: what a subclass is called by, and what it must not be written for any more."""

import inspect
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.engine.observer import FORMER_NAMES


def subclass(name: str, *bases: type, **members: Any) -> type:
    return type(name, bases or (ag.Observer,), members)


@pytest.mark.parametrize("former", FORMER_NAMES)
def test_a_method_of_a_former_name_is_refused_when_the_class_is_made(former: str) -> None:
    name = FORMER_NAMES[former]
    with pytest.raises(TypeError) as error:
        subclass("Mine", **{former: lambda self, *_: None})
    assert f"the observer Mine was given a method {former}" in str(error.value)
    assert f"what is called is {name}(self, " in str(error.value)
    assert str(error.value).endswith("; rename it")


@pytest.mark.parametrize("former", FORMER_NAMES)
def test_so_is_one_that_comes_from_another_class(former: str) -> None:
    mixin = subclass("Mixin", object, **{former: lambda self, *_: None})
    with pytest.raises(TypeError, match=former):
        subclass("Mine", mixin, ag.Observer)


def test_every_callback_that_was_renamed_stands_in_the_table() -> None:
    methods = {name for name, value in vars(ag.Observer).items() if inspect.isfunction(value)}
    assert set(FORMER_NAMES.values()) == methods - {"stage"}
    assert not methods & FORMER_NAMES.keys()


def test_methods_and_data_of_its_own_are_the_business_of_a_subclass() -> None:
    """A list called `recorded` holds what was recorded."""
    calls: list[str] = []

    class Mine(ag.Observer):
        recorded: list[str] = calls

        def on_call(self, fn: Any, *_: Any) -> None:
            self.record(fn)

        def record(self, fn: Any) -> None:
            self.recorded.append(fn.__name__)

    with ag.observe(Mine()):
        np.exp(ag.Tensor(1.0, requires_grad=True))
    assert calls == ["exp"]


def test_a_subclass_may_take_options_as_any_class() -> None:
    class Base:
        def __init_subclass__(cls, tag: str = "", **options: Any) -> None:
            super().__init_subclass__(**options)
            cls.tag = tag  # type: ignore[attr-defined]  # set as a class is made

    class Mine(ag.Observer, Base, tag="it"):
        pass

    assert Mine.tag == "it"  # type: ignore[attr-defined]
