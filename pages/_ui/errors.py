"""The edge where errors become sentences: visitors read what to do, the log keeps the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vae_core.errors import VaeCoreError

UNEXPECTED = (
    "Something went wrong on this page. Reload it; if it happens again, see the server's log."
)


@contextmanager
def shown() -> Iterator[None]:
    """Show an error that `vae_core` raised on purpose as its own sentence, and go on after it."""
    try:
        yield
    except VaeCoreError as error:
        st.error(str(error))


def on_script_error(_error: Exception) -> bool:
    """Show one sentence for an error nobody expected. Streamlit has logged its traceback.

    Returns:
        True: Streamlit shows nothing of its own.
    """
    st.error(UNEXPECTED)
    return True
