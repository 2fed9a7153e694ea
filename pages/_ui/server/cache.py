"""A cache for work that is slow and whose result everybody shares."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedCache(Generic[T]):
    """Computes a value once per key, however many threads ask, and keeps the last used ones.

    Unlike `st.cache_resource` it also serves HTTP routes, which run outside any page, and no
    visitor can clear it. It keeps the values alone: what Python's garbage collector has to look at
    after each script run does not grow with them if they are bytes.

    Args:
        size: how many values are kept, or how much they may weigh together; the last one is kept
            whatever it weighs.
        weigh: what a value takes of the size, bytes say.
    """

    def __init__(self, size: int, weigh: Callable[[T], int] = lambda _: 1) -> None:
        self._size, self._weigh = size, weigh
        self._weight = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._under_way: dict[Hashable, Future[T]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The value for `key`. Those who ask while it is computed wait for the one that does it.

        An exception reaches all who wait for it and is not kept.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            future = self._under_way.get(key)
            if future is None:
                mine = self._under_way[key] = Future()
        if future is not None:
            return future.result()
        try:
            value = compute()
            weight = self._weigh(value)
        except BaseException as error:
            with self._lock:
                del self._under_way[key]
            mine.set_exception(error)
            raise
        with self._lock:
            self._values[key] = value
            self._weight += weight
            while self._weight > self._size and len(self._values) > 1:
                _, oldest = self._values.popitem(last=False)
                self._weight -= self._weigh(oldest)
            del self._under_way[key]
        mine.set_result(value)
        return value
