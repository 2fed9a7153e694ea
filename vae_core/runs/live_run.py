"""A run while a server is responsible for it: its process, and what that is to be told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import IO

from vae_core.runs.process import Worker
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event


@dataclass
class LiveRun:
    """A run that this server is responsible for.

    Attributes:
        resume: whether its worker begins with the saved state.
        lock: says to other servers that it is ours.
        commands: for when it has a turn, or for its next worker.
        order: the last one its worker was given, until it pauses.
        leaving: its worker was told to end.
        touched: when its worker was last told that somebody watches, time.monotonic().
    """

    folder: RunFolder
    resume: bool
    lock: IO[bytes]
    worker: Worker | None = None
    commands: list[Event] = field(default_factory=list)
    order: Event | None = None
    leaving: bool = False
    touched: float = -math.inf

    @property
    def id(self) -> str:
        """The run's."""
        return self.folder.id
