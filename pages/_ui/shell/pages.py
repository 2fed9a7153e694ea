"""The registry of pages. A page is its entry here, its script and its folder of the frontend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of the app.

    Attributes:
        name: of its script `pages/NAME.py`, its screen `frontend/pages/NAME/` and its title
            `shell.pages.NAME` in the catalogue.
        keys: of the address, those that Python reads; the others are the browser's own.
        picker: whether the header offers models on it.
        labelled: whether it offers only those that can be asked for a label.
    """

    name: str
    keys: tuple[str, ...] = ("model",)
    picker: bool = True
    labelled: bool = False


TRAINING_SETTINGS = (
    *("kind", "data", "width", "depth", "likelihood", "sigma", "levels", "components"),
    *("samples", "batch", "epochs", "seed"),
    *("beta", "beta_on", "rate", "part"),
)
PAGES = (
    Page("latent_map"),
    Page("one_digit"),
    Page("label_grid", labelled=True),
    Page("live_training", keys=("run", *TRAINING_SETTINGS), picker=False),
)
