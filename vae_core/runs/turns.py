"""Who computes now: as many runs as there is room for; the others wait for their turn."""

from __future__ import annotations


class Turns:
    """Hands out turns to compute, in the order in which they were asked for.

    A run `ask`s, has a turn once `grant` names it, and has it until it pauses (`give_back`) or ends
    (`leave`). Each order to go on is given a number, so that a pause that was reported after the
    next order was given is known to be over already.

    Args:
        capacity: how many compute at once.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.waiting: list[str] = []
        self.paused: list[str] = []
        """Runs that gave their turn back and have not asked again, the longest paused first."""
        self._orders: dict[str, int] = {}  # run -> its last order, of those that have a turn
        self._last_order = 0

    @property
    def full(self) -> bool:
        """Whether the next one who asks has to wait."""
        return len(self._orders) >= self.capacity

    def has(self, run: str) -> bool:
        """Whether it may compute now."""
        return run in self._orders

    def place(self, run: str) -> int | None:
        """Place in the queue, from 1; None for a run that does not wait."""
        return self.waiting.index(run) + 1 if run in self.waiting else None

    def ask(self, run: str, *, first: bool = False) -> None:
        """Queue a run, unless it has a turn or waits already."""
        if not self.has(run) and run not in self.waiting:
            self._forget(run)
            self.waiting.insert(0 if first else len(self.waiting), run)

    def grant(self) -> str | None:
        """The next run in the queue, which has a turn from now on; None while there is no room."""
        if self.full or not self.waiting:
            return None
        run = self.waiting.pop(0)
        self._orders[run] = 0  # none yet
        return run

    def order(self, run: str) -> int:
        """The number of a new order to a run that has a turn."""
        self._last_order += 1
        self._orders[run] = self._last_order
        return self._last_order

    def give_back(self, run: str, order: int) -> bool:
        """Take its turn from a run that paused after this order; False if it has a later one."""
        if self._orders.get(run) != order:
            return False
        self._forget(run)
        self.paused.append(run)
        return True

    def withdraw(self, run: str) -> None:
        """A paused run does not ask any more."""
        self._forget(run)
        self.paused.append(run)

    def leave(self, run: str) -> None:
        """It has ended."""
        self._forget(run)

    def _forget(self, run: str) -> None:
        self._orders.pop(run, None)
        for runs in (self.waiting, self.paused):
            if run in runs:
                runs.remove(run)
