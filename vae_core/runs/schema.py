"""What is said about a training run: its description, the events of its record, its frames.

Events have a "type":

    status      status, message (a sentence or null), time (unix); where there is a message, its key
                and parameters (texts, or messages again), for other languages; with "step" where a
                resumed run continues after that step: what was recorded of later steps is void
    snapshot    the fields of `training.Snapshot`, and images_per_second (of the last seconds)
    control     step, beta, learning_rate, part: in force from the next step on; again: whether it
                came so soon after the one before that it takes its place
    frame       index, step, epoch, beta, accuracy: a record of frames.bin is complete, in place of
                an earlier one of the same index; held_out: figures on validation images at that
                step (see `frames.Observer`), or null
    checkpoint  step, ticket: model.safetensors is of this step
    kept        name: the model was copied to the kept models

A run's status goes

    queued -> starting -> running <-> paused -> finished, stopped, diverged, failed, interrupted
                             ^           |
                             +- queued <-+

and what has ended can be queued again, unless it diverged.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from vae_core.config import IMAGE_SIDE, PIXELS, ModelConfig, TrainConfig
from vae_core.errors import VaeCoreError

Event = dict[str, Any]
Events = list[Event]
Status = Literal[
    "queued",
    "starting",
    "running",
    "paused",
    "finished",
    "stopped",
    "diverged",
    "failed",
    "interrupted",
]
LIVE: frozenset[Status] = frozenset({"queued", "starting", "running", "paused"})
RESUMABLE: frozenset[Status] = frozenset({"interrupted", "stopped", "failed"})

COULD_NOT_RECORD = 74
"""Exit status of a worker that could not write how it ended (EX_IOERR of sysexits.h)."""

_ID = re.compile(r"[0-9a-f]{12}")
_BYTES_PER_NUMBER = 4


@dataclass(frozen=True)
class Description:
    """What a run trains: the content of run.json.

    Attributes:
        created: unix time, seconds.
        title: free text for people, may be empty.
    """

    id: str
    model: ModelConfig
    training: TrainConfig
    created: float
    title: str = ""

    def to_json(self) -> str:
        """The inverse of `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Description:
        """Read a description; ValueError, KeyError, TypeError or ConfigError if it is not one."""
        values = json.loads(text)
        return cls(
            id=str(values["id"]),
            model=ModelConfig.from_json(json.dumps(values["model"])),
            training=TrainConfig.from_json(json.dumps(values["training"])),
            created=float(values["created"]),
            title=str(values["title"]),
        )


@dataclass(frozen=True)
class FrameLayout:
    """What one record of frames.bin holds, and whose digits they are: the content of frames.json.

    A record is the latent means, float32 little-endian (digits, 2), in the order of `labels`, and
    after them the prior's means μ(y), (prior_means, 2); then the decoded manifold, uint8 (grid,
    grid, 28, 28); then the reconstructions of the originals, uint8 (reconstructions, 28, 28).

    Attributes:
        conditional: whether the manifold has a row for each label, and in each column the same ε
            added to μ(y); otherwise it lies at `geometry.quantile_grid(grid)`.
        prior_means: classes, if the prior is learned; 0 otherwise.
        dataset: name and split, "MNIST test (embedded)" for example.
        note: a sentence about where the images came from.
        held_out: validation images that a frame's figures are of.
    """

    labels: tuple[int, ...]
    grid: int
    reconstructions: int
    dataset: str
    class_names: tuple[str, ...]
    note: str
    conditional: bool = False
    prior_means: int = 0
    held_out: int = 0

    @property
    def digits(self) -> int:
        """How many digits have latent means in each record."""
        return len(self.labels)

    @property
    def record_bytes(self) -> int:
        """Size of one record."""
        points = (self.digits + self.prior_means) * 2 * _BYTES_PER_NUMBER
        return points + (self.grid**2 + self.reconstructions) * PIXELS

    def to_json(self) -> str:
        """The fields, and the derived sizes for whoever reads the file without this class."""
        sizes = {"digits": self.digits, "side": IMAGE_SIDE, "record_bytes": self.record_bytes}
        return json.dumps({**asdict(self), **sizes})

    @classmethod
    def from_json(cls, text: str) -> FrameLayout:
        """The inverse of `to_json`."""
        values = json.loads(text)
        return cls(
            labels=tuple(values["labels"]),
            grid=values["grid"],
            reconstructions=values["reconstructions"],
            dataset=values["dataset"],
            class_names=tuple(values["class_names"]),
            note=values["note"],
            conditional=values.get("conditional", False),
            prior_means=values.get("prior_means", 0),
            held_out=values.get("held_out", 0),
        )


class Message:
    """Why a run has its status, for people: English with a key and parameters, as an error is.

    Args:
        message: English, with `{name}` for each parameter.
        key: names the message in the catalogues of other languages, "runs.retired" say.
        parameters: what fills the message.
    """

    def __init__(self, message: str, *, key: str, **parameters: Any) -> None:
        self.key, self.parameters = key, parameters
        self._english = message.format(**parameters)

    def __str__(self) -> str:
        return self._english


def status_event(status: Status, message: Message | VaeCoreError | None, **more: Any) -> Event:
    """The event that a run has this status now."""
    event = {"type": "status", "status": status, "message": None, "time": time.time(), **more}
    if message is not None:
        event.update(_written_message(message))
    return event


def _written_message(message: Message | VaeCoreError) -> Event:
    parameters = {name: _written(value) for name, value in message.parameters.items()}
    return {"message": str(message), "key": message.key, "parameters": parameters}


def _written(value: object) -> str | Event:
    """A parameter of a message as it is shown; a message in a message keeps its key."""
    if isinstance(value, Message | VaeCoreError):
        return _written_message(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_run_id(text: object) -> bool:
    """Whether it looks like the name of a run: twelve hexadecimal digits."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def valid_events(events: Iterable[Event]) -> Events:
    """History as one line, without what later events have made void.

    Where a resumed run went back, what was recorded after the step from which it continued is left
    out; so are frames whose place another one has taken, and changes that went on.
    """
    history: dict[int, Event] = {}  # by number, since what is void leaves from the middle
    frames: dict[int, int] = {}  # index -> number of the last event
    last_control = -1
    for number, event in enumerate(events):
        if event["type"] == "status" and isinstance(event.get("step"), int):
            history = {
                earlier: past
                for earlier, past in history.items()
                if past["type"] not in ("snapshot", "frame", "control")
                or past["step"] <= event["step"]
            }
        elif event["type"] == "frame":
            history.pop(frames.get(event["index"], -1), None)
            frames[event["index"]] = number
        elif event["type"] == "control":
            if event.get("again"):
                history.pop(last_control, None)
            last_control = number
        history[number] = event
    return list(history.values())
