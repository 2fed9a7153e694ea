"""Fetching IDX files from the mirrors that torchvision lists, with time-outs and checks."""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from vae_core.data.idx import MAX_ARCHIVE_BYTES, Bytes, as_array, expand, idx_bytes, parse_idx
from vae_core.errors import DatasetError, VaeCoreError
from vae_core.storage.files import short_reason

Progress = Callable[[int, int | None, str], None]
"""Called with the bytes so far, the bytes in all (None if unknown) and the file's name."""


class Unobtainable(VaeCoreError):
    """Why a data set cannot be had from the network now, as a clause: 'downloading is off'."""


def fetch(
    name: str,
    file: str,
    shape: tuple[int, ...],
    timeout: float,
    deadline: float,
    progress: Progress | None,
) -> Bytes:
    """The bytes of an IDX file from the first of torchvision's mirrors that has the right ones."""
    try:
        import torchvision.datasets
    except (ImportError, RuntimeError) as error:  # RuntimeError: torch of another release
        raise Unobtainable(
            "it cannot be downloaded (torchvision: {error})",
            key="data.reason.torchvision",
            error=str(error),
        ) from error
    origin = getattr(torchvision.datasets, name)
    archive = f"{file}.gz"
    md5 = dict(origin.resources)[archive]
    failures = []
    for mirror in origin.mirrors:
        transfer = Transfer(mirror + archive, timeout)
        try:
            for done, total in transfer.follow(deadline):
                if progress:
                    progress(done, total, archive)
            if hashlib.md5(transfer.data, usedforsecurity=False).hexdigest() != md5:
                raise ValueError("sent something else")
            data = as_array(expand(transfer.data, limit=idx_bytes(shape) + 1))
            parse_idx(data, shape, Path(archive))
        except (OSError, http.client.HTTPException, ValueError, DatasetError) as error:
            failures.append(f"{urllib.parse.urlsplit(mirror).netloc}: {short_reason(error)}")
        else:
            return data
    raise Unobtainable(
        "it could not be downloaded ({failures})",
        key="data.reason.mirrors",
        failures="; ".join(failures),
    )


class Transfer(threading.Thread):
    """Fetches a URL in a thread, so that no slow name server, header or trickle holds the caller.

    A socket's time-out starts again with every byte, and looking up a name has none at all.
    """

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(name=f"download {url}", daemon=True)
        self.data = bytearray()
        self._request = urllib.request.Request(url, headers={"User-Agent": "vae_core"})
        self._timeout = timeout
        self._total: int | None = None
        self._error: Exception | None = None
        self._abandoned = threading.Event()

    def follow(self, deadline: float) -> Iterator[tuple[int, int | None]]:
        """Yield (bytes so far, bytes in all) until `data` is complete, or raise what went wrong."""
        end = time.monotonic() + deadline
        self.start()
        try:
            running = True
            while running:
                self.join(min(0.1, max(0.0, end - time.monotonic())))
                running = self.is_alive()  # asked first, so that the last report is of the end
                yield len(self.data), self._total
                if running and time.monotonic() >= end:
                    raise TimeoutError(f"not done within {deadline:g} s")
        finally:
            self._abandoned.set()
        if self._error:
            raise self._error

    def run(self) -> None:
        try:
            with urllib.request.urlopen(self._request, timeout=self._timeout) as response:
                self._total = response.length
                while not self._abandoned.is_set() and (chunk := response.read1(2**16)):
                    self.data += chunk
                    if len(self.data) > MAX_ARCHIVE_BYTES:
                        raise ValueError("sent too much")
        except Exception as error:  # handed to the caller's thread
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it is also the response, and holds the connection
            self._error = error
