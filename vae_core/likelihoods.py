"""The families that p(x|z) may belong to: what the decoder's numbers mean, one class per family.

A new family is a subclass of `Likelihood` and an entry in `LIKELIHOODS`; for the pages, also one
in `pages/_ui/frontend/core/likelihood.js`. Nothing else knows a family by its name.

Values of log p are in nats. This module is part of a checkpoint's description, so importing it does
not import PyTorch.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from torch.distributions import Distribution, Independent

Sigma = Literal["fixed", "learned", "per-pixel"]

FIXED_SIGMA = 0.2
"""About the error with which a 2-D latent space can reconstruct MNIST, in units of the pixel range
[0, 1], so that reconstruction and KL stay in proportion."""

MIN_SIGMA = 0.01
"""Of a σ that is learned: grey values are multiples of 1/255, and most of them 0: without a bound
the density of a pixel that is always 0 grows for ever."""


@dataclass(frozen=True)
class Likelihood(ABC):
    """A family of distributions over images, independent from pixel to pixel.

    Its fields are settings of `ModelConfig` that it alone has. The decoder's outputs are
    (..., outputs * pixels + shared): the first number of every pixel, then the second of every
    pixel, and so on, then the shared ones.

    Attributes:
        outputs: numbers that the decoder gives per pixel.
        shared: numbers that hold for all pixels of all images: parameters of the model.
        is_density: whether log p is that of a density, which may be above 0 and depends on the unit
            of x, so that it compares with no probability and ratios to it mean nothing.
    """

    is_density: ClassVar[bool] = True

    @property
    def models_greys(self) -> bool:
        """Whether it gives a probability to each of 256 grey levels, if by their cells' width."""
        return self.is_density

    @property
    def outputs(self) -> int:
        return 1

    @property
    def shared(self) -> int:
        return 0

    @abstractmethod
    def pixels(self, outputs: Tensor) -> Distribution:
        """One distribution for each pixel: (..., pixels)."""

    def distribution(self, outputs: Tensor) -> Independent[Distribution]:
        """p(x|z) over images (..., pixels); its `log_prob` is summed over pixels."""
        from torch.distributions import Independent

        return Independent(self.pixels(outputs), 1, validate_args=False)

    def mean(self, outputs: Tensor) -> Tensor:
        """E[x|z] (..., pixels)."""
        return self.pixels(outputs).mean

    def deviation(self, outputs: Tensor) -> Tensor:
        """Standard deviation of each pixel (..., pixels)."""
        return self.pixels(outputs).stddev

    def sample(self, outputs: Tensor, generator: Generator) -> Tensor:
        """Images from p(x|z) (..., pixels), drawn with random numbers of the caller's own.

        `Distribution.sample` would draw from those that all threads share.
        """
        import torch

        pixels = self.pixels(outputs)
        uniform = torch.rand(
            pixels.mean.shape, generator=generator, dtype=outputs.dtype, device=outputs.device
        )
        return self.quantile(pixels, uniform.clamp_(min=2**-25))  # at 0 a quantile is infinite

    def quantile(self, pixels: Distribution, uniform: Tensor) -> Tensor:
        """What a number between 0 and 1 makes of each pixel, so that even ones make samples."""
        value: Tensor = pixels.icdf(uniform)
        return value

    def _blocks(self, outputs: Tensor) -> Tensor:
        """Numbers of each pixel, (outputs, ..., pixels)."""
        own = outputs[..., : outputs.shape[-1] - self.shared]
        return own.reshape(*outputs.shape[:-1], self.outputs, -1).movedim(-2, 0)


class BernoulliPixels(Likelihood):
    """Each pixel is ink with probability sigmoid(output); log p(x|z) is minus the cross-entropy.

    `log_prob` accepts grey pixels, x in [0, 1]: it is then the expected log-likelihood of the image
    binarised at random with these probabilities, which is what published figures on dynamically
    binarised MNIST average over. (Grey values are outside the family's support, hence
    `validate_args=False`.)
    """

    is_density = False

    def pixels(self, outputs: Tensor) -> Distribution:
        from torch.distributions import Bernoulli

        return Bernoulli(logits=outputs, validate_args=False)

    def quantile(self, pixels: Distribution, uniform: Tensor) -> Tensor:
        return (uniform < pixels.mean).to(uniform.dtype)


