"""Neighbours on a latent plane: which points lie nearest, and whether they are of one class.

Everything here takes and returns NumPy arrays and needs no PyTorch. Distances are Euclidean, by
brute force and exact. All functions raise `ConfigError` for a wrong shape, a value that is not
finite, or more neighbours than there are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.checks import Floats, count, floats
from vae_core.errors import ConfigError

Ints = NDArray[np.int64]


def nearest(points: ArrayLike, query: ArrayLike, k: int = 1) -> tuple[Ints, Floats]:
    """The k points closest to a query, closest first; of equally close ones the lower index.

    Brute force in one pass: 10,000 points take well under a millisecond, exactly.

    Args:
        points: (N, d), N >= k.
        query: (d,).

    Returns:
        indices (k,) into points, and their Euclidean distances (k,).
    """
    cloud = floats(points, "points", (None, None))
    target = floats(query, "query", (cloud.shape[1],))
    _check_k(k, len(cloud))
    squared = _squared_distances(cloud, target[None])[0]
    indices = _k_smallest(squared, k)
    return indices, np.sqrt(squared[indices])


def class_shares(labels: ArrayLike, classes: int = 10) -> Floats:
    """What the neighbours of a point are: the share of each class among their labels.

    Args:
        labels: (k,) whole numbers below `classes`, k >= 1.

    Returns:
        (classes,), summing to 1.
    """
    votes = _labels(labels, count(classes, "classes"))
    if votes.size == 0:
        raise ConfigError("Class shares need at least one label.", key="neighbours.no_labels")
    return np.bincount(votes, minlength=classes) / len(votes)


def knn_accuracy(latents: ArrayLike, labels: ArrayLike, k: int = 10) -> float:
    """How recognisable the clusters are: share of points whose k nearest others name their class.

    Leave-one-out k-nearest-neighbour classification. A tied vote goes to the tied class that has
    the closest neighbour. 10,000 points take two seconds and a few MB.

    Args:
        latents: (N, d), N > k.
        labels: (N,) whole numbers from 0.

    Returns:
        Accuracy in [0, 1]. Guessing gives the share of the largest class, not 0.
    """
    cloud = floats(latents, "latents", (None, None))
    truth = _labels(labels)
    if len(truth) != len(cloud):
        raise ConfigError(
            "There are {latents} latents but {labels} labels.",
            key="neighbours.label_count",
            latents=len(cloud),
            labels=len(truth),
        )
    _check_k(k, len(cloud) - 1)
    # A vote counts 1 plus a bonus; all bonuses of worse ranks together are less than one's own, so
    # they only ever decide ties.
    weights = 1 + 0.5 ** (1 + np.arange(k))
    correct = 0
    for rows in _chunks(len(cloud), 64):
        squared = _squared_distances(cloud, cloud[rows])
        squared[np.arange(len(squared)), np.arange(len(cloud))[rows]] = np.inf
        for distances, label in zip(squared, truth[rows], strict=True):
            votes = np.bincount(truth[_k_smallest(distances, k)], weights)
            correct += int(np.argmax(votes) == label)
    return correct / len(cloud)


def _squared_distances(points: Floats, queries: Floats) -> Floats:
    """(N, d), (Q, d) -> (Q, N). By differences: the expanded square loses digits nearby."""
    total = np.zeros((len(queries), len(points)))
    for axis in range(points.shape[1]):
        total += np.square(queries[:, axis, None] - points[None, :, axis])
    return total


def _k_smallest(values: Floats, k: int) -> Ints:
    """Indices of the k smallest values, ascending; equal values by index."""
    limit = np.partition(values, k - 1)[k - 1]
    candidates = np.flatnonzero(values <= limit)
    return candidates[np.argsort(values[candidates], kind="stable")][:k]


def _chunks(total: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, total)) for start in range(0, total, size))


def _labels(values: ArrayLike, classes: int | None = None) -> Ints:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and not np.issubdtype(array.dtype, np.integer)):
        raise ConfigError("labels must be a list of whole numbers.", key="neighbours.labels")
    labels = array.astype(np.int64)
    if labels.size and (labels.min() < 0 or (classes is not None and labels.max() >= classes)):
        if classes is None:
            raise ConfigError("labels must be at least 0.", key="neighbours.label_least")
        raise ConfigError(
            "labels must be at least 0 and below {classes}.",
            key="neighbours.label_range",
            classes=classes,
        )
    return labels


def _check_k(k: int, available: int) -> None:
    if count(k, "k") > available:
        raise ConfigError(
            "k is {k}, but there are only {available} points to choose from.",
            key="neighbours.too_many",
            k=k,
            available=available,
        )
