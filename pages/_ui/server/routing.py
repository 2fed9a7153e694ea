"""The one way to make a route: a function from a request to an answer, run in a thread.

An answer may be kept for ever where its address names the content, by a digest, or by a version of
what makes it; that is said beside the address, and no other answer is kept at all. What an address
asks for is looked up among known things, never joined to a path.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages._ui.texts import preferred, say, speak, text
from vae_core.errors import VaeCoreError

FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-store"
_WORTH_COMPRESSING = 4096  # bytes, of an answer that is made anew each time
_MOST_POSTED = 1000  # bytes
_LOGGER = logging.getLogger(__name__)
_ALWAYS = {"X-Content-Type-Options": "nosniff"}


class Refused(Exception):
    """A request that cannot be answered: an HTTP status, and a sentence of the catalogue.

    Args:
        status: 404 for what is not there (any more), 400 for what makes no sense.
        key: of the text below `server` in the catalogue, "no_model" say.
    """

    def __init__(self, status: int, key: str, **parameters: Any) -> None:
        super().__init__(text(f"server.{key}", **parameters))
        self.status = status


@dataclass(frozen=True)
class Answer:
    """Bytes to send.

    Attributes:
        zipped: the same with gzip, if that makes them smaller by much.
        filename: of the download, if it is one.
    """

    body: bytes
    media_type: str = "application/octet-stream"
    zipped: bytes | None = None
    filename: str | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.body) + len(self.zipped or b"")

    @classmethod
    def compressed(
        cls,
        body: bytes,
        media_type: str = "application/octet-stream",
        strategy: int = zlib.Z_DEFAULT_STRATEGY,
    ) -> Answer:
        """An answer that is worth compressing.

        Args:
            strategy: of zlib; `zlib.Z_RLE` looks for no repetitions, of which numbers have none.
        """
        return cls(body, media_type, _gzip(body, strategy))

    @classmethod
    def json(cls, value: object) -> Answer:
        """A value as JSON without blanks."""
        body = json.dumps(value, separators=(",", ":")).encode()
        zipped = _gzip(body) if len(body) > _WORTH_COMPRESSING else None
        return cls(body, "application/json", zipped)


def language_of(request: Request) -> str:
    """The language to answer in: `lang` of the address, or the first one asked for that there is.

    Browsers name the languages in the order in which their user prefers them.
    """
    accepted = request.headers.get("accept-language", "").split(",")
    return preferred([request.query_params.get("lang", ""), *accepted])


def _gzip(body: bytes, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16, strategy=strategy)
    return packer.compress(body) + packer.flush()


def route(
    path: str,
    answer: Callable[[Request], Answer],
    limiter: anyio.CapacityLimiter | None = None,
    *,
    kept: str = NEVER,
    trouble: int = 503,
) -> Route:
    """A route whose answer is made in a thread.

    Args:
        limiter: for answers that take long: what waits leaves the server's other threads alone.
        kept: how long a browser may keep the answer: `FOREVER` if the path names the content.
        trouble: the status of an error that the library raises.
    """

    def work(request: Request) -> Response:
        return _answered(request, lambda: respond(request, answer(request), kept), trouble)

    async def endpoint(request: Request) -> Response:
        return await anyio.to_thread.run_sync(work, request, limiter=limiter)

    return Route(path, endpoint)


def post(path: str, change: Callable[[Request, dict[str, Any]], None], *, trouble: int) -> Route:
    """A route that takes a small JSON object and changes something on the server.

    Only the app's own scripts can ask: no form of another site says that it sends JSON.

    Args:
        change: given the object; in a thread.
        trouble: the status of an error that the library raises.
    """

    def work(request: Request, body: bytes) -> Response:
        def changed() -> Response:
            try:
                value = json.loads(body)
            except ValueError:
                value = None
            if not isinstance(value, dict):
                raise Refused(400, "not_json")
            change(request, value)
            return Response(status_code=204, headers={"Cache-Control": NEVER, **_ALWAYS})

        return _answered(request, changed, trouble)

    async def endpoint(request: Request) -> Response:
        body = b""
        if request.headers.get("content-type", "").split(";")[0].strip() == "application/json":
            async for part in request.stream():
                body += part
                if len(body) > _MOST_POSTED:
                    return sentence(413, text("server.not_json", language_of(request)))
        return await anyio.to_thread.run_sync(work, request, body)

    return Route(path, endpoint, methods=["POST"])


def _answered(request: Request, make: Callable[[], Response], trouble: int) -> Response:
    """A response in the reader's language, whatever goes wrong while it is made."""
    speak(language_of(request))  # in this call alone: each has a context of its own
    try:
        return make()
    except Refused as refused:
        return sentence(refused.status, str(refused))
    except VaeCoreError as error:
        return sentence(trouble, say(error))
    except Exception:
        _LOGGER.exception("%s could not be answered.", request.url.path)
        return sentence(500, text("server.unexpected"))


def sentence(status: int, said: str) -> Response:
    """What is wrong, for the person who asked."""
    return PlainTextResponse(said, status, {"Cache-Control": NEVER, **_ALWAYS})


def respond(request: Request, answer: Answer, kept: str) -> Response:
    """The answer as the request wants it: compressed, or not at all if the browser has it."""
    headers: dict[str, Any] = {
        "Cache-Control": kept,
        "Vary": "Accept-Encoding",
        "Content-Encoding": "identity",  # tells Streamlit's middleware not to compress it each time
        **_ALWAYS,
    }
    if answer.filename:
        headers["Content-Disposition"] = f'attachment; filename="{answer.filename}"'
    if kept != NEVER:
        headers["ETag"] = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    body = answer.body
    if answer.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = answer.zipped, "gzip"
    return Response(body, media_type=answer.media_type, headers=headers)
