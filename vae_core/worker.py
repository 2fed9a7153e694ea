"""The process that trains one run: `python -m vae_core.worker`.

A process of its own, so that the pages stay quick, and so that running out of memory here costs
nothing there. It takes commands as lines of JSON on its standard input and writes what happens to
the run's folder (see `runs`); it prints nothing. Commands have a "type":

    start       run: the folder; resume: whether to continue from its saved state
    controls    any of beta, learning_rate, part: from the next batch on
    pause, resume, stop
    step        steps: train on that many batches, then pause
    epoch       train to the end of the epoch, then pause
    checkpoint  ticket: write model.safetensors now
    touch       somebody is watching

The end of the input means that the server is gone: the state is saved and the process ends.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import queue
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

import safetensors
import safetensors.torch
import torch

from vae_core.checkpoints import save_checkpoint
from vae_core.config import IMAGE_SIDE, ModelConfig, TrainConfig
from vae_core.data import Dataset, Split, load_dataset
from vae_core.errors import ConfigError, TrainingDiverged, VaeCoreError
from vae_core.files import write_atomically
from vae_core.models import VAE
from vae_core.objective import evaluate, posteriors
from vae_core.observer import NEIGHBOURS, Observer, split_name
from vae_core.runs import COULD_NOT_RECORD, Event, RunFolder, Status
from vae_core.training import Controls, Run, Snapshot

SNAPSHOT_SECONDS = 0.2
FRAME_SECONDS = 0.5
MOST_FRAMES = 300  # once that many intervals of half a second are over, the intervals grow
STATE_SECONDS = 5.0
# Side work waits this many times as long as it took: together it takes less than a tenth.
FRAME_PATIENCE = 20.0
STATE_PATIENCE = 50.0
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


class Session:
    """One run from its first command to its last status.

    Args:
        folder: where it is recorded.
        inbox: where commands come from.
        resume: continue from the saved state, if there is one.
        patience: seconds for which a paused run waits for somebody.
    """

    def __init__(self, folder: RunFolder, inbox: Inbox, *, resume: bool, patience: float) -> None:
        job = folder.job()
        self.folder, self.inbox, self.patience = folder, inbox, patience
        self.dataset = load_dataset(
            job.training.dataset, download=False, validation=job.training.validation
        )
        model = VAE(job.model, job.training.seed)
        self.controls = Controls(job.training.beta, job.training.learning_rate, every=1)
        self.run = Run(model, self.dataset, job.training, self.controls)
        self.resumed = resume
        if resume:
            self._restore()
        self.observer = Observer(self.dataset, self.run)
        self.figures: dict[str, Any] = {}
        self.pause_at = math.inf
        self.every = 1
        self.paused = False
        self.ended = False
        self.frame_step = self.model_step = -1
        self.last: Snapshot | None = None
        self.speeds: deque[tuple[float, int]] = deque(maxlen=10)
        self.next_snapshot = self.next_frame = self.next_state = 0.0
        inbox.controls = self.controls

    # --- the run

    def train(self) -> None:
        """Train until the run is over or somebody ends it; its last status is then recorded."""
        write_atomically(self.folder.originals_file, self.observer.originals.numpy().tobytes())
        write_atomically(self.folder.layout_file, self.observer.layout.to_json().encode())
        self._record_frame()
        if self.resumed:
            message = f"Resumed after step {self.run.step:,}."
            self.folder.append_status("running", message, step=self.run.step)
            self._record_controls()
        else:
            self.folder.append_status("running")
        self._obey()
        try:
            for snapshot in self.run if not self.ended else ():
                self._record(snapshot)
                self._obey()
                if self.ended:
                    return
        except TrainingDiverged as error:
            self._end("diverged", str(error))
        if not self.ended:
            self._end("finished")

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
            unsaved = self.model_step != self.run.step
            wait = SAVE_AFTER_PAUSE if unsaved else self.patience
            command = self.inbox.get(min(wait, self.patience) if pausing else 0)
            if command is not None:
                self._follow(command)
            elif not pausing:
                return
            elif unsaved:
                self._save_model()
            else:
                self._end("stopped", "Nobody was there while it was paused, so it was stopped.")

    def _follow(self, command: Event) -> None:
        run = self.run
        match command["type"]:
            case "controls":
                for name in ("beta", "learning_rate", "part"):
                    setattr(self.controls, name, command.get(name, getattr(self.controls, name)))
                self._record_controls()
            case "pause":
                self.pause_at = run.step
            case "resume":
                self.pause_at = math.inf
            case "step":
                self.pause_at = run.step + command["steps"]
            case "epoch":
                self.pause_at = (run.step // run.steps_per_epoch + 1) * run.steps_per_epoch
            case "checkpoint":
                if self.model_step != run.step:
                    self._save_model()
                self.folder.append(type="checkpoint", step=run.step, ticket=command["ticket"])
            case "stop":
                self._end("stopped")
            case "close":
                self._end("interrupted", "The server ended; its state is saved.")

    def _pause(self) -> None:
        self.paused = True
        if self.frame_step != self.run.step:
            self._record_frame()
        self.folder.append_status("paused")
        self._save_state()

    def _go_on(self) -> None:
        self.paused = False
        self.speeds.clear()
        self.folder.append_status("running")

    def _end(self, status: Status, message: str | None = None) -> None:
        """The status comes last: whoever reads it finds everything else in place."""
        self.ended = True
        if status in ("stopped", "interrupted"):
            self._save_state()
        try:
            if status != "interrupted":  # which has to be quick
                if self.frame_step != self.run.step or status == "diverged":
                    self._record_frame()
                if self.model_step != self.run.step or status == "diverged":
                    self._save_model()
        except VaeCoreError as error:
            if status != "diverged":
                raise
            message = f"{message} (They could not be saved: {error})"
        self.folder.append_status(status, message)

    # --- what is recorded

    def _record(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        last, self.last = self.last, snapshot
        if last is not None and snapshot.step > last.step:
            per_step = (snapshot.seconds - last.seconds) / (snapshot.step - last.step)
            self.every = max(1, round(SNAPSHOT_SECONDS / max(per_step, 1e-6)))
        # Epochs of a small network end more often than anybody can look.
        stepping = self.pause_at < math.inf or snapshot.step == self.run.total_steps
        if now >= self.next_frame or self.frame_step < 0:
            self._record_frame()
        if now >= self.next_snapshot or stepping:
            self.next_snapshot = now + SNAPSHOT_SECONDS / 2
            self.folder.append(
                type="snapshot",
                **asdict(snapshot),
                images_per_second=self._images_per_second(now, snapshot.images),
                **self.figures,
            )
        if snapshot.step % self.run.steps_per_epoch == 0 and now >= self.next_state:
            self._save_state()

    def _record_frame(self) -> None:
        began = time.monotonic()
        record, self.figures, accuracy = self.observer.look()
        index = self.folder.append_frame(record)
        self.folder.append(
            type="frame",
            index=index,
            step=self.run.step,
            epoch=self.run.step / self.run.steps_per_epoch,
            beta=self.controls.beta,
            accuracy=accuracy,
        )
        now = time.monotonic()
        self.frame_step = self.run.step
        grown = self.run.seconds / MOST_FRAMES
        pause = max(FRAME_SECONDS, grown, FRAME_PATIENCE * (now - began))
        self.next_frame = now + (0.0 if index == 0 else pause)

    def _record_controls(self) -> None:
        controls = self.controls
        self.folder.append(
            type="control",
            step=self.run.step,
            beta=controls.beta,
            learning_rate=controls.learning_rate,
            part=controls.part,
        )

    def _images_per_second(self, now: float, images: int) -> float:
        self.speeds.append((now, images))
        (first, before), (last, after) = self.speeds[0], self.speeds[-1]
        if last > first:
            return (after - before) / (last - first)
        return images / max(self.run.seconds, 1e-6)

    def _steps_until_next_look(self) -> int:
        return 1 if self.pause_at - self.run.step <= self.every else self.every

    # --- what is saved

    def _save_state(self) -> None:
        began = time.monotonic()
        controls = {k: v for k, v in asdict(self.controls).items() if k != "every"}
        data = safetensors.torch.save(self.run.state(), {"controls": json.dumps(controls)})
        write_atomically(self.folder.state_file, data)
        now = time.monotonic()
        self.next_state = now + max(STATE_SECONDS, STATE_PATIENCE * (now - began))

    def _restore(self) -> None:
        if not self.folder.state_file.exists():
            return  # it was interrupted before anything was saved: from the beginning
        try:
            with safetensors.safe_open(self.folder.state_file, "pt") as file:
                controls = json.loads(file.metadata()["controls"])
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
            raise ConfigError("The saved state of this run is damaged; start it again.") from error
        self.run.restore(state)
        for name, value in controls.items():
            setattr(self.controls, name, value)

    def _save_model(self) -> None:
        """Write model.safetensors: with its test figures, and β and epochs as they came to be."""
        run, test = self.run, self.dataset.test
        figures = evaluate(run.model, test.images, test.labels, dataset=split_name(self.dataset))
        latents = posteriors(run.model, test.images, test.labels)
        training = replace(
            run.config,
            beta=self.controls.beta,
            learning_rate=self.controls.learning_rate,
            epochs=max(1, round(run.step / run.steps_per_epoch)),
        )
        save_checkpoint(self.folder.model_file, run.model, training, figures, latents)
        self.model_step = run.step


def warm_up() -> None:
    """Do now what the first step would have to wait for: one step of a tiny run on blank images."""
    labels = torch.arange(NEIGHBOURS + 1) % 10
    blank = Split(torch.zeros(len(labels), IMAGE_SIDE, IMAGE_SIDE, dtype=torch.uint8), labels)
    dataset = Dataset("MNIST", "disk", blank, blank, blank, tuple("0123456789"), "blank images")
    training = TrainConfig(epochs=1, batch_size=len(labels))
    model = VAE(ModelConfig(encoder_width=8, decoder_width=8))
    run = Run(model, dataset, training, Controls(training.beta, training.learning_rate))
    next(iter(run))
    Observer(dataset, run).look()


def describe(error: BaseException) -> str:
    """An error as a sentence for the person who watches the run."""
    if isinstance(error, VaeCoreError):
        return str(error)
    if isinstance(error, OSError):
        return (
            f"The run could not be recorded ({error.strerror or error}), so it was ended: free "
            "some space on the disk that holds the runs."
        )
    no_memory = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if no_memory or "allocate memory" in str(error):
        return "There was not enough memory: choose a smaller network or a smaller batch."
    return f"Training failed unexpectedly ({type(error).__name__}: {error!s:.200})."


def main() -> int:
    """Wait for a run, train it, end. The status is 0 if how it ended is in the run's folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for orders")
    parser.add_argument("--nice", type=int, default=10, help="how much to yield to the server")
    arguments = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(arguments.nice)
    # Two trainings with two threads each would thrash, and one thread adds in the same order.
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    inbox = Inbox(sys.stdin)
    warm_up()
    command = inbox.get(arguments.patience)
    if command is None or command["type"] != "start":
        return 0
    folder = RunFolder(Path(command["run"]))
    lock = folder.hold()
    try:
        Session(folder, inbox, resume=command["resume"], patience=arguments.patience).train()
    except Exception as error:
        if not isinstance(error, VaeCoreError):
            with contextlib.suppress(OSError):  # the log may be on the same full disk
                traceback.print_exc()
        try:
            folder.append_status("failed", describe(error))
        except OSError:
            return COULD_NOT_RECORD
    finally:
        with contextlib.suppress(OSError):
            lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
