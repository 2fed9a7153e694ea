"""HTTP routes of the training runs: what happened, frames of the latent plane, exports.

A browser that shows a run reads it here, without the page's script: nothing is sent twice, and a
viewer more or less makes no difference to the training.
"""

from __future__ import annotations

import json

import anyio
from starlette.requests import Request
from starlette.routing import Route

from pages._ui.server import run_exports
from pages._ui.server.queries import whole_number
from pages._ui.server.routing import Answer, Refused, route
from pages._ui.texts import class_names
from vae_core.runs import manager as runs
from vae_core.runs.record import RunFolder

_FOREVER = "private, max-age=31536000, immutable"  # a run is its visitor's
_MOST_PIECES = 8  # of a long history in one answer
_LARGEST = 10**15 - 1

# Exports take seconds; two at a time leave the server's other threads to the others.
_SLOW = anyio.CapacityLimiter(2)


def routes(assets: str) -> list[Route]:
    """The routes below `assets`. A run that the library does not know is one that is not there."""
    run = f"{assets}/runs/{{run}}"
    return [
        route(f"{run}/events", _events, trouble=404),
        route(f"{run}/frames.json", _layout, trouble=404),
        route(f"{run}/originals.bin", _originals, trouble=404),
        route(f"{run}/frames/{{index}}.bin", _frame, kept=_FOREVER, trouble=404),
        route(f"{run}/history.gif", _gif, _SLOW, trouble=404),
        route(f"{run}/figures.csv", _csv, _SLOW, trouble=404),
    ]


def _events(request: Request) -> Answer:
    """Events since byte `after`, the byte to ask for next, and the place in the queue."""
    manager, run = runs.manager(), request.path_params["run"]
    after = whole_number(request.query_params.get("after", "0"), "after", 0, _LARGEST)
    place = manager.info(run).place  # notices, and records, that a run has lost its process
    events, following = manager.events(run, after)
    for _ in range(_MOST_PIECES):
        more, end = manager.events(run, following)
        if end == following:
            break
        events, following = [*events, *more], end
    return Answer.json({"events": events, "next": following, "place": place})


def _layout(request: Request) -> Answer:
    layout = _folder(request).layout()
    if layout is None:
        raise Refused(404, "no_frames")
    said = {**json.loads(layout.to_json()), "class_names": class_names(layout.class_names)}
    return Answer.json(said)


def _originals(request: Request) -> Answer:
    try:
        data = _folder(request).originals_file.read_bytes()
    except OSError as error:
        raise Refused(404, "no_originals") from error
    return Answer(data)


def _frame(request: Request) -> Answer:
    index = whole_number(request.path_params["index"], "index", 0, _LARGEST)
    return Answer(_folder(request).frame(index))


def _gif(request: Request) -> Answer:
    animation = run_exports.history_gif(_folder(request))
    return Answer(animation, "image/gif", filename="history.gif")


def _csv(request: Request) -> Answer:
    table = run_exports.figures_csv(_folder(request)).encode()
    return Answer(table, "text/csv; charset=utf-8", filename="figures.csv")


def _folder(request: Request) -> RunFolder:
    return runs.manager().folder(request.path_params["run"])
