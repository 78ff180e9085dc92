"""What is to be done when. In: work and an instant. Out: the work whose time has come, in order."""

import heapq
import math
from typing import Generic, TypeVar

W = TypeVar("W")


class Timers(Generic[W]):
    """Work by `mono_s`."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, W]] = []
        self._count = 0

    def add(self, at_s: float, work: W) -> None:
        """Have `work` come up at `at_s`; what has the same instant comes up in the order in which it was added."""
        self._count += 1
        heapq.heappush(self._heap, (at_s, self._count, work))

    def take(self, now_s: float) -> W | None:
        """Return the next work whose time has come, None where there is none."""
        return heapq.heappop(self._heap)[2] if self._heap and self._heap[0][0] <= now_s else None

    def next_s(self) -> float:
        """Return when the next work comes up, infinity where there is none."""
        return self._heap[0][0] if self._heap else math.inf
