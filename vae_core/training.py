"""The one training loop of the project: a generator of snapshots.

Whoever consumes it decides when the next batches are computed: not asking for the next snapshot
pauses the run, and dropping the generator stops it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from vae_core.config import Evaluation, TrainConfig
from vae_core.data import Dataset, to_float
from vae_core.errors import ConfigError, TrainingDiverged
from vae_core.models import VAE
from vae_core.objective import elbo, evaluate

# A loss this many times the untrained network's is no longer training. One batch at ten times can
# happen when β falls from 20 to 0, and is forgotten 300 steps later.
EXPLOSION = 100.0


@dataclass
class Controls:
    """What may change while a run goes on; read before every batch.

    Attributes:
        beta: weight of the term that `TrainConfig.beta_on` names.
        learning_rate: peak of the schedule, or its constant value.
        part: which half is updated. "encoder" alone is the E-step of variational EM (θ fixed, q
            approaches the posterior), "decoder" alone the M-step (q fixed, θ improves).
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
        elbo: log_likelihood - kl, at β = 1 whatever β is trained with.
        log_likelihood, kl: means over the training images since the last snapshot.
        images: training images seen.
        seconds: time spent computing; a pause does not count.
        beta, learning_rate: in force at the last step.
        validation: figures on the validation images, at the end of each epoch only.
    """

    step: int
    epoch: float
    elbo: float
    log_likelihood: float
    kl: float
    images: int
    seconds: float
    beta: float
    learning_rate: float
    validation: Evaluation | None = None


def fit(
    model: VAE, dataset: Dataset, config: TrainConfig, controls: Controls | None = None
) -> Iterator[Snapshot]:
    """Train `model` in place on `dataset.train`; yield every `controls.every` steps and each epoch.

    Order of images, and the noise ε, come from the run's own generator: the same seed and settings
    give the same weights on one machine, bit for bit, whatever else the process does.

    Raises:
        ConfigError: the batch is larger than the training set, or there is no such device.
        TrainingDiverged: the loss or the gradient is not finite, or the loss exploded. The model
            then holds the weights with which the last snapshot's loss was measured.
    """
    yield from Run(model, dataset, config, controls or Controls(config.beta, config.learning_rate))


class Run:
    """One training in progress: all that changes from step to step, in one place.

    Iterating trains. See `fit` for what it promises.
    """

    def __init__(
        self, model: VAE, dataset: Dataset, config: TrainConfig, controls: Controls
    ) -> None:
        self.model, self.dataset, self.config, self.controls = model, dataset, config, controls
        self.device = choose_device(config.device)
        self.images = dataset.train.images.to(self.device)
        self.labels = dataset.train.labels.to(self.device)
        if config.batch_size > len(self.images):
            raise ConfigError(
                f"The batch ({config.batch_size:,}) is larger than the training set "
                f"({len(self.images):,} images); choose a smaller batch."
            )
        self.steps_per_epoch = len(self.images) // config.batch_size
        self.total_steps = self.steps_per_epoch * config.epochs
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
        totals = torch.zeros(2, dtype=torch.float64, device=self.device)
        since = self.step
        while self.step < self.total_steps:
            start = time.perf_counter()
            due = self._is_due(self.step + 1)
            totals += self._train_on_batch(keep=due)
            snapshot = None
            if due:
                log_likelihood, kl = (totals / (self.step - since)).tolist()
                totals.zero_()
                since = self.step
                validation = self._validate() if self._epoch_ends(self.step) else None
                self.seconds += time.perf_counter() - start
                snapshot = self._snapshot(log_likelihood, kl, validation)
            else:
                self.seconds += time.perf_counter() - start
            if snapshot:
                yield snapshot
        self.model.requires_grad_(True).eval()

    def _train_on_batch(self, *, keep: bool) -> Tensor:
        """One step of Adam. Mean log-likelihood and KL of the batch, before the step: (2,)."""
        config, controls = self.config, self.controls
        position = self.step % self.steps_per_epoch
        if position == 0:
            self.order = torch.randperm(len(self.images), generator=self.generator)
        batch = self.order[position * config.batch_size :][: config.batch_size].to(self.device)
        self.optimizer.param_groups[0]["lr"] = self.learning_rate
        self.model.train()
        self.model.encoder.requires_grad_(controls.part != "decoder")
        self.model.decoder.requires_grad_(controls.part != "encoder")

        x, y = to_float(self.images[batch]), self.labels[batch]
        with mixed_precision(config.precision, self.device):
            terms = elbo(
                self.model,
                x,
                y,
                beta=controls.beta,
                beta_on=config.beta_on,
                generator=self.noise,
                seen=self._corrupted(x),
            )
        loss = -terms.elbo.mean()
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.parameters, config.gradient_clip)

        self._stop_if_diverged(loss.item(), norm.item())
        if keep:
            self.good = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer.step()
        self.step += 1
        return torch.stack([terms.log_likelihood.detach().mean(), terms.kl.detach().mean()])

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
        try:
            self.model.load_state_dict({k[6:]: v for k, v in state.items() if k[:6] == "model."})
            for index, parameter in enumerate(self.parameters):
                names = [name for name in state if name.startswith(f"adam.{index}.")]
                moments = {name.split(".")[2]: state[name].clone() for name in names}
                self.optimizer.state[parameter] = {
                    name: value if name == "step" else value.to(self.device)
                    for name, value in moments.items()
                }
            self.generator.set_state(state["generator"])
            self.noise.set_state(state["noise"])
            self.order = state["order"]
            step, self.seconds, first_loss = state["progress"].tolist()
        except (KeyError, RuntimeError, ValueError) as error:
            raise ConfigError("The saved state does not belong to this run.") from error
        self.step = int(step)
        self.first_loss = None if math.isnan(first_loss) else first_loss
        self.good = [parameter.detach().clone() for parameter in self.parameters]

    @property
    def learning_rate(self) -> float:
        """In force at the next step."""
        if self.config.schedule == "constant":
            return self.controls.learning_rate
        return self.controls.learning_rate * one_cycle(self.step / self.total_steps)

    def _is_due(self, step: int) -> bool:
        """Whether there is a snapshot after this step: every so many, and at an epoch's end.

        One shortly before an epoch's end is left out: the next would average over a few batches,
        and stand out of a chart for no reason.
        """
        to_go = -step % self.steps_per_epoch
        return to_go == 0 or (step % self.controls.every == 0 and to_go >= self.controls.every / 2)

    def _epoch_ends(self, step: int) -> bool:
        return step % self.steps_per_epoch == 0

    def _validate(self) -> Evaluation | None:
        split = self.dataset.validation
        if len(split) == 0:
            return None
        self.model.eval()
        name = f"{self.dataset.name} validation"
        return evaluate(self.model, split.images, split.labels, dataset=name)

    def _snapshot(
        self, log_likelihood: float, kl: float, validation: Evaluation | None
    ) -> Snapshot:
        return Snapshot(
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            elbo=log_likelihood - kl,
            log_likelihood=log_likelihood,
            kl=kl,
            images=self.step * self.config.batch_size,
            seconds=self.seconds,
            beta=self.controls.beta,
            learning_rate=float(self.optimizer.param_groups[0]["lr"]),
            validation=validation,
        )


def one_cycle(progress: float, warm_up: float = 0.3) -> float:
    """The learning rate as a share of its peak, `progress` in [0, 1] through the run.

    A cosine from 1/25 up to 1 during `warm_up`, then a cosine down to nothing: a short warm-up, a
    high rate, a long fall (after Smith & Topin 2018, "Super-convergence").
    """
    if progress < warm_up:
        low, high, phase = 1 / 25, 1.0, progress / warm_up
    else:
        low, high, phase = 1.0, 1e-5, (progress - warm_up) / (1 - warm_up)
    return low + (high - low) * (1 - math.cos(math.pi * phase)) / 2


def choose_device(name: str) -> torch.device:
    """The device that `TrainConfig.device` names; "auto" is an accelerator if there is one.

    Raises:
        ConfigError: this machine does not have it.
    """
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return accelerator or torch.device("cpu")
    device = torch.device(name)
    if device.type != "cpu" and (accelerator is None or accelerator.type != device.type):
        raise ConfigError(f"This machine has no {name} device; use cpu or auto.")
    return device


def mixed_precision(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Matrix products in bfloat16 where asked for, or where the hardware multiplies it faster."""
    if precision == "auto":
        bf16 = torch.cpu.get_capabilities().get("avx512_bf16", False)
        if device.type == "cuda":
            bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        bf16 = precision == "bf16"
    return torch.autocast(device.type, torch.bfloat16, enabled=bool(bf16))
