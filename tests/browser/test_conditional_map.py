"""The map of a conditional model: labels to choose, ten digits at one place, stars to drag."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, run_server
from tests.browser.test_latent_map import Map
from tests.conftest import write_checkpoint
from vae_core.storage import checkpoints

PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return Array.from({ length: width * height }, (_, i) => data[4 * i]);
}"""


class ConditionalMap(Map):
    """The latent map with labels, in the words of the tests."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.labels = page.get_by_role("radiogroup", name="Label")
        self.strip = page.get_by_role("img", name=re.compile("^Samples of"))

    def label(self, name: str) -> Locator:
        return self.labels.get_by_role("radio", name=name, exact=True)

    def star(self, label: int) -> tuple[float, float]:
        """Where on the page a star is."""
        box = self.page.locator(".star polygon").nth(label).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain model, two conditional ones and one of clothes."""
    folder = tmp_path_factory.mktemp("conditional")
    learned = {"conditional": True, "prior": "learned"}
    write_checkpoint(folder / "vae.safetensors")
    write_checkpoint(folder / "cvae.safetensors", seed=2, half=True, **learned)
    write_checkpoint(folder / "cvae-standard.safetensors", seed=3, conditional=True)
    write_checkpoint(folder / "clothes.safetensors", seed=4, dataset="FashionMNIST", **learned)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with run_server(folder) as url:
        yield url


@pytest.fixture(scope="module")
def opened(browser: Browser, server: str) -> Iterator[ConditionalMap]:
    context = browser.new_context(viewport=DESKTOP, accept_downloads=True)  # type: ignore[arg-type]
    opened = ConditionalMap(context.new_page())
    opened.open(f"{server}/?model=cvae")
    yield opened
    context.close()


@pytest.fixture
def cvae(opened: ConditionalMap) -> Iterator[ConditionalMap]:
    """One open map of a learned prior for most tests, put back in order after each."""
    yield opened
    opened.reset()
    opened.label("0").click()
    assert opened.problems == []


@pytest.mark.parametrize("name", ["cvae", "cvae-standard"])
def test_ten_labels_at_the_pointer_are_pytorchs_pixels_and_need_no_server(
    name: str, page: Page, server: str, folder: Path
) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model={name}&label=3")
    page.wait_for_timeout(300)  # messages of the page's own start
    before = len(sent)
    model = checkpoints.load_checkpoint(folder / f"{name}.safetensors").model
    for place in [(0.1, 0.9), (0.5, 0.5), (0.77, 0.31)]:
        cvae.hover(*place)
        with torch.no_grad():
            z = torch.tensor([cvae.z]).expand(10, 2)
            expected = 255 * model.decode(z, torch.arange(10)).mean.numpy()
        tiles = [tile.evaluate(PIXELS) for tile in cvae.labels.locator("canvas").all()]
        assert np.abs(np.array(tiles) - expected).max() <= 1
        assert np.abs(cvae.pixels - expected[3]).max() <= 1
        assert np.abs(expected[0] - expected[1]).max() > 5  # labels differ, or this shows nothing
    assert len(sent) == before > 0


def test_choosing_a_label_draws_it_and_writes_it_into_the_address(cvae: ConditionalMap) -> None:
    cvae.leave()
    before, z = cvae.pixels, cvae.z
    cvae.label("6").click()
    assert cvae.z == z
    assert (cvae.pixels != before).any()
    expect(cvae.label("6")).to_be_checked()
    expect(cvae.label("0")).not_to_be_checked()
    assert (cvae.lens.get_attribute("aria-label") or "").endswith(", label 6")
    cvae.page.wait_for_url(re.compile("label=6"))


def test_labels_are_chosen_with_keys(cvae: ConditionalMap) -> None:
    cvae.label("0").focus()
    cvae.page.keyboard.press("ArrowRight")
    expect(cvae.label("1")).to_be_checked()
    expect(cvae.label("1")).to_be_focused()
    cvae.page.keyboard.press("ArrowLeft")
    cvae.page.keyboard.press("ArrowLeft")
    expect(cvae.label("9")).to_be_checked()


