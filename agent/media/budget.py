"""How much looking may cost. In: what each look took. Out: whether the next may start, and whose turn it is.

A token bucket of processor time, shared by all sources of an agent: over any long while the looks together take no more
than `share` of one core. One look runs at a time; who has waited longest goes first.
"""

import threading
from collections.abc import Callable
from typing import Final

import psutil

from agent.now import monotonic_s

# How long a look may hold the turn: one that cannot even be killed (a dead share) must not stop the others.
_LONGEST_TURN_S: Final = 120.0
# Who has not asked for so long no longer wants to.
_ASKED_WITHIN_S: Final = 60.0


class Budget:
    """Processor seconds for looks. Shared by probes, which run in threads of their own."""

    def __init__(
        self, *, share: float, burst_s: float = 3.0, start_s: float = 0.0, clock: Callable[[], float] = monotonic_s
    ) -> None:
        self._share = share
        self._burst_s = burst_s
        self._clock = clock
        self._tokens = min(start_s, burst_s)
        self._filled_s = clock()
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._turn: tuple[str, float] | None = None
        self.spent_s = 0.0

    def may_start(self, who: str, expected_s: float) -> bool:
        """Give the turn to `who` if a look of `expected_s` can be afforded and nobody has waited longer."""
        with self._lock:
            now_s = self._clock()
            self._fill(now_s)
            self._asked[who] = now_s
            if self._turn is not None and now_s - self._turn[1] < _LONGEST_TURN_S:
                return False
            waiting = [name for name, at in self._asked.items() if now_s - at < _ASKED_WITHIN_S]
            first = min(waiting, key=lambda name: self._started.get(name, float("-inf")))
            if self._started.get(first, float("-inf")) < self._started.get(who, float("-inf")):
                return False
            if self._tokens < min(expected_s, self._burst_s):
                return False
            self._started[who] = now_s
            self._turn = (who, now_s)
            return True

    def ended(self, who: str, cpu_s: float) -> None:
        """A look is over and took `cpu_s`."""
        with self._lock:
            self._fill(self._clock())
            self._tokens -= cpu_s
            self.spent_s += cpu_s
            if self._turn is not None and self._turn[0] == who:
                self._turn = None

    def forget(self, who: str) -> None:
        """`who` wants no turn for now."""
        with self._lock:
            self._asked.pop(who, None)

    def _fill(self, now_s: float) -> None:
        self._tokens = min(self._burst_s, self._tokens + max(0.0, now_s - self._filled_s) * self._share)
        self._filled_s = now_s


class Busy:
    """Is the computer busy? Judged from the processor's time between two calls that are not too close."""

    def __init__(self, *, above: float, clock: Callable[[], float] = monotonic_s, least_s: float = 2.0) -> None:
        self._above = above
        self._clock = clock
        self._least_s = least_s
        self._lock = threading.Lock()
        self._last: tuple[float, float, float] | None = None
        self._is_busy = False

    def __call__(self) -> bool:
        """Tell whether more than the limit of all processors was in use lately."""
        with self._lock:
            now_s = self._clock()
            if self._last is None or now_s - self._last[0] >= self._least_s:
                times = psutil.cpu_times()
                guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
                total, idle = sum(times) - guest, times.idle + getattr(times, "iowait", 0.0)
                if self._last is not None and total > self._last[1]:
                    self._is_busy = 1 - (idle - self._last[2]) / (total - self._last[1]) > self._above
                self._last = (now_s, total, idle)
            return self._is_busy
