"""Every family of p(x|z) against `torch.distributions` and sums, and a family of a test's own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from torch.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Laplace,
    MixtureSameFamily,
    Normal,
)

from tests.conftest import FAMILIES
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import Dataset, Split
from vae_core.distributions import ContinuousBernoulli
from vae_core.errors import ConfigError
from vae_core.likelihoods import (
    FIXED_SIGMA,
    LIKELIHOODS,
    CategoricalPixels,
    ContinuousBernoulliPixels,
    GaussianPixels,
    LaplacePixels,
    Likelihood,
)
from vae_core.models import VAE
from vae_core.objective import Elbo, evaluate, posteriors
from vae_core.storage.checkpoints import load_checkpoint, save_checkpoint
from vae_core.training import fit

X = torch.rand(4, 784, generator=Generator().manual_seed(1)).double()

every_family = pytest.mark.parametrize("name", FAMILIES)


def family_of(name: str) -> Likelihood:
    return ModelConfig(**FAMILIES[name]).family


def outputs_of(family: Likelihood, images: int = 4, pixels: int = 784) -> Tensor:
    """Decoder outputs (images, outputs * pixels + shared), float64."""
    generator = Generator().manual_seed(0)
    numbers = torch.randn(images, family.outputs * pixels, generator=generator).double()
    return torch.cat([numbers, torch.full((images, family.shared), 0.4).double()], dim=1)


def by_hand(name: str, outputs: Tensor) -> Distribution:
    """The family's pixels, written out a second time."""

    def sigma(a: Tensor) -> Tensor:
        return 0.01 + (1 + a.exp() * math.expm1(0.19)).log()

    numbers = outputs[:, : outputs.shape[1] // 784 * 784].reshape(len(outputs), -1, 784).mT
    first = numbers[..., 0].sigmoid()
    match name:
        case "bernoulli":
            return Bernoulli(probs=first, validate_args=False)
        case "continuous-bernoulli":
            logits = 100 * (numbers[..., 0] / 100).tanh()
            return torch.distributions.ContinuousBernoulli(logits=logits)
        case "gaussian":
            return Normal(first, 0.2)
        case "gaussian, learned":
            return Normal(first, sigma(outputs[:, -1:]))
        case "gaussian, per-pixel":
            return Normal(first, sigma(numbers[..., 1]))
        case "laplace":
            return Laplace(first, 0.1)
        case "mixture":
            parts = Normal(numbers[..., 3:6].sigmoid(), sigma(numbers[..., 6:]))
            return MixtureSameFamily(Categorical(numbers[..., :3].softmax(-1)), parts)
    raise AssertionError(f"the tests do not know the family {name}")


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "categorical"])
def test_log_probability_mean_and_deviation_are_those_of_torch(name: str) -> None:
    family = family_of(name)
    outputs = outputs_of(family)
    expected = by_hand(name, outputs)
    torch.testing.assert_close(
        family.distribution(outputs).log_prob(X), expected.log_prob(X).sum(-1)
    )
    # torch's continuous Bernoulli takes a short series around p = 1/2.
    torch.testing.assert_close(family.mean(outputs), expected.mean, atol=1e-6, rtol=0)
    torch.testing.assert_close(family.deviation(outputs), expected.stddev, atol=1e-6, rtol=0)


def test_a_grey_value_counts_as_the_level_that_is_nearest() -> None:
    family = CategoricalPixels(levels=5)
    outputs = outputs_of(family, 1, 3)
    shares = outputs.reshape(5, 3).softmax(0)
    for grey, level in ((0, 0), (0.12, 0), (0.13, 1), (0.5, 2), (0.87, 3), (0.88, 4), (1, 4)):
        log_prob = family.pixels(outputs).log_prob(torch.full((1, 3), grey).double())
        torch.testing.assert_close(log_prob[0], shares[level].log())
    greys = torch.tensor([[0, 0.25, 0.5, 0.75, 1]]).double()
    mean = (greys @ shares)[0]
    torch.testing.assert_close(family.mean(outputs)[0], mean)
    variance = ((greys.T - mean) ** 2 * shares).sum(0)
    torch.testing.assert_close(family.deviation(outputs)[0], variance.sqrt())


def test_with_256_levels_every_grey_of_an_image_is_its_own() -> None:
    family = CategoricalPixels(levels=256)
    outputs = outputs_of(family, 1, 1)
    greys = (torch.arange(256) / 255)[:, None]
    log_prob = family.distribution(outputs.expand(256, -1)).log_prob(greys)
    torch.testing.assert_close(log_prob, outputs[0].log_softmax(0))


