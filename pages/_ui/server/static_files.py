"""The browser's side of the app: its script and styles, its texts, plotly.js."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from functools import cache
from pathlib import Path

from starlette.requests import Request

from pages._ui import texts
from pages._ui.server.routing import Answer, Refused
from pages._ui.texts import scenes
from vae_core.export import fonts
from vae_core.export.bundle import bundle

FRONTEND_FOLDER = Path(__file__).parents[1] / "frontend"


# --- where things are ---------------------------------------------------------------------------


@cache
def script_url() -> str:
    """Where the script of all pages is served; the address changes with its content."""
    return f"assets/frontend/{_digest(_script())}/pages.js"


@cache
def texts_url(language: str = texts.ENGLISH) -> str:
    """Where the catalogue of a language is served; the address changes with its content."""
    return f"assets/texts/{_digest(_catalogue(language))}/{language}.json"


@cache
def chinese_url() -> str | None:
    """Where Chinese glyphs are served; None without the package that has them."""
    if fonts.chinese_font() is None:
        return None
    named = f"{fonts.font_version()} {_chinese()}"
    return f"assets/fonts/{hashlib.sha256(named.encode()).hexdigest()[:16]}/chinese.woff"


@cache
def plotly_url() -> str:
    """Where plotly.js is served: the one inside the installed Python package."""
    return f"assets/plotly-{importlib.metadata.version('plotly')}.min.js"


def _digest(answer: Answer) -> str:
    return hashlib.sha256(answer.body).hexdigest()[:16]


# --- what is there ------------------------------------------------------------------------------


def stylesheet(*names: str) -> str:
    """Styles of the frontend, one after the other."""
    return "".join((FRONTEND_FOLDER / name).read_text(encoding="utf-8") for name in names)


@cache
def _script() -> Answer:
    """The pages' modules and the host's as one, since a browser fetches fifty small ones slowly.

    It exports `open` of host/streamlit.js, and `pages`: name of a page, or of the lecture's bar,
    which is on all of them -> its main module.
    """
    names = sorted(path.parent.name for path in FRONTEND_FOLDER.glob("pages/*/main.js"))
    mains = [f"pages/{name}/main.js" for name in names]
    script = bundle(FRONTEND_FOLDER, "host/streamlit.js", *mains, "lecture/main.js")
    pages = ", ".join([*(f"{name}: pages_{name}_main" for name in names), "lecture: lecture_main"])
    exports = f"export const {{ open }} = host_streamlit;\nexport const pages = {{ {pages} }};\n"
    return Answer.compressed((script + exports).encode(), "text/javascript")


@cache
def _catalogue(language: str) -> Answer:
    return Answer.compressed(json.dumps(texts.catalogue(language)).encode(), "application/json")


@cache
def _chinese() -> str:
    """Every Chinese character of our texts, the names of the languages among them, and of a
    lecturer's own scenes as they are at the start: cutting glyphs takes too long for each change.
    """
    files = (path for path in texts.FOLDER.rglob("*") if path.suffix in (".json", ".md"))
    ours = "".join(path.read_text(encoding="utf-8") for path in files) + "中文"
    return fonts.chinese_in(ours + scenes.own_letters())


@cache
def _plotly() -> Answer:
    """plotly.js, found without importing Plotly."""
    found = importlib.util.find_spec("plotly")
    folders = found.submodule_search_locations if found else None
    if not folders:
        raise Refused(404, "no_plotly")
    script = Path(folders[0]) / "package_data/plotly.min.js"
    return Answer.compressed(script.read_bytes(), "text/javascript")


# --- answers ------------------------------------------------------------------------------------


def script(request: Request) -> Answer:
    """The script of all pages."""
    if request.path_params["digest"] != script_url().split("/")[2]:
        raise Refused(404, "no_file")
    return _script()


def catalogue(request: Request) -> Answer:
    """The texts of a language."""
    language = request.path_params["language"]
    if language not in texts.LANGUAGES:
        raise Refused(404, "no_language")
    if request.path_params["digest"] != texts_url(language).split("/")[2]:
        raise Refused(404, "no_file")
    return _catalogue(language)


def chinese(request: Request) -> Answer:
    """Chinese glyphs for a browser that has none."""
    address = chinese_url()
    glyphs = fonts.glyphs(_chinese())
    if address is None or glyphs is None or request.path_params["digest"] != address.split("/")[2]:
        raise Refused(404, "no_file")
    return Answer(glyphs, "font/woff")


def plotly(request: Request) -> Answer:
    """plotly.js."""
    if request.url.path.rpartition("/")[2] != plotly_url().rpartition("/")[2]:
        raise Refused(404, "no_file")
    return _plotly()
