"""The geometry of a latent plane: grids, paths, ellipses, and the prior's density.

Everything here takes and returns NumPy arrays (float64) and needs no PyTorch. Distances are
Euclidean and in units of z, where the prior N(0, I) has standard deviation 1. Log-probabilities
are in nats.

All functions raise `ConfigError` for a wrong shape, a value that is not finite, or a count that
is not positive.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from vae_core.checks import Floats, count, floats, positive
from vae_core.errors import ConfigError

# --- grids -------------------------------------------------------------------------------------


def latent_grid(
    x_range: tuple[float, float], y_range: tuple[float, float], columns: int, rows: int
) -> Floats:
    """Centres of equal cells that tile a rectangle of the latent plane, laid out as an image.

    Args:
        x_range: left and right edge of the rectangle, z1.
        y_range: bottom and top edge, z2.
        columns, rows: how many cells.

    Returns:
        (rows, columns, 2): [0, 0] is the top left cell, so z1 grows with the column and z2 falls
        with the row. Decoded digits placed in this order lie where they are on the map.
    """
    columns, rows = count(columns, "columns"), count(rows, "rows")
    (left, right), (bottom, top) = _range(x_range, "x_range"), _range(y_range, "y_range")
    z1 = left + (right - left) * (np.arange(columns) + 0.5) / columns
    z2 = top - (top - bottom) * (np.arange(rows) + 0.5) / rows
    return np.stack(np.meshgrid(z1, z2), axis=-1)


def quantile_grid(n: int) -> Floats:
    """Centres of n x n cells that each hold the same share 1/n² of the prior N(0, I).

    Φ⁻¹ of equally spaced probabilities on both axes (Kingma & Welling 2014, figure 4): the plane
    as the prior sees it, dense in the middle.

    Returns:
        (n, n, 2), laid out as in `latent_grid`.
    """
    n = count(n, "n")
    quantiles = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
    return np.stack(np.meshgrid(quantiles, quantiles[::-1]), axis=-1)


def square_ranges(points: ArrayLike) -> tuple[list[float], list[float]]:
    """What a map of these points shows: one span for both axes, so that equal axes fill a square.

    Args:
        points: (N, 2); without any, the map shows three standard deviations of the prior.

    Returns:
        (z1 range, z2 range), each [low, high]: all but the outermost thousandth, and a margin.
    """
    shown = points if np.size(points) else [[-3, -3], [3, 3]]
    places = floats(shown, "points", (None, 2))
    low, high = np.quantile(places, (0.0005, 0.9995), axis=0)
    middle = (low + high) / 2
    half = max(0.54 * float(np.max(high - low)), 0.5)  # 4 % margin each side; a lone point's plane
    x, y = ([float(centre - half), float(centre + half)] for centre in middle)
    return x, y


# --- paths and outlines ------------------------------------------------------------------------


def straight_path(points: ArrayLike, steps: int) -> Floats:
    """Walk in straight lines through points, at a speed as even as their exact hits allow.

    Every point is one of the steps, exactly. The steps in between go where they shorten the
    longest stride. A point that repeats the one before it takes no step of its own, and if all are
    the same point the walk stands still.

    Args:
        points: (P, d), P >= 1, in the order of the walk.
        steps: how many positions to return; at least one per point (repeats not counted).

    Returns:
        (steps, d), from the first point to the last.
    """
    stops = floats(points, "points", (None, None))
    steps = count(steps, "steps")
    moved = np.any(stops[1:] != stops[:-1], axis=1)
    stops = np.concatenate([stops[:1], stops[1:][moved]])
    if steps < len(stops):
        raise ConfigError(
            "A path through {points} points needs at least as many steps.",
            key="geometry.path_steps",
            points=len(stops),
        )
    if len(stops) == 1:
        return np.repeat(stops, steps, axis=0)

    lengths = np.linalg.norm(np.diff(stops, axis=0), axis=1)
    strides = np.ones(len(lengths), dtype=np.int64)
    for _ in range(steps - len(stops)):
        strides[np.argmax(lengths / strides)] += 1
    # Position along the walk in units of segments: 2.25 is a quarter of the way after stop 2.
    position = np.concatenate(
        [[0.0], *(i + np.arange(1, n + 1) / n for i, n in enumerate(strides))]
    )
    whole = np.minimum(position.astype(np.int64), len(lengths) - 1)
    fraction = (position - whole)[:, None]
    path: Floats = (1 - fraction) * stops[whole] + fraction * stops[whole + 1]
    return path


def posterior_ellipse(
    mu: ArrayLike, log_var: ArrayLike, radius: float = 1.0, vertices: int = 64
) -> Floats:
    """Outline of the points `radius` standard deviations from the mean of N(mu, diag(σ²)).

    The covariance of q(z|x) is diagonal, so the axes of the ellipse are those of the plane. In two
    dimensions it holds `mass_within(radius)` of the probability: 39 % at radius 1, not 68 %. For
    an ellipse that holds a given share, use `radius=radius_holding(share)`.

    Args:
        mu, log_var: (2,) mean and log σ² of q(z|x).
        radius: Mahalanobis distance of the outline, > 0.
        vertices: how many different points to draw it with, >= 3.

    Returns:
        (vertices + 1, 2), counter-clockwise from (mu1 + radius σ1, mu2), closed: the last point
        repeats the first.
    """
    centre, spread = floats(mu, "mu", (2,)), floats(log_var, "log_var", (2,))
    radius = positive(radius, "radius")
    if count(vertices, "vertices") < 3:
        raise ConfigError(
            "An ellipse needs at least 3 vertices, not {vertices}.",
            key="geometry.vertices",
            vertices=vertices,
        )
    angle = 2 * np.pi * np.arange(vertices) / vertices
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    outline = centre + radius * np.exp(0.5 * spread) * circle
    return np.concatenate([outline, outline[:1]])


def prior_circle(radius: float, vertices: int = 96) -> Floats:
    """Outline of the circle that holds `mass_within(radius)` of the prior N(0, I).

    Returns:
        (vertices + 1, 2), closed, as `posterior_ellipse`.
    """
    return posterior_ellipse((0.0, 0.0), (0.0, 0.0), radius, vertices)


def mass_within(radius: float) -> float:
    """Probability that a 2-D Gaussian falls within `radius` standard deviations of its mean.

    1 - exp(-r²/2), the Rayleigh distribution function: 39 %, 86 % and 99 % at 1, 2 and 3.
    """
    return -math.expm1(-0.5 * positive(radius, "radius") ** 2)


def radius_holding(mass: float) -> float:
    """Radius, in standard deviations, within which a 2-D Gaussian has the given probability.

    The inverse of `mass_within`, for 0 < mass < 1.
    """
    if not 0 < mass < 1:
        raise ConfigError(
            "mass must lie between 0 and 1, not {mass!r}.", key="geometry.mass", mass=mass
        )
    return math.sqrt(-2 * math.log1p(-mass))


# --- probability -------------------------------------------------------------------------------


def log_prior(z: ArrayLike) -> Floats:
    """log N(z; 0, I) = -½ (|z|² + d log 2π), in nats.

    Args:
        z: (..., d).

    Returns:
        (...,).
    """
    values = floats(z, "z")
    if values.ndim == 0:
        raise ConfigError("z must have shape (..., d), not ().", key="geometry.z_shape")
    log_density = -0.5 * (np.square(values).sum(-1) + values.shape[-1] * math.log(2 * math.pi))
    return np.asarray(log_density, dtype=np.float64)


# --- checks ------------------------------------------------------------------------------------


def _range(values: tuple[float, float], name: str) -> tuple[float, float]:
    low, high = floats(values, name, (2,))
    if not low < high:
        raise ConfigError(
            "{name} must go from a lower to a higher number, not {value!r}.",
            key="geometry.range",
            name=name,
            value=values,
        )
    return float(low), float(high)
