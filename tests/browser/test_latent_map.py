"""The latent map as a person uses it: the real app, a real browser, pointer, keys and fingers."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from conftest import DESKTOP, PHONE, PROJECT, free_port, run_server, wait_for_map
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.slow_network import slow_network
from vae_core.data.embedded import embedded_digits
from vae_core.storage import checkpoints


class Map:
    """The latent map on a page, in the words of the tests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.surface = page.get_by_role("application", name="Latent map")
        self.lens = page.get_by_role("img", name=re.compile("^Decoded digit at"))
        self.pins = page.get_by_alt_text(re.compile("^Pinned digit at"))
        self.inset = page.get_by_role("region", name="q(z|x) of one digit")
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: object) -> None:
        if getattr(message, "type", "") == "error":
            self.problems.append(str(getattr(message, "text", message)))

    def open(self, url: str) -> Map:
        self.page.goto(url)
        wait_for_map(self.page)
        self.page.locator("[data-drawn='true']").wait_for()
        return self

    def at(self, right: float, down: float) -> tuple[float, float]:
        """A place on the page, from fractions of the map's sides."""
        box = self.surface.bounding_box()
        assert box is not None
        return box["x"] + right * box["width"], box["y"] + down * box["height"]

    def hover(self, right: float, down: float) -> None:
        self.page.mouse.move(*self.at(right, down))

    def leave(self) -> None:
        self.page.mouse.move(self.page.viewport_size["width"] - 3, 300)  # type: ignore[index]

    def pin(self, right: float, down: float) -> None:
        count = self.pins.count()
        self.page.mouse.click(*self.at(right, down))
        expect(self.pins).to_have_count(count + 1)

    @property
    def z(self) -> tuple[float, float]:
        """Where the lens is."""
        x, y = (self.lens.get_attribute("data-z") or "").split(",")
        return float(x), float(y)

    @property
    def pixels(self) -> np.ndarray:
        """Grey levels of the lens, (784,)."""
        return np.array(
            self.lens.evaluate(
                """(canvas) => Array.from(
                     canvas.getContext("2d").getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0)
                   )"""  # noqa: E501
            )
        )

    @property
    def view(self) -> tuple[float, float, float]:
        """The middle of the map and its width, in z."""
        x, y, span = (self.surface.get_attribute("data-view") or "").split(",")
        return float(x), float(y), float(span)

    @property
    def dots(self) -> float:
        """The radius of a point, in pixels."""
        return float(
            self.page.locator("canvas.dots[data-radius]").get_attribute("data-radius") or "nan"
        )

    def axis(self, name: str) -> tuple[float, float]:
        """Where on the page 0 of z1 or z2 is, and a unit's pixels: read off the numbers."""
        numbers = self.page.locator(f".axes [data-{name}]").evaluate_all(
            f"""(texts) => texts.map((text) => {{
              const box = text.getBoundingClientRect();
              const value = Number(text.textContent.replace("\u2212", "-"));
              return [value, "{name}" === "z1" ? box.x + box.width / 2 : box.y + box.height / 2];
            }})"""
        )
        values, places = np.array(numbers).T
        unit, zero = np.polyfit(values, places, 1)
        return float(zero), float(unit)

    def to_z(self, x: float, y: float) -> tuple[float, float]:
        """The place under a pixel of the page, read off the axes."""
        (x0, unit_x), (y0, unit_y) = self.axis("z1"), self.axis("z2")
        return (x - x0) / unit_x, (y - y0) / unit_y

    def layer(self, name: str, on: bool) -> None:
        self.page.get_by_label(name, exact=True).set_checked(on)

    def reset(self) -> None:
        """As it was when opened."""
        self.leave()
        if self.pins.count():
            self.page.get_by_role("button", name="clear all").click()
        expect(self.pins).to_have_count(0)
        if self.inset.is_visible():
            self.inset.get_by_role("button", name="Close").click()
        if self.page.get_by_role("button", name="whole map").is_visible():
            self.page.get_by_role("button", name="whole map").click()
        for name in ("points", "manifold", "prior", "posterior", "names"):
            if self.page.get_by_label(name, exact=True).is_enabled():
                self.layer(name, name != "posterior")


@pytest.fixture(scope="module")
def opened(browser: Browser, app_url: str) -> Iterator[Map]:
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    yield Map(context.new_page()).open(app_url)
    context.close()


@pytest.fixture
def latent_map(opened: Map) -> Iterator[Map]:
    """One open map for all tests, put back in order after each."""
    yield opened
    opened.reset()
    assert opened.problems == []


