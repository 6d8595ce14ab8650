"""The variational autoencoder: its bound against integrals and formulas, its gradients, and that it learns."""

from typing import Any

import numpy as np
import pytest
from compared import assert_same
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

import autograd as ag
from autograd import nn
from models.vae import VAE, images_of, kl_divergence, negative_elbo, reparametrised, sample

Array = NDArray[Any]


def small(dtype: Any = np.float64, seed: int = 0) -> VAE:
    return VAE(latent=2, hidden=5, pixels=6, dtype=dtype, rng=np.random.default_rng(seed))


def pixels(count: int = 3, dtype: Any = np.float64, seed: int = 1) -> Array:
    return np.random.default_rng(seed).random((count, 6)).astype(dtype)


def noise(count: int = 3, dtype: Any = np.float64) -> Array:
    return np.random.default_rng(2).standard_normal((count, 2)).astype(dtype)


def test_the_shapes_are_those_of_the_network() -> None:
    assert {name: p.shape for name, p in VAE(latent=20).named_parameters()} == {
        "hidden.0.weight": (784, 400), "hidden.0.bias": (400,),
        "mean.weight": (400, 20), "mean.bias": (20,), "log_variance.weight": (400, 20), "log_variance.bias": (20,),
        "decoder.0.weight": (20, 400), "decoder.0.bias": (400,),
        "decoder.2.weight": (400, 784), "decoder.2.bias": (784,),
    }  # fmt: skip
    assert [y.shape for y in small()(pixels(4))] == [(4, 6), (4, 2), (4, 2)]


@pytest.mark.parametrize(("mean", "log_variance"), [(0.0, 0.0), (1.5, -2.0), (-0.3, 0.7)])
def test_the_divergence_is_the_integral(mean: float, log_variance: float) -> None:
    q = norm(mean, np.exp(log_variance / 2))
    expected, _ = quad(lambda z: q.pdf(z) * (q.logpdf(z) - norm.logpdf(z)), -20, 20, points=[mean])
    found = kl_divergence(np.array([mean]), np.array([log_variance]))
    assert found == pytest.approx(expected, abs=1e-9)
    twice = kl_divergence(np.full((1, 2), mean), np.full((1, 2), log_variance))
    assert twice == pytest.approx(2 * expected, abs=1e-9)


def test_the_bound_is_that_by_hand() -> None:
    model, x, e = small(), pixels(), noise()
    w = model.state_dict()
    h = np.maximum(x @ w["hidden.0.weight"] + w["hidden.0.bias"], 0)
    mean, log_variance = (h @ w[f"{name}.weight"] + w[f"{name}.bias"] for name in ("mean", "log_variance"))
    z = norm(mean, np.exp(log_variance / 2)).ppf(norm.cdf(e))
    h = np.maximum(z @ w["decoder.0.weight"] + w["decoder.0.bias"], 0)
    p = 1 / (1 + np.exp(-(h @ w["decoder.2.weight"] + w["decoder.2.bias"])))
    log_p = np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=1)
    divergence = -0.5 * np.sum(1 + log_variance - mean**2 - np.exp(log_variance), axis=1)
    assert negative_elbo(model, x, e).item() == pytest.approx(np.mean(divergence - log_p), rel=1e-12)


def test_the_mean_of_the_bound_lies_below_the_evidence() -> None:
    """log p(x) as an integral over z, of a model with one latent number."""
    model = VAE(latent=1, hidden=5, pixels=6, dtype=np.float64, rng=np.random.default_rng(0))
    x = np.round(pixels(1))
    z = np.linspace(-8, 8, 4001)[:, None]
    log_p = -nn.binary_cross_entropy_with_logits(
        model.decode(z), np.broadcast_to(x, (len(z), 6)), reduction="none"
    ).data.sum(axis=1)
    evidence = np.log(np.trapezoid(np.exp(log_p) * norm.pdf(z[:, 0]), z[:, 0]))
    e = np.random.default_rng(0).standard_normal((20_000, 1))
    with ag.no_grad():
        bound = -negative_elbo(model, np.repeat(x, len(e), axis=0), e)
    assert evidence - 5 < bound.item() < evidence


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_is_drawn_anew_in_the_dtype_of_the_model(dtype: Any) -> None:
    model, x = small(dtype), pixels(dtype=dtype)
    first, second = (model(x)[0] for _ in range(2))
    assert first.dtype == second.dtype == negative_elbo(model, x).dtype == dtype
    assert not np.array_equal(first.data, second.data)
    np.testing.assert_array_equal(first.data, small(dtype)(x)[0].data)  # the same seed, the same noise


