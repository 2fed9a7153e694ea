"""The evidence lower bound, per image, in nats.

    log p(x) ≥ ELBO = E_q(z|x)[log p(x|z)] − KL(q(z|x) ‖ p(z))     (Kingma & Welling 2014, eq. 3)

for a conditional model with y behind every bar (Sohn et al. 2015, eq. 4; with a learned prior),
and its β-weighted forms, which are trained but never reported as a likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor
from torch.distributions import Independent, Normal, kl_divergence

from vae_core.checkpoints import Latents
from vae_core.config import BetaOn, Evaluation
from vae_core.data import to_float
from vae_core.models import VAE


@dataclass(frozen=True)
class Elbo:
    """One Monte Carlo estimate per image.

    Attributes:
        elbo: the weighted objective (B,); with β = 1 the evidence lower bound itself.
        log_likelihood: log p(x|z) at one z ~ q(z|x) (B,).
        kl: KL(q(z|x) ‖ p(z)) in closed form (B,).
    """

    elbo: Tensor
    log_likelihood: Tensor
    kl: Tensor


def sample(posterior: Independent[Normal], generator: Generator | None = None) -> Tensor:
    """z = μ + σ ε with ε ~ N(0, I): a draw through which gradients flow to μ and σ.

    `Distribution.rsample` would draw ε from the global random state; a run owns its generator.
    """
    mu, sigma = posterior.mean, posterior.stddev
    epsilon = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + sigma * epsilon


def elbo(
    model: VAE,
    x: Tensor,
    y: Tensor | None = None,
    *,
    beta: float = 1.0,
    beta_on: BetaOn = "kl",
    generator: Generator | None = None,
    seen: Tensor | None = None,
) -> Elbo:
    """The objective for images x (B, 784) with values in [0, 1], and labels y (B,) where needed.

    β weighs the KL (Higgins et al. 2017) or, the other convention of the field, the reconstruction.
    `seen` is what the encoder sees in place of x: with corrupted images the bound still holds, and
    the encoder learns not to memorise (the denoising criterion, Im et al. 2017).
    """
    posterior = model.encode(x if seen is None else seen, y)
    z = sample(posterior, generator)

    log_likelihood = model.decode(z, y).log_prob(x)
    kl = kl_divergence(posterior, model.prior(y))

    if beta_on == "reconstruction":
        return Elbo(beta * log_likelihood - kl, log_likelihood, kl)
    return Elbo(log_likelihood - beta * kl, log_likelihood, kl)


@torch.no_grad()
def evaluate(
    model: VAE, images: Tensor, labels: Tensor, *, dataset: str, seed: int = 0, batch: int = 1000
) -> Evaluation:
    """ELBO at β = 1 over uint8 images (N, 28, 28), labels (N,), one z per image, in float32.

    The same seed gives the same figures. `dataset` names the images in the result.
    """
    device = next(model.parameters()).device
    generator = Generator(device).manual_seed(seed)
    log_likelihood = kl = 0.0
    for x, y in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        terms = elbo(model, to_float(x.to(device)), y.to(device), generator=generator)
        log_likelihood += terms.log_likelihood.double().sum().item()
        kl += terms.kl.double().sum().item()
    n = len(images)
    return Evaluation((log_likelihood - kl) / n, log_likelihood / n, kl / n, n, dataset)


@torch.no_grad()
def posteriors(model: VAE, images: Tensor, labels: Tensor, *, batch: int = 1000) -> Latents:
    """q(z|x) of every uint8 image (N, 28, 28), in order, with its label (N,)."""
    device = next(model.parameters()).device
    encoded = [
        model.encode(to_float(x.to(device)), y.to(device))
        for x, y in zip(torch.split(images, batch), torch.split(labels, batch), strict=True)
    ]
    mu = torch.cat([q.mean for q in encoded]).cpu().numpy()
    log_var = torch.cat([q.variance.log() for q in encoded]).cpu().numpy()
    return Latents(mu, log_var, labels.cpu().numpy().astype(np.uint8))
