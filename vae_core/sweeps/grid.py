"""The cells of a grid: every combination of likelihoods, β and seeds; all else is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from vae_core.config import ModelConfig, TrainConfig, settings_of
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.likelihoods import LIKELIHOODS
from vae_core.storage.checkpoints import SUFFIX, check_size
from vae_core.storage.format import CheckpointFile


@dataclass(frozen=True)
class Cell:
    """What a cell has of its own."""

    likelihood: str
    beta: float
    seed: int

    @property
    def file(self) -> str:
        """Its checkpoint's name: "gaussian-beta0_5-seed0.safetensors", since a name has no dots."""
        beta = f"{self.beta!r}".removesuffix(".0")
        name = f"{self.likelihood}-beta{beta}-seed{self.seed}"
        return re.sub(r"[^a-z0-9_-]", "_", name.lower()) + SUFFIX


@dataclass(frozen=True)
class Job:
    """A cell's whole configuration."""

    model: ModelConfig
    training: TrainConfig
    half: bool

    def is_of(self, file: CheckpointFile, dataset: str) -> bool:
        """Whether a checkpoint has exactly this configuration, and figures of these images."""
        half = next(iter(file.weights.values())).dtype.itemsize == 2
        return (file.config, file.training, half, file.evaluation.dataset) == (
            *(self.model, self.training, self.half),
            dataset,
        )


def grid(
    model: Mapping[str, Any],
    training: Mapping[str, Any],
    *,
    betas: Iterable[float],
    seeds: int,
    likelihoods: Iterable[str],
    half: bool = False,
) -> dict[Cell, Job | VaeCoreError]:
    """Every cell with its configuration, or with what is wrong with it.

    Args:
        model: settings of `ModelConfig`. One that only some likelihoods have ("sigma") holds for
            those of the grid that do.
        training: settings of `TrainConfig`.
        betas: of `TrainConfig.beta`.
        seeds: how many, from 0.
        likelihoods: names in `LIKELIHOODS`.
        half: store weights as float16.

    Raises:
        ConfigError: there is no cell, or none that can be trained.
    """
    names = list(dict.fromkeys(likelihoods))
    cells: dict[Cell, Job | VaeCoreError] = {}
    for likelihood, beta, seed in product(names, betas, range(seeds)):
        others = {s for name in names if name in LIKELIHOODS for s in settings_of(name)}
        own = settings_of(likelihood) if likelihood in LIKELIHOODS else set()
        held = {name: value for name, value in model.items() if name not in others - own}
        cell = Cell(likelihood, float(beta), seed)
        try:
            job = Job(
                ModelConfig(**{**held, "likelihood": likelihood}),
                TrainConfig(**{**training, "beta": beta, "seed": seed}),
                half,
            )
            check_size(job.model, half=half)
            if job.training.epochs == 0:
                raise ConfigError("A sweep needs a number of epochs.", key="sweep.endless")
            cells[cell] = job
        except ConfigError as error:
            cells[cell] = error
    if not cells:
        raise ConfigError("There is nothing to train: give --beta and --seeds.", key="sweep.empty")
    problems = [job for job in cells.values() if isinstance(job, VaeCoreError)]
    if len(problems) == len(cells):
        raise problems[0]
    return cells
