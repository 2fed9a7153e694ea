"""Every page, in every language and theme: no rule of axe-core broken, all of it by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pages._ui.shell.pages import PAGES
from pages._ui.texts import LANGUAGES
from tests.browser.axe import OF_STREAMLIT, of_streamlit, violations
from tests.browser.conftest import run_server, wait_for_map
from tests.conftest import write_checkpoint
from tests.test_label_grid import write_conditional

# What else there is to see on a page than at first sight, as its address says it.
VIEWS = {"label_grid": ("part=grid", "part=write", "part=hand", "part=why")}
ADDRESSES = [(page.name, view) for page in PAGES for view in VIEWS.get(page.name, ("",))]
MOST_STOPS = 150  # of the Tab key, on one page
# Streamlit's own header is empty but for its menu, and lies over ours: axe would not see ours.
UNCOVER = "document.querySelector('[data-testid=stHeader]').style.display = 'none'"
# Whether the Tab key has led to something new. What it looks like, with all around it, is compared
# with what it looks like once the focus has gone on.
STOP = """
() => {
  const parentOf = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const look = (element) => {
    const around = [element];
    for (let up = parentOf(element), i = 0; up && i < 4; i += 1, up = parentOf(up)) {
      around.push(up, ...up.children);
    }
    return JSON.stringify(around.flatMap((part) => [null, "::before", "::after"].map((pseudo) => {
      const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(part, pseudo);
      return [outline, boxShadow, borderColor, backgroundColor];
    })));
  };
  window.stops ??= [];
  const last = stops.at(-1);
  if (last) last.seen = look(last.element) !== last.look;
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (element === document.body || stops.some((stop) => stop.element === element)) return false;
  stops.push({ element, look: look(element) });
  return true;
}
"""
STOPS = """
() => {
  const name = ({ outerHTML, textContent }) => outerHTML.slice(0, 120) + textContent.slice(0, 30);
  const elements = stops.map(({ element }) => element);
  const all = [];
  const collect = (root) => root.querySelectorAll("*").forEach((element) => {
    if (element.shadowRoot) collect(element.shadowRoot);
    if (element.matches("button, a[href], input, select, [tabindex='0']")) all.push(element);
  });
  collect(document);
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  // Of several in such a group one is a stop, from which the arrow keys lead to the others.
  const groups = "[role=tablist], [role=toolbar], [role=radiogroup], fieldset";
  const led = (element) => {
    const group = element.closest(element.tabIndex < 0 ? `${groups}, [role=group]` : groups);
    return elements.some((stop) => group?.contains(stop));
  };
  const missed = all.filter((one) => shown(one) && !elements.includes(one) && !led(one));
  const unseen = stops.filter(({ seen }) => seen === false).map(({ element }) => element);
  return { count: stops.length, missed: missed.map(name), unseen: unseen.map(name) };
}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a plain model and one that takes a label."""
    folder: Path = tmp_path_factory.mktemp("checkpoints")
    write_checkpoint(folder / "vae.safetensors")
    write_conditional(folder / "cvae.safetensors")
    with run_server(folder) as address:
        yield address


def open_page(page: Page, url: str, name: str, query: str) -> None:
    page.goto(f"{url}/{'' if name == PAGES[0].name else name}?{query}")
    wait_for_map(page)


def show_theme(page: Page, theme: Any) -> None:
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "(theme) => getComputedStyle(document.querySelector('.stApp')).colorScheme === theme",
        arg=theme,
    )
    page.locator(f"[data-ready='true'][data-theme='{theme}']").wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_breaks_a_rule_of_axe_in_light_or_dark(page: Page, url: str, language: str) -> None:
    broken = {}
    for name, view in ADDRESSES:
        open_page(page, url, name, f"lang={language}&{view}")
        page.evaluate(UNCOVER)
        for theme in ("light", "dark"):
            show_theme(page, theme)
            if found := violations(page):
                broken[name, view, theme] = found

    assert not broken


def test_menus_and_notes_that_are_open_break_no_rule_but_streamlits_own(
    page: Page, url: str
) -> None:
    open_page(page, url, "label_grid", "")
    broken, streamlits = [], set()
    for button in (
        page.get_by_role("button", name="What is z ="),
        page.get_by_role("button", name="File"),
        page.get_by_role("combobox", name="Model"),
    ):
        button.first.click()
        opened = page.locator(
            "[popover]:popover-open, [data-testid=stFileUploader], [role=listbox]"
        )
        expect(opened.first).to_be_visible()
        broken += violations(page)
        streamlits |= of_streamlit(page)
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)

    assert not broken
    assert streamlits == OF_STREAMLIT.keys()  # what is mended is listed no longer


def test_dots_are_larger_on_a_projector_and_in_presenter_mode_which_names_classes(
    page: Page, url: str
) -> None:
    open_page(page, url, "latent_map", "layers=points")
    dots, names = page.locator("canvas.dots"), page.locator(".plane g.names")
    expect(names).to_have_attribute("hidden", "")
    radius = float(dots.get_attribute("data-radius") or 0)
    larger = f"{1.5 * radius:.2f}"

    page.evaluate("document.documentElement.dataset.presenter = 'true'")
    expect(dots).to_have_attribute("data-radius", larger)
    expect(names).not_to_have_attribute("hidden", "")
    page.evaluate("delete document.documentElement.dataset.presenter")
    expect(dots).to_have_attribute("data-radius", f"{radius:.2f}")
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect(dots).to_have_attribute("data-radius", larger)


def test_every_control_of_every_page_is_reached_by_keyboard_and_shows_its_focus(
    page: Page, url: str
) -> None:
    page.emulate_media(reduced_motion="reduce")
    for name, view in ADDRESSES:
        open_page(page, url, name, view)
        for _ in range(MOST_STOPS):
            page.keyboard.press("Tab")
            if not page.evaluate(STOP):
                break
        found = page.evaluate(STOPS)

        assert found["count"] > 5, (name, view)
        assert not found["missed"], (name, view)
        assert not found["unseen"], (name, view)
