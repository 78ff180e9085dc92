"""Records and stored readings for tests of foresight."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from collector.core.model import Device, DeviceId, RoomId, Series, SeriesId, TicketId, Unit
from collector.desk.changes import IncidentRecord
from collector.desk.foresight import ForesightDesk
from tests.unit.desk.desk_scene import START, fault

NOW = (START + timedelta(days=400)).replace(hour=0)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    series: NDArray[np.int64]
    day: NDArray[np.int64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]


class Stores:
    """Records and readings, put there by hand."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.records: list[IncidentRecord] = []
        self.known: dict[DeviceId, datetime] = {}
        self.series: list[Series] = []
        self.rows: list[tuple[int, datetime, float]] = []
        self.asked = 0
        self.desk = ForesightDesk(store=self, past=self, queries=self)

    def add(self, name: str, role: str = "projector", *, failures: int = 0, years: float = 1.0) -> Device:
        device = Device(
            id=DeviceId(f"south:gw:{name}"), room=RoomId("south/w201"), role=role, unit=Unit(vendor="E", model="X")
        )
        self.devices.append(device)
        self.known[device.id] = NOW - years * 365 * DAY
        for _ in range(failures):
            number = len(self.records)
            incident = fault(f"i{number}", device=device.id, at=-60 * 24)
            incident = replace(incident, onset_at=NOW - 30 * DAY, detected_at=NOW - 30 * DAY)
            self.records.append(IncidentRecord(incident=incident, ticket=TicketId(number + 1)))
        return device

    def reads(self, device: Device, metric: str, values: Iterable[float], instance: str = "1") -> None:
        number = len(self.series) + 1
        self.series.append(Series(id=SeriesId(number), device=device.id, metric=metric, instance=instance))
        given = list(values)
        self.rows += [(number, NOW - (len(given) - day) * DAY + DAY / 2, value) for day, value in enumerate(given)]

    def swings(self, device: Device, metric: str, days: Iterable[tuple[float, float]]) -> None:
        """Let a metric have a least and a greatest on each day."""
        given = list(days)
        self.reads(device, metric, [low for low, _ in given], "")
        number = len(self.series)
        self.rows += [(number, NOW - (len(given) - day) * DAY + DAY / 3, high) for day, (_, high) in enumerate(given)]

    def all_series(self) -> Sequence[Series]:
        return self.series

    def incidents_between(self, _chosen: object, _start: datetime, _end: datetime) -> Iterable[IncidentRecord]:
        self.asked += 1
        return self.records

    def known_from(self, devices: Sequence[DeviceId]) -> Mapping[DeviceId, datetime]:
        return {device: self.known[device] for device in devices if device in self.known}

    def extremes(self, series: Iterable[SeriesId], start: datetime, end: datetime) -> Figures:
        found: dict[tuple[int, int], list[float]] = {}
        for number, at, value in self.rows:
            if number in set(series) and start <= at < end:
                found.setdefault((number, int(at.timestamp() // 86_400)), []).append(value)
        places = sorted(found)
        return Figures(
            series=np.array([number for number, _ in places], np.int64),
            day=np.array([day for _, day in places], np.int64),
            min=np.array([min(found[place]) for place in places], np.float64),
            max=np.array([max(found[place]) for place in places], np.float64),
        )
