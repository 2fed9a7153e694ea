"""The pictures in the README, taken of the real app: `python tests/browser/take_screenshots.py`."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT)]

from tests.browser.conftest import DESKTOP, PHONE, run_browser, run_server, wait_for_map  # noqa: E402
from vae_core.data.datasets import DEFAULT_DATA_DIR  # noqa: E402

FOLDER = PROJECT / "tests" / "screenshots"
VIEW = "/?pins=0.4,-1.1;1,2;-1,0;-1.6,1.4"


def open_page(browser: Browser, url: str, *, dark: bool = False, phone: bool = False) -> Page:
    """A tab at the address, in one of the sizes and colours."""
    page = browser.new_context(
        viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
        color_scheme="dark" if dark else "light",
        has_touch=phone,
    ).new_page()
    page.goto(url)
    return page


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    page.context.close()


def latent_map(browser: Browser, url: str) -> None:
    for name, style in {"_dark": {"dark": True}, "_phone": {"phone": True}}.items():
        page = open_page(browser, url + VIEW, **style)
        wait_for_map(page)
        page.locator("[data-drawn='true']").wait_for()
        expect(page.get_by_alt_text("Pinned digit at")).to_have_count(4, timeout=60_000)
        page.wait_for_timeout(6000)  # closest digits and the manifold come when nothing else waits
        if name != "_phone":
            page.mouse.move(240, 480)
            page.wait_for_timeout(500)
        shoot(page, f"latent_map{name}")


def one_digit(browser: Browser, url: str) -> None:
    page = open_page(browser, url + "/one_digit?part=kl")
    page.locator("[data-ready='true']").wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    shoot(page, "one_digit")


def lecture(browser: Browser, url: str) -> None:
    page = open_page(browser, url + "/?lecture=vae&scene=4&lang=zh", dark=True)
    wait_for_map(page)
    page.get_by_role("heading", level=2).first.wait_for()
    page.wait_for_timeout(6000)
    shoot(page, "lecture")


def live_training(browser: Browser, url: str) -> None:
    page = open_page(browser, url + "/live_training")
    page.get_by_role("button", name="Train", exact=True).click(timeout=60_000)
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Training"), timeout=60_000)
    page.wait_for_timeout(20_000)
    page.get_by_role("button", name="4", exact=True).click()
    page.wait_for_timeout(12_000)
    page.get_by_role("button", name="1", exact=True).click()
    page.wait_for_timeout(12_000)
    shoot(page, "live_training")


def label_grid(browser: Browser, url: str) -> None:
    page = open_page(browser, url + "/label_grid?model=cvae")
    page.get_by_alt_text(re.compile("^Digit 6, style 4")).click(timeout=60_000)
    page.wait_for_timeout(2000)
    shoot(page, "label_grid")


def conditional_map(browser: Browser, url: str) -> None:
    page = open_page(browser, url + "/?model=cvae&layers=points,manifold,prior&label=6")
    wait_for_map(page)
    page.locator("[data-drawn='true']").wait_for()
    page.wait_for_timeout(5000)
    page.mouse.move(300, 380)
    page.wait_for_timeout(500)
    shoot(page, "conditional_map")


PICTURES = (latent_map, one_digit, lecture, label_grid, conditional_map, live_training)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(DEFAULT_DATA_DIR))
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        os.environ.update(VAE_DATA_DIR=arguments.data, VAE_RUNS_DIR=runs)
        with run_server(PROJECT / "checkpoints") as url, run_browser() as browser:
            for take in PICTURES:
                take(browser, url)


if __name__ == "__main__":
    main()
