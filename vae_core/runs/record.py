"""The folder of one training run: what is in it, and the one reader and writer of it.

The folder is the truth. A worker process writes it, the server reads it, and neither needs the
other to be alive:

    run.json            what is trained: configurations, time of creation, title
    events.jsonl        what happened, one JSON object per line, only ever appended to (`schema`)
    frames.json         sizes and labels of the frames
    frames.bin          the frames, records of one size (see `FrameLayout`)
    originals.bin       the digits that each frame shows reconstructions of, uint8
    state.safetensors   everything that resuming needs
    model.safetensors   a checkpoint of the model
    lock                held (shared) by each process that is responsible for the run

Nothing here imports PyTorch.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, get_args

from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.runs.schema import (
    Description,
    Event,
    Events,
    FrameLayout,
    Message,
    Status,
    is_run_id,
    status_event,
)
from vae_core.storage.files import write_atomically

try:
    import fcntl
except ImportError:  # Windows: a run of another server then looks abandoned
    fcntl = None  # type: ignore[assignment]

_MOST_EVENT_BYTES = 2**20  # in one answer; whoever wants more asks again
_STATUSES = frozenset(get_args(Status))


class RunFolder:
    """One run's folder. Cheap to make: it opens nothing until asked to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.description_file = path / "run.json"
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
        run = Description(secrets.token_hex(6), model, training, time.time(), title[:200])
        folder = cls(root / run.id)
        try:
            folder.path.mkdir(parents=True)
            write_atomically(folder.description_file, run.to_json().encode())
        except OSError as error:
            raise VaeCoreError(
                "A training run cannot be recorded in {folder}: {reason}. Free some space there, "
                "or set VAE_RUNS_DIR to another folder.",
                key="runs.not_created",
                folder=root,
                reason=error.strerror or str(error),
            ) from error
        return folder

    def description(self) -> Description:
        """What this run trains.

        Raises:
            VaeCoreError: the folder does not say.
        """
        try:
            return Description.from_json(self.description_file.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError, ConfigError) as error:
            raise VaeCoreError(
                "Run {run} has lost its description, run.json.",
                key="runs.no_description",
                run=self.id,
            ) from error

    def last_change(self) -> float:
        """When a file in the folder was last made, renamed or deleted, unix time; 0 if unknown.

        The age of a folder that cannot be read: of an earlier version of this project, or cut off.
        """
        try:
            return self.path.stat().st_mtime
        except OSError:
            return 0.0

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

    def append_status(
        self, status: Status, message: Message | VaeCoreError | None = None, **more: Any
    ) -> None:
        """Record a change of status."""
        self.append(**status_event(status, message, **more))

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
            raise VaeCoreError(
                "The events of run {run} cannot be read.", key="runs.no_events", run=self.id
            ) from error
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
            raise VaeCoreError(
                "The frames of run {run} cannot be read.", key="runs.no_frames", run=self.id
            ) from error

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
            raise VaeCoreError("Run {run} has no such frame.", key="runs.no_frame", run=self.id)
        with self.frames_file.open("rb") as file:
            file.seek(index * layout.record_bytes)
            return file.read(layout.record_bytes)

    def replace_frame(self, index: int, record: bytes) -> None:
        """Write a record over another one. OSError if it cannot be written."""
        with self.frames_file.open("rb+") as file:
            file.seek(index * len(record))
            file.write(record)

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
            with self.lock_file.open("rb+") as file:  # looking makes no file, and changes no date
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


def _parsed(lines: Sequence[bytes]) -> Iterator[Event]:
    for event in _values(lines):
        if isinstance(event, dict) and isinstance(event.get("type"), str):
            if event["type"] == "status" and event.get("status") not in _STATUSES:
                continue
            yield event


def _values(lines: Sequence[bytes]) -> Iterator[Any]:
    """What the lines say, without those that were cut off.

    As one list that takes half the time, and their names are in memory once. No whole lines close
    what one that was cut off has left open: it then is no list.
    """
    try:
        yield from json.loads(b"[%s]" % b",".join(lines))
    except ValueError:
        for line in lines:
            with contextlib.suppress(ValueError):
                yield json.loads(line)
