"""What the decoder's numbers mean: a name -> a distribution over images, and nothing else.

Every family takes one number per pixel (B, 784), the logit of the pixel's mean, and gives a
distribution whose `log_prob(x)` is (B,), in nats per image (summed over pixels), and whose `mean`
is sigmoid(logit) (B, 784). For the continuous families log p is the logarithm of a density, which
may be positive, and which cannot be compared with a Bernoulli's.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.distributions import Bernoulli, Distribution, Independent, Laplace, Normal

from vae_core.config import LikelihoodName

# Spread of the continuous families, in units of the pixel range [0, 1]: about the error with which
# a 2-D latent space can reconstruct MNIST, so that reconstruction and KL stay in proportion.
SIGMA = 0.2
SCALE = 0.1


def bernoulli(logits: Tensor) -> Distribution:
    """Each pixel is ink with probability sigmoid(logit); log p(x|z) is minus the cross-entropy.

    `log_prob` accepts grey pixels, x in [0, 1]: it is then the expected log-likelihood of the image
    binarised at random with these probabilities, which is what published figures on dynamically
    binarised MNIST average over. (Grey values are outside the family's support, hence
    `validate_args=False`.)
    """
    return _over_pixels(Bernoulli(logits=logits, validate_args=False))


def gaussian(logits: Tensor) -> Distribution:
    """N(sigmoid(logit), σ²): log p(x|z) = −‖x − mean‖² / 2σ² − 784 log(σ √2π), squared error."""
    return _over_pixels(Normal(logits.sigmoid(), SIGMA, validate_args=False))


def laplace(logits: Tensor) -> Distribution:
    """Laplace(sigmoid(logit), b): log p(x|z) = −‖x − mean‖₁ / b − 784 log 2b, absolute error."""
    return _over_pixels(Laplace(logits.sigmoid(), SCALE, validate_args=False))


def _over_pixels(pixels: Distribution) -> Distribution:
    return Independent(pixels, 1, validate_args=False)


LIKELIHOODS: dict[LikelihoodName, Callable[[Tensor], Distribution]] = {
    "bernoulli": bernoulli,
    "gaussian": gaussian,
    "laplace": laplace,
}
