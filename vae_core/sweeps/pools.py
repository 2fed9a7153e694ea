"""Where a sweep's work is done: processes of this machine, or a Dask cluster.

A pool takes calls of functions, as many at once as it has places, and hands their results back as
they come. A process that is killed takes its own call with it and no other: the call is made again
elsewhere, `ATTEMPTS` times in all, and then has an error for a result.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from vae_core.errors import VaeCoreError

ATTEMPTS = 4
"""How often a call is made whose process is killed each time; Dask's own number, too."""

CONNECT_SECONDS = 10.0
WORKERLESS_SECONDS = 30.0
"""How long a cluster may be without any worker: one that was killed may be started again."""

_POLL_SECONDS = 0.02
_PARENT_SECONDS = 0.5


@dataclass(frozen=True)
class Call:
    """A function that raises nothing, what it is given, and a tag that its result comes with."""

    tag: Any
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    attempt: int = 1


class Pool(ABC):
    """Places for calls; a context, which ends what still runs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    @abstractmethod
    def places(self) -> int:
        """Calls that run at once: one more would wait."""

    @abstractmethod
    def share(self, value: Any) -> Any:
        """What stands for `value` in the arguments of many calls."""

    @abstractmethod
    def submit(self, call: Call) -> None:
        """Start a call."""

    @abstractmethod
    def next(self) -> tuple[Any, Any]:
        """Wait for a call to end: its tag and its result, an error where it was killed too often.

        Raises:
            VaeCoreError: there is nobody left to do the work.
        """

    @abstractmethod
    def close(self) -> None:
        """End what still runs."""


class Processes(Pool):
    """Processes of this machine, each with a pipe of its own: it dies alone, and that is noticed.

    In the pools of joblib and of the standard library a process that is killed while it hands over
    its result leaves its parent waiting for ever, since the parent holds both ends of their pipe.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._idle: list[_Process] = []
        self._busy: dict[_Process, Call] = {}

    @property
    def places(self) -> int:
        """See `Pool`."""
        return self._places

    def share(self, value: Any) -> Any:
        """See `Pool`. A copy for every call costs milliseconds here."""
        return value

    def submit(self, call: Call) -> None:
        """See `Pool`."""
        process = self._idle.pop() if self._idle else _Process()
        self._busy[process] = call
        with contextlib.suppress(OSError):  # it has died, which `next` will see
            process.pipe.send((call.function, call.arguments))

    def next(self) -> tuple[Any, Any]:
        """See `Pool`."""
        while True:
            by_pipe = {process.pipe: process for process in self._busy}
            process = by_pipe[wait(by_pipe)[0]]
            call = self._busy[process]
            try:
                result = process.pipe.recv()
            except (EOFError, OSError):  # it has died, perhaps half-way through its result
                del self._busy[process]
                process.end()
                if call.attempt == ATTEMPTS:
                    return call.tag, _killed()
                self.submit(replace(call, attempt=call.attempt + 1))
                continue
            self._idle.append(process)
            del self._busy[process]
            return call.tag, result

    def close(self) -> None:
        """See `Pool`."""
        for process in {*self._idle, *self._busy}:
            process.end()
        self._idle, self._busy = [], {}


class _Process:
    """A process that makes one call at a time, and the pipe to it.

    It is joblib's: `multiprocessing` would first run in it the script that is `__main__` here.
    """

    def __init__(self) -> None:
        from joblib.externals.loky.backend import get_context

        context = get_context("loky")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve,
            args=(theirs, os.getpid()),
            daemon=True,
            env={"OMP_NUM_THREADS": "1"},  # more would wait for the other processes' threads
        )
        self._process.start()
        theirs.close()  # now the pipe ends when the process does

    def end(self) -> None:
        """Kill it, if it has not died."""
        self._process.terminate()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, parent: int) -> None:
    """What the process does: calls that the parent sends, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, arguments = pipe.recv()
            pipe.send(function(*arguments))


def processors() -> int:
    """How many this process may use; a container's limit counts."""
    from joblib import cpu_count

    return int(cpu_count())


