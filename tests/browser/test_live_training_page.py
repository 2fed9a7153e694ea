"""Whole runs in a real browser, as a class would see them: embedded digits, a small network."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser.conftest import PHONE, run_server, wait_for_map
from tests.browser.slow_network import slow_network

SECONDS = 1000
TRAINING = re.compile("^Training")


@contextmanager
def run_live_server(checkpoints: Path, folder: Path) -> Iterator[str]:
    """The app with its data, runs and kept models in a folder, and one training at a time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "RUNS", "MODELS"):
            patch.setitem(os.environ, f"VAE_{name}_DIR", str(folder / name.lower()))
        patch.setitem(os.environ, "VAE_TRAININGS", "1")
        with run_server(checkpoints) as url:
            yield url


@pytest.fixture(scope="module")
def live_url(checkpoints_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_live_server(checkpoints_folder, tmp_path_factory.mktemp("live")) as url:
        yield url


def open_page(page: Page, url: str, query: str = "") -> None:
    page.goto(url + "/live_training" + query)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=60 * SECONDS)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def small_network(page: Page) -> None:
    """Under Model and data: a busy machine trains fast enough."""
    page.get_by_role("button", name="Model and data").click()
    choose(page, "Width", "64")
    expect(page.get_by_text("3 × 64 units")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Width", exact=True)).to_be_hidden()


def press(page: Page, name: str) -> None:
    # The last: Streamlit shows a Stop of its own, in the header, while a script runs.
    page.get_by_role("button", name=name, exact=True).last.click()


def status(page: Page) -> str:
    return page.get_by_role("status").first.inner_text()


def steps_shown(page: Page) -> int:
    """Batches after which the latent means on screen were taken."""
    return int(page.get_by_role("img", name="Latent means").get_attribute("data-step") or 0)


def run_in_address(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("run", [""])[0]


def wait_for_steps(page: Page, more_than: int) -> int:
    page.wait_for_function(
        """(least) => [...document.querySelectorAll("[aria-label^='Latent means']")]
            .some((plane) => Number(plane.dataset.step ?? 0) > least)""",
        arg=more_than,
        timeout=60 * SECONDS,
    )
    return steps_shown(page)


def figures(page: Page) -> list[dict[str, str]]:
    """The run's table, from the page's own link."""
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))


def figure(page: Page, term: str) -> float:
    """A large number, nats."""
    return float(page.locator(f".term.{term} .value").inner_text())


def split(page: Page) -> list[float]:
    """The KL of each dimension."""
    return [float(nats) for nats in page.locator(".unit .value").all_inner_texts()]


def marks(page: Page) -> int:
    """Dotted lines in the charts."""
    return int(
        page.locator(".curves").evaluate(
            "chart => chart.layout.shapes.filter(({line}) => line.dash === 'dot').length"
        )
    )


