"""The computer goes to sleep and comes back. In: what the operating system says. Out: a goodbye before, a return after.

The word comes from another thread (logind's, Windows'), which waits until the goodbye is said; the uplink belongs to
the loop.
"""

import threading
from collections.abc import Callable
from typing import Final

from agent.now import Moment
from agent.uplink.mqtt import MqttUplink

# Whoever said that it would sleep and is still awake after so long does not: go on reporting.
LONGEST_S: Final = 60.0


class Sleep:
    """Between the thread that hears of sleep and the loop that says goodbye."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._is_wanted = False
        self._is_over = False
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

    def step(self, uplink: MqttUplink, now: Moment) -> None:
        """Say goodbye, or come back; from the loop."""
        if self._is_wanted:
            self._is_wanted = False
            self.is_told = True
            uplink.farewell("sleep", now)
            uplink.rest(now.mono_s + LONGEST_S)
            self._is_said.set()
        if self._is_over:
            self._is_over = False
            uplink.rest(now.mono_s)
