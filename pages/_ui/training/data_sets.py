"""Which data sets are at hand, and fetching one in the background while the page goes on."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from pages._ui.texts import text
from vae_core.config import DatasetName
from vae_core.data import datasets as data
from vae_core.errors import VaeCoreError

_FILES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
_EMBEDDED_TRAINING, _TRAINING, _VALIDATION = 4000, 60_000, 5000
_ARCHIVE_BYTES = 30e6  # of the four files together, about

TITLES: dict[DatasetName, str] = {
    "MNIST": "MNIST",
    "FashionMNIST": "Fashion-MNIST",
    "KMNIST": "Kuzushiji-MNIST",
}


def on_disk(name: str, folder: Path | None = None) -> bool:
    """Whether all files of a data set are there. They are checked when they are read."""
    raw = (folder or data.DEFAULT_DATA_DIR) / name / "raw"
    return all(
        any((raw / f"{file}-ubyte{end}").is_file() for end in ("", ".gz")) for file in _FILES
    )


def available(name: str) -> bool:
    """Whether a run on it can start: it is on disk, or embedded."""
    return name == "MNIST" or on_disk(name)


def training_images(name: str) -> int:
    """How many images a run on it would train on."""
    return _TRAINING - _VALIDATION if on_disk(name) else _EMBEDDED_TRAINING


def describe(name: DatasetName) -> str:
    """The data set in a list of choices, with what is at hand of it."""
    how = "whole" if on_disk(name) else "embedded" if name == "MNIST" else "missing"
    return text(
        f"live_training.data.{how}_title",
        title=TITLES[name],
        images=f"{_TRAINING:,}",
        digits="5,000",
    )


@dataclass
class Download:
    """A download under way, or over.

    Attributes:
        share: of the bytes that have come, 0 to 1.
        running: whether it is under way.
        problem: why it failed; None if it did not.
    """

    share: float = 0.0
    running: bool = True
    problem: VaeCoreError | None = None


_downloads: dict[str, Download] = {}
_lock = threading.Lock()


def download(name: DatasetName) -> None:
    """Fetch a data set in a thread, if nobody does so already."""
    with _lock:
        if (known := _downloads.get(name)) and known.running:
            return
        state = _downloads[name] = Download()
    threading.Thread(target=_fetch, args=(name, state), name="download", daemon=True).start()


def state(name: str) -> Download | None:
    """The last download of this data set."""
    return _downloads.get(name)


def _fetch(name: DatasetName, state: Download) -> None:
    files: dict[str, int] = {}

    def progress(done: int, _total: int | None, file: str) -> None:
        files[file] = done
        state.share = min(0.99, sum(files.values()) / _ARCHIVE_BYTES)

    try:
        found = data.load_dataset(name, progress=progress)
        state.problem = found.why
    except VaeCoreError as error:
        state.problem = error
    except Exception as error:  # a thread's error would reach nobody
        state.problem = VaeCoreError(
            "The download failed ({error}).",
            key="training.download_failed",
            error=type(error).__name__,
        )
    finally:
        state.running = False
