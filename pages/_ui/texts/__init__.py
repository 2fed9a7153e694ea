"""The catalogue of what people read: one file per language, texts under keys, with parameters.

    {"latent_map": {"pins": {"full": "There is room for {limit} pins."}}}

is `text("latent_map.pins.full", limit=12)` here and `t("latent_map.pins.full", { limit: 12 })` in
the browser (`frontend/state/texts.js`). A parameter stands in braces and is shown as it is given:
numbers are formatted by who gives them. Errors of the library bring their English text along.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from vae_core.errors import VaeCoreError

FOLDER = Path(__file__).parent
LANGUAGES = ("en",)


@cache
def catalogue(language: str = "en") -> dict[str, str]:
    """Key -> text of a language, keys joined by dots."""
    return dict(_flat(json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))))


def text(key: str, language: str = "en", **parameters: object) -> str:
    """What people read for this key; KeyError without such a text or one of its parameters."""
    return catalogue(language)[key].format(**parameters)


def say(error: VaeCoreError, language: str = "en") -> str:
    """An error in a language: its own English, or the language's text of its key."""
    template = catalogue(language).get(f"error.{error.key}")
    if template is None:
        return str(error)
    parameters = {
        name: say(value, language) if isinstance(value, VaeCoreError) else value
        for name, value in error.parameters.items()
    }
    return template.format(**parameters)


def _flat(texts: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    found = []
    for name, value in texts.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", str(value)))
    return found
