"""What a first visit moves over the network, and whether points are shown before the weights.

    python tests/benchmarks/bench_first_visit.py

Bytes are those that the browser received, compressed as they came (Network.loadingFinished),
until the page has been silent for two seconds; fonts and Streamlit's own scripts are among them.
The second visit, on a network of 4 Mbit/s, looks at the map while the weights are still coming.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests/browser")]

from conftest import DESKTOP, run_browser, run_server, wait_for_map  # noqa: E402
from playwright.sync_api import Browser, CDPSession, Page  # noqa: E402
from slow_network import slow_network  # noqa: E402

TARGET = 3e6
SILENCE = 2.0
SLOW = 4e6 / 8  # bytes a second
INK = """() => [...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot
  ? [...element.shadowRoot.querySelectorAll('[role="application"] canvas')] : [])
  .some((canvas) => canvas.width > 0 && canvas.getContext("2d")
    ?.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""


class Traffic:
    """The bytes of each address that a page has received."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self._urls: dict[str, str] = {}
        self._pending: set[str] = set()
        self.bytes: dict[str, int] = {}
        self._last = time.perf_counter()
        self.session.on("Network.requestWillBeSent", self._sent)
        self.session.on("Network.loadingFinished", self._finished)
        self.session.on("Network.loadingFailed", self._failed)

    def _sent(self, event: dict[str, object]) -> None:
        request, url = str(event["requestId"]), str(event["request"]["url"])  # type: ignore[index]
        if url.startswith("http"):
            self._urls[request] = url
            self._pending.add(request)

    def _finished(self, event: dict[str, object]) -> None:
        url = self._urls.get(str(event["requestId"]), "")
        self.bytes[url] = self.bytes.get(url, 0) + int(event["encodedDataLength"])  # type: ignore[call-overload]
        self._failed(event)

    def _failed(self, event: dict[str, object]) -> None:
        self._pending.discard(str(event["requestId"]))
        self._last = time.perf_counter()

    @property
    def is_silent(self) -> bool:
        """Nothing is under way, and nothing has been for a while."""
        return not self._pending and time.perf_counter() - self._last > SILENCE

    def has(self, part: str) -> bool:
        return any(part in url for url in self.bytes)


def first_visit(browser: Browser, url: str) -> dict[str, int]:
    """Address -> bytes of a visit with nothing cached."""
    page = browser.new_context(viewport=DESKTOP).new_page()  # type: ignore[arg-type]
    traffic = Traffic(page)
    page.goto(url)
    wait_for_map(page)
    while not traffic.is_silent:
        page.wait_for_timeout(100)
    page.context.close()
    return traffic.bytes


def slow_visit(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds until points are drawn, and until the weights are there."""
    page = browser.new_context(viewport=DESKTOP).new_page()  # type: ignore[arg-type]
    traffic = Traffic(page)
    with slow_network(url, milliseconds=20, rate=SLOW) as slow:
        began = time.perf_counter()
        page.goto(slow, wait_until="commit", timeout=120_000)
        page.wait_for_function(INK, timeout=120_000)
        points = time.perf_counter() - began
        while not traffic.has("decoder.safetensors"):
            page.wait_for_timeout(20)
        weights = time.perf_counter() - began
    page.context.close()
    return points, weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--checkpoints", type=Path, default=PROJECT / "checkpoints")
    parser.add_argument("--each", action="store_true", help="list the largest answers")
    arguments = parser.parse_args()
    with run_server(arguments.checkpoints) as url, run_browser() as browser:
        moved = first_visit(browser, url)
        points, weights = slow_visit(browser, url)
    ours = sum(size for address, size in moved.items() if "/assets/" in address)
    if arguments.each:
        for address, size in sorted(moved.items(), key=lambda item: -item[1])[:25]:
            print(f"{size:10,}  {address[-70:]}")
    total = sum(moved.values())
    print(f"first visit: {total / 1e6:.2f} MB, {ours / 1e6:.2f} of them ours, {len(moved)} answers")
    print(f"target: at most {TARGET / 1e6:g} MB")
    print(f"at 4 Mbit/s: points after {points:.1f} s, weights after {weights:.1f} s")


if __name__ == "__main__":
    main()
