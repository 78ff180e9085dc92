"""The stored past of some devices on one clock. Comes in: a `Question` and what is stored. Goes out: readings by time.

An agent stamps what it reads by its own clock. Where that was wrong, by what the agent says itself or by when its live
readings arrive, its stamps are moved.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.core.found import Presence, Stamps
from collector.core.late import OFFSET, SKEW, Question
from collector.core.model import DeviceId, Readings, SeriesId, no_readings, node_of
from collector.core.series import STALE_INTERVALS, from_us, to_us

History = Callable[[Sequence[SeriesId], datetime, datetime], Readings]
"""What is stored of series in a span of stamps, in any order."""

_AHEAD: Final = timedelta(hours=26)  # how far a stamp may be ahead of us


class Past:
    """What a question is about: `readings` in order of time by our clock, `owner` the series by number.

    `before` are those of trends, from the time before it begins.
    """

    def __init__(self, question: Question, history: History) -> None:
        self.question = question
        self.owner = {int(series.id): series for series in question.series}
        widest = max((abs(clock) for clock in question.clocks.values()), default=timedelta())
        longest = max(question.windows.values(), default=timedelta())
        wanted = sorted({series.id for series in question.series})
        self._history = history
        start = question.start - widest
        found = history(wanted, start, question.until + _AHEAD) if wanted else no_readings()
        self.readings = self._in_order(found, question.start, question.until)
        windowed = history(sorted(question.windows), start - longest, question.start) if longest else no_readings()
        self.before = self._in_order(windowed, question.start - longest, question.start - timedelta.resolution)

    def _in_order(self, found: Readings, start: datetime, end: datetime) -> Readings:
        at_us = self._by_our_clock(found)
        inside = (at_us >= to_us(start)) & (at_us <= to_us(end))
        order = np.flatnonzero(inside)[np.argsort(at_us[inside], kind="stable")]
        return Readings(found.series[order], at_us[order], found.value[order], found.historical[order])

    def was_read(self, device: DeviceId, start: datetime, end: datetime) -> bool:
        """Tell whether anything that no rule watches was read of a device, or behind an agent, between two moments."""
        wanted = sorted(each.id for each in self.question.others if device in (each.device, node_of(each.device)))
        if not wanted:
            return False
        return len(self._history(wanted, start, end)) > 0

    def is_clock_right(self, node: DeviceId) -> bool:
        """Tell whether the stamps of an agent are as it gave them."""
        return node not in self.question.clocks and not any(
            np.abs(self.values(number)).max(initial=0.0) > SKEW.total_seconds()
            for number, series in self.owner.items()
            if node_of(series.device) == node and series.metric == OFFSET
        )

    def values(self, number: int) -> NDArray[np.float64]:
        """Return what was read of a series, in order of time."""
        found: NDArray[np.float64] = self.readings.value[self.readings.series == number]
        return found

    def _by_our_clock(self, found: Readings) -> Stamps:
        """Move the stamps of agents whose clock is wrong, by what it was off then or, unknown, is now."""
        at_us = found.at_us.copy()
        of_node: dict[DeviceId, list[int]] = {}
        for number, series in self.owner.items():
            of_node.setdefault(node_of(series.device), []).append(number)
        for node, numbers in of_node.items():
            rows = np.isin(found.series, numbers)
            told = np.isin(found.series, [one for one in numbers if self.owner[one].metric == OFFSET])
            is_off = np.abs(found.value[told]) > SKEW.total_seconds()
            clock = self.question.clocks.get(node)
            if is_off.any():
                order = np.argsort(found.at_us[told], kind="stable")
                shift = np.where(is_off, found.value[told] * 1e6, 0).astype(np.int64)[order]
                place = np.searchsorted(found.at_us[told][order], found.at_us[rows], side="right") - 1
                at_us[rows] += shift[np.maximum(place, 0)]
            elif clock is not None:
                at_us[rows] += clock // timedelta(microseconds=1)
        return at_us

    def late(self) -> Mapping[tuple[DeviceId, str, str], Stamps]:
        found: dict[tuple[DeviceId, str, str], Stamps] = {}
        rows = np.flatnonzero(self.readings.historical)
        numbers = self.readings.series[rows]
        for number in np.unique(numbers).tolist():
            series = self.owner[number]
            found[series.device, series.metric, series.instance] = self.readings.at_us[rows[numbers == number]]
        return found

    def presence(self) -> Mapping[DeviceId, Presence]:
        """Return when each device was read; an agent is also there when something behind it was."""
        intervals = {device.id: device.interval for device in self.question.devices}
        of_device: dict[DeviceId, list[int]] = {}
        for number, series in self.owner.items():
            for device in {series.device, node_of(series.device)}:
                of_device.setdefault(device, []).append(number)
        found = {}
        for device, numbers in of_device.items():
            interval = intervals.get(node_of(device))
            rows = np.isin(self.readings.series, numbers)
            stamps = np.unique(self.readings.at_us[rows])
            if interval is not None and len(stamps):
                late = np.unique(self.readings.at_us[rows & self.readings.historical])
                found[device] = _presence(stamps, late, interval, self.question.until)
        return found


def _presence(stamps: Stamps, late: Stamps, interval: timedelta, until: datetime) -> Presence:
    between = np.diff(stamps)
    pace = timedelta(microseconds=float(np.median(between))) if len(between) else interval
    apart = STALE_INTERVALS * max(interval, pace)
    wide = np.flatnonzero(between > apart // timedelta(microseconds=1))
    gaps: list[tuple[datetime, datetime | None]] = [
        (from_us(int(stamps[place])), from_us(int(stamps[place + 1]))) for place in wide.tolist()
    ]
    last = from_us(int(stamps[-1]))
    if until - last > apart:
        gaps.append((last, None))
    return Presence(stamps=stamps, late=late, apart=apart, gaps=tuple(gaps))
