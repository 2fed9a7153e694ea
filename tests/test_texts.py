"""What people read: all of it in the catalogue, in every language, and none of it in the code."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from pages._ui.texts import (
    ENGLISH,
    FOLDER,
    LANGUAGES,
    class_names,
    preferred,
    say,
    speak,
    spoken,
    text,
    translations,
)
from tests.test_errors import KEYED
from vae_core.data.datasets import CLASS_NAMES
from vae_core.errors import CheckpointError, ConfigError, DatasetError
from vae_core.runs.schema import LIVE

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "pages/_ui/frontend"
OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
ENGLISH_TEXTS = translations(ENGLISH)
ERRORS = {  # key -> English, of the library and of the pages
    f"error.{keyword.value.value}": call.args[0].value
    for _, call in KEYED
    for keyword in call.keywords
    if keyword.arg == "key"
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Words that are the same in every language: names, units and what stands in formulas.
SYMBOLS = {
    *("VAE", "CVAE", "ELBO", "KL", "MNIST", "nats", "nat", "log", "GIF", "CSV", "PNG", "SVG", "EM"),
    *("PyTorch", "JavaScript", "Plotly", "mu", "sigma"),
}
ADDRESSES = {"page", "view"}  # where a note of info.json leads: not read by people


def sections(language: str) -> set[str]:
    return {path.stem for path in (FOLDER / language).glob("*.json")}


def of_section(texts: dict[str, str], section: str) -> dict[str, str]:
    return {key: said for key, said in texts.items() if key.startswith(f"{section}.")}


def fields(template: str) -> set[tuple[str, str, str]]:
    """What stands in braces: name, conversion, format."""
    return {
        (name, conversion or "", spec or "")
        for _, name, spec, conversion in Formatter().parse(template)
        if name is not None
    }


def tags(said: str) -> list[str]:
    """What must be the same in any language: markup and commands."""
    return sorted(re.findall(r"</?\w+>|`[^`]*`|\*\*", said))


def words(said: str) -> set[str]:
    """Latin words of a text, but for placeholders, commands and symbols."""
    return (
        set(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{[^}]*\}|`[^`]*`|<[^>]*>", " ", said))) - SYMBOLS
    )


# --- every language says all of it --------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_a_file_for_each_part_and_one_for_errors(language: str) -> None:
    assert sections(language) == sections(ENGLISH) | {"error"}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("section", sorted(sections(ENGLISH)))
def test_a_part_has_the_same_keys_in_every_language(language: str, section: str) -> None:
    there = of_section(translations(language), section)
    assert there.keys() == of_section(ENGLISH_TEXTS, section).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_error_is_said_in_every_language_and_no_other(language: str) -> None:
    said = of_section(translations(language), "error")
    assert {key for key in said if not key.startswith("error.word.")} == ERRORS.keys()


def pairs() -> Iterator[tuple[str, str, str, str]]:
    """Language, key, English, and what the language says."""
    for language in OTHERS:
        for key, said in translations(language).items():
            if english := (ENGLISH_TEXTS | ERRORS).get(key):
                yield language, key, english, said


def test_a_translation_has_the_placeholders_and_the_markup_of_the_english() -> None:
    wrong = [
        f"{language}: {key}"
        for language, key, english, said in pairs()
        if fields(english) != fields(said) or tags(english) != tags(said)
    ]
    assert wrong == []


def test_a_translation_is_one_and_addresses_are_none() -> None:
    wrong = []
    for language, key, english, said in pairs():
        if key.startswith("info.") and key.rpartition(".")[2] in ADDRESSES:
            same = english == said
        else:
            same = bool(CHINESE.search(said)) or not words(said)
        if not same:
            wrong.append(f"{language}: {key}")
    assert wrong == []


def test_english_is_english() -> None:
    assert [key for key, said in ENGLISH_TEXTS.items() if CHINESE.search(said)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_errors_are_words_that_errors_have(language: str) -> None:
    """How runs end, what an operating system says, what the library says where it has no key."""
    prefix = "error.word."
    known = {key.removeprefix(prefix) for key in translations(language) if key.startswith(prefix)}
    of_system = {os.strerror(number) for number in range(1, 134)}
    assert known - of_system - literals() == set()
    assert known >= LIVE | {"finished", "stopped", "diverged", "failed", "interrupted"}


# --- errors in a language -----------------------------------------------------------------------


def test_an_error_is_said_with_the_errors_and_words_within_it() -> None:
    inner = ConfigError("images must be positive.", key="config.images")
    outer = CheckpointError(
        "The checkpoint's description is not valid: {error}", key="storage.description", error=inner
    )
    assert say(outer) == str(outer)
    assert say(outer, "zh") == "检查点的描述不合法：images 必须为正数。"
    over = CheckpointError(
        "This run is over ({status}); start a new one.", key="runs.over", status="stopped"
    )
    assert say(over, "zh") == "这次训练已经结束（已停止）；请重新开始一次。"
    full = DatasetError(
        "{name!r} cannot be read: {reason}.",
        key="storage.unreadable",
        name="a",
        reason=OSError("not a regular file"),
    )
    assert say(full, "zh") == "无法读取 'a'：不是普通文件。"


def test_numbers_in_an_error_keep_their_format() -> None:
    error = ConfigError(
        "{name} must be between {low:,} and {high:,}.",
        key="config.between",
        name="epochs",
        low=1,
        high=10_000,
    )
    assert say(error, "zh") == "epochs 必须在 1 到 10,000 之间。"


def test_an_error_without_a_translation_is_said_in_english() -> None:
    assert say(ConfigError("Only {here}.", key="nobody.knows", here="x"), "zh") == "Only x."


def test_what_is_said_follows_the_language_spoken() -> None:
    before = spoken()
    try:
        speak("zh")
        assert text("shell.model") == "模型"
        assert text("shell.model", ENGLISH) == "Model"
    finally:
        speak(before)


def test_classes_have_names_in_a_language_and_digits_are_their_own() -> None:
    before = spoken()
    try:
        speak("zh")
        assert class_names(("Ankle boot", "7", "tsu")) == ["短靴", "7", "tsu"]
        assert all(map(CHINESE.search, class_names(CLASS_NAMES["FashionMNIST"])))
    finally:
        speak(before)


# --- the code says nothing itself ---------------------------------------------------------------

PYTHON = sorted([*ROOT.glob("pages/**/*.py"), ROOT / "app.py"])
LIBRARY = sorted(ROOT.glob("vae_core/**/*.py"))
SCRIPTS = sorted(FRONTEND.rglob("*.js"))
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")  # two words in a row
NAMED = re.compile(r"[A-Za-z]{3,}")

# What reads like a sentence and is none, or is for whoever runs the server: file -> its beginnings.
NOT_SAID = {
    "app.py": ["The app needs Python"],  # before there is a catalogue
    "pages/_ui/shell/component.py": ["\n// Parent element"],  # JavaScript
    "pages/_ui/server/warmup.py": ["Ready to decode", "The warm-up failed"],  # the server's log
    "pages/_ui/server/routing.py": ["%s could not be answered."],  # the server's log
    "pages/_ui/server/offered.py": ["python -m vae_core"],  # a command
    "pages/_ui/server/static_files.py": ["export const", "lecture: "],  # JavaScript
    # The lines of our own code that are shown, and what is wrong if they are not there any more.
    "pages/_ui/server/source_lines.py": [
        *("torch.", "self.", "kl_divergence(", "diagonal_normal("),
        *("There is no ", " does not compute ", " is not a function"),
    ],
}
# Errors of programmers, which reach the console and no screen, and names of classes: file -> their
# beginnings.
NOT_READ = {
    "pages/label_grid/controls.js": ["slider "],
    "parts/elements.js": ["This browser gives no canvas"],
    "parts/math.js": ["This formula has"],
    "state/texts.js": ["There is no text", "The text ${key} needs"],
    "core/model.js": ["Unknown likelihood"],
    "core/network.js": ["Unknown activation"],
    "core/safetensors.js": [
        "This is not a readable safetensors file",
        "it is ",
        "its header ",
        "${name} ",
    ],
    "pages/live_training/plotly.js": ["plotly.js could not be loaded"],  # the page says it itself
}


def docstrings(tree: ast.AST) -> set[int]:
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def of_errors(tree: ast.AST) -> set[int]:
    """English that stands where an error is raised, with a key for other languages."""
    return {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(k.arg == "key" for k in node.keywords)
        for argument in node.args[:1]
        for part in ast.walk(argument)
        if ast.unparse(node.func).endswith("Error")
    }


def spoken_in_python(path: Path) -> Iterator[str]:
    """Texts of a module that a person would read: sentences, and what widgets are given."""
    tree = ast.parse(path.read_text())
    asserted = {id(node.msg) for node in ast.walk(tree) if isinstance(node, ast.Assert)}
    passed = docstrings(tree) | of_errors(tree) | asserted
    of_widgets = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and re.match(r"st\.(?!get_option|session_state)", ast.unparse(node.func))
        for argument in (
            *node.args[:1],
            *(k.value for k in node.keywords if k.arg in ("label", "help", "placeholder")),
        )
        for part in [argument, *getattr(argument, "values", [])]
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
        ):
            said = node.value
            if SENTENCE.search(said) or (id(node) in of_widgets and NAMED.search(said)):
                yield said


# Markup, headers of HTTP, code of the browser.
PROTOCOL = r"[<>]|(public|private), max-age=|attachment; |text/|export const |https?:"

# First arguments of Streamlit's functions that are names and no texts.
NAMES = {"stretch"}


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_says_nothing_itself(path: Path) -> None:
    allowed = NOT_SAID.get(str(path.relative_to(ROOT)), [])
    said = [
        found
        for found in spoken_in_python(path)
        if found not in NAMES
        and not found.endswith((".css", ".py"))
        and not any(found.startswith(start) for start in allowed)
        and not re.match(PROTOCOL, found)
    ]
    assert said == []


STRING = r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`'
READ = re.compile(
    rf'(?:"?(?:aria-label|title|alt|placeholder|aria-description)"?: |'
    rf"\.(?:textContent|title|ariaLabel|innerText) = |\bnew Error\()(?:{STRING})"
)
CHILD = re.compile(rf'\bh\("\w+", \{{[^{{}}]*\}}, (?:{STRING})')


def without_comments(code: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\w\"'`/])//[^\n]*", "", code, flags=re.DOTALL)


# What is written like a text: names of classes, styles, questions about the screen.
NO_TEXT = (
    rf"\b(?:class|className|style): (?:[^\",`]*\? (?:{STRING}) : )?(?:{STRING})"
    rf"|\b(?:matchMedia|querySelector(?:All)?)(?:\?\.)?\(\s*(?:{STRING})"
)
CLASSES = frozenset(
    name
    for path in FRONTEND.rglob("*.css")
    for name in re.findall(r"\.([a-z][\w-]*)", path.read_text())
)


def spoken_in_script(path: Path) -> Iterator[str]:
    code = re.sub(NO_TEXT, " ", without_comments(path.read_text()))
    for match in re.finditer(STRING, code):
        said = re.sub(r"\$\{[^}]*\}", " ", match[1] or match[2] or "")
        is_markup = "<" in said or re.search(r"[{};]|\bvar\(|\bpx\b|^[.#]", said)
        is_classes = CLASSES.issuperset(said.split())
        if SENTENCE.search(said) and not is_markup and not is_classes:
            yield match[1] or match[2]
    for pattern in (READ, CHILD):
        for match in pattern.finditer(code):
            said = re.sub(r"\$\{[^}]*\}", " ", match[1] or match[2] or "")
            if set(NAMED.findall(said)) - SYMBOLS:
                yield match[1] or match[2]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(FRONTEND)))
def test_scripts_say_nothing_themselves(path: Path) -> None:
    allowed = NOT_READ.get(str(path.relative_to(FRONTEND)), [])
    said = [
        found
        for found in spoken_in_script(path)
        if not any(found.startswith(start) for start in allowed)
    ]
    assert said == []


# --- keys ---------------------------------------------------------------------------------------

WILDCARD = "\0"
# Read by the library, which knows nothing of the app's catalogue (vae_core/export/web_page.py), and
# what the library calls classes.
BY_HAND = {"export": {"", "conditional_", "beta_on_"}, "classes": {""}}


@cache
def literals() -> frozenset[str]:
    """Every string of the code, whole."""
    found: set[str] = set()
    for path in (*PYTHON, *LIBRARY):
        found |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    for path in SCRIPTS:
        code = without_comments(path.read_text())
        found |= {match[1] for match in re.finditer(STRING, code) if match[1] is not None}
        found |= set(re.findall(r"\b(\w+): ", code))  # names of an object's fields
    return frozenset(found)


@cache
def asked() -> frozenset[str]:
    """What the code asks the catalogue for; in place of what is worked out, a wildcard."""
    found: set[str] = set()
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            match ast.unparse(node.func), node.args:
                case (("text" | "texts.text" | "catalogues.text"), [key, *_]):
                    found |= set(_keys(key))
                case "Refused", [_, key, *_]:
                    found |= {f"server.{named}" for named in _keys(key)}
    for path in SCRIPTS:
        code = without_comments(path.read_text())
        for match in re.finditer(rf"\bt\(\s*(?:{STRING})", code):
            key = match[1] if match[1] is not None else match[2]
            found.add(re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", WILDCARD, key))
        # A choice between two keys: t(one ? "a.b" : "a.c").
        for match in re.finditer(r"\bt\(([^\"`()]*\?[^)]*)\)", code):
            found |= {m[1] for m in re.finditer(STRING, match[1]) if m[1] and "." in m[1]}
    return frozenset(found)


def _keys(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            part.value if isinstance(part, ast.Constant) else WILDCARD for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _keys(node.body)
        yield from _keys(node.orelse)


def pattern(key: str) -> re.Pattern[str]:
    parts = re.split(f"{WILDCARD}+", key)
    return re.compile("(.+?)".join(map(re.escape, parts)))


@cache
def fragments() -> frozenset[str]:
    """What the code puts names together from: its strings, and the pieces of its templates."""
    found = set(literals())
    for path in (*PYTHON, *LIBRARY):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                found |= {p.value for p in node.values if isinstance(p, ast.Constant)}
    for path in SCRIPTS:
        for match in re.finditer(r"`([^`]*)`", without_comments(path.read_text())):
            found |= set(re.split(r"\$\{[^}]*\}", match[1]))
    return frozenset(piece for whole in found for piece in (whole, *whole.split("_")) if piece)


def is_used(key: str) -> bool:
    """Whether the code asks for it, by its name or by one that the code puts together."""
    if key in asked() or key in literals():
        return True
    for wanted in asked():
        match = pattern(wanted).fullmatch(key) if WILDCARD in wanted else None
        if match and all(set(re.split(r"[._]", g)) <= fragments() for g in match.groups()):
            return True
    section, _, name = key.partition(".")
    return any(
        name.startswith(start) and name.removeprefix(start) in literals()
        for start in BY_HAND.get(section, ())
    )


def test_the_keys_that_the_code_asks_for_are_there() -> None:
    missing = [
        key.replace(WILDCARD, "*")
        for key in sorted(asked())
        if not any(pattern(key).fullmatch(known) for known in (*ENGLISH_TEXTS, *ERRORS))
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("names", "language"),
    [
        (["zh-CN"], "zh"),
        (["ZH_tw"], "zh"),
        (["de-DE", " zh;q=0.8", "en;q=0.7"], "zh"),
        (["de"], "en"),
        ([""], "en"),
        ([], "en"),
    ],
    ids=str,
)
def test_of_the_languages_that_a_browser_names_the_first_that_there_is_is_spoken(
    names: list[str], language: str
) -> None:
    assert preferred(names) == language


def test_every_text_is_used() -> None:
    unused = [key for key in ENGLISH_TEXTS if not is_used(key)]
    assert unused == []


def test_a_file_names_each_key_once() -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"{path}: {names}"
        return dict(pairs)

    for path in FOLDER.glob("*/*.json"):
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)