def test_moving_decodes_without_a_message_to_the_server(page: Page, app_url: str) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    latent_map = Map(page).open(app_url)
    latent_map.hover(0.5, 0.5)
    page.wait_for_timeout(300)  # messages of the page's own start
    before, seen = len(sent), set()
    for step in range(40):
        latent_map.hover(0.2 + 0.015 * step, 0.3 + 0.01 * step)
        seen.add(latent_map.pixels.tobytes())
    assert len(sent) == before > 0
    assert len(seen) > 30  # the digit differs from place to place


def test_the_lens_shows_pytorchs_pixels(latent_map: Map, tiny_checkpoint: Path) -> None:
    model = checkpoints.load_checkpoint(tiny_checkpoint).model
    for place in [(0.1, 0.9), (0.5, 0.5), (0.77, 0.31)]:
        latent_map.hover(*place)
        with torch.no_grad():
            expected = model.decode(torch.tensor([latent_map.z])).mean[0].numpy()
        assert np.abs(latent_map.pixels - 255 * expected).max() <= 1


def test_the_pointers_place_is_read_off_the_axes(latent_map: Map) -> None:
    latent_map.hover(0.62, 0.41)
    read = latent_map.to_z(*latent_map.at(0.62, 0.41))
    np.testing.assert_allclose(latent_map.z, read, atol=0.02)


def test_axes_are_equal(latent_map: Map) -> None:
    assert latent_map.axis("z1")[1] == pytest.approx(-latent_map.axis("z2")[1], rel=0.01)


def test_leaving_brings_the_last_pinned_digit_back(latent_map: Map) -> None:
    latent_map.pin(0.3, 0.4)
    latent_map.pin(0.6, 0.7)
    pinned = latent_map.z
    latent_map.hover(0.5, 0.2)
    assert latent_map.z != pinned
    latent_map.leave()
    np.testing.assert_allclose(latent_map.z, pinned, atol=1e-4)


def test_a_click_pins_the_place_under_it(latent_map: Map) -> None:
    latent_map.hover(0.35, 0.55)
    name = latent_map.lens.get_attribute("aria-label") or ""
    latent_map.pin(0.35, 0.55)
    assert latent_map.pins.first.get_attribute("alt") == name.replace("Decoded", "Pinned")


def test_quick_clicks_are_all_kept_in_order(latent_map: Map) -> None:
    places = [0.2, 0.35, 0.5, 0.65, 0.8]
    for place in places:
        latent_map.page.mouse.click(*latent_map.at(place, 0.5))
    expect(latent_map.pins).to_have_count(len(places))
    names = [pin.get_attribute("alt") or "" for pin in latent_map.pins.all()]
    numbers = [float(name.split("(")[1].split(",")[0]) for name in names]
    assert numbers == sorted(numbers)


def test_a_pin_can_be_removed(latent_map: Map) -> None:
    latent_map.pin(0.3, 0.3)
    latent_map.pin(0.7, 0.7)
    second = latent_map.pins.nth(1).get_attribute("alt")
    latent_map.pins.first.hover()
    latent_map.page.get_by_role("button", name="Remove pin 1").click()
    expect(latent_map.pins).to_have_count(1)
    assert latent_map.pins.first.get_attribute("alt") == second


def test_a_thirteenth_pin_is_refused_with_a_sentence_beside_the_pins(latent_map: Map) -> None:
    for i in range(12):
        latent_map.page.mouse.click(*latent_map.at(0.1 + 0.06 * i, 0.5))
    expect(latent_map.pins).to_have_count(12)
    latent_map.page.mouse.click(*latent_map.at(0.5, 0.2))
    pins = latent_map.page.get_by_role("region", name="Pins")
    expect(pins.get_by_text("12 pins at most: remove one first.")).to_be_visible()
    expect(latent_map.pins).to_have_count(12)


def test_a_drag_pans_and_pins_nothing(latent_map: Map) -> None:
    before = latent_map.view
    latent_map.hover(0.5, 0.5)
    grabbed = latent_map.z
    latent_map.page.mouse.down()
    latent_map.page.mouse.move(*latent_map.at(0.6, 0.45), steps=6)
    latent_map.page.mouse.up()
    latent_map.page.wait_for_timeout(100)
    assert latent_map.view[0] < before[0]
    latent_map.hover(0.61, 0.45)
    latent_map.hover(0.6, 0.45)
    np.testing.assert_allclose(latent_map.z, grabbed, atol=1e-6)
    expect(latent_map.pins).to_have_count(0)


