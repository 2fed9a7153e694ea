"""What this session has chosen, and how Python and the browser agree on it.

The browser owns the view of a page and writes the address. Python needs a few keys of that address
(the model, say): it reads them when a page is opened, and from then on is told of them by the
component. What a person chooses with a widget of Streamlit goes to the browser with the component's
data, and the browser puts it into the address: `frontend/state/store.js` is the other half.

Both ways things are under way at any time. So a choice has a number, `revision`, and a message of
the browser says which was the last that it knew of: one that did not know the latest is overtaken.
A message has a number as well, which goes back as `heard` with the answer.

With every message of the browser come the values of all widgets, also of those that have not
followed Python yet, and Streamlit takes their old values for choices. So Python counts how often
widgets had something to follow, and a message says how much of it they have `seen`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages._ui import texts as catalogues
from pages._ui.shell.pages import Page

_KEY = "session"
_SECONDS_TO_FOLLOW = 5.0  # for widgets
_LANGUAGE = "lang"
_SHARED_KEYS = (_LANGUAGE,)  # of every page's address, besides its own
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
        asked: what the address said when the page was opened: keys of the page alone.
        heard: number of the browser's last message; 0 if there was none on this page.
        overtaken: how often something else than widgets has changed what they show.
        since: when it was for the last time, on the clock of `time.monotonic`.
        seen: the last of these changes that they show, as the browser's last message says.
        values: what holds now, for all pages; a default has no entry.
        elsewhere: keys of this page whose values were chosen on another one.
        passed_over: those of them that this page leaves aside: unsaid here, they hold elsewhere.
        problem: a sentence about the last address, if something in it could not be had.
        browser_language: the one that the browser prefers, among those that there are.
    """

    name: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: int = 0
    steps: int = 0
    page: Page | None = None
    asked: Texts = field(default_factory=dict)
    heard: int = 0
    overtaken: int = 0
    since: float = 0.0
    seen: int = 0
    values: Texts = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()
    problem: str | None = None
    browser_language: str = catalogues.ENGLISH

    @property
    def language(self) -> str:
        """What everything is said in: as chosen, else as the browser prefers."""
        chosen = self.values.get(_LANGUAGE)
        return chosen if chosen in catalogues.LANGUAGES else self.browser_language

    def open(self, page: Page, query: Texts) -> None:
        """A page is on screen: if it was not before, take what its address asks for.

        Streamlit may send an old address with any later run; news comes through `hear`.
        """
        if page is self.page:
            return
        is_first = self.page is None
        self.page, self.heard = page, 0
        self.elsewhere, self.passed_over = frozenset(self.values), frozenset()
        self.asked = self._of(query)
        if self.asked:  # a link to another page says nothing: choices stay
            shared = {key: self.values[key] for key in _SHARED_KEYS if key in self.values}
            self._take(shared | self.asked)
        if is_first:  # no widget is there yet
            self.seen = self.overtaken

    def hear(self, message: object) -> None:
        """Take what the browser says its address asks for now, unless a choice has overtaken it."""
        match message:
            case {
                "session": self.name,
                "revision": int(revision),
                "number": int(number),
                "seen": int(seen),
                "texts": dict(texts),
            } if self.page and number > self.heard:
                self.heard, self.seen = number, seen
                if revision == self.revision:
                    self._take(self._of(texts))

    @property
    def is_seen(self) -> bool:
        """Whether widgets show what holds, so that another value of theirs is a person's choice.

        A page that failed has nothing that could say so: in time they do.
        """
        return self.seen == self.overtaken or time.monotonic() - self.since > _SECONDS_TO_FOLLOW

    def choose(self, *, step: bool = True, **texts: str | None) -> None:
        """A person has chosen these with a widget; None is the default.

        Args:
            step: whether the back button shall undo it; a slider's values would be too many.
        """
        self._put(texts)
        self.problem = None
        self.revision += 1
        self.steps += step

    def complete(self, **texts: str | None) -> None:
        """What the address asks for means this as well; the browser adds it."""
        self._put(texts)

    def refuse(self, key: str, sentence: str) -> None:
        """What the address asks for cannot be had: its default holds, and a sentence says why."""
        self._put({key: None})
        self.problem = sentence

    def pass_over(self, key: str, sentence: str) -> None:
        """This page cannot show a value: the default holds here, and elsewhere what was chosen
        elsewhere. What the page's own address asks for is refused with a sentence.
        """
        if key in self.elsewhere:
            self.passed_over |= {key}
        else:
            self.refuse(key, sentence)

    def chosen(self) -> dict[str, Any]:
        """What the browser is told with every update of a component."""
        return {
            "session": self.name,
            "revision": self.revision,
            "steps": self.steps,
            "keys": list(self._keys),
            "heard": self.heard,
            "overtaken": self.overtaken,
            "seen": self.seen,
            "asked": self.asked,
            "values": {
                key: text
                for key, text in self._of(self.values).items()
                if key not in self.passed_over
            },
            "problem": self.problem,
        }

    def _take(self, asked: Texts) -> None:
        keys = set(self._keys) - self.passed_over
        values = {k: text for k, text in self.values.items() if k not in keys} | asked
        self._hold_here(asked)
        if values != self.values:
            self.overtaken, self.since = self.overtaken + 1, time.monotonic()
        self.values = values
        self.problem = None

    def _put(self, texts: dict[str, str | None]) -> None:
        self._hold_here(texts)
        new = {key: text for key, text in texts.items() if text is not None}
        self.values = {k: text for k, text in self.values.items() if k not in texts} | new

    def _hold_here(self, keys: Iterable[str]) -> None:
        self.elsewhere -= set(keys)
        self.passed_over -= set(keys)

    def _of(self, texts: Texts) -> Texts:
        given = {key: texts.get(key) for key in self._keys}
        return {key: text for key, text in given.items() if isinstance(text, str)}

    @property
    def _keys(self) -> tuple[str, ...]:
        return (*self.page.keys, *_SHARED_KEYS) if self.page else ()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a callback come to its end, in the session's language; also a decorator.

    Streamlit calls it before the script, in a thread that has spoken no language yet. And wherever
    a script touches `st.session_state`, Streamlit ends it if a whole run of the script has been
    asked for meanwhile. In a callback this would leave a person's click half done: a run started,
    say, that no page shows.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    state = context.session_state
    ends = state._yield_callback
    object.__setattr__(state, "_yield_callback", lambda: None)  # it has no attributes of its own
    try:
        current()
        yield
    finally:
        object.__setattr__(state, "_yield_callback", ends)


def current() -> Session:
    """The session of this script run, which from now on speaks its language."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = _begin()
    session: Session = st.session_state[_KEY]
    catalogues.speak(session.language)
    return session


def _begin() -> Session:
    """A new session, in the language of its address or else of its browser."""
    asked = st.query_params.get(_LANGUAGE)
    values = {_LANGUAGE: asked} if asked in catalogues.LANGUAGES else {}
    return Session(values=values, browser_language=catalogues.preferred([st.context.locale or ""]))


def open_page(page: Page) -> None:
    """Take what this page's address asks for, if the page was not on screen before."""
    current().open(page, st.query_params.to_dict())
    current()  # which may speak another language now


@uninterrupted()
def listen() -> None:
    """Take what the page's component says its address is; a page may have none (any more)."""
    session = current()
    told = st.session_state.get(session.page.name) if session.page else None
    session.hear((told or {}).get("address"))


def is_choice() -> bool:
    """Whether a person has used the widget whose callback asks."""
    listen()  # Streamlit may call the component's callback after this one
    return current().is_seen
