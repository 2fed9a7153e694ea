"""Latent geometry against closed forms, brute force and torch.distributions."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.distributions import MultivariateNormal

from vae_core import geometry
from vae_core.errors import ConfigError

untimed = settings(deadline=None)  # a busy machine is not a wrong result
coordinate = st.floats(-10, 10, allow_subnormal=False)


def clouds(least: int = 1, most: int = 12) -> st.SearchStrategy[np.ndarray]:
    return st.integers(least, most).flatmap(
        lambda n: arrays(np.float64, (n, 2), elements=coordinate)
    )


# --- grids


def test_the_first_cell_of_a_grid_is_at_the_top_left() -> None:
    grid = geometry.latent_grid((0, 4), (10, 12), columns=4, rows=2)
    assert grid.shape == (2, 4, 2)
    np.testing.assert_allclose(grid[0, 0], (0.5, 11.5))
    np.testing.assert_allclose(grid[1, 3], (3.5, 10.5))


@untimed
@given(clouds(2, 2), st.integers(1, 7), st.integers(1, 7))
def test_grid_cells_tile_the_rectangle(corners: np.ndarray, columns: int, rows: int) -> None:
    low, high = corners.min(0), corners.max(0) + 0.5
    grid = geometry.latent_grid((low[0], high[0]), (low[1], high[1]), columns, rows)
    half = (high - low) / (columns, rows) / 2
    np.testing.assert_allclose(grid.reshape(-1, 2).min(0) - half, low, atol=1e-9)
    np.testing.assert_allclose(grid.reshape(-1, 2).max(0) + half, high, atol=1e-9)
    np.testing.assert_allclose(grid.reshape(-1, 2).mean(0), (low + high) / 2, atol=1e-9)


def test_quantile_cells_are_equally_likely_under_the_prior() -> None:
    grid = geometry.quantile_grid(5)
    np.testing.assert_allclose(
        [NormalDist().cdf(z) for z in grid[0, :, 0]], (0.1, 0.3, 0.5, 0.7, 0.9)
    )
    assert grid[0, 0, 0] < 0 < grid[0, 0, 1]  # top left, as in latent_grid
    np.testing.assert_allclose(grid[2, 2], (0, 0), atol=1e-15)


# --- paths


@untimed
@given(clouds(), st.integers(0, 40))
def test_a_path_hits_every_point_in_order(points: np.ndarray, extra: int) -> None:
    path = geometry.straight_path(points, len(points) + extra)
    assert path.shape == (len(points) + extra, 2)
    at = 0
    for point in points:
        hits = np.flatnonzero((path[at:] == point).all(axis=1))
        assert len(hits), f"{point} is not on the path after step {at}"
        at += hits[0]
    assert (path[-1] == points[-1]).all()


@untimed
@given(clouds(2, 6), st.integers(0, 40))
def test_a_path_is_no_longer_than_the_lines_between_its_points(
    points: np.ndarray, extra: int
) -> None:
    path = geometry.straight_path(points, len(points) + extra)
    walked = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    assert walked == pytest.approx(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def test_a_path_walks_at_constant_speed_where_the_steps_allow_it() -> None:
    path = geometry.straight_path([[0, 0], [3, 0], [3, 1], [3, 1], [3, 3]], 13)
    np.testing.assert_allclose(np.linalg.norm(np.diff(path, axis=0), axis=1), 0.5)


@untimed
@given(clouds(2, 4), st.integers(0, 6))
def test_no_other_split_of_the_steps_has_a_shorter_longest_stride(
    points: np.ndarray, extra: int
) -> None:
    moves = np.diff(points, axis=0)
    lengths = np.linalg.norm(moves[np.any(moves != 0, axis=1)], axis=1)
    path = geometry.straight_path(points, len(points) + extra)
    strides = len(path) - 1
    longest = np.linalg.norm(np.diff(path, axis=0), axis=1).max()
    # With a limit on the stride a line needs length / limit of them, rounded up; one at least.
    # Coordinates reach 10, so their rounding is up to 2e-15: far smaller strides are nothing else.
    if longest > 1e-9:
        assert np.maximum(1, np.ceil(lengths / (0.999 * longest))).sum() > strides


def test_a_path_through_one_place_stands_still() -> None:
    np.testing.assert_array_equal(geometry.straight_path([[1, 2], [1, 2]], 3), [[1, 2]] * 3)


# --- ellipses


def test_the_ellipse_is_one_mahalanobis_radius_away_from_its_mean() -> None:
    mu, log_var = np.array([1.0, -2.0]), np.array([-3.0, 0.5])
    outline = geometry.posterior_ellipse(mu, log_var, radius=1.7, vertices=50)
    assert outline.shape == (51, 2)
    np.testing.assert_array_equal(outline[0], outline[-1])
    distance = np.linalg.norm((outline - mu) / np.exp(log_var / 2), axis=1)
    np.testing.assert_allclose(distance, 1.7)


def test_the_mass_within_a_radius_is_what_samples_say() -> None:
    samples = np.random.default_rng(0).standard_normal((200_000, 2))
    radii = np.linalg.norm(samples, axis=1)
    for radius in (1, 2, 3):
        assert geometry.mass_within(radius) == pytest.approx((radii < radius).mean(), abs=4e-3)


@untimed
@given(st.floats(0.001, 0.999))
def test_radius_holding_inverts_mass_within(mass: float) -> None:
    assert geometry.mass_within(geometry.radius_holding(mass)) == pytest.approx(mass)


def test_prior_circles_are_round_and_centred() -> None:
    np.testing.assert_allclose(np.linalg.norm(geometry.prior_circle(2), axis=1), 2)


# --- probability


@untimed
@given(arrays(np.float64, (3, 2), elements=coordinate))
def test_log_prior_is_that_of_torch(z: np.ndarray) -> None:
    prior = MultivariateNormal(torch.zeros(2, dtype=torch.float64), torch.eye(2).double())
    np.testing.assert_allclose(geometry.log_prior(z), prior.log_prob(torch.from_numpy(z)))


# --- errors

nan = float("nan")


@pytest.mark.parametrize(
    "call",
    [
        lambda: geometry.latent_grid((1, 1), (0, 1), 2, 2),
        lambda: geometry.latent_grid((0, nan), (0, 1), 2, 2),
        lambda: geometry.latent_grid((0, 1), (0, 1), 0, 2),
        lambda: geometry.quantile_grid(True),
        lambda: geometry.quantile_grid(2.0),  # type: ignore[arg-type]
        lambda: geometry.straight_path([], 3),
        lambda: geometry.straight_path([1.0, 2.0], 3),
        lambda: geometry.straight_path([["a", "b"]], 3),
        lambda: geometry.straight_path([[0, 0], [1, 1], [2, 2]], 2),
        lambda: geometry.posterior_ellipse((0, nan), (0, 0)),
        lambda: geometry.posterior_ellipse((0, 0, 0), (0, 0, 0)),
        lambda: geometry.posterior_ellipse((0, 0), (0, 0), vertices=2),
        lambda: geometry.prior_circle(0),
        lambda: geometry.radius_holding(1.0),
        lambda: geometry.log_prior(1.0),
    ],
)
def test_bad_input_is_a_config_error(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError):
        call()