def test_the_wheel_zooms_around_the_pointer_and_a_pin_keeps_the_zoom(latent_map: Map) -> None:
    latent_map.hover(0.3, 0.6)
    z, before = latent_map.z, latent_map.view
    for _ in range(4):
        latent_map.page.mouse.wheel(0, -120)
    latent_map.page.wait_for_timeout(200)
    zoomed = latent_map.view
    assert zoomed[2] < 0.6 * before[2]
    latent_map.hover(0.31, 0.6)
    latent_map.hover(0.3, 0.6)
    np.testing.assert_allclose(latent_map.z, z, atol=1e-6)
    latent_map.pin(0.5, 0.5)
    assert latent_map.view == zoomed


def test_a_double_click_resets_the_view_and_leaves_no_pin(latent_map: Map) -> None:
    before = latent_map.view
    latent_map.hover(0.4, 0.4)
    latent_map.page.mouse.wheel(0, -200)
    latent_map.page.wait_for_timeout(100)
    assert latent_map.view != before
    latent_map.page.mouse.dblclick(*latent_map.at(0.4, 0.4))
    latent_map.page.wait_for_timeout(800)
    assert latent_map.view == pytest.approx(before)
    expect(latent_map.pins).to_have_count(0)


def test_keys_move_the_cursor_and_pin(latent_map: Map) -> None:
    latent_map.pin(0.5, 0.5)
    latent_map.leave()
    latent_map.surface.focus()
    x, y = latent_map.z
    latent_map.page.keyboard.press("ArrowRight")
    step = latent_map.z[0] - x
    latent_map.page.keyboard.press("ArrowUp")
    assert step > 0 and latent_map.z[1] == pytest.approx(y + step)
    latent_map.page.keyboard.press("Shift+ArrowLeft")
    assert 0 < x + step - latent_map.z[0] < step / 2
    latent_map.page.keyboard.press("Enter")
    expect(latent_map.pins).to_have_count(2)
    kept = latent_map.z
    latent_map.page.keyboard.press("ArrowDown")
    latent_map.page.keyboard.press("Escape")
    np.testing.assert_allclose(latent_map.z, kept, atol=1e-4)


def test_a_class_in_the_legend_is_shown_alone(latent_map: Map) -> None:
    classes = latent_map.page.get_by_role("group", name="Classes")

    def visible() -> int:
        """How many pixels are not empty."""
        return latent_map.page.locator("canvas.dots").evaluate(
            """(canvas) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              return data.filter((value, i) => i % 4 === 3 && value).length;
            }"""
        )

    everything = visible()
    classes.get_by_role("button", name="4").click()
    latent_map.page.wait_for_timeout(100)
    one = visible()
    classes.get_by_role("button", name="9").click()
    latent_map.page.wait_for_url(re.compile("classes=4,9"))
    latent_map.page.wait_for_timeout(100)
    two = visible()
    assert 0 < one < two < everything
    classes.get_by_role("button", name="all").click()
    latent_map.page.wait_for_timeout(100)
    assert visible() == everything


def test_layers_switch_at_once_and_reach_the_address(latent_map: Map) -> None:
    latent_map.layer("prior", False)
    expect(latent_map.page.locator(".prior")).to_be_hidden()
    latent_map.layer("prior", True)
    expect(latent_map.page.locator(".prior")).to_be_visible()
    latent_map.layer("posterior", True)
    latent_map.page.wait_for_url(re.compile("layers=.*posterior"))


def test_the_manifold_shows_digits_under_the_map_and_follows_the_zoom(latent_map: Map) -> None:
    def ink() -> list[int]:
        latent_map.page.locator("canvas.manifold[data-busy='false']").wait_for()
        latent_map.page.wait_for_timeout(150)
        return latent_map.page.locator("canvas.manifold").evaluate(
            """(canvas) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              const rows = Array(10).fill(0);
              for (let i = 3; i < data.length; i += 4) {
                if (data[i]) rows[Math.floor((10 * i) / data.length)] += 1;
              }
              return rows;
            }"""
        )

    latent_map.layer("manifold", True)
    whole = ink()
    assert min(whole) > 0
    latent_map.hover(0.5, 0.5)
    latent_map.page.mouse.wheel(0, -400)
    latent_map.page.wait_for_timeout(200)
    zoomed = ink()
    assert min(zoomed) > 0 and zoomed != whole


