"""The learning rate over a training."""

from __future__ import annotations

import math
from collections.abc import Callable


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


SCHEDULES: dict[str, Callable[[float], float]] = {
    "one-cycle": one_cycle,
    "constant": lambda progress: 1.0,
}
"""`TrainConfig.schedule` -> the share of the peak at a `progress` through the run."""