@every_family
def test_samples_have_the_moments_of_the_distribution(name: str) -> None:
    family = family_of(name)
    outputs = outputs_of(family, 1, 20)
    draws = family.sample(outputs.expand(100_000, -1), Generator().manual_seed(2))
    torch.testing.assert_close(draws.mean(0), family.mean(outputs)[0], atol=0.008, rtol=0)
    torch.testing.assert_close(draws.std(0), family.deviation(outputs)[0], atol=0.008, rtol=0)


@every_family
def test_samples_are_spread_as_the_density_says(name: str) -> None:
    """Kolmogorov and Smirnov's test against sums of the density, a draw in 10,000 beyond it."""
    family, draws = family_of(name), 20_000
    outputs = outputs_of(family, 1, 1)
    samples = family.sample(outputs.expand(draws, -1), Generator().manual_seed(3))[:, 0]
    axis, share = _spread(family, outputs)
    drawn = torch.searchsorted(samples.sort().values, axis, right=True) / draws
    assert (drawn - share.cumsum(0)).abs().max() < 2.23 / math.sqrt(draws) + share.max() / 2


def _spread(family: Likelihood, outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Greys, and how much probability the family puts around each, for one pixel."""
    if not family.is_density:
        axis = torch.linspace(0, 1, 5 if isinstance(family, CategoricalPixels) else 2).double()
        shares = family.distribution(outputs.expand(len(axis), -1)).log_prob(axis[:, None])
        return axis, shares.exp()
    edges = torch.linspace(0, 1, 50_001, dtype=torch.float64)
    if not isinstance(family, ContinuousBernoulliPixels):  # which has nothing beyond
        mean, deviation = family.mean(outputs), family.deviation(outputs)
        far = mean[0] + deviation[0] * torch.linspace(-20, 20, 100_001, dtype=torch.float64)
        edges = torch.cat([edges * 3 - 1, far]).sort().values
    axis = (edges[1:] + edges[:-1]) / 2
    densities = family.distribution(outputs.expand(len(axis), -1)).log_prob(axis[:, None])
    return axis, densities.exp() * edges.diff()


@every_family
def test_samples_come_from_the_given_generator_alone(name: str) -> None:
    family = family_of(name)
    outputs = outputs_of(family)
    before = torch.random.get_rng_state()
    one, two, other = (family.sample(outputs, Generator().manual_seed(s)) for s in (5, 5, 6))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


@every_family
@pytest.mark.parametrize("size", [1, 8, 30, 200])
def test_a_density_integrates_to_one_and_a_probability_sums_to_one(name: str, size: float) -> None:
    """Midpoint rule for one pixel, or the sum over its values; far out as well."""
    family = family_of(name)
    for outputs in (size * outputs_of(family, 1, 1), -size * outputs_of(family, 1, 1)):
        if family.outputs == 1 and not family.shared:
            outputs = outputs.sign() * size
        assert _spread(family, outputs)[1].sum().item() == pytest.approx(1, abs=1e-4)


@every_family
@pytest.mark.parametrize("extreme", [-1e4, -80.0, 0.0, 80.0, 1e4])
def test_the_gradient_is_finite_however_far_out_the_outputs_are(name: str, extreme: float) -> None:
    family = family_of(name)
    for greys in (torch.zeros(1, 6), torch.ones(1, 6), torch.full((1, 6), 0.5)):
        outputs = torch.full((1, 6 * family.outputs + family.shared), extreme, requires_grad=True)
        log_prob = family.distribution(outputs).log_prob(greys)
        log_prob.sum().backward()
        assert outputs.grad is not None
        assert outputs.grad.isfinite().all()
        assert log_prob.isfinite().all()
        assert family.mean(outputs).isfinite().all()
        assert family.sample(outputs.detach(), Generator().manual_seed(0)).isfinite().all()


@pytest.mark.parametrize("logit", [-200.0, -30.0, -0.6, -0.4, -1e-4, 0.0, 0.3, 0.7, 30.0, 200.0])
def test_the_continuous_bernoulli_is_itself_by_quadrature(logit: float) -> None:
    """Where torch's own has integrals of 0.08 to 0.53, and beside the ends of its series."""
    pixel = ContinuousBernoulli(torch.tensor(logit))
    x = torch.linspace(0, 1, 2_000_001, dtype=torch.float64)
    weights = pixel.log_prob(x).exp() / (len(x) - 1)
    weights[[0, -1]] /= 2
    assert weights.sum().item() == pytest.approx(1, abs=2e-5)
    mean = (weights * x).sum().item()
    assert pixel.mean.item() == pytest.approx(mean, abs=1e-5)
    variance = (weights * (x - mean) ** 2).sum().item()
    assert pixel.variance.item() == pytest.approx(variance, rel=1e-4)
    shares = torch.tensor([0.01, 0.3, 0.5, 0.9, 0.999], dtype=torch.float64)
    precise = ContinuousBernoulli(torch.tensor(logit).double())
    torch.testing.assert_close(precise.cdf(precise.icdf(shares)), shares)
    at = precise.icdf(shares)
    sums = torch.stack([weights[x <= place].sum() for place in at])
    torch.testing.assert_close(sums, shares, atol=2e-4, rtol=0)


def test_gaussian_is_squared_error_with_its_constant() -> None:
    family = GaussianPixels()
    outputs = outputs_of(family)
    error = (X - outputs.sigmoid()).square().sum(-1)
    constant = 784 * math.log(FIXED_SIGMA * math.sqrt(2 * math.pi))
    torch.testing.assert_close(
        family.distribution(outputs).log_prob(X), -error / (2 * FIXED_SIGMA**2) - constant
    )


def test_laplace_is_absolute_error_with_its_constant() -> None:
    family = LaplacePixels()
    outputs = outputs_of(family)
    error = (X - outputs.sigmoid()).abs().sum(-1)
    torch.testing.assert_close(
        family.distribution(outputs).log_prob(X),
        -error / family.scale - 784 * math.log(2 * family.scale),
    )


def test_one_sigma_is_learned_by_the_whole_model_and_stored_with_it(tmp_path: Path) -> None:
    """Its optimum is the root of the mean squared error (Rybkin et al. 2021, eq. 5)."""
    model = VAE(ModelConfig(**FAMILIES["gaussian, learned"], decoder_width=8, encoder_width=8))
    assert model.state_dict().keys() == model.config.tensor_shapes().keys()
    assert model.likelihood.deviation(model.outputs(torch.zeros(1, 2))).unique().item() == (
        pytest.approx(FIXED_SIGMA)
    )
    x, z = X.float(), torch.zeros(4, 2)
    optimiser = torch.optim.Adam([model.likelihood_shared], 0.05)
    for _ in range(400):
        optimiser.zero_grad()
        (-model.decode(z).log_prob(x).mean()).backward()
        optimiser.step()
    with torch.no_grad():
        error = (x - model.decode(z).mean).square().mean().sqrt()
        sigma = model.likelihood.deviation(model.outputs(z))
    torch.testing.assert_close(sigma, error.expand_as(sigma), rtol=1e-3, atol=0)


def test_a_family_that_nobody_knows_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"one of bernoulli, .*, mixture, not 'poisson'"):
        ModelConfig(likelihood="poisson")


