"""All addresses that browsers fetch from, and who answers them."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages._ui.server import (
    grid_routes,
    lectures,
    models,
    pins,
    qr,
    run_routes,
    static_files,
    walks,
)
from pages._ui.server.routing import FOREVER, language_of, route, sentence
from pages._ui.texts import text

# Answers that may wait for PyTorch wait here, and leave the server's other threads to the others.
_DECODING = anyio.CapacityLimiter(2)
# What takes up to a second for the first who asks: a class that asks at once waits for that answer.
_MADE_ONCE = anyio.CapacityLimiter(1)


def routes(base_path: str = "") -> list[Route]:
    """The routes of all assets, below the server's base path ("" or "vae", say)."""
    assets = f"/{base_path.strip('/')}".rstrip("/") + "/assets"
    plotly, fonts = f"{assets}/plotly-{{version}}", f"{assets}/fonts/{{digest}}"
    model = f"{assets}/models/{{sha256}}"
    of_model = f"{model}/{{version}}"
    of_digits = f"{of_model}/digits/{{digits}}"
    return [
        route(f"{assets}/frontend/{{digest}}/pages.js", static_files.script, kept=FOREVER),
        route(f"{assets}/texts/{{digest}}/{{language}}.json", static_files.catalogue, kept=FOREVER),
        route(f"{assets}/lectures/{{digest}}/{{language}}.json", lectures.shipped, kept=FOREVER),
        route(f"{assets}/own-lectures/{{language}}.json", lectures.own),
        route(f"{assets}/qr.svg", qr.code),
        route(f"{plotly}.min.js", static_files.plotly, _MADE_ONCE, kept=FOREVER),
        route(f"{fonts}/chinese.woff", static_files.chinese, _MADE_ONCE, kept=FOREVER),
        route(f"{model}.safetensors", models.checkpoint, kept=FOREVER),
        route(f"{of_model}/decoder.safetensors", models.decoder, kept=FOREVER),
        route(f"{of_model}/encoder.safetensors", models.encoder, kept=FOREVER),
        route(f"{of_model}/map.safetensors", models.map_points, kept=FOREVER),
        route(f"{of_model}/pin.json", pins.pin, _DECODING, kept=FOREVER),
        route(f"{of_digits}/places.safetensors", models.digit_places, _DECODING, kept=FOREVER),
        route(f"{of_digits}/images.bin", models.digit_images, _DECODING, kept=FOREVER),
        route(f"{assets}/export/path.{{format}}", walks.walk, _DECODING),
        *grid_routes.routes(assets),
        *run_routes.routes(assets),
        Route(f"{assets}/{{rest:path}}", _nothing_here),
    ]


async def _nothing_here(request: Request) -> Response:
    return sentence(404, text("server.nothing_here", language_of(request)))
