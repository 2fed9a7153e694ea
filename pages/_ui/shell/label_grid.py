"""The label grid as a Streamlit component: what Python tells the browser, which does the rest."""

from __future__ import annotations

from typing import Any

from pages._ui import texts
from pages._ui.server import digits, models
from pages._ui.server.grid_drawing import READABLE, SAMPLES
from pages._ui.server.offered import REGISTRY, Entry
from pages._ui.shell.component import component
from vae_core.export.model_files import class_names

_component = component("label_grid")


def show(entry: Entry) -> None:
    """Draw the page for a model that can be asked for a label."""
    _component(data=component_data(entry, plain_entry(entry, list(REGISTRY.refresh()[0].values()))))


def plain_entry(entry: Entry, entries: list[Entry]) -> Entry | None:
    """The first model of the same data that takes no label, and whose prior can be sampled."""
    for other in entries:
        same = other.file.training.dataset == entry.file.training.dataset
        has_prior = other.file.training.objective == "elbo"
        if same and has_prior and not other.file.config.conditional:
            return other
    return None


def component_data(entry: Entry, plain: Entry | None) -> dict[str, Any]:
    """Everything the browser needs to know: models and their addresses, names of the labels."""
    return {
        "model": _model(entry),
        "plain": _model(plain) if plain else None,
        "class_names": texts.class_names(class_names(entry.file)),
        "digits_note": digits.note(entry),
        "readable": entry.file.training.dataset == READABLE,
        "samples": SAMPLES,
    }


def _model(entry: Entry) -> dict[str, Any]:
    return {**models.addresses(entry), "read": f"assets/models/{entry.sha256}/read.json"}
