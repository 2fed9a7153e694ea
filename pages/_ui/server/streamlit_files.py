"""Streamlit's own scripts and styles, compressed: it sends 2.1 MB of them plain, 0.6 MB are enough.

Their addresses cannot be taken by routes, so this stands before Streamlit's application.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pages._ui.server.cache import SharedCache
from pages._ui.server.routing import FOREVER, Answer, respond

_PACKAGE = importlib.util.find_spec("streamlit")  # found, not imported: only pages do that
_FOLDER = Path(_PACKAGE.origin).parent / "static" if _PACKAGE and _PACKAGE.origin else Path()
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
_FILES: SharedCache[Answer] = SharedCache(400)  # of 317, most of which nobody asks for


class CompressedFiles:
    """ASGI middleware that answers GETs of Streamlit's scripts and styles, whose names are digests.

    Args:
        app: answers everything else.
        base_path: below which the server's addresses are, "" or "vae" say.
    """

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self._app = app
        self._base = f"/{base_path.strip('/')}".rstrip("/")
        self._paths = {
            f"{self._base}/{path.relative_to(_FOLDER).as_posix()}": path
            for folder in ("js", "css")
            for path in (_FOLDER / "static" / folder).iterdir()
            if path.suffix in _MEDIA_TYPES
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        path = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if path is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        answer = await anyio.to_thread.run_sync(_compressed, path)
        await respond(Request(scope), answer, FOREVER)(scope, receive, send)


def _compressed(path: Path) -> Answer:
    return _FILES.get(path, lambda: Answer.compressed(path.read_bytes(), _MEDIA_TYPES[path.suffix]))
