"""How long to wait before the next try. Times are `mono_s`."""

from random import Random
from typing import Final

# A connection that lasted so long was a good one.
STABLE_S: Final = 60.0


class Backoff:
    """Waits twice as long after each failure, with jitter, so that ten thousand agents do not come back at once."""

    def __init__(self, random: Random, *, first_s: float = 1.0, most_s: float = 20.0) -> None:
        self._random = random
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0

    def failed(self, lasted_s: float = 0.0, *, at_least_s: float = 0.0) -> float:
        """Return how long to wait after a try that failed, or a connection that lasted `lasted_s`."""
        if lasted_s >= STABLE_S:
            self._failures = 0
        longest = min(self._most_s, max(at_least_s, self._first_s * 2.0 ** min(self._failures, 16)))
        self._failures += 1
        return longest * self._random.uniform(0.5, 1.0)
