"""The one training loop of the project: a generator of snapshots.

Whoever consumes it decides when the next batches are computed: not asking for the next snapshot
pauses the run, and dropping the generator stops it.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from vae_core.config import Evaluation, TrainConfig
from vae_core.data.datasets import Dataset, to_float
from vae_core.device import choose_device, mixed_precision
from vae_core.errors import ConfigError, TrainingDiverged
from vae_core.models import VAE
from vae_core.objective import Objective, evaluate
from vae_core.schedule import SCHEDULES

# A loss this many times the untrained network's is no longer training. One batch at ten times can
# happen when β falls from 20 to 0, and is forgotten 300 steps later.
EXPLOSION = 100.0


@dataclass
class Controls:
    """What may change while a run goes on; read before every batch.

    Attributes:
        beta: the weight β of one of the objective's terms.
        learning_rate: peak of the schedule, or its constant value.
        part: which half is updated. "encoder" alone is the E-step of variational EM: φ moves, and
            with β = 1 q approaches the posterior. "decoder" alone is the M-step: θ moves, which is
            the decoder and, where it is learned, the prior.
        every: steps between snapshots.
    """

    beta: float
    learning_rate: float
    part: Literal["both", "encoder", "decoder"] = "both"
    every: int = 50


@dataclass(frozen=True)
class Snapshot:
    """The state of a run after a number of steps; figures in nats per image.

    Attributes:
        step: batches seen.
        epoch: passes over the training images so far, a fraction within an epoch.
        terms: the objective's terms by name, not weighted with β; means over the training images
            since the last snapshot.
        images: training images seen.
        seconds: time spent computing; a pause does not count.
        beta, learning_rate: in force at the last step.
        validation: figures on the validation images, at the end of each epoch only.
    """

    step: int
    epoch: float
    terms: dict[str, float]
    images: int
    seconds: float
    beta: float
    learning_rate: float
    validation: Evaluation | None = None


def fit(
    model: VAE,
    dataset: Dataset,
    objective: Objective,
    config: TrainConfig,
    controls: Controls | None = None,
) -> Iterator[Snapshot]:
    """Make `objective` small on `dataset.train`, training `model` in place.

    A snapshot comes every `controls.every` steps and at the end of each epoch. Without a number of
    epochs there is always a next one.
    Order of images, and the noise ε, come from the run's own generator: the same seed and settings
    give the same weights on one machine, bit for bit, whatever else the process does.

    Raises:
        ConfigError: the batch is larger than the training set, or there is no such device.
        TrainingDiverged: the loss or the gradient is not finite, or the loss exploded. The model
            then holds the weights with which the last snapshot's loss was measured.
    """
    controls = controls or Controls(config.beta, config.learning_rate)
    yield from Run(model, dataset, objective, config, controls)


class Run:
    """One training in progress: all that changes from step to step, in one place.

    Iterating trains. See `fit` for what it promises.
    """

    def __init__(
        self,
        model: VAE,
        dataset: Dataset,
        objective: Objective,
        config: TrainConfig,
        controls: Controls,
    ) -> None:
        self.model, self.dataset, self.objective = model, dataset, objective
        self.config, self.controls = config, controls
        self.device = choose_device(config.device)
        self.images = dataset.train.images.to(self.device)
        self.labels = dataset.train.labels.to(self.device)
        if config.batch_size > len(self.images):
            raise ConfigError(
                "The batch ({batch:,}) is larger than the training set ({images:,} images); "
                "choose a smaller batch.",
                key="training.batch",
                batch=config.batch_size,
                images=len(self.images),
            )
        self.steps_per_epoch = len(self.images) // config.batch_size
        self.total_steps: float = self.steps_per_epoch * config.epochs or math.inf
        model.to(self.device)
        self.parameters = list(model.parameters())
        # A short memory of squared gradients (β₂ = 0.95) follows the quick changes of a decoder
        # with a 2-D input: 0.5 and 1.3 nats better than the usual 0.999 after 20 epochs of two
        # setups, one seed each.
        self.optimizer = torch.optim.Adam(self.parameters, betas=(0.9, 0.95), fused=True)
        self.generator = Generator().manual_seed(config.seed)
        on_cpu = self.device.type == "cpu"
        self.noise = self.generator if on_cpu else Generator(self.device).manual_seed(config.seed)
        self.order = torch.empty(0, dtype=torch.int64)
        self.step = 0
        self.seconds = 0.0
        self.first_loss: float | None = None
        self.good = [parameter.detach().clone() for parameter in self.parameters]

    def __iter__(self) -> Iterator[Snapshot]:
        try:
            yield from self._train()
        finally:  # also where whoever asked for snapshots asks no more
            self.model.requires_grad_(True).eval()

    def _train(self) -> Iterator[Snapshot]:
        totals: defaultdict[str, float] = defaultdict(float)
        since = self.step
        while self.step < self.total_steps:
            start = time.perf_counter()
            due = self._is_due(self.step + 1)
            for name, mean in self._train_on_batch(keep=due).items():
                totals[name] += mean
            validation = self._validate() if self.step % self.steps_per_epoch == 0 else None
            self.seconds += time.perf_counter() - start
            if due:
                terms = {name: total / (self.step - since) for name, total in totals.items()}
                totals, since = defaultdict(float), self.step
                yield self._snapshot(terms, validation)

    def _train_on_batch(self, *, keep: bool) -> dict[str, float]:
        """One step of Adam. Means over the batch of the objective's terms, before the step."""
        config, controls = self.config, self.controls
        position = self.step % self.steps_per_epoch
        if position == 0:
            self.order = torch.randperm(len(self.images), generator=self.generator)
        batch = self.order[position * config.batch_size :][: config.batch_size].to(self.device)
        self.optimizer.param_groups[0]["lr"] = self.learning_rate
        self.model.train()
        self._free_trained_half()

        x, y = to_float(self.images[batch]), self.labels[batch]
        with mixed_precision(config.precision, self.device):
            seen = self._corrupted(x)
            terms = self.objective.terms(self.model, x, y, generator=self.noise, seen=seen)
        loss = self.objective.loss(terms, controls.beta).mean()
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.parameters, config.gradient_clip)

        means = (term.mean() for term in terms.values())
        numbers = torch.stack([loss, norm, *means]).detach()
        loss_value, norm_value, *values = numbers.tolist()  # one wait for the device
        self._stop_if_diverged(loss_value, norm_value)
        if keep:
            self.good = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer.step()
        self.step += 1
        return dict(zip(terms, values, strict=True))

    def _free_trained_half(self) -> None:
        """φ is the encoder, θ all that p(x, z) is made of: the decoder and a learned prior."""
        for name, parameter in self.model.named_parameters():
            half = "encoder" if name.startswith("encoder.") else "decoder"
            parameter.requires_grad_(self.controls.part in ("both", half))

    def _corrupted(self, x: Tensor) -> Tensor | None:
        if self.config.input_dropout == 0:
            return None
        keep = 1 - self.config.input_dropout
        mask = torch.empty_like(x).bernoulli_(keep, generator=self.noise)
        return mask.mul_(x).div_(keep)

    def _stop_if_diverged(self, loss: float, gradient_norm: float) -> None:
        if self.first_loss is None:
            self.first_loss = abs(loss)
        finite = math.isfinite(loss) and math.isfinite(gradient_norm)
        if finite and loss <= EXPLOSION * max(self.first_loss, 1.0):
            return
        with torch.no_grad():
            for parameter, value in zip(self.parameters, self.good, strict=True):
                parameter.copy_(value)
        raise TrainingDiverged(self.step, loss)

    def state(self) -> dict[str, Tensor]:
        """A copy of all that continuing needs, on the CPU; `restore` takes it back."""
        state = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for index, parameter in enumerate(self.parameters):
            for name, value in self.optimizer.state[parameter].items():
                state[f"adam.{index}.{name}"] = value
        state["generator"] = self.generator.get_state()
        state["noise"] = self.noise.get_state()
        state["order"] = self.order
        state["progress"] = torch.tensor(
            [self.step, self.seconds, self.first_loss or math.nan], dtype=torch.float64
        )
        return {name: value.detach().cpu().clone() for name, value in state.items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from a `state`: what follows is, bit for bit, what would have followed then.

        Raises:
            ConfigError: the state is not of a run with this configuration.
        """
        before = self.state()
        try:
            self._load(state)
        except (KeyError, IndexError, RuntimeError, ValueError) as error:
            self._load(before)
            raise ConfigError(
                "The saved state does not belong to this run.", key="training.foreign_state"
            ) from error

    def _load(self, state: dict[str, Tensor]) -> None:
        self.model.load_state_dict({k[6:]: v for k, v in state.items() if k[:6] == "model."})
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in state.items():
            if key.startswith("adam."):
                _, index, name = key.split(".")
                if value.ndim and value.shape != self.parameters[int(index)].shape:
                    raise ValueError(f"{key} does not fit its weight")
                moments.setdefault(int(index), {})[name] = value.clone()
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.generator.set_state(state["generator"])
        self.noise.set_state(state["noise"])
        self.order = state["order"]
        step, self.seconds, first_loss = state["progress"].tolist()
        self.step = int(step)
        self.first_loss = None if math.isnan(first_loss) else first_loss
        self.good = [parameter.detach().clone() for parameter in self.parameters]

    @property
    def learning_rate(self) -> float:
        """In force at the next step."""
        share = SCHEDULES[self.config.schedule](self.step / self.total_steps)
        return self.controls.learning_rate * share

    def _is_due(self, step: int) -> bool:
        """Whether there is a snapshot after this step: every so many, and at an epoch's end.

        One shortly before an epoch's end is left out: the next would average over a few batches,
        and stand out of a chart for no reason.
        """
        to_go = -step % self.steps_per_epoch
        return to_go == 0 or (step % self.controls.every == 0 and to_go >= self.controls.every / 2)

    def _validate(self) -> Evaluation | None:
        split = self.dataset.validation
        if len(split) == 0:
            return None
        self.model.eval()
        name = f"{self.dataset.name} validation"
        return evaluate(
            self.model, split.images, split.labels, dataset=name, objective=self.objective
        )

    def _snapshot(self, terms: dict[str, float], validation: Evaluation | None) -> Snapshot:
        return Snapshot(
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            terms=terms,
            images=self.step * self.config.batch_size,
            seconds=self.seconds,
            beta=self.controls.beta,
            learning_rate=float(self.optimizer.param_groups[0]["lr"]),
            validation=validation,
        )