def test_the_posterior_ellipse_is_true_to_the_axes(latent_map: Map, tiny_checkpoint: Path) -> None:
    latents = checkpoints.read_checkpoint(tiny_checkpoint).latents
    latent_map.layer("posterior", True)
    latent_map.hover(0.4, 0.3)
    nearest = np.linalg.norm(latents.mu - np.array(latent_map.z), axis=1).argmin()
    radii = latent_map.page.locator(".posterior ellipse").first.evaluate(
        "(ellipse) => [Number(ellipse.getAttribute('rx')), Number(ellipse.getAttribute('ry'))]"
    )
    per_unit = latent_map.axis("z1")[1]
    sigma = np.exp(latents.log_var[nearest] / 2)
    np.testing.assert_allclose(
        radii, sigma * per_unit, rtol=0.01
    )  # half precision, and axes as read


def test_a_walk_leads_from_pin_to_pin(latent_map: Map) -> None:
    play = latent_map.page.get_by_role("button", name="Play the path")
    expect(play).to_be_hidden()
    latent_map.pin(0.3, 0.4)
    start = latent_map.z
    latent_map.pin(0.7, 0.6)
    finish = latent_map.z
    latent_map.leave()
    play.click()
    seen = []
    for _ in range(8):
        latent_map.page.wait_for_timeout(100)
        seen.append(latent_map.z)
    latent_map.page.get_by_role("button", name="Pause the path").click()
    assert len(set(seen)) > 3
    between = (np.array(seen) - start) / (np.array(finish) - start)
    np.testing.assert_allclose(between[:, 0], between[:, 1], atol=1e-3)  # on the straight line
    assert between.min() > -1e-3 and between.max() < 1 + 1e-3


def test_the_walk_can_be_downloaded(latent_map: Map) -> None:
    latent_map.pin(0.3, 0.4)
    latent_map.pin(0.7, 0.6)
    for kind in ("GIF", "PNG"):
        with latent_map.page.expect_download() as download:
            latent_map.page.get_by_role("link", name=kind).click()
        assert download.value.path().stat().st_size > 100


def test_a_map_that_cannot_load_says_so_and_tries_again(page: Page, app_url: str) -> None:
    page.route("**/map.safetensors", lambda route: route.abort())
    page.goto(app_url)
    expect(page.get_by_text("The map could not be loaded.")).to_be_visible(timeout=30_000)
    page.unroute("**/map.safetensors")
    page.get_by_role("button", name="Try again").click()
    wait_for_map(page)
    page.wait_for_timeout(100)
    assert page.get_by_text("The map could not be loaded.").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_follows_the_theme(browser: Browser, app_url: str, scheme: str) -> None:
    context = browser.new_context(viewport=DESKTOP, color_scheme=scheme)  # type: ignore[arg-type]
    latent_map = Map(context.new_page()).open(app_url)
    latent_map.hover(0.5, 0.5)
    expect(latent_map.page.locator(".latent-map")).to_have_attribute("data-theme", scheme)
    name = latent_map.page.locator(".axis-name").first
    red = name.evaluate("(text) => Number(getComputedStyle(text).fill.match(/[0-9]+/)[0])")
    assert (red > 128) == (scheme == "dark")
    assert latent_map.problems == []
    context.close()


@pytest.mark.parametrize("width", [1366, 1024])
def test_the_whole_screen_fits_a_projector(latent_map: Map, width: int) -> None:
    latent_map.page.set_viewport_size({"width": width, "height": 768})
    latent_map.pin(0.3, 0.4)
    latent_map.pin(0.7, 0.6)
    sizes = latent_map.page.get_by_test_id("stMain").evaluate(
        "(main) => [main.scrollHeight, main.clientHeight, main.scrollWidth, main.clientWidth]"
    )
    key = latent_map.page.locator(".pins .key")
    cut_off = key.evaluate("({ scrollWidth, clientWidth }) => scrollWidth - clientWidth")
    latent_map.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]

    assert sizes[0] <= sizes[1] and sizes[2] <= sizes[3]
    assert cut_off <= 0


