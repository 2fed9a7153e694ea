"""The app's addresses below `assets/`, answered by `routes` once it is imported."""

from __future__ import annotations

import anyio
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send


class Assets:
    """ASGI application of all assets: whoever asks first imports what answers.

    That takes NumPy and 0.4 s, for which the server's first answer, the empty page, does not wait.
    """

    def __init__(self, base_path: str) -> None:
        self._base_path = base_path
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._router is None:
            self._router = await anyio.to_thread.run_sync(self._import)
        await self._router(scope, receive, send)

    def _import(self) -> Router:
        from pages._ui.server.routes import routes

        return Router(routes(self._base_path))


def route(base_path: str = "") -> Route:
    """All that is below `assets/` and the server's base path ("" or "vae", say)."""
    prefix = f"/{base_path.strip('/')}".rstrip("/")
    return Route(f"{prefix}/assets/{{rest:path}}", Assets(base_path))
