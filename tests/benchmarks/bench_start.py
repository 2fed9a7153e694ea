"""From `streamlit run app.py` to a map that answers the pointer, against an empty Streamlit app.

    python tests/benchmarks/bench_start.py

Both start several times in turn, each in a new process and with an empty browser cache. The empty
app is one line of text, and its clock stops when that is visible; over the map a pointer moves, and
the clock stops when the lens has drawn the digit under it. The browser is running beforehand.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests/browser")]

from conftest import DESKTOP, run_browser, run_server  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

TARGET = 1.15
EMPTY_APP = 'import streamlit as st\n\nst.text("Here I am.")\n'


def start(browser: Browser, script: Path, checkpoints: Path, is_map: bool) -> tuple[float, float]:
    """Seconds until the server answers, and until the page does."""
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    began = time.perf_counter()
    with run_server(checkpoints, script) as url:
        served = time.perf_counter() - began
        page.goto(url, wait_until="commit")
        if is_map:
            wait_until_the_lens_follows(page)
        else:
            page.get_by_text("Here I am.").wait_for()
        answered = time.perf_counter() - began
    context.close()
    return served, answered


def wait_until_the_lens_follows(page: Page) -> None:
    """Move the pointer over the map until a digit is drawn for it: not the one at rest, (0, 0)."""
    surface = page.get_by_role("application", name="Latent map")
    surface.wait_for()
    area = surface.bounding_box()
    assert area
    digit = page.get_by_label(re.compile("Decoded digit at .*[1-9]"))
    for i in count():
        x, y = area["x"] + 0.3 * area["width"], area["y"] + 0.6 * area["height"]
        page.mouse.move(x + 9 * (i % 2), y)
        if digit.count():
            return


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
