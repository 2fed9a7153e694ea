"""The exported page as a person uses it: opened from disk, with the network off and no server."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, serve_files, wait_for_map
from tests.browser.test_app import open_files
from tests.browser.test_conditional_map import ConditionalMap
from tests.conftest import write_checkpoint
from vae_core.__main__ import main
from vae_core.storage.checkpoints import load_checkpoint

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"


class ExportedMap(ConditionalMap):
    """The latent map of an exported page, in the words of the tests."""

    def open(self, url: str) -> ExportedMap:
        self.page.goto(url)
        wait_for_map(self.page)
        return self

    @property
    def kept(self) -> list[str | None]:
        """What the pins are, in the order of the strip."""
        return [pin.get_attribute("alt") for pin in self.pins.all()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds vae.html and cvae.html, written by the command from the models that ship."""
    folder = tmp_path_factory.mktemp("exported")
    for name in ("vae", "cvae"):
        checkpoint = SHIPPED / f"{name}.safetensors"
        assert main(["export", str(checkpoint), "--out", str(folder / f"{name}.html")]) == 0
    return folder


@pytest.fixture(params=["vae", "cvae"])
def address(request: pytest.FixtureRequest, folder: Path) -> str:
    """Of each exported file, on this disk."""
    return (folder / f"{request.param}.html").as_uri()


@pytest.fixture
def conditional(folder: Path) -> str:
    """Of the exported conditional model."""
    return (folder / "cvae.html").as_uri()


@pytest.fixture
def exported(browser: Browser) -> Iterator[ExportedMap]:
    """A tab without a network; the browser had nothing to complain about at the end."""
    context = browser.new_context(viewport=DESKTOP, offline=True)  # type: ignore[arg-type]
    exported = ExportedMap(context.new_page())
    yield exported
    context.close()
    assert exported.problems == []


def test_the_lens_shows_pytorchs_pixels_from_disk(exported: ExportedMap, folder: Path) -> None:
    exported.open((folder / "vae.html").as_uri())
    model = load_checkpoint(SHIPPED / "vae.safetensors").model
    for place in [(0.2, 0.7), (0.5, 0.5), (0.77, 0.31)]:
        exported.hover(*place)
        with torch.no_grad():
            expected = model.decode(torch.tensor([exported.z])).mean[0].numpy()
        assert np.abs(exported.pixels - 255 * expected).max() <= 1


def test_the_page_asks_nobody_for_anything(exported: ExportedMap, address: str) -> None:
    asked: list[str] = []
    exported.page.on("request", lambda request: asked.append(request.url))
    exported.open(address)
    exported.layer("manifold", True)
    expect(exported.page.locator("[data-busy='false']")).to_be_attached()
    exported.pin(0.4, 0.4)
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [address]


def test_a_click_keeps_the_digit_that_the_lens_shows(exported: ExportedMap, address: str) -> None:
    exported.open(address)
    exported.pin(0.35, 0.6)
    _, _, picture = (exported.pins.first.get_attribute("src") or "").partition("base64,")
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("L"), float)
    assert np.abs(kept.ravel() - exported.pixels).max() <= 1
    expect(exported.page.get_by_alt_text("Sample of pin 1")).to_be_visible()


def test_a_copied_address_opens_the_same_view(exported: ExportedMap, conditional: str) -> None:
    exported.open(conditional)
    exported.pin(0.3, 0.6)
    exported.pin(0.6, 0.4)
    exported.layer("manifold", True)
    kept, samples = exported.kept, exported.page.get_by_alt_text(re.compile("^Sample of pin"))
    drawn = [sample.get_attribute("src") for sample in samples.all()]
    copied = exported.page.url
    assert copied.startswith(f"{conditional}#")
    again = ExportedMap(exported.page.context.new_page()).open(copied)
    expect(again.pins).to_have_count(2)
    assert again.kept == kept
    again_samples = again.page.get_by_alt_text(re.compile("^Sample of pin"))
    assert [sample.get_attribute("src") for sample in again_samples.all()] == drawn
    expect(again.page.get_by_label("manifold", exact=True)).to_be_checked()
    assert again.problems == []


def test_the_address_holds_what_could_be_read_of_a_link(
    exported: ExportedMap, conditional: str
) -> None:
    exported.open(f"{conditional}#?pins=1,-1,6;nowhere&label=3")
    expect(exported.pins).to_have_count(1)
    expect(exported.page).to_have_url(f"{conditional}#?pins=1,-1,6&label=3")


