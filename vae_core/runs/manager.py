"""Background trainings: start, watch, change β, pause, step, stop, keep, resume.

Each run is trained by a process of its own (see `worker`) and recorded in a folder of its own (see
`record`). The manager here only starts those processes, writes commands to them and reads folders,
so runs outlive the page, the tab and the session that started them; if the server ends, they save
their state and can be resumed by the next one.

A run computes while it has a turn (see `turns`). One that pauses gives its turn to the next in the
queue; its process stays, so that it goes on at once when it has a turn again.

Nothing here imports PyTorch: the first page must not wait for it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.runs import commands
from vae_core.runs.commands import Part
from vae_core.runs.live_run import LiveRun
from vae_core.runs.overview import Overview, RunInfo
from vae_core.runs.process import ProcessWorker, Worker
from vae_core.runs.record import RunFolder, run_folders
from vae_core.runs.scheduler import Scheduler
from vae_core.runs.schema import Events
from vae_core.storage.checkpoints import check_size
from vae_core.storage.files import sweep
from vae_core.storage.folders import ModelFolders, runs_folder

MOST_RUNS = 40
"""Folders of runs that stay; when more are started, the oldest that have ended are deleted."""


class Runs:
    """The training runs of one server. Any thread may call anything.

    Methods that take a run's id raise VaeCoreError, in a sentence, if there is no such run.

    Args:
        root: folder of the runs' folders; default as the environment says.
        models: where `keep` puts models; default as the environment says.
        capacity: runs that compute at once; default VAE_TRAININGS, or the number of processors.
        patience: seconds after which a paused run that nobody watches, or a spare, is ended.
        spawn: starts a worker (tests).
    """

    def __init__(
        self,
        root: Path | None = None,
        models: ModelFolders | None = None,
        *,
        capacity: int | None = None,
        patience: float = 600.0,
        spawn: Callable[[], Worker] | None = None,
    ) -> None:
        self.root = root or runs_folder()
        self.models = models or ModelFolders.chosen()
        self.models.sweep()
        for folder in run_folders(self.root):
            sweep(folder.path)
        self._lock = threading.RLock()
        self._overview = Overview(self.root)
        self.scheduler = Scheduler(
            self._overview,
            self._lock,
            capacity=capacity or _capacity(),
            patience=patience,
            spawn=spawn or (lambda: ProcessWorker(patience)),
        )

    # --- starting and ending

    def warm_up(self) -> None:
        """Have a worker ready, so that the next start takes a moment and not seconds."""
        self.scheduler.warm_up()

    def start(self, model: ModelConfig, training: TrainConfig, title: str = "") -> str:
        """Begin a run, or queue it if as many as possible compute already; its id.

        Raises:
            ConfigError: the model could not be shown or saved.
            VaeCoreError: the run's folder cannot be written.
        """
        _check_model(model)
        with self._lock:
            self._check_open()
            self._overview.make_room(self.list(), MOST_RUNS)
            folder = RunFolder.create(self.root, model, training, title)
            self._enter(folder, resume=False)
            return folder.id

    def resume(self, run: str) -> None:
        """Go on with a paused run; continue one that has ended, unless it diverged.

        A run that ended continues from its last saved state: to its last epoch, and one that was
        there already until somebody stops it.
        """
        with self._lock:
            info = self.info(run)
            if info.live:
                self.scheduler.order(self._ours(run), {"type": "resume"})
            elif info.resumable:
                self._check_open()
                self._overview.forget_end(run)
                if ending := self.scheduler.live.get(run):
                    self.scheduler.go_on(ending)
                else:
                    self._enter(self.folder(run), resume=True)
            else:
                raise VaeCoreError(
                    "This run is over ({status}) and cannot be continued; start anew.",
                    key="runs.not_resumable",
                    status=info.status,
                )

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
        command = commands.controls(self.info(run).training, beta, learning_rate, part)
        with self._lock:
            self.scheduler.tell(self._ours(run), command)

    def pause(self, run: str) -> None:
        """Stop after the current batch, until `resume`, `step` or `epoch`."""
        with self._lock:
            self.scheduler.pause(self._ours(run))

    def step(self, run: str, steps: int = 1) -> None:
        """Train on so many batches more, then pause."""
        command = commands.step(steps)
        with self._lock:
            self.scheduler.order(self._ours(run), command)

    def epoch(self, run: str) -> None:
        """Train to the end of the epoch, then pause."""
        with self._lock:
            self.scheduler.order(self._ours(run), {"type": "epoch"})

    def stop(self, run: str) -> None:
        """End a run, its state and model saved. One that has ended stays as it is."""
        with self._lock:
            if self.info(run).live:
                self.scheduler.stop(self._ours(run))

    def shutdown(self, timeout: float = 5.0) -> None:
        """Interrupt every run, its state saved, and end every process. There is no way back."""
        self.scheduler.shutdown(timeout)

    # --- looking

    def folder(self, run: str) -> RunFolder:
        """The folder of a run."""
        return self._overview.folder(run)

    def info(self, run: str) -> RunInfo:
        """A run as it stands."""
        with self._lock:
            return self._overview.info(
                run, ours=run in self.scheduler.live, place=self.scheduler.turns.place(run)
            )

    def list(self) -> Sequence[RunInfo]:
        """Every run that can be read: those under way first, then the latest first."""
        infos = []
        for folder in run_folders(self.root):
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
        if not events and (end := self._overview.unrecorded_end(run)):
            events = [end]
        return events, following

    def touch(self, run: str) -> None:
        """Say that somebody is watching this run."""
        with self._lock:
            if live := self.scheduler.live.get(run):
                self.scheduler.touch(live)

    # --- keeping

    def keep(self, run: str, name: str, *, overwrite: bool = False) -> Path:
        """Copy a run's model, as it is now, to the kept models (see `ModelFolders.keep`).

        Raises:
            VaeCoreError: the run has no model yet, or what `ModelFolders.keep` raises.
        """
        folder = self.folder(run)
        self.models.check_name(name, overwrite=overwrite)
        if self.info(run).live:
            with self._lock:
                live = self._ours(run)
            self.scheduler.save_model(live)
        if not folder.model_file.is_file():
            raise VaeCoreError(
                "This run has no model to keep yet: train it first.", key="runs.no_model"
            )
        with self._lock:
            path = self.models.keep(name, folder.model_file.read_bytes(), overwrite=overwrite)
        with contextlib.suppress(OSError):
            folder.append(type="kept", name=name)
        return path

    # --- the lock is held

    def _ours(self, run: str) -> LiveRun:
        """The run, if it can be given commands."""
        info = self.info(run)
        if run in self.scheduler.live:
            return self.scheduler.live[run]
        if info.live:
            raise VaeCoreError(
                "This run belongs to another server, which can change it.",
                key="runs.another_server",
            )
        raise VaeCoreError(
            "This run is over ({status}); start a new one.", key="runs.over", status=info.status
        )

    def _enter(self, folder: RunFolder, *, resume: bool) -> None:
        try:
            self.scheduler.enter(folder, resume=resume)
        except OSError as error:
            raise VaeCoreError(
                "A training run cannot be recorded in {folder}: {reason}.",
                key="runs.not_recorded",
                folder=self.root,
                reason=error.strerror or error,
            ) from error

    def _check_open(self) -> None:
        if self.scheduler.closing:
            raise VaeCoreError(
                "The server is ending; start the training again once it is back.",
                key="runs.closing",
            )


_manager: Runs | None = None
_manager_lock = threading.Lock()


def manager() -> Runs:
    """The manager of this process. It lives in this module, where no visitor can clear it."""
    global _manager
    with _manager_lock:
        if _manager is None:
            _manager = Runs()
            atexit.register(_manager.shutdown)
        return _manager


def warm_up() -> None:
    """Have a worker ready for the next start (see `Runs.warm_up`)."""
    manager().warm_up()


def _capacity() -> int:
    asked = os.environ.get("VAE_TRAININGS", "")
    return int(asked) if asked.isdecimal() and int(asked) > 0 else os.cpu_count() or 1


def _check_model(model: ModelConfig) -> None:
    """Refuse at the start what could not be shown or kept at the end."""
    if model.latent_dim != 2:
        raise ConfigError(
            "Live training draws the latent plane, so latent_dim must be 2.", key="runs.not_a_plane"
        )
    check_size(model)
