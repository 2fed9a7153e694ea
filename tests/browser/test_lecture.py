"""A lecture on screen: scenes, links, history, keys; presenter mode; links to take along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pages._ui.server import lectures
from pages._ui.texts import scenes
from tests.browser.conftest import DESKTOP, PHONE, PROJECT, run_server

SCENES = scenes.read_lecture(scenes.SHIPPED / "vae", "en", lectures.pages()).scenes
HOME = "latent_map"
OWN = """---
lecture: Mine
page: label_grid
view: ?columns=3
headline: Three?
---
One *two* $z_1$.

do: [Five](?columns=5)

takeaway: Done.
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the models that ship, and a lecturer's own lecture with a file that is wrong."""
    folder = tmp_path_factory.mktemp("lectures")
    (folder / "mine").mkdir()
    (folder / "mine/01_three.md").write_text(OWN)
    (folder / "mine/02_wrong.md").write_text(OWN.replace("*two*", "*two"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LECTURES_DIR", str(folder))
        patch.setenv("VAE_RUNS_DIR", str(folder / "runs"))
        with run_server(PROJECT / "checkpoints") as url:
            yield url


def headline(page: Page) -> str:
    return page.locator("section.scene h2").inner_text()


def words(tree: object) -> str:
    """The text of a headline."""
    return tree if isinstance(tree, str) else "".join(words(each) for each in tree[1:])  # type: ignore[index]


def is_at(page: Page, number: int) -> None:
    """The scene's question, its page and its address are there."""
    scene = SCENES[number - 1]
    question = "".join(words(each) for each in scene.headline)
    expect(page.get_by_role("heading", level=2, name=question)).to_be_visible()
    path = "" if scene.page == HOME else scene.page
    expect(page).to_have_url(re.compile(rf"/{path}\?(.*&)?lecture=vae&scene={number}(&|$)"))
    ready = {
        "latent_map": "[data-ready='true']",
        "label_grid": ".label-grid",
        "one_digit": ".one-digit",
        "live_training": ".live-training",
    }
    expect(page.locator(ready[scene.page]).first).to_be_visible(timeout=30_000)


def test_a_lecture_goes_from_its_first_scene_to_its_last_and_back(page: Page, app: str) -> None:
    page.goto(app)
    page.get_by_role("button", name="Lecture", exact=True).click()
    for number in range(1, len(SCENES) + 1):
        is_at(page, number)
        if number < len(SCENES):
            page.get_by_role("button", name="Next scene").click()
    expect(page.get_by_role("button", name="Next scene")).to_be_disabled()
    strip = page.locator("section.scene").bounding_box()
    assert strip and strip["height"] <= 96  # of 768

    page.get_by_role("button", name="Previous scene").click()
    is_at(page, 9)
    page.keyboard.press("ArrowLeft")
    is_at(page, 8)
    page.keyboard.press("PageUp")
    is_at(page, 7)
    page.get_by_role("link", name="set β to 1").click()
    expect(page).to_have_url(re.compile(r"lecture=vae&scene=7"))
    expect(page).not_to_have_url(re.compile("beta=20"))
    page.go_back()
    expect(page).to_have_url(re.compile("beta=20"))
    page.go_back()
    is_at(page, 8)
    page.reload()
    is_at(page, 8)

    page.get_by_role("link", name="Label grid", exact=True).first.click()  # the lecture goes along
    expect(page).to_have_url(re.compile(r"/label_grid\?(.*&)?lecture=vae&scene=8"))
    page.keyboard.press("PageDown")
    is_at(page, 9)
    page.get_by_role("button", name="Close the scenes").click()
    expect(page.locator("section.scene")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("lecture="))


def test_arrows_belong_to_the_map_while_it_has_the_focus(page: Page, app: str) -> None:
    page.goto(f"{app}/?model=vae&lecture=vae&scene=4")
    page.locator("[data-ready='true']").wait_for(timeout=30_000)
    is_at(page, 4)
    page.get_by_role("application").first.focus()
    page.keyboard.press("ArrowRight")
    is_at(page, 4)
    page.keyboard.press("PageDown")
    is_at(page, 5)


def test_presenter_mode_is_on_the_key_p_and_escape_leaves_it(page: Page, app: str) -> None:
    page.goto(f"{app}/?model=vae&lecture=vae&scene=5")
    page.locator("[data-ready='true']").wait_for(timeout=30_000)
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    before = page.evaluate(size)
    page.keyboard.press("p")
    expect(page.locator("html[data-presenter='true']")).to_be_attached()
    assert page.evaluate(size) == 1.5 * before
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.get_by_role("link", name="Label grid", exact=True)).to_be_hidden()
    is_at(page, 5)
    strip = page.locator("section.scene").bounding_box()
    assert strip and strip["height"] < 0.22 * DESKTOP["height"]  # the page has the rest
    expect(page.get_by_role("heading", level=1)).to_have_count(0)  # the question is the headline
    page.mouse.move(300, 500)
    halo = page.locator(".presenter-halo").bounding_box()
    assert halo and abs(halo["x"] + halo["width"] / 2 - 300) < 1
    page.keyboard.press("Escape")
    expect(page.locator("html[data-presenter]")).to_have_count(0)
    assert page.evaluate(size) == before

    page.get_by_role("button", name="Share this view").click()
    page.get_by_role("textbox", name="Address of this view").focus()
    page.keyboard.press("p")  # typing
    expect(page.locator("html[data-presenter]")).to_have_count(0)


def test_a_link_is_copied_or_else_selected_and_the_code_needs_a_server_for_others(
    page: Page, app: str
) -> None:
    page.goto(f"{app}/label_grid?model=cvae&columns=7")
    page.locator(".label-grid").wait_for(timeout=30_000)
    page.get_by_role("button", name="Share this view").click()
    field = page.get_by_role("textbox", name="Address of this view")
    expect(field).to_have_value(page.url)
    expect(page.get_by_text("Only this machine is served.")).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_hidden()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text(re.compile("Copied|address is selected"))).to_be_visible()
    selected = "e => e.value.slice(e.selectionStart, e.selectionEnd)"
    assert field.evaluate(selected) == page.url


def test_a_lecturers_own_lecture_opens_by_address_and_says_which_file_is_wrong(
    page: Page, app: str
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{app}/?lecture=mine")
    expect(page.get_by_role("heading", level=2, name="Three?")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/label_grid\?(.*&)?columns=3"))
    page.get_by_role("button", name="All of the scene").click()
    expect(
        page.get_by_text("mine/02_wrong.md, line 7: * is opened and not closed.")
    ).to_be_visible()
    expect(page.locator("section.scene math")).to_have_text("z1")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.get_by_role("link", name="Five", exact=True).click()
    expect(page).to_have_url(re.compile("columns=5"))
    page.get_by_role("button", name="Contents").click()
    expect(page.get_by_role("button", name="Mine one scene")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("VAE and CVAE"))).to_be_visible()


def test_lectures_are_in_the_visitors_language(page: Page, app: str) -> None:
    page.goto(f"{app}/?model=vae&lecture=vae&scene=1&lang=zh")
    expect(page.get_by_role("heading", level=2, name="784 个像素归结成什么？")).to_be_visible()
    expect(page.get_by_role("button", name="下一幕")).to_be_enabled()


def test_files_of_the_lecture_are_there() -> None:
    assert len(SCENES) == len(list(Path(scenes.SHIPPED / "vae/en").glob("*.md"))) == 10
