"""The campus of a simulated term: sites, switches, rooms, what stands in them and what it reads while all is well."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from simulate.chance import chance

ROOMS_PER_SITE: Final = 100
UNPLANNED: Final = 0.08  # so many rooms of a campus with edges have no timetable
ROOMS_PER_SWITCH: Final = 10

R: Final = "classroom.recording"
UPTIME: Final = "system.uptime"  # counts up by itself
DISK: Final = "system.filesystem.utilization"
Metrics = tuple[tuple[str, str, float], ...]
PC: Final[Metrics] = (
    ("system.cpu.utilization", "", 0.3),
    ("system.memory.utilization", "", 0.5),
    ("system.filesystem.utilization", "/data", 0.6),
    ("process.count", "recorder", 1.0),
    ("hw.temperature", "cpu", 55.0),
    ("classroom.clock.offset", "", 0.01),
    (f"{R}.active", "", 0.0),
    (f"{R}.growth", "", 0.0),
    (f"{R}.frame.dropped", "teacher", 0.0),
    (f"{R}.upload.oldest", "", 900.0),
    ("classroom.agent.outbox.oldest", "", 1.0),
    (UPTIME, "", 0.0),
)
CAMERA: Final[Metrics] = (
    ("hw.status", "sensor", 0.0),
    (f"{R}.frame.age", "main", 0.04),
    (f"{R}.video.black.duration", "main", 0.0),
    (f"{R}.video.freeze.duration", "main", 0.0),
)
MICROPHONE: Final[Metrics] = ((f"{R}.audio.level", "main", -22.0),)
PROJECTOR: Final[Metrics] = (
    ("hw.status", "filter", 0.0),
    ("hw.status", "fan:1", 0.0),
    ("classroom.projector.lamp.time", "1", 700.0),
    ("classroom.projector.lamp.limit", "1", 2000.0),
)
GATEWAY: Final[Metrics] = (("classroom.agent.outbox.oldest", "", 1.0),)
SWITCH: Final[Metrics] = (("hw.status", "fan:1", 0.0), ("hw.network.bandwidth.utilization", "1:in", 0.2))
UPS: Final[Metrics] = (("hw.ups.source", "", 0.0), ("hw.battery.charge", "", 1.0), ("hw.ups.load", "", 0.4))


@dataclass(frozen=True, slots=True)
class TermDevice:
    """A device, its role, its room (site/room; "" for none) and what it reads."""

    id: str
    role: str
    room: str
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRoom:
    """A room: its agent, the devices behind it, and the switch that feeds it."""

    id: str
    site: str
    pc: TermDevice
    devices: tuple[TermDevice, ...]
    switch: str
    has_timetable: bool = True
    closes: bool = True  # False: by timetable and opening hours it is always open

    @property
    def everything(self) -> tuple[str, ...]:
        return (self.pc.id, *(device.id for device in self.devices))

    def of_role(self, role: str) -> list[TermDevice]:
        """Return the devices of a role."""
        return [device for device in self.devices if device.role == role]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCampus:
    """All of it. `backbone` are the gateways with their switches and UPS, agents first.

    `power`: the UPS of a switch. `always_open`: sites without opening hours.
    """

    sites: tuple[str, ...]
    rooms: tuple[TermRoom, ...]
    backbone: tuple[TermDevice, ...]
    fed: dict[str, list[TermRoom]] = field(default_factory=dict)  # by switch
    power: dict[str, str] = field(default_factory=dict)
    always_open: frozenset[str] = frozenset()

    def devices(self) -> Iterator[TermDevice]:
        """Walk every device; an agent comes before what is behind it."""
        yield from self.backbone
        for room in self.rooms:
            yield room.pc
            yield from room.devices


def make_campus(seed: int, rooms: int, *, rooms_per_site: int = ROOMS_PER_SITE, edges: bool = False) -> TermCampus:
    """Return a campus of so many rooms: half of them with a second camera, one switch for ten.

    With `edges`, switches have a UPS each, some rooms no timetable, and one site in five no opening hours.
    """
    sites: list[str] = []
    backbone: list[TermDevice] = []
    made: list[TermRoom] = []
    fed: dict[str, list[TermRoom]] = {}
    power: dict[str, str] = {}
    always_open: set[str] = set()
    for number in range(rooms):
        site = f"school{number // rooms_per_site + 1}"
        if site not in sites:
            sites.append(site)
            backbone.append(TermDevice(f"{site}:gw", "gateway", "", GATEWAY))
            backbone.append(TermDevice(f"{site}:gw:ups", "ups", "", UPS))
            if edges and len(sites) % 5 == 0:
                always_open.add(site)
        switch = f"{site}:gw:sw{number % rooms_per_site // ROOMS_PER_SWITCH + 1}"
        if switch not in fed:
            backbone.append(TermDevice(switch, "switch", "", SWITCH))
            if edges:
                power[switch] = switch.replace(":sw", ":ups-sw")
                backbone.append(TermDevice(power[switch], "ups", "", UPS))
        room = _room(seed, site, number % rooms_per_site + 1, switch)
        planned = not edges or chance(seed, "planned", room.id).random() >= UNPLANNED
        room = replace(room, has_timetable=planned, closes=planned and site not in always_open)
        fed.setdefault(switch, []).append(room)
        made.append(room)
    return TermCampus(
        sites=tuple(sites), rooms=tuple(made), backbone=tuple(backbone), fed=fed, power=power,
        always_open=frozenset(always_open),
    )  # fmt: skip


def _room(seed: int, site: str, number: int, switch: str) -> TermRoom:
    room, pc = f"{site}/r{number}", f"{site}:r{number}"
    devices = [TermDevice(f"{pc}:cam1", "camera", room, CAMERA)]
    if chance(seed, "second camera", room).random() < 0.5:
        devices.append(TermDevice(f"{pc}:cam2", "camera", room, CAMERA))
    devices.append(TermDevice(f"{pc}:mic", "microphone", room, MICROPHONE))
    devices.append(TermDevice(f"{pc}:projector", "projector", room, PROJECTOR))
    return TermRoom(
        id=room, site=site, pc=TermDevice(pc, "recorder-pc", room, PC), devices=tuple(devices), switch=switch
    )