def test_a_finger_moves_the_lens_and_a_tap_pins(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = context.new_page()
    latent_map = Map(page).open(app_url)
    touch = context.new_cdp_session(page)

    def finger(kind: str, *place: float) -> None:
        points = [dict(zip("xy", latent_map.at(*place), strict=True))] if place else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = latent_map.view
    finger("touchStart", 0.3, 0.3)
    places = []
    for step in range(5):
        finger("touchMove", 0.35 + 0.05 * step, 0.4 + 0.05 * step)
        page.wait_for_timeout(30)
        places.append(latent_map.z)
    finger("touchEnd")
    assert len(set(places)) == 5
    assert latent_map.view == before
    assert page.evaluate("window.scrollY") == 0
    page.touchscreen.tap(*latent_map.at(0.6, 0.4))
    expect(latent_map.pins).to_have_count(1)

    page.touchscreen.tap(*latent_map.at(0.3, 0.7))
    expect(latent_map.pins).to_have_count(2)
    page.get_by_role("button", name="Play the path").tap()
    resting = latent_map.z
    page.wait_for_timeout(400)
    assert latent_map.z != resting  # a lifted finger does not hold the walk up
    page.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, 0)")

    lens = latent_map.lens.bounding_box()
    assert lens is not None and lens["y"] + lens["height"] <= PHONE["height"]
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(main) => main.scrollWidth <= main.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_two_fingers_zoom_around_what_is_between_them_and_pin_nothing(
    browser: Browser, app_url: str
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    latent_map = Map(context.new_page()).open(app_url)
    touch = context.new_cdp_session(latent_map.page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": x, "y": y, "id": i}
            for i, (x, y) in enumerate(latent_map.at(*place) for place in places)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = latent_map.view
    fingers("touchStart", (0.45, 0.5))
    fingers("touchStart", (0.45, 0.5), (0.55, 0.5))
    for step in range(1, 6):
        reach = 0.05 + 0.02 * step
        fingers("touchMove", (0.5 - reach, 0.5), (0.5 + reach, 0.5))
    fingers("touchEnd")
    latent_map.page.wait_for_timeout(200)
    factor = before[2] / latent_map.view[2]
    assert factor == pytest.approx(3, rel=0.1)  # the fingers are three times as far apart
    assert latent_map.pins.count() == 0
    assert latent_map.problems == []
    context.close()


def test_who_wants_less_motion_sees_the_walk_in_steps(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    latent_map = Map(page).open(app_url)
    latent_map.pin(0.3, 0.4)
    latent_map.pin(0.7, 0.6)
    latent_map.leave()
    place = page.get_by_role("slider", name="Place on the path")
    seen = set()
    started = time.monotonic()
    page.get_by_role("button", name="Play the path").click()
    while len(seen) < 3:
        seen.add(float(place.input_value()))
        page.wait_for_timeout(50)
    assert time.monotonic() - started > 1.3  # one of twelve frames every 0.7 s
    frames = np.arange(12) / 11
    assert all(np.abs(frames - value).min() < 1e-3 for value in seen)
    context.close()


# --- what goes over the network -----------------------------------------------------------------


def test_the_lens_shows_the_very_pixels_that_pytorch_rounds_to(
    latent_map: Map, tiny_checkpoint: Path
) -> None:
    model = checkpoints.load_checkpoint(tiny_checkpoint).model
    latent_map.hover(0.43, 0.37)
    with torch.no_grad():
        means = model.decode(torch.tensor([latent_map.z])).mean[0].numpy()
    levels = 255 * means.astype(np.float64)
    sure = np.abs(levels - np.floor(levels) - 0.5) > 1e-3  # the two networks agree to 1e-6

    np.testing.assert_array_equal(latent_map.pixels[sure], np.rint(levels)[sure])


def test_a_pin_is_a_get_that_names_it_and_sends_no_message(page: Page, app_url: str) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    latent_map = Map(page).open(app_url)
    page.wait_for_timeout(500)
    before = len(sent)
    with page.expect_request("**/pin.json?z=*") as asked:
        latent_map.pin(0.4, 0.4)
    latent_map.pin(0.6, 0.6)
    page.get_by_role("button", name="Remove pin 1").dispatch_event("click")
    latent_map.layer("posterior", True)

    assert len(sent) == before
    x, y = parse_qs(urlsplit(asked.value.url).query)["z"][0].split(",")
    assert [float(x), float(y)] == pytest.approx(
        latent_map.to_z(*latent_map.at(0.4, 0.4)), abs=0.03
    )


def test_a_pin_is_asked_for_once_while_the_finger_is_still_down(page: Page, app_url: str) -> None:
    latent_map = Map(page).open(app_url)
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url) if "/pin.json?" in request.url else None,
    )
    latent_map.hover(0.42, 0.37)
    with page.expect_request("**/pin.json?z=*"):
        page.mouse.down()
    expect(latent_map.pins).to_have_count(0)
    page.mouse.up()
    expect(latent_map.pins).to_have_count(1)
    latent_map.pin(0.6, 0.6)

    assert sum("/pin.json?" in url for url in asked) == 2


def test_the_points_are_there_before_the_weights(page: Page, app_url: str) -> None:
    held: list[Route] = []
    page.route("**/decoder.safetensors", lambda route: held.append(route))
    page.goto(app_url)
    page.locator("[data-drawn='true']").wait_for(timeout=30_000)
    latent_map = Map(page)
    latent_map.pin(0.4, 0.4)  # PyTorch decodes it, whatever the browser can do
    assert page.locator("[data-ready='true']").count() == 0

    for route in held:
        route.continue_()
    wait_for_map(page)
    latent_map.hover(0.5, 0.5)
    assert latent_map.pixels.max() > 0


def test_on_a_slow_network_the_points_come_first_and_then_everything_works(
    first_visit: Page,
) -> None:
    # A decoder of the size that people wait for.
    with run_server(PROJECT / "checkpoints") as server, slow_network(server, rate=8e5) as url:
        first_visit.goto(url + "/live_training")
        wait_for_map(first_visit)
        first_visit.get_by_role("link", name="Latent map", exact=True).click()
        first_visit.locator("[data-drawn='true']").wait_for(timeout=30_000)
        assert first_visit.locator("[data-ready='true']").count() == 0

        latent_map = Map(first_visit)
        latent_map.pin(0.4, 0.4)
        wait_for_map(first_visit)
        latent_map.hover(0.5, 0.5)
        assert latent_map.pixels.max() > 0
        assert latent_map.problems == []


def test_no_plotly_is_fetched_for_the_map(first_visit: Page, app_url: str) -> None:
    addresses: list[str] = []
    first_visit.on("request", lambda request: addresses.append(request.url))
    Map(first_visit).open(app_url).pin(0.4, 0.4)

    assert not [address for address in addresses if "plotly" in address]


def test_a_server_that_goes_away_is_named_and_asked_again(page: Page, app_url: str) -> None:
    latent_map = Map(page).open(app_url)
    page.route("**/pin.json?*", lambda route: route.abort())
    page.mouse.click(*latent_map.at(0.4, 0.4))
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    expect(page.locator(".card.pending")).to_have_count(1)

    page.unroute("**/pin.json?*")
    expect(latent_map.pins).to_have_count(1)
    expect(page.get_by_text("The server does not answer.")).to_be_hidden()


def test_a_tab_that_is_open_while_the_server_restarts_gets_its_pins_without_a_reload(
    page: Page, checkpoints_folder: Path
) -> None:
    port = free_port()
    with run_server(checkpoints_folder, port=port) as url:
        latent_map = Map(page).open(url)
        latent_map.pin(0.4, 0.4)
    page.mouse.click(*latent_map.at(0.6, 0.6))
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    expect(page.locator(".card.pending")).to_have_count(1)
    page.evaluate("window.sameTab = true")

    with run_server(checkpoints_folder, port=port):
        expect(latent_map.pins).to_have_count(2, timeout=30_000)
        expect(page.get_by_text("The server does not answer.")).to_be_hidden()
        latent_map.pin(0.3, 0.6)
        page.get_by_role("link", name="Label grid").click()
        page.get_by_role("link", name="Latent map").click()
        expect(latent_map.pins).to_have_count(3)
        assert page.evaluate("window.sameTab")


def test_the_nearest_real_digit_is_of_one_set_and_waits_for_its_picture(
    page: Page, app_url: str
) -> None:
    held: list[Route] = []
    page.route("**/places.safetensors", lambda route: held.append(route))
    latent_map = Map(page).open(app_url)
    latent_map.hover(0.4, 0.4)
    closest, nearest = page.locator(".chain"), page.locator(".nearest")
    expect(nearest).to_have_text("")  # no digit of another set in the meantime

    for route in held:
        route.continue_()
    expect(nearest).to_contain_text("at ")
    expect(closest.locator("canvas:not([data-empty])")).to_be_visible()
    with page.expect_request("**/pin.json?*") as asked:
        latent_map.pin(0.4, 0.4)
    answer = asked.value.response().json()["nearest"]  # type: ignore[union-attr]
    expect(nearest).to_have_text(f"{answer['label']}at {answer['distance']:.2f}")


def test_the_dots_keep_their_size_through_zooms_and_another_page(page: Page, app_url: str) -> None:
    latent_map = Map(page).open(app_url)
    before = latent_map.dots
    for _ in range(2):
        latent_map.hover(0.5, 0.5)
        for _ in range(5):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(30)
        page.wait_for_timeout(200)
        assert before < latent_map.dots < 4 * before
        page.get_by_role("button", name="whole map").click()
        page.wait_for_timeout(200)
        assert latent_map.dots == before
        page.get_by_role("link", name="Live training").click()
        expect(latent_map.surface).to_have_count(0)
        page.get_by_role("link", name="Latent map", exact=True).click()
        wait_for_map(page)
        assert latent_map.dots == before


# --- the first ten seconds ----------------------------------------------------------------------


def test_a_first_visit_sees_digits_names_and_a_pointer_that_wanders_until_the_visitor_moves(
    browser: Browser, app_url: str
) -> None:
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    latent_map = Map(page).open(app_url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator("canvas.manifold[data-busy='false']").wait_for()
    expect(page.locator(".names text:not([visibility='hidden'])").first).to_be_visible()

    places, pictures = set(), set()
    for _ in range(6):
        places.add(latent_map.z)
        pictures.add(latent_map.pixels.tobytes())
        page.wait_for_timeout(150)
    assert len(places) > 3 and len(pictures) > 3
    assert "?" not in page.url

    latent_map.hover(0.4, 0.4)
    here = latent_map.z
    page.wait_for_timeout(300)
    assert latent_map.z == here
    page.get_by_role("link", name="Label grid").click()
    page.get_by_role("link", name="Latent map").click()
    wait_for_map(page)
    assert {latent_map.z, (page.wait_for_timeout(300), latent_map.z)[1]} == {(0, 0)}  # for good
    assert latent_map.problems == []
    context.close()


@pytest.mark.parametrize(
    ("motion", "query"), [("reduce", ""), ("no-preference", "?pins=1,1"), (None, "?view=0,0,3")]
)
def test_no_pointer_wanders_for_who_wants_less_motion_or_comes_by_a_link_to_a_place(
    browser: Browser, app_url: str, motion: str | None, query: str
) -> None:
    context = browser.new_context(viewport=DESKTOP, reduced_motion=motion)  # type: ignore[arg-type]
    latent_map = Map(context.new_page()).open(f"{app_url}/{query}")
    before = latent_map.z
    latent_map.page.wait_for_timeout(300)
    assert latent_map.z == before
    context.close()


def test_the_chain_is_of_the_closest_real_digit_and_leads_to_its_page(
    latent_map: Map, tiny_checkpoint: Path
) -> None:
    page = latent_map.page
    latent_map.hover(0.45, 0.4)
    way = page.get_by_role("link", name="Follow this digit through the network")
    expect(way).to_have_attribute("href", re.compile(r"/one_digit\?digit=\d+$"))
    index = int((way.get_attribute("href") or "").rpartition("=")[2])
    images, _ = embedded_digits()
    model = checkpoints.load_checkpoint(tiny_checkpoint).model
    with torch.no_grad():
        q = model.encode(torch.from_numpy(images.reshape(-1, 784)).float() / 255)
    distances = np.hypot(*(q.mean.numpy() - np.array(latent_map.z)).T)
    assert index == distances.argmin()

    numbers = page.locator(".chain .number.q").inner_text().replace("\u2212", "-")
    read = [float(number) for number in re.findall(r"-?\d+\.\d+", numbers)]
    np.testing.assert_allclose(read[:2], q.mean[index], atol=0.0051)
    np.testing.assert_allclose(read[2:], q.stddev[index], atol=0.0011)

    # A line leads from the cursor to its place.
    line = page.locator(".closest line").last
    ends = [float(line.get_attribute(name) or "nan") for name in ("x1", "y1", "x2", "y2")]
    box = latent_map.surface.bounding_box()
    assert box is not None
    tip = latent_map.to_z(box["x"] + ends[2], box["y"] + ends[3])
    np.testing.assert_allclose(tip, q.mean[index].numpy(), atol=0.03)
    start = latent_map.to_z(box["x"] + ends[0], box["y"] + ends[1])
    np.testing.assert_allclose(start, latent_map.z, atol=0.03)


def test_around_here_is_counted_in_a_fixed_circle_and_says_where_there_is_no_data(
    latent_map: Map, tiny_checkpoint: Path
) -> None:
    mu = checkpoints.read_checkpoint(tiny_checkpoint).latents.mu
    said = latent_map.page.locator(".readout h2").first
    seen = set()
    for right, down in np.random.default_rng(5).uniform(0.15, 0.85, (14, 2)):
        latent_map.hover(right, down)
        text = said.inner_text()
        radius = float(re.search(r"within ([\d.]+)", text).group(1))  # type: ignore[union-attr]
        inside = int((np.hypot(*(mu - np.array(latent_map.z)).T) <= radius).sum())
        counted = "no data here" if not inside else "one" if inside == 1 else str(min(inside, 25))
        assert counted in text
        seen.add(min(inside, 2))
    assert len(seen) > 1  # both kinds of places, or this shows nothing


def test_a_click_on_a_point_opens_its_posterior_with_samples_and_the_link_brings_it_back(
    latent_map: Map, tiny_checkpoint: Path
) -> None:
    page = latent_map.page
    latent_map.hover(0.5, 0.5)
    ring = page.locator(".closest circle")
    expect(ring).to_be_visible()
    box = ring.bounding_box()
    assert box is not None
    expect(latent_map.inset).to_be_hidden()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(latent_map.inset).to_be_visible()
    page.wait_for_url(re.compile(r"digit=\d+"))
    index = int(parse_qs(urlsplit(page.url).query)["digit"][0])

    # The dots are z = mu + sigma * epsilon in units of the wider sigma; the strip decodes them.
    images, labels = embedded_digits()
    model = checkpoints.load_checkpoint(tiny_checkpoint).model
    with torch.no_grad():
        q = model.encode(torch.from_numpy(images[[index]].reshape(1, 784)).float() / 255)
        dots = latent_map.inset.locator(".samples-of-z circle").evaluate_all(
            "(dots) => dots.map((dot) => [dot.cx.baseVal.value, -dot.cy.baseVal.value])"
        )
        z = q.mean + torch.tensor(dots) * q.stddev.max()
        expected = 255 * model.decode(z).mean.numpy().reshape(2, 5, 28, 28)
    assert len(dots) == 10
    expect(latent_map.inset.get_by_text(f"of this {labels[index]}: 10 samples")).to_be_visible()
    for row, canvas in enumerate(latent_map.inset.locator("div canvas").all()[-2:]):
        shown = np.array(
            canvas.evaluate(
                """(canvas) => Array.from(
                     canvas.getContext("2d").getImageData(0, 0, 140, 28).data.filter((_, i) => i % 4 === 0)
                   )"""  # noqa: E501
            )
        ).reshape(28, 5, 28)
        # Half precision on the way: sigma is known to a thousandth.
        assert np.abs(shown.transpose(1, 0, 2) - expected[row]).max() <= 3

    again = Map(page.context.new_page()).open(page.url)
    expect(again.inset.get_by_text(f"of this {labels[index]}: 10 samples")).to_be_visible()
    again.page.close()
    page.go_back()
    expect(latent_map.inset).to_be_hidden()
    expect(latent_map.pins).to_have_count(0)


def test_a_link_says_what_it_could_not_show_at_the_top_and_keeps_the_layers_of_a_first_visit(
    page: Page, app_url: str
) -> None:
    latent_map = Map(page).open(f"{app_url}/?layers=clouds&digit=99999")
    top = page.locator(".latent-map .problems")
    expect(top).to_contain_text("The link's layers may be points, manifold")
    expect(top).to_contain_text("There is no real digit 99999")
    for name in ("points", "manifold", "prior", "names"):
        expect(page.get_by_label(name, exact=True)).to_be_checked()
    expect(latent_map.inset).to_be_hidden()


def test_the_picture_of_the_map_is_large_enough_for_a_slide_and_crisp_as_svg(
    latent_map: Map,
) -> None:
    latent_map.hover(0.4, 0.4)
    saved = {}
    for kind in ("PNG", "SVG"):
        button = latent_map.page.get_by_role("button", name=f"Picture of the map as {kind}")
        with latent_map.page.expect_download() as download:
            button.dispatch_event("click")  # the pointer stays on the map
        saved[kind] = download.value.path().read_bytes()
    picture = np.asarray(Image.open(io.BytesIO(saved["PNG"])).convert("RGB")).astype(int)
    assert picture.shape == (1080, 1920, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500  # colors of points among them

    # The digit in it is the lens's, black on white.
    drawing = saved["SVG"].decode()
    x, y, side = (
        float(re.search(rf'<image[^>]* {name}="([\d.]+)"[^>]*pixelated', drawing).group(1))  # type: ignore[union-attr]
        for name in ("x", "y", "width")
    )
    middles = (np.arange(28) + 0.5) * side / 28
    shown = picture[np.ix_((y + middles).astype(int), (x + middles).astype(int))][..., 0]
    assert np.abs(255 - shown - latent_map.pixels.reshape(28, 28)).max() <= 2
    points = re.findall(r"M[\d.-]+ [\d.-]+h0", drawing)
    assert len(points) > 50 and "<text" in drawing  # shapes and letters, not a photograph
