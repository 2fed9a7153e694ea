"""A run to take away: its figures as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event, valid_events

COLUMNS = ("step", "epoch", "images", "seconds", "beta", "learning_rate")
LAST_COLUMNS = ("active_units", "kl_z1", "kl_z2", "accuracy")


def figures_csv(folder: RunFolder) -> str:
    """One line per snapshot, in nats per image.

    The terms are of the training images. Figures of validation images, among them how the KL is
    split, are those of the last frame before it, as is the accuracy of the map. The terms have the
    columns in the middle: those that the run's objective has, and no others.
    """
    rows = list(_rows(folder))
    terms = dict.fromkeys(name for row in rows for name in row["terms"])
    out = io.StringIO()
    columns = (*COLUMNS, *terms, *LAST_COLUMNS)
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, **row["terms"]} for row in rows)
    return out.getvalue()


def _rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """The snapshots, with the names of the table."""
    frame: Event = {}
    for event in valid_events(folder.all_events()):
        if event["type"] == "frame":
            frame = event
        elif event["type"] == "snapshot":
            terms = _with_bound(event["terms"])
            held_out = dict(frame.get("held_out") or {})
            kl_z1, kl_z2 = [*held_out.pop("kl_per_dim", ()), None, None][:2]
            active_units = held_out.pop("active_units", None)
            for name, value in _with_bound(held_out).items():
                terms[f"validation_{name}"] = value
            split = {"active_units": active_units, "kl_z1": kl_z1, "kl_z2": kl_z2}
            yield {**event, **split, "terms": terms, "accuracy": frame.get("accuracy")}


def _with_bound(terms: dict[str, float]) -> dict[str, float]:
    """The terms, and −ELBO where they are both there: an autoencoder has none."""
    if "kl" not in terms:
        return dict(terms)
    return {**terms, "minus_elbo": terms["reconstruction"] + terms["kl"]}
