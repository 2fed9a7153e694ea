"""A class at work, in small: ten real sessions that pin a place a second. Large: bench_students."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest

from pages._ui.server import models
from pages._ui.server.offered import Registry
from tests.browser.conftest import run_server
from tests.students import lesson

STUDENTS, SECONDS = 10, 4
# Of a median, on a machine that may be busy: 10 ms on a quiet one, and a second or more where each
# pin runs the page's script.
MOST_SECONDS = 0.25


@pytest.fixture(scope="module")
def url(checkpoints_folder: Path) -> Iterator[str]:
    with run_server(checkpoints_folder) as url:
        yield url


def test_ten_students_who_pin_at_once_do_not_wait(checkpoints_folder: Path, url: str) -> None:
    addresses = models.addresses(Registry(checkpoints_folder).refresh()[0]["vae"])
    with ThreadPoolExecutor(1) as thread:
        # In a thread of its own: Playwright leaves an event loop running in the one of the tests.
        thread.submit(asyncio.run, lesson(url, addresses, 1, 1)).result()  # PyTorch is there
        waits = thread.submit(asyncio.run, lesson(url, addresses, STUDENTS, SECONDS)).result()

    assert len(waits) >= STUDENTS * (SECONDS - 2)
    assert median(waits) <= MOST_SECONDS


def test_a_body_does_not_wait_for_the_headers_to_be_acknowledged(url: str) -> None:
    """Each answer but a connection's first would take 40 ms (see server/no_delay.py)."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    waits = []
    for _ in range(30):
        began = time.perf_counter()
        connection.request("GET", "/assets/nothing")
        assert connection.getresponse().read()
        waits.append(time.perf_counter() - began)
    connection.close()

    assert min(waits[1:]) < 0.03
