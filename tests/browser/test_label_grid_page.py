"""The label grid page in a real browser: each part does what it says, in PyTorch's pixels."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pages._ui.server.grid_noise import noise
from tests.browser.conftest import (
    PHONE,
    PROJECT,
    run_server,
    wait_for_map,
)
from tests.conftest import needs_node, write_checkpoint
from tests.test_label_grid import write_conditional
from vae_core.data.embedded import embedded_digits
from vae_core.storage import checkpoints

GREY_LEVEL = 1 / 255
PARTS = ("Grid", "Write", "Style transfer", "Why it matters")
# The pixels of a digit, as the browser has drawn it.
PIXELS = """
(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data)
  .filter((_, i) => i % 4 === 0)
"""
MODULES = """
import { noise } from "FRONTEND/core/noise.js";
const seeds = JSON.parse(process.argv[1]);
const styles = [1, 2, 112, 200];
console.log(JSON.stringify(seeds.map((seed) => styles.map((style) => noise(seed, style)))));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain model, a conditional one, and a conditional one of clothes."""
    folder = tmp_path_factory.mktemp("labelled")
    write_checkpoint(folder / "vae.safetensors")
    write_conditional(folder / "cvae.safetensors")
    write_conditional(folder / "fashion.safetensors", dataset="FashionMNIST", prior="standard")
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """The app with these models."""
    with run_server(folder) as address:
        yield address


def open_page(page: Page, url: str, query: str = "model=cvae") -> None:
    page.goto(f"{url}/label_grid?{query}")
    wait_for_map(page)


def digit(page: Page, name: str) -> Any:
    return page.get_by_role("img", name=name, exact=True).first


def means(page: Page, name: str) -> np.ndarray[Any, Any]:
    return np.array(digit(page, name).evaluate(PIXELS)) / 255


def address(page: Page, **wanted: str) -> dict[str, str]:
    """The page's query, once it says what is wanted."""
    conditions = "".join(f"(?=.*[?&]{name}={value}(&|$))" for name, value in wanted.items())
    page.wait_for_url(re.compile(conditions + ".*"))
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def decoded(folder: Path, label: int, style: int, spread: float, seed: int) -> Any:
    model = checkpoints.load_checkpoint(folder / "cvae.safetensors").model
    y = torch.tensor([label])
    z = model.prior(y).mean + spread * torch.from_numpy(noise(seed, [style])).float()
    with torch.no_grad():
        return model.decode(z, y).mean[0].numpy()


# --- grid ---------------------------------------------------------------------------------------


def test_the_grid_has_a_row_per_label_and_a_column_per_style(page: Page, url: str) -> None:
    open_page(page, url)
    grid = page.get_by_role("group", name="Labels and styles")

    expect(grid.get_by_role("img")).to_have_count(100)
    assert page.title().startswith("Label grid")
    for name in ("Digit 0, style 1", "Digit 9, style 10"):
        expect(digit(page, name)).to_be_visible()


def test_every_digit_of_the_grid_is_pytorchs(page: Page, url: str, folder: Path) -> None:
    open_page(page, url, "model=cvae&spread=0.7&seed=12")

    for label, style in ((0, 1), (6, 3), (9, 10)):
        drawn = means(page, f"Digit {label}, style {style}")
        expected = decoded(folder, label, style, 0.7, 12)
        assert np.abs(drawn - expected).max() <= GREY_LEVEL


def test_controls_redraw_the_grid_and_a_link_to_it_shows_the_same(page: Page, url: str) -> None:
    open_page(page, url)
    before = means(page, "Digit 6, style 2")
    page.get_by_label("Columns").fill("12")
    expect(digit(page, "Digit 6, style 12")).to_be_visible()
    page.get_by_label("Spread").fill("0.5")
    page.get_by_role("button", name="New sample").click()
    query = address(page, columns="12", spread="0.5", seed="28")
    after = means(page, "Digit 6, style 2")
    assert np.abs(after - before).max() > 0.1

    open_page(page, url, "&".join(f"{name}={value}" for name, value in query.items()))
    assert np.array_equal(means(page, "Digit 6, style 2"), after)
    expect(page.get_by_label("Seed")).to_have_value("28")


def test_at_spread_zero_all_styles_are_the_mean(page: Page, url: str) -> None:
    open_page(page, url, "model=cvae&spread=0")

    assert np.array_equal(means(page, "Digit 4, style 1"), means(page, "Digit 4, style 7"))
    expect(page.locator(".takeaway")).to_contain_text("all columns are alike")


