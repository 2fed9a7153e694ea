"""The session's view: read from the URL, kept across pages, written back after each change."""

from __future__ import annotations

import streamlit as st

from pages._ui.models import Entry
from pages._ui.view import View

_VIEW, _QUERY, _MESSAGE, _ENTRY = "view", "view_query", "view_message", "entry"


def view() -> View:
    """What this session looks at."""
    found = st.session_state.get(_VIEW)
    return found if isinstance(found, View) else View()


def change(new: View) -> None:
    """Look at something else from now on."""
    st.session_state[_VIEW] = new
    st.session_state[_MESSAGE] = None


def choose(entry: Entry | None) -> None:
    """Let the pages show this model."""
    st.session_state[_ENTRY] = entry


def entry() -> Entry:
    """The model that the header chose for this run of the page."""
    found = st.session_state[_ENTRY]
    assert isinstance(found, Entry), "pages run only when there is a model"
    return found


def say(sentence: str) -> None:
    """Show a sentence with the map until the view changes."""
    st.session_state[_MESSAGE] = sentence


def message() -> str | None:
    """The sentence to show with the map."""
    found = st.session_state.get(_MESSAGE)
    return found if isinstance(found, str) else None


def read_url() -> None:
    """Take the view from the URL if that is news: a link, or the browser's back button."""
    query = st.query_params.to_dict()
    known = st.session_state.get(_QUERY)
    coming_back = not query and known is None
    if _VIEW in st.session_state and (query == known or coming_back):
        return
    new, ignored = View.from_query(query)
    change(new)
    st.session_state[_QUERY] = query
    if ignored:
        say(" ".join(ignored))


def leave() -> None:
    """Another page is shown, whose URL is not about the view: keep that for coming back."""
    st.session_state[_QUERY] = None


def write_url() -> None:
    """Let the URL say what this session looks at."""
    query = view().to_query()
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state[_QUERY] = query
