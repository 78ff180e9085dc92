"""The board: what the whole campus is now, for everybody who looks.

Comes in: `Changes` of the desk, the campus, and messages heard (from any thread), and the time. Goes out: views of
sites, rooms and devices, open incidents and notices, live tickets, and `News`: what became different since it was
last taken.
All but `publish`, `hear` and `replace` belong to one thread, the event loop's once the board is attached to it.
"""

import asyncio
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from collector.core.campus import Campus, Lesson, Room, Site
from collector.core.context import Schedule
from collector.core.maintenance import Plan
from collector.core.model import (
    Device,
    DeviceId,
    Health,
    IncidentId,
    IncidentState,
    Level,
    Notice,
    RoomId,
    Series,
    SeriesId,
    SiteId,
    State,
    TicketId,
    is_drill,
    is_node,
    site_of,
)
from collector.core.ticket import Ticket, TicketState
from collector.desk.board_register import Register, register
from collector.desk.board_views import RECORDER_ROLES, Recording, RoomView, SiteView, view_room, view_site
from collector.desk.changes import Changes, IncidentRecord
from wire.catalogue import full_name

RECORDING_METRIC: Final = "classroom.recording.active"
_RECORDING_OLD: Final = timedelta(minutes=5)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_Id = TypeVar("_Id", SiteId, RoomId)


