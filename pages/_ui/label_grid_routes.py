"""HTTP routes of the label grid page: a number to take away, and what a classifier reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages._ui import label_grid_draw
from pages._ui.label_grid_view import (
    MAX_COLUMNS,
    MAX_NUMBER,
    MAX_SEED,
    STYLES,
    GridView,
    one_of,
    spread_of,
    whole,
)
from pages._ui.models import REGISTRY, Entry
from vae_core.errors import VaeCoreError

T = TypeVar("T")

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # the URL names the content
    "Content-Encoding": "identity",
}
_MAX_QUERY = 400
_NUMBER_KEYS = {"model", "number", "styles", "columns", "spread", "seed"}
_FORMATS = {
    "png": (label_grid_draw.number_png, "image/png"),
    "svg": (label_grid_draw.number_svg, "image/svg+xml"),
}

# Both decode a hundred digits and more; what waits leaves the server's other threads alone.
_SLOW = anyio.CapacityLimiter(2)


class Refused(Exception):
    """A request that cannot be answered: an HTTP status and a sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def routes(prefix: str) -> list[Route]:
    """The routes below `prefix`, "/assets" say."""
    return [
        _route(f"{prefix}/export/number.{{format}}", _number),
        _route(f"{prefix}/models/{{sha256}}/read.json", _read),
    ]


def _number(request: Request) -> Response:
    kind = request.path_params["format"]
    if kind not in _FORMATS:
        raise Refused(404, "A number is exported as number.png or number.svg.")
    draw, media_type = _FORMATS[kind]
    query = _query(request, _NUMBER_KEYS)
    entry = _entry(query["model"])
    if not entry.file.config.conditional:
        raise Refused(400, "This model cannot be asked for a digit: it is not conditional.")
    if not re.fullmatch(f"[0-9]{{1,{MAX_NUMBER}}}", query["number"]):
        raise Refused(400, f"number is 1 to {MAX_NUMBER} digits.")
    if any(int(digit) >= entry.file.config.classes for digit in query["number"]):
        raise Refused(400, f"This model has {entry.file.config.classes} labels, 0 first.")
    view = GridView(
        number=query["number"],
        styles=_checked("styles", lambda: one_of(query["styles"], STYLES)),
        columns=_checked("columns", lambda: whole(query["columns"], 1, MAX_COLUMNS)),
        spread=_checked("spread", lambda: spread_of(query["spread"])),
        seed=_seed(query["seed"]),
    )
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="number.{kind}"'}
    return Response(draw(entry, view), media_type=media_type, headers=headers)


def _read(request: Request) -> Response:
    """{"read": the label read in each sample, "as": how many are read as the label asked for}."""
    entry = _entry(request.path_params["sha256"])
    conditional = entry.file.config.conditional
    query = _query(request, {"seed", "label"} if conditional else {"seed"})
    label = None
    if conditional:
        label = _checked("label", lambda: whole(query["label"], 0, entry.file.config.classes - 1))
    read = label_grid_draw.read_samples(entry, label, _seed(query["seed"]))
    return Response(json.dumps({"read": read}), media_type="application/json", headers=_HEADERS)


def _query(request: Request, names: set[str]) -> dict[str, str]:
    """The parameters, each of which must be there once, and no other."""
    if len(request.url.query) > _MAX_QUERY:
        raise Refused(400, "The address is too long.")
    pairs = request.query_params.multi_items()
    if len(pairs) != len(names) or {name for name, _ in pairs} != names:
        raise Refused(400, f"The address needs {', '.join(sorted(names))}, each once.")
    return dict(pairs)


def _seed(text: str) -> int:
    return _checked("seed", lambda: whole(text, 0, MAX_SEED))


def _checked(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        raise Refused(400, f"{name}: {error}") from error


def _entry(sha256: str) -> Entry:
    entry = REGISTRY.by_digest(sha256) if re.fullmatch(r"[0-9a-f]{64}", sha256) else None
    if entry is None:
        raise Refused(404, "This server has no such model. Upload it again, or choose another one.")
    return entry


def _route(path: str, answer: Callable[[Request], Response]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            response = await anyio.to_thread.run_sync(answer, request, limiter=_SLOW)
        except Refused as refused:
            response = _sentence(refused.status, str(refused))
        except VaeCoreError as error:
            response = _sentence(503, str(error))
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return Route(path, endpoint)


def _sentence(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})
