"""Starting a worker process and writing commands to it (see `worker`). No PyTorch here."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from vae_core.errors import VaeCoreError
from vae_core.runs import Event

PROJECT = Path(__file__).resolve().parent.parent


class Worker(Protocol):
    """A process that trains one run."""

    def send(self, command: Event) -> None:
        """Write a command; one that has ended is ignored. VaeCoreError if it does not listen."""

    def close(self) -> None:
        """Tell it to save its state and end."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended; subprocess.TimeoutExpired if it does not in time."""

    def kill(self) -> None:
        """End it at once."""


class ProcessWorker:
    """`python -m vae_core.worker`.

    Args:
        patience: seconds for which it waits for a run, or paused for somebody.
        nice: how much it yields to other processes, 0 to 19; the pages come first.
    """

    def __init__(self, patience: float = 600.0, nice: int = 10) -> None:
        paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "vae_core.worker"),
                *("--patience", str(patience), "--nice", str(nice)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "OMP_NUM_THREADS": "1",
            },
            # Ctrl-C in the server's terminal is not for it: it ends when its input does.
            start_new_session=True,
        )
        assert self.process.stdin is not None
        self._stdin = self.process.stdin
        if os.name == "posix":
            os.set_blocking(self._stdin.fileno(), False)

    def send(self, command: Event) -> None:
        """See `Worker`."""
        try:
            written = self._stdin.write(json.dumps(command).encode() + b"\n")
        except (OSError, ValueError):  # it has ended, or was closed; whoever waits for it will see
            return
        if not written:
            raise VaeCoreError("The training does not answer; wait a moment, or stop it.")

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
