"""How fresh the data is, and how much of it comes in."""

from collections import deque
from datetime import datetime
from typing import Final

from collector.api.schemas.status import Pulse
from collector.api.sources import HealthSource

_WINDOW_S: Final = 60.0


class PulseSource:
    """Makes pulses; the rate is over the last minute, in which every agent has reported a few times."""

    def __init__(self, health: HealthSource) -> None:
        self._health = health
        self._seen: deque[tuple[datetime, int]] = deque()

    def pulse(self, now: datetime) -> Pulse:
        """Return the pulse at `now`."""
        vitals = self._health.vitals()
        age = (now - vitals.heard_at).total_seconds() if vitals.heard_at else None
        return Pulse(
            now=now,
            data_at=vitals.heard_at,
            data_age_s=max(0.0, age) if age is not None else None,
            readings_per_s=self._rate(now, vitals.readings),
        )

    def _rate(self, now: datetime, readings: int) -> float:
        if not self._seen or (now - self._seen[-1][0]).total_seconds() >= 0.5:
            self._seen.append((now, readings))
        while len(self._seen) > 1 and (now - self._seen[0][0]).total_seconds() > _WINDOW_S:
            self._seen.popleft()
        first_at, first = self._seen[0]
        seconds = (now - first_at).total_seconds()
        return max(0.0, (readings - first) / seconds) if seconds > 0 else 0.0
