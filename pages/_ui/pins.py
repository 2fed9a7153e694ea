"""What PyTorch decodes for the page: the pictures of a pin, and of a walk between pins."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages._ui.models import REGISTRY, Entry
from pages._ui.once import Once
from pages._ui.view import Pin, pin_key
from vae_core.config import IMAGE_SIDE, ModelConfig
from vae_core.geometry import log_prior, nearest, straight_path

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from torch.distributions import Distribution

    from pages._ui.digits import Digits

Image = NDArray[np.uint8]

EXPORT_SCALE = 4
MAX_STEPS = 120
FRAME_MILLISECONDS = 80
LABEL_LENGTH = 0.5**0.5  # of a one-hot label on a walk: two labels are 1 apart, like 1 in z


@dataclass(frozen=True)
class Decoded:
    """p(x|z) at one place, as data URIs of PNG images: its mean per pixel, and one sample."""

    mean: str
    sample: str


_DECODED: Once[Decoded] = Once(4096)


def describe(entry: Entry, pin: Pin, digits: Digits | None) -> dict[str, Any]:
    """Everything the page shows of a pin, as JSON for the component.

    Args:
        pin: with its label if, and only if, the model is conditional.
    """
    decoded = _DECODED.get((entry.sha256, pin), lambda: _decode_pin(entry, pin))
    return {
        "z": list(pin[:2]),
        "label": pin[2] if len(pin) == 3 else None,
        "mean": decoded.mean,
        "sample": decoded.sample,
        "log_prior": round(float(log_prior(np.subtract(pin[:2], _prior_mu(entry, pin)))), 4),
        "nearest": _nearest(entry, pin, digits),
    }


def decode(entry: Entry, inputs: NDArray[Any]) -> Image:
    """Pixel means, decoded by PyTorch, as grey images (N, 28, 28).

    Args:
        inputs: places z (N, 2); for a conditional model (N, 2 + classes), with the label behind z,
            one-hot or, between two labels, mixed.
    """
    import torch

    from vae_core.likelihoods import LIKELIHOODS

    with torch.no_grad():
        # Not `model.decode(z, y)`, whose y cannot be a mixture.
        outputs = REGISTRY.model(entry).decoder(torch.as_tensor(inputs, dtype=torch.float32))
        mean = LIKELIHOODS[entry.file.config.likelihood](outputs).mean
    return _grey(mean.numpy())


def png(image: Image) -> bytes:
    """A grey image (H, W) as the bytes of a PNG file."""
    from PIL import Image as pillow

    buffer = io.BytesIO()
    pillow.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@lru_cache(16)
def path_png(entry: Entry, pins: tuple[Pin, ...], steps: int) -> bytes:
    """The walk through the pins as one strip of digits, left to right."""
    return png(np.concatenate(list(_path_frames(entry, pins, steps)), axis=1))


@lru_cache(16)
def path_gif(entry: Entry, pins: tuple[Pin, ...], steps: int) -> bytes:
    """The walk through the pins and back again, as an animation that repeats."""
    from PIL import Image as pillow

    frames = [pillow.fromarray(frame) for frame in _path_frames(entry, pins, steps)]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=[*frames[1:], *frames[-2:0:-1]],
        duration=FRAME_MILLISECONDS,
        loop=0,
    )
    return buffer.getvalue()


def _path_frames(entry: Entry, pins: Sequence[Pin], steps: int) -> Image:
    config = entry.file.config
    walk = straight_path([_corner(pin, config) for pin in pins], steps)
    walk[:, config.latent_dim :] /= LABEL_LENGTH
    images = decode(entry, walk)
    return images.repeat(EXPORT_SCALE, axis=1).repeat(EXPORT_SCALE, axis=2)


def _corner(pin: Pin, config: ModelConfig) -> list[float]:
    """The pin as a corner of a walk, of which its label is a part.

    So a walk between two labels mixes them as it goes, and takes its time even where z stays.
    """
    one_hot = [LABEL_LENGTH * (label == pin[-1]) for label in range(config.label_inputs)]
    return [*pin[:2], *one_hot]


def _prior_mu(entry: Entry, pin: Pin) -> NDArray[Any]:
    """The mean (2,) of p(z), or of p(z|y) for the pin's label."""
    mu = entry.file.weights.get("prior_mu")
    return np.zeros(2) if mu is None or len(pin) == 2 else mu[pin[2]].astype(np.float64)


def _decode_pin(entry: Entry, pin: Pin) -> Decoded:
    import torch

    # The sample's seed is a function of what is shown: a rerun and a shared link draw the same one.
    seed = hashlib.sha256(f"{entry.sha256} {pin_key(pin)}".encode()).digest()[:7]
    generator = torch.Generator().manual_seed(int.from_bytes(seed, "big"))
    with torch.no_grad():
        z, y = torch.tensor([pin[:2]]), torch.tensor(pin[2:], dtype=torch.int64)
        likelihood = REGISTRY.model(entry).decode(z, y)
        sample = _sample(likelihood, generator)
    return Decoded(*(_data_uri(_grey(picture.numpy())[0]) for picture in (likelihood.mean, sample)))


def _sample(likelihood: Distribution, generator: Generator) -> Tensor:
    """An image from p(x|z), by inverting its distribution function at uniform numbers.

    `likelihood.sample()` would draw from the random numbers that all threads share.
    """
    import torch

    uniform = torch.rand(likelihood.mean.shape, generator=generator)
    pixels = likelihood.base_dist  # type: ignore[attr-defined]
    if isinstance(pixels, torch.distributions.Bernoulli):
        return (uniform < pixels.probs).float()
    quantiles: Tensor = pixels.icdf(uniform)
    return quantiles.clamp(0, 1)


def _nearest(entry: Entry, pin: Pin, digits: Digits | None) -> dict[str, Any]:
    """The real digit whose latent mean is closest, of the pin's label if it has one.

    Without its picture if no images are at hand.
    """
    mu = entry.file.latents.mu if digits is None else digits.mu
    labels = entry.file.latents.labels if digits is None else digits.labels
    same = np.flatnonzero(labels == pin[2]) if len(pin) == 3 else np.arange(len(labels))
    among = same if len(same) else np.arange(len(labels))
    (place,), (distance,) = nearest(mu[among], pin[:2])
    index = among[place]
    return {
        "image": None if digits is None else _data_uri(digits.images[index]),
        "label": int(labels[index]),
        "distance": round(float(distance), 4),
    }


def _grey(values: NDArray[Any]) -> Image:
    """Pixels (..., 784) in [0, 1] as bytes (..., 28, 28), rounded to the nearest."""
    scaled: Image = np.rint(values * 255).astype(np.uint8)
    return scaled.reshape(*values.shape[:-1], IMAGE_SIDE, IMAGE_SIDE)


def _data_uri(image: Image) -> str:
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()