class ContinuousBernoulliPixels(Likelihood):
    """p(x) ∝ exp(a x) on [0, 1], a the output: the cross-entropy of grey pixels, made a density.

    The constant that the cross-entropy lacks there (Loaiza-Ganem & Cunningham 2019). |a| stays
    below 1 / `MIN_SIGMA`, where a pixel's standard deviation is `MIN_SIGMA`.
    """

    def pixels(self, outputs: Tensor) -> Distribution:
        from vae_core.distributions import ContinuousBernoulli

        return ContinuousBernoulli((outputs * MIN_SIGMA).tanh() / MIN_SIGMA)


@dataclass(frozen=True)
class GaussianPixels(Likelihood):
    """N(sigmoid(output), σ²): log p(x|z) = −‖x − mean‖² / 2σ² − 784 log(σ √2π), squared error.

    Attributes:
        sigma: "fixed" is `FIXED_SIGMA`; "learned" is one number of the model; "per-pixel" is given
            by the decoder for each pixel, σ(z).
    """

    sigma: Sigma = "fixed"

    @property
    def outputs(self) -> int:
        return 2 if self.sigma == "per-pixel" else 1

    @property
    def shared(self) -> int:
        return 1 if self.sigma == "learned" else 0

    def pixels(self, outputs: Tensor) -> Distribution:
        from torch.distributions import Normal

        means, *own = self._blocks(outputs)
        match self.sigma:
            case "fixed":
                sigma: Tensor | float = FIXED_SIGMA
            case "learned":
                sigma = positive_sigma(outputs[..., -1:]).expand_as(means)
            case "per-pixel":
                sigma = positive_sigma(own[0])
        return Normal(means.sigmoid(), sigma, validate_args=False)


class LaplacePixels(Likelihood):
    """Laplace(sigmoid(output), b): log p(x|z) = −‖x − mean‖₁ / b − 784 log 2b, absolute error.

    b is chosen as the Gaussian's σ is.
    """

    scale = 0.1

    def pixels(self, outputs: Tensor) -> Distribution:
        from torch.distributions import Laplace

        return Laplace(outputs.sigmoid(), self.scale, validate_args=False)


@dataclass(frozen=True)
class CategoricalPixels(Likelihood):
    """Each pixel is one of so many grey levels, softmax(outputs); log p is minus the cross-entropy.

    A grey value counts as the level nearest to it: with 256 of them as itself.
    """

    levels: int = 16

    is_density = False

    @property
    def models_greys(self) -> bool:
        return self.levels == 256

    @property
    def outputs(self) -> int:
        return self.levels

    def pixels(self, outputs: Tensor) -> Distribution:
        from vae_core.distributions import GreyLevels

        return GreyLevels(self._blocks(outputs))


@dataclass(frozen=True)
class MixturePixels(Likelihood):
    """Σₖ πₖ N(sigmoid(mₖ), σₖ²) for each pixel, all numbers given by the decoder."""

    components: int = 3

    @property
    def outputs(self) -> int:
        return 3 * self.components

    def pixels(self, outputs: Tensor) -> Distribution:
        from vae_core.distributions import GaussianMixture

        logits, means, sigmas = self._blocks(outputs).chunk(3)
        return GaussianMixture(logits, means.sigmoid(), positive_sigma(sigmas))

    def quantile(self, pixels: Distribution, uniform: Tensor) -> Tensor:
        from vae_core.distributions import GaussianMixture

        assert isinstance(pixels, GaussianMixture)
        return pixels.from_uniform(uniform)


def positive_sigma(output: Tensor) -> Tensor:
    """A standard deviation from any number: `FIXED_SIGMA` at 0, above `MIN_SIGMA`, and no exp.

    A softplus keeps gradients finite where an exponential would overflow.
    """
    from torch.nn.functional import softplus

    at_zero = math.log(math.expm1(FIXED_SIGMA - MIN_SIGMA))
    return MIN_SIGMA + softplus(output + at_zero)


LIKELIHOODS: dict[str, type[Likelihood]] = {
    "bernoulli": BernoulliPixels,
    "continuous-bernoulli": ContinuousBernoulliPixels,
    "gaussian": GaussianPixels,
    "laplace": LaplacePixels,
    "categorical": CategoricalPixels,
    "mixture": MixturePixels,
}
SIGMAS: tuple[Sigma, ...] = get_args(Sigma)
