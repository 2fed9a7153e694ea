"""HTTP route of the label grid page: what a classifier reads in samples."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.routing import Route

from pages._ui.server import grid_drawing
from pages._ui.server.queries import model_in_path, parameters, whole_number
from pages._ui.server.routing import Answer, route

MAX_SEED = 999_999

# It decodes a hundred digits; what waits leaves the server's other threads alone.
_SLOW = anyio.CapacityLimiter(2)


def routes(assets: str) -> list[Route]:
    """The route below `assets`."""
    return [
        route(f"{assets}/models/{{sha256}}/read.json", _read, _SLOW),
    ]


def _read(request: Request) -> Answer:
    """{"read": the label that a classifier reads in each sample}."""
    entry = model_in_path(request)
    conditional = entry.file.config.conditional
    query = parameters(request, {"seed", "label"} if conditional else {"seed"})
    label = None
    if conditional:
        label = whole_number(query["label"], "label", 0, entry.file.config.classes - 1)
    seed = whole_number(query["seed"], "seed", 0, MAX_SEED)
    return Answer.json({"read": grid_drawing.read_samples(entry, label, seed)})
