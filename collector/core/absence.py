"""Who was gone and back while nobody could hear of it. Comes in: the past as it is now known. Goes out: absences.

No death or birth is in a backlog; an absence is read off the stamps: a device was read steadily, then not for three of
its periods, then steadily again, and both edges came late, so that what was kept spans it. What may be the trace of
something else says nothing: entries that an outbox dropped, a clock that was set, a device that is read rarely.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.core.found import Absence, Stamps
from collector.core.late import DROPPED, UPTIME
from collector.core.live import READ_AGAIN
from collector.core.model import Device, DeviceId, is_node, node_of
from collector.core.past import Past
from collector.core.series import STALE_INTERVALS, from_us, to_us
from collector.core.uptime import SLACK_S, has_restarted

GOODBYES: Final = "recorder-pc"
"""The role of what says goodbye when it is switched off."""

_STEADY: Final = 12  # fewer readings tell no pace
_MOSTLY: Final = 0.9
_SLACK: Final = timedelta(seconds=SLACK_S)
_MICROSECOND: Final = timedelta(microseconds=1)

Gap = tuple[datetime, datetime]


class Absences:
    """Reads them off the past of the agents that were asked about."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._readings = past.readings
        self._by_device: dict[DeviceId, list[int]] = {}
        for number, series in past.owner.items():
            self._by_device.setdefault(series.device, []).append(number)
        self._devices = {device.id: device for device in past.question.devices}

    def all(self) -> list[Absence]:
        """Return the absences of agents, then of what is behind them, each in order of time."""
        found: list[Absence] = []
        for node in self._past.question.since:
            device = self._devices.get(node)
            if (
                device is None
                or device.interval is None
                or not self._is_whole(node)
                or not self._past.is_clock_right(node)
            ):
                continue
            behind = [each for each in self._devices.values() if node_of(each.id) == node and not is_node(each.id)]
            own = self._of_agent(device, device.interval)
            found += own
            gone = {node: self._gaps(self._rows(node), device.interval)}
            for each in sorted(behind, key=lambda one: one.id in self._past.question.behind):
                gone[each.id] = list(self._of_device(each, device.interval))
                guards = [*gone[node], *gone.get(self._past.question.behind.get(each.id, node), ())]
                found += self._own(each, gone[each.id], guards, device.interval)
        return found

    def restarts(self, device: DeviceId) -> list[Gap]:
        """Return the readings of a device's uptime between which it was set back, of those that came late."""
        found = []
        for stamps, value, late in self._uptimes(device):
            back = has_restarted(value[:-1], value[1:], np.diff(stamps) / 1e6) & (late[1:] | late[:-1])
            found += [(from_us(int(stamps[at])), from_us(int(stamps[at + 1]))) for at in np.flatnonzero(back).tolist()]
        return found

    # ------------------------------------------------------------ agents

    def _of_agent(self, node: Device, interval: timedelta) -> Iterator[Absence]:
        for since, until in self._gaps(self._rows(node.id), interval, late=True):
            if not self._was_read(node.id, since, until, interval) and (
                found := self._by_uptime(node, since, until, interval)
            ):
                yield found

    def _by_uptime(self, device: Device, since: datetime, until: datetime, interval: timedelta) -> Absence | None:
        """Return an absence with what the uptime says of it; None: the clock was set, and nothing was gone."""
        found = Absence(
            device=device.id,
            since=since,
            until=until,
            counts_from=min(since + STALE_INTERVALS * interval, until),
            may_be_told=device.role == GOODBYES,
        )
        edges = self._uptime_at(device.id, since, until)
        if edges is None:
            return found
        before, after = edges
        if abs(before + (until - since) - after) <= _SLACK:
            return replace(found, ran_on=True)
        went_on = timedelta() <= after - before <= STALE_INTERVALS * interval
        is_restart = after <= until - since + _SLACK and not went_on
        return found if is_restart or not is_node(device.id) else None

    def _uptime_at(self, device: DeviceId, since: datetime, until: datetime) -> tuple[timedelta, timedelta] | None:
        """Return for how long a device had run at two moments, by its readings about then."""
        for stamps, value, _ in self._uptimes(device):
            before = int(np.searchsorted(stamps, to_us(since), side="right")) - 1
            after = int(np.searchsorted(stamps, to_us(until)))
            if before >= 0 and after < len(stamps):
                first = timedelta(seconds=float(value[before])) + (since - from_us(int(stamps[before])))
                return first, timedelta(seconds=float(value[after])) - (from_us(int(stamps[after])) - until)
        return None

    def _uptimes(self, device: DeviceId) -> Iterator[tuple[Stamps, NDArray[np.float64], NDArray[np.bool_]]]:
        """Walk the uptimes of a device: stamps, seconds, and which came late."""
        for number in self._by_device.get(device, ()):
            if self._past.owner[number].metric == UPTIME:
                rows = self._readings.series == number
                yield self._readings.at_us[rows], self._readings.value[rows], self._readings.historical[rows]

    def _is_whole(self, node: DeviceId) -> bool:
        """Tell whether an agent kept all that it read: it counts what it had to drop."""
        counts = (number for number in self._by_device.get(node, ()) if self._past.owner[number].metric == DROPPED)
        return not any(self._past.values(number).max(initial=0.0) > 0 for number in counts)

    # ------------------------------------------------------------ behind agents

    def _of_device(self, device: Device, interval: timedelta) -> Iterator[Gap]:
        """Walk the times in which nothing was read of a device of which something had been read steadily."""
        numbers = self._by_device.get(device.id, [])
        stamps = np.unique(self._readings.at_us[np.isin(self._readings.series, numbers)])
        near = interval // _MICROSECOND
        found: set[tuple[int, int]] = set()
        for number in numbers:
            rows = np.flatnonzero(self._readings.series == number)
            own = self._readings.at_us[rows]
            apart = _apart(own, interval)
            if apart is None:
                continue
            for place in np.flatnonzero(np.diff(own) > apart).tolist():
                last = int(stamps[np.searchsorted(stamps, own[place] + near, side="right") - 1])
                first = int(stamps[np.searchsorted(stamps, own[place + 1] - near)])
                between = np.searchsorted(stamps, first) - np.searchsorted(stamps, last, side="right")
                if not between and first - last > apart - near and self._is_late(rows[place], rows[place + 1]):
                    found.add((last, first))
        for last, first in sorted(found):
            gap = from_us(last), from_us(first)
            if not self._was_read(device.id, *gap, interval):
                yield gap

    def _was_read(self, device: DeviceId, since: datetime, until: datetime, interval: timedelta) -> bool:
        """Tell whether something else was read of a device; what belongs to the readings at both edges is not meant."""
        return self._past.was_read(device, since + interval, until - interval)

    def _is_late(self, *rows: int) -> bool:
        return bool(self._readings.historical[list(rows)].all())

    def _own(
        self, device: Device, gaps: Iterable[Gap], guards: Sequence[Gap], interval: timedelta
    ) -> Iterator[Absence]:
        """Walk the absences of a device that are not those of who reads it."""
        least = max(STALE_INTERVALS * interval, READ_AGAIN)
        for since, until in gaps:
            pieces = [each for each in _without(since, until, guards) if each[1] - each[0] >= least]
            if not pieces:
                continue
            start = pieces[0][0]
            found = self._by_uptime(device, start, until, interval)
            if found is not None:
                yield replace(found, counts_from=min(start + least, until))

    # ------------------------------------------------------------ stamps

    def _rows(self, node: DeviceId) -> Stamps:
        """Return the rows of all that an agent read, its own and of what is behind it."""
        numbers = [number for number, series in self._past.owner.items() if node_of(series.device) == node]
        return np.flatnonzero(np.isin(self._readings.series, numbers))

    def _gaps(self, rows: Stamps, interval: timedelta, *, late: bool = False) -> list[Gap]:
        """Return the gaps between some readings; with `late`, those between two that came late."""
        stamps = self._readings.at_us[rows]
        apart = _apart(np.unique(stamps), interval)
        if apart is None:
            return []
        places = np.flatnonzero(np.diff(stamps) > apart)
        return [
            (from_us(int(stamps[at])), from_us(int(stamps[at + 1])))
            for at in places.tolist()
            if not late or self._is_late(rows[at], rows[at + 1])
        ]


def _apart(stamps: Stamps, interval: timedelta) -> int | None:
    """Return how far apart readings are no longer of one stretch, in microseconds; None: too few to say."""
    if len(stamps) < _STEADY:
        return None
    pace = int(np.quantile(np.diff(stamps), _MOSTLY, method="higher"))
    return STALE_INTERVALS * max(pace, interval // _MICROSECOND)


def _without(since: datetime, until: datetime, guards: Iterable[Gap]) -> list[Gap]:
    """Return what is left of a span outside of others."""
    pieces = [(since, until)]
    for start, end in guards:
        pieces = [
            piece
            for one, other in pieces
            for piece in ((one, min(other, start)), (max(one, end), other))
            if piece[0] < piece[1]
        ]
    return pieces
