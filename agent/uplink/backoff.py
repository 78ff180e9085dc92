"""How long to wait before the next try. Times are `mono_s`."""

from random import Random
from typing import Final

# The rule for silent agents raises half a minute after a broker's return: each agent is back well before that.
LONGEST_S: Final = 15.0
# A connection that lasted so long was a good one.
STABLE_S: Final = 60.0


class Backoff:
    """Waits twice as long after each failure, with jitter, so that ten thousand agents do not come back at once.

    A broker that hung takes what was sent to it meanwhile for ours once it goes on, and may throw us out for that. So
    when it lets us in, only how often it threw us out counts on: two agents of one id still stop chasing each other.
    """

    def __init__(self, random: Random, *, first_s: float = 1.0, most_s: float = LONGEST_S) -> None:
        self._random = random
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0
        self._losses = 0  # connections in a row that did not last

    def accepted(self) -> None:
        """The broker let us in: what kept us from it is over."""
        self._failures = self._losses

    def lost(self, lasted_s: float, *, at_least_s: float = 0.0) -> float:
        """Return how long to wait after a connection that lasted `lasted_s`."""
        if lasted_s >= STABLE_S:
            self._failures = self._losses = 0
        else:
            self._losses += 1
        return self.failed(at_least_s=at_least_s)

    def failed(self, *, at_least_s: float = 0.0) -> float:
        """Return how long to wait after a try that failed."""
        longest = min(self._most_s, max(at_least_s, self._first_s * 2.0 ** min(self._failures, 16)))
        self._failures += 1
        return longest * self._random.uniform(0.5, 1.0)
