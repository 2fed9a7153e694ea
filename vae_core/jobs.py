"""Background trainings: start, watch, change β, pause, step, stop, keep, resume.

Each run is trained by a process of its own (see `worker`) and recorded in a folder of its own (see
`runs`). The manager here only starts those processes, writes commands to them and reads folders,
so runs outlive the page, the tab and the session that started them; if the server ends, they save
their state and can be resumed by the next one.

Nothing here imports PyTorch: the first page must not wait for it.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Literal, get_args

from vae_core.checkpoints import (
    SUFFIX,
    check_size,
    is_checkpoint_name,
    list_checkpoints,
    read_checkpoint,
)
from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.files import write_atomically
from vae_core.processes import PROJECT, ProcessWorker, Worker
from vae_core.runs import (
    COULD_NOT_RECORD,
    LIVE,
    RESUMABLE,
    Event,
    Events,
    Job,
    RunFolder,
    Status,
    is_run_id,
    run_folders,
)

MOST_RUNS = 40
"""Folders of runs that are kept; when more are started, the oldest that have ended are deleted."""

Part = Literal["both", "encoder", "decoder"]
_KEEP_SECONDS = 60.0
_SPARE_AFTER_START = 5.0


@dataclass(frozen=True)
class RunInfo:
    """A run as it stands.

    Attributes:
        status: see `runs.Status`.
        message: a sentence about the status, or None.
        place: in the queue, from 1; None if it does not wait.
        snapshot: the last snapshot event, or None.
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

    @property
    def live(self) -> bool:
        """Whether it is queued, starting, running or paused."""
        return self.status in LIVE

    @property
    def resumable(self) -> bool:
        """Whether it has ended and `resume` can continue it."""
        return self.status in RESUMABLE


@dataclass
class _LiveRun:
    """A run that this manager is responsible for."""

    folder: RunFolder
    resume: bool
    lock: IO[bytes]
    worker: Worker | None = None
    waiting: list[Event] = field(default_factory=list)  # commands for a worker to come
    touched: float = -math.inf


@dataclass
class _Seen:
    """What has been read of a run's events."""

    job: Job
    next_byte: int = 0
    status: Status | None = None
    message: str | None = None
    snapshot: Event | None = None


