"""The catalogue of what people read: a folder per language, a file per page or part.

    en/latent_map.json: {"pins": {"full": "There is room for {limit} pins."}}

is `text("latent_map.pins.full", limit=12)` here and `t("latent_map.pins.full", { limit: 12 })` in
the browser (`frontend/state/texts.js`). A parameter stands in braces and is shown as it is given:
numbers are formatted by who gives them. Errors of the library bring their English text along, so
only other languages have a file `error.json`: its keys are those of the errors, and below `word`
stand the words that errors have as parameters ("stopped"; "No space left on device", which the
operating system says). What a language lacks is said in English.

Which language is read here is a matter of the visitor, whose script run has a thread of its own:
`speak` says it, for all that follows in the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from vae_core.errors import VaeCoreError

FOLDER = Path(__file__).parent
LANGUAGES = {"en": "English", "zh": "中文"}
"""Code of a language -> its own name for itself."""
ENGLISH = "en"

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def speak(language: str) -> None:
    """Say everything from now on in this language: in this thread, or this asynchronous task."""
    _spoken.set(language)


def spoken() -> str:
    """The language that texts are in."""
    return _spoken.get()


def preferred(names: Iterable[str]) -> str:
    """The first language that there is, of some named as browsers do ("zh-CN", "de;q=0.8").

    English if there is none.
    """
    codes = (re.split("[-_;]", name.strip(), maxsplit=1)[0].lower() for name in names)
    return next((code for code in codes if code in LANGUAGES), ENGLISH)


@cache
def translations(language: str) -> dict[str, str]:
    """Key -> text of a language itself, keys joined by dots."""
    return {
        key: text
        for path in sorted((FOLDER / language).glob("*.json"))
        for key, text in _flat(json.loads(path.read_text(encoding="utf-8")), f"{path.stem}.")
    }


@cache
def catalogue(language: str = ENGLISH) -> dict[str, str]:
    """Key -> what people of a language read."""
    return translations(ENGLISH) | translations(language)


def text(key: str, language: str | None = None, **parameters: object) -> str:
    """What people read for this key; KeyError without such a text or one of its parameters.

    Args:
        language: the spoken one unless it is given.
    """
    return catalogue(language or spoken())[key].format(**parameters)


def class_names(names: Iterable[str]) -> list[str]:
    """What classes of images are called; a digit, or a syllable, is its own name."""
    known = catalogue(spoken())
    return [known.get(f"classes.{name}", name) for name in names]


def say(error: VaeCoreError, language: str | None = None) -> str:
    """An error in a language: its own English, or the language's text of its key."""
    template = catalogue(language or spoken()).get(f"error.{error.key}")
    if template is None:
        return str(error)
    parameters = {name: _parameter(value, language) for name, value in error.parameters.items()}
    return template.format(**parameters)


def _parameter(value: object, language: str | None) -> object:
    """What stands in an error's sentence: another error, a word that has a translation, a value."""
    if isinstance(value, VaeCoreError):
        return say(value, language)
    if isinstance(value, Exception):
        value = str(value)
    if isinstance(value, str):
        return catalogue(language or spoken()).get(f"error.word.{value}", value)
    return value


def _flat(texts: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    found = []
    for name, value in texts.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", str(value)))
    return found
