"""Lectures: folders of scenes, each a plain file that a lecturer can write.

    lectures/my_course/01_a_five.md         or, with a folder per language, my_course/en/01_...

    ---
    lecture: My course                      of the first scene: what the menu calls it
    page: latent_map                        what is on screen: a page of the app ...
    view: ?layers=points&pins=0.42,-1.13    ... and its view, as its address says it
    headline: Where does a 5 live?
    ---
    Two sentences, with *emphasis*, `code`, formulas such as $q(z|x)$ and links of the app.

    do: One thing to do: [set β to 20](?beta=20), press **Train**.

    takeaway: One sentence to take home.

    VAE_LECTURES_DIR   where a lecturer's own are; without it lectures/ in the project

Scenes follow the names of their files. What may stand in a sentence says `markup.py`. A file that
is wrong is left out, and a sentence says which one it is, where, and why.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pages._ui.texts import ENGLISH, text
from pages._ui.texts.markup import Inline, MarkupError, inline, view_of
from vae_core.storage.folders import PROJECT

Read = TypeVar("Read")
SHIPPED = Path(__file__).parent / "lectures"
MOST_SCENES, MOST_LECTURES = 60, 40
MOST_BYTES = 16_384  # of a file
_HEADER = ("lecture", "page", "view", "headline")
_NEEDED = ("page", "headline")
_SECTION = re.compile(r"(do|takeaway):\s*")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Scene:
    """One scene.

    Attributes:
        page, view: what is on screen.
        body: two sentences.
        do: one thing to do.
        takeaway: what to remember of it.
    """

    page: str
    view: str
    headline: Inline
    body: Inline
    do: Inline
    takeaway: Inline
    lecture: str | None = None


@dataclass(frozen=True)
class Lecture:
    """Scenes in their order.

    Attributes:
        name: of its folder, and in the address.
        problems: sentences about files that are wrong.
    """

    name: str
    title: str
    scenes: list[Scene]
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What the browser is given."""
        return asdict(self)


class SceneError(ValueError):
    """What is wrong with a scene's file: its line, a key below `lecture.wrong`, parameters."""

    def __init__(self, line: int, key: str, **parameters: object) -> None:
        super().__init__(f"line {line}: {key}")
        self.line, self.key, self.parameters = line, key, parameters


# --- folders ------------------------------------------------------------------------------------


def own_folder() -> Path:
    """The folder of the lecturer's own lectures, as the environment says."""
    chosen = os.environ.get("VAE_LECTURES_DIR")
    return Path(chosen).expanduser() if chosen else PROJECT / "lectures"


def own_letters() -> str:
    """What the lecturer's own scenes are written in, of all languages: a font may be cut for it."""
    read = ""
    for name in names(own_folder()):
        for path in sorted((own_folder() / name).rglob("*.md"))[:MOST_SCENES]:
            with suppress(SceneError):  # it is said where the lecture is shown
                read += _text(path)
    return read


def names(folder: Path) -> list[str]:
    """The lectures in a folder, in their order."""
    if not folder.is_dir():
        return []
    found = (path.name for path in folder.iterdir() if path.is_dir())
    return sorted(name for name in found if _NAME.fullmatch(name))[:MOST_LECTURES]


def read_lecture(folder: Path, language: str, pages: Collection[str]) -> Lecture:
    """The lecture in a folder, in a language if there is a folder of it, else in English."""
    translated = [folder / language, folder / ENGLISH]
    place = next((each for each in translated if any(each.glob("*.md"))), folder)
    scenes, problems = [], []
    files = sorted(place.glob("*.md"))
    for path in files[:MOST_SCENES]:
        try:
            scenes.append(read_scene(_text(path), pages))
        except SceneError as error:
            why = text(f"lecture.wrong.{error.key}", language, **error.parameters)
            where = {"file": path.relative_to(folder.parent).as_posix(), "line": error.line}
            problems.append(text("lecture.wrong.where", language, **where, why=why))
    if not files:
        problems.append(text("lecture.wrong.no_scenes", language, folder=folder.name))
    if len(files) > MOST_SCENES:
        problems.append(text("lecture.wrong.too_many", language, most=MOST_SCENES))
    title = next((scene.lecture for scene in scenes if scene.lecture), folder.name)
    return Lecture(folder.name, title, scenes, problems)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()[: MOST_BYTES + 1]
    except OSError:
        raise SceneError(1, "unreadable") from None
    if len(content) > MOST_BYTES:
        raise SceneError(1, "too_long", most=MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SceneError(line, "not_utf8") from None


# --- a file -------------------------------------------------------------------------------------


def read_scene(source: str, pages: Collection[str]) -> Scene:
    """The scene that a file describes.

    Args:
        pages: names of the app's pages.

    Raises:
        SceneError: it is not written as above.
    """
    lines = source.replace("\r\n", "\n").split("\n")
    header, rest = _header(lines)
    page, line = header["page"]
    if page not in pages:
        raise SceneError(line, "no_page", page=page, pages=", ".join(sorted(pages)))
    sections = _sections(lines, rest)
    return Scene(
        page=page,
        view=_read(view_of, *header.get("view", ("", 1))),
        headline=_read(inline, *header["headline"], ()),
        body=_read(inline, *sections["body"], pages),
        do=_read(inline, *sections["do"], pages),
        takeaway=_read(inline, *sections["takeaway"], pages),
        lecture=header["lecture"][0] if "lecture" in header else None,
    )


def _header(lines: list[str]) -> tuple[dict[str, tuple[str, int]], int]:
    """Key -> value and its line, counted from 1; and the index of the first line after it."""
    if lines[0].strip() != "---":
        raise SceneError(1, "no_header")
    found: dict[str, tuple[str, int]] = {}
    for index, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            if missing := [key for key in _NEEDED if key not in found]:
                raise SceneError(index + 1, "missing", keys=", ".join(missing))
            return found, index + 1
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or key not in _HEADER:
            raise SceneError(index + 1, "header", known=", ".join(_HEADER))
        if key in found:
            raise SceneError(index + 1, "twice", name=key)
        if not value and key != "view":
            raise SceneError(index + 1, "no_value", name=key)
        found[key] = (value, index + 1)
    raise SceneError(len(lines), "header_open")


def _sections(lines: list[str], rest: int) -> dict[str, tuple[str, int]]:
    """The paragraphs `body`, `do` and `takeaway`, each with the number of its first line."""
    found: dict[str, tuple[str, int]] = {}
    paragraph: list[str] = []
    for index, line in enumerate([*lines[rest:], ""], rest):
        if line.strip():
            paragraph.append(line.strip())
        elif paragraph:
            first = index - len(paragraph) + 1
            mark = _SECTION.match(paragraph[0])
            name = mark[1] if mark else "body"
            if name in found:
                raise SceneError(first, "section_twice", section=name)
            paragraph[0] = paragraph[0][mark.end() :] if mark else paragraph[0]
            found[name] = ("\n".join(paragraph), first)
            paragraph = []
    for name in ("body", "do", "takeaway"):
        if not found.get(name, ("",))[0].strip():
            raise SceneError(len(lines), "no_section", section=name)
    return found


def _read(read: Callable[..., Read], source: str, line: int, *more: object) -> Read:
    """What a text is read as; what is wrong with it stands in a line of the file."""
    try:
        return read(source, *more)
    except MarkupError as error:
        line += source[: error.at].count("\n")
        raise SceneError(line, error.key, **error.parameters) from None
