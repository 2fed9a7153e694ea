"""The shared header: which model every page looks at, and a place to bring or take one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from pages._ui.server import digits, static_files
from pages._ui.server.offered import REGISTRY, TRAIN_COMMAND, TRAIN_LABELLED_COMMAND, Entry
from pages._ui.shell import session
from pages._ui.shell.pages import Page
from pages._ui.texts import LANGUAGES, say, spoken, text
from vae_core.errors import CheckpointError
from vae_core.export.fonts import font_face
from vae_core.export.web_page import web_page
from vae_core.storage.checkpoints import SUFFIX
from vae_core.storage.format import MAX_FILE_BYTES

_MODEL, _UPLOAD, _UPLOAD_ERROR, _ENTRY = "model", "upload", "upload_error", "entry"
_LANGUAGE = "language"
_LONGEST_NAME = 64  # repeated to who asked for it
ICON = (Path(__file__).parent / "icon.svg").read_text(encoding="utf-8")
"""Of the app, for the browser's tab."""


def show(page: Page, links: Sequence[StreamlitPage]) -> tuple[Entry | None, DeltaGenerator]:
    """Draw navigation and model picker.

    Returns:
        the chosen model, or None after saying what to do, and the place of the lecture's bar.
    """
    st.html(f"<style>{_style(spoken())}</style>")
    entries, problems = REGISTRY.refresh()
    entry = _chosen(entries, page)
    with st.container(key="header", horizontal=True, vertical_alignment="center", gap="small"):
        for link in links:  # Streamlit's own navigation is hidden while there is only one page
            st.page_link(link)
        bar = st.container(key="bar")
        st.space("stretch")
        if entry and page.picker:
            titles = _titles(entries)
            st.session_state[_MODEL] = entry.name
            st.selectbox(
                text("shell.model"),
                list(entries),
                key=_MODEL,
                format_func=titles.__getitem__,
                on_change=_choose,
                width=380,
            )
        if page.picker:
            with st.popover(text("shell.file")), st.container(width=360):
                _exchange(entry, problems)
        _language()
    if entry is None and page.picker:
        _nothing_here(problems, page)
    st.session_state[_ENTRY] = entry
    return entry, bar


@cache
def _style(language: str) -> str:
    """Our frame's rules, and where the browser finds Chinese glyphs if it lacks them."""
    rules = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    rules += f':root {{ --upload: "{text("shell.upload", language)}"; }}\n'
    address = static_files.chinese_url()
    return rules + (font_face(address) if address else "")


def model() -> Entry:
    """The model that the header shows in this run of the page."""
    found = st.session_state[_ENTRY]
    assert isinstance(found, Entry), "pages about a model run only when there is one"
    return found


def _chosen(entries: dict[str, Entry], page: Page) -> Entry | None:
    """The session's model, which joins the entries if it is an upload; else the default one.

    What the page cannot show leaves the entries.
    """
    name = session.current().values.get("model")
    if name and name not in entries:
        if upload := REGISTRY.upload(name):
            entries[upload.name] = upload
        else:
            sentence = text("shell.no_such_model", name=repr(name[:_LONGEST_NAME]))
            session.current().refuse("model", sentence)
            name = None
    if page.labelled:
        plain = [other for other, entry in entries.items() if not entry.file.config.conditional]
        if name in plain:
            sentence = text("shell.no_label", model=entries[name].title)
            session.current().pass_over("model", sentence)
            name = None
        for other in plain:
            del entries[other]
    return entries[name] if name else next(iter(entries.values()), None)


@session.uninterrupted()
def _choose() -> None:
    if session.is_choice():
        session.current().choose(model=st.session_state[_MODEL])


def _language() -> None:
    st.session_state[_LANGUAGE] = session.current().language
    st.selectbox(
        text("shell.language"),
        list(LANGUAGES),
        key=_LANGUAGE,
        format_func=LANGUAGES.__getitem__,
        label_visibility="collapsed",
        on_change=_speak,
        width=110,
    )


@session.uninterrupted()
def _speak() -> None:
    if session.is_choice():
        session.current().choose(lang=st.session_state[_LANGUAGE])


def _titles(entries: dict[str, Entry]) -> dict[str, str]:
    """Option texts; models that would read alike, and uploads, also show their name."""
    plain = [entry.title for entry in entries.values()]
    return {
        name: f"{entry.title} ({name})"
        if plain.count(entry.title) > 1 or name.startswith("upload-")
        else entry.title
        for name, entry in entries.items()
    }


def _exchange(entry: Entry | None, problems: list[str]) -> None:
    st.file_uploader(
        text("shell.open", suffix=SUFFIX, megabytes=MAX_FILE_BYTES // 2**20),
        type=[SUFFIX.removeprefix(".")],
        key=_UPLOAD,
        on_change=_open_upload,
        max_upload_size=MAX_FILE_BYTES // 2**20,
    )
    if error := st.session_state.get(_UPLOAD_ERROR):
        st.error(error)
    if entry:
        language = spoken()  # the page is made in a thread, which has none
        st.download_button(
            text("shell.download"),
            lambda: entry.data,
            file_name=f"{entry.name}{SUFFIX}",
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
        st.download_button(
            text("shell.save_page"),
            lambda: web_page(entry.file, entry.name, language=language),
            file_name=f"{entry.name}.html",
            mime="text/html",
            on_click="ignore",
            icon=":material/public_off:",
            help=text("shell.save_page_help"),
            width="stretch",
        )
        st.caption(digits.note(entry))
    for problem in problems:
        st.warning(problem)


@session.uninterrupted()
def _open_upload() -> None:
    uploaded = st.session_state[_UPLOAD]
    st.session_state[_UPLOAD_ERROR] = None
    if uploaded is None:
        return
    try:
        entry = REGISTRY.add_upload(uploaded.getvalue())
    except CheckpointError as error:
        st.session_state[_UPLOAD_ERROR] = f"{uploaded.name}: {say(error)}"
    else:
        session.current().choose(model=entry.name)


def _nothing_here(problems: list[str], page: Page) -> None:
    missing = "shell.no_labelled_model" if page.labelled else "shell.no_model"
    command = TRAIN_LABELLED_COMMAND if page.labelled else TRAIN_COMMAND
    st.info(text(missing, folder=REGISTRY.folders.shipped, command=command))
    for problem in problems:
        st.warning(problem)
