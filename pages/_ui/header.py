"""The shared header: which model every page looks at, and a place to bring or take one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage as Page

from pages._ui import digits, state
from pages._ui.models import REGISTRY, TRAIN_COMMAND, Entry
from vae_core.checkpoints import MAX_FILE_BYTES, SUFFIX
from vae_core.errors import CheckpointError

_MODEL, _UPLOAD, _UPLOAD_ERROR = "model", "upload", "upload_error"


def show(pages: Sequence[Page], *, picker: bool = True) -> Entry | None:
    """Draw navigation and model picker; the chosen model, or None after saying what to do."""
    st.html(Path(__file__).parent / "style.css")
    entries, problems = REGISTRY.refresh()
    view = state.view()
    if view.model and view.model not in entries:
        upload = REGISTRY.upload(view.model)
        if upload:
            entries[upload.name] = upload
        else:
            state.say(
                f"There is no model {view.model!r} on this server (uploads are forgotten when it "
                "restarts), so this is the default one."
            )
    entry = entries.get(view.model) or next(iter(entries.values()), None)
    with st.container(key="header", horizontal=True, vertical_alignment="center", gap="small"):
        for page in pages:  # Streamlit's own navigation is hidden while there is only one page
            st.page_link(page)
        st.space("stretch")
        if entry and picker:
            titles = _titles(entries)
            st.session_state[_MODEL] = entry.name
            st.selectbox(
                "Model",
                list(entries),
                key=_MODEL,
                format_func=titles.__getitem__,
                on_change=_choose,
                width=380,
            )
        if picker:
            with st.popover("File"), st.container(width=360):
                _exchange(entry, problems)
    if entry is None and picker:
        _nothing_here(problems)
    state.choose(entry)
    return entry


def _choose() -> None:
    state.change(replace(state.view(), model=st.session_state[_MODEL]))


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
        f"Open a checkpoint ({SUFFIX}, up to {MAX_FILE_BYTES // 2**20} MB)",
        type=[SUFFIX.removeprefix(".")],
        key=_UPLOAD,
        on_change=_open_upload,
        max_upload_size=MAX_FILE_BYTES // 2**20,
    )
    if error := st.session_state.get(_UPLOAD_ERROR):
        st.error(error)
    if entry:
        st.download_button(
            "Download this model",
            lambda: entry.data,
            file_name=f"{entry.name}{SUFFIX}",
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
        st.caption(digits.note(entry))
    for problem in problems:
        st.warning(problem)


def _open_upload() -> None:
    uploaded = st.session_state[_UPLOAD]
    st.session_state[_UPLOAD_ERROR] = None
    if uploaded is None:
        return
    try:
        entry = REGISTRY.add_upload(uploaded.getvalue())
    except CheckpointError as error:
        st.session_state[_UPLOAD_ERROR] = f"{uploaded.name}: {error}"
    else:
        state.change(replace(state.view(), model=entry.name))


def _nothing_here(problems: list[str]) -> None:
    st.info(
        f"There is no model in `{REGISTRY.folder}` yet. Train one with `{TRAIN_COMMAND}`, then "
        "reload this page; or open a checkpoint from the menu above."
    )
    for problem in problems:
        st.warning(problem)
