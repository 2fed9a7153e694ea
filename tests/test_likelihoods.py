import math
from typing import get_args

import pytest
import torch

from vae_core.config import LikelihoodName
from vae_core.likelihoods import LIKELIHOODS, SCALE, SIGMA, gaussian, laplace

LOGITS = torch.randn(4, 784, generator=torch.Generator().manual_seed(0)).double()
X = torch.rand(4, 784, generator=torch.Generator().manual_seed(1)).double()


def test_every_name_has_a_family() -> None:
    assert set(LIKELIHOODS) == set(get_args(LikelihoodName))


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_mean_is_the_sigmoid_and_log_prob_is_per_image(name: LikelihoodName) -> None:
    likelihood = LIKELIHOODS[name](LOGITS)
    torch.testing.assert_close(likelihood.mean, LOGITS.sigmoid())
    assert likelihood.log_prob(X).shape == (4,)


def test_gaussian_is_squared_error_with_its_constant() -> None:
    error = (X - LOGITS.sigmoid()).square().sum(-1)
    expected = -error / (2 * SIGMA**2) - 784 * math.log(SIGMA * math.sqrt(2 * math.pi))
    torch.testing.assert_close(gaussian(LOGITS).log_prob(X), expected)


def test_laplace_is_absolute_error_with_its_constant() -> None:
    error = (X - LOGITS.sigmoid()).abs().sum(-1)
    torch.testing.assert_close(
        laplace(LOGITS).log_prob(X), -error / SCALE - 784 * math.log(2 * SCALE)
    )


@pytest.mark.parametrize("name", ["gaussian", "laplace"])
def test_a_continuous_family_integrates_to_one(name: LikelihoodName) -> None:
    """Trapezoid rule for one pixel, the others held at their mean, where the density is known."""
    logits = torch.zeros(1, 1).double()
    axis = torch.linspace(-4, 5, 200_001, dtype=torch.float64)[:, None]
    density = LIKELIHOODS[name](logits.expand(len(axis), 1)).log_prob(axis).exp()
    assert torch.trapezoid(density, axis[:, 0]).item() == pytest.approx(1, abs=1e-5)
