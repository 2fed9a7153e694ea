"""Writes down what happens in a training: each snapshot and each frame when it is due."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict
from typing import Any

from vae_core.data.datasets import Dataset
from vae_core.errors import ConfigError
from vae_core.runs.frames import Observer
from vae_core.runs.record import RunFolder
from vae_core.storage.files import write_atomically
from vae_core.training import Run, Snapshot

SNAPSHOT_SECONDS = 0.2
FRAME_SECONDS = 0.5
MOST_FRAMES = 300  # once that many intervals of half a second are over, the intervals grow
# A frame waits this many times as long as the last one took: together less than a tenth.
FRAME_PATIENCE = 20.0


class Recorder:
    """The record of one run, as it grows.

    Args:
        folder: where it is written.
        dataset: its test images are watched.
        run: what is trained.

    Attributes:
        frame_step: the step of the last frame, -1 before the first.
        every: how many steps to train from one snapshot to the next.
    """

    def __init__(self, folder: RunFolder, dataset: Dataset, run: Run) -> None:
        self.folder, self.run = folder, run
        self.observer = Observer(dataset, run)
        self.frame_step = -1
        self.every = 1
        self._figures: dict[str, Any] = {}
        self._last: Snapshot | None = None
        self._speeds: deque[tuple[float, int]] = deque(maxlen=10)
        self._next_snapshot = self._next_frame = 0.0

    def begin(self) -> None:
        """Write what the frames will show, and the first of them.

        Raises:
            ConfigError: the run goes on, and the images that it recorded are not there any more.
        """
        layout = self.folder.layout()
        if layout is not None and layout.labels != self.observer.layout.labels:
            raise ConfigError(
                "The images of this run have been replaced by others since; start it again.",
                key="runs.other_images",
            )
        write_atomically(self.folder.originals_file, self.observer.originals.numpy().tobytes())
        write_atomically(self.folder.layout_file, self.observer.layout.to_json().encode())
        self.frame()

    def go_on(self) -> None:
        """After a pause: the time that it took does not count."""
        self._speeds.clear()

    def snapshot(self, snapshot: Snapshot, *, always: bool) -> None:
        """Record a snapshot, and a frame before it, if they are due; `always` for a snapshot."""
        now = time.monotonic()
        last, self._last = self._last, snapshot
        if last is not None and snapshot.step > last.step:
            per_step = (snapshot.seconds - last.seconds) / (snapshot.step - last.step)
            self.every = max(1, round(SNAPSHOT_SECONDS / max(per_step, 1e-6)))
        if now >= self._next_frame or self.frame_step < 0:
            self.frame()
        # Epochs of a small network end more often than anybody can look.
        if now >= self._next_snapshot or always:
            self._next_snapshot = now + SNAPSHOT_SECONDS / 2
            self.folder.append(
                type="snapshot",
                **asdict(snapshot),
                images_per_second=self._images_per_second(now, snapshot.images),
                **self._figures,
            )

    def frame(self) -> None:
        """Record how the latent plane looks now."""
        began = time.monotonic()
        record, self._figures, accuracy = self.observer.look()
        index = self.folder.append_frame(record)
        self.folder.append(
            type="frame",
            index=index,
            step=self.run.step,
            epoch=self.run.step / self.run.steps_per_epoch,
            beta=self.run.controls.beta,
            accuracy=accuracy,
        )
        now = time.monotonic()
        self.frame_step = self.run.step
        grown = self.run.seconds / MOST_FRAMES
        pause = max(FRAME_SECONDS, grown, FRAME_PATIENCE * (now - began))
        self._next_frame = now + (0.0 if index == 0 else pause)

    def controls(self) -> None:
        """Record the controls, in force from the next step on."""
        controls = self.run.controls
        self.folder.append(
            type="control",
            step=self.run.step,
            beta=controls.beta,
            learning_rate=controls.learning_rate,
            part=controls.part,
        )

    def _images_per_second(self, now: float, images: int) -> float:
        self._speeds.append((now, images))
        (first, before), (last, after) = self._speeds[0], self._speeds[-1]
        if last > first:
            return (after - before) / (last - first)
        return images / max(self.run.seconds, 1e-6)
