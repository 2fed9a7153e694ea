"""The families that p(x|z) may belong to: what the decoder's numbers mean, one object per family.

A new family is a subclass of `Likelihood` and an entry in `LIKELIHOODS`; for the pages, also one
in `pages/_ui/frontend/core/likelihood.js`. Nothing else knows a family by its name.

Values of log p are in nats. This module is part of a checkpoint's description, so importing it does
not import PyTorch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from torch.distributions import Distribution, Independent


class Likelihood(ABC):
    """A family of distributions over images, independent from pixel to pixel.

    The decoder's outputs are (..., outputs * pixels): the first number of every pixel, then the
    second of every pixel, and so on.

    Attributes:
        outputs: numbers that the decoder gives per pixel.
        is_density: whether log p is that of a density, which may be above 0 and depends on the unit
            of x, so that it compares with no other family's and ratios to it mean nothing.
    """

    outputs: int = 1
    is_density: bool = True

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
        """The inverse of each pixel's distribution function, at numbers between 0 and 1."""
        value: Tensor = pixels.icdf(uniform)
        return value


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


class GaussianPixels(Likelihood):
    """N(sigmoid(output), σ²): log p(x|z) = −‖x − mean‖² / 2σ² − 784 log(σ √2π), squared error.

    σ is about the error with which a 2-D latent space can reconstruct MNIST, in units of the pixel
    range [0, 1], so that reconstruction and KL stay in proportion.
    """

    sigma = 0.2

    def pixels(self, outputs: Tensor) -> Distribution:
        from torch.distributions import Normal

        return Normal(outputs.sigmoid(), self.sigma, validate_args=False)


class LaplacePixels(Likelihood):
    """Laplace(sigmoid(output), b): log p(x|z) = −‖x − mean‖₁ / b − 784 log 2b, absolute error.

    b is chosen as the Gaussian's σ is.
    """

    scale = 0.1

    def pixels(self, outputs: Tensor) -> Distribution:
        from torch.distributions import Laplace

        return Laplace(outputs.sigmoid(), self.scale, validate_args=False)


LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": BernoulliPixels(),
    "gaussian": GaussianPixels(),
    "laplace": LaplacePixels(),
}
