"""A run to take away: its latent plane over time as an animation, its figures as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages._ui.server.cache import SharedCache
from pages._ui.texts import ENGLISH, spoken, text
from vae_core.config import IMAGE_SIDE, PIXELS
from vae_core.errors import VaeCoreError
from vae_core.export.fonts import REGULAR, chinese_font
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event, FrameLayout, valid_events

if TYPE_CHECKING:
    from PIL import Image

MOST_FRAMES = 80
FRAME_MILLISECONDS = 100
LAST_MILLISECONDS = 2000
PLANE = 12 * IMAGE_SIDE  # pixels a side, of the map and of the manifold
CAPTION = 26
GREYS = 128  # of the palette; the class colours, and the ink, come after them
# Half widths in prior σ, as in frontend/pages/live_training/latent_means.js.
REACHES = (4, 6, 9, 13, 20, 30, 45, 70, 100, 150, 250, 500, 1000)

COLUMNS = ("step", "epoch", "images", "seconds", "beta", "learning_rate")
LAST_COLUMNS = ("active_units", "kl_z1", "kl_z2", "accuracy")

Pixels = NDArray[np.uint8]

_GIFS: SharedCache[bytes] = SharedCache(4)


def figures_csv(folder: RunFolder) -> str:
    """One line per snapshot, in nats per image; `accuracy` is that of the last frame before it.

    The terms have the columns in the middle: those that the run's objective has, and no others.
    """
    rows = list(_rows(folder))
    terms = dict.fromkeys(name for row in rows for name in row["terms"])
    out = io.StringIO()
    columns = (*COLUMNS, *terms, *LAST_COLUMNS)
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, **row["terms"]} for row in rows)
    return out.getvalue()


def _rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """The snapshots, with the names of the table."""
    accuracy = None
    for event in valid_events(folder.all_events()):
        if event["type"] == "frame":
            accuracy = event.get("accuracy")
        elif event["type"] == "snapshot":
            terms = _with_bound(event["terms"])
            if held := event.get("validation"):
                of_validation = {"reconstruction": -held["log_likelihood"]}
                if held["kl"] is not None:
                    of_validation["kl"] = held["kl"]
                for name, value in _with_bound(of_validation).items():
                    terms[f"validation_{name}"] = value
            kl_z1, kl_z2 = [*event.get("kl_per_dim", ()), None, None][:2]
            yield {**event, "terms": terms, "kl_z1": kl_z1, "kl_z2": kl_z2, "accuracy": accuracy}


def _with_bound(terms: dict[str, float]) -> dict[str, float]:
    """The terms, and −ELBO where they are both there: an autoencoder has none."""
    if "kl" not in terms:
        return dict(terms)
    return {**terms, "minus_elbo": terms["reconstruction"] + terms["kl"]}


def history_gif(folder: RunFolder) -> bytes:
    """The latent means beside the decoded manifold, over the whole run so far.

    Raises:
        VaeCoreError: there are no frames yet.
    """
    layout = folder.layout()
    events = [e for e in valid_events(folder.all_events()) if e["type"] == "frame"]
    if layout is None or not events:
        raise VaeCoreError("This run has no frames yet.", key="runs.no_frames_yet")
    key = (folder.id, len(events), events[-1]["index"], spoken())
    return _GIFS.get(key, lambda: _animate(folder, layout, events))


def _animate(folder: RunFolder, layout: FrameLayout, events: list[Event]) -> bytes:
    chosen = np.unique(np.linspace(0, len(events) - 1, MOST_FRAMES).round().astype(int))
    pictures = [_picture(folder, layout, events[i]) for i in chosen]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=[*[FRAME_MILLISECONDS] * (len(pictures) - 1), LAST_MILLISECONDS],
        loop=0,
    )
    return buffer.getvalue()


def _picture(folder: RunFolder, layout: FrameLayout, event: Event) -> Image.Image:
    """One frame, in the colours of `_palette`."""
    from PIL import Image

    record = folder.frame(event["index"])
    points = np.frombuffer(record, "<f4", layout.digits * 2).reshape(-1, 2)
    means = points.nbytes + 8 * layout.prior_means
    tiles = np.frombuffer(record, np.uint8, layout.grid**2 * PIXELS, means)
    tiles = tiles.reshape(layout.grid, layout.grid, IMAGE_SIDE, IMAGE_SIDE)
    manifold = tiles.transpose(0, 2, 1, 3).reshape((layout.grid * IMAGE_SIDE,) * 2)
    canvas = np.full((PLANE + CAPTION, 2 * PLANE), GREYS - 1, np.uint8)  # the last grey is white
    plane = canvas[CAPTION:, :PLANE]
    one_prior = layout.prior_means == 0 and folder.description().training.objective == "elbo"
    _draw_means(plane, points, np.array(layout.labels), sigmas=(1, 2, 3) if one_prior else ())
    height, width = manifold.shape
    ink = GREYS - 1 - manifold // (256 // GREYS)
    canvas[CAPTION : CAPTION + height, PLANE : PLANE + width] = ink[:PLANE, :PLANE]
    canvas[:CAPTION] = _caption(event, layout.dataset, canvas.shape[1])
    picture = Image.fromarray(canvas, "P")
    picture.putpalette(_palette())
    return picture


def _caption(event: Event, dataset: str, width: int) -> Pixels:
    """What the frame is of, in greys (CAPTION, width): in English if there is no font for more."""
    from PIL import Image, ImageDraw, ImageFont

    path, size = chinese_font(), CAPTION * 0.55
    font: Any = ImageFont.truetype(str(path), size) if path else ImageFont.load_default(size)
    if path:
        font.set_variation_by_axes([REGULAR])
    words = text(
        "server.frame",
        None if path else ENGLISH,
        epoch=f"{event['epoch']:.2f}",
        beta=f"{event['beta']:g}",
        dataset=dataset,
        percent=f"{100 * event['accuracy']:.0f}",
    )
    paper = Image.new("L", (width, CAPTION), 255)
    ImageDraw.Draw(paper).text((8, CAPTION / 2), words, fill=0, font=font, anchor="lm")
    caption: Pixels = np.asarray(paper) // (256 // GREYS)
    return caption


def _draw_means(
    canvas: Pixels, points: NDArray[Any], labels: NDArray[Any], *, sigmas: tuple[int, ...]
) -> None:
    """Dots of 3 x 3 pixels, and the prior's circles, on a plane that grows with the cloud."""
    far = float(np.quantile(np.abs(points), 0.99)) * 1.08
    reach = next((r for r in REACHES if r >= far), far)
    angle = np.linspace(0, 2 * np.pi, 720)
    for sigma in sigmas:
        circle = np.stack([np.cos(angle), np.sin(angle)], 1) * sigma
        _dot(canvas, circle, reach, np.full(len(circle), GREYS * 3 // 4, np.uint8), 0)
    _dot(canvas, points, reach, (GREYS + labels).astype(np.uint8), 1)


def _dot(canvas: Pixels, points: NDArray[Any], reach: float, colour: Pixels, radius: int) -> None:
    side = len(canvas)
    columns, rows = (
        np.rint((1 + sign * points[:, axis] / reach) * side / 2).astype(int)
        for axis, sign in ((0, 1), (1, -1))
    )
    inside = (np.minimum(columns, rows) >= radius) & (np.maximum(columns, rows) < side - radius)
    for dx, dy in _square(radius):
        canvas[rows[inside] + dy, columns[inside] + dx] = colour[inside]


def _square(radius: int) -> Iterator[tuple[int, int]]:
    around = range(-radius, radius + 1)
    return ((dx, dy) for dx in around for dy in around)


@cache
def _palette() -> list[int]:
    """Greys from black to white, then the colours of the classes."""
    from vae_core.figures import PALETTE

    palette = PALETTE["light"]
    greys = [round(255 * i / (GREYS - 1)) for i in range(GREYS) for _ in range(3)]
    colours = [int(colour[i : i + 2], 16) for colour in palette for i in (1, 3, 5)]
    return greys + colours * (GREYS // len(palette))
