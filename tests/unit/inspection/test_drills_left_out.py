"""An inspection counts nothing that was made on purpose: neither devices of drills nor their incidents and tickets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from collector.core.campus import Site
from collector.core.inspection import HealthChange
from collector.core.model import Device, DeviceId, Incident, RoomId, Series, SeriesId, SiteId, TicketId
from collector.core.ticket import Ticket
from collector.inspection.evidence import Figures
from collector.inspection.place import place_of
from collector.inspection.stored import Chosen, StoredEvidence
from tests.unit.core.ticket_scene import Scene
from tests.unit.desk.desk_scene import START, fault

SITE = Site(id=SiteId("south"), name="South", time_zone=ZoneInfo("UTC"))


@dataclass(frozen=True)
class Seen:
    incident: Incident
    ticket: TicketId | None = None


class Stores:
    def last_commit(self) -> int:
        return 1

    def all_series(self) -> Sequence[Series]:
        return ()

    def summary(self, series: Iterable[SeriesId], start: datetime, end: datetime) -> Iterable[Figures]:
        return ()

    def incidents_between(self, chosen: Chosen, start: datetime, end: datetime) -> Iterable[Seen]:
        return [Seen(fault(name, device=DeviceId(f"south:{name}"))) for name in ("pc", "drill-w201")]

    def tickets_between(self, chosen: Chosen, start: datetime, end: datetime) -> Iterable[Ticket]:
        return [replace(Scene().ticket, device=DeviceId(f"south:{name}")) for name in ("pc", "drill-w201")]

    def health_changes(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> Mapping[DeviceId, Sequence[HealthChange]]:
        return {}

    def known_from(self, devices: Sequence[DeviceId]) -> Mapping[DeviceId, datetime]:
        return {}


def test_an_inspection_leaves_drills_out() -> None:
    devices = [
        Device(id=DeviceId(id_), room=RoomId("south/w201"), role="other") for id_ in ("south:pc", "south:drill-w201")
    ]
    place = place_of("south", None, sites=[SITE], rooms=[], devices=devices)
    assert [device.id for device in place.devices] == ["south:pc"]
    stores = Stores()
    evidence = StoredEvidence(place, store=stores, reader=stores, queries=stores)
    assert [seen.incident.device for seen in evidence.incidents(START, START)] == ["south:pc"]
    assert [ticket.device for ticket in evidence.tickets(START, START)] == ["south:pc"]