def test_a_click_opens_a_digit_and_pins_it_to_the_map(page: Page, url: str, folder: Path) -> None:
    open_page(page, url, "model=cvae&seed=3")
    digit(page, "Digit 6, style 4").click()
    x, y = (
        checkpoints.load_checkpoint(folder / "cvae.safetensors").model.prior_mu[6].tolist()
        + noise(3, [4])[0]
    )

    expect(page.get_by_role("heading", name="Digit 6, style 4")).to_be_visible()
    expect(page.get_by_role("img", name=f"Opened digit 6 at ({x:.2f}, {y:.2f})")).to_be_visible()
    address(page, cell="6,4")
    page.get_by_role("link", name="Pin to the latent map").click()
    page.wait_for_url("**pins=**")
    query = parse_qs(urlsplit(page.url).query)
    assert query["model"] == ["cvae"]
    pinned = [float(value) for value in query["pins"][0].split(",")]
    assert np.allclose(pinned, [x, y, 6], atol=1e-3)


def test_arrow_keys_walk_over_the_grid(page: Page, url: str) -> None:
    open_page(page, url)
    digit(page, "Digit 3, style 3").click()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)

    expect(page.get_by_role("heading", name="Digit 4, style 5")).to_be_visible()


# --- write --------------------------------------------------------------------------------------


def written(page: Page) -> str:
    panel = page.get_by_role("tabpanel", name="Write")
    names = [found.get_attribute("aria-label") or "" for found in panel.get_by_role("img").all()]
    return "".join(name.split()[1].rstrip(",") for name in names)


def test_a_number_is_written_in_one_style_or_several(page: Page, url: str, folder: Path) -> None:
    open_page(page, url)
    page.get_by_label("Write a number").fill("2026")
    expect(digit(page, "Digit 2, style 1")).to_be_visible()
    assert written(page) == "2026"
    drawn = means(page, "Digit 6, style 1")
    assert np.abs(drawn - decoded(folder, 6, 1, 1.0, 27)).max() <= GREY_LEVEL

    page.get_by_label("several styles").check()
    expect(digit(page, "Digit 6, style 10")).to_be_visible()
    assert written(page) == "2026" * 10
    expect(page.locator(".takeaway")).to_contain_text("The number 10 times")
    expect(page.locator(".takeaway")).to_contain_text("Each of the 40 pictures")
    address(page, part="write", styles="several")


def test_one_digit_fills_a_wall(page: Page, url: str) -> None:
    open_page(page, url)
    page.get_by_label("Write a number").fill("6")
    expect(digit(page, "Digit 6, style 112")).to_be_visible()

    assert set(written(page)) == {"6"}


def test_text_that_is_no_number_is_explained(page: Page, url: str) -> None:
    open_page(page, url)
    field = page.get_by_label("Write a number")
    field.fill("six")
    expect(page.get_by_text("Only digits can be written; 3 other characters")).to_be_visible()
    expect(page.get_by_text("Type a number")).to_be_visible()
    field.fill("12345" * 2000)
    expect(page.get_by_text("The first 64 digits of 10,000 are written.")).to_be_visible()
    assert written(page) == ("12345" * 13)[:64]
    field.fill("")
    expect(page.get_by_text("Type a number")).to_be_visible()
    expect(page.get_by_role("button", name="Download PNG")).to_be_disabled()


def test_spaces_of_a_phone_number_stay_as_gaps(page: Page, url: str) -> None:
    open_page(page, url)
    page.get_by_label("Write a number").fill("+49 30 12")
    expect(page.locator(".line .gap")).to_have_count(2)
    assert written(page) == "493012"
    address(page, part="write", number="49%2030%2012")
    expect(page.get_by_label("Write a number")).to_have_value("+49 30 12")  # as it was typed


# --- pictures -----------------------------------------------------------------------------------


def picture(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {kind.upper()}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize(("theme", "background"), [("light", "#ffffff"), ("dark", "#10151c")])
def test_every_part_is_a_picture_for_slides_in_the_pages_theme(
    page: Page, url: str, folder: Path, tmp_path: Path, theme: Any, background: str
) -> None:
    page.emulate_media(color_scheme=theme)
    paper = "#ffffff" if theme == "light" else "#000000"
    for part, count in {"grid": 100, "write": 2, "hand": 11, "why": 200}.items():
        open_page(page, url, f"model=cvae&part={part}&number=42")
        expect(page.get_by_role("button", name="Download PNG")).to_be_enabled(timeout=30_000)
        with Image.open(picture(page, "png", tmp_path)) as png:
            drawn = np.asarray(png.convert("RGB"))
        svg = ElementTree.parse(picture(page, "svg", tmp_path)).getroot()
        images = svg.findall("{*}image")

        assert drawn.shape[0] >= 1080
        assert (svg.get("width"), svg.get("height")) == tuple(map(str, drawn.shape[1::-1]))
        assert "#" + drawn[0, 0].tobytes().hex() == (paper if part == "write" else background)
        assert len(images) == count
        if part == "write":
            x, y, side = (round(float(images[0].get(name) or 0)) for name in ("x", "y", "width"))
            scale = side // 28
            four = drawn[y : y + side : scale, x : x + side : scale, 0] / 255
            means = decoded(folder, 4, 1, 1.0, 27).reshape(28, 28)
            ink = 1 - means if theme == "light" else means
            assert np.abs(four - ink).max() <= 2 * GREY_LEVEL


@needs_node
def test_browser_and_server_agree_on_noise() -> None:
    seeds = [0, 1, 27, 999_999]
    script = MODULES.replace("FRONTEND", (PROJECT / "pages/_ui/frontend").as_uri())
    command = ["node", "--input-type=module", "--eval", script, json.dumps(seeds)]
    got = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)

    assert np.allclose(got, [noise(seed, [1, 2, 112, 200]) for seed in seeds], atol=1e-12)


