"""The answer to a pin: what PyTorch decodes there, and the real digit that lies nearest."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from pages._ui.server.cache import SharedCache
from pages._ui.server.digits import Digits
from pages._ui.server.drawing import Image, grey, png
from pages._ui.server.models import current_model, digits_named
from pages._ui.server.offered import REGISTRY, Entry
from pages._ui.server.queries import Place, parameters, place
from pages._ui.server.routing import Answer
from vae_core.geometry import log_prior

# Bytes, which Python's garbage collector passes over: a thousand pins cost a page nothing.
_ANSWERS: SharedCache[bytes] = SharedCache(4096)  # of 1.5 KB


def pin(request: Request) -> Answer:
    """p(x|z) at `z` (and `label`), and the nearest of the `digits`, if the address names some."""
    entry = current_model(request)
    label = {"label"} if entry.file.config.label_inputs else set()
    query = parameters(request, {"z"} | label, {"digits"})
    at = place(",".join(query[name] for name in ("z", *label)), entry)
    compared = query.get("digits")

    def make() -> bytes:
        digits = digits_named(entry, compared) if compared else None
        return Answer.json(describe(entry, at, digits)).body

    return Answer(_ANSWERS.get((entry.sha256, at, compared), make), "application/json")


def describe(entry: Entry, at: Place, digits: Digits | None) -> dict[str, Any]:
    """Everything that is shown of a pin.

    Args:
        at: with its label if, and only if, the model is conditional.
    """
    mean, sample = _decode(entry, at)
    return {
        "z": list(at[:2]),
        "label": at[2] if len(at) == 3 else None,
        "mean": _data_uri(mean),
        "sample": _data_uri(sample),
        "log_prior": round(float(log_prior(np.subtract(at[:2], _prior_mu(entry, at)))), 4),
        "nearest": None if digits is None else _nearest(at, digits),
    }


def _decode(entry: Entry, at: Place) -> tuple[Image, Image]:
    """Mean per pixel of p(x|z), and one sample of it."""
    import torch

    # The sample's seed is a function of what is shown: a shared link draws the same one.
    shown = f"{entry.sha256} {' '.join(map(str, at))}"
    seed = int.from_bytes(hashlib.sha256(shown.encode()).digest()[:7], "big")
    model = REGISTRY.model(entry)
    with torch.no_grad():
        z, y = torch.tensor([at[:2]]), torch.tensor(at[2:], dtype=torch.int64)
        outputs = model.outputs(z, y)
        mean = model.likelihood.mean(outputs)
        sample = model.likelihood.sample(outputs, torch.Generator().manual_seed(seed))
    return grey(mean.numpy())[0], grey(sample.numpy())[0]


def _prior_mu(entry: Entry, at: Place) -> NDArray[Any]:
    """The mean (2,) of p(z), or of p(z|y) for the pin's label."""
    mu = entry.file.weights.get("prior_mu")
    return np.zeros(2) if mu is None or len(at) == 2 else mu[at[2]].astype(np.float64)


def _nearest(at: Place, digits: Digits) -> dict[str, Any]:
    """The real digit whose latent mean is closest, of the pin's label if there is one of it."""
    distances = np.hypot(*(digits.mu - np.array(at[:2], np.float32)).T)
    others = digits.labels != at[2] if len(at) == 3 else np.array(False)
    index = int((distances if others.all() else np.where(others, np.inf, distances)).argmin())
    return {
        "image": _data_uri(digits.images[index]),
        "label": int(digits.labels[index]),
        "distance": round(float(distances[index]), 4),
        "index": index,
        "set": digits.source,
    }


def _data_uri(image: Image) -> str:
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()
