"""A run to take away: its figures as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event, valid_events

COLUMNS = ("step", "epoch", "images", "seconds", "beta", "learning_rate")
_SPLIT = ("kl_per_dim", "active_units")  # of a frame's figures: how the KL is split
LAST_COLUMNS = ("active_units", "kl_z1", "kl_z2", "accuracy")


def figures_csv(folder: RunFolder) -> str:
    """One line per snapshot, in nats per image.

    The terms are of the training images. Figures of validation images, among them how the KL is
    split, are those of the last frame before it, as is the accuracy of the map. The terms have the
    columns in the middle: those that the run's objective has, and no others.
    """
    events = [e for e in valid_events(folder.all_events()) if e["type"] in ("snapshot", "frame")]
    terms = dict.fromkeys(name for event in events for name in _figures(event))
    out = io.StringIO()
    columns = (*COLUMNS, *terms, *LAST_COLUMNS)
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(events))
    return out.getvalue()


def _rows(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The snapshots, with the names of the table."""
    of_frame: dict[str, Any] = {}
    for event in events:
        if event["type"] == "frame":
            held_out = event.get("held_out") or {}
            kl_z1, kl_z2 = [*held_out.get("kl_per_dim", ()), None, None][:2]
            split = {"active_units": held_out.get("active_units"), "kl_z1": kl_z1, "kl_z2": kl_z2}
            of_frame = {**_figures(event), **split, "accuracy": event.get("accuracy")}
        else:
            yield {**event, **_figures(event), **of_frame}


def _figures(event: Event) -> dict[str, float]:
    """The terms of a snapshot, or those of a frame, with −ELBO where they are both there.

    An autoencoder has none.
    """
    is_frame = event["type"] == "frame"
    figures = (event.get("held_out") or {}) if is_frame else event["terms"]
    terms = {name: value for name, value in figures.items() if name not in _SPLIT}
    if "kl" in terms:
        terms["minus_elbo"] = terms["reconstruction"] + terms["kl"]
    return {f"validation_{name}": value for name, value in terms.items()} if is_frame else terms
