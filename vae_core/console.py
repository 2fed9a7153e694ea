"""What the command line shows: sentences and bars on stderr; figures, or JSON, on stdout."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from vae_core.config import TrainConfig
from vae_core.data.datasets import Dataset, load_dataset

if TYPE_CHECKING:
    from vae_core.sweeps.sweep import Row, Sweep
    from vae_core.training import Snapshot

messages = Console(stderr=True, highlight=False)


def load_with_progress(folder: Path, training: TrainConfig) -> Dataset:
    """The data set of a training; bars show what is downloaded, a sentence what it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=messages, transient=True) as progress:
        bars: dict[str, Any] = {}

        def show(done: int, total: int | None, name: str) -> None:
            if name not in bars:
                bars[name] = progress.add_task(f"downloading {name}")
            progress.update(bars[name], completed=done, total=total)

        dataset = load_dataset(
            training.dataset, folder, progress=show, validation=training.validation
        )
    messages.print(dataset.note, markup=False)
    return dataset


def show_training(snapshots: Iterable[Snapshot], epochs: int, as_json: bool) -> None:
    """Follow a training to its end: a bar with the terms, or a line of JSON per snapshot."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, disable=as_json) as progress:
        bar = progress.add_task("training", total=epochs or None)
        for snapshot in snapshots:
            if as_json:
                print_json(asdict(snapshot))
            terms = " + ".join(f"{name} {value:.2f}" for name, value in snapshot.terms.items())
            progress.update(
                bar,
                completed=snapshot.epoch,
                description=f"epoch {snapshot.epoch:6.2f}  {terms} nats",
            )


def show_sweep(sweep: Sweep, rows: Iterable[Row], as_json: bool) -> None:
    """Follow a sweep to its end: a bar and a table, or a line of JSON per cell and a last one."""
    began, found, there = time.perf_counter(), sweep.table, len(sweep.finished)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, disable=as_json) as progress:
        bar = progress.add_task("sweep", total=len(sweep.cells))
        for row in chain(found, rows):
            if as_json:
                print_json(asdict(row))
            elif row.error:
                progress.console.print(f"{row.file}: {row.error}", markup=False)
            done = len(sweep.rows)
            progress.update(bar, completed=done, description=f"{done} of {len(sweep.cells)} cells")
    if as_json:
        print_json(
            {
                "cells": len(sweep.cells),
                "found": there,
                "trained": len(sweep.finished) - there,
                "failed": len(sweep.cells) - len(sweep.finished),
                "seconds": time.perf_counter() - began,
                "table": str(sweep.csv),
            }
        )
        return
    table = Table("name", "β", "−ELBO", "−log p(x|z)", "KL", "seconds")
    for row in sweep.finished:
        figures = (row.elbo, row.log_likelihood, row.kl, row.seconds)
        signs = (-1, -1, 1, 1)
        shown = ("–" if f is None else f"{s * f:.2f}" for s, f in zip(signs, figures, strict=True))
        table.add_row(Path(row.file).stem, f"{row.beta:g}", *shown)
    Console().print(table)


def print_figures(figures: dict[str, Any], as_json: bool) -> None:
    """One figure per line, those that there are; or all of them as JSON."""
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        if value is not None:
            print(f"{name:22}", f"{value:.4f}" if isinstance(value, float) else value)


def print_json(record: dict[str, Any]) -> None:
    """One line, at once."""
    print(json.dumps(record), flush=True)
