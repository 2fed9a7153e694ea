"""What the decoder's numbers mean: a name -> a distribution over images, and nothing else.

Every family takes the decoder's raw outputs (B, outputs_per_pixel * 784) and gives a distribution
whose `log_prob(x)` is (B,), in nats per image (summed over pixels), and whose `mean` is (B, 784).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.distributions import Bernoulli, Distribution, Independent

from vae_core.config import LikelihoodName


def bernoulli(logits: Tensor) -> Distribution:
    """Each pixel is ink with probability sigmoid(logit); log p(x|z) is minus the cross-entropy.

    `log_prob` accepts grey pixels, x in [0, 1]: it is then the expected log-likelihood of the image
    binarised at random with these probabilities, which is what published figures on dynamically
    binarised MNIST average over. (Grey values are outside the family's support, hence
    `validate_args=False`.)
    """
    return Independent(Bernoulli(logits=logits, validate_args=False), 1, validate_args=False)


LIKELIHOODS: dict[LikelihoodName, Callable[[Tensor], Distribution]] = {"bernoulli": bernoulli}
