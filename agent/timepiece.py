"""Notices what happens to time. In: the clocks at each step. Out: how often they jumped, and the computer slept.

Time of day that moves unlike the time since boot was set by somebody; time since boot that moves while the clock for
waiting stands still was slept through. Where the two are one (Windows), a step that comes far too late tells of sleep.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from typing import Final

from agent.now import Clocks, Moment

log = logging.getLogger("agent")

# What time services do without a jump stays far below: 500 parts in a million.
LEAST_JUMP_S: Final = 1.0
LEAST_SLEEP_S: Final = 2.0
# The loop waits a minute at most.
LONGEST_STEP_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Passed:
    """What came between two steps: seconds that the clock was put forward (or back: negative), and that were slept."""

    jump_s: float = 0.0
    asleep_s: float = 0.0


class Timepiece:
    """Counts since the agent began: `jumps` by `forward` and `backward`, `sleeps` by `told` and `untold`."""

    def __init__(self) -> None:
        self.jumps = Counter(forward=0, backward=0)
        self.sleeps = Counter(told=0, untold=0)
        self._last: Clocks | None = None

    def step(self, clocks: Clocks, *, is_told: bool) -> Passed:
        """Compare with the step before; `is_told`: the system said that it would sleep."""
        before, self._last = self._last, clocks
        if before is None:
            return Passed()
        waited_s = clocks.now.mono_s - before.now.mono_s
        since_boot_s = clocks.boot_s - before.boot_s
        jump_s = (clocks.now.at_ms - before.now.at_ms) / 1000 - since_boot_s
        asleep_s = since_boot_s - waited_s if since_boot_s - waited_s >= LEAST_SLEEP_S else 0.0
        if waited_s > LONGEST_STEP_S:
            asleep_s += waited_s
        if asleep_s:
            self.sleeps["told" if is_told else "untold"] += 1
            log.info("the computer slept for %.0f s%s", asleep_s, "" if is_told else ", and nobody had told")
        if abs(jump_s) < LEAST_JUMP_S:
            return Passed(0.0, asleep_s)
        self.jumps["forward" if jump_s > 0 else "backward"] += 1
        log.warning("the clock was put %s by %.1f s", "forward" if jump_s > 0 else "back", abs(jump_s))
        return Passed(jump_s, asleep_s)


class Steady:
    """Time by which the age of what waits is told: no jump of the clock makes it older.

    It is the lesser of the time of day, and of that at which it was last settled plus what has passed since.
    """

    def __init__(self) -> None:
        self._ahead_ms: float | None = None

    def settle(self, now: Moment) -> None:
        """Go by the time of day as it is now: nothing waits that is older."""
        self._ahead_ms = now.at_ms - now.mono_s * 1000

    def ms(self, now: Moment) -> int:
        """Return milliseconds since 1970."""
        if self._ahead_ms is None:
            self._ahead_ms = now.at_ms - now.mono_s * 1000
        return min(now.at_ms, round(self._ahead_ms + now.mono_s * 1000))
