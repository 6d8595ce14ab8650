"""autograd.tracer and autograd.builtins: what one asks of a value that is being differentiated."""

import autograd.builtins as theirs
import autograd.numpy as anp
import numpy as np
from autograd.tracer import Box, getval, isbox

import autograd as ag


def test_a_box_is_a_tensor() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert isbox(t)
    assert not isbox(t.data)
    assert Box is anp.numpy_boxes.ArrayBox is ag.Tensor


def test_the_value_of_one() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert getval(t) is t.data or np.shares_memory(getval(t), t.data)
    assert type(getval(ag.Tensor(1.0))) is np.float64
    assert getval("text") == "text"


def test_builtins_see_through_it() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert theirs.isinstance(t, np.ndarray)
    assert theirs.type(t) is np.ndarray
    assert theirs.isinstance((t,), theirs.tuple)
    assert (theirs.dict, theirs.list, theirs.tuple, theirs.DictBox) == (dict, list, tuple, dict)
    assert isinstance((t,), theirs.SequenceBox)
