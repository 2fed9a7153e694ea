"""What this session has chosen, and how Python and the browser agree on it.

The browser owns the view of a page and writes the address. Python reads a few keys of that address
(the model, say) and never writes it. What a person chooses with a widget of Streamlit goes to the
browser with the component's data, counted by `revision`, and the browser puts it into the address:
`frontend/state/store.js` is the other half. An address is news when it has changed, since Streamlit
may send an old one with any run, and when it does not only repeat what was sent from here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages._ui.shell.pages import Page

_KEY = "session"
Texts = dict[str, str]
"""Key of the address -> its text."""


@dataclass
class Session:
    """One visitor's choices.

    Attributes:
        name: random, so that a browser notices a new session after the server's restart.
        revision: counts the choices made with widgets.
        steps: counts those of them that the back button shall undo.
        page: the one on screen.
        asked: what Python last read from the address: keys of the page alone.
        values: what holds now, for all pages; a default has no entry.
        sent: choices that the address has not repeated yet, oldest first.
        problem: a sentence about the last address, if something in it could not be had.
    """

    name: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: int = 0
    steps: int = 0
    page: Page | None = None
    asked: Texts = field(default_factory=dict)
    values: Texts = field(default_factory=dict)
    sent: list[Texts] = field(default_factory=list)
    problem: str | None = None

    def read(self, page: Page, query: Texts) -> None:
        """Take what the address asks for, where that is news."""
        asked = {key: query[key] for key in page.keys if key in query}
        arrived = page is not self.page
        if asked == self.asked and not arrived:
            return
        self.page, self.asked = page, asked
        if asked in self.sent:
            del self.sent[: self.sent.index(asked) + 1]
        elif asked or not arrived:  # a link to another page says nothing: choices stay
            self.sent.clear()
            self.problem = None
            others = {key: text for key, text in self.values.items() if key not in page.keys}
            self.values = others | asked

    def choose(self, *, step: bool = True, **texts: str | None) -> None:
        """A person has chosen these with a widget; None is the default.

        Args:
            step: whether the back button shall undo it; a slider's values would be too many.
        """
        self._put(texts)
        self.problem = None
        self.revision += 1
        self.steps += step
        self.sent.append(self._of_page())

    def complete(self, **texts: str | None) -> None:
        """What the address asks for means this as well; the browser adds it."""
        self._put(texts)

    def refuse(self, key: str, sentence: str) -> None:
        """What the address asks for cannot be had: its default holds, and a sentence says why."""
        self._put({key: None})
        self.problem = sentence

    def chosen(self) -> dict[str, Any]:
        """What the browser is told with every update of a component."""
        return {
            "session": self.name,
            "revision": self.revision,
            "steps": self.steps,
            "keys": list(self.page.keys) if self.page else [],
            "asked": self.asked,
            "values": self._of_page(),
            "problem": self.problem,
        }

    def _put(self, texts: dict[str, str | None]) -> None:
        new = {key: text for key, text in texts.items() if text is not None}
        self.values = {k: text for k, text in self.values.items() if k not in texts} | new

    def _of_page(self) -> Texts:
        keys = self.page.keys if self.page else ()
        return {key: self.values[key] for key in keys if key in self.values}


def current() -> Session:
    """The session of this script run."""
    return st.session_state.setdefault(_KEY, Session())  # type: ignore[no-any-return]


def read(page: Page) -> None:
    """Take what this page's address asks for, where that is news."""
    current().read(page, st.query_params.to_dict())
