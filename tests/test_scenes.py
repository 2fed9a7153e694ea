"""Scenes of lectures: what a file may say, what is said of a wrong one, and that ours are true."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

import vae_core
from pages._ui.server import lectures
from pages._ui.server.routes import routes
from pages._ui.texts import LANGUAGES, catalogue, formulas, markup, scenes
from pages._ui.texts.scenes import SceneError, read_lecture, read_scene
from tests.conftest import PROJECT
from tests.test_assets import get
from vae_core.classifier import load_classifier
from vae_core.data.embedded import embedded_digits

PAGES = ("label_grid", "latent_map")
SHIPPED = scenes.names(scenes.SHIPPED)
FILES = sorted(scenes.SHIPPED.rglob("*.md"))
MARKS = [
    "*",
    "**",
    "`",
    "$",
    "[",
    "](",
    ")",
    "\\",
    "{",
    "}",
    "^",
    "_",
    "\\frac",
    "\\mu",
    "a",
    "β",
    "\n",
]

SCENE = """---
lecture: Fives
page: latent_map
view: ?layers=points&pins=1,2
headline: Where is a *5*?
---
One sentence with $q(z|x)$.
Another one.

do: [Add the prior](?layers=points,prior), or see the [grid](label_grid?columns=3).

takeaway: A **5** is `z`.
"""


def words(tree: Any) -> str:
    """The text of a tree."""
    if isinstance(tree, str):
        return tree
    children = tree[3:] if tree[:1] == ["a"] else tree[1:] if _is_node(tree) else tree
    return "".join(words(each) for each in children)


def _is_node(tree: list[Any]) -> bool:
    return bool(tree) and isinstance(tree[0], str) and tree[0] in NODES


NODES = {"em", "strong", "code", "a", "math", "mrow", "mi", "mn", "mo", "msub", "msup"} | {
    *("msubsup", "mfrac", "msqrt", "mover"),
}


def elements(tree: Any) -> list[str]:
    """The names of a node's elements, in order; a node is [name, child, ...]."""
    if isinstance(tree, str):
        return []
    children = tree[3:] if tree[0] == "a" else tree[1:]
    return [tree[0], *(name for child in children for name in elements(child))]


# --- what a file says ---------------------------------------------------------------------------


def test_a_scene_is_its_header_two_sentences_a_thing_to_do_and_a_takeaway() -> None:
    scene = read_scene(SCENE, PAGES)
    assert (scene.lecture, scene.page, scene.view) == (
        "Fives",
        "latent_map",
        "?layers=points&pins=1,2",
    )
    assert scene.headline == ["Where is a ", ["em", "5"], "?"]
    assert scene.body[0] == "One sentence with "
    assert elements(scene.body[1]) == ["math", "mi", "mo", "mi", "mo", "mi", "mo"]
    assert scene.do[0] == ["a", "", "?layers=points,prior", "Add the prior"]
    assert scene.do[2] == ["a", "label_grid", "?columns=3", "grid"]
    assert scene.takeaway == ["A ", ["strong", "5"], " is ", ["code", "z"], "."]


@pytest.mark.parametrize(
    ("was", "becomes", "line", "key"),
    [
        ("---\nlecture", "lecture", 1, "no_header"),
        ("page: latent_map", "page: moon", 3, "no_page"),
        ("page: latent_map\n", "", 5, "missing"),
        ("view: ?l", "view: l", 4, "view"),
        ("?layers=points&", "?lang=zh&", 4, "reserved"),
        ("headline: W", "question: W", 5, "header"),
        ("headline: W", "page: latent_map\nheadline: W", 5, "twice"),
        ("?layers=points&pins=1,2\nheadline: Where is a *5*?", "\nheadline:", 5, "no_value"),
        ("Another one", "Another *one", 8, "open"),
        ("q(z|x)", "\\quux", 7, "formula"),
        ("(label_grid?columns=3)", "(https://example.org)", 10, "link"),
        ("(label_grid?columns=3)", "(moon)", 10, "no_page"),
        ("(?layers=points,prior)", "", 10, "no_target"),
        ("do: ", "try: ", 10, "section_twice"),  # a second body
        ("takeaway: A **5** is `z`.", "", 13, "no_section"),
    ],
)
def test_of_a_wrong_scene_the_line_and_the_reason_are_said(
    was: str, becomes: str, line: int, key: str
) -> None:
    assert was in SCENE
    with pytest.raises(SceneError) as caught:
        read_scene(SCENE.replace(was, becomes, 1), PAGES)
    assert (caught.value.line, caught.value.key) == (line, key)
    sentence = catalogue()[f"lecture.wrong.{key}"].format(**caught.value.parameters)
    assert "{" not in sentence