def test_back_takes_a_pin_away_and_forward_brings_it_back(
    exported: ExportedMap, conditional: str
) -> None:
    exported.open(conditional)
    exported.pin(0.3, 0.6)
    exported.pin(0.6, 0.4)
    kept = exported.kept
    exported.page.go_back()
    expect(exported.pins).to_have_count(1)
    exported.page.go_forward()
    expect(exported.pins).to_have_count(2)
    assert exported.kept == kept


def test_a_conditional_model_brings_its_labels_and_stars(
    exported: ExportedMap, conditional: str
) -> None:
    exported.open(conditional)
    expect(exported.labels.get_by_role("radio")).to_have_count(10)
    expect(exported.page.locator(".star")).to_have_count(10)
    expect(exported.page.locator(".way")).to_be_visible()  # and leads nowhere: there is one page
    expect(exported.page.get_by_role("link")).to_have_count(0)
    exported.hover(0.5, 0.5)
    before = exported.pixels
    exported.label("7").click()
    expect(exported.lens).to_have_attribute("aria-label", re.compile("label 7$"))
    exported.pin(0.5, 0.5)
    assert np.abs(before - exported.pixels).max() > 50
    assert (exported.kept[0] or "").endswith("label 7")


def test_a_plain_autoencoder_has_no_prior_and_no_posterior_to_show(
    exported: ExportedMap, tmp_path: Path
) -> None:
    checkpoint = write_checkpoint(tmp_path / "ae.safetensors", objective="autoencoder")
    assert main(["export", str(checkpoint), "--out", str(tmp_path / "ae.html")]) == 0
    exported.open(f"{(tmp_path / 'ae.html').as_uri()}#?layers=points,prior,posterior")
    for name in ("prior", "posterior"):
        switch = exported.page.get_by_label(name, exact=True)
        expect(switch).to_be_disabled()
        expect(switch).not_to_be_checked()
        why = exported.page.get_by_title(re.compile(f"^a plain autoencoder has no {name}"))
        expect(why).to_have_text(name)
        expect(exported.page.locator(f".plane .{name}")).to_be_hidden()
    exported.layer("manifold", True)
    expect(exported.page).to_have_url(re.compile("layers=points,manifold,prior,posterior$"))


def test_the_path_walks_between_pins(exported: ExportedMap, conditional: str) -> None:
    exported.open(conditional)
    exported.pin(0.3, 0.6)
    exported.pin(0.6, 0.4)
    exported.leave()
    start = exported.z
    exported.page.get_by_role("button", name="play").click()
    expect(exported.lens).not_to_have_attribute("data-z", f"{start[0]},{start[1]}")


def test_the_page_follows_the_screens_theme(exported: ExportedMap, conditional: str) -> None:
    exported.open(conditional)
    for theme in ("dark", "light"):
        exported.page.emulate_media(color_scheme=theme)
        expect(exported.page.locator(f".latent-map[data-theme='{theme}']")).to_be_visible()


def test_nothing_is_cut_off_on_a_phone(exported: ExportedMap, address: str) -> None:
    exported.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    exported.open(address)
    exported.pin(0.15, 0.85)
    widest = exported.page.evaluate("document.documentElement.scrollWidth")
    assert widest <= PHONE["width"]


def test_any_web_host_serves_it(browser: Browser, folder: Path) -> None:
    with serve_files(folder) as url:
        context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        try:
            exported = ExportedMap(context.new_page())
            exported.open(f"{url}/vae.html?pins=1,-1")
            expect(exported.pins).to_have_count(1)
            exported.pin(0.3, 0.6)
            exported.page.reload()
            expect(exported.pins).to_have_count(2)
        finally:
            context.close()
    assert exported.problems == []


def test_the_app_saves_what_the_command_writes(
    page: Page, app_url: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    open_files(page, app_url)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a web page").click()
    download.value.save_as(tmp_path / "saved.html")
    assert download.value.suggested_filename == "vae.html"
    assert main(["export", str(tiny_checkpoint), "--out", str(tmp_path / "written.html")]) == 0
    assert (tmp_path / "saved.html").read_bytes() == (tmp_path / "written.html").read_bytes()
