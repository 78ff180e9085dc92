"""What is likely to fail next: fed from the records (how often units failed) and the stored past (how they wear).

Comes in: the devices of the campus. Goes out: `Foresight`, kept for some hours, since it changes by the day. Blocks.
"""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from collector.core.foresight import Record, Standing, standings
from collector.core.model import (
    Attribution,
    Device,
    DeviceId,
    Level,
    RoomId,
    SiteId,
    is_drill,
    site_of,
)
from collector.desk.changes import IncidentRecord
from collector.desk.wearing import AllSeries, Past, Undated, WearDesk, Worn

COUNTED_FOR: Final = timedelta(days=365)
AHEAD_DAYS: Final = 28.0
LEAST_CHANCE: Final = 0.2
_KEPT_FOR: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A line of the list: a device, why, and the chance within the next four weeks."""

    device: Device
    chance: float
    standing: Standing | None = None
    worn: Worn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """`units` fail too often, the worst first; `wear` by date; `likely` the likeliest first, for the week `week`.

    `undated`: parts that wear, of which too little is known to say when.
    """

    made_at: datetime
    week: str  # ISO 8601, like 2026-W48
    units: tuple[tuple[Device, Standing], ...] = ()
    wear: tuple[Worn, ...] = ()
    undated: tuple[Undated, ...] = ()
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


class ForesightDesk:
    """Looks at all units of the campus."""

    def __init__(self, *, store: AllSeries, past: Past, queries: Queries) -> None:
        self._wear = WearDesk(store=store, past=past)
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
        wear, undated = self._wear.look(known, now)
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
            undated=tuple(sorted(undated, key=lambda one: (one.device.id, one.kind, one.instance))),
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
