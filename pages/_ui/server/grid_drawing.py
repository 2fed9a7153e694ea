"""Samples that PyTorch draws for the label grid page, and what a classifier reads in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pages._ui.server.cache import SharedCache
from pages._ui.server.grid_noise import noise
from pages._ui.server.offered import REGISTRY, Entry
from vae_core.config import PIXELS
from vae_core.errors import VaeCoreError

if TYPE_CHECKING:
    from vae_core.classifier import Classifier

SAMPLES = 100
READABLE = "MNIST"  # what the classifier has learned to read

_READ: SharedCache[bytes] = SharedCache(4096)  # of 100 labels, one byte each


def prior_means(entry: Entry) -> NDArray[np.float64]:
    """μ(y) of each label (classes, 2); zeros for a standard prior."""
    config = entry.file.config
    means = entry.file.weights.get("prior_mu", np.zeros((config.classes, config.latent_dim)))
    return means.astype(np.float64)


def decode(
    entry: Entry, labels: list[int] | None, styles: list[int], spread: float, seed: int
) -> NDArray[np.float32]:
    """Pixel means (N, 784) at z = μ(y) + spread·ε, one label and style each, by PyTorch.

    `labels` is None for a model that is not conditional, where z = spread·ε.
    """
    import torch

    z = spread * noise(seed, styles)
    if labels is not None:
        z += prior_means(entry)[labels]
    y = None if labels is None else torch.tensor(labels)
    with torch.no_grad():
        likelihood = REGISTRY.model(entry).decode(torch.as_tensor(z, dtype=torch.float32), y)
    means: NDArray[np.float32] = likelihood.mean.numpy()
    return means


def read_samples(entry: Entry, label: int | None, seed: int) -> list[int]:
    """The labels that an independent classifier reads in `SAMPLES` samples of the prior.

    Samples are pixel means of styles 1 to 100 at spread 1: z ~ p(z|y) for a label of a conditional
    model, z ~ p(z) for any other.

    Raises:
        VaeCoreError: the classifier cannot read what this model draws, or is missing.
    """
    if entry.file.training.dataset != READABLE:
        raise VaeCoreError(
            "The classifier reads {dataset} digits only.",
            key="label_grid.not_readable",
            dataset=READABLE,
        )
    return list(_READ.get((entry.sha256, label, seed), lambda: _read(entry, label, seed)))


def _read(entry: Entry, label: int | None, seed: int) -> bytes:
    import torch

    labels = None if label is None else [label] * SAMPLES
    means = decode(entry, labels, list(range(1, SAMPLES + 1)), 1.0, seed)
    with torch.no_grad():
        read = _classifier().read(torch.from_numpy(means).reshape(-1, PIXELS))
    return bytes(read.tolist())


@cache
def _classifier() -> Classifier:
    from vae_core.classifier import load_classifier

    return load_classifier()
