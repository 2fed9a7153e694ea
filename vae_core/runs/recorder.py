"""Writes down what happens in a training: each snapshot and each frame when it is due.

A run may go on for days. So the longer nothing was changed, the rarer are snapshots, and there are
only so many frames: a new one takes the place of one that lies close between its neighbours.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict

from vae_core.data.datasets import Dataset
from vae_core.errors import ConfigError
from vae_core.runs.frames import Observer
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import valid_events
from vae_core.storage.files import write_atomically
from vae_core.training import Run, Snapshot

SNAPSHOT_SECONDS = 0.2
FRAME_SECONDS = 0.5
# Once so many of them have come since the last change, the intervals grow, up to these seconds.
MOST_SNAPSHOTS, LONGEST_SNAPSHOT = 1500, 5.0
MOST_FRAMES, LONGEST_FRAME = 300, 5.0
# A frame waits this many times as long as the last one took: together a tenth of the time.
FRAME_PATIENCE = 9.0
ONE_CHANGE_SECONDS = 1.0  # changes that follow each other so soon are one: a slider was moved


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
        self._frames: list[tuple[int, int]] = []  # step and index of each that is kept, in order
        self._last: Snapshot | None = None
        self._speeds: deque[tuple[float, int]] = deque(maxlen=10)
        self._next_snapshot = self._next_frame = 0.0
        self._changed_at, self._changed_step = -ONE_CHANGE_SECONDS, 0
        self._unchanged_since = run.seconds

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
        self._frames = [
            (event["step"], event["index"])
            for event in valid_events(self.folder.all_events())
            if event["type"] == "frame" and event["step"] <= self.run.step
        ]
        self.frame()

    def go_on(self) -> None:
        """After a pause: the time that it took does not count."""
        self._speeds.clear()

    def snapshot(self, snapshot: Snapshot, *, always: bool) -> None:
        """Record a snapshot, and a frame before it, if they are due; `always` for a snapshot."""
        now = time.monotonic()
        interval = self._interval(SNAPSHOT_SECONDS, MOST_SNAPSHOTS, LONGEST_SNAPSHOT)
        last, self._last = self._last, snapshot
        if last is not None and snapshot.step > last.step:
            per_step = (snapshot.seconds - last.seconds) / (snapshot.step - last.step)
            self.every = max(1, round(interval / max(per_step, 1e-6)))
        if now >= self._next_frame or self.frame_step < 0:
            self.frame()
        # Epochs of a small network end more often than anybody can look.
        if now >= self._next_snapshot or always:
            self._next_snapshot = now + interval / 2
            self.folder.append(
                type="snapshot",
                **asdict(snapshot),
                images_per_second=self._images_per_second(now, snapshot.images),
            )

    def frame(self) -> None:
        """Record how the latent plane looks now, and the figures on held-out images."""
        began = time.monotonic()
        record, held_out, accuracy = self.observer.look()
        self.folder.append(
            type="frame",
            index=self._store(record),
            step=self.run.step,
            epoch=self.run.step / self.run.steps_per_epoch,
            beta=self.run.controls.beta,
            accuracy=accuracy,
            held_out=held_out,
        )
        now = time.monotonic()
        first = self.frame_step < 0
        self.frame_step = self.run.step
        interval = self._interval(FRAME_SECONDS, MOST_FRAMES, LONGEST_FRAME)
        self._next_frame = now + (0 if first else max(interval, FRAME_PATIENCE * (now - began)))

    def controls(self) -> None:
        """Record the controls, in force from the next step on."""
        controls, now = self.run.controls, time.monotonic()
        again = now - self._changed_at < ONE_CHANGE_SECONDS
        if not again:
            self._changed_step = self.run.step
        self._changed_at, self._unchanged_since = now, self.run.seconds
        self.folder.append(
            type="control",
            step=self._changed_step,
            beta=controls.beta,
            learning_rate=controls.learning_rate,
            part=controls.part,
            again=again,
        )

    def _interval(self, least: float, most: int, longest: float) -> float:
        """Seconds to the next of its kind."""
        return min(longest, max(least, (self.run.seconds - self._unchanged_since) / most))

    def _store(self, record: bytes) -> int:
        """Write a frame's record; its index."""
        frames = self._frames
        if len(frames) < MOST_FRAMES:
            index = self.folder.append_frame(record)
        else:  # in place of the frame whose neighbours are closest to each other
            between = range(1, len(frames) - 1)
            closest = min(between, key=lambda i: frames[i + 1][0] - frames[i - 1][0])
            _, index = frames.pop(closest)
            self.folder.replace_frame(index, record)
        frames.append((self.run.step, index))
        return index

    def _images_per_second(self, now: float, images: int) -> float:
        self._speeds.append((now, images))
        (first, before), (last, after) = self._speeds[0], self._speeds[-1]
        if last > first:
            return (after - before) / (last - first)
        return images / max(self.run.seconds, 1e-6)
