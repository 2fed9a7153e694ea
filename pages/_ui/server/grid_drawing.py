"""What PyTorch draws for the label grid page: exports, and samples that a classifier reads."""

from __future__ import annotations

import base64
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pages._ui.server import drawing
from pages._ui.server.grid_noise import noise
from pages._ui.server.grid_number import Row, WrittenNumber
from pages._ui.server.offered import REGISTRY, Entry
from vae_core.config import IMAGE_SIDE, PIXELS
from vae_core.errors import VaeCoreError

if TYPE_CHECKING:
    from vae_core.classifier import Classifier

SCALE = 4  # pixels of an exported PNG for each pixel of a digit
GAP = IMAGE_SIDE // 2  # between the words of a line
SAMPLES = 100
READABLE = "MNIST"  # what the classifier has learned to read


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


@lru_cache(32)
def number_png(entry: Entry, written: WrittenNumber) -> bytes:
    """The number as it is arranged: ink on paper, a grey image."""
    rows, ink = written.rows, _ink(entry, written)
    drawn = iter(ink)
    lines = []
    width = max(map(_width, rows))
    for row in rows:
        pieces = [
            np.full((IMAGE_SIDE, GAP), 255, np.uint8) if cell is None else next(drawn)
            for cell in row
        ]
        rest = np.full((IMAGE_SIDE, width - _width(row)), 255, np.uint8)
        lines.append(np.concatenate([*pieces, rest], axis=1))
    picture = np.concatenate(lines)
    return drawing.png(picture.repeat(SCALE, axis=0).repeat(SCALE, axis=1))


@lru_cache(32)
def number_svg(entry: Entry, written: WrittenNumber) -> bytes:
    """The same as a vector file: one picture per digit, which a drawing program can move."""
    rows = written.rows
    drawn = iter(_ink(entry, written))
    known: dict[tuple[int, int], str] = {}
    parts = []
    for line, row in enumerate(rows):
        x = 0
        for cell in row:
            if cell is not None:
                image = next(drawn)
                if cell not in known:
                    known[cell] = f"d{cell[0]}-{cell[1]}"
                    png = base64.b64encode(drawing.png(image)).decode()
                    parts.append(
                        f'<defs><image id="{known[cell]}" width="{IMAGE_SIDE}" '
                        f'height="{IMAGE_SIDE}" aria-label="{cell[0]}" '
                        f'href="data:image/png;base64,{png}"/></defs>'
                    )
                parts.append(f'<use href="#{known[cell]}" x="{x}" y="{IMAGE_SIDE * line}"/>')
            x += GAP if cell is None else IMAGE_SIDE
    width, height = max(map(_width, rows)), IMAGE_SIDE * len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{SCALE * width}" height="{SCALE * height}" role="img" '
        f'aria-label="{written.number}" style="background:#fff">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    ).encode()


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
    return list(_read(entry, label, seed))


@lru_cache(256)
def _read(entry: Entry, label: int | None, seed: int) -> tuple[int, ...]:
    import torch

    labels = None if label is None else [label] * SAMPLES
    means = decode(entry, labels, list(range(1, SAMPLES + 1)), 1.0, seed)
    with torch.no_grad():
        read = _classifier().read(torch.from_numpy(means).reshape(-1, PIXELS))
    return tuple(int(number) for number in read)


@cache
def _classifier() -> Classifier:
    from vae_core.classifier import load_classifier

    return load_classifier()


def _ink(entry: Entry, written: WrittenNumber) -> NDArray[np.uint8]:
    """The digits of all rows in their order (N, 28, 28), black on white."""
    cells = [cell for row in written.rows for cell in row if cell is not None]
    labels, styles = [label for label, _ in cells], [style for _, style in cells]
    means = decode(entry, labels, styles, written.spread, written.seed)
    grey = np.rint(255 * (1 - means)).astype(np.uint8)
    return grey.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def _width(row: Row) -> int:
    return sum(GAP if cell is None else IMAGE_SIDE for cell in row)