@pytest.mark.parametrize(
    "settings",
    [{"sigma": "learned"}, {"levels": 4}, {"likelihood": "laplace", "components": 2}],
)
def test_a_setting_of_another_family_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="is not a setting of the likelihood"):
        ModelConfig(**settings)


class LearnedVariance(Likelihood):
    """N(sigmoid(first), exp(second)²): two outputs per pixel."""

    @property
    def outputs(self) -> int:
        return 2

    def pixels(self, outputs: Tensor) -> Distribution:
        mean, log_deviation = outputs.chunk(2, dim=-1)
        return Normal(mean.sigmoid(), log_deviation.clamp(-3, 1).exp(), validate_args=False)


def test_a_new_family_is_one_entry_that_trains_saves_loads_and_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIKELIHOODS, "learned-variance", LearnedVariance)
    config = ModelConfig(
        likelihood="learned-variance",
        encoder_width=16,
        encoder_depth=1,
        decoder_width=16,
        decoder_depth=1,
    )
    assert config.tensor_shapes()["decoder.layers.1.weight"] == (2 * 784, 16)
    images = torch.randint(0, 256, (64, 28, 28), generator=Generator().manual_seed(0)).byte()
    split = Split(images, torch.arange(64) % 10)
    names = tuple("0123456789")
    dataset = Dataset("MNIST", "disk", split, split, split, names, "noise")
    training = TrainConfig(epochs=5, batch_size=16, learning_rate=0.01, precision="fp32")
    model = VAE(config)
    before = evaluate(model, split.images, split.labels, dataset="noise")
    list(fit(model, dataset, Elbo(), training))
    after = evaluate(model, split.images, split.labels, dataset="noise")
    assert after.log_likelihood > before.log_likelihood + 100

    path = tmp_path / "own.safetensors"
    latents = posteriors(model, split.images, split.labels)
    save_checkpoint(path, model, training, after, latents)
    loaded = load_checkpoint(path).model
    z = torch.zeros(1, 2)
    with torch.no_grad():
        assert torch.equal(loaded.decode(z).mean, model.decode(z).mean)
        sample = loaded.likelihood.sample(loaded.outputs(z), Generator().manual_seed(0))
    assert sample.shape == (1, 784)
    assert np.isfinite(sample.numpy()).all()
