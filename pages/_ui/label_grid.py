"""The label grid as a Streamlit component: what Python tells the browser, and what comes back.

The browser decodes every digit by itself and answers its controls at once; then it reports its
view, so that the URL says what is on screen. Python never draws for the page.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from typing import Any

import streamlit as st

from pages._ui import assets, state
from pages._ui.label_grid_draw import READABLE, SAMPLES
from pages._ui.label_grid_view import MAX_COLUMNS, MAX_NUMBER, MAX_SEED, MAX_SPREAD, GridView
from pages._ui.models import REGISTRY, Entry
from pages._ui.view import View

KEY = "label_grid"
TRAIN_COMMAND = (
    "python -m vae_core train checkpoints/cvae.safetensors --conditional --prior learned"
)
_VIEW, _QUERY, _REVISION, _IGNORED = (
    "label_grid_view",
    "label_grid_query",
    "label_grid_revision",
    "label_grid_ignored",
)

_LOADER = """
export default (component) => {
  const [data] = component.data;
  const url = new URL(data.frontend + "/label_grid.js", document.baseURI).href;
  const mounted = import(url).then((module) => module.mount({ ...component, data }));
  mounted.catch((error) => {
    console.error(error);
    component.parentElement.textContent = "The grid could not be loaded. Reload the page.";
  });
  return () => void mounted.then((cleanup) => cleanup?.(), () => {});
};
"""

_css = assets.frontend().get("label_grid.css")
_component = st.components.v2.component(
    "label_grid", js=_LOADER, css=_css.body.decode() if _css else None
)


def read_url() -> None:
    """Take model and view from the URL if that is news: a link, or the browser's back button."""
    state.leave()  # the latent map keeps its own view for coming back
    query = st.query_params.to_dict()
    if _VIEW in st.session_state and (not query or query == st.session_state.get(_QUERY)):
        return
    asked = {"model": query["model"]} if "model" in query else {}
    model, ignored = View.from_query(asked)
    if model.model != state.view().model and asked:
        state.change(replace(state.view(), model=model.model))
    new, more = GridView.from_query(query)
    st.session_state[_VIEW], st.session_state[_QUERY] = new, query
    st.session_state[_IGNORED] = [*ignored, *more]
    # The browser takes this view; any other one it has reported itself.
    st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1


def show(chosen: Entry) -> None:
    """Draw the page for the chosen model, or for a conditional one in its place."""
    entries = list(REGISTRY.refresh()[0].values())
    entry = conditional_entry(chosen, entries)
    if entry is None:
        st.info(
            "This page needs a conditional model, which takes a label and draws it, and there is "
            f"none in `{REGISTRY.folder}` yet. Train one with `{TRAIN_COMMAND}`, then reload."
        )
        return
    _fragment(entry, plain_entry(entry, entries), chosen)


def conditional_entry(chosen: Entry, entries: list[Entry]) -> Entry | None:
    """The chosen model if it takes a label, else the first that does."""
    usable = [e for e in (chosen, *entries) if e.file.config.conditional and _is_planar(e)]
    return usable[0] if usable else None


def plain_entry(entry: Entry, entries: list[Entry]) -> Entry | None:
    """The first model of the same data that takes no label."""
    dataset = entry.file.training.dataset
    for other in entries:
        same = other.file.training.dataset == dataset and _is_planar(other)
        if same and not other.file.config.conditional:
            return other
    return None


def _is_planar(entry: Entry) -> bool:
    return entry.file.config.latent_dim == 2


@st.fragment
def _fragment(entry: Entry, plain: Entry | None, chosen: Entry) -> None:
    _write_url()
    _component(
        key=KEY,
        # In a list, since Streamlit looks for dataframes in a dict, and for that imports pandas.
        data=[component_data(entry, plain, chosen)],
        on_view_change=_on_view,
    )


def component_data(entry: Entry, plain: Entry | None, chosen: Entry) -> dict[str, Any]:
    """Everything the browser needs to know: URLs of models, names, limits, the view."""
    sentences = list(st.session_state.get(_IGNORED, []))
    if entry is not chosen:
        sentences.insert(
            0, f"{chosen.name} cannot be asked for a label, so this page shows {entry.name}."
        )
    names = assets.class_names(entry)
    return {
        "frontend": assets.frontend_url(),
        "model": _model(entry),
        "plain": _model(plain) if plain else None,
        "class_names": names,
        "kind": "Digit" if all(name.isdigit() for name in names) else "Picture",
        "palette": _palette(),
        "readable": entry.file.training.dataset == READABLE,
        "samples": SAMPLES,
        "limits": {
            "columns": MAX_COLUMNS,
            "spread": MAX_SPREAD,
            "seed": MAX_SEED,
            "number": MAX_NUMBER,
        },
        "map": _map_query(entry),
        "view": asdict(_view()),
        "revision": st.session_state.get(_REVISION, 0),
        "message": " ".join(sentences) or None,
    }


def _model(entry: Entry) -> dict[str, str]:
    folder = f"assets/models/{entry.sha256}"
    return {
        "id": entry.name,
        "sha256": entry.sha256,
        "url": f"{folder}.safetensors",
        "digits": f"{folder}/digits.safetensors",
        "read": f"{folder}/read.json",
    }


def _map_query(entry: Entry) -> dict[str, str]:
    """The latent map's query for this model, with its pins so far if it is on the map already."""
    shared = state.view()
    view = shared if shared.model == entry.name else View(entry.name)
    return view.to_query()


@cache
def _palette() -> list[str]:
    from vae_core import figures

    return list(figures.PALETTE)


def _view() -> GridView:
    found = st.session_state.get(_VIEW)
    return found if isinstance(found, GridView) else GridView()


def adopt(reported: object) -> None:
    """Take the view that the browser reports, as the query of a link. Nonsense is left out."""
    texts = reported if isinstance(reported, dict) else {}
    query = {str(k): v for k, v in texts.items() if isinstance(v, str)}
    st.session_state[_VIEW], _ = GridView.from_query(query)
    st.session_state[_IGNORED] = []


def _on_view() -> None:
    adopt(st.session_state[KEY].view)


def _write_url() -> None:
    """Let the URL say what this session looks at."""
    model = state.view().model
    query = {**({"model": model} if model else {}), **_view().to_query()}
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state[_QUERY] = query
