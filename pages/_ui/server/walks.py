"""A walk between pins to take away, as large as a slide: a sheet of digits, or an animation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from starlette.requests import Request

from pages._ui.server import animation
from pages._ui.server.cache import SharedCache
from pages._ui.server.drawing import Image, decode, png
from pages._ui.server.offered import Entry
from pages._ui.server.queries import Place, model_named, parameters, place, whole_number
from pages._ui.server.routing import Answer, Refused
from vae_core.config import ModelConfig
from vae_core.geometry import straight_path

HEIGHT = 1080  # pixels of a slide, at least
ASPECT = 16 / 9  # its shape, about
MAX_PINS = 12
MAX_STEPS = 120
FRAME_MILLISECONDS = 80
LABEL_LENGTH = 0.5**0.5  # of a one-hot label on a walk: two labels are 1 apart, like 1 in z

_FILES: SharedCache[bytes] = SharedCache(64 * 2**20, weigh=len)


def walk(request: Request) -> Answer:
    """path.png or path.gif of the walk through each `z` in turn, in `steps` digits.

    In the colours of a `theme`: ink on paper if it is light, else as the pixel means are.
    """
    kind = request.path_params["format"]
    if kind not in ("gif", "png"):
        raise Refused(404, "walk_format")
    query = parameters(request, {"model", "z", "steps"}, {"theme"}, repeated="z")
    entry = model_named(query["model"])
    pins = tuple(place(text, entry) for text in query.getlist("z"))
    if not 2 <= len(pins) <= MAX_PINS:
        raise Refused(400, "walk_pins", most=MAX_PINS)
    steps = whole_number(query["steps"], "steps", len(pins), MAX_STEPS)
    is_light = query.get("theme") == "light"

    def make() -> bytes:
        frames = _frames(entry, pins, steps)
        pictures = frames if kind == "gif" else _sheet(frames)[None]
        in_theme = 255 - pictures if is_light else pictures
        return _gif(in_theme) if kind == "gif" else png(_enlarged(in_theme[0]))

    body = _FILES.get((entry.sha256, kind, pins, steps, is_light), make)
    return Answer(body, f"image/{kind}", filename=f"path.{kind}")


def _frames(entry: Entry, pins: Sequence[Place], steps: int) -> Image:
    """The digits on the way, (steps, side, side)."""
    config = entry.file.config
    path = straight_path([_corner(pin, config) for pin in pins], steps)
    path[:, config.latent_dim :] /= LABEL_LENGTH
    return decode(entry, path)


def _corner(pin: Place, config: ModelConfig) -> list[float]:
    """The pin as a corner of a walk, of which its label is a part.

    So a walk between two labels mixes them as it goes, and takes its time even where z stays.
    """
    one_hot = [LABEL_LENGTH * (label == pin[-1]) for label in range(config.label_inputs)]
    return [*pin[:2], *one_hot]


def _sheet(frames: Image) -> Image:
    """Digits in reading order; the rest of the last row is without ink."""
    count, side, _ = frames.shape
    columns = min(count, math.ceil(math.sqrt(count * ASPECT)))
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, side, side), np.uint8)
    tiles[:count] = frames
    return tiles.reshape(rows, columns, side, side).swapaxes(1, 2).reshape(rows * side, -1)


def _enlarged(image: Image) -> Image:
    """The same with whole pixels, at least as high as a slide."""
    scale = math.ceil(HEIGHT / image.shape[-2])
    return image.repeat(scale, axis=-2).repeat(scale, axis=-1)


def _gif(digits: Image) -> bytes:
    """There and back again."""
    from PIL import Image as pillow

    pictures = (pillow.fromarray(_enlarged(digit)) for digit in digits)
    there = [animation.frame(picture, FRAME_MILLISECONDS) for picture in pictures]
    return animation.gif(pillow.fromarray(_enlarged(digits[0])), [*there, *there[-2:0:-1]])