def test_quick_choices_end_with_the_last_one(cvae: ConditionalMap) -> None:
    for label in "3141592":
        cvae.label(label).click()
    cvae.page.wait_for_url(re.compile("label=2"))
    cvae.page.wait_for_timeout(300)
    expect(cvae.label("2")).to_be_checked()


def test_the_back_button_takes_the_choice_back(page: Page, server: str) -> None:
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model=cvae&label=4")
    cvae.label("7").click()
    page.wait_for_url(re.compile("label=7"))
    page.go_back()
    expect(cvae.label("4")).to_be_checked()


def test_the_manifold_is_the_labels(cvae: ConditionalMap) -> None:
    def picture() -> bytes:
        cvae.page.locator("canvas.manifold[data-busy='false']").wait_for()
        cvae.page.wait_for_timeout(100)
        address = cvae.page.locator("canvas.manifold").evaluate("(canvas) => canvas.toDataURL()")
        return address.encode()

    cvae.layer("manifold", True)
    zero = picture()
    cvae.label("8").click()
    eight = picture()
    cvae.label("0").click()
    assert zero != eight
    assert picture() == zero


def test_the_legend_and_the_tiles_are_one_choice_of_the_label(cvae: ConditionalMap) -> None:
    classes = cvae.page.get_by_role("group", name="Classes")
    classes.get_by_role("button", name="4").click()
    expect(cvae.label("4")).to_be_checked()
    cvae.page.wait_for_url(re.compile("label=4"))
    expect(cvae.page.locator(".star-names [data-on='true']")).to_have_text("4")
    cvae.label("5").click()
    expect(classes.get_by_role("button", pressed=True)).to_have_text("5")
    expect(classes.get_by_role("button", name="all")).to_be_hidden()
    cvae.label("0").click()


def test_a_click_pins_the_chosen_label_decoded_by_pytorch(
    cvae: ConditionalMap, folder: Path
) -> None:
    cvae.label("6").click()
    cvae.pin(0.35, 0.55)
    z = cvae.z
    cvae.label("2").click()
    cvae.pin(0.35, 0.55)  # the same place with another label

    first, second = cvae.pins.all()
    name = first.get_attribute("alt") or ""
    assert name.startswith("Pinned digit at (") and name.endswith(", label 6")
    assert (second.get_attribute("alt") or "").endswith(", label 2")
    model = checkpoints.load_checkpoint(folder / "cvae.safetensors").model
    for pin, label in ((first, 6), (second, 2)):
        shown = pin.evaluate(
            """async (image) => {
              await image.decode();
              const canvas = new OffscreenCanvas(28, 28);
              canvas.getContext("2d").drawImage(image, 0, 0);
              const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
              return Array.from({ length: 784 }, (_, i) => data[4 * i]);
            }"""
        )
        with torch.no_grad():
            expected = model.decode(torch.tensor([z]), torch.tensor([label])).mean[0].numpy()
        assert np.abs(np.array(shown) - 255 * expected).max() <= 1


def test_two_quick_clicks_with_one_elsewhere_between_them_are_two_pins(
    cvae: ConditionalMap,
) -> None:
    box = cvae.label("7").bounding_box()
    assert box is not None
    mouse, place = cvae.page.mouse, cvae.at(0.42, 0.37)
    mouse.click(*place)
    mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.click(*place)
    expect(cvae.pins).to_have_count(2)


def test_a_choice_and_a_click_at_once_bring_back_a_state_that_was_shown_before(
    cvae: ConditionalMap,
) -> None:
    """Two messages to the server before it has answered the first, and an answer it gave before."""
    place = cvae.at(0.35, 0.55)
    for milliseconds in range(0, 45, 3):
        cvae.label("6").evaluate(
            """async (label, [[clientX, clientY], wait]) => {
              const map = label.getRootNode().querySelector("[role=application]");
              const event = { clientX, clientY, pointerId: 1, pointerType: "mouse", bubbles: true };
              map.setPointerCapture = () => {};  // there is no real pointer to capture
              label.click();
              await new Promise((done) => setTimeout(done, wait));
              map.dispatchEvent(new PointerEvent("pointerdown", event));
              map.dispatchEvent(new PointerEvent("pointerup", event));
              delete map.setPointerCapture;
            }""",
            [place, milliseconds],
        )
        expect(cvae.pins).to_have_count(1)
        cvae.page.get_by_role("button", name="clear all").click()
        expect(cvae.pins).to_have_count(0)


