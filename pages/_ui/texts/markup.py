"""Sentences with a little Markdown, as a tree that the browser builds.

    *emphasis*, **strong**, `code`, $formula$, and links of two kinds:
    [set β to 20](?beta=20)             changes these keys of the page on screen, no other
    [ten styles](label_grid?columns=10) visits a page of the app with this view

A backslash takes a character as it is. There is nothing else: `<b>` is three characters, and a link
that leads out of the app is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from pages._ui.texts.formulas import FormulaError, mathml

Inline = list[Any]
"""Texts, and nodes [element, child, ...] among them; a link is ["a", page, query, child, ...]."""

RESERVED = ("lecture", "scene", "lang")  # keys of the address that are no page's
_LINK = re.compile(r"([a-z_]*)(\?\S*)?")
_DEEPEST = 8
_MARKS = {"**": "strong", "*": "em"}
_TOKEN = re.compile(r"\\(?P<plain>[^\w\s])|(?P<mark>\*\*?|`|\$|\[|\])")


class MarkupError(ValueError):
    """What is wrong with a text: a key below `lecture.wrong`, where it is, and parameters."""

    def __init__(self, key: str, at: int, **parameters: object) -> None:
        super().__init__(key)
        self.key, self.at, self.parameters = key, at, parameters


def inline(text: str, pages: Collection[str]) -> Inline:
    """The tree of a text.

    Args:
        pages: names of those that a link may visit.

    Raises:
        MarkupError: a mark is not closed, a formula or a link makes no sense.
    """
    return _Reader(text, pages).until(None)


def view_of(query: str, at: int = 0) -> str:
    """A view as an address has it, "?beta=20" or nothing, if that is what it is.

    Raises:
        MarkupError: it is not, or it has keys that are not a page's.
    """
    if query in ("", "?"):
        return ""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    named = all(re.fullmatch(r"\w+", key) for key, _ in pairs)
    if query[0] != "?" or not named or len(pairs) != query.count("&") + 1:
        raise MarkupError("view", at, view=query)
    if taken := [key for key, _ in pairs if key in RESERVED]:
        raise MarkupError("reserved", at, keys=", ".join(taken))
    return query


class _Reader:
    def __init__(self, text: str, pages: Collection[str]) -> None:
        self._text = text
        self._pages = pages
        self._at = 0
        self._depth = 0

    def until(self, mark: str | None) -> Inline:
        """The tree up to the mark that closes it, which is taken as well."""
        opened, tree, plain = self._at, Inline(), ""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise MarkupError("deep", self._at - 1)
        while token := _TOKEN.search(self._text, self._at):
            plain += self._text[self._at : token.start()]
            self._at = token.end()
            found = token["mark"]
            if found is None:
                plain += token["plain"]
                continue
            if plain:
                tree.append(plain)
            plain = ""
            if found == mark:
                self._depth -= 1
                return tree
            tree.append(self._node(found))
        if mark is not None:
            raise MarkupError("open", opened - 1, mark="[" if mark == "]" else mark)
        plain += self._text[self._at :]
        return [*tree, plain] if plain else tree

    def _node(self, mark: str) -> Inline:
        """What the mark that was just taken begins."""
        at = self._at - len(mark)
        if mark in _MARKS:
            children = self.until(mark)
            if not children:
                raise MarkupError("empty", at, mark=mark)
            return [_MARKS[mark], *children]
        if mark in "`$":
            return self._verbatim(at, mark)
        if mark == "[":
            return self._link(at)
        raise MarkupError("stray", at, mark=mark)

    def _verbatim(self, at: int, mark: str) -> Inline:
        inside = self._up_to(mark)
        if inside is None:
            raise MarkupError("open", at, mark=mark)
        if mark == "`":
            return ["code", inside]
        try:
            return mathml(inside)
        except FormulaError as error:
            raise MarkupError("formula", at, piece=str(error)) from None

    def _link(self, at: int) -> Inline:
        children = self.until("]")
        is_link = self._text[self._at : self._at + 1] == "("
        self._at += 1
        target = self._up_to(")") if is_link else None
        if target is None:
            raise MarkupError("no_target", at)
        found = _LINK.fullmatch(target)
        if not found or not target or not children:
            raise MarkupError("link", at, target=target)
        page, query = found[1], found[2] or ""
        if page and page not in self._pages:
            raise MarkupError("no_page", at, page=page, pages=", ".join(sorted(self._pages)))
        return ["a", page, view_of(query, at), *children]

    def _up_to(self, mark: str) -> str | None:
        """The text up to a mark, which is taken as well; None if there is none."""
        end = self._text.find(mark, self._at)
        if end < 0:
            return None
        inside, self._at = self._text[self._at : end], end + 1
        return inside
