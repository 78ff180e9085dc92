"""The recent past of a series, thinned: what trends and rates of change are taken from.

Comes in: a reading now and then, when `due` says so. Goes out: the robust slope (Theil and Sen: the median of the
slopes between all pairs of points), which a quarter of wild readings does not move. The memory is bounded: so many
points a window, however often readings come.

Sources: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63 (1968), 1379-1389.
"""

import math
from array import array
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

POINTS: Final = 36
# A slope says something once the window is so full, and that much of its time lies between its first and last point.
_LEAST_POINTS: Final = POINTS // 3
_LEAST_SHARE: Final = 2 / 3
_MICROSECOND: Final = timedelta(microseconds=1)


class Window:
    """At most `POINTS` + 1 points of the last `over`, in the order of time (microseconds)."""

    __slots__ = ("_at", "_growth", "_over_us", "_slope", "_value")

    def __init__(self, over: timedelta) -> None:
        self._over_us = over // _MICROSECOND
        self._at = array("q")
        self._value = array("d")
        self._slope: float | None = None
        self._growth: float | None = None  # NaN until it is asked for

    @property
    def step_us(self) -> int:
        """How far apart the points are, at least."""
        return self._over_us // POINTS

    @property
    def due_us(self) -> int:
        """When the next point is wanted; 0: at once."""
        return self._at[-1] + self.step_us if self._at else 0

    def add(self, at_us: int, value: float) -> None:
        """Take a point where one is wanted."""
        if at_us < self.due_us:
            return
        gone = sum(1 for at in self._at if at < at_us - self._over_us)
        del self._at[:gone]
        del self._value[:gone]
        self._at.append(at_us)
        self._value.append(value)
        self._slope = self._theil_sen(np.array(self._value))
        self._growth = math.nan

    def shift(self, by_us: int) -> None:
        """Move all points: the clock was moved."""
        self._at = array("q", (at + by_us for at in self._at))

    @property
    def slope_per_s(self) -> float | None:
        """The slope in units a second; None while too little is known."""
        return self._slope

    @property
    def growth_per_s(self) -> float | None:
        """The slope of a count that only grows, in units a second: where it falls, it began anew at 0.

        What it had grown by between the last point before that and its end is not known, as in Prometheus's `rate`.
        """
        if self._growth is not None and math.isnan(self._growth):
            value = np.array(self._value)
            steps = np.diff(value, prepend=value[:1])
            self._growth = self._theil_sen(np.cumsum(np.where(steps < 0, value, steps)))
        return self._growth

    def _theil_sen(self, value: NDArray[np.float64]) -> float | None:
        count = len(self._at)
        if count < _LEAST_POINTS or self._at[-1] - self._at[0] < _LEAST_SHARE * self._over_us:
            return None
        first, second = _pairs(count)
        at = np.array(self._at)
        slopes = (value[second] - value[first]) / (at[second] - at[first])
        return float(np.median(slopes)) * 1e6


@lru_cache(maxsize=POINTS + 2)
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(count, 1)
    return first, second


class Windows:
    """The windows of all series that have any, by the series' number."""

    def __init__(self) -> None:
        self._of: dict[int, dict[timedelta, Window]] = {}

    def want(self, number: int, overs: Iterable[timedelta]) -> int | None:
        """Keep exactly these windows of a series; those that it has go on. Return when it must be looked at next."""
        had = self._of.get(number, {})
        wanted = {over: had.get(over) or Window(over) for over in overs}
        if not wanted:
            self._of.pop(number, None)
            return None
        self._of[number] = wanted
        return min(window.due_us for window in wanted.values())

    def add(self, number: int, at_us: int, value: float) -> int | None:
        """Take a reading of a series. Return when it must be looked at next; None: it has no windows."""
        windows = self._of.get(number)
        if windows is None:
            return None
        for window in windows.values():
            window.add(at_us, value)
        return min(window.due_us for window in windows.values())

    def slope_per_s(self, number: int, over: timedelta, *, is_counter: bool = False) -> float | None:
        """Return the slope of a series over that time."""
        window = self._of.get(number, {}).get(over)
        if window is None:
            return None
        return window.growth_per_s if is_counter else window.slope_per_s

    def shift(self, by_us: int) -> None:
        """Move the past of all series: the clock was moved."""
        for windows in self._of.values():
            for window in windows.values():
                window.shift(by_us)

    def spans(self) -> dict[int, timedelta]:
        """Return how far back each series that has windows looks."""
        return {number: max(windows) for number, windows in self._of.items()}
