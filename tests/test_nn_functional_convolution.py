"""Convolutions as functions: gradients of all orders, dtypes, layouts; a LeNet of them, with every tool."""

import runpy
from typing import Any

import numpy as np
import pytest
from compared import bits
from compiled import check_compiled, training_step
from numeric import Case, case, judged, normal, reversed_columns

import autograd as ag
from autograd import nn, optim
from autograd.nn.functional import convolution

CASES = [
    case(convolution.convolution, normal(2, 2, 4, 3), normal(3, 2, 2, 2), normal(3), f=nn.conv2d),
    case(convolution.convolution, normal(2, 5, 4), normal(4, 1, 3, 2), normal(4), label="groups",
         f=lambda x, w, b: nn.conv2d(x, w, b, (2, 1), 1, (1, 2), 2)),
    case(convolution.convolution, normal(1, 2, 3, 4), normal(2, 2, 2, 3), label="same",
         f=lambda x, w: nn.conv2d(x, w, padding="same")),
    case(convolution.convolution, normal(1, 1, 1, 1), normal(1, 1, 1, 1), normal(1), f=nn.conv2d),
    case(convolution.convolution, normal(0, 2, 3, 3), normal(2, 2, 2, 2), normal(2), f=nn.conv2d),
    case(convolution.convolution, reversed_columns(normal(2, 2, 3, 4)), reversed_columns(normal(2, 2, 2, 2)),
         f=nn.conv2d),
    case(convolution.convolution, normal(2, 2, 6), normal(3, 2, 3), normal(3),
         f=lambda x, w, b: nn.conv1d(x, w, b, 2, 1)),
    case(convolution.convolution, normal(2, 5), normal(2, 1, 2), f=lambda x, w: nn.conv1d(x, w, None, 1, 0, 2, 2)),
    case(convolution.convolution_transpose, normal(2, 2, 3, 2), normal(2, 3, 2, 3), normal(3), f=nn.conv_transpose2d),
    case(convolution.convolution_transpose, normal(4, 2, 3), normal(4, 1, 3, 2), normal(2), label="groups",
         f=lambda x, w, b: nn.conv_transpose2d(x, w, b, (2, 3), 1, 1, 2, (1, 2))),
    case(convolution.convolution_transpose, normal(0, 1, 2, 2), normal(1, 2, 2, 2), f=nn.conv_transpose2d),
    case(convolution.convolution_weight, normal(2, 2, 4, 5), normal(2, 3, 2, 2), kernel_size=(2, 2), stride=(2, 3),
         padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1),
    case(convolution.convolution_weight, normal(4, 5), normal(2, 5), kernel_size=(3,), stride=(1,), padding=((1, 1),),
         dilation=(1,), groups=2),
]  # fmt: skip
test_gradients, test_float32 = judged(CASES, CASES)


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.label)
def test_compiled_it_has_the_same_bits(one: Case) -> None:
    check_compiled(one.f, *(x.astype(np.float32) for x in one.inputs))


def test_the_third_order() -> None:
    x, w = normal(1, 2, 3, 3), normal(2, 2, 2, 2)
    ag.assert_gradients(lambda x, w: np.sum(np.tanh(nn.conv2d(x, w, None, 1, 1))), x, w, order=3)
    ag.assert_gradients(lambda x, w: np.sum(np.tanh(nn.conv_transpose2d(x, w, None, 2))), x, w, order=3)


def test_a_transposed_convolution_is_the_adjoint() -> None:
    """<g, conv2d(x)> is <conv_transpose2d(g), x>, with the same weight."""
    x, w = normal(2, 3, 7, 6), normal(4, 3, 3, 2)
    y = nn.conv2d(x, w, None, 2, 1)
    g = normal(*y.shape)
    back = nn.conv_transpose2d(g, w, None, 2, 1, (0, 0))
    np.testing.assert_allclose(np.sum(back * x), np.sum(g * y), rtol=1e-12)


def test_conv1d_is_np_correlate() -> None:
    x, w = normal(1, 9), normal(1, 1, 4)
    np.testing.assert_allclose(nn.conv1d(x, w)[0], np.correlate(x[0], w[0, 0], "valid"), rtol=1e-12)


def test_one_without_a_batch_is_a_batch_of_one() -> None:
    x, w, b = normal(3, 5, 6), normal(2, 3, 2, 2), normal(2)
    np.testing.assert_array_equal(nn.conv2d(x, w, b, 2, 1), nn.conv2d(x[None], w, b, 2, 1)[0])
    x = normal(2, 5, 6)
    np.testing.assert_array_equal(nn.conv_transpose2d(x, w), nn.conv_transpose2d(x[None], w)[0])


def test_arrays_give_arrays_and_tensors_one_call() -> None:
    x, w, b = normal(2, 3, 5, 6), normal(2, 3, 2, 2), normal(2)
    assert type(nn.conv2d(x, w, b)) is np.ndarray
    leaves = [ag.Tensor(a, requires_grad=True) for a in (x, w, b)]
    node = nn.conv2d(*leaves).node
    assert node.fn is convolution.convolution
    assert node.parents == tuple(leaf.node for leaf in leaves)
    saved = {id(array) for array in node.saved}
    assert saved == {id(x), id(w)} == {id(leaf.data) for leaf in leaves[:2]}  # no patches, no output
    assert nn.conv2d(leaves[0], w, b).node.parents == (leaves[0].node, None, None)
    np.testing.assert_array_equal(nn.conv2d(x.tolist(), w, b), nn.conv2d(x, w, b))


