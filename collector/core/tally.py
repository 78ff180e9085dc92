"""How often something happened lately: the moments at which a condition began to hold, series by series.

Kept over a restart as phases of their own (standing "counted", one a series and counted condition).
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from collector.core.model import DeviceId, Phase
from collector.core.rule import Condition

COUNTED: Final = "counted"
_MOST: Final = 64

Key = tuple[int, Condition]


class Tallies:
    """The last moments of each counted condition of each series; at most 64 each."""

    def __init__(self) -> None:
        self._at: dict[Key, deque[datetime]] = {}

    def add(self, number: int, of: Condition, at: datetime) -> bool:
        """Count once more; return False for what was counted at that moment already."""
        moments = self._at.setdefault((number, of), deque(maxlen=_MOST))
        if moments and moments[-1] >= at:
            return False
        moments.append(at)
        return True

    def count(self, number: int, of: Condition, since: datetime) -> int:
        """Return how often it happened after `since`."""
        return sum(1 for at in self._at.get((number, of), ()) if at > since)

    def moments(self, number: int, of: Condition) -> Sequence[datetime]:
        """Return when it happened, ascending."""
        return tuple(self._at.get((number, of), ()))

    def shift(self, by: timedelta) -> None:
        """Move all moments: the clock was moved."""
        self._at = {key: deque((at + by for at in moments), maxlen=_MOST) for key, moments in self._at.items()}

    def recall(self, number: int, of: Condition, moments: Sequence[datetime]) -> None:
        """Go on from what was known before a restart."""
        self._at[number, of] = deque(sorted(moments), maxlen=_MOST)


def counted_phase(device: DeviceId, key: str, instance: str, moments: Sequence[datetime], within: timedelta) -> Phase:
    """Return what a restart must know of a count: the moments that may still matter."""
    last = moments[-1]
    kept = [at for at in moments if at > last - within]
    return Phase(
        device=device,
        rule=key,
        instance=instance,
        standing=COUNTED,
        since=last,
        onset_at=kept[0],
        detail=" ".join(at.isoformat() for at in kept),
    )


def counted_moments(phase: Phase) -> list[datetime]:
    """Read what `counted_phase` wrote; what cannot be read is left out."""
    found = []
    for word in phase.detail.split():
        try:
            found.append(datetime.fromisoformat(word))
        except ValueError:
            continue
    return found
