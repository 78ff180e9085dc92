"""The readings of one intake as they are decoded: columns that grow, and can be cut back to a mark.

Stamps are milliseconds since 1970 here, as on the wire.
"""

from datetime import timedelta
from typing import Final

import numpy as np

from collector.core.model import Readings, no_readings
from collector.ingest.refusal import Reason, Refusals

# A machine whose clock runs in the wrong time zone is up to 14 h ahead; its readings are still worth having.
AHEAD_MS: Final = timedelta(hours=26) // timedelta(milliseconds=1)
# No outbox keeps more than a quarter.
BEHIND_MS: Final = timedelta(days=100) // timedelta(milliseconds=1)


class Columns:
    """Series id, stamp, value, backlog or not: four lists of equal length."""

    __slots__ = ("at_ms", "historical", "series", "value")

    def __init__(self) -> None:
        self.series: list[int] = []
        self.at_ms: list[int] = []
        self.value: list[float] = []
        self.historical: list[bool] = []

    def __len__(self) -> int:
        return len(self.series)

    def add(self, series: int, at_ms: int, value: float, historical: bool) -> None:
        """Append one reading."""
        self.series.append(series)
        self.at_ms.append(at_ms)
        self.value.append(value)
        self.historical.append(historical)

    def cut(self, mark: int) -> None:
        """Forget what was appended since the columns had length `mark`."""
        del self.series[mark:], self.at_ms[mark:], self.value[mark:], self.historical[mark:]

    def make_historical(self, mark: int) -> None:
        """Let what was appended since `mark` move no timer."""
        self.historical[mark:] = [True] * (len(self.historical) - mark)

    def finish(self, now_ms: int, refusals: Refusals) -> Readings:
        """Return the readings that can be true at `now_ms`; the others are counted."""
        if not self.series:
            return no_readings()
        # Unsigned: the wire allows stamps that no signed column holds.
        at_ms = np.array(self.at_ms, np.uint64)
        value = np.array(self.value, np.float64)
        finite = np.isfinite(value)
        early = at_ms >= np.uint64(now_ms + AHEAD_MS)
        late = at_ms < np.uint64(max(0, now_ms - BEHIND_MS))
        good = finite & ~early & ~late
        series = np.array(self.series, np.int32)
        historical = np.array(self.historical, np.bool_)
        if not good.all():
            refusals.count(Reason.NOT_FINITE, int((~finite).sum()))
            refusals.count(Reason.STAMP_FUTURE, int((finite & early).sum()))
            refusals.count(Reason.STAMP_PAST, int((finite & late).sum()))
            series, at_ms, value, historical = series[good], at_ms[good], value[good], historical[good]
        return Readings(series, at_ms.astype(np.int64) * 1000, value, historical)
