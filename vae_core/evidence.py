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

REACH = 20.0  # nats below an image's evidence, down to which a cell's share of it counts
AT_REST = 0.1  # nats between the four grids of a level: the level itself is then exact to 1e-4
MOST_LEVELS = 6


def log_marginal(
    log_likelihood: Callable[[Floats], ArrayLike],
    *,
    prior_mu: ArrayLike = (0.0, 0.0),
    extent: float = 6.0,
    side: int = 400,
    chunk: int = 4096,
) -> Floats:
    """log ∫ p(x|z) N(z; prior_mu, I) dz over the latent plane, by the midpoint rule on a grid.

    The grid is four grids of cells twice as wide, interleaved. Where these four disagree about an
    image, the cells that hold more than e⁻²⁰ of its integral are split into quarters, and so on:
    the midpoint rule converges faster than any power of the width, once cells are narrower than
    about twice the posterior's standard deviation. What can be lost is a mode that slips through
    the first grid: narrower than a ninth of its cells, and far from all of their centres. The
    prior has 4e-9 of its mass outside an extent of 6. Sums are taken with log-sum-exp.

    Args:
        log_likelihood: (M, 2) points -> (M, B): log p(x|z) of B images at each point, nats.
        prior_mu: (2,), the prior's mean.
        extent: the grid covers [-extent, extent] around the mean, on both axes.
        side: points per axis of the first grid, rounded up to an even number.
        chunk: points per call of `log_likelihood` (memory: chunk x B numbers).

    Returns:
        (B,) log p(x), nats per image.
    """
    centre, extent = floats(prior_mu, "prior_mu", (2,)), positive(extent, "extent")
    half = (count(side, "side") + 1) // 2
    grid = latent_grid((-extent, extent), (-extent, extent), half, half).reshape(-1, 2)
    # In random order, so that the sum over the first cells tells which of the others matter.
    cells, width = np.random.default_rng(0).permutation(grid), 2 * extent / half
    whole = total = np.array(-np.inf)  # over what is never split, and over all: log, (B,)
    moves = np.array(True)  # of which images the result may still change: (B,)
    for _ in range(MOST_LEVELS):
        of_corner = light = np.array(-np.inf)
        split, within_reach = [], []
        for some in np.array_split(cells, math.ceil(4 * len(cells) / count(chunk, "chunk"))):
            quarters = _quarters(some, width)
            given_z = _checked(log_likelihood(centre + quarters), len(quarters))
            share = given_z + log_prior(quarters)[:, None] + 2 * math.log(width / 2)
            by_corner = share.reshape(-1, 4, share.shape[1])
            of_corner = np.logaddexp(of_corner, np.logaddexp.reduce(by_corner))
            so_far = np.logaddexp(whole, np.logaddexp.reduce(of_corner))
            heavy = share > so_far - REACH
            light = np.logaddexp(light, np.logaddexp.reduce(np.where(heavy, -np.inf, share)))
            matters = heavy.any(axis=1)
            split.append(quarters[matters])
            within_reach.append(heavy[matters])
        total = np.where(moves, np.logaddexp(whole, np.logaddexp.reduce(of_corner)), total)
        moves = moves & (np.ptp(np.logaddexp(whole, of_corner + math.log(4)), axis=0) > AT_REST)
        whole = np.logaddexp(whole, light)
        cells = np.concatenate(split)[(np.concatenate(within_reach) & moves).any(axis=1)]
        width /= 2
        if len(cells) == 0:
            break
    return total


def _quarters(cells: Floats, width: float) -> Floats:
    """The centres (4 M, 2) of the quarters of square cells, given their centres (M, 2)."""
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    quarters: Floats = (cells[:, None] + corners * width / 4).reshape(-1, 2)
    return quarters


def _checked(given_z: ArrayLike, points: int) -> Floats:
    """What `log_likelihood` returned, as float64, if it is what it should be."""
    values = np.asarray(given_z, dtype=np.float64)
    if values.ndim != 2 or len(values) != points or np.isnan(values).any():
        raise ConfigError(
            "log_likelihood must return nats, not NaN, of shape (M, B) for M points.",
            key="evidence.log_likelihood",
        )
    return values


def log_evidence(
    decode: Callable[[torch.Tensor], torch.distributions.Distribution],
    images: ArrayLike,
    *,
    prior_mu: ArrayLike | torch.Tensor = (0.0, 0.0),
    extent: float = 6.0,
    side: int = 400,
    chunk: int = 4096,
) -> Floats:
    """Exact log p(x) of binary images under a decoder with a 2-D latent, nats per image.

    Up to the error of the quadrature, which is about 0.001 nats for the shipped models: so not
    below the ELBO of the same images. It needs binary x: a Bernoulli "log-likelihood" of grey
    pixels belongs to no normalised distribution, so what its integral means is not log p(x).
    Binarise first.

    For a conditional model, log p(x|y) of images with one label y:

        decode = lambda z: model.decode(z, y.expand(len(z)))
        log_evidence(decode, images, prior_mu=model.prior(y).mean)

    Args:
        decode: `VAE.decode`: (M, 2) float32 tensor -> the distribution p(x|z) over (M, pixels), as
            a product of pixels (`Independent`, or not yet reinterpreted).
        images: (B, ...) of zeros and ones, as many pixels each as the decoder draws.
        prior_mu: (2,), the mean of the prior N(prior_mu, I).
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
            "log p(x) is defined for binary images only: shape (B, pixels), zeros and ones.",
            key="evidence.binary",
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
                "The decoder draws {drawn} pixels, the images have {given}.",
                key="evidence.pixels",
                drawn=mean.shape[-1],
                given=on.shape[1],
            )
        off_log_prob = pixels.log_prob(torch.zeros_like(mean))
        odds = pixels.log_prob(torch.ones_like(mean)) - off_log_prob
        at_z = odds @ on.to(odds).T + off_log_prob.sum(-1, keepdim=True)
        return at_z.cpu().numpy()

    with torch.inference_mode():
        return log_marginal(
            log_likelihood, prior_mu=prior_mu, extent=extent, side=side, chunk=chunk
        )
