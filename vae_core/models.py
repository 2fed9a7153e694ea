"""The VAE (Kingma & Welling 2014, Rezende et al. 2014), its three distributions and nothing else.

`encode` gives q(z|x), `prior` gives p(z), `decode` gives p(x|z): `torch.distributions` objects, so
that the objective can be written as it is on the blackboard. In a conditional model (Sohn et al.
2015) each takes the label y as well: q(z|x,y), p(z|y), p(x|z,y).
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.distributions import Distribution, Independent, Normal
from torch.nn import functional

from vae_core.config import ModelConfig
from vae_core.errors import ConfigError
from vae_core.networks import MLP

# Bounds of the posterior's log σ². A posterior wider than the prior is of no use, but one bad step
# at a high learning rate can send log σ² up, and its exponential ends the run: hence a soft upper
# bound, which keeps the gradient. The lower one (σ = e⁻¹⁰) keeps σ² from rounding to zero.
MAX_LOG_VAR = 1.0
MIN_LOG_VAR = -20.0

DECODER_BITS = 7  # significant bits of a decoder's weight in a half-size file; float16 has eleven


def diagonal_normal(mu: Tensor, log_var: Tensor) -> Independent[Normal]:
    """N(mu, diag exp(log_var)) over the last dimension; `log_prob` and KL sum over it."""
    return Independent(Normal(mu, (0.5 * log_var).exp(), validate_args=False), 1, False)


class VAE(nn.Module):
    """A variational autoencoder between images and a low-dimensional latent space.

    Labels y (B,) are int64, 0 to classes - 1; a conditional model needs them, any other ignores
    them.

    Args:
        config: the architecture.
        seed: of the initial weights.
    """

    def __init__(self, config: ModelConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.likelihood = config.family
        generator = Generator().manual_seed(seed)
        self.encoder = MLP(config.encoder_sizes, config.activation, generator)
        self.decoder = MLP(config.decoder_sizes, config.activation, generator)
        if config.prior == "learned":
            self.prior_mu = nn.Parameter(torch.zeros(config.classes, config.latent_dim))
        if self.likelihood.shared:
            self.likelihood_shared = nn.Parameter(torch.zeros(self.likelihood.shared))

    def encode(self, x: Tensor, y: Tensor | None = None) -> Independent[Normal]:
        """The posterior q(z|x) over z (B, latent_dim), of images x (B, 784) in [0, 1]."""
        outputs = self.encoder(self._with_label(x, y))
        mu, log_var = _full_precision(outputs).chunk(2, dim=-1)
        log_var = MAX_LOG_VAR - functional.softplus(MAX_LOG_VAR - log_var)
        return diagonal_normal(mu, log_var.clamp(min=MIN_LOG_VAR))

    def prior(self, y: Tensor | None = None) -> Independent[Normal]:
        """p(z) = N(0, I) over z (latent_dim,), or p(z|y) = N(μ(y), I) for each y (B,)."""
        if self.config.prior == "learned":
            mu = self.prior_mu[_required(y)]
        else:
            mu = next(self.parameters()).new_zeros(self.config.latent_dim)
        return diagonal_normal(mu, torch.zeros_like(mu))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Distribution:
        """The likelihood p(x|z) at z (..., B, latent_dim); over images x (B, 784)."""
        return self.likelihood.distribution(self.outputs(z, y))

    def outputs(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """The numbers that p(x|z) is made of, (..., outputs * 784 + shared): see `Likelihood`."""
        return self.with_shared(_full_precision(self.decoder(self._with_label(z, y))))

    def with_shared(self, outputs: Tensor) -> Tensor:
        """What the decoder's last layer gives, (..., outputs * 784), and the numbers all share."""
        if not self.likelihood.shared:
            return outputs
        return torch.cat([outputs, self.likelihood_shared.expand(*outputs.shape[:-1], -1)], dim=-1)

    def _with_label(self, values: Tensor, y: Tensor | None) -> Tensor:
        if not self.config.conditional:
            return values
        one_hot = functional.one_hot(_required(y), self.config.classes)
        one_hot = one_hot.expand(*values.shape[:-1], -1)
        return torch.cat([values, one_hot.to(values.dtype)], dim=-1)


def _required(y: Tensor | None) -> Tensor:
    if y is None:
        raise ConfigError("This model is conditional: give it the labels y.", key="models.labels")
    return y


def _full_precision(outputs: Tensor) -> Tensor:
    """Matrix products may run in bfloat16; what follows them never does."""
    return outputs.to(torch.promote_types(outputs.dtype, torch.float32))


@torch.no_grad()
def round_to_half(model: VAE) -> None:
    """Round every weight, in place, to what a file of half the size holds: the nearest float16.

    The decoder's are rounded to `DECODER_BITS` significant bits. It is what every browser fetches,
    and bits that are always zero vanish when it is compressed: 1.56 MB instead of 2.07 for the VAE
    that ships, whose test figure stays the same to 0.001 nats.
    """
    for name, parameter in model.named_parameters():
        if name.startswith("decoder."):
            mantissa, exponent = torch.frexp(parameter)
            parameter.copy_((mantissa * 2**DECODER_BITS).round().ldexp(exponent - DECODER_BITS))
        parameter.copy_(parameter.half().float())
