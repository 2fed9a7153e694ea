"""The decoder in JavaScript against PyTorch, both run for real: the browser reads the same file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from tests.browser.conftest import FileHandler, serve_files
from tests.conftest import FAMILIES
from vae_core.config import Activation, Evaluation, ModelConfig, TrainConfig
from vae_core.export.model_files import decoder_file
from vae_core.models import VAE
from vae_core.storage import checkpoints

FRONTEND = Path(__file__).resolve().parents[2] / "pages/_ui/frontend"
GREY_LEVEL = 1 / 255
ORDINARY = [[0.0, 0.0], [0.42, -1.13], [-2.5, 2.5], [4.0, 4.0]]
# And places so far out that a pixel is 0 or 1.
PLACES = [*ORDINARY, [-60.0, 7.0], [1e3, -1e3]]

DECODE = """
async ({ file, places, vectors, what = "decode" }) => {
  const { parseSafetensors } = await import("/core/safetensors.js");
  const { Model } = await import("/core/model.js");
  const bytes = await (await fetch(file)).arrayBuffer();
  const model = new Model(Model.read(parseSafetensors(bytes)), vectors);
  return places.map((z) => Array.from(model[what](z)));
}
"""


class _Files(FileHandler):
    """The frontend's core under /core/, files of the tests elsewhere."""

    def translate_path(self, path: str) -> str:
        if path.startswith("/core/"):
            return str(FRONTEND / path[1:])
        return super().translate_path(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files for the browser are put."""
    folder = tmp_path_factory.mktemp("decoder")
    (folder / "index.html").write_text("<!doctype html><title>decoder</title>")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """A web server for that folder."""
    with serve_files(folder, _Files) as url:
        yield url


@pytest.fixture
def lab(first_visit: Page, site: str) -> Page:
    """A page from which the modules can be imported; no file of another test is cached."""
    first_visit.goto(f"{site}/index.html")
    return first_visit


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


@pytest.mark.parametrize("family", FAMILIES)
def test_every_familys_mean_and_deviation_equal_those_of_pytorch(
    lab: Page, folder: Path, family: str
) -> None:
    small = {"encoder_width": 8, "encoder_depth": 1, "decoder_width": 20, "decoder_depth": 1}
    config = ModelConfig(**small, **FAMILIES[family])
    file = f"{family.replace(', ', '-')}.safetensors"
    model = save(folder / file, config, half=False)
    with torch.no_grad():
        images = model.decode(torch.tensor(ORDINARY))
    for what, expected in [("decode", images.mean), ("deviation", images.stddev)]:
        wanted = {"file": file, "places": ORDINARY, "vectors": True, "what": what}
        found = lab.evaluate(DECODE, wanted)
        np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=2e-5)


def test_a_decoder_in_byte_planes_is_the_checkpoints(lab: Page, folder: Path) -> None:
    config = ModelConfig(encoder_width=8, encoder_depth=1, decoder_width=50, decoder_depth=2)
    save(folder / "whole.safetensors", config, half=True)
    file = checkpoints.read_checkpoint(folder / "whole.safetensors")
    (folder / "planes.safetensors").write_bytes(decoder_file(file))
    whole, planes = (
        lab.evaluate(DECODE, {"file": f"{name}.safetensors", "places": PLACES, "vectors": True})
        for name in ("whole", "planes")
    )
    assert whole == planes
