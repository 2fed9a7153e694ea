"""Students without browsers: real Streamlit sessions that open the map and pin a place a second.

A session is what a browser's is: the page and its data by GET, a websocket over which the page's
script runs, open for as long as the student is there. Pins go over one connection that is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

REACH = 3.0  # pins are within this distance of 0, in z1 and z2


@dataclass
class Student:
    """One visitor of the latent map.

    Args:
        url: of the server.
        addresses: of the model, as `pages._ui.server.models.addresses` gives them.
        seed: of the places that are pinned.

    Attributes:
        waits: seconds from asking for a pin until all of its answer has come.
    """

    url: str
    addresses: dict[str, Any]
    seed: int
    waits: list[float] = field(default_factory=list)

    async def __aenter__(self) -> Student:
        self._open = AsyncExitStack()
        self._random = random.Random(self.seed)
        self._host = urlsplit(self.url).netloc
        await self._connect()
        for path in ("", self.addresses["map"], self.addresses["decoder"]):
            await self.get(f"/{path}")
        socket = connect(
            f"ws://{self._host}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            compression=None,
        )
        self._socket = await self._open.enter_async_context(socket)
        await run_page(self._socket)
        self._listener = asyncio.create_task(_listen(self._socket))
        self._open.callback(self._listener.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def work(self, seconds: float) -> None:
        """Pin a place a second, the first within the first second."""
        end = time.perf_counter() + seconds
        due = time.perf_counter() + self._random.random()
        digits = self.addresses["digits"]["id"]
        while due < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            x, y = (round(self._random.uniform(-REACH, REACH), 4) for _ in range(2))
            began = time.perf_counter()
            answer = await self.get(f"/{self.addresses['pin']}?z={x},{y}&digits={digits}")
            self.waits.append(time.perf_counter() - began)
            assert b'"mean":"data:image/png' in answer
            due = max(due + 1, time.perf_counter())

    async def get(self, path: str) -> bytes:
        """The body of one GET, as it came."""
        if self._reader.at_eof():  # the server closes what has been silent for five seconds
            await self._connect()
        request = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: gzip\r\n\r\n"
        self._writer.write(request.encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        (length,) = (
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        return await self._reader.readexactly(length)

    async def _connect(self) -> None:
        address = urlsplit(self.url)
        self._reader, self._writer = await asyncio.open_connection(address.hostname, address.port)
        self._open.callback(self._writer.close)


async def run_page(socket: ClientConnection) -> None:
    """Ask for the page, as a browser does once it is connected, and wait until it is there."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    await socket.send(message.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(await socket.recv())  # type: ignore[arg-type]
        if answer.WhichOneof("type") == "script_finished":
            assert answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            return


async def _listen(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def lesson(url: str, addresses: dict[str, Any], students: int, seconds: float) -> list[float]:
    """The waits, in seconds, for all pins of a lesson in which everybody is there all the time."""
    async with AsyncExitStack() as room:
        there = [
            await room.enter_async_context(Student(url, addresses, seed))
            for seed in range(students)
        ]
        await asyncio.gather(*(student.work(seconds) for student in there))
    return [wait for student in there for wait in student.waits]