# --- style transfer -----------------------------------------------------------------------------


def test_all_digits_follow_the_hand_of_a_real_one(page: Page, url: str, folder: Path) -> None:
    open_page(page, url, "model=cvae&part=hand")
    first = "Digit 3, in the hand of embedded training digit 0"
    expect(digit(page, first)).to_be_visible(timeout=30_000)
    before = means(page, first)
    model = checkpoints.load_checkpoint(folder / "cvae.safetensors").model
    images, labels = embedded_digits()
    y = torch.tensor(labels[:1]).long()
    x = torch.from_numpy(images[:1].reshape(1, 784)).float() / 255
    with torch.no_grad():
        shift = (model.encode(x, y).mean - model.prior(y).mean)[0].numpy()
    length = float(np.hypot(*shift))
    farther = 100 * float((np.hypot(*noise(1, range(1, 40_001)).T) > length).mean())
    takeaway = page.locator(".takeaway").text_content() or ""
    numbers = [float(found) for found in re.findall(r"\d+\.\d+|\d+(?= %)", takeaway)]
    assert abs(numbers[0] - length) < 0.01
    assert abs(numbers[1] - farther) < 1.5 if "less than" not in takeaway else farther < 1.5
    thumb = page.get_by_role("button", name="Real 8").first
    thumb.click()
    chosen = thumb.get_attribute("value") or ""
    expect(page.get_by_role("heading", name="A real 8")).to_be_visible()
    after = f"Digit 3, in the hand of embedded training digit {chosen}"

    assert np.abs(means(page, after) - before).max() > 0.1
    address(page, image=chosen)
    page.get_by_role("button", name="Random digit").click()
    expect(digit(page, after)).to_have_count(0)


def test_real_digits_are_named_by_their_set_and_fetched_only_where_shown(
    page: Page, url: str
) -> None:
    answers: list[Any] = []
    page.on("response", lambda r: "images.bin" in r.url and answers.append(r))
    open_page(page, url, "model=cvae&part=hand&image=12")
    name = "embedded training digit 12"
    real = page.get_by_role("img", name=re.compile(rf"^Real \d, {name}$"))

    expect(real.first).to_be_visible(timeout=30_000)
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    page.wait_for_function(f"(e) => ({PIXELS})(e).some(Boolean)", arg=real.first.element_handle())
    expected = embedded_digits()[0][12]
    assert np.array_equal(np.array(real.first.evaluate(PIXELS)).reshape(28, 28), expected)
    assert sum(len(answer.body()) for answer in answers) <= 31 * 784


# --- why it matters -----------------------------------------------------------------------------


def test_shares_of_both_priors_are_counted_on_what_is_shown(page: Page, url: str) -> None:
    answers: list[Any] = []
    page.on("response", lambda r: "read.json" in r.url and answers.append((r.url, r.json())))
    open_page(page, url, "model=cvae&part=why&label=4")
    panel = page.get_by_role("tabpanel", name="Why it matters")
    counts = panel.get_by_text(re.compile(r"^\d+ of 100 read as 4$"))
    expect(counts).to_have_count(2, timeout=30_000)

    plain, asked = (int((text or "").split()[0]) for text in counts.all_text_contents())
    reads = {("label" in parse_qs(urlsplit(url).query)): answer["read"] for url, answer in answers}
    assert (plain, asked) == (reads[False].count(4), reads[True].count(4))
    assert panel.locator(".other").count() == 200 - plain - asked
    expect(page.locator(".takeaway")).to_have_text(
        f"Without asking, {plain} of 100 samples are read as 4; asked for it, {asked} of 100."
    )
    expect(page.get_by_role("img", name="100 samples of the plain prior")).to_be_visible()

    page.get_by_role("group", name="Label").get_by_role("button", name="7").click()
    expect(panel.get_by_text(re.compile(r"^\d+ of 100 read as 7$"))).to_have_count(2)
    address(page, label="7")


