"""Answers leave the server at once, not 40 ms later.

Streamlit hands uvicorn a socket that it has bound itself, for which asyncio does not set
`TCP_NODELAY` (uvicorn's issue 3149). The body of each answer then waits until the browser has
acknowledged the headers, and browsers take 40 ms for that.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from weakref import WeakSet

from starlette.types import ASGIApp, Receive, Scope, Send


class NoDelay:
    """ASGI middleware that sets `TCP_NODELAY` on each connection with its first request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._seen: WeakSet[object] = WeakSet()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, at once."""
        # ASGI knows no connections. Where this is not uvicorn's, answers come as they did.
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is not None and transport not in self._seen:
            self._seen.add(transport)
            with suppress(AttributeError, OSError):  # of a Unix socket
                connection = transport.get_extra_info("socket")
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._app(scope, receive, send)
