"""Neighbours against sorting every distance, one point at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae_core import neighbours
from vae_core.errors import ConfigError

coordinate = st.floats(-10, 10, allow_subnormal=False)
points = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(2)), elements=coordinate)


@settings(deadline=None)  # a busy machine is not a wrong result
@given(points, arrays(np.float64, 2, elements=coordinate), st.data())
def test_nearest_agrees_with_sorting_every_distance(
    points: np.ndarray, query: np.ndarray, data: st.DataObject
) -> None:
    points = np.round(points)  # many ties
    k = data.draw(st.integers(1, len(points)))
    indices, distances = neighbours.nearest(points, query, k)
    every = [math.dist(point, query) for point in points]
    # Sorted by the square, in which equal distances are exactly equal.
    squares = np.square(query[0] - points[:, 0]) + np.square(query[1] - points[:, 1])
    assert list(indices) == sorted(range(len(points)), key=lambda i: (squares[i], i))[:k]
    np.testing.assert_allclose(distances, sorted(every)[:k], atol=1e-12)


def test_of_equally_near_points_the_first_comes_first() -> None:
    indices, distances = neighbours.nearest([[1, 0], [0, 1], [0, -1], [-1, 0]], (0, 0), 3)
    assert list(indices) == [0, 1, 2]
    np.testing.assert_array_equal(distances, 1)


def test_class_shares_count_labels() -> None:
    np.testing.assert_allclose(neighbours.class_shares([2, 0, 2, 2], classes=4), (0.25, 0, 0.75, 0))


def test_knn_accuracy_leaves_the_point_itself_out() -> None:
    # Each point's nearest other point has the other label.
    assert neighbours.knn_accuracy([[0, 0], [0.1, 0], [5, 0], [5.1, 0]], [0, 1, 0, 1], k=1) == 0
    assert neighbours.knn_accuracy([[0, 0], [0.1, 0], [5, 0], [5.1, 0]], [0, 0, 1, 1], k=1) == 1


def test_a_tied_vote_goes_to_the_closest_neighbour() -> None:
    # The neighbours of the origin: 1 at distance 1, 0 at distance 2. Only the origin is right.
    latents, labels = [[0.0, 0], [1, 0], [-2, 0]], [1, 1, 0]
    assert neighbours.knn_accuracy(latents, labels, k=2) == pytest.approx(2 / 3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_knn_accuracy_agrees_with_nearest_one_point_at_a_time(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    latents, labels = rng.standard_normal((90, 2)), rng.integers(0, 3, 90)
    correct = 0
    for i in range(90):
        others = np.delete(np.arange(90), i)
        indices, _ = neighbours.nearest(latents[others], latents[i], k)
        votes = list(labels[others][indices])
        correct += max(votes, key=votes.count) == labels[i]  # the first, so closest, of the tied
    assert neighbours.knn_accuracy(latents, labels, k) == pytest.approx(correct / 90)


@pytest.mark.parametrize(
    "call",
    [
        lambda: neighbours.nearest([[0, 0]], (0, 0), 2),
        lambda: neighbours.nearest([[0, 0]], (0, 0, 0)),
        lambda: neighbours.nearest([[0, float("inf")]], (0, 0)),
        lambda: neighbours.class_shares([]),
        lambda: neighbours.class_shares([10]),
        lambda: neighbours.class_shares([0.5]),
        lambda: neighbours.knn_accuracy([[0, 0], [1, 1]], [0], k=1),
        lambda: neighbours.knn_accuracy([[0, 0], [1, 1]], [0, 1], k=2),
    ],
)
def test_bad_input_is_a_config_error(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError):
        call()
