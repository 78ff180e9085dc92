"""Says what stands at a site, or in one room of it. Comes in: what is known of the campus. Goes out: a `Place`."""

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from collector.core.campus import Campus, Room, Site
from collector.core.model import Device, RoomId, SiteId, is_drill, is_node, site_of
from collector.inspection.errors import UnknownPlace
from collector.inspection.evidence import Place

_LISTED: Final = 8
_UTC: Final = ZoneInfo("UTC")


def place_of(
    site: str,
    room: str | None,
    *,
    sites: Iterable[Site],
    rooms: Iterable[Room],
    devices: Iterable[Device],
) -> Place:
    """Return the place named by a site's id and a room's (`room`, or `site/room`).

    `rooms` and `devices` may be of any site; rooms keep their order, devices are sorted by room and id.

    Raises:
        UnknownPlace: there is no such site, or no such room in it.
    """
    known = {one.id: one for one in sites}
    found = known.get(SiteId(site))
    if found is None:
        raise UnknownPlace(f"there is no site {site!r}; {_there_are('site', known)}")
    here = {one.id: one for one in rooms if one.site == found.id}
    everything = [device for device in devices if site_of(device.id) == found.id and not is_drill(device.id)]
    order = {id_: number for number, id_ in enumerate(here)}
    chosen = sorted(everything, key=lambda device: (order.get(device.room, len(order)), device.room, device.id))
    id_ = None if room is None else RoomId(room if "/" in room else f"{site}/{room}")
    if id_ is not None:
        if id_ not in here:
            raise UnknownPlace(f"there is no room {room!r} at site {site!r}; {_there_are('room', here)}")
        chosen = [device for device in chosen if device.room == id_]
    return Place(
        site=found,
        room=id_,
        rooms=here,
        devices=chosen,
        intervals={d.id: d.interval for d in everything if is_node(d.id) and d.interval is not None},
    )


def of_campus(campus: Campus, born: Iterable[Device]) -> tuple[list[Site], list[Room], list[Device]]:
    """Return sites, rooms and devices of a campus file with those that were born without it, its own first.

    What was born and stands in the file, too, is as the collector merged the two.
    """
    known = {device.id: device for device in born}
    devices = {id_: known.pop(id_, device) for id_, device in campus.devices.items()} | known
    sites, rooms = dict(campus.sites), dict(campus.rooms)
    for device in devices.values():
        site = site_of(device.id)
        sites.setdefault(site, Site(id=site, name=site, time_zone=_UTC, in_campus=False))
        if device.room:
            bare = device.room.partition("/")[2] or device.room
            rooms.setdefault(device.room, Room(id=device.room, site=site, name=bare, in_campus=False))
    return list(sites.values()), list(rooms.values()), list(devices.values())


def _there_are(what: str, known: Iterable[str]) -> str:
    names = sorted(known)
    if not names:
        return f"no {what} is known yet"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"there are {', '.join(names[:_LISTED])}{more}"