def test_a_header_without_an_end_is_said_to_have_none() -> None:
    with pytest.raises(SceneError) as caught:
        read_scene("---\npage: latent_map", PAGES)
    assert (caught.value.line, caught.value.key) == (2, "header_open")


@given(st.lists(st.sampled_from(MARKS), max_size=30).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused_and_gives_no_element_but_the_known_ones(text: str) -> None:
    try:
        tree = markup.inline(text, PAGES)
    except markup.MarkupError as error:
        assert 0 <= error.at <= len(text)
        assert f"lecture.wrong.{error.key}" in catalogue()
        return
    found = {name for each in tree for name in elements(each)}
    assert found <= NODES
    json.dumps(tree)


@given(st.text(max_size=200))
def test_any_file_is_read_or_refused_with_a_line_that_it_has(source: str) -> None:
    try:
        read_scene(source, PAGES)
    except SceneError as error:
        assert 1 <= error.line <= source.count("\n") + 1


@given(st.text(alphabet="abc <>&'\"=/β数", min_size=1, max_size=40))
def test_a_text_without_marks_stays_as_it_is(text: str) -> None:
    assert markup.inline(text, PAGES) == [text]


@given(st.text(min_size=1, max_size=30))
def test_a_backslash_takes_any_mark_as_it_is(text: str) -> None:
    escaped = re.sub(r"([\\*`$\[\]])", r"\\\1", text)
    assert "".join(markup.inline(escaped, PAGES)) == text


def test_formulas_have_scripts_fractions_letters_and_bars() -> None:
    assert formulas.mathml(r"\mu_i^2") == [
        "math",
        ["msubsup", ["mi", "μ"], ["mi", "i"], ["mn", "2"]],
    ]
    kl = formulas.mathml(r"D_{\mathrm{KL}}(q \| p) = \frac{1}{2}")
    assert elements(kl)[:5] == ["math", "msub", "mi", "mrow", "mi"]
    assert ["mo", "‖"] in kl and kl[-1][0] == "mfrac"
    assert formulas.mathml("z=-0.5")[-1] == ["mn", "−0.5"]
    assert formulas.mathml("-x-1")[1:] == [
        ["mrow", ["mo", "−"], ["mi", "x"]],
        ["mo", "−"],
        ["mn", "1"],
    ]
    assert formulas.mathml("σ^2-1") == formulas.mathml(r"\sigma^2 - 1")


def test_names_of_functions_stand_apart_from_letters_but_not_from_brackets_and_signs() -> None:
    thin = "\u2009"
    assert formulas.mathml(r"x \log y")[2] == ["mi", f"{thin}log{thin}"]
    assert formulas.mathml(r"-\log x")[1] == ["mrow", ["mo", "−"], ["mi", f"log{thin}"]]
    assert formulas.mathml(r"(\log(x))")[2] == ["mi", "log"]


# --- folders ------------------------------------------------------------------------------------


def test_a_lecturers_file_that_is_wrong_is_named_with_its_line_and_the_others_are_shown(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "01_good.md").write_text(SCENE)
    (folder / "02_bad.md").write_text(SCENE.replace("**5**", "**5"))
    (folder / "03_bytes.md").write_bytes(b"---\n\xff")
    lecture = read_lecture(folder, "en", PAGES)
    assert lecture.title == "Fives" and len(lecture.scenes) == 1
    assert lecture.problems[0].startswith("mine/02_bad.md, line 12: ** is opened")
    assert lecture.problems[1].startswith("mine/03_bytes.md, line 2: ")


def test_a_lecture_has_a_folder_per_language_or_one_for_all(tmp_path: Path) -> None:
    for name in ("en", "zh"):
        (tmp_path / "two" / name).mkdir(parents=True)
        (tmp_path / "two" / name / "1.md").write_text(SCENE.replace("Fives", name))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "1.md").write_text(SCENE)
    assert [read_lecture(tmp_path / "two", each, PAGES).title for each in LANGUAGES] == ["en", "zh"]
    assert [read_lecture(tmp_path / "one", each, PAGES).title for each in LANGUAGES] == [
        "Fives"
    ] * 2
    (tmp_path / "..odd").mkdir()
    assert scenes.names(tmp_path) == ["one", "two"]


