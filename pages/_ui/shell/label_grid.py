"""The label grid as a Streamlit component: what Python tells the browser, which does the rest."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._ui import texts
from pages._ui.server import digits, models
from pages._ui.server.grid_drawing import READABLE, SAMPLES
from pages._ui.server.offered import REGISTRY, Entry
from pages._ui.shell.component import component
from pages._ui.texts import text
from vae_core.export.model_files import class_names

TRAIN_COMMAND = (
    "python -m vae_core train checkpoints/cvae.safetensors --conditional --prior learned"
)

_component = component("label_grid")


def show(chosen: Entry) -> None:
    """Draw the page for the chosen model, or for a conditional one in its place."""
    entries = list(REGISTRY.refresh()[0].values())
    entry = conditional_entry(chosen, entries)
    if entry is None:
        folder = REGISTRY.folders.shipped
        st.info(text("label_grid.no_model", folder=folder, command=TRAIN_COMMAND))
        return
    data = component_data(entry, plain_entry(entry, entries), chosen)
    _component(data=data)


def conditional_entry(chosen: Entry, entries: list[Entry]) -> Entry | None:
    """The chosen model if it takes a label, else the first that does."""
    usable = [e for e in (chosen, *entries) if e.file.config.conditional and _is_planar(e)]
    return usable[0] if usable else None


def plain_entry(entry: Entry, entries: list[Entry]) -> Entry | None:
    """The first model of the same data that takes no label, and whose prior can be sampled."""
    training = entry.file.training
    for other in entries:
        same = other.file.training.dataset == training.dataset and _is_planar(other)
        has_prior = other.file.training.objective == "elbo"
        if same and has_prior and not other.file.config.conditional:
            return other
    return None


def _is_planar(entry: Entry) -> bool:
    return entry.file.config.latent_dim == 2


def component_data(entry: Entry, plain: Entry | None, chosen: Entry) -> dict[str, Any]:
    """Everything the browser needs to know: models and their addresses, names of the labels."""
    replaced = entry is not chosen
    names = {"chosen": chosen.name, "shown": entry.name}
    return {
        "model": _model(entry),
        "plain": _model(plain) if plain else None,
        "class_names": texts.class_names(class_names(entry.file)),
        "digits_note": digits.note(entry),
        "readable": entry.file.training.dataset == READABLE,
        "samples": SAMPLES,
        "replaced": replaced,
        "message": text("label_grid.replaced", **names) if replaced else None,
    }


def _model(entry: Entry) -> dict[str, Any]:
    return {**models.addresses(entry), "read": f"assets/models/{entry.sha256}/read.json"}
