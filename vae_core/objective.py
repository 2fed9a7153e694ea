"""What a training makes small: named terms per image, in nats, and their β-weighted sum.

    log p(x) ≥ ELBO = E_q(z|x)[log p(x|z)] − KL(q(z|x) ‖ p(z))     (Kingma & Welling 2014, eq. 3)

for a conditional model with y behind every bar (Sohn et al. 2015, eq. 4; with a learned prior). Its
β-weighted forms are trained but never reported as a likelihood.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor
from torch.distributions import Distribution, Independent, Normal, kl_divergence

from vae_core.config import PIXELS, BetaOn, Evaluation, Latents, TrainConfig
from vae_core.data.datasets import to_float
from vae_core.errors import ConfigError
from vae_core.models import MIN_LOG_VAR, VAE

Posterior = Independent[Normal]
"""q(z|x) over z (B, latent_dim)."""

Terms = dict[str, Tensor]
"""Name -> that term of each image (B,), nats: "reconstruction" −log p(x|z), "kl" KL(q ‖ p)."""


class Objective(ABC):
    """What `training.fit` makes small."""

    def terms(
        self,
        model: VAE,
        x: Tensor,
        y: Tensor | None = None,
        *,
        generator: Generator | None = None,
        seen: Tensor | None = None,
    ) -> Terms:
        """Each term of each image, whatever they weigh.

        Args:
            x: images (B, 784), values in [0, 1].
            y: labels (B,), where the model needs them.
            generator: where random numbers come from.
            seen: what the encoder sees in place of x: with corrupted images the bound still holds,
                and the encoder learns not to memorise (the denoising criterion, Im et al. 2017).
        """
        posterior = model.encode(x if seen is None else seen, y)
        return self._terms(model, posterior, x, y, generator)

    @abstractmethod
    def _terms(
        self, model: VAE, posterior: Posterior, x: Tensor, y: Tensor | None, noise: Generator | None
    ) -> Terms:
        """The terms, given q(z|x)."""

    @abstractmethod
    def loss(self, terms: Terms, beta: float) -> Tensor:
        """What is made small (B,), nats per image: the terms together, weighted with β."""


@dataclass(frozen=True)
class Elbo(Objective):
    """The evidence lower bound, from L z ~ q(z|x) per image and the KL in closed form.

    Attributes:
        beta_on: what β weighs: the KL (Higgins et al. 2017) or, the other convention of the field,
            the reconstruction. With β = 1 both are the bound itself.
        samples: L. The estimate is right on average with one; its spread falls as 1/√L.
    """

    beta_on: BetaOn = "kl"
    samples: int = 1

    def _terms(
        self, model: VAE, posterior: Posterior, x: Tensor, y: Tensor | None, noise: Generator | None
    ) -> Terms:
        z = sample(posterior, noise, self.samples)

        log_likelihood = model.decode(z, y).log_prob(x).mean(0)
        kl = kl_divergence(posterior, model.prior(y))

        return {"reconstruction": -log_likelihood, "kl": kl}

    def loss(self, terms: Terms, beta: float) -> Tensor:
        """Minus the bound, one of its two terms weighted with β."""
        if self.beta_on == "reconstruction":
            return beta * terms["reconstruction"] + terms["kl"]
        return terms["reconstruction"] + beta * terms["kl"]


@dataclass(frozen=True)
class Autoencoder(Objective):
    """The plain autoencoder: z is the encoder's mean, and nothing asks where it lies."""

    def _terms(
        self, model: VAE, posterior: Posterior, x: Tensor, y: Tensor | None, noise: Generator | None
    ) -> Terms:
        return {"reconstruction": -model.decode(posterior.mean, y).log_prob(x)}

    def loss(self, terms: Terms, beta: float) -> Tensor:
        """The reconstruction; β has nothing to weigh it against."""
        return terms["reconstruction"]


def choose_objective(config: TrainConfig) -> Objective:
    """The objective that `TrainConfig.objective` names."""
    if config.objective == "autoencoder":
        return Autoencoder()
    return Elbo(config.beta_on, config.samples)