class Jobs:
    """The trainings of one server. Any thread may call anything.

    Methods that take a run's id raise VaeCoreError, in a sentence, if there is no such run.

    Args:
        runs: folder of the runs' folders; default VAE_RUNS_DIR, or runs/ in the project.
        models: where `keep` puts models; default VAE_MODELS_DIR, or checkpoints/mine/.
        capacity: trainings at once; default VAE_TRAININGS, or the number of processors.
        patience: seconds after which a paused run that nobody watches, or a spare, is ended.
        spawn: starts a worker (tests).
    """

    def __init__(
        self,
        runs: Path | None = None,
        models: Path | None = None,
        *,
        capacity: int | None = None,
        patience: float = 600.0,
        spawn: Callable[[], Worker] | None = None,
    ) -> None:
        self.runs = _folder(runs, "VAE_RUNS_DIR", "runs")
        self.models = _folder(models, "VAE_MODELS_DIR", "checkpoints/mine")
        self.capacity = capacity or _trainings_at_once()
        self.patience = patience
        self._spawn = spawn or (lambda: ProcessWorker(patience))
        self._lock = threading.RLock()
        self._live: dict[str, _LiveRun] = {}
        self._queue: list[str] = []
        self._spare: Worker | None = None
        self._last_start = -math.inf
        self._timer: threading.Timer | None = None
        self._seen: dict[str, _Seen] = {}
        # Ends that could not be recorded, the disk being full.
        self._unrecorded: dict[str, Event] = {}
        self._tickets = 0
        self._closing = False

    # --- starting and ending

    def warm_up(self) -> None:
        """Have a worker ready, so that the next start takes a moment and not seconds.

        Just after a start it comes a little later, not to take the processor from that run.
        """
        with self._lock:
            if self._spare or self._closing or self._busy() >= self.capacity:
                return
            later = self._last_start + _SPARE_AFTER_START - time.monotonic()
            if later <= 0:
                self._spare = self._new_worker()
            elif self._timer is None or not self._timer.is_alive():
                self._timer = threading.Timer(later + 0.01, self.warm_up)
                self._timer.daemon = True
                self._timer.start()

    def start(self, model: ModelConfig, training: TrainConfig, title: str = "") -> str:
        """Begin a run, or queue it if as many as possible are under way; its id.

        Raises:
            ConfigError: the model could not be shown or saved.
            VaeCoreError: the run's folder cannot be written.
        """
        _check_model(model)
        with self._lock:
            self._check_open()
            self._delete_oldest()
            folder = RunFolder.create(self.runs, model, training, title)
            self._enqueue(folder, resume=False)
            return folder.id

    def resume(self, run: str) -> None:
        """Go on with a paused run; continue an interrupted, stopped or failed one.

        A run that ended continues from its last saved state.
        """
        with self._lock:
            info = self.info(run)
            if info.live:
                self._send(run, {"type": "resume"})
            else:
                self.resume_interrupted(run)

    def resume_interrupted(self, run: str) -> None:
        """Continue a run that was interrupted, stopped or failed, from its last saved state."""
        with self._lock:
            self._check_open()
            info = self.info(run)
            if not info.resumable:
                raise VaeCoreError(
                    "This run is under way already."
                    if info.live
                    else f"This run is over ({info.status}) and cannot be continued; start anew."
                )
            self._unrecorded.pop(run, None)
            self._enqueue(self.folder(run), resume=True)

    def control(
        self,
        run: str,
        *,
        beta: float | None = None,
        learning_rate: float | None = None,
        part: Part | None = None,
    ) -> None:
        """Change β, the learning rate or the half that is trained, from the next batch on.

        Raises:
            ConfigError: a value is out of range.
        """
        if part is not None and part not in get_args(Part):
            raise ConfigError(f"part must be one of {', '.join(get_args(Part))}, not {part!r}.")
        given = {"beta": beta, "learning_rate": learning_rate}
        numbers = {name: value for name, value in given.items() if value is not None}
        checked = replace(self.info(run).training, **numbers)  # type: ignore[arg-type]
        command: Event = {name: getattr(checked, name) for name in numbers}
        if part is not None:
            command["part"] = part
        self._send(run, {"type": "controls", **command})

    def pause(self, run: str) -> None:
        """Stop after the current batch, until `resume`, `step` or `epoch`."""
        self._send(run, {"type": "pause"})

    def step(self, run: str, steps: int = 1) -> None:
        """Train on so many batches more, then pause."""
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ConfigError(f"steps must be a whole number of at least 1, not {steps!r}.")
        self._send(run, {"type": "step", "steps": steps})

    def epoch(self, run: str) -> None:
        """Train to the end of the epoch, then pause."""
        self._send(run, {"type": "epoch"})

    def stop(self, run: str) -> None:
        """End a run, its state and model saved. One that has ended stays as it is."""
        with self._lock:
            if not self.info(run).live:
                return
            if run in self._queue:
                self._queue.remove(run)
                live = self._live.pop(run)
                self._record_end(live.folder, "stopped", "It was stopped before its turn came.")
                live.lock.close()
            else:
                self._send(run, {"type": "stop"})

    def shutdown(self, timeout: float = 5.0) -> None:
        """Interrupt every run, its state saved, and end every process. There is no way back."""
        with self._lock:
            self._closing = True
            for run in self._queue:
                live = self._live.pop(run)
                message = "The server ended before its turn came."
                self._record_end(live.folder, "interrupted", message)
                live.lock.close()
            self._queue.clear()
            workers = [live.worker for live in self._live.values()] + [self._spare]
        for worker in filter(None, workers):
            worker.close()
        deadline = time.monotonic() + timeout
        for worker in filter(None, workers):
            try:
                worker.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()

    # --- looking

    def folder(self, run: str) -> RunFolder:
        """The folder of a run."""
        folder = RunFolder(self.runs / run) if is_run_id(run) else None
        if folder is None or not folder.job_file.is_file():
            raise VaeCoreError("There is no such training run; it may have been deleted.")
        return folder

    def info(self, run: str) -> RunInfo:
        """A run as it stands."""
        folder = self.folder(run)
        with self._lock:
            seen = self._read(folder)
            ours = run in self._live or run in self._unrecorded
            if seen.status in LIVE and not ours and not folder.is_held():
                seen = self._read(folder)  # it may have ended between the two
                if seen.status in LIVE:
                    message = "It was interrupted; it can be resumed from its last saved state."
                    self._record_end(folder, "interrupted", message)
                    seen = self._read(folder)
            job = seen.job
            status, message_ = seen.status or "queued", seen.message
            if end := self._unrecorded.get(run):
                status, message_ = end["status"], end["message"]
            return RunInfo(
                id=run,
                title=job.title,
                created=job.created,
                model=job.model,
                training=job.training,
                status=status,
                message=message_,
                place=self._queue.index(run) + 1 if run in self._queue else None,
                snapshot=seen.snapshot,
            )

    def list(self) -> Sequence[RunInfo]:
        """Every run that can be read: those under way first, then the latest first."""
        infos = []
        for folder in run_folders(self.runs):
            with contextlib.suppress(VaeCoreError):
                if folder.events_file.exists():
                    infos.append(self.info(folder.id))
        return sorted(infos, key=lambda info: (not info.live, -info.created))

    def events(self, run: str, after: int = 0) -> tuple[Events, int]:
        """What happened since byte `after`, and the byte to ask for next (see `RunFolder.events`).

        Asking shows that somebody watches: a paused run that nobody asks about is ended.
        """
        self.touch(run)
        events, following = self.folder(run).events(after)
        if not events and (end := self._unrecorded.get(run)):
            events = [end]
        return events, following

    def frame(self, run: str, index: int) -> bytes:
        """A record of a run's frames.bin; VaeCoreError if there is none."""
        return self.folder(run).frame(index)

    def place(self, run: str) -> int | None:
        """Place in the queue, from 1; None for a run that does not wait."""
        with self._lock:
            return self._queue.index(run) + 1 if run in self._queue else None

    def touch(self, run: str) -> None:
        """Say that somebody is watching this run."""
        with self._lock:
            live = self._live.get(run)
            if live is None or live.worker is None:
                return
            now = time.monotonic()
            if now - live.touched > self.patience / 20:
                live.touched = now
                with contextlib.suppress(VaeCoreError):
                    live.worker.send({"type": "touch"})

    # --- keeping

    def keep(self, run: str, name: str, *, overwrite: bool = False) -> Path:
        """Copy a run's model, as it is now, to the kept models under a name; the file's path.

        Raises:
            VaeCoreError: the name is not usable or taken, the run has no model yet, or the file
                cannot be written.
        """
        if not is_checkpoint_name(name):
            raise VaeCoreError(
                "A model's name is 1 to 64 small letters, digits, - and _, beginning with a letter "
                "or a digit."
            )
        folder = self.folder(run)
        if self.info(run).live:
            self._save_now(run, folder)
        if not folder.model_file.is_file():
            raise VaeCoreError("This run has no model to keep yet: train it first.")
        path = self.models / f"{name}{SUFFIX}"
        data = folder.model_file.read_bytes()
        read_checkpoint(data)
        with self._lock:
            taken = {*list_checkpoints(PROJECT / "checkpoints")}
            if not overwrite:
                taken |= {*list_checkpoints(self.models)}
            if name in taken:
                raise VaeCoreError(f"There is a model called {name} already; choose another name.")
            try:
                write_atomically(path, data)
            except OSError as error:
                raise VaeCoreError(
                    f"The model could not be kept in {self.models}: {error.strerror or error}."
                ) from error
            with contextlib.suppress(OSError):
                folder.append(type="kept", name=name)
        return path

    def _save_now(self, run: str, folder: RunFolder) -> None:
        """Have the worker write model.safetensors, and wait until it has."""
        with self._lock:
            after = self._read(folder).next_byte
            self._tickets += 1
            ticket = self._tickets
            if run in self._queue:
                return
            self._send(run, {"type": "checkpoint", "ticket": ticket})
        deadline = time.monotonic() + _KEEP_SECONDS
        while time.monotonic() < deadline:
            events, after = folder.events(after)
            if any(e["type"] == "checkpoint" and e.get("ticket") == ticket for e in events):
                return
            if run not in self._live:
                return  # it ended, and ends with its model saved
            time.sleep(0.02)
        raise VaeCoreError("The training did not save its model in time; pause it and try again.")

    # --- inner workings; the lock is held

    def _enqueue(self, folder: RunFolder, *, resume: bool) -> None:
        try:
            lock = folder.hold()
            folder.append_status("queued")
        except OSError as error:
            raise VaeCoreError(
                f"A training run cannot be recorded in {self.runs}: {error.strerror or error}."
            ) from error
        self._live[folder.id] = _LiveRun(folder, resume, lock)
        self._queue.append(folder.id)
        self._fill()

    def _fill(self) -> None:
        """Give the next runs in the queue to workers, as long as there is room."""
        while self._queue and self._busy() < self.capacity and not self._closing:
            live = self._live[self._queue.pop(0)]
            self._last_start = time.monotonic()
            live.worker, self._spare = self._spare or self._new_worker(), None
            with contextlib.suppress(OSError):
                live.folder.append_status("starting")
            start = {"type": "start", "run": str(live.folder.path), "resume": live.resume}
            for command in (start, *live.waiting):
                live.worker.send(command)

    def _busy(self) -> int:
        return sum(live.worker is not None for live in self._live.values())

    def _send(self, run: str, command: Event) -> None:
        with self._lock:
            info = self.info(run)
            live = self._live.get(run)
            if live is not None and live.worker is not None:
                live.worker.send(command)
            elif live is not None:
                live.waiting.append(command)
            elif info.live:
                raise VaeCoreError("This run belongs to another server, which can change it.")
            else:
                raise VaeCoreError(f"This run is over ({info.status}); start a new one.")

    def _read(self, folder: RunFolder) -> _Seen:
        """Catch up with a run's events."""
        if folder.id not in self._seen:
            self._seen[folder.id] = _Seen(folder.job())
        seen = self._seen[folder.id]
        while True:
            events, following = folder.events(seen.next_byte)
            for event in events:
                if event["type"] == "status":
                    seen.status, seen.message = event["status"], event.get("message")
                elif event["type"] == "snapshot":
                    seen.snapshot = event
            if following == seen.next_byte:
                return seen
            seen.next_byte = following

    def _new_worker(self) -> Worker:
        worker = self._spawn()
        threading.Thread(target=self._when_ended, args=(worker,), daemon=True).start()
        return worker

    def _when_ended(self, worker: Worker) -> None:
        code = worker.wait()
        with self._lock:
            worker.close()
            if self._spare is worker:
                self._spare = None
            run = next((run for run, live in self._live.items() if live.worker is worker), None)
            if run is None:
                return
            live = self._live[run]
            try:
                status = self._read(live.folder).status
            except VaeCoreError:  # somebody deleted its folder
                status = None
            if code == 0 and status == "starting" and not self._closing:
                # A spare whose patience ended as it was given the run: another one takes it.
                live.worker = None
                self._queue.insert(0, run)
                self._fill()
                return
            del self._live[run]
            if status in LIVE:
                self._record_end(live.folder, "failed", _why(code))
            live.lock.close()
            self._fill()

    def _record_end(self, folder: RunFolder, status: Status, message: str) -> None:
        try:
            folder.append_status(status, message)
        except OSError:
            end = {"type": "status", "status": status, "message": message, "time": time.time()}
            self._unrecorded[folder.id] = end

    def _delete_oldest(self) -> None:
        over = [info for info in self.list() if not info.live][MOST_RUNS - 1 :]
        for info in over:
            self._seen.pop(info.id, None)
            shutil.rmtree(self.runs / info.id, ignore_errors=True)

    def _check_open(self) -> None:
        if self._closing:
            raise VaeCoreError("The server is ending; start the training again once it is back.")


