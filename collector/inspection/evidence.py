"""What a pack is made from: who was watched, what was read, what was wrong.

The pack asks through these protocols; `stored` answers them from the stores.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from collector.core.campus import Room, Site
from collector.core.inspection import HealthChange
from collector.core.model import Device, DeviceId, Incident, RoomId, Series, SeriesId, TicketId
from collector.core.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is inspected: a site, or one room of it.

    `devices` are those that stand there, in the order of the sheets; `intervals` has the pace of each agent that they
    report through (which may stand elsewhere), as far as it has one.
    """

    site: Site
    room: RoomId | None = None
    rooms: Mapping[RoomId, Room] = field(default_factory=dict)
    devices: Sequence[Device] = ()
    intervals: Mapping[DeviceId, timedelta] = field(default_factory=dict)


class Figures(Protocol):
    """The readings of one series over a period."""

    @property
    def series(self) -> SeriesId: ...
    @property
    def n(self) -> int: ...
    @property
    def min(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def p95(self) -> float: ...
    @property
    def max(self) -> float: ...


class SeenIncident(Protocol):
    """An incident and the ticket it belongs to."""

    @property
    def incident(self) -> Incident: ...
    @property
    def ticket(self) -> TicketId | None: ...


class Evidence(Protocol):
    """The stores, as far as a pack needs them. Everything comes in one order that depends on the data alone."""

    def last_commit(self) -> int:
        """Return the number of the newest commit of readings that is in the figures."""
        ...

    def series(self, devices: Sequence[DeviceId], /) -> Mapping[DeviceId, Sequence[Series]]:
        """Return the series of each device."""
        ...

    def figures(self, series: Sequence[SeriesId], start: datetime, end: datetime, /) -> Iterable[Figures]:
        """Return the figures of each series over `[start, end)`; one without a reading is left out."""
        ...

    def health(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime, /
    ) -> Mapping[DeviceId, Sequence[HealthChange]]:
        """Return each device's changes of health before `end`, ascending, the last one before `start` among them."""
        ...

    def known_from(self, devices: Sequence[DeviceId], /) -> Mapping[DeviceId, datetime]:
        """Return when each device was first heard of; one never heard of is left out."""
        ...

    def incidents(self, start: datetime, end: datetime, /) -> Iterable[SeenIncident]:
        """Return the incidents of the place that were open at any time of `[start, end)`, by onset."""
        ...

    def tickets(self, start: datetime, end: datetime, /) -> Iterable[Ticket]:
        """Return the tickets of the place that were not closed at some time of `[start, end)`, by number."""
        ...
