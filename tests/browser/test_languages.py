"""中文, as a visitor reads it: also in a browser that has no Chinese font, as on a bare Debian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, wait_for_map
from vae_core.__main__ import main

# Whether two characters are drawn as two pictures: without a font both are the same box.
IS_DRAWN = """async () => {
  const family = getComputedStyle(document.body).fontFamily;
  await document.fonts.load(`32px ${family}`, "隐空");
  const [one, other] = ["隐", "空"].map((character) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const context = canvas.getContext("2d");
    context.font = `32px ${family}`;
    context.fillText(character, 2, 34);
    return canvas.toDataURL();
  });
  return one !== other;
}"""


@pytest.fixture
def chinese(browser: Browser) -> Iterator[Page]:
    """A visitor whose browser prefers Chinese."""
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def test_a_chinese_browser_reads_chinese_in_glyphs_and_no_boxes(
    chinese: Page, app_url: str
) -> None:
    chinese.goto(app_url)
    wait_for_map(chinese)
    expect(chinese.locator("html")).to_have_attribute("lang", "zh")
    expect(chinese).to_have_title(re.compile("隐空间地图"))
    expect(chinese.get_by_role("link", name="实时训练")).to_be_visible()
    assert chinese.evaluate(IS_DRAWN)

    chinese.get_by_role("button", name="文件").click()
    expect(chinese.get_by_text("保存为网页").first).to_be_visible()


def test_who_reads_english_fetches_no_chinese(first_visit: Page, app_url: str) -> None:
    fetched: list[str] = []
    first_visit.on("request", lambda request: fetched.append(request.url))
    first_visit.goto(app_url)
    wait_for_map(first_visit)
    assert any("/texts/" in url for url in fetched)
    assert not any("chinese.woff" in url for url in fetched)


def test_a_page_saved_in_chinese_brings_its_glyphs_along(
    chinese: Page, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "vae.html"
    arguments = ["export", str(tiny_checkpoint), "--out", str(out), "--language", "zh"]
    assert main(arguments) == 0
    problems: list[str] = []
    chinese.on("console", lambda message: problems.append(message.text))
    chinese.goto(out.as_uri())
    wait_for_map(chinese)
    expect(chinese.locator(".lede")).to_contain_text("变分自编码器")
    assert chinese.evaluate(IS_DRAWN)
    assert problems == []
