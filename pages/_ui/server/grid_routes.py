"""HTTP routes of the label grid page: a number to take away, and what a classifier reads."""

from __future__ import annotations

import math
import re

import anyio
from starlette.requests import Request
from starlette.routing import Route

from pages._ui.server import grid_drawing
from pages._ui.server.grid_number import (
    ARRANGEMENTS,
    MAX_COLUMNS,
    MAX_DIGITS,
    MAX_SEED,
    MAX_SPREAD,
    WrittenNumber,
)
from pages._ui.server.queries import model_in_path, model_named, parameters, whole_number
from pages._ui.server.routing import Answer, Refused, route

_NUMBER_KEYS = {"model", "number", "styles", "columns", "spread", "seed"}
_FORMATS = {
    "png": (grid_drawing.number_png, "image/png"),
    "svg": (grid_drawing.number_svg, "image/svg+xml"),
}

# Both decode a hundred digits and more; what waits leaves the server's other threads alone.
_SLOW = anyio.CapacityLimiter(2)


def routes(assets: str) -> list[Route]:
    """The routes below `assets`."""
    return [
        route(f"{assets}/export/number.{{format}}", _number, _SLOW),
        route(f"{assets}/models/{{sha256}}/read.json", _read, _SLOW),
    ]


def _number(request: Request) -> Answer:
    kind = request.path_params["format"]
    if kind not in _FORMATS:
        raise Refused(404, "number_format")
    draw, media_type = _FORMATS[kind]
    query = parameters(request, _NUMBER_KEYS)
    entry = model_named(query["model"])
    if not entry.file.config.conditional:
        raise Refused(400, "not_conditional")
    if not re.fullmatch(f"[0-9]{{1,{MAX_DIGITS}}}", query["number"]):
        raise Refused(400, "number", most=MAX_DIGITS)
    if any(int(digit) >= entry.file.config.classes for digit in query["number"]):
        raise Refused(400, "number_labels", classes=entry.file.config.classes)
    written = WrittenNumber(
        number=query["number"],
        styles=_arrangement(query["styles"]),
        columns=whole_number(query["columns"], "columns", 1, MAX_COLUMNS),
        spread=_spread(query["spread"]),
        seed=whole_number(query["seed"], "seed", 0, MAX_SEED),
    )
    return Answer(draw(entry, written), media_type, filename=f"number.{kind}")


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


def _arrangement(text: str) -> str:
    if text not in ARRANGEMENTS:
        raise Refused(400, "arrangement", names=", ".join(ARRANGEMENTS))
    return text


def _spread(text: str) -> float:
    """A temperature, in hundredths."""
    value = float(text) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,6})?", text) else math.nan
    if not 0 <= value <= MAX_SPREAD:
        raise Refused(400, "spread", most=f"{MAX_SPREAD:g}")
    return round(value, 2)
