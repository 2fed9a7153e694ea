"""The folder of one training run: what is in it, and the one reader and writer of it.

The folder is the truth. A worker process writes it, the server reads it, and neither needs the
other to be alive:

    job.json            what is trained: configurations, time of creation, title
    events.jsonl        what happened, one JSON object per line, only ever appended to
    frames.json         sizes and labels of the frames
    frames.bin          the frames, records of one size (see `FrameLayout`)
    originals.bin       the digits that each frame shows reconstructions of, uint8
    state.safetensors   everything that resuming needs
    model.safetensors   a checkpoint of the model
    lock                held (shared) by each process that is responsible for the run

Events have a "type":

    status      status, message (a sentence or null), time (unix); with "step" where a resumed run
                continues after that step: what was recorded of later steps is void
    snapshot    the fields of `training.Snapshot`, and images_per_second (of the last seconds),
                active_units and kl_per_dim (nats) at the last frame
    control     step, beta, learning_rate, part: in force from the next step on
    frame       index, step, epoch, beta, accuracy: a record of frames.bin is complete
    checkpoint  step, ticket: model.safetensors is of this step
    kept        name: the model was copied to the kept models

Nothing here imports PyTorch.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal, get_args

from vae_core.config import IMAGE_SIDE, PIXELS, ModelConfig, TrainConfig
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.files import write_atomically

try:
    import fcntl
except ImportError:  # Windows: a run of another server then looks abandoned
    fcntl = None  # type: ignore[assignment]

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
_MOST_EVENT_BYTES = 2**20  # in one answer; whoever wants more asks again
_BYTES_PER_NUMBER = 4


@dataclass(frozen=True)
class Job:
    """What a run trains: the content of job.json.

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
    def from_json(cls, text: str) -> Job:
        """Read a job; ValueError, KeyError, TypeError or ConfigError if it is not one."""
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
    """

    labels: tuple[int, ...]
    grid: int
    reconstructions: int
    dataset: str
    class_names: tuple[str, ...]
    note: str
    conditional: bool = False
    prior_means: int = 0

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
        )


class RunFolder:
    """One run's folder. Cheap to make: it opens nothing until asked to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.job_file = path / "job.json"
        self.events_file = path / "events.jsonl"
        self.layout_file = path / "frames.json"
        self.frames_file = path / "frames.bin"
        self.originals_file = path / "originals.bin"
        self.state_file = path / "state.safetensors"
        self.model_file = path / "model.safetensors"
        self.lock_file = path / "lock"

    @classmethod
    def create(
        cls, root: Path, model: ModelConfig, training: TrainConfig, title: str = ""
    ) -> RunFolder:
        """Make the folder of a new run.

        Raises:
            VaeCoreError: it cannot be written.
        """
        job = Job(secrets.token_hex(6), model, training, time.time(), title[:200])
        folder = cls(root / job.id)
        try:
            folder.path.mkdir(parents=True)
            write_atomically(folder.job_file, job.to_json().encode())
        except OSError as error:
            raise VaeCoreError(
                f"A training run cannot be recorded in {root}: {error.strerror or error}. Free "
                "some space there, or set VAE_RUNS_DIR to another folder."
            ) from error
        return folder

    def job(self) -> Job:
        """What this run trains.

        Raises:
            VaeCoreError: the folder does not say.
        """
        try:
            return Job.from_json(self.job_file.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError, ConfigError) as error:
            raise VaeCoreError(f"Run {self.id} has lost its description, job.json.") from error

    def append(self, **event: Any) -> None:
        """Record an event: one line, in one write. OSError if it cannot be written."""
        line = json.dumps(event, allow_nan=False).encode() + b"\n"
        with self.events_file.open("ab+", buffering=0) as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    line = b"\n" + line  # whoever wrote before was cut off within a line
            if file.write(line) != len(line):
                raise OSError("only a part of an event could be written")

    def append_status(self, status: Status, message: str | None = None, **more: Any) -> None:
        """Record a change of status."""
        self.append(type="status", status=status, message=message, time=time.time(), **more)

    def events(self, after: int = 0) -> tuple[Events, int]:
        """Events that begin at byte `after` or later, and the byte to ask for next.

        At most a megabyte at once. A line that is not complete yet is left for later; one that was
        cut off by a crash is skipped.
        """
        try:
            with self.events_file.open("rb") as file:
                file.seek(min(max(after, 0), file.seek(0, os.SEEK_END)))
                start = file.tell()
                data = file.read(_MOST_EVENT_BYTES)
        except FileNotFoundError:
            return [], 0
        except OSError as error:
            raise VaeCoreError(f"The events of run {self.id} cannot be read.") from error
        end = data.rfind(b"\n") + 1
        return list(_parsed(data[:end].splitlines())), start + end

    def all_events(self) -> Iterator[Event]:
        """Every event from the beginning, those that a resumed run made void included."""
        after = 0
        while True:
            events, following = self.events(after)
            yield from events
            if following == after:
                return
            after = following

    def layout(self) -> FrameLayout | None:
        """What the frames hold; None while there are none."""
        try:
            return FrameLayout.from_json(self.layout_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VaeCoreError(f"The frames of run {self.id} cannot be read.") from error

    def frame_count(self) -> int:
        """How many records are complete."""
        layout = self.layout()
        if layout is None or not self.frames_file.exists():
            return 0
        return self.frames_file.stat().st_size // layout.record_bytes

    def frame(self, index: int) -> bytes:
        """The record `index` of frames.bin.

        Raises:
            VaeCoreError: there is none.
        """
        layout = self.layout()
        if layout is None or not 0 <= index < self.frame_count():
            raise VaeCoreError(f"Run {self.id} has no such frame.")
        with self.frames_file.open("rb") as file:
            file.seek(index * layout.record_bytes)
            return file.read(layout.record_bytes)

    def append_frame(self, record: bytes) -> int:
        """Add a record; its index. What was left of an incomplete one is overwritten.

        OSError if it cannot be written; no part of it is then left.
        """
        index = self.frame_count()
        with self.frames_file.open("ab") as file:
            file.truncate(index * len(record))
            try:
                file.write(record)
                file.flush()
            except OSError:
                with contextlib.suppress(OSError):
                    file.close()
                os.truncate(self.frames_file, index * len(record))
                raise
        return index

    def hold(self) -> IO[bytes]:
        """Declare this process responsible for the run, until the result is closed or it ends."""
        file = self.lock_file.open("ab")
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_SH)
        return file

    def is_held(self) -> bool:
        """Whether some process, this one or another, holds the run."""
        if fcntl is None:
            return False
        try:
            with self.lock_file.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


def run_folders(root: Path) -> list[RunFolder]:
    """The runs in a folder, in no particular order. None if it cannot be read."""
    try:
        return [RunFolder(path) for path in root.iterdir() if is_run_id(path.name)]
    except OSError:
        return []


def is_run_id(text: object) -> bool:
    """Whether it looks like the name of a run: twelve hexadecimal digits."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def valid_events(events: Iterable[Event]) -> Events:
    """History as one line: without what a resumed run made void by going back.

    Snapshots and frames later than the step from which it continued are left out.
    """
    history: Events = []
    for event in events:
        if event["type"] == "status" and isinstance(event.get("step"), int):
            history = [
                past
                for past in history
                if past["type"] not in ("snapshot", "frame", "control")
                or past["step"] <= event["step"]
            ]
        history.append(event)
    return history


def _parsed(lines: Iterable[bytes]) -> Iterator[Event]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("type"), str):
            if event["type"] == "status" and event.get("status") not in get_args(Status):
                continue
            yield event
