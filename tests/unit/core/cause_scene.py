"""A site whose rooms hang on a switch, for tests of causes: who is born, who goes, and which tickets come of it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from collector.core.campus import Campus, Carries, Link, Room, Site
from collector.core.model import Device, DeviceId, Incident, IncidentState, Opened, RoomId, SiteId
from tests.unit.core.classify_scene import Scene

SITE = SiteId("s")
GATEWAY = DeviceId("s:gw")
SWITCH = DeviceId("s:gw:sw")
UPS = DeviceId("s:gw:ups")
NAS = DeviceId("s:gw:nas")
INTERVAL = timedelta(seconds=10)


def pc(number: int) -> DeviceId:
    return DeviceId(f"s:pc-{number}")


def one_switch(rooms: int, *more: Link, gateway_hangs_on_it: bool = False, port: bool = False) -> Campus:
    """A campus of rooms that each hang on a port of one switch, which a gateway polls."""
    made = [Room(id=RoomId(f"s/r{number}"), site=SITE, name=f"R{number}") for number in range(rooms)]
    devices = [
        Device(id=pc(number), room=room.id, role="recorder-pc", in_campus=True) for number, room in enumerate(made)
    ]
    devices += [
        Device(id=GATEWAY, role="gateway", in_campus=True),
        Device(id=SWITCH, role="switch", in_campus=True),
        Device(id=UPS, role="ups", in_campus=True),
        Device(id=NAS, role="storage", in_campus=True),
    ]
    links = [
        Link(feeder=SWITCH, room=room.id, port=f"GE0/{number}" if port else "") for number, room in enumerate(made)
    ]
    if gateway_hangs_on_it:
        links.append(Link(feeder=SWITCH, device=GATEWAY))
    return Campus(
        sites={SITE: Site(id=SITE, name="S", time_zone=ZoneInfo("Asia/Shanghai"))},
        rooms={room.id: room for room in made},
        devices={device.id: device for device in devices},
        links=(*links, *more),
    )


class Site30:
    """Drives a scene with `one_switch`; whoever is up reports every ten seconds."""

    def __init__(self, rooms: int = 5, place: Campus | None = None) -> None:
        self.scene = Scene(place or one_switch(rooms))
        self.rooms = rooms
        self.up: set[DeviceId] = set()
        for device in [GATEWAY, *(pc(number) for number in range(rooms))]:
            self.back(device)
        self.live(30)

    def back(self, *devices: DeviceId) -> None:
        for device in devices:
            role = {GATEWAY: "gateway", SWITCH: "switch", UPS: "ups", NAS: "storage"}.get(device, "recorder-pc")
            self.scene.born(device, role=role)
            self.up.add(device)
            if device == GATEWAY:
                self.back(SWITCH, UPS, NAS)

    def gone(self, *devices: DeviceId) -> None:
        """Devices of which a death is told."""
        for device in devices:
            self.up.discard(device)
            self.scene.died(device)

    def mute(self, *devices: DeviceId) -> None:
        """Nothing comes from these any more; no death is told yet."""
        self.up.difference_update(devices)

    def report(self) -> None:
        rows = [
            (device, "system.cpu.utilization", "", 0.1)
            for device in sorted(self.up)
            if device.count(":") == 1 or GATEWAY in self.up
        ]
        if rows:
            self.scene.read_all(rows)

    def live(self, seconds: float) -> None:
        """Let that much time pass; ends just before the next reports."""
        whole, rest = divmod(seconds, 10)
        for _ in range(int(whole)):
            self.report()
            self.scene.wait(10)
        if rest:
            self.scene.wait(rest)

    @property
    def opened(self) -> list[Incident]:
        """Every incident that ever opened."""
        return [decision.incident for decision in self.scene.log if isinstance(decision, Opened)]

    @property
    def tickets(self) -> list[tuple[str, str, int]]:
        """Incidents that opened with no cause: each is a ticket. Device, rule, and the level it has or had."""
        own = [one.id for one in self.opened if one.cause is None]
        return [(one.device, one.rule, int(one.level)) for one in (self.scene.incidents[number] for number in own)]

    def members(self, incident: Incident) -> set[DeviceId]:
        return {
            one.device
            for one in self.scene.incidents.values()
            if one.cause == incident.id and one.state is IncidentState.OPEN
        }

    def states(self) -> set[str]:
        """What the rooms are."""
        return {self.scene.state(pc(number)) for number in range(self.rooms)}


def power(feeder: DeviceId, *, device: DeviceId | None = None, room: str = "") -> Link:
    return Link(feeder=feeder, carries=Carries.POWER, device=device, room=RoomId(room) if room else None)
