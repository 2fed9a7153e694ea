"""The edge where errors become sentences: visitors read what to do, the log keeps the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages._ui.texts import say, text
from vae_core.errors import VaeCoreError


@contextmanager
def shown() -> Iterator[None]:
    """Show an error that `vae_core` raised on purpose as its own sentence, and go on after it."""
    try:
        yield
    except VaeCoreError as error:
        st.error(say(error))


def on_script_error(_error: Exception) -> bool:
    """Show one sentence for an error nobody expected. Streamlit has logged its traceback.

    Returns:
        True: Streamlit shows nothing of its own.
    """
    st.error(text("shell.unexpected"))
    return True
