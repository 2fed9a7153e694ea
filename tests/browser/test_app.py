"""The whole app in a real browser: links, files, the frame around the pages, what is fetched."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import safetensors.numpy
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, run_server, wait_for_map
from tests.conftest import write_checkpoint
from vae_core.storage import checkpoints

LINK = "/?model=vae-beta4&layers=points,posterior&pins=0.42,-1.13;1,2"


def pins(page: Page) -> list[str | None]:
    return [pin.get_attribute("alt") for pin in page.get_by_alt_text("Pinned digit at").all()]


def open_files(page: Page, app_url: str) -> None:
    page.goto(app_url)
    wait_for_map(page)
    page.get_by_role("button", name="File").click()


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


# --- links --------------------------------------------------------------------------------------


def test_a_link_as_the_first_request_of_a_server_shows_the_whole_view(
    checkpoints_folder: Path, page: Page
) -> None:
    with run_server(checkpoints_folder) as url:
        page.goto(url + LINK)
        wait_for_map(page)

        expect(page.get_by_alt_text("Pinned digit at")).to_have_count(2, timeout=30_000)
        assert pins(page) == ["Pinned digit at (0.42, -1.13)", "Pinned digit at (1.00, 2.00)"]
        expect(page.get_by_label("Model", exact=True)).to_have_value("VAE, β 4, −ELBO 211.5 nats")
        on = {
            name: page.get_by_label(name).is_checked() for name in ("points", "prior", "posterior")
        }
        assert on == {"points": True, "prior": False, "posterior": True}


def test_the_address_follows_clicks_and_the_back_button_takes_them_back(
    page: Page, app_url: str
) -> None:
    page.goto(app_url)
    wait_for_map(page)
    page.get_by_role("application", name="Latent map").click(position={"x": 200, "y": 300})
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)
    page.wait_for_url("**pins=**")
    (pinned,) = parse_qs(urlsplit(page.url).query)["pins"]

    page.go_back()
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(0)
    page.go_forward()
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query)["pins"] == [pinned]


def test_back_and_forward_undo_each_step(page: Page, app_url: str) -> None:
    page.goto(app_url)
    wait_for_map(page)
    surface = page.get_by_role("application", name="Latent map")
    model = page.get_by_label("Model", exact=True)
    surface.click(position={"x": 200, "y": 300})
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)
    page.get_by_label("posterior").check()
    model.click()
    page.get_by_role("option", name="β 4").click()
    page.wait_for_url("**model=vae-beta4**")
    expect(model).to_have_value(re.compile("β 4"))

    page.go_back()
    expect(model).to_have_value(re.compile("β 1"))
    expect(page.get_by_label("posterior")).to_be_checked()
    page.go_back()
    expect(page.get_by_label("posterior")).not_to_be_checked()
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)
    page.go_back()
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(0)
    for _ in range(3):
        page.go_forward()
    expect(model).to_have_value(re.compile("β 4"))
    expect(page.get_by_label("posterior")).to_be_checked()
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)


def test_a_models_files_are_fetched_once_and_not_after_the_script_only(
    first_visit: Page, app_url: str
) -> None:
    asked: list[str] = []
    first_visit.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    first_visit.goto(app_url)
    wait_for_map(first_visit)

    files = [name for name in asked if name.endswith((".safetensors", "pages.js"))]
    assert set(files[:3]) == {"map.safetensors", "decoder.safetensors", "pages.js"}
    assert not {"map.safetensors", "decoder.safetensors"} & set(files[3:])


def test_quick_steps_back_end_where_they_lead(page: Page, app_url: str) -> None:
    page.goto(app_url)
    wait_for_map(page)
    model = page.get_by_label("Model", exact=True)
    for name, chosen in (("β 4", "vae-beta4"), ("β 1", "vae"), ("β 4", "vae-beta4")):
        model.click()
        page.get_by_role("option", name=name).click()
        page.wait_for_url(re.compile(f"model={chosen}$"))
    for _ in range(3):
        page.evaluate("history.back()")
    expect(model).to_have_value(re.compile("β 1"))
    page.wait_for_timeout(1000)

    expect(model).to_have_value(re.compile("β 1"))
    assert "model" not in page.url
    for _ in range(3):
        page.evaluate("history.forward()")
    expect(model).to_have_value(re.compile("β 4"))
    expect(page).to_have_url(re.compile("model=vae-beta4"))


def test_quick_choices_end_with_the_last_one_on_screen_and_in_the_address(
    page: Page, app_url: str, checkpoints_folder: Path
) -> None:
    page.goto(app_url)
    wait_for_map(page)
    model = page.get_by_label("Model", exact=True)
    for name in ("β 4", "β 1", "β 4"):
        model.click()
        page.get_by_role("option", name=name).click()
    page.wait_for_url("**model=vae-beta4**")
    expect(model).to_have_value(re.compile("β 4"))
    page.wait_for_timeout(1000)

    assert "vae-beta4" in page.url
    expect(model).to_have_value(re.compile("β 4"))
    with page.expect_request("**/pin.json?*") as asked:
        page.get_by_role("application", name="Latent map").click(position={"x": 200, "y": 300})
    shown = checkpoints.read_checkpoint(checkpoints_folder / "vae-beta4.safetensors").sha256
    assert shown in asked.value.url


def test_the_zoom_is_in_the_link(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?view=0.5,-0.25,2")
    wait_for_map(page)
    surface = page.get_by_role("application", name="Latent map")
    expect(surface).to_have_attribute("data-view", "0.5,-0.25,2")
    page.get_by_role("button", name="whole map").click()
    expect(page).to_have_url(re.compile(r"/$"))


def test_the_view_survives_a_visit_to_another_page(page: Page, app_url: str) -> None:
    page.goto(app_url + LINK)
    wait_for_map(page)
    page.get_by_role("link", name="Live training").click()
    expect(page.get_by_role("application", name="Latent map")).to_have_count(0)
    page.get_by_role("link", name="Latent map", exact=True).click()

    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(2)
    page.wait_for_url("**model=vae-beta4**")


def test_a_layer_that_is_switched_on_is_in_the_link(page: Page, app_url: str) -> None:
    page.goto(app_url)
    wait_for_map(page)
    page.get_by_label("posterior").check()
    page.wait_for_url("**layers=**posterior**")
    page.reload()
    wait_for_map(page)

    expect(page.get_by_label("posterior")).to_be_checked()


@pytest.mark.parametrize(
    "query",
    ["model=../../etc/passwd", "pins=NaN,0;inf,1", "layers=" + "x" * 20_000],
    ids=lambda query: query[:24],
)
def test_nonsense_in_the_address_is_one_sentence(query: str, page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?{query}")
    wait_for_map(page)

    sentence = re.compile(r"ignored\.|could not be shown|There is no model")
    expect(page.get_by_text(sentence)).to_be_visible()
    assert pins(page) == []
    expect(page).to_have_url(re.compile(r"/$"))  # the address says what is on screen


# --- models -------------------------------------------------------------------------------------


def test_the_picker_changes_the_map_and_the_link(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?pins=0.5,1")
    wait_for_map(page)
    before = page.get_by_alt_text("Pinned digit at").get_attribute("src")
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name="β 4").click()

    page.wait_for_url("**model=vae-beta4**")
    expect(page.get_by_alt_text("Pinned digit at")).not_to_have_attribute("src", before or "")
    assert pins(page) == ["Pinned digit at (0.50, 1.00)"]


def test_a_good_upload_opens_and_its_link_works_for_others(
    page: Page, browser: Browser, app_url: str, tmp_path: Path
) -> None:
    data = write_checkpoint(tmp_path / "mine.safetensors", seed=9).read_bytes()
    open_files(page, app_url)
    upload(page, "mine.safetensors", data)
    page.wait_for_url("**model=upload-**")

    other = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
    other.goto(page.url)
    wait_for_map(other)
    assert "219.5" in other.get_by_label("Model", exact=True).input_value()
    other.close()


@pytest.mark.parametrize("kind", ["cut", "pickle", "foreign"])
def test_a_bad_upload_is_refused_and_the_map_goes_on(
    kind: str, page: Page, app_url: str, tiny_checkpoint: Path
) -> None:
    bad = {
        "cut": tiny_checkpoint.read_bytes()[:-100],
        "pickle": pickle.dumps({"weights": [1.0, 2.0]}),
        "foreign": safetensors.numpy.save({"x": np.zeros(3)}),
    }[kind]
    open_files(page, app_url)
    upload(page, "bad.safetensors", bad)

    expect(page.get_by_role("alert")).to_contain_text("bad.safetensors: ")
    page.keyboard.press("Escape")
    page.get_by_role("application", name="Latent map").click(position={"x": 200, "y": 300})
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(1)


def test_a_pt_file_is_not_even_sent(page: Page, app_url: str) -> None:
    open_files(page, app_url)
    upload(page, "model.pt", pickle.dumps({"weights": [1.0]}))

    expect(page.get_by_text("not allowed")).to_be_visible()


def test_the_download_is_the_file_itself(
    page: Page, app_url: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    open_files(page, app_url)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this model").click()
    download.value.save_as(tmp_path / "copy")

    assert download.value.suggested_filename == "vae.safetensors"
    assert (tmp_path / "copy").read_bytes() == tiny_checkpoint.read_bytes()


def test_an_empty_folder_says_what_to_do(page: Page, tmp_path: Path) -> None:
    with run_server(tmp_path) as url:
        page.goto(url)

        expect(page.get_by_text("python -m vae_core train")).to_be_visible(timeout=30_000)


# --- the frame ----------------------------------------------------------------------------------


def test_the_page_is_in_the_navigation_and_the_picker_is_labelled(page: Page, app_url: str) -> None:
    page.goto(app_url)
    wait_for_map(page)

    expect(page.get_by_role("link", name="Latent map")).to_be_visible()
    expect(page.get_by_label("Model", exact=True)).to_be_visible()
    assert page.title() == "Latent map · VAE explorer"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_projector_needs_no_scrolling(browser: Browser, app_url: str, scheme: str) -> None:
    twelve = ";".join(f"{i / 4 - 1.5},{i / 6}" for i in range(12))
    context = browser.new_context(viewport=DESKTOP, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{app_url}/?pins={twelve}")
    wait_for_map(page)
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(12)
    main = page.get_by_test_id("stMain")

    assert main.evaluate("element => element.scrollHeight - element.clientHeight") <= 0
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    context.close()


def test_a_phone_scrolls_only_downwards(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{app_url}{LINK}")
    wait_for_map(page)
    main = page.get_by_test_id("stMain")

    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    context.close()


def test_nothing_is_fetched_from_another_host(first_visit: Page, app_url: str) -> None:
    hosts: set[str] = set()
    first_visit.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    first_visit.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).netloc))
    first_visit.goto(app_url + LINK)
    wait_for_map(first_visit)
    first_visit.get_by_label("manifold").check()
    first_visit.get_by_role("button", name="File").click()
    first_visit.wait_for_timeout(1500)

    assert {host for host in hosts if host} == {urlsplit(app_url).netloc}


def test_no_error_reaches_the_console(page: Page, app_url: str) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: line.type == "error" and problems.append(line.text))
    page.goto(app_url + LINK)
    wait_for_map(page)
    expect(page.get_by_alt_text("Pinned digit at")).to_have_count(2)

    assert problems == []
