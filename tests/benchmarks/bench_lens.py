"""From a pointer event to the decoded digit's pixels, in the real app with the shipped models.

    python tests/benchmarks/bench_lens.py [FOLDER]

Measured twice: with a plain model, one digit; with a conditional one, those of all its labels at
the pointer's place. Time runs from the moment at which the page gets the pointer event to the
return of the call that writes the last pixels. Beside it stands the time since the event's own time
stamp: a browser holds pointer moves back until it prepares its next frame, so that adds up to a
frame that no page can save. Also printed: messages sent to the server meanwhile, and the largest
difference of a pixel mean to PyTorch's, of the same weights.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests/browser")]

from conftest import DESKTOP, run_browser, run_server, wait_for_map  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

from vae_core import checkpoints  # noqa: E402

TARGETS_MS = {"vae": 8.0, "cvae": 16.0}
LAST_CANVAS = {"vae": ".glass canvas", "cvae": ".labels button:last-child canvas"}
GREY_LEVEL = 1 / 255

# Notes when the last of a move's pixels were written, and by which pointer event.
STOPWATCH = """
(last) => {
  window.moves = [];
  let event, received;
  addEventListener("pointermove", (move) => {
    event = move;
    received = performance.now();
  }, { capture: true });
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (...values) {
    putImageData.apply(this, values);
    if (!event || !this.canvas.matches(last)) return;
    const now = performance.now();
    const { z } = this.canvas.getRootNode().querySelector(".glass canvas").dataset;
    window.moves.push([now - received, now - event.timeStamp, ...z.split(",").map(Number)]);
    event = null;
  };
}
"""
DECODE = """
async ({ frontend, file, places }) => {
  const address = (path) => new URL(path, document.baseURI).href;
  const { loadSafetensors } = await import(address(`${frontend}/safetensors.js`));
  const { Decoder } = await import(address(`${frontend}/decoder.js`));
  const decoder = new Decoder(Decoder.read(await loadSafetensors(address(file))));
  const labels = Array.from({ length: decoder.classes || 1 }, (_, label) => label);
  const started = performance.now();
  const pixels = places.map((z) => labels.map((label) => Array.from(decoder.decode(z, label))));
  return { pixels, each: (performance.now() - started) / places.length };
}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=PROJECT / "checkpoints")
    parser.add_argument("--moves", type=int, default=600)
    arguments = parser.parse_args()

    known = checkpoints.list_checkpoints(arguments.folder)
    with run_server(arguments.folder) as url, run_browser() as browser:
        met = [
            _measure(browser, url, name, known[name], arguments.moves)
            for name in TARGETS_MS
            if name in known
        ]
    if not met:
        sys.exit(f"{arguments.folder} has none of the models {', '.join(TARGETS_MS)}.")
    if not all(met):
        sys.exit("A target was missed.")


def _measure(browser: Browser, url: str, name: str, path: Path, count: int) -> bool:
    """Move over one model's map; print and return whether its targets are met."""
    sent: list[object] = []
    requests: list[str] = []
    page = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{url}/?model={name}")
    wait_for_map(page)
    page.locator("[data-drawn='true']").wait_for()
    page.wait_for_timeout(2000)  # real digits arrive, the page's own messages are over
    box = page.get_by_role("application", name="Latent map").bounding_box()
    assert box is not None
    page.evaluate(STOPWATCH, LAST_CANVAS[name])
    before = len(sent)
    for i in range(count):
        x = 0.5 + 0.4 * math.sin(i / 31)
        y = 0.5 + 0.4 * math.sin(i / 17)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(8)
    messages = len(sent) - before
    moves: list[list[float]] = page.evaluate("moves")
    file = next(r for r in requests if r.endswith(".safetensors") and "digits" not in r)
    frontend = next(r for r in requests if r.endswith("/latent_map.js")).rpartition("/")[0]
    places = [place for _, _, *place in moves[:: max(1, len(moves) // 100)]]
    answer: dict[str, Any] = page.evaluate(
        DECODE, {"frontend": frontend, "file": file, "places": places}
    )
    page.close()

    p50, p95 = np.percentile([times for *times, _, _ in moves], (50, 95), axis=0)
    target, difference = TARGETS_MS[name], _difference(path, places, answer["pixels"])
    digits = len(answer["pixels"][0])
    print(f"{name}: {digits} digit{'s' if digits > 1 else ''} under the pointer")
    print(f"  moves answered               {len(moves):8d} of {count}")
    print(
        f"  pointer event to pixels      p50 {p50[0]:5.2f}, p95 {p95[0]:5.2f} ms (target {target})"
    )
    print(f"    since its time stamp       p50 {p50[1]:5.2f}, p95 {p95[1]:5.2f} ms")
    print(f"    of which the decoder       {answer['each']:9.2f} ms")
    print(f"  messages to the server       {messages:8d} (target 0)")
    print(f"  max |JavaScript - PyTorch|   {difference:8.1e} (target {GREY_LEVEL:.1e})")
    return p95[0] <= target and not messages and difference <= GREY_LEVEL


def _difference(path: Path, places: list[list[float]], pixels: object) -> float:
    """The largest between pixel means, of the places' digits (P, labels, 784)."""
    import torch

    model = checkpoints.load_checkpoint(path).model
    labels = max(1, model.config.label_inputs)
    z = torch.tensor(places).repeat_interleave(labels, dim=0)
    with torch.no_grad():
        expected = model.decode(z, torch.arange(labels).repeat(len(places))).mean.numpy()
    return float(np.abs(np.array(pixels).reshape(expected.shape) - expected).max())


if __name__ == "__main__":
    main()
