"""What a browser fetches of a model: its networks, the map's points, real digits, the file."""

from __future__ import annotations

import hashlib
import re
import threading
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from starlette.requests import Request

import vae_core
from pages._ui.server import digits
from pages._ui.server.cache import SharedCache
from pages._ui.server.offered import Entry
from pages._ui.server.queries import model_in_path
from pages._ui.server.routing import Answer, Refused
from vae_core.export import model_files

MOST_IMAGES = 64  # in one answer
_FILES: SharedCache[Answer] = SharedCache(256 * 2**20, weigh=lambda answer: answer.size)

# Set once a browser has asked for them.
map_asked_for = threading.Event()
digits_asked_for = threading.Event()


def addresses(entry: Entry) -> dict[str, Any]:
    """What a page is told of a model: its names, and where the browser finds what it needs of it.

    Answers are kept for ever, and what they hold follows from the model and from our code: so the
    addresses name both.
    """
    whole = f"assets/models/{entry.sha256}"
    folder = f"{whole}/{code_version()}"
    shown = digits.identity(entry)
    return {
        "id": entry.name,
        "title": entry.title,
        "sha256": entry.sha256,
        "classes": entry.file.config.label_inputs,
        "objective": entry.file.training.objective,
        "file": f"{whole}.safetensors",
        "decoder": f"{folder}/decoder.safetensors",
        "encoder": f"{folder}/encoder.safetensors",
        "map": f"{folder}/map.safetensors",
        "pin": f"{folder}/pin.json",
        "path": "assets/export/path",
        "digits": {
            "id": shown,
            "note": digits.note(entry),
            "places": f"{folder}/digits/{shown}/places.safetensors",
            "images": f"{folder}/digits/{shown}/images.bin",
        }
        if shown
        else None,
    }


@cache
def code_version() -> str:
    """A digest of the code that makes what is served of a model."""
    digest = hashlib.sha256()
    for folder in (Path(vae_core.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def current_model(request: Request) -> Entry:
    """The model that the address names, if it is an address of this version of the code."""
    if request.path_params["version"] != code_version():
        raise Refused(404, "no_file")
    return model_in_path(request)


def checkpoint(request: Request) -> Answer:
    """The whole file."""
    entry = model_in_path(request)
    return Answer(entry.data, filename=f"{entry.name}.safetensors")


def decoder(request: Request) -> Answer:
    """The decoder alone."""
    return decoder_of(current_model(request))


def encoder(request: Request) -> Answer:
    """The encoder alone."""
    return encoder_of(current_model(request))


def map_points(request: Request) -> Answer:
    """Where the test images lie."""
    map_asked_for.set()
    return map_of(current_model(request))


def digit_places(request: Request) -> Answer:
    """Where the real digits lie, and their labels."""
    digits_asked_for.set()
    return places_of(current_model(request), request.path_params["digits"])


def digit_images(request: Request) -> Answer:
    """Some of the real digits: 784 bytes each, in the order of `i`."""
    images = digits_named(current_model(request), request.path_params["digits"]).images
    asked = request.query_params.get("i", "")
    wanted = (
        [int(index) for index in asked.split(",")]
        if re.fullmatch(rf"[0-9]{{1,6}}(,[0-9]{{1,6}}){{0,{MOST_IMAGES - 1}}}", asked)
        else []
    )
    if not wanted or max(wanted) >= len(images):
        raise Refused(400, "digit_indices", most=MOST_IMAGES, count=len(images))
    return Answer.compressed(images[wanted].tobytes())


def digits_named(entry: Entry, identity: str) -> digits.Digits:
    """The model's real digits, if they are those that the address means."""
    if identity != digits.identity(entry):
        raise Refused(404, "no_digits")
    return digits.of(entry)


def decoder_of(entry: Entry) -> Answer:
    """The file `decoder.safetensors` of a model."""
    return _FILES.get(
        ("decoder", entry.sha256), lambda: _weights(model_files.decoder_file(entry.file))
    )


def encoder_of(entry: Entry) -> Answer:
    """The file `encoder.safetensors` of a model."""
    return _FILES.get(
        ("encoder", entry.sha256), lambda: _weights(model_files.encoder_file(entry.file))
    )


def _weights(file: bytes) -> Answer:
    # 94 % of the bytes in a fifth of the time that zlib needs where it looks for repetitions.
    return Answer.compressed(file, strategy=zlib.Z_RLE)


def map_of(entry: Entry) -> Answer:
    """The file `map.safetensors` of a model."""
    return _FILES.get(
        ("map", entry.sha256), lambda: Answer.compressed(model_files.map_file(entry.file))
    )


def places_of(entry: Entry, identity: str) -> Answer:
    """The file `places.safetensors` of a model's real digits."""
    shown = digits_named(entry, identity)

    def make() -> Answer:
        log_var = shown.log_var.astype(np.float16)  # as on the map
        tensors: dict[str, Any] = {"mu": shown.mu, "log_var": log_var, "labels": shown.labels}
        return Answer.compressed(safetensors.numpy.save(tensors, {"source": shown.source}))

    return _FILES.get(("places", entry.sha256, identity), make)
