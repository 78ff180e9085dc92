"""How often a silent device is asked. In: its answers and silences. Out: whether to ask now.

A device that is gone costs its full timeouts at each poll. It is asked at every poll until it counts as gone, then less
and less often, at least once a minute.
"""

from random import Random
from typing import Final

from agent.presence import FAILURES_TO_DIE

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 60.0


class Patience:
    """Of one device."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._silences = 0
        self._not_before_s = 0.0

    def may_ask(self, now_s: float) -> bool:
        """Tell whether the device is to be asked now."""
        return now_s >= self._not_before_s

    def answered(self) -> None:
        """It is there, or has told us something."""
        self._silences, self._not_before_s = 0, 0.0

    def silent(self, now_s: float) -> None:
        """It did not answer."""
        self._silences += 1
        if self._silences >= FAILURES_TO_DIE:
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._silences - FAILURES_TO_DIE, 10))
            self._not_before_s = now_s + pause_s * self._random.uniform(0.5, 1.0)
