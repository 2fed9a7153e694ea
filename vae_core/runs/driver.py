"""Follows commands: from a run's start to its end, through pauses and changes."""

from __future__ import annotations

import contextlib
import json
import math
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import IO

from vae_core.data.datasets import load_dataset
from vae_core.errors import TrainingDiverged, VaeCoreError
from vae_core.models import VAE
from vae_core.objective import choose_objective
from vae_core.runs.record import RunFolder
from vae_core.runs.recorder import Recorder
from vae_core.runs.saver import Saver
from vae_core.runs.schema import Event, Message, Status
from vae_core.training import Controls, Run, Snapshot

SAVE_AFTER_PAUSE = 2.0


class Inbox:
    """Commands from a stream, read in a thread of their own.

    Attributes:
        controls: of the run under way; a command that arrives makes it yield at its next batch.
    """

    def __init__(self, stream: IO[str]) -> None:
        self.controls: Controls | None = None
        self._commands: queue.Queue[Event] = queue.Queue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def get(self, timeout: float) -> Event | None:
        """The next command; None if there is none within so many seconds (0: do not wait)."""
        try:
            return self._commands.get(block=timeout > 0, timeout=timeout or None)
        except queue.Empty:
            return None

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with contextlib.suppress(ValueError):  # a server killed while it was writing
                self._put(json.loads(line))
        self._put({"type": "close"})

    def _put(self, command: Event) -> None:
        self._commands.put(command)
        if self.controls is not None:
            self.controls.every = 1


class Driver:
    """Drives one run from its first command to its last status.

    Args:
        folder: where it is recorded.
        inbox: where commands come from.
        order: the number of the order to start.
        resume: continue from the saved state, if there is one.
        patience: seconds for which a paused run waits for somebody.
        report: told of each pause, with the number of the order after which it came.
    """

    def __init__(
        self,
        folder: RunFolder,
        inbox: Inbox,
        *,
        order: int,
        resume: bool,
        patience: float,
        report: Callable[[int], None],
    ) -> None:
        self.folder, self.inbox, self.patience, self.report = folder, inbox, patience, report
        self.order = order
        description = folder.description()
        training = description.training
        dataset = load_dataset(training.dataset, download=False, validation=training.validation)
        self.controls = Controls(training.beta, training.learning_rate, every=1)
        model, objective = VAE(description.model, training.seed), choose_objective(training)
        self.run = Run(model, dataset, objective, training, self.controls)
        self.saver = Saver(folder, dataset, self.run)
        self.resumed = resume
        if resume:
            self.saver.restore()
            if self.run.step >= self.run.total_steps:
                self.run.total_steps = math.inf  # it was there already: on, until somebody stops it
        self.recorder = Recorder(folder, dataset, self.run)
        self.pause_at = math.inf
        self.paused = False
        self.waiting = False  # for a turn
        self.ended = False
        inbox.controls = self.controls

    def train(self) -> None:
        """Train until the run is over or somebody ends it; its last status is then recorded."""
        self.recorder.begin()
        if self.resumed:
            message = Message(
                "Resumed after step {step:,}.", key="runs.resumed", step=self.run.step
            )
            self.folder.append_status("running", message, step=self.run.step)
        else:
            self.folder.append_status("running")
        self._obey()
        if self.resumed and not self.ended:
            self.recorder.controls()
        try:
            for snapshot in self.run if not self.ended else ():
                self._record(snapshot)
                self._obey()
                if self.ended:
                    return
        except TrainingDiverged as error:
            self._end("diverged", error)
        if not self.ended:
            self._end("finished")

    def _record(self, snapshot: Snapshot) -> None:
        stepping = self.pause_at < math.inf or snapshot.step == self.run.total_steps
        self.recorder.snapshot(snapshot, always=stepping)
        if snapshot.step % self.run.steps_per_epoch == 0 and self.saver.state_is_due:
            self.saver.state()

    def _obey(self) -> None:
        """Follow the commands that have come; while paused, wait for more."""
        while not self.ended:
            # Before looking at the inbox: what arrives after the look sets it to 1 again.
            self.controls.every = self._steps_until_next_look()
            pausing = self.pause_at <= self.run.step < self.run.total_steps
            if pausing and not self.paused:
                self._pause()
            elif self.paused and not pausing:
                self._go_on()
            command = self.inbox.get(self._patience() if pausing else 0)
            if command is not None:
                self._follow(command)
            elif not pausing:
                return
            elif self.saver.model_step != self.run.step:
                self.saver.model()
            else:
                message = Message(
                    "Nobody was there while it was paused, so it was stopped.",
                    key="runs.nobody_was_there",
                )
                self._end("stopped", message)

    def _patience(self) -> float:
        """Seconds to wait for a command while paused."""
        if self.saver.model_step != self.run.step:
            return min(SAVE_AFTER_PAUSE, self.patience)
        return threading.TIMEOUT_MAX if self.waiting else self.patience

    def _follow(self, command: Event) -> None:
        run = self.run
        self.order = command.get("order", self.order)
        match command["type"]:
            case "controls":
                before = replace(self.controls)
                for name in ("beta", "learning_rate", "part"):
                    setattr(self.controls, name, command.get(name, getattr(self.controls, name)))
                if replace(self.controls, every=before.every) != before:
                    self.recorder.controls()
            case "pause":
                self.pause_at = run.step
                if self.waiting:
                    self.waiting = False
                    self.folder.append_status("paused")
            case "wait":
                self.waiting = True
                self.folder.append_status("queued")
            case "resume":
                self.pause_at = math.inf
            case "step":
                self.pause_at = run.step + command["steps"]
            case "epoch":
                self.pause_at = (run.step // run.steps_per_epoch + 1) * run.steps_per_epoch
            case "checkpoint":
                if self.saver.model_step != run.step:
                    self.saver.model()
                self.folder.append(type="checkpoint", step=run.step, ticket=command["ticket"])
            case "stop":
                self._end("stopped")
            case "retire":
                message = Message(
                    "It was paused longest and made room; it can be resumed.", key="runs.retired"
                )
                self._end("interrupted", message)
            case "close":
                message = Message("The server ended; its state is saved.", key="runs.closed")
                self._end("interrupted", message, at_once=True)

    def _pause(self) -> None:
        self.paused = True
        if self.recorder.frame_step != self.run.step:
            self.recorder.frame()
        self.folder.append_status("paused")
        self.saver.state()
        self.report(self.order)

    def _go_on(self) -> None:
        self.paused = self.waiting = False
        self.recorder.go_on()
        self.folder.append_status("running")

    def _end(
        self,
        status: Status,
        message: Message | TrainingDiverged | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        """Save and end. The status comes last: whoever reads it finds everything else in place.

        Args:
            status: how it ends.
            message: a sentence about that.
            at_once: save no more than the state.
        """
        self.ended = True
        diverged = status == "diverged"
        if status in ("finished", "stopped", "interrupted"):
            self.saver.state()
        try:
            if not at_once:
                if self.recorder.frame_step != self.run.step or diverged:
                    self.recorder.frame()
                if self.saver.model_step != self.run.step or diverged:
                    self.saver.model()
        except VaeCoreError as error:
            if not diverged:
                raise
            message = Message(
                "{why} (They could not be saved: {error})",
                key="runs.diverged_unsaved",
                why=message,
                error=error,
            )
        self.folder.append_status(status, message)

    def _steps_until_next_look(self) -> int:
        every = self.recorder.every
        return 1 if self.pause_at - self.run.step <= every else every
