"""What the tests of training runs share: a tiny training, and workers that only pretend."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import write_checkpoint
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs.commands import ORDERS
from vae_core.runs.manager import Runs
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event, FrameLayout
from vae_core.storage.checkpoints import read_checkpoint
from vae_core.storage.folders import ModelFolders

TINY = ModelConfig(encoder_width=16, encoder_depth=1, decoder_width=16, decoder_depth=1)
QUICK = TrainConfig(
    epochs=4,
    batch_size=20,
    learning_rate=3e-3,
    schedule="constant",
    validation=0,
    precision="fp32",
    device="cpu",
)
PROJECT = Path(__file__).parent.parent


def eventually(claim: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until the claim holds; its value."""
    deadline = time.monotonic() + seconds
    while not (value := claim()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
    return value


def statuses(events: list[Event]) -> list[str]:
    return [e["status"] for e in events if e["type"] == "status"]


def steps(events: list[Event], kind: str = "snapshot") -> list[int]:
    return [e["step"] for e in events if e["type"] == kind]


def recorded_run(root: Path) -> RunFolder:
    """A run that was stopped before its first frame, of three digits with one reconstruction."""
    folder = RunFolder.create(root, ModelConfig(), TrainConfig(), "a title")
    layout = FrameLayout((0, 1, 2), 1, 1, "MNIST test", tuple("0123456789"), "a note")
    folder.layout_file.write_text(layout.to_json())
    folder.originals_file.write_bytes(b"\x07" * 784)
    folder.append_status("stopped")
    return folder


def weights(folder: RunFolder) -> np.ndarray[Any, Any]:
    file = read_checkpoint(folder.model_file)
    return np.concatenate([file.weights[name].ravel() for name in sorted(file.weights)])


class FakeWorker:
    """Follows commands at once, and trains nothing: `computing` says whether it would.

    Attributes:
        commands: what it was told, without the orders' numbers.
    """

    def __init__(self) -> None:
        self.folder: RunFolder | None = None
        self.commands: list[Event] = []
        self.computing = False
        self._code = 0
        self._over = threading.Event()
        self._reports: queue.Queue[int | None] = queue.Queue()

    def send(self, command: Event) -> None:
        if self.ended:
            return
        self.commands.append({k: v for k, v in command.items() if k != "order"})
        kind = command["type"]
        if kind == "start":
            self.folder = RunFolder(Path(command["run"]))
        if kind in ORDERS:
            self.order = command["order"]
        assert self.folder is not None
        if kind in ("start", "resume"):
            self.computing = True
            self.folder.append_status("running")
        elif kind in ("pause", "step", "epoch"):
            computed, self.computing = self.computing or kind != "pause", False
            self.folder.append_status("paused")
            if computed:
                self._reports.put(self.order)
        elif kind == "wait":
            self.folder.append_status("queued")
        elif kind == "checkpoint":
            self.save_model()
            self.folder.append(type="checkpoint", step=0, ticket=command["ticket"])
        elif kind == "stop":
            self.end("stopped")
        elif kind == "retire":
            self.end("interrupted")

    def pauses(self) -> Iterator[int]:
        while (order := self._reports.get()) is not None:
            yield order
            self._reports.task_done()

    @property
    def ended(self) -> bool:
        return self._over.is_set()

    def save_model(self) -> None:
        assert self.folder is not None
        write_checkpoint(self.folder.model_file, points=20)

    def end(self, status: Any) -> None:
        assert self.folder is not None
        self.folder.append_status(status)
        self.die(0)

    def die(self, code: int) -> None:
        self._code = code
        self.computing = False
        self._over.set()
        self._reports.put(None)

    def close(self) -> None:
        if self.folder is not None and not self.ended:
            self.folder.append_status("interrupted")
        self.die(self._code)

    def wait(self, timeout: float | None = None) -> int:
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired("fake", timeout or 0)
        return self._code

    kill = close


class Fakes:
    """A manager whose workers pretend, and those workers."""

    def __init__(self, root: Path, capacity: int = 2) -> None:
        self.workers: list[FakeWorker] = []
        models = ModelFolders(root / "models", root / "mine")
        self.manager = Runs(root / "runs", models, capacity=capacity, spawn=self._spawn)

    def _spawn(self) -> FakeWorker:
        self.workers.append(FakeWorker())
        return self.workers[-1]

    @property
    def computing(self) -> int:
        return sum(worker.computing for worker in self.workers)

    def of(self, run: str) -> FakeWorker:
        return next(w for w in reversed(self.workers) if w.folder and w.folder.id == run)
