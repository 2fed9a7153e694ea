"""A real server and a real browser. Without a browser these tests skip, or fail where CI is set."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
BYTES = "application/octet-stream"
SECONDS_TO_START = 60
PATIENCE = 15_000  # milliseconds: a loaded machine is slow, but not wrong

expect.set_options(timeout=PATIENCE)


def chromium_path() -> str | None:
    """The browser to drive: the environment's CHROMIUM, or what is called chromium on the path."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_server(
    checkpoints: Path | str, script: Path | str = PROJECT / "app.py", port: int | None = None
) -> Iterator[str]:
    """Serve a Streamlit script on a (free) port of this machine; gives its URL, ends it after."""
    port = port or free_port()
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(script)),
        *("--server.port", str(port), "--server.address", "127.0.0.1"),
        *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
    ]
    environment = {**os.environ, "VAE_CHECKPOINTS_DIR": str(checkpoints)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=Path(script).parent,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(process, f"{url}/_stcore/health", log)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], health: str, log: object) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    log.seek(0)  # type: ignore[attr-defined]
    raise RuntimeError(f"The server did not start:\n{log.read().decode()}")  # type: ignore[attr-defined]


class FileHandler(http.server.SimpleHTTPRequestHandler):
    """Answers with the files of a folder, scripts with the type that modules need."""

    extensions_map = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", "": BYTES}  # noqa: RUF012

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serve_files(folder: Path, handler: type[FileHandler] = FileHandler) -> Iterator[str]:
    """Serve a folder's files on a free port of this machine; gives the URL, without a slash."""
    answer = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def run_browser() -> Iterator[Browser]:
    """A headless Chromium of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_context(browser: Browser) -> Iterator[BrowserContext]:
    """Tabs the size of a projector that share nothing with others."""
    context = browser.new_context(viewport=DESKTOP, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def wait_for_map(page: Page) -> None:
    """Return once the map is drawn and answers the pointer."""
    page.locator("[data-ready='true']").wait_for(timeout=30_000)


@pytest.fixture(scope="session")
def app_url(checkpoints_folder: Path) -> Iterator[str]:
    """The app on a free port, with the two small checkpoints of `checkpoints_folder`."""
    with run_server(checkpoints_folder) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    if chromium_path() is None:
        reason = "no Chromium: install the package `chromium`, or name one in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with run_browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What tabs share: the browser's cache, with which a page opens in half the time."""
    with new_context(browser) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab the size of a projector: the one of the last test, which has the scripts compiled."""
    yield context.pages[0] if context.pages else context.new_page()
    page, *others = context.pages or [context.new_page()]
    for other in others:
        other.close()
    page.unroute_all()
    page.mouse.move(0, 0)
    page.goto("about:blank")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="null")


@pytest.fixture
def first_visit(browser: Browser) -> Iterator[Page]:
    """The same with nothing cached, for tests of what is fetched."""
    with new_context(browser) as context:
        yield context.new_page()
