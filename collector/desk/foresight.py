"""What is likely to fail next: fed from the records (how often units failed) and the stored past (how they wear).

Comes in: the devices of the campus. Goes out: `Foresight`, kept for some hours, since it changes by the day. Blocks.
"""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.core.foresight import Record, Standing, standings
from collector.core.model import (
    Attribution,
    Device,
    DeviceId,
    Level,
    RoomId,
    Series,
    SeriesId,
    SiteId,
    is_drill,
    site_of,
)
from collector.core.wear import Forecast, forecast, renewed_at
from collector.desk.changes import IncidentRecord

COUNTED_FOR: Final = timedelta(days=365)
LOOKED_BACK: Final = timedelta(days=90)
AHEAD_DAYS: Final = 28.0
SHOWN_AHEAD_DAYS: Final = 365.0
LEAST_CHANCE: Final = 0.2
_OF_TODAY: Final = timedelta(hours=1)
_KEPT_FOR: Final = timedelta(hours=6)
_DAY_S: Final = 86_400
_Days = tuple[list[float], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearing:
    """A metric by which something wears, towards `limit`, or the device's own of `limit_metric`.

    `learned_from`: where a device tells no limit, the median of what units of its model were renewed at counts, of
    those that had at least so much.
    """

    kind: str
    metric: str
    limit: float | None = None
    limit_metric: str = ""
    learned_from: float | None = None
    falls: bool = False
    roles: frozenset[str] = frozenset()  # empty: all


WEARING: Final = (
    Wearing(kind="lamp", metric="classroom.projector.lamp.time", limit_metric="classroom.projector.lamp.limit"),
    Wearing(kind="filter", metric="classroom.projector.filter.time", learned_from=200.0),
    Wearing(kind="disk", metric="hw.physical_disk.endurance_utilization", limit=1.0),
    Wearing(kind="volume", metric="system.filesystem.utilization", limit=1.0),
    Wearing(kind="volume", metric="hw.logical_disk.utilization", limit=1.0),
    Wearing(kind="battery", metric="hw.battery.time_left", limit=600.0, falls=True, roles=frozenset({"ups"})),
)
"""What wears, and how far. A UPS that bridges less than ten minutes is at the end: its rule pages at that."""


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
class Likely:
    """A line of the list: a device, why, and the chance within the next four weeks."""

    device: Device
    chance: float
    standing: Standing | None = None
    worn: Worn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """`units` fail too often, the worst first; `wear` by date; `likely` the likeliest first, for the week `week`."""

    made_at: datetime
    week: str  # ISO 8601, like 2026-W48
    units: tuple[tuple[Device, Standing], ...] = ()
    wear: tuple[Worn, ...] = ()
    likely: tuple[Likely, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Everything:
    sites: Collection[SiteId] | None = None
    rooms: Collection[RoomId] = ()
    devices: Collection[DeviceId] = ()
    levels: Collection[Level] = ()


class Queries(Protocol):
    """The records database."""

    def incidents_between(self, chosen: _Everything, start: datetime, end: datetime, /) -> Iterable[IncidentRecord]: ...
    def known_from(self, devices: Sequence[DeviceId], /) -> Mapping[DeviceId, datetime]: ...


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


class ForesightDesk:
    """Looks at all units of the campus."""

    def __init__(self, *, store: AllSeries, past: Past, queries: Queries) -> None:
        self._store = store
        self._past = past
        self._queries = queries
        self._lock = threading.Lock()
        self._kept: Foresight | None = None
        self._kept_of: tuple[Device, ...] = ()

    def look(self, devices: Sequence[Device], now: datetime) -> Foresight:
        """Return what is likely to fail next among all devices of the campus. Raises StoreError."""
        with self._lock:
            kept = self._kept
            if kept is None or now - kept.made_at >= _KEPT_FOR or self._kept_of != tuple(devices):
                kept = self._kept = self._made(devices, now)
                self._kept_of = tuple(devices)
            return kept

    def _made(self, devices: Sequence[Device], now: datetime) -> Foresight:
        devices = [device for device in devices if not is_drill(device.id)]
        known = {device.id: device for device in devices}
        found = standings(self._records(devices, now))
        units = [(known[DeviceId(one.record.unit)], one) for one in found]
        wear = self._wear(known, now)
        likely = [
            Likely(device=device, chance=chance, standing=one)
            for device, one in units
            if one.stands_out and (chance := one.chance_within(AHEAD_DAYS / 365.25)) >= LEAST_CHANCE
        ]
        likely += [
            Likely(device=one.device, chance=chance, worn=one)
            for one in wear
            if (chance := one.forecast.chance_within(AHEAD_DAYS)) >= LEAST_CHANCE
        ]
        year, week, _ = now.isocalendar()
        return Foresight(
            made_at=now,
            week=f"{year}-W{week:02}",
            units=tuple(sorted((one for one in units if one[1].stands_out), key=lambda one: (-one[1].rate, one[0].id))),
            wear=tuple(sorted(wear, key=lambda one: (one.due_at, one.device.id, one.instance))),
            likely=tuple(sorted(likely, key=lambda one: (-one.chance, one.device.id))),
        )

    # ------------------------------------------------------------ how often

    def _records(self, devices: Sequence[Device], now: datetime) -> list[Record]:
        """Return what each unit has done in the last year, or since it has been known.

        A failure is a ticket that faults of the equipment itself opened: one that came and went ten times is one, and
        what another incident, the environment or people caused is none.
        """
        since = now - COUNTED_FOR
        tickets: dict[DeviceId, set[int]] = defaultdict(set)
        for record in self._queries.incidents_between(_Everything(), since, now):
            incident = record.incident
            if record.ticket is None or incident.cause is not None or incident.onset_at < since:
                continue
            if incident.attribution is Attribution.EQUIPMENT:
                tickets[incident.device].add(record.ticket)
        known_from = self._queries.known_from([device.id for device in devices])
        return [
            Record(
                unit=device.id,
                model=" ".join((device.unit.vendor, device.unit.model, device.role)),
                site=f"{site_of(device.id)} {device.role}",
                failures=len(tickets[device.id]),
                years=(now - max(known_from[device.id], since)) / timedelta(days=365.25),
            )
            for device in devices
            if device.id in known_from
        ]

    # ------------------------------------------------------------ how far worn

    def _wear(self, known: Mapping[DeviceId, Device], now: datetime) -> list[Worn]:
        by_metric: dict[str, list[Series]] = defaultdict(list)
        wanted = {metric for each in WEARING for metric in (each.metric, each.limit_metric) if metric}
        for series in self._store.all_series():
            if series.metric in wanted and series.device in known:
                by_metric[series.metric].append(series)
        falling = {one.id for each in WEARING if each.falls for one in by_metric[each.metric]}
        days = self._days([one.id for found in by_metric.values() for one in found], falling, now)
        limits = {
            (series.device, series.metric, series.instance): days[series.id][1][-1]
            for each in WEARING
            for series in by_metric[each.limit_metric]
            if series.id in days
        }
        found: list[Worn] = []
        for each in WEARING:
            learned = self._learned(each, by_metric[each.metric], known, days)
            for series in by_metric[each.metric]:
                device = known[series.device]
                if series.id not in days or (each.roles and device.role not in each.roles):
                    continue
                limit = limits.get((series.device, each.limit_metric, series.instance), each.limit)
                limit = limit if limit is not None else learned.get(_model(device))
                worn = _worn(each, series, device, days[series.id], limit, now)
                if worn is not None:
                    found.append(worn)
        return found

    def _days(self, series: Collection[SeriesId], falling: Collection[int], now: datetime) -> dict[int, _Days]:
        """Return how far each series had come by the end of each day, by series: when, in days since 1970, and what."""
        found: dict[int, _Days] = {}
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        of_today = max(today, now - _OF_TODAY)  # its readings are many, and the last of them say where it is
        for start, end in ((today - LOOKED_BACK, today), (of_today, now)):
            rows = self._past.extremes(series, start, end)
            at = np.minimum(rows.day + 1.0, now.timestamp() / _DAY_S)
            value = np.where(np.isin(rows.series, list(falling)), rows.min, rows.max)
            for one, when, reached in zip(rows.series.tolist(), at.tolist(), value.tolist(), strict=True):
                whens, values = found.setdefault(one, ([], []))
                whens.append(when)
                values.append(reached)
        return found

    def _learned(
        self,
        each: Wearing,
        series: Iterable[Series],
        known: Mapping[DeviceId, Device],
        days: Mapping[int, _Days],
    ) -> dict[str, float]:
        """Return at what the units of each model were renewed, where that says where the limit lies."""
        if each.learned_from is None:
            return {}
        renewed: dict[str, list[float]] = defaultdict(list)
        for one in series:
            if one.id in days:
                renewed[_model(known[one.device])] += renewed_at(days[one.id][1], each.learned_from)
        return {model: median(values) for model, values in renewed.items() if values}


def _model(device: Device) -> str:
    return f"{device.unit.vendor} {device.unit.model}"


def _worn(
    each: Wearing,
    series: Series,
    device: Device,
    days: _Days,
    limit: float | None,
    now: datetime,
) -> Worn | None:
    if limit is None or limit <= 0:
        return None
    at, values = days
    found = forecast(at, values, limit, now=now.timestamp() / _DAY_S, falls=each.falls)
    if found is None or found.earliest > SHOWN_AHEAD_DAYS:
        return None
    latest = found.latest if found.latest is not None and found.latest <= 10 * SHOWN_AHEAD_DAYS else None
    return Worn(
        device=device,
        kind=each.kind,
        metric=series.metric,
        instance=series.instance,
        forecast=found,
        due_at=now + timedelta(days=min(found.due, 10 * SHOWN_AHEAD_DAYS)),
        earliest_at=now + timedelta(days=found.earliest),
        latest_at=None if latest is None else now + timedelta(days=latest),
    )
