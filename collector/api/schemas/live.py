"""What the event stream sends."""

from collections.abc import Sequence

from collector.api.schemas.base import Shown
from collector.api.schemas.device import Device
from collector.api.schemas.incident import Incident
from collector.api.schemas.notice import Notice
from collector.api.schemas.place import Room, Site
from collector.api.schemas.status import Pulse
from collector.api.schemas.ticket import Ticket


class Snapshot(Shown):
    """All that a wall needs: `items` are the devices, tickets the live ones, incidents and notices the open."""

    pulse: Pulse
    items: Sequence[Device]
    sites: Sequence[Site]
    rooms: Sequence[Room]
    incidents: Sequence[Incident]
    tickets: Sequence[Ticket]
    notices: Sequence[Notice]


class DeviceItems(Shown):
    """Devices as they are now."""

    items: Sequence[Device]


class IncidentItems(Shown):
    """Incidents that began, changed or ended."""

    items: Sequence[Incident]


class TicketItems(Shown):
    """Tickets as they are now."""

    items: Sequence[Ticket]


class NoticeItems(Shown):
    """Notices that began or ended."""

    items: Sequence[Notice]


class RoomItems(Shown):
    """Rooms as they are now."""

    items: Sequence[Room]


class SiteItems(Shown):
    """Sites as they are now."""

    items: Sequence[Site]


class PulseItems(Shown):
    """One pulse."""

    items: Sequence[Pulse]


class Events(Shown):
    """The data of each named event of `GET /events`; nothing answers with this object as a whole."""

    snapshot: Snapshot
    device: DeviceItems
    incident: IncidentItems
    ticket: TicketItems
    notice: NoticeItems
    room: RoomItems
    site: SiteItems
    pulse: PulseItems