def test_a_pin_that_is_looked_at_shows_its_own_label(cvae: ConditionalMap) -> None:
    cvae.label("6").click()
    cvae.pin(0.35, 0.55)
    cvae.label("2").click()
    cvae.pins.first.hover()
    expect(cvae.lens).to_have_attribute("aria-label", re.compile(", label 6$"))
    cvae.leave()
    expect(cvae.lens).to_have_attribute("aria-label", re.compile(", label 2$"))


def test_a_walk_between_two_labels_mixes_them_as_its_export_does(
    cvae: ConditionalMap, folder: Path
) -> None:
    cvae.label("6").click()
    cvae.pin(0.3, 0.4)
    cvae.label("2").click()
    cvae.pin(0.3, 0.4)
    z = cvae.z
    expect(cvae.page.locator(".walk .film")).to_have_attribute("aria-busy", "false")
    film = np.array(cvae.page.locator(".walk canvas").evaluate(PIXELS)).reshape(28, 12, 28)

    decoder = checkpoints.load_checkpoint(folder / "cvae.safetensors").model.decoder
    inputs = torch.zeros(12, 12)
    inputs[:, :2] = torch.tensor(z)
    inputs[:, 2 + 6], inputs[:, 2 + 2] = torch.linspace(1, 0, 12), torch.linspace(0, 1, 12)
    with torch.no_grad():
        expected = 255 * decoder(inputs).sigmoid().numpy().reshape(12, 28, 28)
    assert np.abs(film.transpose(1, 0, 2) - expected).max() <= 1

    with cvae.page.expect_download() as download:
        cvae.page.get_by_role("link", name="PNG").click()
    sheet = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes()))).astype(int)
    assert sheet.shape == (13 * 28 * 3, 13 * 28 * 5)  # 13 digits in five columns, ink on paper
    tiles = 255 - sheet[6::13, 6::13].reshape(3, 28, 5, 28).swapaxes(1, 2).reshape(15, 28, 28)
    assert np.abs(tiles[0] - film[:, 0]).max() <= 1
    assert np.abs(tiles[12] - film[:, -1]).max() <= 1
    assert (tiles[13:] == 0).all()


# --- the prior ----------------------------------------------------------------------------------


