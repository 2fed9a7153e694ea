"""From a click on the map to its pinned image, against the least that Streamlit can do.

    python tests/benchmarks/bench_click.py

The other app is a button that changes one image, and nothing else. Both run at once on this
machine, in one browser, and take turns, so that whatever else the machine does hits both. Time
runs, inside the browser, from the pointer's release to the new image being decoded for drawing. A
finger holds the button for some 80 ms, in which the map already asks for the pin; `--press 0` gives
it no such time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests/browser")]

from conftest import DESKTOP, run_browser, run_server, wait_for_map  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

TARGET = 0.5
PINS_PER_STRIP = 10

EMPTY_APP = """
import numpy as np
import streamlit as st

clicks = st.session_state.setdefault("clicks", 0)
if st.button("Next image"):
    st.session_state["clicks"] = clicks = clicks + 1
image = np.random.default_rng(clicks).integers(0, 256, (28, 28), dtype=np.uint8)
st.image(image, output_format="PNG", width=84)
"""

# Resolves with the milliseconds from the next pointer release to the next image that is new.
STOPWATCH = """
(find) => {
  const sources = () => new Set(find().map((image) => image.src));
  window.stopwatch = () => new Promise((resolve) => {
    document.addEventListener("pointerup", (event) => {
      const before = sources();
      const look = async () => {
        const image = find().find(({ src }) => src && !before.has(src));
        if (!image) return requestAnimationFrame(look);
        await image.decode();
        resolve(performance.now() - event.timeStamp);
      };
      look();
    }, { once: true, capture: true });
  });
}
"""
PINNED = """() => [...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot
  ? [...element.shadowRoot.querySelectorAll('img[alt^="Pinned digit at"]')] : [])"""
ANY_IMAGE = """() => [...document.querySelectorAll('[data-testid="stImage"] img')]"""


def timed_click(page: Page, x: float, y: float, press: float) -> float:
    """Milliseconds from the release of a click at (x, y) to its image."""
    page.mouse.move(x, y)
    page.wait_for_timeout(150)  # a person aims before clicking; both apps are idle by then
    page.evaluate("() => { window.measured = window.stopwatch(); }")
    page.mouse.click(x, y, delay=press)
    return float(page.evaluate("() => window.measured"))


def open_page(page: Page, url: str, images: str) -> None:
    page.goto(url)
    page.wait_for_function(f"({images})() !== null")
    page.evaluate(f"({STOPWATCH})({images})")


def measure(clicks: int, press: float, checkpoints: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of each click, in the app and in the empty one."""
    ours: list[float] = []
    theirs: list[float] = []
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty_app.py"
        script.write_text(EMPTY_APP)
        with (
            run_server(checkpoints) as app_url,
            run_server(checkpoints, script) as empty_url,
            run_browser() as browser,
        ):
            app, empty = (browser.new_page(viewport=DESKTOP) for _ in range(2))
            open_page(app, app_url, PINNED)
            wait_for_map(app)
            open_page(empty, empty_url, ANY_IMAGE)
            area = app.get_by_role("application", name="Latent map").bounding_box()
            button = empty.get_by_role("button", name="Next image").bounding_box()
            assert area and button
            app.wait_for_timeout(8000)  # PyTorch's import ends, as it has when a lesson begins
            for i in range(-5, clicks):  # the first five are for warming up
                if i % PINS_PER_STRIP == 0:
                    app.get_by_role("button", name="clear all").click()
                    app.wait_for_timeout(300)
                x, y = rng.uniform(0.25, 0.75, 2)
                place = area["x"] + x * area["width"], area["y"] + y * area["height"]
                one = timed_click(app, *place, press)
                other = timed_click(empty, button["x"] + 20, button["y"] + 10, press)
                if i >= 0:
                    ours.append(one)
                    theirs.append(other)
    return ours, theirs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clicks", type=int, default=60, help="in each app")
    parser.add_argument("--press", type=float, default=80, help="milliseconds that a finger takes")
    parser.add_argument("--checkpoints", type=Path, default=PROJECT / "checkpoints")
    arguments = parser.parse_args()
    ours, theirs = measure(arguments.clicks, arguments.press, arguments.checkpoints)
    print(
        f"{arguments.clicks} clicks of {arguments.press:g} ms, milliseconds from release to image"
    )
    print(f"{'':24}{'p50':>7}{'p95':>7}")
    for name, times in (("pin a digit", ours), ("empty app, one image", theirs)):
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{name:24}{p50:7.0f}{p95:7.0f}")
    p50, p95 = np.percentile(ours, [50, 95]) / np.percentile(theirs, [50, 95])
    print(f"{'ratio':24}{p50:7.2f}{p95:7.2f}   (target: p95 at most {TARGET})")


if __name__ == "__main__":
    main()