def test_what_they_are_given_is_left_alone() -> None:
    for transform in (lambda a: a, lambda a: a.T.copy().T):
        x, w, b = (transform(normal(*shape)) for shape in ((2, 3, 5, 6), (3, 3, 2, 2), (3,)))
        before = x.copy(), w.copy(), b.copy()
        for f in (nn.conv2d, nn.conv_transpose2d):
            leaves = [ag.Tensor(a, requires_grad=True) for a in (x, w, b)]
            y = f(*leaves)
            g = normal(*y.shape)
            given = g.copy()
            y.backward(g)
            np.testing.assert_array_equal(g, given)
            np.testing.assert_equal((x, w, b), before)
        assert not np.may_share_memory(nn.conv2d(x, np.ones((3, 1, 1, 1)), groups=3), x)


def test_float16_adds_up_in_float32() -> None:
    """4096 times 1 + 2**-10: in float16 the sum stays at 2048, as half a number more is rounded away."""
    x = ag.Tensor(np.full((1, 4096, 1, 1), 1 + 2**-10, np.float16), requires_grad=True)
    w = ag.Tensor(np.ones((1, 4096, 1, 1), np.float16), requires_grad=True)
    y = nn.conv2d(x, w)
    assert y.dtype == np.float16
    assert y.item() == 4100
    y.backward()
    assert x.grad is not None
    assert w.grad is not None
    assert x.grad.dtype == w.grad.dtype == np.float16
    np.testing.assert_array_equal(w.grad.data, x.data)


def test_complex_numbers() -> None:
    x, w = normal(1, 2, 3, 3) + 1j * normal(1, 2, 3, 3), normal(2, 2, 2, 2) - 1j * normal(2, 2, 2, 2)
    ag.assert_gradients(nn.conv2d, x, w)


def test_nan_stays_where_the_kernel_meets_it() -> None:
    x = np.ones((1, 1, 5, 5))
    x[0, 0, 2, 2] = np.nan
    y = nn.conv2d(x, np.ones((1, 1, 2, 2)))
    assert np.isnan(y).sum() == 4


# -- a small LeNet -----------------------------------------------------------------------------------------------------

IMAGES = np.random.default_rng(1).random((4, 1, 12, 12), np.float32)
LABELS = np.array([0, 1, 2, 1])


def lenet(dtype: Any = np.float32) -> nn.Sequential:
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, dtype=dtype, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3, padding=1, dtype=dtype, rng=rng), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(16, 3, dtype, rng),
    )  # fmt: skip


def test_a_lenet_learns() -> None:
    model = lenet()
    step = training_step(model, optim.Adam(model.parameters(), 1e-2))
    losses = [step(IMAGES, LABELS).item() for _ in range(60)]
    assert losses[-1] < 0.1 < losses[0]


def test_a_compiled_step_has_the_same_bits_and_runs_alone(tmp_path: Any) -> None:
    model, eager = lenet(), lenet()
    train = ag.compile(training_step(model, optim.SGD(model.parameters(), 0.1)))
    plain = training_step(eager, optim.SGD(eager.parameters(), 0.1))
    for _ in range(4):
        assert bits(train(IMAGES, LABELS)) == bits(plain(IMAGES, LABELS))
    assert bits(list(model.state_dict().values())) == bits(list(eager.state_dict().values()))
    assert "\n    convolve(" in train.source
    assert "\n    convolve_weight(" in train.source
    train.save(tmp_path / "step.py")
    text = (tmp_path / "step.py").read_text()
    assert not [line for line in text.splitlines() if "import" in line and "autograd" in line]
    alone = runpy.run_path(str(tmp_path / "step.py"))
    assert bits(alone["train"](IMAGES, LABELS)) == bits(plain(IMAGES, LABELS).data)


def test_gradcheck_of_a_lenet() -> None:
    model = lenet(np.float64)
    ag.assert_gradients(lambda x: nn.cross_entropy(model(x), LABELS[:1]), IMAGES[:1].astype(np.float64))


def test_checkpoint_draw_and_profile_of_a_lenet() -> None:
    model = lenet()
    x = ag.Tensor(IMAGES, requires_grad=True)
    nn.cross_entropy(model(x), LABELS).backward()
    assert x.grad is not None
    expected, x.grad = x.grad, None
    nn.cross_entropy(ag.checkpoint(model)(x), LABELS).backward()
    assert bits(x.grad) == bits(expected)
    with ag.profile() as p:
        loss = nn.cross_entropy(model(x), LABELS)
        loss.backward()
    assert [call.name for call in p.calls].count("convolution") == 2
    picture = ag.draw(loss).source
    for name in ("convolution", "max_pool", "avg_pool"):
        assert name in picture