class Cluster(Pool):
    """The workers of a Dask scheduler, which may be other machines; each thread is a place.

    Dask itself makes a call again whose worker died, and loses nothing that a worker held. A call
    that is under way when its sweep ends goes on to its own end, and is not begun again where the
    same sweep comes back for it.

    Raises:
        VaeCoreError: Dask is not installed, nothing answers, or there is no worker.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise VaeCoreError(
                "Dask is not installed: run `pip install distributed`.", key="sweep.no_dask"
            ) from error
        self.address = address
        self._busy: dict[Any, Call] = {}
        self._workers_seen = time.monotonic()
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] == "distributed":  # what goes wrong is raised as well
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            self._client = distributed.Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise VaeCoreError(
                "No Dask scheduler answers at {address}.", key="sweep.no_scheduler", address=address
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=WORKERLESS_SECONDS)
        except BaseException as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise self._workerless() from error
            raise

    @property
    def places(self) -> int:
        """See `Pool`. At least one: a worker may be on its way."""
        try:
            threads: int = sum(self._client.nthreads().values())
        except OSError as error:
            raise self._gone() from error
        if threads:
            self._workers_seen = time.monotonic()
        return max(threads, 1)

    def share(self, value: Any) -> Any:
        """See `Pool`. Workers hand it on to each other."""
        return self._submit(_same, value)

    def submit(self, call: Call) -> None:
        """See `Pool`."""
        self._busy[self._submit(call.function, *call.arguments)] = call

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        with warnings.catch_warnings():  # of the size of what is shared: it is sent only once
            warnings.filterwarnings("ignore", "Sending large graph")
            return self._client.submit(function, *arguments)

    def next(self) -> tuple[Any, Any]:
        """See `Pool`."""
        from distributed.scheduler import KilledWorker

        future = self._wait()
        call = self._busy.pop(future)
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                return call.tag, _killed()
            while error.__cause__ is not None:
                error = error.__cause__
            raise VaeCoreError(
                "The Dask cluster could not do the work ({kind}: {problem}). Its scheduler and its "
                "workers need this project on their PYTHONPATH, and its requirements.",
                key="sweep.worker",
                kind=type(error).__name__,
                problem=f"{error!s:.200}",
            )
        try:
            return call.tag, future.result()
        except Exception as error:  # it ended while it was fetched
            raise self._gone() from error

    def _wait(self) -> Any:
        """A call's future that has ended, well or not."""
        checked = time.monotonic()
        while True:
            for future in self._busy:
                if future.status in ("finished", "error"):
                    return future
                if future.status == "cancelled":
                    raise self._gone()
            if self._client.status != "running":
                raise self._gone()
            if time.monotonic() > checked + 1:
                checked = time.monotonic()
                if self.places and checked > self._workers_seen + WORKERLESS_SECONDS:
                    raise self._workerless()
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """See `Pool`."""
        self._busy = {}
        with contextlib.suppress(Exception):  # of a scheduler that is gone
            self._client.close(timeout=2)

    def _gone(self) -> VaeCoreError:
        return VaeCoreError(
            "The Dask scheduler at {address} is gone.",
            key="sweep.scheduler_gone",
            address=self.address,
        )

    def _workerless(self) -> VaeCoreError:
        return VaeCoreError(
            "The Dask scheduler at {address} has had no worker for {seconds:.0f} seconds.",
            key="sweep.no_workers",
            address=self.address,
            seconds=WORKERLESS_SECONDS,
        )


def _same(value: Any) -> Any:
    return value


def _killed() -> VaeCoreError:
    return VaeCoreError(
        "The process that trained it was killed {attempts} times, perhaps because memory ran out.",
        key="sweep.killed",
        attempts=ATTEMPTS,
    )
