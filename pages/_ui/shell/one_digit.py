"""One digit: what Python tells the browser, which computes all that is shown."""

from __future__ import annotations

from typing import Any

from pages._ui import texts
from pages._ui.server import digits, models, source_lines
from pages._ui.server.offered import Entry
from pages._ui.shell.component import component
from vae_core.export.model_files import class_names

_component = component("one_digit")


def show(entry: Entry) -> None:
    """Draw the network of a model, and a digit on its way through it."""
    data = component_data(entry)
    _component(data=data, ahead=[data["model"]["encoder"], data["model"]["decoder"]])


def component_data(entry: Entry) -> dict[str, Any]:
    """Everything the browser needs to know: addresses, names of labels, β, and the source."""
    config, training = entry.file.config, entry.file.training
    return {
        "model": models.addresses(entry),
        "class_names": texts.class_names(class_names(entry.file)),
        "digits_note": digits.note(entry),
        "beta": training.beta,
        "source": source_lines.excerpts(config, training),
    }
