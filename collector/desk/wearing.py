"""How far each part that wears has come, from the stored past, and when it reaches its limit.

Comes in: the devices of the campus. Goes out: parts with a date, and those of which too little is known yet. Blocks.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.core.model import Device, DeviceId, Series, SeriesId
from collector.core.wear import Forecast, TooFew, forecast, renewed_at, rested

LOOKED_BACK: Final = timedelta(days=90)
SHOWN_AHEAD_DAYS: Final = 365.0
_OF_TODAY: Final = timedelta(hours=1)
_DAY_S: Final = 86_400
_SOURCE: Final = "hw.ups.source"
_CHARGE: Final = "hw.battery.charge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearing:
    """A metric by which something wears, towards `limit`, or the device's own of `limit_metric`.

    `learned_from`: where a device tells no limit, the median of what units of its model were renewed at counts, of
    those that had at least so much. `falls`: it wears downwards. `counts`: it only ever counts up.
    """

    kind: str
    metric: str
    limit: float | None = None
    limit_metric: str = ""
    learned_from: float | None = None
    falls: bool = False
    counts: bool = False
    roles: frozenset[str] = frozenset()  # empty: all


WEARING: Final = (
    Wearing(
        kind="lamp", metric="classroom.projector.lamp.time", limit_metric="classroom.projector.lamp.limit", counts=True
    ),
    Wearing(kind="filter", metric="classroom.projector.filter.time", learned_from=200.0, counts=True),
    Wearing(kind="disk", metric="hw.physical_disk.endurance_utilization", limit=1.0, counts=True),
    Wearing(kind="volume", metric="system.filesystem.utilization", limit=1.0),
    Wearing(kind="volume", metric="hw.logical_disk.utilization", limit=1.0),
    Wearing(kind="battery", metric="hw.battery.time_left", limit=600.0, falls=True, roles=frozenset({"ups"})),
)
"""What wears, and how far. A UPS that bridges less than ten minutes is at the end: its rule pages at that.

The charge of a microphone is used up and filled again daily: that is no wear.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """One part of a device that wears; `due_at` between `earliest_at` and `latest_at` (None: perhaps never)."""

    device: Device
    kind: str
    metric: str
    instance: str
    forecast: Forecast
    due_at: datetime
    earliest_at: datetime
    latest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undated:
    """A part of which no date can be said: `days` values are known. From `dated_at` on they may be enough.

    `dated_at` None: nobody knows its limit.
    """

    device: Device
    kind: str
    metric: str
    instance: str
    value: float
    days: int
    dated_at: datetime | None


@dataclass(slots=True)
class _Days:
    """One series by days of UTC: until when each was read (days since 1970), and its least and greatest."""

    at: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def by_day(self) -> dict[int, tuple[float, float]]:
        """Return the least and greatest of each day."""
        return {_day(at): (low, high) for at, low, high in zip(self.at, self.low, self.high, strict=True)}


class Extremes(Protocol):
    """The least and greatest of each series and day of UTC (since 1970): columns of equal length, by both."""

    @property
    def series(self) -> NDArray[np.int64]: ...
    @property
    def day(self) -> NDArray[np.int64]: ...
    @property
    def min(self) -> NDArray[np.float64]: ...
    @property
    def max(self) -> NDArray[np.float64]: ...


class Past(Protocol):
    """The stored past; a whole day of UTC comes from its roll-up where there is one."""

    def extremes(self, series: Iterable[SeriesId], start: datetime, end: datetime, /) -> Extremes: ...


class AllSeries(Protocol):
    """The hot store."""

    def all_series(self) -> Sequence[Series]: ...


