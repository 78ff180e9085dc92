"""The computer goes to sleep and comes back. In: what the operating system says. Out: a goodbye before, a return after.

The word comes from another thread (logind's, Windows'), which waits until the goodbye is said; the uplink belongs to
the loop.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from agent.now import Moment

# Whoever said that it would sleep and is still awake after so long does not: go on reporting.
LONGEST_S: Final = 60.0


class Uplink(Protocol):
    """A way to report."""

    def farewell(self, reason: str, now: Moment) -> None:
        """Say goodbye, and why."""
        ...

    def rest(self, until_s: float) -> None:
        """Stay away until then, a `mono_s`."""
        ...


class Sleep:
    """Between the thread that hears of sleep and the loop that says goodbye."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._is_wanted = False
        self._is_over = False
        self._is_away = False  # we said goodbye
        self._is_said = threading.Event()
        self.is_told = False  # that it goes to sleep, and not yet that it has been asleep

    def begin(self, within_s: float) -> bool:
        """Have the host told that the computer sleeps; return whether that was done in time. From any thread."""
        self._is_said.clear()
        self._is_wanted = True
        self._wake()
        return self._is_said.wait(within_s)

    def end(self) -> None:
        """The computer is awake. From any thread."""
        self._is_over = True
        self._wake()

    def step(self, uplinks: Iterable[Uplink], now: Moment) -> bool:
        """Say goodbye, or come back; from the loop. Return whether it slept and nobody had told."""
        if self._is_wanted:
            self._is_wanted = False
            self.is_told = self._is_away = True
            for uplink in uplinks:
                uplink.farewell("sleep", now)
                uplink.rest(now.mono_s + LONGEST_S)
            self._is_said.set()
        if not self._is_over:
            return False
        was_away, self._is_over, self._is_away, self.is_told = self._is_away, False, False, False
        for uplink in uplinks:
            uplink.rest(now.mono_s)
        return not was_away
