"""Lectures as browsers fetch them: those that ship, and a lecturer's own.

`lectures/my_course` (see scenes.own_folder) is opened by `?lecture=my_course`. It is read anew each
time, so that a scene may be written while the app runs.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request

from pages._ui import texts
from pages._ui.server.routing import Answer, Refused
from pages._ui.server.static_files import FRONTEND_FOLDER
from pages._ui.texts import scenes


@cache
def pages() -> frozenset[str]:
    """Names of the pages that a scene may show."""
    return frozenset(path.parent.name for path in FRONTEND_FOLDER.glob("pages/*/main.js"))


def shipped_url(language: str) -> str:
    """Where the lectures that ship are served; the address changes with their content."""
    digest = hashlib.sha256(_shipped(language).body).hexdigest()[:16]
    return f"assets/lectures/{digest}/{language}.json"


def own_url(language: str) -> str:
    """Where the lecturer's own are served."""
    return f"assets/own-lectures/{language}.json"


@cache
def _shipped(language: str) -> Answer:
    return Answer.json(_lectures(scenes.SHIPPED, scenes.names(scenes.SHIPPED), language))


def _lectures(folder: Path, names: list[str], language: str) -> list[dict[str, object]]:
    found = (scenes.read_lecture(folder / name, language, pages()) for name in names)
    return [lecture.as_json() for lecture in found]


def shipped(request: Request) -> Answer:
    """The lectures that ship, in a language."""
    language = _language(request)
    if request.path_params["digest"] != shipped_url(language).split("/")[2]:
        raise Refused(404, "no_file")
    return _shipped(language)


def own(request: Request) -> Answer:
    """The lecturer's own, in a language; a name that a shipped one has is taken."""
    language = _language(request)
    folder, taken = scenes.own_folder(), scenes.names(scenes.SHIPPED)
    names = [name for name in scenes.names(folder) if name not in taken]
    return Answer.json(_lectures(folder, names, language))


def _language(request: Request) -> str:
    language: str = request.path_params["language"]
    if language not in texts.LANGUAGES:
        raise Refused(404, "no_language")
    return language
