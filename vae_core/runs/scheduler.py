"""The runs under way on this server, and their worker processes: each computes when it has a turn.

A run that pauses gives its turn to the next in the queue. Its process stays, so that it goes on at
once when it has a turn again; only of many paused ones the longest paused ends, its state saved.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import subprocess
import threading
import time
from collections.abc import Callable

from vae_core.errors import VaeCoreError
from vae_core.runs.commands import ORDERS
from vae_core.runs.live_run import LiveRun
from vae_core.runs.overview import Overview
from vae_core.runs.process import Worker, why_it_ended
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import LIVE, RESUMABLE, Event, Message
from vae_core.runs.turns import Turns

MOST_PAUSED = 4
"""Processes of paused runs that stay; of more, the longest paused ends and can be resumed."""
SPARE_AFTER_START = 5.0
SAVE_SECONDS = 60.0


class Scheduler:
    """Starts workers, gives them commands and turns, and notices when they pause or end.

    Args:
        overview: reads and completes what the runs' folders say.
        lock: held by whoever calls a method here, and taken by the threads that follow workers.
        capacity: runs that compute at once.
        patience: seconds after which a paused run that nobody watches ends.
        spawn: starts a worker.
    """

    def __init__(
        self,
        overview: Overview,
        lock: threading.RLock,
        *,
        capacity: int,
        patience: float,
        spawn: Callable[[], Worker],
    ) -> None:
        self.turns = Turns(capacity)
        self.live: dict[str, LiveRun] = {}
        self.closing = False
        self._overview, self._lock, self._patience, self._spawn = overview, lock, patience, spawn
        self.spare: Worker | None = None
        self._last_start = -math.inf
        self._timer: threading.Timer | None = None
        self._tickets = itertools.count(1)

    # --- what people ask for

    def warm_up(self) -> None:
        """Have a worker ready, so that the next start takes a moment and not seconds.

        Just after a start it comes a little later, not to take the processor from that run.
        """
        with self._lock:
            if self.spare or self.closing or self.turns.full:
                return
            later = self._last_start + SPARE_AFTER_START - time.monotonic()
            if later <= 0:
                self.spare = self._new_worker()
            elif self._timer is None or not self._timer.is_alive():
                self._timer = threading.Timer(later + 0.01, self.warm_up)
                self._timer.daemon = True
                self._timer.start()

    def enter(self, folder: RunFolder, *, resume: bool) -> None:
        """Take responsibility for a run, and queue it. OSError if that cannot be recorded."""
        lock = folder.hold()
        folder.append_status("queued")
        self.live[folder.id] = LiveRun(folder, resume, lock)
        self.turns.ask(folder.id)
        self._fill()

    def tell(self, live: LiveRun, command: Event) -> None:
        """Give a run a command: now, or to its next worker."""
        if live.worker is None or live.leaving:
            live.commands.append(command)
            return
        if command["type"] in ORDERS:
            live.order = command
            command = {**command, "order": self.turns.order(live.id)}
        live.worker.send(command)

    def order(self, live: LiveRun, command: Event) -> None:
        """Have a run compute: now, or when its turn comes."""
        if live.leaving or self.turns.has(live.id):
            self.tell(live, command)
            return
        live.commands.append(command)
        self.turns.ask(live.id)
        self._fill()
        if live.worker and not self.turns.has(live.id):
            live.worker.send({"type": "wait"})

    def go_on(self, live: LiveRun) -> None:
        """Continue a run whose worker has recorded its end, and is about to end itself."""
        live.leaving = True
        live.commands.append({"type": "resume"})

    def pause(self, live: LiveRun) -> None:
        """Have a run stop after its batch; one that had paused, and waits for a turn, does not."""
        if live.worker and self.turns.place(live.id):
            self.turns.withdraw(live.id)
            live.commands.clear()
        self.tell(live, {"type": "pause"})

    def stop(self, live: LiveRun) -> None:
        """End a run, its state and model saved."""
        live.commands.clear()
        if live.worker:
            if self.turns.place(live.id):
                self.turns.withdraw(live.id)
            self._end(live, {"type": "stop"})
        else:
            message = Message(
                "It was stopped before its turn came.", key="runs.stopped_before_its_turn"
            )
            self._overview.record_end(live.folder, "stopped", message)
            self._forget(live)

    def touch(self, live: LiveRun) -> None:
        """Say that somebody is watching a run."""
        now = time.monotonic()
        if live.worker and now - live.touched > self._patience / 20:
            live.touched = now
            with contextlib.suppress(VaeCoreError):
                live.worker.send({"type": "touch"})

    def save_model(self, live: LiveRun) -> None:
        """Have its worker write model.safetensors, and wait until it has. Called without the lock.

        Raises:
            VaeCoreError: it takes too long.
        """
        with self._lock:
            if live.worker is None:
                return
            ticket = next(self._tickets)
            after = self._overview.read(live.folder).next_byte
            self.tell(live, {"type": "checkpoint", "ticket": ticket})
        deadline = time.monotonic() + SAVE_SECONDS
        while time.monotonic() < deadline:
            events, after = live.folder.events(after)
            if any(e["type"] == "checkpoint" and e.get("ticket") == ticket for e in events):
                return
            if live.id not in self.live:
                return  # it ended, and ends with its model saved
            time.sleep(0.02)
        raise VaeCoreError(
            "The training did not save its model in time; pause it and try again.",
            key="runs.not_saved_in_time",
        )

    def shutdown(self, timeout: float) -> None:
        """Interrupt every run, its state saved, and end every process. There is no way back."""
        with self._lock:
            self.closing = True
            for live in [live for live in self.live.values() if live.worker is None]:
                message = Message(
                    "The server ended before its turn came.", key="runs.closed_before_its_turn"
                )
                self._overview.record_end(live.folder, "interrupted", message)
                self._forget(live)
            workers = [live.worker for live in self.live.values()] + [self.spare]
        for worker in filter(None, workers):
            worker.close()
        deadline = time.monotonic() + timeout
        for worker in filter(None, workers):
            try:
                worker.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()

    # --- turns

    def _fill(self) -> None:
        """Let the next runs in the queue go on, as long as there is room."""
        while not self.closing and (run := self.turns.grant()):
            live = self.live[run]
            commands, live.commands = live.commands, []
            if live.worker is None:
                self._last_start = time.monotonic()
                live.worker, self.spare = self.spare or self._new_worker(), None
                with contextlib.suppress(OSError):
                    live.folder.append_status("starting")
                start = {"type": "start", "run": str(live.folder.path), "resume": live.resume}
                commands = [start, *commands]
            for command in commands:
                self.tell(live, command)

    def _has_paused(self, live: LiveRun, order: int) -> None:
        """Its turn is the next one's, if no later order was given."""
        if not self.turns.give_back(live.id, order):
            return
        live.order = None
        self._fill()
        paused = [p for p in map(self.live.__getitem__, self.turns.paused) if not p.leaving]
        for longest in paused[: max(0, len(paused) - MOST_PAUSED)]:
            self._end(longest, {"type": "retire"})

    def _has_ended(self, live: LiveRun, code: int) -> None:
        """Its process did; another one takes over what this one was told too late."""
        try:
            status = self._overview.read(live.folder).status
        except VaeCoreError:  # somebody deleted its folder
            status = None
        self.turns.leave(live.id)
        # A spare may lose its patience as it is given a run, a paused one as it is told to go on.
        unnoticed = status == "starting"
        if status in ("stopped", "interrupted") and live.order and not live.leaving:
            live.commands.insert(0, live.order)
        over = status in RESUMABLE or status == "finished"
        ordered = over and any(c["type"] in ORDERS for c in live.commands)
        if code == 0 and (unnoticed or ordered) and not self.closing:
            live.worker, live.order, live.leaving = None, None, False
            live.resume = live.resume or ordered
            with contextlib.suppress(OSError):
                live.folder.append_status("queued")
            self.turns.ask(live.id, first=unnoticed)
        else:
            if status in LIVE:
                self._overview.record_end(live.folder, "failed", why_it_ended(code))
            self._forget(live)
        self._fill()

    def _forget(self, live: LiveRun) -> None:
        """The run has ended."""
        self.turns.leave(live.id)
        del self.live[live.id]
        live.lock.close()

    # --- processes

    def _new_worker(self) -> Worker:
        worker = self._spawn()
        threading.Thread(target=self._accompany, args=(worker,), daemon=True).start()
        return worker

    def _accompany(self, worker: Worker) -> None:
        """Follow a worker's life, in a thread of its own."""
        for order in worker.pauses():
            with self._lock:
                if live := self._run_of(worker):
                    self._has_paused(live, order)
        code = worker.wait()
        with self._lock:
            worker.close()
            if self.spare is worker:
                self.spare = None
            if live := self._run_of(worker):
                self._has_ended(live, code)

    def _run_of(self, worker: Worker) -> LiveRun | None:
        return next((live for live in self.live.values() if live.worker is worker), None)

    def _end(self, live: LiveRun, command: Event) -> None:
        """Have its worker end."""
        assert live.worker is not None
        live.worker.send(command)
        live.leaving = True
