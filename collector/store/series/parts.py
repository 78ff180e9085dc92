"""Which part of the hot store a reading goes to: the open part of its hour, or the one for late readings."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from collector.store.series.instants import HOUR_US, microseconds

Hour = int | None  # whole hours since 1970; None: late readings, of any hour


class Parts:
    """The parts that still take readings. Not thread-safe: whoever commits or seals holds the store's lock."""

    def __init__(self, known: Iterable[tuple[int, Hour]], *, hot_hours: int) -> None:
        """`known` are (part, hour) as the store has them; `hot_hours` past hours stay open beside the running one."""
        self.hot_hours = hot_hours
        self._open: dict[Hour, int] = {}
        self._next = 1
        for part, hour in sorted(known, key=lambda pair: pair[0]):
            self._open[hour] = part
            self._next = part + 1

    def oldest_open_hour(self, now: datetime) -> int:
        """Return the oldest hour whose readings are not late at `now`."""
        return microseconds(now) // HOUR_US - self.hot_hours

    def route(self, at_us: NDArray[np.int64], now: datetime) -> Iterator[tuple[Hour, NDArray[np.bool_] | None]]:
        """Give each hour that occurs with the mask of its readings; a mask of None means all of them."""
        if not len(at_us):
            return
        floor = self.oldest_open_hour(now)
        hours = np.maximum(at_us // HOUR_US, floor - 1)
        found = np.unique(hours)
        for hour in found.tolist():
            yield (None if hour < floor else hour), (None if len(found) == 1 else hours == hour)

    def part_of(self, hour: Hour) -> tuple[int, bool]:
        """Return the open part of an hour, and whether it has yet to be made."""
        part = self._open.get(hour)
        return (self._next, True) if part is None else (part, False)

    def made(self, hour: Hour, part: int) -> None:
        """Take note that a part was made."""
        self._open[hour] = part
        self._next = max(self._next, part + 1)

    def close(self, part: int) -> None:
        """Send no further readings to a part."""
        self._open = {hour: number for hour, number in self._open.items() if number != part}
