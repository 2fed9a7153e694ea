"""A sweep: the cells of a grid, a checkpoint for each, and one table.

Only the process that asked for the sweep writes files, in one folder: it says what is done, and a
sweep that was interrupted goes on from there.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from vae_core.config import Evaluation
from vae_core.data.datasets import Dataset
from vae_core.errors import CheckpointError, VaeCoreError
from vae_core.storage.checkpoints import check_can_save, read_checkpoint, write_checkpoint
from vae_core.storage.files import write_output
from vae_core.sweeps.grid import Cell, Job
from vae_core.sweeps.pools import Call, Pool
from vae_core.sweeps.worker import Images, Part, Result, parts, train_part


@dataclass(frozen=True)
class Row:
    """A line of the table: figures are nats per image, of the test images.

    Attributes:
        file: the checkpoint's name; there is none where there is an error.
        likelihood, beta, seed: what varies.
        elbo, log_likelihood, kl, bits: see `config.Evaluation`.
        seconds: that its training took; None where the sweep was killed before it was noted.
        error: why the cell failed.
    """

    file: str
    likelihood: str
    beta: float | None
    seed: int
    elbo: float | None = None
    log_likelihood: float | None = None
    kl: float | None = None
    bits: float | None = None
    seconds: float | None = None
    error: str = ""

    @classmethod
    def of(cls, cell: Cell, figures: Evaluation | None = None, **rest: Any) -> Row:
        """A cell's, with its figures or without."""
        beta = cell.beta if math.isfinite(cell.beta) else None  # JSON has no other numbers
        row = cls(cell.file, cell.likelihood, beta, cell.seed, **rest)
        if figures is None:
            return row
        terms = {name: getattr(figures, name) for name in ("elbo", "log_likelihood", "kl", "bits")}
        return replace(row, **terms)


class Sweep:
    """The cells of a grid and the folder where their checkpoints and the table lie.

    Attributes:
        rows: those of the cells that are finished or have failed.
    """

    def __init__(self, folder: Path, cells: dict[Cell, Job | VaeCoreError]) -> None:
        self.folder, self.cells = folder, cells
        self.jobs = {c: job for c, job in cells.items() if isinstance(job, Job)}
        self.rows = {c: Row.of(c, error=str(e)) for c, e in cells.items() if c not in self.jobs}

    @property
    def table(self) -> list[Row]:
        """The rows in the grid's order."""
        return [self.rows[cell] for cell in self.cells if cell in self.rows]

    @property
    def finished(self) -> list[Row]:
        """Those of them with a checkpoint."""
        return [row for row in self.table if not row.error]

    @property
    def csv(self) -> Path:
        """The table's file."""
        return self.folder / "sweep.csv"

    @property
    def json(self) -> Path:
        """The same as JSON."""
        return self.folder / "sweep.json"

    @property
    def left(self) -> list[Cell]:
        """Cells that are still to be trained."""
        return [cell for cell in self.jobs if cell not in self.rows]

    def check_folder(self) -> None:
        """Raise CheckpointError where no checkpoint could be written."""
        cell, job = next(iter(self.jobs.items()))
        check_can_save(self.folder / cell.file, job.model, half=job.half)

    def find(self, dataset: str) -> None:
        """Take what an earlier sweep finished; a damaged file counts as none.

        Raises:
            CheckpointError: a file has a cell's name and another configuration.
        """
        seconds = self._seconds_noted()
        for cell, job in self.jobs.items():
            path = self.folder / cell.file
            if not path.exists():
                continue
            try:
                file = read_checkpoint(path)
            except CheckpointError as error:
                if error.key in ("storage.missing", "storage.unreadable"):
                    raise  # it could not be replaced either
                continue
            if not job.is_of(file, dataset):
                raise CheckpointError(
                    "{file} in {folder} was trained with other settings or images than this sweep "
                    "asks for: choose another folder, or move the file away.",
                    key="sweep.other",
                    file=cell.file,
                    folder=self.folder,
                )
            noted = seconds.get(cell.file)
            self.rows[cell] = Row.of(cell, file.evaluation, seconds=noted)

    def _seconds_noted(self) -> dict[str, float]:
        """File -> seconds, of the table that an earlier sweep left."""
        try:
            table = json.loads(self.json.read_text())
            return {row["file"]: row["seconds"] for row in table if not row["error"]}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def run(self, dataset: Dataset, pool: Pool) -> Iterator[Row]:
        """Train what is left; the rows of cells as they end, in the files before they are given.

        Raises:
            VaeCoreError: a file could not be written, or nobody is left to train; what was
                finished is kept.
        """
        try:
            yield from self._run(dataset, pool)
        except VaeCoreError as error:
            raise VaeCoreError(
                "The sweep stopped: {error} What is finished, {done} of {cells}, is kept, and the "
                "same command goes on from there.",
                key="sweep.stopped",
                done=len(self.finished),
                cells=len(self.cells),
                error=error,
            ) from error

    def _run(self, dataset: Dataset, pool: Pool) -> Iterator[Row]:
        self._write_table()
        waiting, running = parts(self.left, pool.places), 0
        images = pool.share(Images.of(dataset))
        spent: defaultdict[Cell, float] = defaultdict(float)
        while waiting or running:
            while waiting and running < pool.places:
                part = waiting.pop(0)
                arguments = (self.jobs[part.cell], images, part.until, part.state)
                pool.submit(Call(part, train_part, arguments))
                running += 1
            part, result = pool.next()
            running -= 1
            if isinstance(result, VaeCoreError):
                result = Result(0, error=str(result))
            spent[part.cell] += result.seconds
            if result.state is not None:
                waiting.append(Part(part.cell, done=part.until, state=result.state))
                waiting.sort(key=lambda part: part.done)  # the longest of the rests first
                continue
            self._keep(part.cell, result, spent[part.cell])
            yield self.rows[part.cell]

    def _keep(self, cell: Cell, result: Result, seconds: float) -> None:
        figures = None
        if not result.error:
            figures = write_checkpoint(self.folder / cell.file, result.checkpoint).evaluation
        self.rows[cell] = Row.of(cell, figures, seconds=seconds, error=result.error)
        self._write_table()

    def _write_table(self) -> None:
        rows = [asdict(row) for row in self.table]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(rows)
        files = {self.csv: text.getvalue(), self.json: json.dumps(rows, indent=1) + "\n"}
        for path, content in files.items():
            write_output(path, content.encode())
