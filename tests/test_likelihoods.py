"""Every family of p(x|z) against `torch.distributions` and sums, and a family of a test's own."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from torch.distributions import Bernoulli, Distribution, Laplace, Normal

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import Dataset, Split
from vae_core.errors import ConfigError
from vae_core.likelihoods import LIKELIHOODS, GaussianPixels, LaplacePixels, Likelihood
from vae_core.models import VAE
from vae_core.objective import Elbo, evaluate, posteriors
from vae_core.storage.checkpoints import load_checkpoint, save_checkpoint
from vae_core.training import fit

X = torch.rand(4, 784, generator=Generator().manual_seed(1)).double()


def outputs_of(family: Likelihood, images: int = 4, pixels: int = 784) -> Tensor:
    """Decoder outputs (images, outputs * pixels), float64."""
    generator = Generator().manual_seed(0)
    return torch.randn(images, family.outputs * pixels, generator=generator).double()


def by_hand(name: str, outputs: Tensor) -> Distribution:
    """The family's pixels, written out a second time."""
    match name:
        case "bernoulli":
            return Bernoulli(probs=outputs.sigmoid(), validate_args=False)
        case "gaussian":
            return Normal(outputs.sigmoid(), 0.2)
        case "laplace":
            return Laplace(outputs.sigmoid(), 0.1)
    raise AssertionError(f"the tests do not know the family {name}")


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_log_probability_mean_and_deviation_are_those_of_torch(name: str) -> None:
    family = LIKELIHOODS[name]
    outputs = outputs_of(family)
    expected = by_hand(name, outputs)
    torch.testing.assert_close(
        family.distribution(outputs).log_prob(X), expected.log_prob(X).sum(-1)
    )
    torch.testing.assert_close(family.mean(outputs), expected.mean)
    torch.testing.assert_close(family.deviation(outputs), expected.stddev)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_samples_have_the_moments_of_the_distribution(name: str) -> None:
    family = LIKELIHOODS[name]
    outputs = outputs_of(family, 1, 20)
    draws = family.sample(outputs.expand(100_000, -1), Generator().manual_seed(2))
    torch.testing.assert_close(draws.mean(0), family.mean(outputs)[0], atol=0.008, rtol=0)
    torch.testing.assert_close(draws.std(0), family.deviation(outputs)[0], atol=0.008, rtol=0)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_samples_come_from_the_given_generator_alone(name: str) -> None:
    family = LIKELIHOODS[name]
    outputs = outputs_of(family)
    before = torch.random.get_rng_state()
    one, two, other = (family.sample(outputs, Generator().manual_seed(s)) for s in (5, 5, 6))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_density_integrates_to_one_and_a_probability_sums_to_one(name: str) -> None:
    """Trapezoid rule for one pixel, or the sum over ink and no ink."""
    family = LIKELIHOODS[name]
    outputs = outputs_of(family, 1, 1)
    axis = torch.linspace(-4, 5, 200_001, dtype=torch.float64)[:, None]
    density = family.distribution(outputs.expand(len(axis), -1)).log_prob(axis).exp()
    ends = family.distribution(outputs.expand(2, -1)).log_prob(torch.tensor([[0.0], [1.0]]))
    total = torch.trapezoid(density, axis[:, 0]) if family.is_density else ends.exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-5)


def test_gaussian_is_squared_error_with_its_constant() -> None:
    family = GaussianPixels()
    outputs = outputs_of(family)
    error = (X - outputs.sigmoid()).square().sum(-1)
    constant = 784 * math.log(family.sigma * math.sqrt(2 * math.pi))
    torch.testing.assert_close(
        family.distribution(outputs).log_prob(X), -error / (2 * family.sigma**2) - constant
    )


def test_laplace_is_absolute_error_with_its_constant() -> None:
    family = LaplacePixels()
    outputs = outputs_of(family)
    error = (X - outputs.sigmoid()).abs().sum(-1)
    torch.testing.assert_close(
        family.distribution(outputs).log_prob(X),
        -error / family.scale - 784 * math.log(2 * family.scale),
    )


def test_a_family_that_nobody_knows_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="one of bernoulli, gaussian, laplace, not 'poisson'"):
        ModelConfig(likelihood="poisson")


class LearnedVariance(Likelihood):
    """N(sigmoid(first), exp(second)²): two outputs per pixel."""

    outputs = 2

    def pixels(self, outputs: Tensor) -> Distribution:
        mean, log_deviation = outputs.chunk(2, dim=-1)
        return Normal(mean.sigmoid(), log_deviation.clamp(-3, 1).exp(), validate_args=False)


def test_a_new_family_is_one_entry_that_trains_saves_loads_and_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIKELIHOODS, "learned-variance", LearnedVariance())
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
