"""The exact evidence against closed forms and sampling."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import PROJECT
from torch import Generator, Tensor
from torch.distributions import Bernoulli, Independent, MultivariateNormal

from vae_core import evidence
from vae_core.data.datasets import load_dataset, to_float
from vae_core.errors import ConfigError
from vae_core.geometry import latent_grid, log_prior
from vae_core.models import VAE
from vae_core.objective import Elbo
from vae_core.storage.checkpoints import load_checkpoint


@pytest.mark.parametrize("prior_mu", [(0.0, 0.0), (3.0, -2.0)])
@pytest.mark.parametrize("scale", [1.0, 50.0])
def test_log_marginal_of_a_linear_gaussian_decoder_is_its_closed_form(
    prior_mu: tuple[float, float], scale: float
) -> None:
    """x = W z + b + noise  =>  x ~ N(W μ + b, W Wᵀ + σ² I).

    Fifty times the weights leave posteriors of σ = 0.005, a sixth of the first grid's cells.
    """
    generator = Generator().manual_seed(0)
    weight = scale * torch.randn(5, 2, generator=generator, dtype=torch.float64)
    bias = torch.randn(5, generator=generator, dtype=torch.float64)
    variance = 0.3 * torch.eye(5, dtype=torch.float64)
    mean = weight @ torch.tensor(prior_mu, dtype=torch.float64) + bias
    marginal = MultivariateNormal(mean, weight @ weight.T + variance)
    noise = torch.randn(7, 5, generator=generator, dtype=torch.float64)
    x = mean + noise @ torch.linalg.cholesky(marginal.covariance_matrix).T

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        centre = torch.from_numpy(z) @ weight.T + bias
        return MultivariateNormal(centre[:, None], variance).log_prob(x).numpy()

    found = evidence.log_marginal(log_likelihood, prior_mu=prior_mu, chunk=9999)
    np.testing.assert_allclose(found, marginal.log_prob(x), atol=0.01)


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


# --- the models that ship


def binarised_digits(label: int | None, count: int, folder: Path) -> tuple[Tensor, Tensor]:
    """The embedded test digits, of one label or of all, binarised: (count, 784) and labels."""
    test = load_dataset("MNIST", folder, download=False).test
    chosen = torch.arange(len(test)) if label is None else (test.labels == label).nonzero()[:, 0]
    grey = to_float(test.images[chosen[:count]])
    return torch.bernoulli(grey, generator=Generator().manual_seed(0)), test.labels[chosen[:count]]


def elbo_and_error(model: VAE, x: Tensor, y: Tensor, draws: int = 100) -> tuple[Tensor, Tensor]:
    """The ELBO of each image (B,), from many z, and its standard error."""
    generator = Generator().manual_seed(1)
    with torch.no_grad():
        each = [Elbo().terms(model, x, y, generator=generator) for _ in range(draws)]
        bounds = -torch.stack([Elbo().loss(terms, 1.0) for terms in each]).double()
    return bounds.mean(0), bounds.std(0) / math.sqrt(draws)


def on_a_fine_grid(model: VAE, x: Tensor, extent: float) -> np.ndarray:
    """log p(x) by cells of 0.01, wherever cells of 0.03 are within 25 nats of the best one's."""

    def joint(z: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            pixels = model.outputs(torch.from_numpy(z).float())
            given_z = pixels @ x.T - torch.nn.functional.softplus(pixels).sum(-1, keepdim=True)
        return given_z.double().numpy() + log_prior(z)[:, None]

    coarse = latent_grid((-extent, extent), (-extent, extent), side := round(extent / 0.015), side)
    cells = np.array_split(coarse.reshape(-1, 2), 40)
    heights = np.concatenate([joint(z) for z in cells])
    chosen = np.concatenate(cells)[(heights > heights.max(0) - 25).any(1)]
    within = latent_grid((-0.015, 0.015), (-0.015, 0.015), 3, 3).reshape(-1, 2)
    fine = np.array_split((chosen[:, None] + within).reshape(-1, 2), 40)
    return np.logaddexp.reduce(np.concatenate([joint(z) for z in fine])) + 2 * math.log(0.01)


def test_log_evidence_of_the_shipped_vae_is_that_of_a_fine_grid_and_above_the_elbo(
    tmp_path: Path,
) -> None:
    model = load_checkpoint(PROJECT / "checkpoints/vae.safetensors").model
    x, y = binarised_digits(None, 8, tmp_path)
    found = evidence.log_evidence(model.decode, x, extent=4.5, side=300)
    np.testing.assert_allclose(found, on_a_fine_grid(model, x, 4.5), atol=0.05)
    bound, error = elbo_and_error(model, x, y)
    assert (found > (bound - 3 * error).numpy()).all()


def test_log_evidence_of_the_shipped_cvae_is_above_the_elbo_given_its_prior(
    tmp_path: Path,
) -> None:
    model = load_checkpoint(PROJECT / "checkpoints/cvae.safetensors").model
    x, y = binarised_digits(1, 4, tmp_path)
    with torch.no_grad():
        prior_mu = model.prior(y[:1]).mean[0]
    found = evidence.log_evidence(
        lambda z: model.decode(z, y[0].expand(len(z))),
        x,
        prior_mu=prior_mu,
        extent=4.0,
        side=200,
    )
    bound, error = elbo_and_error(model, x, y)
    assert (found > (bound - 3 * error).numpy()).all()
