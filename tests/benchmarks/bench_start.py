"""From `streamlit run app.py` to a map that answers the pointer, against an empty Streamlit app.

    python tests/benchmarks/bench_start.py

Both start several times in turn, each in a new process and with an empty browser cache. Over both a
pointer moves. The empty app is one line of text, and its clock stops when that is there; the map's
stops when the lens has drawn the digit under the pointer. The page itself looks, in each frame:
Playwright would look every 100 to 500 ms. The browser is running beforehand.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests/browser")]

from conftest import DESKTOP, run_browser, run_server  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

TARGET = 1.15
EMPTY_APP = 'import streamlit as st\n\nst.text("Here I am.")\n'
CLOCK = """(isThere) => {
  const look = () => {
    if (isThere()) window.stopped = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  look();
}"""
TEXT_IS_THERE = (
    """() => document.querySelector('[data-testid="stText"]')?.textContent === "Here I am." """
)
# For the pointer's digit, and not for the one at rest, which is that of (0, 0).
LENS_FOLLOWS = """() => [...document.querySelectorAll("*")].some(({ shadowRoot }) =>
  /[1-9]/.test(shadowRoot?.querySelector('[aria-label^="Decoded digit at"]')?.ariaLabel))
"""


def start(browser: Browser, script: Path, checkpoints: Path, is_map: bool) -> tuple[float, float]:
    """Seconds until the server answers, and until the page does."""
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(f"({CLOCK})({LENS_FOLLOWS if is_map else TEXT_IS_THERE})")
    began = time.time()
    with run_server(checkpoints, script) as url:
        served = time.time() - began
        page.goto(url, wait_until="commit")
        for i in count():
            page.mouse.move(450 + 9 * (i % 2), 450)  # where the map is going to be
            if stopped := page.evaluate("() => window.stopped"):
                break
    context.close()
    return served, stopped / 1000 - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--starts", type=int, default=5, help="of each app")
    parser.add_argument("--checkpoints", type=Path, default=PROJECT / "checkpoints")
    arguments = parser.parse_args()
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder, run_browser() as browser:
        empty = Path(folder) / "empty_app.py"
        empty.write_text(EMPTY_APP)
        for i in range(-1, arguments.starts):  # the first pair fills the disk's cache
            one = start(browser, PROJECT / "app.py", arguments.checkpoints, is_map=True)
            other = start(browser, empty, arguments.checkpoints, is_map=False)
            if i >= 0:
                ours.append(one)
                theirs.append(other)
    print(f"{arguments.starts} starts each, median seconds from the command")
    print(f"{'':24}{'server':>8}{'page':>8}")
    for name, times in (("latent map", ours), ("empty app", theirs)):
        server, page = (median(column) for column in zip(*times, strict=True))
        print(f"{name:24}{server:8.2f}{page:8.2f}")
    ratio = median(page for _, page in ours) / median(page for _, page in theirs)
    print(f"{'ratio':24}{'':8}{ratio:8.2f}   (target: at most {TARGET:g})")


if __name__ == "__main__":
    main()