def test_gradients() -> None:
    """Through the draw of z, too; to the second order."""
    mean, log_variance = np.random.default_rng(3).standard_normal((2, 3, 2))
    drawn = lambda m, v: np.sum(np.sin(reparametrised(m, v, noise())))
    ag.assert_gradients(drawn, mean, log_variance, order=2)
    ag.assert_gradients(kl_divergence, mean, log_variance, order=2)
    ag.assert_gradients(lambda x: negative_elbo(small(), x, noise()), pixels())


def test_gradients_of_the_parameters() -> None:
    model, x, e, h = small(), pixels(), noise(), 1e-6
    negative_elbo(model, x, e).backward()
    rng = np.random.default_rng(4)
    for name, p in model.named_parameters():
        assert p.grad is not None
        direction, values = rng.standard_normal(p.shape), p.data.copy()
        losses = []
        for t in (h, -h):
            p.data[...] = values + t * direction
            losses.append(negative_elbo(model, x, e).item())
        p.data[...] = values
        slope = (losses[0] - losses[1]) / (2 * h)
        assert np.vdot(p.grad.data, direction) == pytest.approx(slope, rel=1e-6, abs=1e-8), name


def test_compiled_a_step_gives_the_same_bits_and_draws_anew() -> None:
    def make() -> Any:
        rng = np.random.default_rng(0)
        model = VAE(latent=2, hidden=5, pixels=6, rng=rng)
        optimizer = ag.optim.Adam(model.parameters(), lr=0.01)

        def step(x: Any) -> Any:
            loss = negative_elbo(model, x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        return step, [model, optimizer, rng]

    x = pixels(dtype=np.float32)
    assert_same(make, [(None, (x,))] * 4)
    model = small(np.float32)
    compiled = ag.compile(lambda x: negative_elbo(model, x))
    assert len({compiled(x).item() for _ in range(4)}) == 4


def test_it_learns() -> None:
    """Images of two kinds: their bound rises, and each gets a place of its own."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 2, 64)
    x = np.where(kinds[:, None], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]).astype(np.float32)
    model = VAE(latent=1, hidden=16, pixels=6, rng=rng)
    optimizer = ag.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(300):
        loss = negative_elbo(model, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-20:]) < 0.4 * losses[0]
    mean = model.encode(x)[0].data[:, 0]
    ends = sorted([mean[kinds == 0], mean[kinds == 1]], key=np.mean)
    assert ends[0].max() < 0 < ends[1].min()
    generated = sample(model, 200, np.random.default_rng(1))
    assert generated.shape == (200, 6)
    assert np.mean(np.abs(generated - 0.5) > 0.4) > 0.7


def test_images_are_probabilities_and_record_nothing() -> None:
    model = small(np.float32)
    z = np.zeros((4, 2))
    images = images_of(model, z)
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, 1 / (1 + np.exp(-model.decode(z.astype(np.float32)).data)), rtol=1e-6)


def test_drawn_profiled_and_with_a_checkpoint() -> None:
    model, x, e = small(), pixels(), noise()
    assert "log_variance" in str(ag.draw(lambda: negative_elbo(model, x, e)).source)
    with ag.profile() as profile:
        loss = negative_elbo(model, x, e)
        loss.backward()
    assert {"linear", "logistic_loss"} <= {call.name for call in profile.calls}
    plain = {name: np.array(p.grad) for name, p in model.named_parameters()}
    model.zero_grad()
    again = ag.checkpoint(lambda x: negative_elbo(model, x, e))(x)
    again.backward()
    assert again.item() == loss.item()
    for name, p in model.named_parameters():
        np.testing.assert_array_equal(p.grad, plain[name])


@pytest.mark.parametrize("sizes", [{"latent": 0}, {"hidden": 0}, {"pixels": -1}])
def test_sizes_that_are_none(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"VAE was given latent=.*; each must be 1 or more"):
        VAE(**sizes)
