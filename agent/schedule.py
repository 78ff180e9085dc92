"""When to read: an exact time grid. In: an id and an interval. Out: steps, in milliseconds since 1970.

Steps of one grid are exactly one interval apart and the same after a restart, so that an archive stores them in half
the bytes; the phase is a hash of the id, so that ten thousand agents do not publish in one instant.
"""

from dataclasses import dataclass
from typing import Final

from wire.digest import digest

# Many devices share a second, so that their readings are stored and sent together.
SLOT_MS: Final = 1000
SLOTS: Final = 60


@dataclass(frozen=True, slots=True)
class Grid:
    """The instants `phase_ms + n * interval_ms` since 1970."""

    interval_ms: int
    phase_ms: int

    @classmethod
    def of(cls, owner: str, interval_s: float) -> "Grid":
        """Return the grid of whoever is called `owner`; intervals are kept to the millisecond."""
        interval_ms = max(1, round(interval_s * 1000))
        return cls(interval_ms, int(digest(owner), 16) % interval_ms)

    def spread(self, owner: str) -> "Grid":
        """Return the grid of one of many that are not to be read all at once: whole seconds apart from this one."""
        seconds = max(1, min(SLOTS, self.interval_ms // SLOT_MS))
        return Grid(self.interval_ms, (self.phase_ms + int(digest(owner), 16) % seconds * SLOT_MS) % self.interval_ms)

    def step_at(self, at_ms: int) -> int:
        """Return the last step that is not after `at_ms`."""
        return at_ms - (at_ms - self.phase_ms) % self.interval_ms

    def step_after(self, at_ms: int) -> int:
        """Return the first step after `at_ms`."""
        return self.step_at(at_ms) + self.interval_ms
