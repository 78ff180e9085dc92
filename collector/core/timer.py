"""Timers: what is due, in order. Setting, moving and cancelling one costs O(log n)."""

import heapq
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Timers(Generic[K]):
    """One due time a key. A moved or cancelled entry stays in the heap until it surfaces or too many lie there."""

    __slots__ = ("_due", "_heap", "_sequence")

    def __init__(self) -> None:
        self._due: dict[K, tuple[datetime, int]] = {}
        self._heap: list[tuple[datetime, int, K]] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, key: object) -> bool:
        return key in self._due

    def set(self, key: K, due: datetime) -> None:
        """Let `key` be due at `due`, instead of when it was due before."""
        if self._due.get(key, (None,))[0] == due:
            return
        self._sequence += 1
        self._due[key] = (due, self._sequence)
        heapq.heappush(self._heap, (due, self._sequence, key))
        if len(self._heap) > 64 + 4 * len(self._due):
            self._tidy()

    def shift(self, by: timedelta) -> None:
        """Let everything be due so much later, or earlier: the clock was moved."""
        self._due = {key: (at + by, sequence) for key, (at, sequence) in self._due.items()}
        self._tidy()

    def cancel(self, key: K) -> None:
        """Forget `key`; nothing happens when it was not set."""
        self._due.pop(key, None)

    def _tidy(self) -> None:
        self._heap = [(at, sequence, key) for key, (at, sequence) in self._due.items()]
        heapq.heapify(self._heap)

    def next_due(self) -> datetime | None:
        """Return when the next key is due."""
        while self._heap:
            at, sequence, key = self._heap[0]
            if self._due.get(key) == (at, sequence):
                return at
            heapq.heappop(self._heap)
        return None

    def pop_due(self, now: datetime, *, is_before: bool = False) -> Iterator[tuple[datetime, K]]:
        """Take out what is due by `now` (`is_before`: before it), earliest first, also what is set while walking."""
        while (due := self.next_due()) is not None and (due < now if is_before else due <= now):
            _, _, key = heapq.heappop(self._heap)
            del self._due[key]
            yield due, key
