"""The exact evidence against closed forms and sampling."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Independent, MultivariateNormal

from vae_core import evidence
from vae_core.errors import ConfigError


def test_log_marginal_of_a_linear_gaussian_decoder_is_its_closed_form() -> None:
    # x = W z + b + noise  =>  x ~ N(b, W Wᵀ + σ² I)
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5, 2, generator=generator, dtype=torch.float64)
    bias = torch.randn(5, generator=generator, dtype=torch.float64)
    x = torch.randn(7, 5, generator=generator, dtype=torch.float64)
    variance = 0.3 * torch.eye(5, dtype=torch.float64)
    expected = MultivariateNormal(bias, weight @ weight.T + variance).log_prob(x)

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        mean = torch.from_numpy(z) @ weight.T + bias
        return MultivariateNormal(mean[:, None], variance).log_prob(x).numpy()

    found = evidence.log_marginal(log_likelihood, side=150, chunk=999)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_log_marginal_survives_log_likelihoods_far_below_exp_underflow() -> None:
    found = evidence.log_marginal(lambda z: np.full((len(z), 2), -5000.0), side=100)
    np.testing.assert_allclose(found, -5000, atol=1e-6)


def tiny_decoder(z: torch.Tensor) -> Independent:
    """Six pixels, strongly bent."""
    slopes = torch.tensor([[3.0, -1.0, 0.5, 2.0, -2.0, 0.0], [0.0, 2.0, -3.0, 1.0, 1.0, 0.5]])
    return Independent(Bernoulli(logits=4 * torch.tanh(z @ slopes)), 1)


def test_log_evidence_sums_to_one_over_all_binary_images() -> None:
    images = np.array([[int(bit) for bit in f"{n:06b}"] for n in range(64)], dtype=np.uint8)
    total = np.exp(evidence.log_evidence(tiny_decoder, images)).sum()
    assert total == pytest.approx(1, abs=1e-5)


def test_log_evidence_agrees_with_sampling_the_prior() -> None:
    image = torch.tensor([1.0, 0, 1, 1, 0, 1])
    z = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0))
    likelihoods = tiny_decoder(z).log_prob(image).exp()
    error = float(likelihoods.std() / likelihoods.mean() / math.sqrt(len(z)))
    found = evidence.log_evidence(tiny_decoder, image[None].numpy(), side=200)[0]
    assert found == pytest.approx(float(likelihoods.mean().log()), abs=5 * error)


def test_log_evidence_takes_distributions_that_are_not_reinterpreted() -> None:
    images = np.eye(6).reshape(6, 2, 3)
    np.testing.assert_array_equal(
        evidence.log_evidence(lambda z: tiny_decoder(z).base_dist, images, side=20),
        evidence.log_evidence(tiny_decoder, images, side=20),
    )


def test_grey_images_have_no_exact_log_evidence() -> None:
    with pytest.raises(ConfigError, match="binary"):
        evidence.log_evidence(tiny_decoder, np.full((1, 6), 0.5))


def test_log_evidence_says_when_images_do_not_fit_the_decoder() -> None:
    with pytest.raises(ConfigError, match="draws 6 pixels, the images have 5"):
        evidence.log_evidence(tiny_decoder, np.zeros((1, 5)))


@pytest.mark.parametrize(
    "call",
    [
        lambda: evidence.log_marginal(lambda z: np.zeros(len(z)), side=4),
        lambda: evidence.log_marginal(lambda z: np.full((len(z), 1), math.nan), side=4),
        lambda: evidence.log_evidence(tiny_decoder, np.zeros(6)),
    ],
)
def test_bad_input_is_a_config_error(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError):
        call()
