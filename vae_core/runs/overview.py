"""What the folders of the runs say, read as they grow: how each run stands."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import VaeCoreError
from vae_core.runs.record import RunFolder, run_folders
from vae_core.runs.schema import (
    LIVE,
    RESUMABLE,
    Description,
    Event,
    Message,
    Status,
    is_run_id,
    status_event,
)


@dataclass(frozen=True)
class RunInfo:
    """A run as it stands.

    Attributes:
        status: see `schema`.
        message: a sentence about the status, or None.
        place: in the queue, from 1; None if it does not wait.
        snapshot: the last snapshot event, or None.
        controls: the last change of them, or None.
    """

    id: str
    title: str
    created: float
    model: ModelConfig
    training: TrainConfig
    status: Status
    message: str | None
    place: int | None
    snapshot: Event | None
    controls: Event | None

    @property
    def live(self) -> bool:
        """Whether it is queued, starting, running or paused."""
        return self.status in LIVE

    @property
    def resumable(self) -> bool:
        """Whether it has ended and can be continued."""
        constant = self.training.schedule == "constant"  # any other rate is at its end
        return self.status in RESUMABLE or (self.status == "finished" and constant)


@dataclass
class Seen:
    """What has been read of a run's events."""

    description: Description
    next_byte: int = 0
    status: Status | None = None
    message: str | None = None
    snapshot: Event | None = None
    controls: Event | None = None


class Overview:
    """Reads the folders of all runs. Not safe for threads: whoever uses it holds a lock.

    Args:
        root: the folder of the runs' folders.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: dict[str, Seen] = {}
        # Ends that could not be recorded, the disk being full.
        self._unrecorded: dict[str, Event] = {}

    def folder(self, run: str) -> RunFolder:
        """The folder of a run; VaeCoreError if there is no such run."""
        folder = RunFolder(self.root / run) if is_run_id(run) else None
        if folder is None or not folder.description_file.is_file():
            raise VaeCoreError(
                "There is no such training run; it may have been deleted.", key="runs.unknown"
            )
        return folder

    def read(self, folder: RunFolder) -> Seen:
        """Catch up with a run's events."""
        if folder.id not in self._seen:
            self._seen[folder.id] = Seen(folder.description())
        seen = self._seen[folder.id]
        while True:
            events, following = folder.events(seen.next_byte)
            for event in events:
                if event["type"] == "status":
                    seen.status, seen.message = event["status"], event.get("message")
                elif event["type"] == "snapshot":
                    seen.snapshot = event
                elif event["type"] == "control":
                    seen.controls = event
            if following == seen.next_byte:
                return seen
            seen.next_byte = following

    def info(self, run: str, *, ours: bool, place: int | None) -> RunInfo:
        """A run as it stands. One that lost its process is recorded as interrupted.

        Args:
            ours: whether this server is responsible for it.
            place: of the run in the queue.
        """
        folder = self.folder(run)
        seen = self.read(folder)
        end = self._unrecorded.get(run)
        if seen.status in LIVE and not ours and not end and not folder.is_held():
            seen = self.read(folder)  # it may have ended between the two
            if seen.status in LIVE:
                message = Message(
                    "It was interrupted; it can be resumed from its last saved state.",
                    key="runs.interrupted",
                )
                self.record_end(folder, "interrupted", message)
                seen, end = self.read(folder), self._unrecorded.get(run)
        return RunInfo(
            id=run,
            title=seen.description.title,
            created=seen.description.created,
            model=seen.description.model,
            training=seen.description.training,
            status=end["status"] if end else seen.status or "queued",
            message=end["message"] if end else seen.message,
            place=place,
            snapshot=seen.snapshot,
            controls=seen.controls,
        )

    def record_end(self, folder: RunFolder, status: Status, message: Message) -> None:
        """Record how a run ended; where that cannot be written, remember it."""
        try:
            folder.append_status(status, message)
        except OSError:
            self._unrecorded[folder.id] = status_event(status, message)

    def unrecorded_end(self, run: str) -> Event | None:
        """The status event that could not be written to the run's record, if there is one."""
        return self._unrecorded.get(run)

    def forget_end(self, run: str) -> None:
        """The run goes on: what could not be recorded of its end is void."""
        self._unrecorded.pop(run, None)

    def delete(self, run: str) -> None:
        """Remove a run's folder."""
        self._seen.pop(run, None)
        shutil.rmtree(self.root / run, ignore_errors=True)

    def make_room(self, infos: Iterable[RunInfo], most: int) -> None:
        """Delete the oldest folders until one more makes `most` of them.

        Args:
            infos: all runs that can be read. Those under way stay, whichever server has them.
        """
        known = {info.id: info for info in infos}
        ages = [(info.created, run) for run, info in known.items() if not info.live]
        others = [f for f in run_folders(self.root) if f.id not in known and not f.is_held()]
        ages += [(folder.last_change(), folder.id) for folder in others]
        for _, run in sorted(ages, reverse=True)[most - 1 :]:
            self.delete(run)
