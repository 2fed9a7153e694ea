"""What somebody does the moment a control is there, on a page that has just been opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP
from tests.browser.test_live_training_page import press, run_live_server

LOADS = 5


@pytest.fixture(scope="module")
def live_url(checkpoints_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_live_server(checkpoints_folder, tmp_path_factory.mktemp("cold")) as url:
        yield url


def test_train_pressed_at_once_is_seen_on_the_screen_that_is_still_loading(
    browser: Browser, live_url: str
) -> None:
    for _ in range(LOADS):
        context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        page = context.new_page()
        network = context.new_cdp_session(page)
        slow = {"latency": 100, "downloadThroughput": 500_000, "uploadThroughput": 500_000}
        network.send("Network.emulateNetworkConditions", {"offline": False, **slow})
        page.goto(live_url + "/live_training", wait_until="commit")
        page.get_by_role("button", name="Train", exact=True).click(timeout=60_000)
        status = page.locator(".live-training .status")
        expect(status).to_have_text(re.compile("Training|Waiting|Starting"), timeout=60_000)
        press(page, "Stop")
        expect(status).to_have_text(re.compile("^Stopped"), timeout=60_000)
        context.close()
