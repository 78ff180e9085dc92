"""The table of series: columns by series id, and the sieve that lets only readings outside their band through.

A series' band (`low`, `high`) is where no rule can move: a reading inside it costs a few nanoseconds of numpy and no
Python object. Bands are set by classify.py whenever what a series' rules wait for changes.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.core.condition import EVERYTHING, Band
from collector.core.model import Readings, Series, SeriesId
from collector.core.uptime import has_restarted

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
STALE_INTERVALS: Final = 3
_LONGEST_PACE_US: Final = 3_600_000_000
NEVER: Final = np.iinfo(np.int64).min
UNASKED: Final = np.iinfo(np.int64).max


def to_us(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return the moment of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


class SeriesTable:
    """What is known of every series: its band, its last reading, and how far apart its readings come.

    `stamp` and `arrived` are microseconds since 1970 of the last live reading (NEVER: none yet); `pace` is the
    shorter of the last two gaps between arrivals, 0 where there were not two. `stale_us` is three intervals of the
    device, 0 where it has none. A series is looked at wherever its reading is once that comes at or after `look_us`
    (trends take a point now and then), and where it `is_uptime` and `restarted` has become true with the reading.
    """

    def __init__(self) -> None:
        self.rows: list[Series | None] = []
        self._size = 0
        self.low: NDArray[np.float64] = np.empty(0)
        self.high: NDArray[np.float64] = np.empty(0)
        self.value: NDArray[np.float64] = np.empty(0)
        self.stamp: NDArray[np.int64] = np.empty(0, np.int64)
        self.arrived: NDArray[np.int64] = np.empty(0, np.int64)
        self.stale_us: NDArray[np.int64] = np.empty(0, np.int64)
        self._gap: NDArray[np.int64] = np.empty(0, np.int64)
        self.pace: NDArray[np.int64] = np.empty(0, np.int64)
        self.look_us: NDArray[np.int64] = np.empty(0, np.int64)
        self.is_uptime: NDArray[np.bool_] = np.empty(0, np.bool_)
        self.restarted: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._marked: NDArray[np.bool_] = np.empty(0, np.bool_)

    def add(self, series: Series) -> bool:
        """Take a series in; return False when it is known already."""
        if series.id < len(self.rows) and self.rows[series.id] is not None:
            return False
        self._grow(series.id + 1)
        self.rows.extend([None] * (series.id + 1 - len(self.rows)))
        self.rows[series.id] = series
        return True

    def set_band(self, series: int, band: Band) -> None:
        """Let readings inside `band` pass unseen from now on."""
        self.low[series], self.high[series] = band

    def last(self, series: SeriesId) -> tuple[float, int] | None:
        """Return the last value and its stamp in microseconds; None where nothing was read yet."""
        stamps, values = self.stamp, self.value
        if not 0 <= series < len(stamps) or stamps[series] == NEVER:
            return None
        return float(values[series]), int(stamps[series])

    def period_us(self, series: int) -> int:
        """Return how far apart the readings of a series come, 0 where nobody said.

        It is the device's interval; a series that twice came more than twice as slowly is one with its own pace.
        """
        interval = int(self.stale_us[series]) // STALE_INTERVALS
        pace = int(self.pace[series])
        return pace if 0 < 2 * interval < pace else interval

    def recall(self, readings: Readings, now_us: int) -> None:
        """Take the newest readings as they were before a restart; they move nothing. None arrived after now."""
        known = self._known(readings.series)
        series, at = readings.series[known], readings.at_us[known]
        order = np.argsort(at, kind="stable")
        series, at = series[order], at[order]
        self.value[series] = readings.value[known][order]
        self.stamp[series] = at
        self.arrived[series] = np.minimum(at, now_us)

    def shift(self, by_us: int) -> None:
        """Move the arrivals, and when series are looked at next: our clock was moved. Stamps are the devices' own."""
        self.arrived[self.arrived != NEVER] += by_us
        self.look_us[self.look_us != UNASKED] += by_us

    def sift(self, readings: Readings, now_us: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Take a batch that arrived at `now_us`. Return which of its readings must be looked at, in order.

        Also returns, for each reading of the batch, the value of its series before the batch (NaN: none). A series
        with one reading outside its band has all its readings of the batch looked at, since the band moves on the way.
        Historical readings are looked at only when newer than the last live one and younger than three intervals.
        """
        series, at, value = readings.series, readings.at_us, readings.value
        live = self._known(series) if len(self.rows) else np.zeros(len(series), np.bool_)
        if readings.historical.any():
            live = self._recent(readings, live, now_us)
        before = np.zeros(len(series))
        if live.all():
            outside = self._store(series, at, value, before, slice(None), now_us)
        else:
            chosen = np.flatnonzero(live)
            outside = np.zeros(len(series), np.bool_)
            outside[chosen] = self._store(series[chosen], at[chosen], value[chosen], before, chosen, now_us)
        if not outside.any():
            return np.empty(0, np.intp), before
        touched = series[outside]
        self._marked[touched] = True
        looked = np.zeros(len(series), np.bool_)
        looked[live] = self._marked[series[live]]
        self._marked[touched] = False
        return np.flatnonzero(looked), before

    def _store(
        self,
        series: NDArray[np.int32],
        at: NDArray[np.int64],
        value: NDArray[np.float64],
        before: NDArray[np.float64],
        where: slice | NDArray[np.intp],
        now_us: int,
    ) -> NDArray[np.bool_]:
        outside = ~((value >= self.low[series]) & (value <= self.high[series]))
        outside |= self.look_us[series] <= now_us
        arrived = self.arrived[series]
        uptimes = np.flatnonzero(self.is_uptime[series])
        if len(uptimes):
            outside[uptimes] |= self._restarts(series[uptimes], at[uptimes], value[uptimes], now_us)
        before[where] = np.where(arrived == NEVER, np.nan, self.value[series])
        gap = np.where(arrived == NEVER, 0, now_us - arrived)
        np.clip(gap, 0, _LONGEST_PACE_US, out=gap)
        self.pace[series] = np.minimum(self._gap[series], gap)
        self._gap[series] = gap
        self.value[series] = value
        self.stamp[series] = at
        self.arrived[series] = now_us
        return outside

    def _restarts(
        self, series: NDArray[np.int32], at: NDArray[np.int64], value: NDArray[np.float64], now_us: int
    ) -> NDArray[np.bool_]:
        """Say which uptimes have been set back. The shorter gap counts: a clock that was put forward starts nothing."""
        known = self.arrived[series] != NEVER
        gap_us = np.minimum(
            now_us - np.where(known, self.arrived[series], 0), at - np.where(known, self.stamp[series], 0)
        )
        before = np.where(known, self.value[series], np.nan)
        found = has_restarted(before, value, gap_us / 1e6)
        self.restarted[series] = found
        return found

    def _recent(self, readings: Readings, live: NDArray[np.bool_], now_us: int) -> NDArray[np.bool_]:
        """Return which readings move timers; late ones that are newer than all before only become the last value."""
        series, at = readings.series, readings.at_us
        newer = live.copy()
        newer[live] = at[live] > self.stamp[series[live]]
        young = np.zeros(len(series), np.bool_)
        young[live] = now_us - at[live] < self.stale_us[series[live]]
        late = np.flatnonzero(readings.historical & newer & ~young)
        late = late[np.argsort(at[late], kind="stable")]
        self.value[series[late]] = readings.value[late]
        self.stamp[series[late]] = at[late]
        return live & (~readings.historical | (newer & young))

    def _known(self, series: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Refuse ids that nobody announced."""
        return (series >= 0) & (series < len(self.rows))

    def _grow(self, size: int) -> None:
        if size <= self._size:
            return
        size = max(size, 2 * self._size, 1024)
        extra = size - self._size
        self.low = np.append(self.low, np.full(extra, EVERYTHING[0]))
        self.high = np.append(self.high, np.full(extra, EVERYTHING[1]))
        self.value = np.append(self.value, np.zeros(extra))
        self.arrived = np.append(self.arrived, np.full(extra, NEVER))
        self.stale_us = np.append(self.stale_us, np.zeros(extra, np.int64))
        self._gap = np.append(self._gap, np.zeros(extra, np.int64))
        self.pace = np.append(self.pace, np.zeros(extra, np.int64))
        self.look_us = np.append(self.look_us, np.full(extra, UNASKED))
        self.is_uptime = np.append(self.is_uptime, np.zeros(extra, np.bool_))
        self.restarted = np.append(self.restarted, np.zeros(extra, np.bool_))
        self._marked = np.append(self._marked, np.zeros(extra, np.bool_))
        self.stamp = np.append(self.stamp, np.full(extra, NEVER))
        self._size = size
