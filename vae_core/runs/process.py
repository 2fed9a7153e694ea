"""Starting a worker process, writing commands to it, hearing when it pauses (see `worker`).

No PyTorch here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Protocol

from vae_core.errors import VaeCoreError
from vae_core.runs.schema import COULD_NOT_RECORD, Event, Message
from vae_core.storage.folders import PROJECT


class Worker(Protocol):
    """A process that trains one run."""

    def send(self, command: Event) -> None:
        """Write a command; one that has ended is ignored. VaeCoreError if it does not listen."""

    def pauses(self) -> Iterator[int]:
        """Wait for it to pause: the order after which it did, each time, until it ends."""

    def close(self) -> None:
        """Tell it to save its state and end."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended; subprocess.TimeoutExpired if it does not in time."""

    def kill(self) -> None:
        """End it at once."""


class ProcessWorker:
    """`python -m vae_core.runs.worker`.

    Args:
        patience: seconds for which it waits for a run, or paused for somebody.
        nice: how much it yields to other processes, 0 to 19; the pages come first.
    """

    def __init__(self, patience: float = 600.0, nice: int = 10) -> None:
        paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "vae_core.runs.worker"),
                *("--patience", str(patience), "--nice", str(nice)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "OMP_NUM_THREADS": "1",
            },
            # Ctrl-C in the server's terminal is not for it: it ends when its input does.
            start_new_session=True,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        if os.name == "posix":
            os.set_blocking(self._stdin.fileno(), False)

    def send(self, command: Event) -> None:
        """See `Worker`."""
        try:
            written = self._stdin.write(json.dumps(command).encode() + b"\n")
        except (OSError, ValueError):  # it has ended, or was closed; whoever waits for it will see
            return
        if not written:
            raise VaeCoreError(
                "The training does not answer; wait a moment, or stop it.", key="runs.no_answer"
            )

    def pauses(self) -> Iterator[int]:
        """See `Worker`."""
        with self._stdout:
            yield from (int(line) for line in self._stdout if line.strip().isdigit())

    def close(self) -> None:
        """See `Worker`."""
        with contextlib.suppress(OSError):
            self._stdin.close()

    def wait(self, timeout: float | None = None) -> int:
        """See `Worker`."""
        return self.process.wait(timeout)

    def kill(self) -> None:
        """See `Worker`."""
        self.process.kill()


def why_it_ended(code: int) -> Message:
    """A worker's exit status as a sentence."""
    if code == COULD_NOT_RECORD:
        return Message(
            "The run could not be recorded: the disk is full or not writable. It can be resumed "
            "from its last saved state.",
            key="runs.ended_unrecorded",
        )
    if code == -9:
        return Message(
            "The training process was killed, perhaps because memory ran out. It can be resumed "
            "from its last saved state.",
            key="runs.killed",
        )
    return Message(
        "The training process ended unexpectedly (exit status {code}). It can be resumed from its "
        "last saved state.",
        key="runs.ended",
        code=code,
    )