_manager: Jobs | None = None
_manager_lock = threading.Lock()


def manager() -> Jobs:
    """The one manager of this process. It lives in this module, where no visitor can clear it."""
    global _manager
    with _manager_lock:
        if _manager is None:
            _manager = Jobs()
            atexit.register(_manager.shutdown)
        return _manager


def warm_up() -> None:
    """Have a worker ready for the next start (see `Jobs.warm_up`)."""
    manager().warm_up()


def _folder(given: Path | None, variable: str, default: str) -> Path:
    return Path(given or os.environ.get(variable) or PROJECT / default).expanduser().resolve()


def _trainings_at_once() -> int:
    asked = os.environ.get("VAE_TRAININGS", "")
    return int(asked) if asked.isdecimal() and int(asked) > 0 else os.cpu_count() or 1


def _check_model(model: ModelConfig) -> None:
    """Refuse at the start what could not be shown or kept at the end."""
    if model.latent_dim != 2:
        raise ConfigError("Live training draws the latent plane, so latent_dim must be 2.")
    check_size(model)


def _why(code: int) -> str:
    """A worker's exit status as a sentence."""
    go_on = "It can be resumed from its last saved state."
    if code == COULD_NOT_RECORD:
        return f"The run could not be recorded: the disk is full or not writable. {go_on}"
    if code == -9:
        return f"The training process was killed, perhaps because memory ran out. {go_on}"
    return f"The training process ended unexpectedly (exit status {code}). {go_on}"