class WearDesk:
    """Looks at all parts that wear."""

    def __init__(self, *, store: AllSeries, past: Past) -> None:
        self._store = store
        self._past = past

    def look(self, known: Mapping[DeviceId, Device], now: datetime) -> tuple[list[Worn], list[Undated]]:
        """Return the parts of these devices that reach their limit within a year, and those without a date yet."""
        series = self._series(known)
        days = self._days([one.id for found in series.values() for one in found], now)
        limits = {
            (one.device, one.metric, one.instance): days[one.id].high[-1]
            for each in WEARING
            for one in series[each.limit_metric]
            if one.id in days
        }
        told = {(one.device, one.metric): days[one.id] for one in series[_SOURCE] + series[_CHARGE] if one.id in days}
        found: list[Worn] = []
        undated: list[Undated] = []
        for each in WEARING:
            read = [
                (one, known[one.device], _counted(each, one, days[one.id], told))
                for one in series[each.metric]
                if one.id in days and (not each.roles or known[one.device].role in each.roles)
            ]
            learned = _learned(each, ((device, values) for _, device, (_, values) in read))
            for one, device, (at, values) in read:
                limit = limits.get((one.device, each.limit_metric, one.instance), each.limit)
                limit = limit if limit is not None else learned.get(_model(device))
                part = _part(each, one, device, at, values, limit, now)
                if isinstance(part, Worn):
                    found.append(part)
                elif part is not None:
                    undated.append(part)
        return found, undated

    def _series(self, known: Mapping[DeviceId, Device]) -> dict[str, list[Series]]:
        """Return what is looked at of these devices, by metric."""
        wanted = {metric for each in WEARING for metric in (each.metric, each.limit_metric) if metric}
        wanted |= {_SOURCE, _CHARGE}
        found: dict[str, list[Series]] = defaultdict(list)
        for series in self._store.all_series():
            if series.metric in wanted and series.device in known:
                found[series.metric].append(series)
        return found

    def _days(self, series: Collection[SeriesId], now: datetime) -> dict[int, _Days]:
        """Return how far each series had come on each day, by series."""
        found: dict[int, _Days] = defaultdict(_Days)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        of_today = max(today, now - _OF_TODAY)  # its readings are many, and the last of them say where it is
        for start, end in ((today - LOOKED_BACK, today), (of_today, now)):
            rows = self._past.extremes(series, start, end)
            at = np.minimum(rows.day + 1.0, now.timestamp() / _DAY_S)
            columns = (rows.series.tolist(), at.tolist(), rows.min.tolist(), rows.max.tolist())
            for one, when, low, high in zip(*columns, strict=True):
                days = found[one]
                days.at.append(when)
                days.low.append(low)
                days.high.append(high)
        return found


def _counted(
    each: Wearing, series: Series, days: _Days, told: Mapping[tuple[DeviceId, str], _Days]
) -> tuple[list[float], list[float]]:
    """Return the days of a series that tell its wear, and what it had come to on each."""
    if not each.falls:
        return days.at, days.high
    source, charge = (told.get((series.device, metric), _Days()).by_day() for metric in (_SOURCE, _CHARGE))
    counts = rested(source, charge, [_day(at) for at in days.at])
    kept = [row for row, counted in zip(zip(days.at, days.low, strict=True), counts, strict=True) if counted]
    return [at for at, _ in kept], [low for _, low in kept]


def _learned(each: Wearing, read: Iterable[tuple[Device, Sequence[float]]]) -> dict[str, float]:
    """Return at what the units of each model were renewed, where that says where the limit lies."""
    if each.learned_from is None:
        return {}
    renewed: dict[str, list[float]] = defaultdict(list)
    for device, values in read:
        renewed[_model(device)] += renewed_at(values, each.learned_from)
    return {model: median(values) for model, values in renewed.items() if values}


def _model(device: Device) -> str:
    return f"{device.unit.vendor} {device.unit.model}"


def _day(at: float) -> int:
    """Return the day of UTC that was read until then."""
    return math.ceil(at) - 1


def _part(
    each: Wearing,
    series: Series,
    device: Device,
    at: Sequence[float],
    values: Sequence[float],
    limit: float | None,
    now: datetime,
) -> Worn | Undated | None:
    what = {"kind": each.kind, "metric": series.metric, "instance": series.instance}
    if not values or (limit is not None and limit <= 0):
        return None
    if limit is None:
        return Undated(device=device, **what, value=values[-1], days=len(values), dated_at=None)
    found = forecast(at, values, limit, now=now.timestamp() / _DAY_S, falls=each.falls, counts=each.counts)
    if isinstance(found, TooFew):
        at_last = now + timedelta(days=found.due)
        return Undated(device=device, **what, value=found.value, days=found.days, dated_at=at_last)
    if found is None or found.earliest > SHOWN_AHEAD_DAYS:
        return None
    latest = found.latest if found.latest is not None and found.latest <= 10 * SHOWN_AHEAD_DAYS else None
    return Worn(
        device=device,
        **what,
        forecast=found,
        due_at=now + timedelta(days=min(found.due, 10 * SHOWN_AHEAD_DAYS)),
        earliest_at=now + timedelta(days=found.earliest),
        latest_at=None if latest is None else now + timedelta(days=latest),
    )