def sample(posterior: Distribution, generator: Generator | None = None, samples: int = 1) -> Tensor:
    """z = μ + σ ε with ε ~ N(0, I), (samples, B, latent_dim): gradients flow to μ and σ.

    `Distribution.rsample` would draw ε from the global random state; a run owns its generator.
    """
    mu, sigma = posterior.mean, posterior.stddev
    shape = (samples, *mu.shape)
    epsilon = torch.randn(shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + sigma * epsilon


def importance_weighted(
    model: VAE,
    x: Tensor,
    y: Tensor | None = None,
    *,
    samples: int,
    generator: Generator | None = None,
) -> Tensor:
    """log 1/L Σ p(x|z) p(z) / q(z|x) over L z ~ q(z|x) (B,), nats (Burda et al. 2016, eq. 8).

    The ELBO at L = 1 on average, and log p(x) in the limit: but only where q has mass.

    Args:
        x: images (B, 784), values in [0, 1].
        y: labels (B,), where the model needs them.
        samples: L.
        generator: where random numbers come from.
    """
    posterior: Distribution = model.encode(x, y)
    prior: Distribution = model.prior(y)
    z = sample(posterior, generator, samples)
    log_joint = model.decode(z, y).log_prob(x) + prior.log_prob(z)
    log_weights: Tensor = log_joint - posterior.log_prob(z)
    return log_weights.logsumexp(0) - math.log(samples)


@torch.no_grad()
def evaluate(
    model: VAE,
    images: Tensor,
    labels: Tensor,
    *,
    dataset: str,
    objective: Objective = Elbo(),
    seed: int = 0,
    batch: int = 1000,
) -> Evaluation:
    """Terms of the objective over uint8 images (N, 28, 28), labels (N,), one z each, in float32.

    The same seed gives the same figures. `dataset` names the images in the result. An objective
    without a KL bounds nothing: its figures have no ELBO, and no bits.
    """
    device = next(model.parameters()).device
    generator = Generator(device).manual_seed(seed)
    totals: defaultdict[str, float] = defaultdict(float)
    for x, y in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        terms = objective.terms(model, to_float(x.to(device)), y.to(device), generator=generator)
        for name, values in terms.items():
            totals[name] += math.fsum(values.tolist())  # not every device adds in float64
    mean = {name: total / len(images) for name, total in totals.items()}
    log_likelihood, kl = -mean["reconstruction"], mean.get("kl")
    has_bits = kl is not None and model.likelihood.models_greys
    return Evaluation(
        elbo=None if kl is None else log_likelihood - kl,
        log_likelihood=log_likelihood,
        kl=kl,
        images=len(images),
        dataset=dataset,
        bits=bits_per_dimension(model, images, labels, seed=seed, batch=batch)
        if has_bits
        else None,
    )


@torch.no_grad()
def bits_per_dimension(
    model: VAE, images: Tensor, labels: Tensor, *, seed: int = 0, batch: int = 1000
) -> float:
    """What a pixel of 256 grey levels costs, at most: −ELBO in bits, divided by the pixels.

    A density says it of images to whose bytes even noise was added, (byte + u) / 256: on average
    its −log is at least that of the probability that it puts on the byte's cell, 1/256 wide (Theis
    et al. 2016, section 3.1). So families of one unit of measurement can be compared.

    Args:
        images, labels: uint8 (N, 28, 28), (N,).
        seed: of the noise and of z.
        batch: images at once.

    Returns:
        Bits per dimension.

    Raises:
        ConfigError: the family says nothing of 256 levels (`Likelihood.models_greys`).
    """
    if not model.likelihood.models_greys:
        raise ConfigError(
            "The likelihood {likelihood} does not model 256 grey levels.",
            key="objective.no_greys",
            likelihood=model.config.likelihood,
        )
    device = next(model.parameters()).device
    generator = Generator(device).manual_seed(seed)
    total = 0.0
    for pixels, y in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        x = to_float(pixels.to(device))
        if model.likelihood.is_density:
            noise = torch.rand(x.shape, generator=generator, device=device)
            x = (x * 255 + noise) / 256
        terms = Elbo().terms(model, x, y.to(device), generator=generator)
        total += math.fsum(Elbo().loss(terms, 1.0).tolist())
    nats = total / len(images) / PIXELS
    if model.likelihood.is_density:
        nats += math.log(256)  # a cell's width
    return nats / math.log(2)


@torch.no_grad()
def posteriors(
    model: VAE,
    images: Tensor,
    labels: Tensor,
    *,
    objective: Objective = Elbo(),
    batch: int = 1000,
) -> Latents:
    """q(z|x) of every uint8 image (N, 28, 28), in order, with its label (N,).

    A plain autoencoder has no posterior but a point: its log σ², which nothing trained, is as low
    as it goes.
    """
    device = next(model.parameters()).device
    encoded = [
        model.encode(to_float(x.to(device)), y.to(device))
        for x, y in zip(torch.split(images, batch), torch.split(labels, batch), strict=True)
    ]
    mu = torch.cat([q.mean for q in encoded]).cpu().numpy()
    log_var = torch.cat([q.variance.log() for q in encoded]).cpu().numpy()
    if isinstance(objective, Autoencoder):
        log_var = np.full_like(mu, MIN_LOG_VAR)
    return Latents(mu, log_var, labels.cpu().numpy().astype(np.uint8))
