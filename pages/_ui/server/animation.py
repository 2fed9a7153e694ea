"""Animations as GIF files, written frame by frame.

Pillow's own `save` keeps all pictures until the last one is drawn (370 MB for a long walk) and
compares each with the one before (which takes 17 times as long).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_TRAILER = b";"


def frame(picture: Image.Image, milliseconds: int) -> bytes:
    """A picture, shown for so long, as a part of `gif`."""
    from PIL import GifImagePlugin

    return b"".join(GifImagePlugin.getdata(picture, duration=milliseconds))


def gif(like: Image.Image, frames: Iterable[bytes]) -> bytes:
    """A file that repeats for ever.

    Args:
        like: a picture of the size and with the palette of all frames.
        frames: what `frame` makes of pictures.
    """
    from PIL import GifImagePlugin

    header, _ = GifImagePlugin.getheader(like, info={"loop": 0})
    return b"".join([*header, *frames, _TRAILER])
