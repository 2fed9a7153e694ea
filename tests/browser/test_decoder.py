"""The decoder in JavaScript against PyTorch, both run for real: the browser reads the same file."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from vae_core import checkpoints
from vae_core.config import Activation, Evaluation, ModelConfig, TrainConfig
from vae_core.models import VAE

FRONTEND = Path(__file__).resolve().parents[2] / "pages/_ui/frontend"
GREY_LEVEL = 1 / 255
# Ordinary places, the corners of a map, and places so far out that a pixel is 0 or 1.
PLACES = [[0.0, 0.0], [0.42, -1.13], [-2.5, 2.5], [4.0, 4.0], [-60.0, 7.0], [1e3, -1e3]]

DECODE = """
async ({ file, places, vectors }) => {
  const { loadSafetensors } = await import("/mlp/safetensors.js");
  const { MLP, decoderOf } = await import("/mlp/mlp.js");
  const decoder = new MLP(...decoderOf(await loadSafetensors(file)), vectors);
  return places.map((z) => Array.from(decoder.decode(z)));
}
"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """The frontend under /mlp/, files of the tests elsewhere."""

    extensions_map = {".js": "text/javascript", "": "application/octet-stream"}  # noqa: RUF012

    def translate_path(self, path: str) -> str:
        if path.startswith("/mlp/"):
            return str(FRONTEND / path.removeprefix("/mlp/"))
        return super().translate_path(path)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files for the browser are put."""
    folder = tmp_path_factory.mktemp("decoder")
    (folder / "index.html").write_text("<!doctype html><title>decoder</title>")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """A web server for that folder."""
    handler = functools.partial(_Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def lab(page: Page, site: str) -> Page:
    """A page from which the modules can be imported."""
    page.goto(f"{site}/index.html")
    return page


def save(path: Path, config: ModelConfig, *, half: bool) -> VAE:
    """Write a model with random weights; returns it as it comes back from the file."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((20, 2)).astype(np.float32)
    latents = checkpoints.Latents(points, points, np.zeros(20, dtype=np.uint8))
    evaluation = Evaluation(elbo=-1.0, log_likelihood=-1.0, kl=0.0, images=20, dataset="none")
    model = VAE(config, seed=1)
    checkpoints.save_checkpoint(path, model, TrainConfig(), evaluation, latents, half=half)
    return checkpoints.load_checkpoint(path).model


def pixel_means(model: VAE, places: list[list[float]]) -> np.ndarray:
    with torch.no_grad():
        return model.decode(torch.tensor(places)).mean.numpy()


@pytest.mark.parametrize("half", [False, True], ids=["F32", "F16"])
@pytest.mark.parametrize("activation", ["relu", "silu", "gelu", "tanh"])
def test_pixels_equal_those_of_pytorch(
    lab: Page, folder: Path, activation: Activation, half: bool
) -> None:
    # Widths that are no multiple of the kernel's sixteen lanes, and one that is.
    config = ModelConfig(
        encoder_width=8,
        encoder_depth=1,
        decoder_width=37 if half else 64,
        decoder_depth=3,
        activation=activation,
    )
    name = f"{activation}-{'half' if half else 'single'}.safetensors"
    expected = pixel_means(save(folder / name, config, half=half), PLACES)
    found = lab.evaluate(DECODE, {"file": name, "places": PLACES, "vectors": True})
    np.testing.assert_allclose(found[:4], expected[:4], rtol=0, atol=2e-5)
    # Far out, logits of thousands cancel: the order of a sum shows, still far below a grey level.
    np.testing.assert_allclose(found[4:], expected[4:], rtol=0, atol=0.1 * GREY_LEVEL)
    assert np.ptp(expected[1]) > 0.05  # a grey image would hide a broken decoder


@pytest.mark.parametrize("depth, width", [(1, 1), (1, 400), (3, 512), (4, 1024)])
def test_pixels_of_any_architecture_are_within_a_grey_level(
    lab: Page, folder: Path, depth: int, width: int
) -> None:
    config = ModelConfig(encoder_width=8, encoder_depth=1, decoder_width=width, decoder_depth=depth)
    name = f"{depth}-{width}.safetensors"
    expected = pixel_means(save(folder / name, config, half=True), PLACES)
    found = lab.evaluate(DECODE, {"file": name, "places": PLACES, "vectors": True})
    assert np.abs(np.array(found) - expected).max() < 0.1 * GREY_LEVEL


def test_a_browser_without_vectors_decodes_the_same_bits(lab: Page, folder: Path) -> None:
    config = ModelConfig(encoder_width=8, encoder_depth=1, decoder_width=50, decoder_depth=2)
    save(folder / "plain.safetensors", config, half=False)
    vectors, plain = (
        lab.evaluate(DECODE, {"file": "plain.safetensors", "places": PLACES, "vectors": vectors})
        for vectors in (True, False)
    )
    assert vectors == plain


def test_every_half_float_is_read_exactly(lab: Page) -> None:
    bits = lab.evaluate(
        """async () => {
          const { halfToFloat } = await import("/mlp/safetensors.js");
          const all = halfToFloat(Uint16Array.from({ length: 65536 }, (_, i) => i));
          return Array.from(new Uint32Array(all.buffer));
        }"""
    )
    found = np.array(bits, dtype=np.uint32).view(np.float32)
    expected = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "bytes_, why",
    [
        (b"", "too short"),
        (b"\xff" * 16, "header is cut"),
        (b"PK\x03\x04" + b"\0" * 60, "header is cut"),
        (
            (59).to_bytes(8, "little")
            + b'{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}    ',
            "w is cut",
        ),
        (
            (59).to_bytes(8, "little")
            + b'{"w":{"dtype":"BF8","shape":[4],"data_offsets":[0,16]}}    ',
            "type BF8",
        ),
    ],
    ids=["empty", "huge header", "foreign", "cut", "foreign type"],
)
def test_a_broken_file_is_refused_with_a_reason(lab: Page, bytes_: bytes, why: str) -> None:
    message = lab.evaluate(
        """async (bytes) => {
          const { parseSafetensors } = await import("/mlp/safetensors.js");
          try {
            parseSafetensors(Uint8Array.from(bytes).buffer);
          } catch (error) {
            return error.message;
          }
        }""",
        list(bytes_),
    )
    assert message.startswith("This is not a readable safetensors file: ")
    assert why in message


def test_neighbours_equal_a_sorted_search(lab: Page) -> None:
    rng = np.random.default_rng(3)
    mu = rng.standard_normal((500, 2)).astype(np.float32)
    places = rng.standard_normal((20, 2)) * 2
    found = lab.evaluate(
        """async ({ mu, places }) => {
          const { nearest } = await import("/mlp/neighbours.js");
          const points = Float32Array.from(mu);
          return places.map((z) => nearest(points, z, 7).map(({ index }) => index));
        }""",
        {"mu": mu.ravel().tolist(), "places": places.tolist()},
    )
    distances = np.linalg.norm(places[:, None] - mu[None], axis=2)
    np.testing.assert_array_equal(found, distances.argsort(axis=1)[:, :7])


def test_a_walk_has_constant_speed_and_ends_at_its_pins(lab: Page) -> None:
    corners = [[0.0, 0.0], [3.0, 4.0], [3.0, 4.0], [3.0, 5.0]]
    walk = lab.evaluate(
        """async (corners) => {
          const { along } = await import("/mlp/path.js");
          return Array.from({ length: 61 }, (_, i) => along(corners, i / 60));
        }""",
        corners,
    )
    steps = np.linalg.norm(np.diff(walk, axis=0), axis=1)
    np.testing.assert_allclose(steps, 0.1)
    np.testing.assert_allclose([walk[0], walk[50], walk[-1]], [corners[0], corners[1], corners[3]])
