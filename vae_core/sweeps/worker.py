"""What a worker does: it gets a cell's configuration and the images, and returns bytes.

A cell computes with one thread, wherever it is: the same settings give the same bytes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from vae_core.config import DatasetName
from vae_core.data.datasets import Dataset, Split
from vae_core.errors import VaeCoreError
from vae_core.storage.checkpoints import encode_checkpoint
from vae_core.sweeps.grid import Cell, Job


@dataclass(frozen=True)
class Images:
    """A data set on its way to a worker; nobody looks at its validation images there."""

    name: DatasetName
    source: Literal["disk", "downloaded", "embedded"]
    tensors: bytes

    @classmethod
    def of(cls, dataset: Dataset) -> Images:
        """The images and labels as bytes."""
        import safetensors.torch

        tensors = {
            f"{name}.{part}": getattr(getattr(dataset, name), part).contiguous()
            for name in ("train", "test")
            for part in ("images", "labels")
        }
        return cls(dataset.name, dataset.source, safetensors.torch.save(tensors))

    def dataset(self) -> Dataset:
        """The data set again."""
        import safetensors.torch

        tensors = safetensors.torch.load(self.tensors)
        train, test = (
            Split(tensors[f"{name}.images"], tensors[f"{name}.labels"])
            for name in ("train", "test")
        )
        none = Split(train.images[:0], train.labels[:0])
        return Dataset(self.name, self.source, train, none, test, (), "")


@dataclass(frozen=True)
class Part:
    """A piece of a cell's training.

    Attributes:
        cell: which one's.
        done: the share of its steps that earlier parts did.
        until: the share at which this part ends.
        state: what to continue from.
    """

    cell: Cell
    done: float = 0.0
    until: float = 1.0
    state: bytes | None = None


@dataclass(frozen=True)
class Result:
    """What a part has come to: a state to continue from, a whole checkpoint, or an error."""

    seconds: float
    state: bytes | None = None
    checkpoint: bytes = b""
    error: str = ""


def train_part(job: Job, images: Images, until: float, state: bytes | None) -> Result:
    """Train a cell up to a share of its steps, from a state or from the beginning.

    Whatever goes wrong is a result: an exception's class may not be known where it arrives.
    """
    import vae_core.training  # noqa: F401 - PyTorch; its import is no part of the training

    began = time.perf_counter()
    try:
        paused, data = _train(job, images.dataset(), until, state)
    except Exception as error:
        if not isinstance(error, VaeCoreError):
            error = VaeCoreError(
                "Training failed unexpectedly ({kind}: {error}).",
                key="runs.unexpected",
                kind=type(error).__name__,
                error=f"{error!s:.200}",
            )
        return Result(time.perf_counter() - began, error=str(error))
    seconds = time.perf_counter() - began
    return Result(seconds, state=data) if paused else Result(seconds, checkpoint=data)


def _train(job: Job, dataset: Dataset, until: float, state: bytes | None) -> tuple[bool, bytes]:
    """Whether it paused, and the state or the checkpoint."""
    import safetensors.torch
    import torch

    from vae_core.models import VAE, round_to_half
    from vae_core.objective import choose_objective, evaluate, posteriors
    from vae_core.training import Controls, Run

    torch.set_num_threads(1)
    training, test = job.training, dataset.test
    model, objective = VAE(job.model, seed=training.seed), choose_objective(training)
    controls = Controls(training.beta, training.learning_rate)
    run = Run(model, dataset, objective, training, controls)
    if state is not None:
        run.restore(safetensors.torch.load(state))
    for _ in run:
        if until * run.total_steps <= run.step < run.total_steps:
            return True, safetensors.torch.save(run.state())
    model.cpu()
    if job.half:
        round_to_half(model)
    figures = evaluate(
        model, test.images, test.labels, dataset=dataset.test_name, objective=objective
    )
    latents = posteriors(model, test.images, test.labels, objective=objective)
    return False, encode_checkpoint(model, training, figures, latents, half=job.half)


def parts(cells: list[Cell], places: int) -> list[Part]:
    """The cells in whole, but for those that are cut so that no place idles at the end.

    Seven trainings on two processors would take as long as eight. So they are laid end to end, and
    that line is cut into a stretch for each place (McNaughton 1959): what comes before a cut within
    a cell is done first of all, the rest last (see `Sweep.run`).
    """
    cuts = {}
    if len(cells) > places:
        for stretch in range(1, places):
            index, rest = divmod(stretch * len(cells), places)
            if rest:
                cuts[index] = rest / places
    first = [Part(cells[index], until=share) for index, share in cuts.items()]
    return first + [Part(cell) for index, cell in enumerate(cells) if index not in cuts]