class LastValues(Protocol):
    """The newest reading of each series; the classifier keeps them."""

    def last_value(self, series: SeriesId, /) -> tuple[float, int] | None:
        """Return value and stamp (microseconds since 1970) of the newest reading; None before the first."""
        ...

    def series_of(self, device: DeviceId, /) -> Sequence[Series]:
        """Return the series of a device."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became different; sites and rooms in the order in which they are shown.

    `renewed`: the campus was replaced, so that sites, rooms or devices may be gone.
    """

    renewed: bool = False

    sites: tuple[SiteView, ...] = ()
    rooms: tuple[RoomView, ...] = ()
    devices: tuple[Health, ...] = ()
    incidents: tuple[IncidentRecord, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is different."""
        of_places = self.renewed or self.sites or self.rooms or self.devices
        return bool(of_places or self.incidents or self.tickets or self.notices)


class Board:
    """What the campus is now. `now` is when it starts; devices of the campus file are `unknown` until heard of."""

    def __init__(self, *, campus: Campus, values: LastValues, now: datetime) -> None:
        self._campus = campus
        self._values = values
        self._started_at = now
        self._loop: asyncio.AbstractEventLoop | None = None
        self._health: dict[DeviceId, Health] = {}
        self._heard: dict[DeviceId, datetime] = {}
        self._incidents: dict[IncidentId, IncidentRecord] = {}
        self._tickets: dict[TicketId, Ticket] = {}
        self._notices: dict[IncidentId, Notice] = {}
        self._rooms: dict[RoomId, RoomView] = {}
        self._sites: dict[SiteId, SiteView] = {}
        self._register = Register()
        self._schedules: dict[RoomId, Schedule] = {}
        self._register_is_old = True
        self._touched_rooms: set[RoomId] = set()
        self._touched_sites: set[SiteId] = set()
        self._new_devices: dict[DeviceId, None] = {}
        self._new_rooms: set[RoomId] = set()
        self._new_sites: set[SiteId] = set()
        self._new_incidents: dict[IncidentId, IncidentRecord] = {}
        self._new_tickets: dict[TicketId, Ticket] = {}
        self._new_notices: dict[IncidentId, Notice] = {}
        self._renewed = False
        self._plan = Plan()
        self._worked_on: dict[DeviceId, datetime] = {}
        self._plan_changes_at: datetime | None = None
        self.settle(now)

    # ------------------------------------------------------------ from any thread

    def publish(self, changes: Changes) -> None:
        """Show what the desk changed."""
        self._on_loop(lambda: self.apply(changes))

    def hear(self, heard: Mapping[DeviceId, datetime]) -> None:
        """Note when the last message of each node came in."""
        self._on_loop(lambda: self._heard.update(heard))

    def replace(self, campus: Campus) -> None:
        """Show another campus file from now on."""
        self._on_loop(lambda: self._replace(campus))

    def plan(self, plan: Plan) -> None:
        """Show this planned maintenance from now on."""
        self._on_loop(lambda: self._take_plan(plan))

    def _on_loop(self, work: Callable[[], None]) -> None:
        loop = self._loop
        if loop is None:
            work()
            return
        try:
            loop.call_soon_threadsafe(work)
        except RuntimeError:  # the loop is closed: nobody looks any more
            return

    # ------------------------------------------------------------ what comes in

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Belong to an event loop from now on; None: to the calling thread."""
        self._loop = loop

    def apply(self, changes: Changes) -> None:
        """Take changes in; views follow with the next `settle`."""
        for health in changes.devices:
            self._take_device(health)
        for record in changes.incidents:
            incident = record.incident
            if incident.state is IncidentState.OPEN:
                self._incidents[incident.id] = record
            else:
                self._incidents.pop(incident.id, None)
            self._new_incidents[incident.id] = record
        for ticket in changes.tickets:
            shown = self._tickets.get(ticket.id) or self._new_tickets.get(ticket.id)
            if shown is not None and shown.version > ticket.version:
                continue
            if ticket.state is TicketState.CLOSED:
                self._tickets.pop(ticket.id, None)
            else:
                self._tickets[ticket.id] = ticket
            self._new_tickets[ticket.id] = ticket
        for notice in changes.notices:
            if notice.state is IncidentState.OPEN:
                self._notices[notice.id] = notice
            else:
                self._notices.pop(notice.id, None)
            self._new_notices[notice.id] = notice

    def _take_device(self, health: Health) -> None:
        id_ = health.device.id
        shown = self._health.get(id_)
        if is_drill(id_) and health.state is State.OFF:  # the drill is over: what was there for it alone is gone
            self._health.pop(id_, None)
            self._new_devices.pop(id_, None)
            self._register_is_old = self._register_is_old or shown is not None
            self._renewed = self._renewed or shown is not None
            return
        self._health[id_] = health
        self._new_devices[id_] = None
        if shown is None or shown.device != health.device:
            self._register_is_old = True
        else:
            self._touched_rooms.add(health.device.room)
            self._touched_sites.add(site_of(id_))

    def _take_plan(self, plan: Plan) -> None:
        self._plan = plan
        self._plan_changes_at = _EPOCH
        self._touched_rooms.update(self._register.rooms)
        self._touched_sites.update(self._register.sites)

    def _replace(self, campus: Campus) -> None:
        self._campus = campus
        self._register_is_old = True
        self._renewed = True

    # ------------------------------------------------------------ views

    def settle(self, now: datetime) -> None:
        """Bring the views of all that was touched up to date."""
        if self._register_is_old:
            before = self._register
            self._register = register(self._campus, (health.device for health in self._health.values()))
            self._register_is_old = False
            self._schedules = {
                id_: self._schedules[id_] if before.rooms.get(id_) is room else Schedule(room, self._site_of(room))
                for id_, room in self._register.rooms.items()
            }
            self._rooms = {id_: view for id_, view in self._rooms.items() if id_ in self._register.rooms}
            self._sites = {id_: view for id_, view in self._sites.items() if id_ in self._register.sites}
            self._touched_rooms.update(self._register.rooms)
            self._touched_sites.update(self._register.sites)
            self._plan_changes_at = _EPOCH
        if self._plan_changes_at is not None and self._plan_changes_at <= now:
            self._work_on(now)
        if self._touched_rooms or self._touched_sites:
            self._view(now)

    def sweep(self, now: datetime) -> None:
        """Bring every view up to date, also where only time or a recording moved on."""
        self._touched_rooms.update(self._register.rooms)
        self._touched_sites.update(self._register.sites)
        self.settle(now)

    def _work_on(self, now: datetime) -> None:
        """Note which devices are in maintenance, and show those for which that has changed."""
        before, self._worked_on = self._worked_on, {}
        if self._plan.windows:
            for id_, device in self._register.devices.items():
                until = self._plan.until(site_of(id_), device.room, id_, now)
                if until is not None:
                    self._worked_on[id_] = until
        for id_ in before.keys() | self._worked_on.keys():
            if before.get(id_) != self._worked_on.get(id_) and id_ in self._register.devices:
                self._new_devices[id_] = None
        self._plan_changes_at = self._plan.next_change(now)

    def _view(self, now: datetime) -> None:
        at = self._register
        for id_ in self._touched_rooms & at.rooms.keys():
            room = at.rooms[id_]
            devices = [self._health_of(device) for device in at.devices_in[id_]]
            view = view_room(
                site=self._site_of(room),
                room=room,
                devices=devices,
                recording=self._recording(id_, devices, now),
                context=self._schedules[id_].context(now),
                now=now,
                maintenance=self._plan.until(room.site, id_, None, now),
            )
            if view != self._rooms.get(id_):
                self._rooms[id_] = view
                self._new_rooms.add(id_)
                self._touched_sites.add(room.site)
        for site_id in self._touched_sites & at.sites.keys():
            site = view_site(
                site=at.sites[site_id],
                rooms=[self._rooms[room] for room in at.rooms_of[site_id]],
                roomless=[self._health_of(device) for device in at.roomless_of[site_id]],
            )
            if site != self._sites.get(site_id):
                self._sites[site_id] = site
                self._new_sites.add(site_id)
        self._touched_rooms.clear()
        self._touched_sites.clear()

    def _site_of(self, room: Room) -> Site:
        return self._register.sites[room.site]

    def _health_of(self, id_: DeviceId) -> Health:
        health = self._health.get(id_)
        if health is None:
            device = self._register.devices[id_]
            return Health(device=device, state=State.UNKNOWN, level=None, since=self._started_at, last_seen=None)
        return health

    def _is_known(self, id_: DeviceId) -> bool:
        return id_ in self._health or id_ in self._register.devices

    def _recording(self, room: RoomId, devices: Sequence[Health], now: datetime) -> Recording:
        """Return whether a recorder says that it records; what a recorder out of sight said does not count."""
        stamps: dict[bool, datetime] = {}
        for health in devices:
            if health.device.role not in RECORDER_ROLES or health.state in (State.UNKNOWN, State.OFF):
                continue
            for series in self._values.series_of(health.device.id):
                if series.metric == RECORDING_METRIC and (last := self._values.last_value(series.id)) is not None:
                    at = instant(last[1])
                    if now - at <= _RECORDING_OLD:
                        stamps[last[0] > 0] = at
        if not stamps:
            return Recording()
        active = True in stamps
        shown = self._rooms.get(room)
        if shown is not None and shown.recording.active is active:
            return shown.recording
        return Recording(active=active, since=stamps[active])

    # ------------------------------------------------------------ what goes out

    def take_news(self, now: datetime) -> News:
        """Return what became different since this was last asked."""
        self.settle(now)
        at = self._register
        news = News(
            renewed=self._renewed,
            sites=tuple(self._sites[id_] for id_ in _in_order(at.sites, self._new_sites)),
            rooms=tuple(self._rooms[id_] for id_ in _in_order(at.rooms, self._new_rooms)),
            devices=tuple(self._health_of(id_) for id_ in self._new_devices if self._is_known(id_)),
            incidents=tuple(self._new_incidents.values()),
            tickets=tuple(self._new_tickets.values()),
            notices=tuple(self._new_notices.values()),
        )
        for taken in (
            self._new_sites, self._new_rooms, self._new_devices,
            self._new_incidents, self._new_tickets, self._new_notices,
        ):  # fmt: skip
            taken.clear()
        self._renewed = False
        return news

    def sites(self) -> list[SiteView]:
        """Return all sites, in campus order."""
        return [self._sites[id_] for id_ in self._register.sites if id_ in self._sites]

    def rooms(self) -> list[RoomView]:
        """Return all rooms, in campus order."""
        return [self._rooms[id_] for id_ in self._register.rooms if id_ in self._rooms]

    def devices(self) -> list[Health]:
        """Return all devices, in campus order, those not in the campus file last."""
        return [self._health_of(id_) for id_ in self._register.devices]

    def open_incidents(self) -> list[IncidentRecord]:
        """Return the open incidents, the earliest onset first."""
        return sorted(self._incidents.values(), key=lambda record: (record.incident.onset_at, record.incident.id))

    def open_notices(self) -> list[Notice]:
        """Return what people in rooms should know now, the latest onset first."""
        return sorted(self._notices.values(), key=lambda notice: (notice.onset_at, notice.id), reverse=True)

    def counts_by_state(self) -> dict[State, int]:
        """Return how many devices are in each state."""
        counted = dict.fromkeys(State, 0)
        for health in self.devices():
            counted[health.state] += 1
        return counted

    def counts_by_level(self) -> dict[Level, int]:
        """Return how many incidents are open at each level, without those of drills."""
        counted = dict.fromkeys(Level, 0)
        for record in self._incidents.values():
            if is_drill(record.incident.device):
                continue
            counted[record.incident.level] += 1
        return counted

    def live_tickets(self) -> list[Ticket]:
        """Return the tickets that are not closed, by number."""
        return [self._tickets[id_] for id_ in sorted(self._tickets)]

    def room(self, id_: RoomId) -> RoomView | None:
        """Return a room; None where there is none."""
        return self._rooms.get(id_)

    def lessons(self, id_: RoomId, start: datetime, end: datetime) -> list[Lesson]:
        """Return the lessons of a room that touch a stretch of time."""
        room = self._register.rooms.get(id_)
        return [lesson for lesson in room.lessons if lesson.start < end and start < lesson.end] if room else []

    def device(self, id_: DeviceId) -> Health | None:
        """Return a device; None where there is none."""
        return self._health_of(id_) if id_ in self._register.devices else None

    def maintenance(self, id_: DeviceId) -> datetime | None:
        """Return when planned work on a device, or on all of its room or site, is over; None where there is none."""
        return self._worked_on.get(id_)

    def described(self, id_: DeviceId) -> Device | None:
        """Return what is known of a device, apart from its health."""
        return self._register.devices.get(id_)

    def site_name(self, id_: SiteId) -> str:
        """Return what a site is called; its id where it is not known."""
        site = self._register.sites.get(id_)
        return site.name if site else id_

    def time_zone(self, id_: SiteId) -> ZoneInfo:
        """Return the zone of a site's clocks; UTC where it is not known."""
        site = self._register.sites.get(id_)
        return site.time_zone if site else ZoneInfo("UTC")

    def room_name(self, id_: RoomId) -> str:
        """Return what a room is called; its id where it is not known."""
        room = self._register.rooms.get(id_)
        return room.name if room else id_

    def values_of(self, id_: DeviceId, metrics: Container[str]) -> dict[str, float]:
        """Return the newest values of a device's series of some metrics, by metric[instance]."""
        return {
            full_name(series.metric, series.instance): last[0]
            for series in self._values.series_of(id_)
            if series.metric in metrics and (last := self._values.last_value(series.id)) is not None
        }

    def last_seen(self, health: Health) -> datetime | None:
        """Return when a device was last heard of: an agent by any message, a device by its newest reading."""
        id_ = health.device.id
        seen: list[datetime] = [health.last_seen] if health.last_seen else []
        if is_node(id_):
            heard = self._heard.get(id_)
            return max([*seen, heard]) if heard else health.last_seen
        newest = max(
            (last[1] for series in self._values.series_of(id_) if (last := self._values.last_value(series.id))),
            default=None,
        )
        return max([*seen, instant(newest)]) if newest is not None else health.last_seen


def instant(at_us: int) -> datetime:
    """Return the instant of a stamp in microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at_us)


def _in_order(order: Iterable[_Id], chosen: set[_Id]) -> list[_Id]:
    return [id_ for id_ in order if id_ in chosen] if chosen else []
