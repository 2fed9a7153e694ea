"""One digit's way through the network as a person follows it: pen, keys, links, another model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from conftest import run_server
from PIL import Image
from playwright.sync_api import Page, expect

from tests.conftest import write_checkpoint
from vae_core.storage.checkpoints import load_checkpoint


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small models: a VAE, a CVAE with a learned prior, an autoencoder."""
    folder = tmp_path_factory.mktemp("one_digit")
    write_checkpoint(folder / "vae.safetensors", encoder_depth=2)
    write_checkpoint(folder / "cvae.safetensors", seed=1, conditional=True, prior="learned")
    write_checkpoint(folder / "plain.safetensors", seed=2, objective="autoencoder")
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """The app with them."""
    with run_server(folder) as url:
        yield url


class Screen:
    """The page in the words of the tests."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.pad = page.get_by_role("application", name="Drawing pad")
        self.nats = page.get_by_role("img", name="Nats per pixel", exact=True)
        self.mean = page.get_by_role("img", name="Mean of p(x|z)", exact=True)
        self.panel = page.locator(".panel")
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, query: str = "") -> Screen:
        self.page.goto(f"{self.url}/one_digit{query}")
        self.page.locator(".one-digit[data-ready='true']").wait_for(timeout=30_000)
        return self

    def number(self, pattern: str) -> float:
        """The number that a text on the page gives."""
        text = self.page.locator(".one-digit").inner_text().replace("\u2212", "-")
        found = re.search(pattern, text)
        assert found, f"{pattern} is not in {text}"
        return float(found[1])

    @property
    def reconstruction(self) -> float:
        return self.number(r"reconstruction (-?[\d.]+) nats")

    @property
    def kl(self) -> float:
        return self.number(r"KL ([\d.]+) nats")

    def pixels(self, name: str) -> np.ndarray:
        """Grey levels of a picture, (784,)."""
        return np.array(
            self.page.get_by_role("img", name=name, exact=True).evaluate(
                """(canvas) => Array.from(
                     canvas.getContext("2d").getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0)
                   )"""  # noqa: E501
            )
        )

    def draw(self, *points: tuple[float, float]) -> None:
        """A line on the pad, in fractions of its sides."""
        box = self.pad.bounding_box()
        assert box is not None
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()

    def sum_of_pointed_nats(self) -> float:
        """The pointer visits every pixel of the picture and adds up what is said there."""
        texts = self.nats.evaluate(
            """(canvas) => {
                 const { left, top, width, height } = canvas.getBoundingClientRect();
                 const said = canvas.parentElement.querySelectorAll("output")[1];
                 return Array.from({ length: 784 }, (_, i) => {
                   const clientX = left + ((i % 28) + 0.5) * width / 28;
                   const clientY = top + (Math.floor(i / 28) + 0.5) * height / 28;
                   canvas.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY }));
                   return said.textContent;
                 });
               }"""
        )
        assert len(set(texts)) == 784
        numbers = [re.search(r"([-\u2212]?[\d.]+) nats$", text)[1] for text in texts]  # type: ignore[index]
        return sum(float(number.replace("\u2212", "-")) for number in numbers)


@pytest.fixture
def screen(page: Page, url: str) -> Iterator[Screen]:
    screen = Screen(page, url)
    yield screen
    assert not screen.problems


def test_a_drawing_goes_through_the_network_and_its_nats_add_up(
    screen: Screen, folder: Path
) -> None:
    screen.open("?digit=123&epsilon=0,0")
    real, before = screen.pixels("x, the image that goes in"), screen.reconstruction
    assert real.max() > 200 and 50 < before < 2000
    assert screen.sum_of_pointed_nats() == pytest.approx(before, abs=0.15)

    screen.draw((0.3, 0.2), (0.7, 0.2), (0.45, 0.8))  # a seven
    expect(screen.page).to_have_url(re.compile(r"[?&]ink=[\w-]+"))
    drawn = screen.pixels("x, the image that goes in")
    assert (drawn != real).any() and drawn.max() == 255
    assert screen.reconstruction != before
    assert screen.sum_of_pointed_nats() == pytest.approx(screen.reconstruction, abs=0.15)

    # What is on screen is what PyTorch makes of the picture that is on screen.
    model = load_checkpoint(folder / "vae.safetensors").model
    x = torch.from_numpy(drawn[None] / 255).float()
    with torch.no_grad():
        posterior = model.encode(x)
        likelihood = model.decode(posterior.mean)
        kl = torch.distributions.kl_divergence(posterior, model.prior())
    assert screen.reconstruction == pytest.approx(-likelihood.log_prob(x).item(), abs=0.06)
    assert screen.kl == pytest.approx(kl.item(), abs=0.006)
    shown = screen.pixels("Mean of p(x|z)") / 255
    np.testing.assert_allclose(shown, likelihood.mean[0].numpy(), atol=0.003)
    mu = [screen.number(r"μ\s+(-?[\d.]+)"), screen.number(r"μ\s+-?[\d.]+\s+(-?[\d.]+)")]
    np.testing.assert_allclose(mu, posterior.mean[0].numpy(), atol=0.006)

    # The drawing is in the address, to the pixel; undo and clear take it back, and so does Back.
    screen.open(f"?{screen.page.url.split('?')[1]}")
    assert (screen.pixels("x, the image that goes in") == drawn).all()
    screen.draw((0.2, 0.5), (0.8, 0.5))
    assert (screen.pixels("x, the image that goes in") != drawn).any()
    screen.page.get_by_role("button", name="undo").click()
    assert (screen.pixels("x, the image that goes in") == drawn).all()
    screen.page.get_by_role("button", name="clear").click()
    expect(screen.page.get_by_role("button", name="undo")).to_be_disabled()
    assert (screen.pixels("x, the image that goes in") == real).all()
    screen.page.go_back()
    expect(screen.page.get_by_role("button", name="undo")).to_be_enabled()


def test_keys_draw_and_move_epsilon_and_samples_say_how_firm_the_estimate_is(
    screen: Screen,
) -> None:
    screen.open("?digit=2&samples=100")
    before = screen.reconstruction
    screen.pad.focus()
    keys = screen.page.keyboard
    keys.press("Space")  # the pen is down
    for key in ["ArrowRight"] * 4 + ["ArrowDown"] * 8:
        keys.press(key)
    keys.press("Space")
    expect(screen.page).to_have_url(re.compile(r"[?&]ink="))
    after = screen.reconstruction
    assert after != before
    keys.press("Backspace")
    expect(screen.page).not_to_have_url(re.compile(r"[?&]ink="))
    assert screen.reconstruction == before
    keys.down("Space")  # held down, it draws while it is held
    keys.press("ArrowRight")
    keys.up("Space")
    expect(screen.page).to_have_url(re.compile(r"[?&]ink="))

    estimate = screen.page.get_by_text(re.compile(r"^L = 100: "))
    expect(estimate).to_be_visible()
    mean, error, spread = map(float, re.findall(r"[\d.]+", estimate.inner_text())[1:4])
    assert error == pytest.approx(spread / 10, abs=0.06) and mean > 0

    plane = screen.page.get_by_role("application", name="ε, to be dragged")
    plane.focus()
    keys.press("ArrowRight")
    screen.page.get_by_role("button", name="ε = 0").click()
    expect(screen.page.get_by_text("ε = (0.00, 0.00)")).to_be_visible()
    mu = [screen.number(r"μ\s+(-?[\d.]+)"), screen.number(r"μ\s+-?[\d.]+\s+(-?[\d.]+)")]
    z = [screen.number(r"z = \((-?[\d.]+)"), screen.number(r"z = \(-?[\d.]+, (-?[\d.]+)")]
    assert z == pytest.approx(mu, abs=0.006)
    box = plane.bounding_box()
    assert box is not None
    screen.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    assert screen.number(r"ε = \((-?[\d.]+)") == pytest.approx(2.56, abs=0.1)
    screen.page.get_by_role("button", name="draw anew").click()
    expect(screen.page).to_have_url(re.compile(r"[?&]seed=25"))


def test_what_is_pointed_at_explains_itself_with_the_lines_that_compute_it(screen: Screen) -> None:
    screen.open("?part=kl")
    expect(screen.panel.locator(".computes")).to_contain_text(["kl_divergence(posterior"])
    expect(screen.panel).to_contain_text("vae_core/objective.py, lines")
    screen.page.get_by_role("img", name="Hidden layer 1: 16 units").hover()
    expect(screen.panel.locator(".computes")).to_contain_text(["self.activation(layer(x))"])
    expect(screen.panel.locator("math").first).to_contain_text("silu")
    expect(screen.page.get_by_text(re.compile(r"^layer 1, unit \d+: "))).to_be_visible()
    screen.page.get_by_role("button", name="z = μ + σ ⊙ ε").click()
    expect(screen.page).to_have_url(re.compile(r"[?&]part=z"))
    expect(screen.panel.locator(".computes")).to_contain_text(["mu + sigma * epsilon"])

    screen.page.get_by_role("switch", name="train σ directly").click()
    screen.panel.get_by_label("step size").select_option("0.03")
    expect(screen.panel).to_contain_text("the loss is not a number")
    expect(screen.panel).to_contain_text(re.compile(r"after 100 steps: σ₁ = 0\.\d+, loss \d+"))
    screen.page.get_by_role("switch").click()
    expect(screen.page).to_have_url(re.compile(r"[?&]part=moments"))

    kl, total = screen.kl, screen.number(r"= ([\d.]+) nats")
    screen.page.get_by_role("button", name="20", exact=True).click()
    expect(screen.page).to_have_url(re.compile(r"[?&]beta=20"))
    assert screen.number(r"= ([\d.]+) nats") == pytest.approx(total + 19 * kl, abs=0.3)

    z = [screen.number(r"z = \((-?[\d.]+)"), screen.number(r"z = \(-?[\d.]+, (-?[\d.]+)")]
    screen.page.get_by_role("button", name="where on the map").click()
    pin = screen.page.get_by_alt_text(re.compile("^Pinned digit at"))
    expect(pin).to_have_count(1)
    where = re.findall(r"-?[\d.]+", pin.get_attribute("alt") or "")
    assert [float(each) for each in where[:2]] == pytest.approx(z, abs=0.006)


def test_a_conditional_model_asks_for_the_label_of_a_drawing(screen: Screen) -> None:
    screen.open("?model=cvae&digit=2100")
    labels = screen.page.get_by_role("group", name="Label y")
    expect(labels.get_by_role("button", pressed=True)).to_have_text("4")  # its own
    expect(screen.page.locator(".label-in")).to_have_text(["y = 4"] * 3)
    four = (screen.reconstruction, screen.kl)
    labels.get_by_role("button", name="7").click()
    expect(screen.page.locator(".label-in")).to_have_text(["y = 7"] * 3)
    assert (screen.reconstruction, screen.kl) != four
    screen.draw((0.3, 0.2), (0.7, 0.7))
    expect(screen.page.get_by_text("Which digit have you drawn?")).to_be_visible()
    expect(screen.mean).to_be_hidden()  # numbers of another digit would be wrong ones
    expect(labels.get_by_role("button", pressed=True)).to_have_count(0)
    labels.get_by_role("button", name="1").click()
    expect(screen.page.get_by_text("Which digit have you drawn?")).to_be_hidden()
    expect(screen.page).to_have_url(re.compile(r"[?&]label=1"))
    expect(screen.page.locator(".one-digit[data-empty]")).to_have_count(0)


def test_an_autoencoder_says_what_it_does_not_have(screen: Screen) -> None:
    screen.open("?model=plain&part=kl")
    expect(screen.page.get_by_text("No KL: a plain autoencoder").first).to_be_visible()
    expect(screen.page.get_by_text("No ε: a plain autoencoder").first).to_be_visible()
    expect(screen.page.get_by_role("switch")).to_be_hidden()
    mu = [screen.number(r"μ\s+(-?[\d.]+)"), screen.number(r"μ\s+-?[\d.]+\s+(-?[\d.]+)")]
    assert screen.number(r"z = \((-?[\d.]+)") == pytest.approx(mu[0], abs=0.006)
    assert "KL " not in screen.page.locator(".flow .terms").inner_text().replace("No KL", "")


def test_links_that_ask_for_too_much_are_answered_with_a_sentence(screen: Screen) -> None:
    screen.open("?digit=77777&ink=!!")
    expect(screen.page.get_by_text("There are 5000 real digits here")).to_be_visible()
    expect(screen.page.get_by_text("could not be read and was left out")).to_be_visible()


def test_the_map_fetches_no_encoder(first_visit: Page, url: str) -> None:
    asked: list[str] = []
    first_visit.on("request", lambda request: asked.append(request.url))
    first_visit.goto(url)
    first_visit.locator("[data-ready='true']").wait_for(timeout=30_000)
    first_visit.wait_for_timeout(500)
    assert any("/decoder.safetensors" in address for address in asked)
    assert not any("/encoder.safetensors" in address for address in asked)


@pytest.mark.parametrize(("theme", "background"), [("light", "#ffffff"), ("dark", "#10151c")])
def test_a_digits_way_is_a_picture_for_slides_in_the_pages_theme(
    screen: Screen, tmp_path: Path, theme: Any, background: str
) -> None:
    screen.page.emulate_media(color_scheme=theme)
    screen.open("?digit=123&epsilon=0.5,-1&beta=4&lang=zh")
    paths = {}
    for kind in ("png", "svg"):
        name = f"把这个数字的流程存为 {kind.upper()} 图片"
        with screen.page.expect_download() as download:
            screen.page.get_by_role("button", name=name).click()
        paths[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(paths[kind])
    with Image.open(paths["png"]) as png:
        drawn = np.asarray(png.convert("RGB"))
    svg = ElementTree.parse(paths["svg"]).getroot()

    assert drawn.shape[0] >= 1080
    assert (svg.get("width"), svg.get("height")) == tuple(map(str, drawn.shape[1::-1]))
    assert "#" + drawn[0, 0].tobytes().hex() == background

    # The words and numbers of the screen, as text.
    said = {text.text for text in svg.findall("{*}text")}
    sentences = (".terms .large", ".latent output", ".noise output", ".column .name")
    rows = ("table.moments td", ".kl-terms td")
    for selector in (*sentences, *rows):
        shown = [text for text in screen.page.locator(selector).all_inner_texts() if text]
        assert shown and said >= set(shown)
    total = screen.page.locator(".objective output").inner_text()
    assert total in "".join(svg.itertext())

    # Every pixel is a square, in the ink of the page.
    images = {image.get("aria-label"): image for image in svg.findall("{*}image")}
    for name in ("p(x|z) 的均值", "p(x|z) 的一个样本"):
        image = images[name]
        assert image.get("style") == "image-rendering: pixelated;"
        x, y, side = (int(image.get(key) or 0) for key in ("x", "y", "width"))
        assert side % 28 == 0
        square = drawn[y : y + side, x : x + side, 0].reshape(28, side // 28, 28, side // 28)
        assert (square == square[:, :1, :, :1]).all(), name
        grey = screen.pixels(name).reshape(28, 28)
        ink = 255 - grey if theme == "light" else grey
        assert np.abs(square[:, 0, :, 0].astype(int) - ink).max() <= 1
