"""Who stands where: the campus file's sites, rooms and devices in its order, then those that were born without it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from collector.core.campus import Campus, Room, Site
from collector.core.model import Device, DeviceId, RoomId, SiteId, site_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Sites, rooms and devices, each in the order in which they are shown; and who stands in which."""

    sites: Mapping[SiteId, Site] = field(default_factory=dict)
    rooms: Mapping[RoomId, Room] = field(default_factory=dict)
    devices: Mapping[DeviceId, Device] = field(default_factory=dict)
    rooms_of: Mapping[SiteId, tuple[RoomId, ...]] = field(default_factory=dict)
    devices_in: Mapping[RoomId, tuple[DeviceId, ...]] = field(default_factory=dict)
    roomless_of: Mapping[SiteId, tuple[DeviceId, ...]] = field(default_factory=dict)


def register(campus: Campus, born: Iterable[Device]) -> Register:
    """Return the register of a campus and the devices that are known; what births say of a device wins here.

    (The classifier has merged births with the campus file already, and there the file wins.)
    """
    known = {device.id: device for device in born}
    devices = {id_: known.pop(id_, device) for id_, device in campus.devices.items()}
    devices.update((id_, known[id_]) for id_ in sorted(known))

    sites = dict(campus.sites)
    rooms = dict(campus.rooms)
    for device in devices.values():
        site = site_of(device.id)
        if site not in sites:
            sites[site] = Site(id=site, name=site, time_zone=ZoneInfo("UTC"), in_campus=False)
        if device.room and device.room not in rooms:
            rooms[device.room] = Room(
                id=device.room, site=site, name=device.room.partition("/")[2] or device.room, in_campus=False
            )

    rooms_of: dict[SiteId, list[RoomId]] = {site: [] for site in sites}
    for room in rooms.values():
        rooms_of.setdefault(room.site, []).append(room.id)
    devices_in: dict[RoomId, list[DeviceId]] = {room: [] for room in rooms}
    roomless_of: dict[SiteId, list[DeviceId]] = {site: [] for site in sites}
    for device in devices.values():
        if device.room:
            devices_in[device.room].append(device.id)
        else:
            roomless_of[site_of(device.id)].append(device.id)
    return Register(
        sites=sites,
        rooms=rooms,
        devices=devices,
        rooms_of={site: tuple(ids) for site, ids in rooms_of.items()},
        devices_in={room: tuple(ids) for room, ids in devices_in.items()},
        roomless_of={site: tuple(ids) for site, ids in roomless_of.items()},
    )
