"""The latent map: what Python tells the browser, which does the rest and sends nothing back."""

from __future__ import annotations

from pages._ui.server import models
from pages._ui.server.offered import Entry
from pages._ui.shell.component import component

_component = component("latent_map")


def show(entry: Entry) -> None:
    """Draw the map of a model."""
    model = models.addresses(entry)
    _component(data={"model": model}, ahead=[model["map"], model["decoder"]])
