"""A slow network in front of a server, as a proxy of TCP connections.

Chromium's own emulation (`Network.emulateNetworkConditions`) is not used: in three of a hundred
loads of a page it stopped reading from its sockets for good, the answers in their queues.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_AT_ONCE = 16 * 1024  # bytes: what others wait for, at most, before their turn


class _Direction:
    """What all connections share one way: bytes leave one after the other, and arrive later."""

    def __init__(self, seconds: float, bytes_per_second: float) -> None:
        self._seconds, self._rate = seconds, bytes_per_second
        self._free = 0.0  # when the line is free again, on the loop's clock

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Everything that one connection sends, until it ends."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        arriving = asyncio.ensure_future(self._arrive(under_way, target))
        with suppress(OSError):
            while chunk := await source.read(_AT_ONCE):
                now = asyncio.get_running_loop().time()
                self._free = max(self._free, now) + len(chunk) / self._rate
                await under_way.put((self._free + self._seconds, chunk))
        await under_way.put((0.0, b""))
        await arriving

    async def _arrive(
        self, under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter
    ) -> None:
        while (item := await under_way.get())[1]:
            due, chunk = item
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            with suppress(OSError):
                if not target.is_closing():  # else nobody is there any more
                    target.write(chunk)
                    await target.drain()
        target.close()


@contextmanager
def slow_network(url: str, *, milliseconds: float = 100, rate: float = 5e5) -> Iterator[str]:
    """Another address of the same server, which is slower.

    Args:
        milliseconds: that everything takes longer, on the way back alone.
        rate: bytes per second, each way, of all connections together.
    """
    server = urlsplit(url)
    there, back = _Direction(0.0, rate), _Direction(milliseconds / 1000, rate)
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    connections: set[asyncio.Task[None] | None] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        answers, requests = await asyncio.open_connection(server.hostname, server.port)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(there.carry(reader, requests), back.carry(answers, writer))
        for end in (requests, writer):
            end.transport.abort()
        connections.discard(asyncio.current_task())

    async def serve() -> None:
        done = asyncio.Event()
        async with await asyncio.start_server(connect, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            ready.set_result((asyncio.get_running_loop(), done, port))
            await done.wait()
            for connection in filter(None, connections):
                connection.cancel()
            while connections:
                await asyncio.sleep(0)

    # Playwright has a loop in the main thread already.
    thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
    thread.start()
    loop, done, port = ready.result(10)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
