"""HTTP routes for what browsers fetch once and keep: scripts, weights, maps, digits, exports.

Every URL names its content (a version or a digest), so answers never change and may be cached for
ever. What a URL asks for is looked up among known things, never joined to a path.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import importlib.util
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages._ui import digits, label_grid_routes, live_routes, pins
from pages._ui.models import REGISTRY, Entry
from pages._ui.once import Once
from pages._ui.view import MAX_PINS, Pin, as_pin, pin_key
from vae_core.data import CLASS_NAMES
from vae_core.errors import VaeCoreError

FRONTEND_FOLDER = Path(__file__).parent / "frontend"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
_IMMUTABLE = "public, max-age=31536000, immutable"
_MAX_QUERY = 2000


class Refused(Exception):
    """A request that cannot be answered: an HTTP status and a sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Asset:
    """Bytes to serve, and the same compressed once, if that makes them smaller by much."""

    body: bytes
    media_type: str
    zipped: bytes | None = None
    filename: str | None = None

    @classmethod
    def text(cls, body: bytes, media_type: str) -> Asset:
        """An asset that is worth compressing."""
        return cls(body, media_type, gzip.compress(body, 6, mtime=0))


# --- what there is to serve ---------------------------------------------------------------------


@cache
def frontend() -> dict[str, Asset]:
    """Name -> content of the browser's modules, read once: the URLs hold while the server runs."""
    if not FRONTEND_FOLDER.is_dir():
        return {}
    return {
        path.name: Asset.text(path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in sorted(FRONTEND_FOLDER.iterdir())
        if path.suffix in MEDIA_TYPES
    }


@cache
def frontend_url() -> str:
    """The folder that the modules are served from; its name changes with their content."""
    digest = hashlib.sha256()
    for name, asset in frontend().items():
        digest.update(f"{name} {len(asset.body)} ".encode() + asset.body)
    return f"assets/frontend/{digest.hexdigest()[:16]}"


@cache
def plotly_url() -> str:
    """Where plotly.js is served: the one inside the installed Python package."""
    return f"assets/plotly-{importlib.metadata.version('plotly')}.min.js"


@cache
def plotly() -> Asset:
    """plotly.js, found without importing Plotly."""
    found = importlib.util.find_spec("plotly")
    folders = found.submodule_search_locations if found else None
    if not folders:
        raise Refused(404, "Plotly is not installed.")
    return Asset.text(
        (Path(folders[0]) / "package_data/plotly.min.js").read_bytes(), "text/javascript"
    )


_MAPS: Once[Asset] = Once(64)


def map_figure(entry: Entry) -> Asset:
    """The figure of the model's map, as JSON with the points as base64 arrays."""
    return _MAPS.get(entry.sha256, lambda: _map_figure(entry))


def _map_figure(entry: Entry) -> Asset:
    from vae_core import figures

    latents = entry.file.latents
    figure = figures.latent_map(latents.mu, latents.labels, class_names(entry))
    both = {**json.loads(figure.to_json()), "templates": figures.templates()}
    return Asset.text(json.dumps(both, separators=(",", ":")).encode(), "application/json")


def class_names(entry: Entry) -> list[str]:
    """What the labels of the model's data are called."""
    names = list(CLASS_NAMES[entry.file.training.dataset])
    classes = entry.file.config.classes
    return names if len(names) == classes else [str(label) for label in range(classes)]


# Set once a browser has asked for them.
map_asked_for = threading.Event()
digits_asked_for = threading.Event()


# --- answers ------------------------------------------------------------------------------------


def _frontend(request: Request) -> Asset:
    asset = frontend().get(request.path_params["file"])
    if asset is None or request.path_params["version"] != frontend_url().rpartition("/")[2]:
        raise Refused(404, "There is no such file. Reload the page.")
    return asset


def _plotly(request: Request) -> Asset:
    if request.url.path.rpartition("/")[2] != plotly_url().rpartition("/")[2]:
        raise Refused(404, "This server has another version of Plotly. Reload the page.")
    return plotly()


def _checkpoint(request: Request) -> Asset:
    entry = _entry(request.path_params["sha256"])
    return Asset(entry.data, "application/octet-stream", filename=f"{entry.name}.safetensors")


def _map(request: Request) -> Asset:
    map_asked_for.set()
    return map_figure(_entry(request.path_params["sha256"]))


def _digits(request: Request) -> Asset:
    digits_asked_for.set()
    data = digits.file_of(_entry(request.path_params["sha256"]))
    return Asset(data.body, "application/octet-stream", data.zipped)


def _path(request: Request) -> Asset:
    draw = {"gif": pins.path_gif, "png": pins.path_png}.get(request.path_params["format"])
    if draw is None:
        raise Refused(404, "A path is exported as path.png or path.gif.")
    name = f"path.{request.path_params['format']}"
    return Asset(draw(*_parse_path(request)), f"image/{name[-3:]}", filename=name)


def path_url(format: str, entry: Entry, stops: tuple[Pin, ...], steps: int) -> str:
    """The URL that `_parse_path` understands."""
    query = "".join(f"&z={pin_key(stop)}" for stop in stops)
    return f"assets/export/path.{format}?model={entry.sha256}{query}&steps={steps}"


def _parse_path(request: Request) -> tuple[Entry, tuple[Pin, ...], int]:
    if len(request.url.query) > _MAX_QUERY:
        raise Refused(400, "The address is too long.")
    query = request.query_params
    if set(query) != {"model", "z", "steps"}:
        raise Refused(400, "An export needs model=, z= for each pin, and steps=.")
    try:
        stops = tuple(as_pin(value.split(",")) for value in query.getlist("z"))
    except ValueError as error:
        raise Refused(400, str(error)) from error
    if not 2 <= len(stops) <= MAX_PINS:
        raise Refused(400, f"A path goes through 2 to {MAX_PINS} pins.")
    steps = int(query["steps"]) if re.fullmatch(r"[0-9]{1,4}", query["steps"]) else 0
    if not len(stops) <= steps <= pins.MAX_STEPS:
        raise Refused(400, f"steps is a whole number from the number of pins to {pins.MAX_STEPS}.")
    entry = _entry(query["model"])
    labels = entry.file.config.label_inputs
    if not all(len(stop) == 3 and stop[2] < labels if labels else len(stop) == 2 for stop in stops):
        kind = f"z=x,y,label with a label from 0 to {labels - 1}" if labels else "z=x,y"
        raise Refused(400, f"This model's export needs {kind} for each pin.")
    return entry, stops, steps


def _entry(sha256: str) -> Entry:
    entry = REGISTRY.by_digest(sha256) if re.fullmatch(r"[0-9a-f]{64}", sha256) else None
    if entry is None:
        raise Refused(404, "This server has no such model. Upload it again, or choose another one.")
    return entry


# --- routes -------------------------------------------------------------------------------------

# Answers that may wait for PyTorch wait here, and leave the server's other threads to the others.
_SLOW = anyio.CapacityLimiter(4)


def routes(base_path: str = "") -> list[Route]:
    """The routes of all assets, below the server's base path ("" or "vae", say)."""
    prefix = f"/{base_path.strip('/')}".rstrip("/") + "/assets"
    return [
        *live_routes.routes(prefix),
        *label_grid_routes.routes(prefix),
        _route(f"{prefix}/plotly-{{version}}.min.js", _plotly),
        _route(f"{prefix}/frontend/{{version}}/{{file}}", _frontend),
        _route(f"{prefix}/models/{{sha256}}.safetensors", _checkpoint),
        _route(f"{prefix}/models/{{sha256}}/map.json", _map),
        _route(f"{prefix}/models/{{sha256}}/digits.safetensors", _digits, _SLOW),
        _route(f"{prefix}/export/path.{{format}}", _path, _SLOW),
        Route(f"{prefix}/{{rest:path}}", _nothing_here),
    ]


def _route(
    path: str, answer: Callable[[Request], Asset], limiter: anyio.CapacityLimiter | None = None
) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            asset = await anyio.to_thread.run_sync(answer, request, limiter=limiter)
        except Refused as refused:
            return _sentence(refused.status, str(refused))
        except VaeCoreError as error:
            return _sentence(503, str(error))
        return _response(request, asset)

    return Route(path, endpoint)


async def _nothing_here(_request: Request) -> Response:
    return _sentence(404, "There is nothing at this address.")


def _sentence(status: int, sentence: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(sentence, status, headers)


def _response(request: Request, asset: Asset) -> Response:
    # The URL names the content, so it also makes the ETag.
    tag = hashlib.sha256(str(request.url.include_query_params()).encode()).hexdigest()[:32]
    headers = {
        "Cache-Control": _IMMUTABLE,
        "ETag": f'"{tag}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Content-Encoding": "identity",  # tells Streamlit's middleware not to compress it each time
    }
    if asset.filename:
        headers["Content-Disposition"] = f'attachment; filename="{asset.filename}"'
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = asset.body
    if asset.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.zipped, "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)
