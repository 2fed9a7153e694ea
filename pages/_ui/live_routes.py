"""HTTP routes of the training runs: what happened, frames of the latent plane, exports.

A browser that shows a run reads it here, without the page's script: nothing is sent twice, and a
viewer more or less makes no difference to the training.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages._ui import live_export
from vae_core import jobs
from vae_core.errors import VaeCoreError
from vae_core.runs import RunFolder

_FRESH = "no-store"
_FOREVER = "private, max-age=31536000, immutable"
_NUMBER = re.compile(r"[0-9]{1,15}")
_MOST_PIECES = 8  # of a long history in one answer

# Exports take seconds; two at a time leave the server's other threads to the others.
_SLOW = anyio.CapacityLimiter(2)


def routes(prefix: str) -> list[Route]:
    """The routes below `prefix`, "/assets" say."""
    run = f"{prefix}/runs/{{run}}"
    return [
        _route(f"{run}/events", _events),
        _route(f"{run}/frames.json", _layout),
        _route(f"{run}/originals.bin", _originals),
        _route(f"{run}/frames/{{index}}.bin", _frame),
        _route(f"{run}/history.gif", _gif, _SLOW),
        _route(f"{run}/figures.csv", _csv, _SLOW),
    ]


def _events(request: Request) -> Response:
    """Events since byte `after`, the byte to ask for next, and the place in the queue."""
    manager, run = jobs.manager(), request.path_params["run"]
    after = _number(request.query_params.get("after", "0"), "after")
    place = manager.info(run).place  # notices, and records, that a run has lost its process
    events, following = manager.events(run, after)
    for _ in range(_MOST_PIECES):
        more, end = manager.events(run, following)
        if end == following:
            break
        events, following = [*events, *more], end
    return _json({"events": events, "next": following, "place": place})


def _layout(request: Request) -> Response:
    layout = _folder(request).layout()
    if layout is None:
        raise VaeCoreError("This run has no frames yet.")
    return _json(json.loads(layout.to_json()))


def _originals(request: Request) -> Response:
    try:
        data = _folder(request).originals_file.read_bytes()
    except OSError as error:
        raise VaeCoreError("This run has no digits yet.") from error
    return _binary(data)


def _frame(request: Request) -> Response:
    index = _number(request.path_params["index"], "A frame's index")
    return _binary(jobs.manager().frame(request.path_params["run"], index))


def _gif(request: Request) -> Response:
    return _download(live_export.history_gif(_folder(request)), "image/gif", "history.gif")


def _csv(request: Request) -> Response:
    text = live_export.figures_csv(_folder(request))
    return _download(text.encode(), "text/csv; charset=utf-8", "figures.csv")


def _folder(request: Request) -> RunFolder:
    return jobs.manager().folder(request.path_params["run"])


def _number(text: str, name: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise VaeCoreError(f"{name} must be a whole number from 0.")
    return int(text)


def _route(
    path: str, answer: Callable[[Request], Response], limiter: anyio.CapacityLimiter | None = None
) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            response = await anyio.to_thread.run_sync(answer, request, limiter=limiter)
        except VaeCoreError as error:
            response = PlainTextResponse(str(error), 404, {"Cache-Control": _FRESH})
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return Route(path, endpoint)


def _json(value: object) -> Response:
    body = json.dumps(value, separators=(",", ":"))
    return Response(body, media_type="application/json", headers={"Cache-Control": _FRESH})


def _binary(data: bytes) -> Response:
    """Bytes that never change: a frame is written once, the digits are the run's for good."""
    headers = {"Cache-Control": _FOREVER, "Content-Encoding": "identity"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def _download(data: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Cache-Control": _FRESH,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Encoding": "identity",
    }
    return Response(data, media_type=media_type, headers=headers)
