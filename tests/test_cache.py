"""The cache that everybody shares: one computation, its failures, and what it forgets."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from pages._ui.server import cache as module
from pages._ui.server.cache import SharedCache

THREADS = 8
SECONDS = 30  # more than any wait takes, unless it takes for ever


class Slow:
    """Computes once it is told to, and counts how often it was asked to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.count = 0
        self._error = error

    def __call__(self) -> str:
        self.count += 1
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        if self._error:
            raise self._error
        return "value"


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released by each thread that begins to wait for another one's computation."""
    begun = threading.Semaphore(0)

    class Watched(Future):  # type: ignore[type-arg]
        def result(self, timeout: float | None = None) -> Any:
            begun.release()
            return super().result(timeout)

    monkeypatch.setattr(module, "Future", Watched)
    return begun


def ask_together(slow: Slow, cache: SharedCache[str], waiting: threading.Semaphore) -> list[Any]:
    """What each thread gets, or what is raised there; all ask before there is an answer."""
    with ThreadPoolExecutor(THREADS) as threads:
        answers = [threads.submit(cache.get, "key", slow) for _ in range(THREADS)]
        for _ in range(THREADS - 1):
            assert waiting.acquire(timeout=SECONDS)
        slow.go_on.set()
        return [answer.exception() or answer.result() for answer in answers]


def test_one_thread_computes_for_all_that_ask(waiting: threading.Semaphore) -> None:
    cache: SharedCache[str] = SharedCache(2)
    slow = Slow()

    assert ask_together(slow, cache, waiting) == ["value"] * THREADS
    assert cache.get("key", slow) == "value"
    assert slow.count == 1


def test_an_exception_reaches_all_who_wait_and_is_not_kept(waiting: threading.Semaphore) -> None:
    cache: SharedCache[str] = SharedCache(2)
    error = ValueError("there is no such thing")
    slow = Slow(error)

    assert ask_together(slow, cache, waiting) == [error] * THREADS
    assert slow.count == 1
    assert cache.get("key", lambda: "now there is") == "now there is"


def test_a_key_does_not_wait_for_another() -> None:
    cache: SharedCache[str] = SharedCache(2)
    slow = Slow()
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(cache.get, "slow", slow)
        assert slow.begun.wait(SECONDS)
        assert cache.get("quick", lambda: "at once") == "at once"
        slow.go_on.set()
        assert first.result() == "value"


def test_the_value_that_was_not_used_for_longest_makes_room() -> None:
    cache: SharedCache[int] = SharedCache(2)
    computed: list[str] = []

    def get(key: str) -> int:
        def compute() -> int:
            computed.append(key)
            return len(computed)

        return cache.get(key, compute)

    assert [get(key) for key in ("a", "b", "a", "c")] == [1, 2, 1, 3]
    assert [get(key) for key in ("a", "c", "b")] == [1, 3, 4]
    assert computed == ["a", "b", "c", "b"]


def test_values_are_kept_as_long_as_they_weigh_no_more_than_the_size_and_the_last_always() -> None:
    cache: SharedCache[bytes] = SharedCache(10, weigh=len)
    made: list[str] = []

    def ask(key: str, size: int) -> None:
        cache.get(key, lambda: (made.append(key), bytes(size))[1])

    for key, size in (("a", 4), ("b", 6), ("a", 4), ("c", 3), ("a", 4), ("b", 6)):
        ask(key, size)
    assert made == ["a", "b", "c", "b"]  # "b" made room for "c"
    ask("large", 99)
    ask("large", 99)
    ask("b", 6)
    assert made[4:] == ["large", "b"]
    ask("b", 6)
    assert len(made) == 6
