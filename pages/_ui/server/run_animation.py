"""A run to take away as an animation, for a slide: map, manifold and curves over time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from pages._ui.server import animation
from pages._ui.server.cache import SharedCache
from pages._ui.texts import ENGLISH, class_names, spoken, text
from vae_core.config import IMAGE_SIDE, PIXELS
from vae_core.errors import VaeCoreError
from vae_core.export.fonts import chinese_font
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event, FrameLayout, valid_events

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

MOST_FRAMES = 60
FRAME_MILLISECONDS = 130
LAST_MILLISECONDS = 2000

# Pixels: a line of text, the two squares, and below them the curves.
PLANE, GAP = 840, 24
CAPTION, CURVES = 60, 180
WIDTH, HEIGHT = 2 * PLANE + 3 * GAP, CAPTION + PLANE + CURVES
TYPE, SMALL_TYPE = 30, 24
REGULAR = 400  # weight
DOT = 5  # radius

INKS = 96  # of the palette: from ink to paper; the colours come after them
INK, SOFT, PAPER = 0, INKS * 5 // 8, INKS - 1
Theme = Literal["light", "dark"]
_INK_AND_PAPER = {"light": ((20, 26, 36), (255, 255, 255)), "dark": ((240, 244, 250), (14, 17, 23))}
# Of the two terms and of β, as in frontend/pages/live_training/curves.js.
_LINES = {
    "light": ("#0b5cad", "#b4460a", "#6d28a8"),
    "dark": ("#6db3f2", "#ffa45c", "#c79bff"),
}
RECONSTRUCTION, KL, BETA = INKS, INKS + 1, INKS + 2
CLASSES = INKS + 3
# Half widths in prior σ, as in frontend/pages/live_training/latent_means.js.
REACHES = (4, 6, 9, 13, 20, 30, 45, 70, 100, 150, 250, 500, 1000)

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

_GIFS: SharedCache[bytes] = SharedCache(64 * 2**20, weigh=len)


def history_gif(folder: RunFolder, theme: Theme = "light") -> bytes:
    """The latent means beside the decoded manifold above the curves, over the whole run so far.

    Raises:
        VaeCoreError: there are no frames yet.
    """
    layout = folder.layout()
    events = valid_events(folder.all_events())
    frames = [event for event in events if event["type"] == "frame"]
    if layout is None or not frames:
        raise VaeCoreError("This run has no frames yet.", key="runs.no_frames_yet")
    training = folder.description().training
    has_prior = training.objective == "elbo" and not layout.prior_means
    whole = layout.dataset == f"{training.dataset} test"
    digits = text("export.test" if whole else "export.test_embedded", dataset=training.dataset)
    film = Film(folder, layout, frames, _changes(events, frames), theme, has_prior, digits)
    key = (folder.id, len(frames), frames[-1]["step"], spoken(), theme)
    return _GIFS.get(key, film.gif)


def _changes(events: Sequence[Event], frames: Sequence[Event]) -> list[float]:
    """The epochs in which somebody moved β."""
    trained = [frame for frame in frames if frame["step"]]
    if not trained:
        return []
    per_epoch = trained[-1]["step"] / trained[-1]["epoch"]
    controls = [event for event in events if event["type"] == "control"]
    moved = [b for a, b in itertools.pairwise(controls) if a["beta"] != b["beta"]]
    moved += [control for control in controls[:1] if control["beta"] != frames[0]["beta"]]
    return [control["step"] / per_epoch for control in moved if control["step"]]


@dataclass(frozen=True)
class Film:
    """An animation to be drawn.

    Attributes:
        frames: the events of the run's frames, in order.
        changes: the epochs in which β changed.
        has_prior: whether there is one prior for all, whose circles are drawn.
        digits: what the test images are called.
    """

    folder: RunFolder
    layout: FrameLayout
    frames: list[Event]
    changes: list[float]
    theme: Theme
    has_prior: bool
    digits: str

    def gif(self) -> bytes:
        """The bytes of the file."""
        last = len(self.frames) - 1
        chosen = np.unique(np.linspace(0, last, MOST_FRAMES).round().astype(int))
        *others, end = chosen.tolist()
        frames = [animation.frame(self.picture(i), FRAME_MILLISECONDS) for i in others]
        last_picture = self.picture(end)
        frames.append(animation.frame(last_picture, LAST_MILLISECONDS))
        return animation.gif(last_picture, frames)

    def picture(self, index: int) -> Image.Image:
        """One frame, in the colours of `_palette`."""
        from PIL import Image, ImageDraw

        layout, event = self.layout, self.frames[index]
        record = self.folder.frame(event["index"])
        points = np.frombuffer(record, "<f4", layout.digits * 2).reshape(-1, 2)
        picture = Image.new("P", (WIDTH, HEIGHT), PAPER)
        picture.putpalette(_palette(self.theme))
        picture.paste(_manifold(record, layout, points.nbytes), (2 * GAP + PLANE, CAPTION))
        plane = Image.new("P", (PLANE, PLANE), PAPER)
        sigmas = (1, 2, 3) if self.has_prior else ()
        _draw_means(ImageDraw.Draw(plane), points, layout.labels, sigmas)
        picture.paste(plane, (GAP, CAPTION))
        caption = _caption(event, self.digits)
        _write(picture, (GAP, CAPTION // 2), caption, TYPE, WIDTH - 2 * GAP)
        _legend(picture, class_names(layout.class_names))
        for place, (name, colour) in enumerate((("reconstruction", RECONSTRUCTION), ("kl", KL))):
            left = GAP + place * (PLANE + GAP)
            self._curve(picture, name, colour, index, (left, CAPTION + PLANE))
        return picture

    def _curve(
        self, picture: Image.Image, name: str, colour: int, index: int, corner: tuple[int, int]
    ) -> None:
        """A term on validation images up to a frame, below its name and value."""
        from PIL import ImageDraw

        whole = self._values(name, self.frames)
        if len(whole) == 0:
            return
        left, top = corner
        bottom, top_of_line = top + CURVES - 12, top + SMALL_TYPE + 20
        known = whole[whole[:, 0] >= 0.06 * whole[-1, 0], 1]  # without the cliff of the beginning
        low, high = (0.0, known.max()) if name == "kl" else (known.min(), known.max())
        scale = np.array([PLANE / max(whole[-1, 0], 1e-9), (bottom - top_of_line)])

        def to_pixels(values: Floats) -> list[tuple[float, float]]:
            share = (values[:, 1] - low) / max(high - low, 1e-9)
            x, y = left + scale[0] * values[:, 0], bottom - scale[1] * np.clip(share, 0, 1)
            return list(zip(x.tolist(), y.tolist(), strict=True))

        draw = ImageDraw.Draw(picture)
        draw.line([(left, bottom + 4), (left + PLANE, bottom + 4)], SOFT, 2)
        now = self.frames[index]["epoch"]
        for epoch in (change for change in self.changes if change <= now):
            x = left + scale[0] * epoch
            draw.line([(x, top_of_line - 6), (x, bottom + 4)], BETA, 3)
        seen = self._values(name, self.frames[: index + 1])
        if len(seen) > 1:
            draw.line(to_pixels(seen), colour, 5, joint="curve")
        if len(seen):
            value = f"{seen[-1, 1]:.{1 if name == 'reconstruction' else 2}f}"
            words = (name, value)
            _write(picture, (left, top + SMALL_TYPE // 2 + 8), words, SMALL_TYPE)

    @staticmethod
    def _values(name: str, frames: Sequence[Event]) -> Floats:
        """Epoch and nats (n, 2), of the frames that have figures of this name."""
        figures = [(f["epoch"], (f.get("held_out") or {}).get(name)) for f in frames]
        return np.array([pair for pair in figures if pair[1] is not None], float).reshape(-1, 2)


def _caption(event: Event, digits: str) -> tuple[str, dict[str, str]]:
    """What the frame is of: a text of the catalogue."""
    return "frame", {
        "epoch": f"{event['epoch']:.2f}",
        "beta": f"{event['beta']:g}",
        "dataset": digits,
        "percent": f"{100 * event['accuracy']:.0f}",
    }


def _write(
    picture: Image.Image,
    place: tuple[int, int],
    words: tuple[str, Any],
    size: int,
    width: int = PLANE,
) -> None:
    """A text of the catalogue, in shades of ink; in English if there is no font for more."""
    from PIL import Image, ImageDraw

    font, has_chinese = _font(size)
    key, parameters = words
    filled = parameters if isinstance(parameters, dict) else {"nats": parameters}
    said = text(f"server.{key}", None if has_chinese else ENGLISH, **filled)
    left, middle = place
    shade = Image.new("L", (width, 2 * size), 255)
    ImageDraw.Draw(shade).text((0, size), said, fill=0, font=font, anchor="lm")
    inks = Image.fromarray((np.asarray(shade) // (256 / INKS)).astype(np.uint8))
    picture.paste(inks, (left, middle - size))


def _legend(picture: Image.Image, names: Sequence[str]) -> None:
    """The colour of each class with its name, in the corner of the map."""
    from PIL import ImageDraw

    draw, (font, _) = ImageDraw.Draw(picture), _font(SMALL_TYPE)
    for index, name in enumerate(names):
        x, y = GAP + 12, CAPTION + PLANE - 34 * (len(names) - index)
        draw.ellipse((x - 8, y - 8, x + 8, y + 8), fill=CLASSES + index)
        draw.text((x + 16, y), name, fill=INK, font=font, anchor="lm")


@cache
def _font(size: int) -> tuple[Any, bool]:
    """Type of a size in pixels, and whether it has Chinese."""
    from PIL import ImageFont

    path = chinese_font()
    if path is None:
        return ImageFont.load_default(size), False
    font = ImageFont.truetype(str(path), size)
    font.set_variation_by_axes([REGULAR])
    return font, True


def _manifold(record: bytes, layout: FrameLayout, start: int) -> Image.Image:
    """The decoded manifold as a square in shades of ink."""
    from PIL import Image

    tiles = np.frombuffer(record, np.uint8, layout.grid**2 * PIXELS, start + 8 * layout.prior_means)
    tiles = tiles.reshape(layout.grid, layout.grid, IMAGE_SIDE, IMAGE_SIDE)
    image = Image.fromarray(tiles.transpose(0, 2, 1, 3).reshape((layout.grid * IMAGE_SIDE,) * 2))
    large = np.asarray(image.resize((PLANE, PLANE), Image.Resampling.BICUBIC))
    return Image.fromarray((PAPER - large // (256 / INKS)).astype(np.uint8))


def _draw_means(
    draw: ImageDraw.ImageDraw,
    points: NDArray[np.float32],
    labels: Sequence[int],
    sigmas: Sequence[int],
) -> None:
    """Dots, and the prior's circles, on a plane that grows with the cloud."""
    far = float(np.quantile(np.abs(points), 0.99)) * 1.08
    reach = next((r for r in REACHES if r >= far), far)
    middle, scale = PLANE / 2, PLANE / 2 / reach
    for sigma in sigmas:
        r = sigma * scale
        draw.ellipse((middle - r, middle - r, middle + r, middle + r), outline=SOFT, width=2)
    for (x, y), label in zip((points * [scale, -scale] + middle).tolist(), labels, strict=True):
        draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=CLASSES + label)


@cache
def _palette(theme: Theme) -> list[int]:
    """From ink to paper, the colours of the lines, those of the classes."""
    from vae_core.figures import PALETTE

    ink, paper = (np.array(colour) for colour in _INK_AND_PAPER[theme])
    inks = np.linspace(ink, paper, INKS).round().astype(int).ravel().tolist()
    lines, classes = (
        [int(colour[i : i + 2], 16) for colour in colours for i in (1, 3, 5)]
        for colours in (_LINES[theme], PALETTE[theme])
    )
    return (inks + lines + classes * 256)[: 3 * 256]