def test_a_lecturers_own_are_served_anew_each_time_and_take_no_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_LECTURES_DIR", str(tmp_path))
    app = Starlette(routes=routes())

    def served() -> Any:
        return json.loads(get("/assets/own-lectures/en.json", app=app).body)

    assert served() == []
    for name in ("mine", "vae"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.md").write_text(SCENE)
    (lecture,) = served()
    assert (lecture["name"], lecture["title"], lecture["problems"]) == ("mine", "Fives", [])
    (tmp_path / "mine/1.md").write_text(SCENE.replace("Fives", "Sixes"))
    assert served()[0]["title"] == "Sixes"


# --- the lectures that ship ---------------------------------------------------------------------


def test_the_main_lecture_has_ten_scenes_and_there_is_one_for_each_note() -> None:
    counts = {
        name: len(read_lecture(scenes.SHIPPED / name, "en", lectures.pages()).scenes)
        for name in SHIPPED
    }
    assert counts["vae"] == 10
    assert len(counts) >= 5 and all(3 <= count <= 10 for count in counts.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_lecture_is_right_and_fits_the_strip(name: str, language: str) -> None:
    lecture = read_lecture(scenes.SHIPPED / name, language, lectures.pages())
    assert not lecture.problems and lecture.title != name
    limits = {"en": (60, 300, 125, 100), "zh": (24, 150, 60, 45)}[language]
    for scene in lecture.scenes:
        assert scene.view, "a scene without a view would show whatever was left"
        parts = (scene.headline, scene.body, scene.do, scene.takeaway)
        for part, limit in zip(parts, limits, strict=True):
            assert len(words(part)) <= limit, words(part)
        assert words(scene.headline)[-1] in "?？"
        assert len(re.findall(r"[.?](?:\s|$)|[。？]", words(scene.body))) in (2, 3), words(
            scene.body
        )


def marks(path: Path) -> list[str]:
    """What has to be the same in every language: page, view, links, formulas."""
    source = path.read_text()
    header = re.findall(r"^(?:page|view): .*$", source, re.MULTILINE)
    return (
        header
        + sorted(re.findall(r"\]\(([^)]*)\)", source))
        + sorted(set(re.findall(r"\$[^$]+\$", source)))
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_both_languages_have_the_same_scenes_views_links_and_formulas(name: str) -> None:
    english, chinese = (sorted((scenes.SHIPPED / name / each).glob("*.md")) for each in LANGUAGES)
    assert [path.name for path in english] == [path.name for path in chinese]
    for one, other in zip(english, chinese, strict=True):
        assert marks(one) == marks(other), one.name


# --- what scenes say is so ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def vae() -> Any:
    torch.set_num_threads(1)
    return vae_core.load_checkpoint(PROJECT / "checkpoints/vae.safetensors")


@pytest.fixture(scope="module")
def cvae() -> Any:
    return vae_core.load_checkpoint(PROJECT / "checkpoints/cvae.safetensors").model


def read(model: Any, places: Any, y: Any = None) -> tuple[list[int], list[float]]:
    """What the classifier takes the decoded digits for, and how sure it is."""
    z = torch.as_tensor(np.asarray(places), dtype=torch.float32)
    with torch.no_grad():
        sure, label = load_classifier()(model.decode(z, y).mean).softmax(-1).max(-1)
    return label.tolist(), sure.tolist()


def pins(file: str) -> list[list[float]]:
    """The pins of a scene's view."""
    (path,) = scenes.SHIPPED.glob(f"vae/en/{file}.md")
    (found,) = re.findall(r"pins=([-\d.,;]+)", path.read_text().split("---")[1])
    return [[float(number) for number in pin.split(",")] for pin in found.split(";")]


def test_the_walk_goes_from_1_to_7_by_way_of_4_and_9(vae: Any) -> None:
    start, end = np.array(pins("04_walk"))
    seen, sure = read(vae.model, start + np.linspace(0, 1, 33)[:, None] * (end - start))
    told = [label for label, p in zip(seen, sure, strict=True) if p > 0.9]
    order = [told[0], *(b for a, b in pairwise(told) if a != b)]
    assert order[0] == 1 and order[-1] == 7
    assert order.index(4) < order.index(9) < len(order) - 1


def test_the_three_pins_of_the_decoder_are_digits(vae: Any) -> None:
    assert read(vae.model, pins("03_decode"))[0] == [6, 1, 5]


def test_the_pin_in_the_hole_is_within_2_sigma_without_data_and_no_digit(vae: Any) -> None:
    (pin,) = pins("05_holes")
    assert 1.9 < np.hypot(*pin) < 2
    distances = np.hypot(*(vae.file.latents.mu - np.array(pin)).T)
    assert (distances < 0.2).sum() == 0 and len(distances) == 10_000
    assert read(vae.model, [pin])[1][0] < 0.6
    assert round(100 * (1 - np.exp(-2))) == 86  # of N(0, I) in two dimensions, within 2 σ
    assert read(vae.model, [[1.25, -0.5], [2.4, -0.5]])[0] == [4, 0]


def test_a_typical_sigma_is_two_hundredths(vae: Any) -> None:
    assert round(float(np.median(np.exp(vae.file.latents.log_var / 2))), 2) == 0.02


def test_a_vae_shows_a_certain_digit_about_once_in_ten_samples_and_a_cvae_nearly_always(
    vae: Any, cvae: Any
) -> None:
    noise = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0))
    share = np.bincount(read(vae.model, noise)[0], minlength=10) / 1000
    assert (share > 0.06).all() and (share < 0.15).all()
    for label in range(10):
        y = torch.full((1000,), label)
        seen, _ = read(cvae, noise + cvae.prior_mu[label].detach(), y)
        assert np.mean(np.array(seen) == label) > 0.99


def digits_in_scenes() -> set[int]:
    """The real digits that scenes and their links name, by number."""
    sources = "".join(path.read_text() for path in FILES)
    return {int(number) for number in re.findall(r"[?&]digit=(\d+)", sources)}


def test_the_real_digits_of_scenes_are_fives_in_either_set_and_a_small_sigma_costs_most(
    vae: Any,
) -> None:
    """Where the test set is on disk the numbers are of it; elsewhere of the embedded digits."""
    images, labels = embedded_digits()
    named = sorted(digits_in_scenes())
    assert len(named) == 2
    assert labels[named].tolist() == vae.file.latents.labels[named].tolist() == [5, 5]
    x = torch.from_numpy(images[named].reshape(-1, 784)).float() / 255
    with torch.no_grad():
        q = vae.model.encode(x)
    mu = np.concatenate([q.mean.numpy(), vae.file.latents.mu[named]])
    log_var = np.concatenate([2 * q.stddev.log().numpy(), vae.file.latents.log_var[named]])
    assert (-log_var > mu**2).all() and (-log_var > np.exp(log_var)).all()


def test_two_terms_of_a_kl_are_what_the_overview_says() -> None:
    assert f"{0.9 * np.log(0.9 / 0.1):.2f} {0.1 * np.log(0.1 / 0.9):.2f}" == "1.98 -0.22"
