"""Saves a training: its state, to continue from, and its model, as a checkpoint."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace

import safetensors
import safetensors.torch

from vae_core.config import MOST_EPOCHS
from vae_core.data.datasets import Dataset
from vae_core.errors import ConfigError
from vae_core.objective import evaluate, posteriors
from vae_core.runs.record import RunFolder
from vae_core.storage.checkpoints import save_checkpoint
from vae_core.storage.files import write_atomically
from vae_core.training import Run

STATE_SECONDS = 5.0
# The state waits this many times as long as the last one took: a fiftieth of the time.
STATE_PATIENCE = 50.0


class Saver:
    """The saved files of one run.

    Args:
        folder: where they lie.
        dataset: whose test images a model's figures are of.
        run: what is trained.

    Attributes:
        model_step: the step of the saved model, -1 if none was saved.
    """

    def __init__(self, folder: RunFolder, dataset: Dataset, run: Run) -> None:
        self.folder, self.dataset, self.run = folder, dataset, run
        self.model_step = -1
        self._next_state = 0.0

    @property
    def state_is_due(self) -> bool:
        """Whether the last one is some time ago."""
        return time.monotonic() >= self._next_state

    def state(self) -> None:
        """Write state.safetensors: what continuing needs, and the controls."""
        began = time.monotonic()
        controls = {k: v for k, v in asdict(self.run.controls).items() if k != "every"}
        data = safetensors.torch.save(self.run.state(), {"controls": json.dumps(controls)})
        write_atomically(self.folder.state_file, data)
        now = time.monotonic()
        self._next_state = now + max(STATE_SECONDS, STATE_PATIENCE * (now - began))

    def restore(self) -> None:
        """Continue from state.safetensors; from the beginning, if nothing was saved yet.

        Raises:
            ConfigError: the file is damaged, or another run's.
        """
        if not self.folder.state_file.exists():
            return
        try:
            with safetensors.safe_open(self.folder.state_file, "pt") as file:
                controls = json.loads(file.metadata()["controls"])
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
            raise ConfigError(
                "The saved state of this run is damaged; start it again.", key="runs.state_damaged"
            ) from error
        self.run.restore(state)
        for name, value in controls.items():
            setattr(self.run.controls, name, value)

    def model(self) -> None:
        """Write model.safetensors: with its test figures, and β and epochs as they came to be."""
        run, test = self.run, self.dataset.test
        figures = evaluate(
            run.model,
            test.images,
            test.labels,
            dataset=self.dataset.test_name,
            objective=run.objective,
        )
        latents = posteriors(run.model, test.images, test.labels, objective=run.objective)
        training = replace(
            run.config,
            beta=run.controls.beta,
            learning_rate=run.controls.learning_rate,
            epochs=min(max(1, round(run.step / run.steps_per_epoch)), MOST_EPOCHS),
        )
        save_checkpoint(self.folder.model_file, run.model, training, figures, latents)
        self.model_step = run.step