def test_the_prior_is_centred_on_the_labels_mean(cvae: ConditionalMap, folder: Path) -> None:
    mu = checkpoints.read_checkpoint(folder / "cvae.safetensors").weights["prior_mu"][5]
    cvae.label("5").click()
    box = cvae.page.locator(".prior circle").first.bounding_box()
    assert box is not None
    centre = cvae.to_z(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    np.testing.assert_allclose(centre, mu, atol=0.02)
    np.testing.assert_allclose(cvae.to_z(*cvae.star(5)), mu, atol=0.05)

    x, y = cvae.star(5)
    cvae.page.mouse.move(x + 40, y + 40)
    shown = float(cvae.page.locator(".readout dd .value").inner_text().replace("−", "-"))
    density = -np.log(2 * np.pi) - 0.5 * np.square(np.array(cvae.z) - mu).sum()
    assert shown == pytest.approx(density, abs=0.051)
    expect(cvae.page.get_by_text("log p(z|y)", exact=True)).to_be_visible()


def test_a_standard_prior_has_no_stars_and_stays_at_the_origin(page: Page, server: str) -> None:
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model=cvae-standard&label=5")
    expect(page.locator(".star")).to_have_count(0)
    expect(page.locator(".prior text")).to_have_count(3)
    box = page.locator(".prior circle").first.bounding_box()
    assert box is not None
    centre = cvae.to_z(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    np.testing.assert_allclose(centre, (0, 0), atol=0.02)
    expect(page.get_by_text("log p(z)", exact=True)).to_be_visible()


def test_dragging_a_star_shows_what_its_samples_become_and_it_glides_back(
    cvae: ConditionalMap, folder: Path
) -> None:
    x, y = cvae.star(3)
    address, view = cvae.page.url, cvae.view
    expect(cvae.strip).to_be_hidden()
    cvae.page.mouse.move(x, y)
    cvae.page.mouse.down()
    cvae.page.mouse.move(x + 60, y - 50, steps=4)
    expect(cvae.strip).to_be_visible()
    expect(cvae.page.get_by_text("The model is not changed.")).to_be_visible()
    held = [float(value) for value in (cvae.strip.get_attribute("data-z") or "").split(",")]
    np.testing.assert_allclose(held, cvae.to_z(x + 60, y - 50), atol=0.03)  # as the axes are read
    assert cvae.star(3) == pytest.approx((x + 60, y - 50), abs=2)

    # The strip is the decoder's, of label 3, around where the star is held.
    count = int(cvae.strip.evaluate("(canvas) => canvas.width")) // 28
    turned = np.arange(count) * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(-2 * np.log(1 - (np.arange(count) + 0.5) / count))
    epsilon = np.stack([radius * np.cos(turned), radius * np.sin(turned)], 1).astype(np.float32)
    model = checkpoints.load_checkpoint(folder / "cvae.safetensors").model
    z = torch.tensor(held) + torch.tensor(epsilon)
    with torch.no_grad():
        means = model.decode(z, torch.full((len(z),), 3)).mean.numpy().reshape(-1, 28, 28)
    strip = np.array(cvae.strip.evaluate(PIXELS)).reshape(28, len(z), 28).transpose(1, 0, 2)
    assert np.abs(strip - 255 * means).max() <= 1

    cvae.page.mouse.up()
    expect(cvae.strip).to_be_hidden()
    assert cvae.star(3) == pytest.approx((x, y), abs=1)
    assert (cvae.page.url, cvae.view) == (address, view)
    expect(cvae.pins).to_have_count(0)


def test_a_drag_changes_the_samples(cvae: ConditionalMap) -> None:
    x, y = cvae.star(0)
    cvae.page.mouse.move(x, y)
    cvae.page.mouse.down()
    seen = []
    for step in (20, 60, 120):
        cvae.page.mouse.move(x - step, y + step)
        seen.append(tuple(cvae.strip.evaluate(PIXELS)))
    cvae.page.mouse.up()
    assert len(set(seen)) == 3
    expect(cvae.strip).to_be_hidden()


def test_a_star_is_moved_with_keys_and_escape_lets_it_go(cvae: ConditionalMap) -> None:
    cvae.label("5").click()
    x, y = cvae.star(5)
    star = cvae.page.get_by_role("button", name="Mean \u03bc(5):")
    star.focus()
    cvae.page.keyboard.press("ArrowRight")
    cvae.page.keyboard.press("ArrowRight")
    cvae.page.keyboard.press("Shift+ArrowUp")
    assert cvae.star(5) == pytest.approx((x + 32, y - 2), abs=1)
    expect(cvae.strip).to_be_visible()
    cvae.page.keyboard.press("Escape")
    expect(cvae.strip).to_be_hidden()
    assert cvae.star(5) == pytest.approx((x, y), abs=1)
    expect(cvae.page.locator(".star[tabindex='0']")).to_have_count(1)
    expect(star).to_be_focused()


def test_a_chosen_labels_points_stand_out_among_the_others(
    cvae: ConditionalMap, folder: Path
) -> None:
    latents = checkpoints.read_checkpoint(folder / "cvae.safetensors").latents
    cvae.layer("manifold", False)
    most = []
    for label in (3, 8):
        cvae.label(str(label)).click()
        cvae.page.wait_for_timeout(100)
        ink = np.array(
            cvae.page.locator("canvas.dots").evaluate(
                """(canvas) => {
                  const { width, height } = canvas;
                  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                  return Array.from({ length: width * height }, (_, i) => data[4 * i + 3]);
                }"""
            )
        )
        strong = ink > 128
        assert 0 < strong.sum() < (ink > 0).sum() / 2
        most.append(strong.sum() / (latents.labels == label).sum())
    assert most[0] == pytest.approx(most[1], rel=0.5)  # as many discs as points of the label
    expect(cvae.page.get_by_text("The label carries identity, z carries style")).to_be_visible()


def test_a_click_on_a_star_chooses_its_label_and_pins_nothing(cvae: ConditionalMap) -> None:
    cvae.page.mouse.click(*cvae.star(7))
    expect(cvae.label("7")).to_be_checked()
    cvae.page.wait_for_url(re.compile("label=7"))
    expect(cvae.pins).to_have_count(0)


# --- links, other models, other screens ---------------------------------------------------------


def test_a_link_shows_its_label_and_each_pins(page: Page, server: str) -> None:
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model=cvae&label=6&pins=0.42,-1.13;1,2,9")
    expect(cvae.pins).to_have_count(2)
    expect(cvae.label("6")).to_be_checked()
    assert [pin.get_attribute("alt") for pin in cvae.pins.all()] == [
        "Pinned digit at (0.42, -1.13), label 6",
        "Pinned digit at (1.00, 2.00), label 9",
    ]


def test_a_label_that_is_not_there_is_one_sentence(page: Page, server: str) -> None:
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model=cvae&label=12")
    expect(page.get_by_text("This model has no label 12: its labels are 0 to 9.")).to_be_visible()
    expect(cvae.label("0")).to_be_checked()


def test_clothes_are_chosen_by_name(page: Page, server: str) -> None:
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model=clothes&label=9")
    expect(cvae.label("Ankle boot")).to_be_checked()
    cvae.label("T-shirt/top").click()
    expect(cvae.lens).to_have_attribute("aria-label", re.compile(", label T-shirt/top$"))
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(main) => main.scrollHeight - main.clientHeight") <= 0
    assert cvae.problems == []


def test_a_change_of_model_changes_the_whole_screen(page: Page, server: str) -> None:
    cvae = ConditionalMap(page)
    cvae.open(f"{server}/?model=cvae&label=6&pins=0.5,1,3")
    for option, labels in (("VAE, β 1, −ELBO 210.5", 0), ("CVAE, β 1, −ELBO 213.5", 1)):
        page.get_by_label("Model", exact=True).click()
        page.get_by_role("option", name=re.compile(f"^{option}")).click()
        expect(cvae.labels).to_have_count(labels)
        expect(page.get_by_text("around here", exact=True)).to_be_visible(visible=not labels)
        expect(page.locator(".star")).to_have_count(0)
        page.locator("[data-drawn='true']").wait_for()
    expect(cvae.label("6")).to_be_checked()
    assert cvae.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_projector_needs_no_scrolling(browser: Browser, server: str, scheme: str) -> None:
    twelve = ";".join(f"{i / 4 - 1.5},{i / 6},{i % 10}" for i in range(12))
    context = browser.new_context(viewport=DESKTOP, color_scheme=scheme)  # type: ignore[arg-type]
    cvae = ConditionalMap(context.new_page())
    cvae.open(f"{server}/?model=cvae&pins={twelve}")
    expect(cvae.pins).to_have_count(12)
    main = cvae.page.get_by_test_id("stMain")
    assert main.evaluate("(main) => main.scrollHeight - main.clientHeight") <= 0
    assert main.evaluate("(main) => main.scrollWidth - main.clientWidth") <= 0
    assert cvae.problems == []
    context.close()


def test_a_finger_drags_a_star_on_a_phone(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    cvae = ConditionalMap(context.new_page())
    cvae.open(f"{server}/?model=cvae")
    touch = context.new_cdp_session(cvae.page)
    x, y = cvae.star(2)

    def finger(kind: str, *place: float) -> None:
        points = [dict(zip("xy", place, strict=True))] if place else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", x, y)
    finger("touchMove", x + 30, y + 30)
    finger("touchMove", x + 60, y + 60)
    expect(cvae.strip).to_be_visible()
    finger("touchEnd")
    expect(cvae.strip).to_be_hidden()
    expect(cvae.pins).to_have_count(0)
    assert cvae.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert cvae.problems == []
    context.close()
