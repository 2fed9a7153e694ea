"""HTTP routes of the training runs: what happened, frames of the latent plane, β, exports.

A browser that shows a run reads it here, and tells it its β, without the page's script: nothing is
sent twice, a viewer more or less makes no difference to the training, and a slider is followed.
"""

from __future__ import annotations

import json
from typing import Any

import anyio
from starlette.requests import Request
from starlette.routing import Route

from pages._ui.server import run_animation, run_exports
from pages._ui.server.queries import whole_number
from pages._ui.server.routing import Answer, Refused, post, route
from pages._ui.texts import class_names
from vae_core.runs import manager as runs
from vae_core.runs.record import RunFolder

_FOREVER = "private, max-age=31536000, immutable"  # a run is its visitor's
_MOST_PIECES = 3  # of a long history in one answer: a third of a second
_LARGEST = 10**15 - 1

# Exports take seconds; two at a time leave the server's other threads to the others.
_SLOW = anyio.CapacityLimiter(2)


def routes(assets: str) -> list[Route]:
    """The routes below `assets`. A run that the library does not know is one that is not there."""
    run = f"{assets}/runs/{{run}}"
    return [
        route(f"{run}/events", _events, trouble=404),
        post(f"{run}/control", _control, trouble=409),
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


def _control(request: Request, told: dict[str, Any]) -> None:
    """Another β for a run that is under way, from its next batch on."""
    beta = told.get("beta")
    if told.keys() != {"beta"} or isinstance(beta, bool) or not isinstance(beta, int | float):
        raise Refused(400, "control")
    runs.manager().control(request.path_params["run"], beta=beta)


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
    theme: run_animation.Theme = "dark" if request.query_params.get("theme") == "dark" else "light"
    animation = run_animation.history_gif(_folder(request), theme)
    return Answer(animation, "image/gif", filename="history.gif")


def _csv(request: Request) -> Answer:
    table = run_exports.figures_csv(_folder(request)).encode()
    return Answer(table, "text/csv; charset=utf-8", filename="figures.csv")


def _folder(request: Request) -> RunFolder:
    return runs.manager().folder(request.path_params["run"])