def test_a_whole_run(page: Page, live_url: str) -> None:
    """Start, change β, see both curves answer, pause, switch page, reload, stop, keep, open."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_page(page, live_url)
    small_network(page)
    press(page, "Train")
    expect(page.get_by_role("status").first).to_have_text(TRAINING, timeout=60 * SECONDS)
    seen = wait_for_steps(page, 0)
    wait_for_steps(page, seen)  # the points move
    expect(page.get_by_label(re.compile("^Reconstruction and KL"))).to_be_visible()
    wait_for_steps(page, 300)

    thumb = page.get_by_role("slider", name="β")
    thumb.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Value of β")).to_have_value("20")
    page.wait_for_timeout(SECONDS)
    wait_for_steps(page, steps_shown(page) + 200)
    assert marks(page) == 1  # ten quick keys are one change
    assert figure(page, "kl") == pytest.approx(sum(split(page)), abs=0.02)

    press(page, "Pause")
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Paused"))
    paused = steps_shown(page)
    rows = figures(page)
    before = [row for row in rows if float(row["beta"]) == 1.0][-1]
    after = [row for row in rows if float(row["beta"]) == 20.0][-1]
    assert float(after["kl"]) < 0.7 * float(before["kl"])
    assert float(after["reconstruction"]) > float(before["reconstruction"])

    page.get_by_role("link", name="Latent map").click()
    wait_for_map(page)
    page.get_by_role("link", name="Live training").click()
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Paused"))
    page.wait_for_url("**run=**")
    page.reload()
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Paused"))
    assert wait_for_steps(page, 0) >= paused

    press(page, "Train")
    wait_for_steps(page, paused)
    press(page, "Stop")
    status_line = page.get_by_role("status").first
    expect(status_line).to_have_text(re.compile("^Stopped"))

    press(page, "4")  # nothing listens, so the page offers to go on
    expect(page.get_by_text("This run has ended with β = 20")).to_be_visible()
    stopped, run = steps_shown(page), run_in_address(page)
    press(page, "Continue from here")
    expect(status_line).to_have_text(TRAINING, timeout=60 * SECONDS)
    wait_for_steps(page, stopped)
    assert run_in_address(page) == run
    press(page, "Stop")
    expect(status_line).to_have_text(re.compile("^Stopped"))
    assert float(figures(page)[-1]["beta"]) == 4.0
    expect(page.get_by_role("slider", name="β")).to_have_attribute("aria-valuetext", "4")

    page.get_by_role("slider", name="History").focus()
    page.keyboard.press("Home")  # before the first batch
    expect(page.get_by_role("img", name="Latent means")).to_have_attribute("data-step", "0")
    assert figure(page, "kl") == pytest.approx(sum(split(page)), abs=0.02)

    page.get_by_role("button", name="Keep").click()
    page.get_by_label("Name", exact=True).fill("of-the-class")
    page.get_by_label("Name", exact=True).press("Enter")
    press(page, "Keep this model")
    page.get_by_role("link", name="Open it in the latent map").click(timeout=60 * SECONDS)
    wait_for_map(page)
    page.wait_for_url("**model=of-the-class**")
    title = re.compile("^of-the-class: VAE, .*embedded")
    expect(page.get_by_label("Model", exact=True)).to_have_value(title)
    assert not errors


def test_a_slider_keeps_up_with_quick_keys_and_its_value_survives_a_visit_elsewhere(
    page: Page, live_url: str
) -> None:
    open_page(page, live_url)
    beta = page.get_by_role("slider", name="β")
    for way, there in (
        ("Right", "7"),
        ("Left", "1"),
        ("Right", "7"),
        ("Left", "1"),
        ("Right", "7"),
    ):
        for _ in range(7):
            beta.press(f"Arrow{way}")
        page.wait_for_timeout(SECONDS)  # a late answer of the server must not move it
        expect(beta).to_have_attribute("aria-valuetext", there)
    page.get_by_role("link", name="Latent map").click()
    wait_for_map(page)
    page.get_by_role("link", name="Live training").click()
    expect(beta).to_have_attribute("aria-valuetext", "7")


def test_a_closed_tab_leaves_the_run_going_and_it_is_found_again(page: Page, live_url: str) -> None:
    open_page(page, live_url)
    small_network(page)
    press(page, "Train")
    wait_for_steps(page, 0)
    page.wait_for_url("**run=**")
    address = page.url
    context = page.context
    page.close()

    again = context.new_page()
    again.goto(address)
    expect(again.get_by_role("status").first).to_have_text(TRAINING, timeout=60 * SECONDS)
    wait_for_steps(again, wait_for_steps(again, 0))
    press(again, "Stop")
    expect(again.get_by_role("status").first).to_have_text(re.compile("^Stopped"))


def test_a_run_is_resumed_after_a_restart_of_the_server(
    page: Page, checkpoints_folder: Path, tmp_path: Path
) -> None:
    """The server ends in the middle of a run; the next one offers to go on from its state."""
    with run_live_server(checkpoints_folder, tmp_path) as url:
        open_page(page, url)
        small_network(page)
        press(page, "Train")
        wait_for_steps(page, 200)
        page.wait_for_url("**run=**")
        run = page.url.split("?")[1]
    with run_live_server(checkpoints_folder, tmp_path) as url:
        page.goto(f"{url}/live_training?{run}")
        status = page.get_by_role("status").first
        expect(status).to_have_text(re.compile("^Interrupted"), timeout=60 * SECONDS)
        saved = wait_for_steps(page, 200)
        press(page, "Resume")
        expect(status).to_have_text(TRAINING, timeout=60 * SECONDS)
        wait_for_steps(page, saved)
        press(page, "Stop")
        expect(status).to_have_text(re.compile("^Stopped"))


def test_a_run_too_many_says_its_place_and_starts_when_there_is_room(
    page: Page, live_url: str
) -> None:
    other = page.context.new_page()
    for tab in (page, other):
        open_page(tab, live_url)
        small_network(tab)
        press(tab, "Train")
        tab.wait_for_url("**run=**")
    waiting = other.get_by_role("status").first
    expect(waiting).to_have_text("Waiting for a free processor: place 1 in the queue")
    wait_for_steps(page, 0)
    press(page, "Stop")
    expect(waiting).to_have_text(TRAINING, timeout=60 * SECONDS)
    wait_for_steps(other, 0)
    press(other, "Stop")
    expect(waiting).to_have_text(re.compile("^Stopped"))


def test_reset_leaves_nothing_on_screen_and_beta_as_it_is(page: Page, live_url: str) -> None:
    open_page(page, live_url)
    status_line = page.get_by_role("status").first
    field = page.get_by_label("Value of β")
    field.fill("0.37")
    field.press("Enter")
    press(page, "Step")  # at once
    assert wait_for_steps(page, 0) == 1
    assert float(figures(page)[-1]["beta"]) in (1.0, 0.37)  # of the batch that was under way
    press(page, "Step")
    wait_for_steps(page, 1)
    assert float(figures(page)[-1]["beta"]) == 0.37
    press(page, "Reset")
    expect(status_line).to_have_text(re.compile("^Ready"))
    expect(page.get_by_text("What is the KL for?", exact=True)).to_be_visible()
    expect(field).to_have_value("0.37")
    assert run_in_address(page) == ""


def test_one_step_is_one_batch(page: Page, live_url: str) -> None:
    open_page(page, live_url)
    small_network(page)
    press(page, "Step")
    assert wait_for_steps(page, 0) == 1
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Paused"))
    press(page, "Step")
    assert wait_for_steps(page, 1) == 2
    page.wait_for_timeout(SECONDS)
    assert steps_shown(page) == 2
    press(page, "Stop")
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Stopped"))


@pytest.mark.parametrize("load", range(5))  # a race does not go wrong each time
def test_train_pressed_at_once_is_seen_on_the_screen_that_is_still_loading(
    first_visit: Page, live_url: str, load: int
) -> None:
    status = first_visit.locator(".live-training .status")
    with slow_network(live_url) as url:
        first_visit.goto(url + "/live_training", wait_until="commit")
        train = first_visit.get_by_role("button", name="Train", exact=True)
        train.click(timeout=60 * SECONDS)
        expect(status).to_have_text(re.compile("Training|Waiting|Starting"), timeout=60 * SECONDS)
        press(first_visit, "Stop")
        expect(status).to_have_text(re.compile("^Stopped"), timeout=60 * SECONDS)


def test_back_shows_the_earlier_run_and_its_settings_and_forward_the_later(
    page: Page, live_url: str
) -> None:
    open_page(page, live_url)
    small_network(page)
    learning = page.get_by_role("button", name="Learning")
    weighs = page.get_by_role("radiogroup", name="β weighs the")
    earlier, later = (weighs.get_by_role("radio", name=n) for n in ("KL", "reconstruction"))
    status = page.get_by_role("status").first
    means = page.get_by_role("img", name="Latent means")
    press(page, "Step")
    assert wait_for_steps(page, 0) == 1
    press(page, "Stop")
    expect(status).to_have_text(re.compile("^Stopped"))
    first = run_in_address(page)
    learning.click()
    later.click()  # a step of its own
    page.wait_for_url("**beta_on=reconstruction**")
    page.keyboard.press("Escape")
    expect(weighs).to_be_hidden()
    press(page, "Step")
    page.wait_for_url(lambda url: run_in_address(page) not in ("", first))
    second = run_in_address(page)
    expect(status).to_have_text(re.compile("^Paused"), timeout=60 * SECONDS)
    press(page, "Step")
    wait_for_steps(page, 1)

    page.go_back()
    page.go_back()  # at once, before the page shows the step between
    expect(status).to_have_text(re.compile("^Stopped"))
    learning.click()
    expect(earlier).to_be_checked()
    page.keyboard.press("Escape")
    expect(weighs).to_be_hidden()
    expect(means).to_have_attribute("data-step", "1")
    assert run_in_address(page) == first

    page.go_forward()
    page.go_forward()
    expect(status).to_have_text(re.compile("^Paused"))
    learning.click()
    expect(later).to_be_checked()
    page.keyboard.press("Escape")
    expect(weighs).to_be_hidden()
    expect(means).to_have_attribute("data-step", "2")
    assert run_in_address(page) == second
    press(page, "Stop")


def overlap(one: FloatRect | None, other: FloatRect | None) -> bool:
    """Whether two boxes have some place in common; one that is not drawn has none with any."""
    if not one or not other:
        return False
    return (
        max(one["x"], other["x"]) < min(one["x"] + one["width"], other["x"] + other["width"]) - 1
        and max(one["y"], other["y"])
        < min(one["y"] + one["height"], other["y"] + other["height"]) - 1
    )


def test_the_page_fits_projectors_and_a_phone(page: Page, live_url: str) -> None:
    open_page(page, live_url)
    wait_for_map(page)  # the charts
    main = page.locator("[data-testid='stMain']")

    def fits() -> bool:
        """Whether nothing is below the screen, and the digits do not lie over the squares."""
        page.wait_for_timeout(SECONDS / 2)
        digits = page.locator(".digits-box").bounding_box()
        squares = [box.bounding_box() for box in page.locator(".square").all()]
        below = main.evaluate("element => element.scrollHeight - element.clientHeight")
        return below <= 0 and not any(overlap(square, digits) for square in squares)

    for width, height in ((1366, 768), (1024, 768), (1024, 600), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert fits()
        if height > 700:  # type of one and a half times the size
            page.keyboard.press("p")
            assert fits()
            page.keyboard.press("p")
            assert fits()
        squares = [box.bounding_box() for box in page.locator(".square").all()]
        hero = sum(box["width"] * box["height"] for box in squares if box)
        assert hero >= (0.5 if (width, height) == (1366, 768) else 0.3) * width * height
        curves = page.locator(".curves").bounding_box()
        assert curves and curves["width"] >= 240 and curves["height"] >= 150
        for button in page.locator(".st-key-live_row button").all():
            assert button.evaluate("element => element.scrollWidth - element.clientWidth") <= 1
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(SECONDS)
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    beta, means = page.get_by_role("slider", name="β"), page.locator(".means")
    for scrolled in (0, 300):
        main.evaluate("(element, top) => element.scrollTo(0, top)", scrolled)
        expect(beta).to_be_in_viewport()
        expect(means).to_be_in_viewport(ratio=0.95 if scrolled == 0 else 0.5)
