"""Distributions of a pixel that `torch.distributions` lacks, or has not far enough out."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

LOG_ROOT_TAU = math.log(2 * math.pi) / 2
SERIES = 0.5  # |a| below which closed forms would lose digits, and a series has them all


class ContinuousBernoulli(Distribution):
    """p(x) = eᵃˣ a / (eᵃ − 1) on [0, 1] (Loaiza-Ganem & Cunningham 2019), a = logits.

    torch's own takes the probability, which rounds to 0 or 1 where |a| exceeds 16. From there on
    its constant stays behind and the density does not integrate to 1: in float32 to 0.53 at
    a = −30, which a trained decoder gives for paper.

    Args:
        logits: a, of any shape.
    """

    support = constraints.unit_interval
    arg_constraints: ClassVar = {"logits": constraints.real}

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits
        super().__init__(logits.shape, validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        """log p(x) of x in [0, 1], nats per unit of grey."""
        return self.logits * value - self._log_integral()

    def cdf(self, value: Tensor) -> Tensor:
        """P(X ≤ x)."""
        a = self._steepness()
        rising = torch.expm1(a * torch.where(self.logits < 0, value, 1 - value)) / torch.expm1(a)
        return torch.where(self.logits < 0, rising, 1 - rising)

    def icdf(self, value: Tensor) -> Tensor:
        """x with P(X ≤ x) = value."""
        a = self._steepness()
        u = torch.where(self.logits < 0, value, 1 - value)
        x = (torch.log1p(u * torch.expm1(a)) / a).clamp(0, 1)
        return torch.where(self.logits < 0, x, 1 - x)

    @property
    def mean(self) -> Tensor:
        """E[X] = 1 / (1 − e⁻ᵃ) − 1 / a."""
        a, far, is_small = self._branches()
        series = 1 / 2 + a / 12 - a**3 / 720 + a**5 / 30240
        return torch.where(is_small, series, -1 / torch.expm1(-far) - 1 / far)

    @property
    def variance(self) -> Tensor:
        """Var[X] = 1 / a² − 1 / (4 sinh²(a / 2))."""
        a, far, is_small = self._branches()
        series = 1 / 12 - a**2 / 240 + a**4 / 6048
        decay = torch.exp(-far.abs())
        return torch.where(is_small, series, far**-2 - decay / (1 - decay) ** 2)

    def _log_integral(self) -> Tensor:
        """log ∫ eᵃˣ dx = log((eᵃ − 1) / a)."""
        a, far, is_small = self._branches()
        series = a / 2 + a**2 / 24 - a**4 / 2880 + a**6 / 181440
        size = far.abs()
        return torch.where(
            is_small, series, far.clamp(min=0) + torch.log(-torch.expm1(-size)) - size.log()
        )

    def _branches(self) -> tuple[Tensor, Tensor, Tensor]:
        """a for the series, a for the closed form, and where the first holds.

        Each is harmless where the other holds: a gradient goes through both.
        """
        is_small = self.logits.abs() < SERIES
        one = torch.ones_like(self.logits)
        a = torch.where(is_small, self.logits, 0 * one)
        return a, torch.where(is_small, one, self.logits), is_small

    def _steepness(self) -> Tensor:
        """−|a|, never 0: the density falls towards the end that is counted from."""
        return -self.logits.abs().clamp(min=1e-6)


class GreyLevels(Distribution):
    """A categorical distribution over evenly spaced grey levels, from 0 to 1.

    Args:
        logits: (levels, ...), of each level. They come first, since sums over neighbours in memory
            take several times as long.
    """

    support = constraints.unit_interval
    arg_constraints: ClassVar = {"logits": constraints.real}

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits.log_softmax(0)
        self.levels = len(logits)
        super().__init__(logits.shape[1:], validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        """log P of the level that is nearest to a grey value in [0, 1], nats."""
        nearest = (value * (self.levels - 1)).round().long().clamp(0, self.levels - 1)
        nearest = nearest + torch.zeros_like(self.logits[0], dtype=torch.long)
        logits = self.logits.expand(-1, *nearest.shape)
        return logits.gather(0, nearest[None])[0]

    def icdf(self, value: Tensor) -> Tensor:
        """The lowest level up to which there is that much probability."""
        below = self.logits.exp().cumsum(0) < value
        return self._greys().flatten()[below.sum(0).clamp(max=self.levels - 1)]

    @property
    def mean(self) -> Tensor:
        """E[X]."""
        return (self.logits.exp() * self._greys()).sum(0)

    @property
    def variance(self) -> Tensor:
        """Var[X]."""
        return (self.logits.exp() * (self._greys() - self.mean) ** 2).sum(0)

    def _greys(self) -> Tensor:
        """(levels, 1, ...)"""
        greys = torch.linspace(
            0, 1, self.levels, dtype=self.logits.dtype, device=self.logits.device
        )
        return greys.reshape(-1, *[1] * (self.logits.dim() - 1))


class GaussianMixture(Distribution):
    """Σ π N(m, σ²), one number at a time.

    Args:
        logits, means, sigmas: (components, ...), of the shares π and of each component.
    """

    support = constraints.real
    arg_constraints: ClassVar = {"logits": constraints.real, "sigmas": constraints.positive}

    def __init__(self, logits: Tensor, means: Tensor, sigmas: Tensor) -> None:
        self.logits, self.means, self.sigmas = logits.log_softmax(0), means, sigmas
        super().__init__(logits.shape[1:], validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        """log p(x), nats per unit."""
        squares = ((value - self.means) / self.sigmas).square() / 2
        return (self.logits - squares - self.sigmas.log() - LOG_ROOT_TAU).logsumexp(0)

    def from_uniform(self, value: Tensor) -> Tensor:
        """A sample from an even number: it chooses a component, and a quantile of that component.

        Not the inverse of the distribution function, which has no closed form.
        """
        shares = self.logits.exp()
        ends = shares.cumsum(0)
        chosen = (ends < value).sum(0, keepdim=True).clamp(max=len(shares) - 1)
        share, end, mean, sigma = (
            numbers.gather(0, chosen)[0] for numbers in (shares, ends, self.means, self.sigmas)
        )
        within = ((value - end) / share + 1).clamp(2**-24, 1 - 2**-24)
        sample: Tensor = mean + sigma * torch.special.ndtri(within)
        return sample

    @property
    def mean(self) -> Tensor:
        """E[X]."""
        return (self.logits.exp() * self.means).sum(0)

    @property
    def variance(self) -> Tensor:
        """Var[X]."""
        squares = self.sigmas.square() + (self.means - self.mean).square()
        return (self.logits.exp() * squares).sum(0)
