"""The evidence of the stores: readings, and what the records database keeps of a place."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.core.inspection import HealthChange
from collector.core.model import DeviceId, Level, RoomId, Series, SeriesId, SiteId, is_drill
from collector.core.ticket import Ticket
from collector.inspection.evidence import Figures, Place, SeenIncident


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What records are narrowed to: a site, perhaps one room of it."""

    sites: Collection[SiteId] | None
    rooms: Collection[RoomId]
    devices: Collection[DeviceId] = ()
    levels: Collection[Level] = ()


class SeriesStore(Protocol):
    """The hot store."""

    def last_commit(self) -> int: ...
    def all_series(self) -> Sequence[Series]: ...


class Reader(Protocol):
    """The stored past."""

    def summary(self, series: Iterable[SeriesId], start: datetime, end: datetime) -> Iterable[Figures]: ...


class Queries(Protocol):
    """The records database."""

    def incidents_between(self, chosen: Chosen, start: datetime, end: datetime) -> Iterable[SeenIncident]: ...
    def tickets_between(self, chosen: Chosen, start: datetime, end: datetime) -> Iterable[Ticket]: ...
    def health_changes(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> Mapping[DeviceId, Sequence[HealthChange]]: ...
    def known_from(self, devices: Sequence[DeviceId]) -> Mapping[DeviceId, datetime]: ...


class StoredEvidence:
    """What the stores know of one place; each answer is read when it is asked for."""

    def __init__(self, place: Place, *, store: SeriesStore, reader: Reader, queries: Queries) -> None:
        self._chosen = Chosen(sites=(place.site.id,), rooms=(place.room,) if place.room else ())
        self._store = store
        self._reader = reader
        self._queries = queries

    def last_commit(self) -> int:
        """Return the number of the newest commit of readings."""
        return self._store.last_commit()

    def series(self, devices: Sequence[DeviceId]) -> Mapping[DeviceId, Sequence[Series]]:
        """Return the series of each device."""
        found: dict[DeviceId, list[Series]] = {device: [] for device in devices}
        for series in self._store.all_series():
            if series.device in found:
                found[series.device].append(series)
        return found

    def figures(self, series: Sequence[SeriesId], start: datetime, end: datetime) -> Iterable[Figures]:
        """Return the figures of each series that has a reading in `[start, end)`."""
        return self._reader.summary(series, start, end)

    def health(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> Mapping[DeviceId, Sequence[HealthChange]]:
        """Return each device's changes of health before `end`, the last one before `start` among them."""
        return self._queries.health_changes(devices, start, end)

    def known_from(self, devices: Sequence[DeviceId]) -> Mapping[DeviceId, datetime]:
        """Return when each device was first heard of."""
        return self._queries.known_from(devices)

    def incidents(self, start: datetime, end: datetime) -> Iterable[SeenIncident]:
        """Return the place's incidents that were open at any time of `[start, end)`, by onset; none of drills."""
        found = self._queries.incidents_between(self._chosen, start, end)
        return (seen for seen in found if not is_drill(seen.incident.device))

    def tickets(self, start: datetime, end: datetime) -> Iterable[Ticket]:
        """Return the place's tickets that were not closed at some time of `[start, end)`, by number; none of drills."""
        return (ticket for ticket in self._queries.tickets_between(self._chosen, start, end) if not ticket.drill)
