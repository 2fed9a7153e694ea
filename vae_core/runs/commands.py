"""What the server tells a worker process, one JSON object per line.

Commands have a "type":

    start       run: the folder; resume: whether to continue from its saved state
    controls    any of beta, learning_rate, part: from the next batch on
    pause
    wait        paused, and to go on when its turn comes
    resume      train to the end
    step        steps: train on that many batches, then pause
    epoch       train to the end of the epoch, then pause
    checkpoint  ticket: write model.safetensors now
    touch       somebody is watching
    stop        end
    retire      end, to make room for others; the run can be resumed

Those that make it compute have the number of the "order"; a pause is reported with the number of
the last one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from vae_core.config import TrainConfig
from vae_core.errors import ConfigError
from vae_core.runs.schema import Event

Part = Literal["both", "encoder", "decoder"]
ORDERS = frozenset({"start", "resume", "step", "epoch"})
"""Commands that make a run compute: those need a turn."""


def controls(
    training: TrainConfig,
    beta: float | None = None,
    learning_rate: float | None = None,
    part: Part | None = None,
) -> Event:
    """The command that changes what is not None; ConfigError if a value is out of range.

    Args:
        training: how the run was started; it knows the ranges.
    """
    if part is not None and part not in get_args(Part):
        raise ConfigError(
            "part must be one of {parts}, not {part!r}.",
            key="runs.part",
            parts=", ".join(get_args(Part)),
            part=part,
        )
    given = {"beta": beta, "learning_rate": learning_rate}
    numbers = {name: value for name, value in given.items() if value is not None}
    checked = replace(training, **numbers)  # type: ignore[arg-type]
    command: Event = {"type": "controls", **{name: getattr(checked, name) for name in numbers}}
    return command if part is None else {**command, "part": part}


def step(steps: int) -> Event:
    """The command to train on so many batches; ConfigError if it is no number of batches."""
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ConfigError(
            "steps must be a whole number of at least 1, not {steps!r}.",
            key="runs.steps",
            steps=steps,
        )
    return {"type": "step", "steps": steps}