# --- the page -----------------------------------------------------------------------------------


def test_clothes_have_names_and_the_number_says_what_to_type(page: Page, url: str) -> None:
    open_page(page, url, "model=fashion")
    expect(digit(page, "Sneaker, style 2")).to_be_visible()
    page.get_by_label("Write a number").fill("7")

    expect(page.get_by_text("Type the numbers of the labels: 0 T-shirt/top")).to_be_visible()
    expect(digit(page, "Sneaker, style 112")).to_be_visible()


def test_the_picker_and_the_back_button_work_here_too(page: Page, url: str) -> None:
    open_page(page, url, "model=vae")
    expect(page.get_by_text("−ELBO 210.5 nats cannot be asked for a label.")).to_be_visible()
    page.get_by_role("tab", name="Write").click()
    address(page, part="write")
    page.go_back()

    expect(page.get_by_role("tab", name="Grid")).to_have_attribute("aria-selected", "true")
    expect(digit(page, "Digit 6, style 1")).to_be_visible()


def test_back_and_forward_walk_through_what_was_chosen(page: Page, url: str) -> None:
    open_page(page, url)
    digit(page, "Digit 6, style 4").click()
    page.get_by_label("Spread").fill("0.5")
    address(page, cell="6,4", spread="0.5")
    page.get_by_role("tab", name="Why it matters").click()
    page.get_by_role("group", name="Label").get_by_role("button", name="7").click()
    address(page, part="why", label="7")

    page.go_back()
    label = page.get_by_role("group", name="Label").get_by_role("button", name="6")
    expect(label).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.get_by_role("heading", name="Digit 6, style 4")).to_be_visible()
    expect(page.get_by_label("Spread")).to_have_value("0.5")  # dragging was no step of its own
    page.go_back()
    expect(page.get_by_role("heading", name="Digit 0, style 1")).to_be_visible()
    expect(page.get_by_label("Spread")).to_have_value("1")
    page.go_forward()
    expect(page.get_by_role("heading", name="Digit 6, style 4")).to_be_visible()


def test_no_control_sends_python_a_message(page: Page, url: str) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(page, url)
    page.wait_for_timeout(1000)
    sent.clear()
    page.get_by_label("Columns").fill("7")
    page.get_by_label("Spread").fill("0.5")
    page.get_by_role("button", name="New sample").click()
    digit(page, "Digit 3, style 3").click()
    page.get_by_label("Write a number").fill("42")
    page.get_by_label("several styles").check()
    for part in PARTS:
        page.get_by_role("tab", name=part).click()
    address(page, columns="7", spread="0.5", seed="28", number="42", part="why")
    page.wait_for_timeout(500)

    assert sent == []


def test_what_a_link_cannot_have_is_left_out_with_a_sentence(page: Page, url: str) -> None:
    open_page(page, url, "model=cvae&columns=9999&cell=drop%20table&number=six")
    message = page.get_by_text("The link's columns must be a whole number from 1 to 20")

    expect(message).to_be_visible()
    expect(message).to_contain_text("The link's cell must be a label and a style")
    expect(message).to_contain_text("Only digits can be written")
    expect(digit(page, "Digit 9, style 10")).to_be_visible()


def test_the_latent_map_keeps_its_pins_while_the_grid_is_open(page: Page, url: str) -> None:
    page.goto(f"{url}/?model=cvae&pins=0.5,1")
    wait_for_map(page)
    page.get_by_role("link", name="Label grid").click()
    expect(digit(page, "Digit 6, style 1")).to_be_visible()
    page.get_by_role("link", name="Latent map").first.click()

    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)


def test_every_part_fits_a_projector_light_and_dark(page: Page, url: str) -> None:
    open_page(page, url)
    main = page.get_by_test_id("stMain")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for part in PARTS:
            page.get_by_role("tab", name=part).click()
            expect(page.get_by_role("tabpanel", name=part)).to_be_visible()
            page.wait_for_timeout(200)
            assert main.evaluate("e => e.scrollHeight - e.clientHeight") <= 0, part
            assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, part


def test_a_phone_scrolls_only_downwards_and_no_error_reaches_the_console(
    browser: Browser, url: str
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(url)
    page.get_by_role("link", name="Label grid").click()
    wait_for_map(page)
    main = page.get_by_test_id("stMain")
    for part in PARTS:
        page.get_by_role("tab", name=part).click()
        page.wait_for_timeout(200)
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, part
    assert problems == []
    context.close()
