"""The evidence log p(x) = log ∫ p(x|z) p(z) dz, which the ELBO bounds: exact, by quadrature.

Two latent dimensions allow what no larger space does. Log-probabilities are in nats. All functions
raise `ConfigError` for a wrong shape, a value that is not finite, or a count that is not positive.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.checks import Floats, count, floats, positive
from vae_core.errors import ConfigError
from vae_core.geometry import latent_grid, log_prior

if TYPE_CHECKING:
    import torch


def log_marginal(
    log_likelihood: Callable[[Floats], ArrayLike],
    *,
    extent: float = 6.0,
    side: int = 400,
    chunk: int = 1024,
) -> Floats:
    """log ∫ p(x|z) N(z; 0, I) dz over the latent plane, by the midpoint rule on a regular grid.

    The integrand is smooth and vanishes towards the edges, where the midpoint rule converges
    faster than any power of the cell width; the width, 2 extent / side, has to be below about
    twice the smallest posterior standard deviation. Compare two values of `side` to see that it
    is. The prior has 4e-9 of its mass outside an extent of 6. Sums are taken with log-sum-exp.

    Args:
        log_likelihood: (M, 2) points -> (M, B): log p(x|z) of B images at each point, nats.
        extent: the grid covers [-extent, extent] on both axes.
        side: grid points per axis.
        chunk: grid points per call of `log_likelihood` (memory: chunk x B numbers).

    Returns:
        (B,) log p(x), nats per image.
    """
    extent = positive(extent, "extent")
    count(chunk, "chunk")
    grid = latent_grid((-extent, extent), (-extent, extent), side, side).reshape(-1, 2)
    total: Floats | None = None
    for start in range(0, len(grid), chunk):
        z = grid[start : start + chunk]
        given_z = np.asarray(log_likelihood(z), dtype=np.float64)
        if given_z.ndim != 2 or len(given_z) != len(z) or np.isnan(given_z).any():
            raise ConfigError(
                "log_likelihood must return nats, not NaN, of shape (M, B) for M points."
            )
        part = np.logaddexp.reduce(given_z + log_prior(z)[:, None], axis=0)
        total = part if total is None else np.logaddexp(total, part)
    assert total is not None  # side >= 1, so there was a first chunk
    return total + 2 * math.log(2 * extent / side)


def log_evidence(
    decode: Callable[[torch.Tensor], torch.distributions.Distribution],
    images: ArrayLike,
    *,
    extent: float = 6.0,
    side: int = 400,
    chunk: int = 1024,
) -> Floats:
    """Exact log p(x) of binary images under a decoder with a 2-D latent, nats per image.

    Up to the error of the grid, and never below the ELBO of the same images. It needs binary x: a
    Bernoulli "log-likelihood" of grey pixels belongs to no normalised distribution, so what its
    integral means is not log p(x). Binarise first.

    Args:
        decode: `VAE.decode`: (M, 2) float32 tensor -> the distribution p(x|z) over (M, pixels), as
            a product of pixels (`Independent`, or not yet reinterpreted).
        images: (B, ...) of zeros and ones, as many pixels each as the decoder draws.
        extent, side, chunk: see `log_marginal`.

    Returns:
        (B,) log p(x).

    Raises:
        ConfigError: also for images that are not binary, or not of the decoder's size.
    """
    import torch
    from torch.distributions import Independent

    x = floats(images, "images")
    if x.ndim < 2 or not np.isin(x, (0.0, 1.0)).all():
        raise ConfigError(
            "log p(x) is defined for binary images only: shape (B, pixels), zeros and ones."
        )
    on = torch.from_numpy(x.reshape(len(x), -1))

    def log_likelihood(z: Floats) -> NDArray[Any]:
        likelihood = decode(torch.from_numpy(z).float())
        pixels = likelihood.base_dist if isinstance(likelihood, Independent) else likelihood
        # A binary pixel has two possible values, so two log-probabilities say all there is, and
        # the sum over pixels of every image at every z is one matrix product.
        mean: torch.Tensor = pixels.mean
        if mean.shape != (len(z), on.shape[1]):
            raise ConfigError(
                f"The decoder draws {mean.shape[-1]} pixels, the images have {on.shape[1]}."
            )
        off_log_prob = pixels.log_prob(torch.zeros_like(mean))
        odds = pixels.log_prob(torch.ones_like(mean)) - off_log_prob
        at_z = odds @ on.to(odds).T + off_log_prob.sum(-1, keepdim=True)
        return at_z.cpu().numpy()

    with torch.inference_mode():
        return log_marginal(log_likelihood, extent=extent, side=side, chunk=chunk)
