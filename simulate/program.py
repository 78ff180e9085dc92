"""Faults that come and go by themselves. Comes in: a campus and its seed. Goes out: faults in order, without end.

It opens with one of each level and the loss of a switch, so that whoever starts a demo sees tickets within two minutes,
one of them for several rooms, and recoveries soon after; then faults come at a pace that keeps a few rooms in trouble.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from simulate.chance import chance
from simulate.fault import KINDS, Fault, Kind, Scope
from simulate.place import Campus, Room
from simulate.target import Target, in_room
from wire.catalogue import Role

# Share of the rooms that are in trouble at a time, at least and at most so many of them.
_TROUBLED: Final = 0.04
_TROUBLED_LEAST: Final = 3.0
_TROUBLED_MOST: Final = 12.0
_LINK_EVERY_S: Final = 1500.0
_LINK_SHARE: Final = 0.4  # of the troubles of a network; the others are a switch
_SWITCH_AT_S: Final = 70.0
_SWITCH_FOR_S: Final = 240.0
_LINK_ROOMS_MOST: Final = 16
# A room that has recovered is left alone for a while.
_REST_S: Final = 300.0
# Parts that break, as `simulate.device` names them.
_PARTS: Final[Mapping[Role, Sequence[str]]] = {
    Role.PROJECTOR: ("fan:1", "lamp:1"),
    Role.CAMERA: ("camera:head",),
    Role.UPS: ("battery:1",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """One fault of the opening."""

    kind: str
    at_s: float
    for_s: float
    role: Role | None = None  # a room that has such a device, and the device where the kind needs one
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often a kind of fault comes, by weight, and how long it stays."""

    kind: str
    weight: float
    least_s: float
    most_s: float
    role: Role | None = None
    options: Mapping[str, float] = field(default_factory=dict)


_BATTERY: Final = {"minutes_left": 50.0, "drain": 10.0}

OPENING: Final = (
    # More than an hour is left at first, and less than ten minutes at the end.
    Opener(kind="ups-on-battery", at_s=12, for_s=108, role=Role.UPS, options={"minutes_left": 75, "drain": 38}),
    Opener(kind="machine-killed", at_s=16, for_s=45),
    Opener(kind="component-failed", at_s=24, for_s=200, role=Role.PROJECTOR),
    Opener(kind="disk-filling", at_s=28, for_s=420, options={"peak": 0.962, "over": 20}),
    Opener(kind="device-gone", at_s=40, for_s=110, role=Role.CAMERA),
    Opener(kind="cpu-saturated", at_s=60, for_s=600),
)

HABITS: Final = (
    Habit(kind="machine-killed", weight=3, least_s=45, most_s=240),
    Habit(kind="machine-frozen", weight=1.5, least_s=60, most_s=240),
    Habit(kind="machine-off", weight=1, least_s=60, most_s=180),
    Habit(kind="device-gone", weight=3, least_s=60, most_s=420, role=Role.CAMERA),
    Habit(kind="device-gone", weight=1.5, least_s=60, most_s=300, role=Role.PROJECTOR),
    Habit(kind="device-gone", weight=1, least_s=90, most_s=300, role=Role.MIXER),
    Habit(kind="disk-filling", weight=2, least_s=300, most_s=900, options={"peak": 0.958, "over": 120}),
    Habit(kind="disk-filling", weight=0.7, least_s=300, most_s=600, options={"peak": 0.995, "over": 200}),
    Habit(kind="cpu-saturated", weight=2, least_s=420, most_s=900),
    Habit(kind="memory-short", weight=1.5, least_s=240, most_s=600),
    Habit(kind="program-gone", weight=1.5, least_s=90, most_s=300),
    Habit(kind="not-recording", weight=1, least_s=90, most_s=300),
    Habit(kind="frames-stalled", weight=1, least_s=60, most_s=240),
    Habit(kind="no-sound", weight=1, least_s=90, most_s=300),
    Habit(
        kind="ups-on-battery",
        weight=3,
        least_s=60,
        most_s=240,
        role=Role.UPS,
        options={"minutes_left": 50, "drain": 10},
    ),
    Habit(kind="component-failed", weight=1.5, least_s=90, most_s=400, role=Role.PROJECTOR),
    Habit(kind="component-failed", weight=1, least_s=90, most_s=300, role=Role.CAMERA),
    Habit(kind="component-degraded", weight=2, least_s=240, most_s=700, role=Role.UPS),
    Habit(kind="too-hot", weight=1, least_s=480, most_s=900, role=Role.PROJECTOR),
    Habit(kind="lamp-worn", weight=0.5, least_s=600, most_s=1800, role=Role.PROJECTOR),
    Habit(kind="clock-off", weight=0.7, least_s=420, most_s=900),
    Habit(kind="upload-behind", weight=0.7, least_s=420, most_s=900),
)


class Program:
    """The faults of a campus: the same ones, at the same times, for the same campus and seed."""

    def __init__(self, campus: Campus) -> None:
        self._sites = campus.sites
        self._rooms = list(campus.rooms())
        self._random = chance(campus.seed, "program")
        self._busy_until: dict[str, float] = {}

    def play(self) -> Iterator[Fault]:
        """Give the faults by their beginning, without end."""
        lost = self._switch(_SWITCH_AT_S, _SWITCH_FOR_S)  # first, while all rooms are free
        coming = [fault for act in OPENING if (fault := self._open(act))] + ([lost] if lost else [])
        yield from sorted(coming, key=lambda fault: fault.at_s)
        at_s = max((fault.at_s for fault in coming), default=0.0)
        link_at_s = at_s + self._random.uniform(0.5, 1.5) * _LINK_EVERY_S
        while True:
            at_s += self._random.uniform(0.3, 1.7) * self._gap_s()
            if at_s > link_at_s:
                link_at_s += self._random.uniform(0.5, 1.5) * _LINK_EVERY_S
                for_s = float(round(self._random.uniform(120, 300)))
                fault = self._link(at_s) if self._random.random() < _LINK_SHARE else self._switch(at_s, for_s)
            else:
                fault = self._usual(at_s)
            if fault is not None:
                yield fault

    def _gap_s(self) -> float:
        """Return how far apart faults begin on average."""
        stay_s = sum(habit.weight * (habit.least_s + habit.most_s) / 2 for habit in HABITS)
        stay_s /= sum(habit.weight for habit in HABITS)
        troubled = min(_TROUBLED_MOST, max(_TROUBLED_LEAST, _TROUBLED * len(self._rooms)))
        return stay_s / troubled

    def _open(self, act: Opener) -> Fault | None:
        return self._in_some_room(act.kind, act.role, act.at_s, act.for_s, act.options)

    def _usual(self, at_s: float) -> Fault | None:
        habit = self._random.choices(HABITS, weights=[habit.weight for habit in HABITS])[0]
        for_s = float(round(self._random.uniform(habit.least_s, habit.most_s)))
        return self._in_some_room(habit.kind, habit.role, at_s, for_s, habit.options)

    def _in_some_room(
        self, kind_name: str, role: Role | None, at_s: float, for_s: float, options: Mapping[str, float]
    ) -> Fault | None:
        free = [room for room in self._rooms if self._is_free(room, at_s) and (role is None or room.thing(role))]
        if not free:
            return None
        room = self._random.choice(free)
        self._busy_until[room.key] = at_s + for_s + _REST_S
        kind = KINDS[kind_name]
        target = _device(room, role, self._random) if kind.scope is Scope.DEVICE else in_room(kind, room)
        parts = _parts(kind, role, room)
        return Fault(
            kind=kind,
            at_s=round(at_s, 1),
            for_s=for_s,
            site=target.site,
            room=target.room,
            device=target.device,
            component=self._random.choice(parts) if parts else "",
            options=options,
        )

    def _link(self, at_s: float) -> Fault | None:
        """Take the network from the smallest site that has no other trouble."""
        if len(self._sites) < 2:
            return None
        site = min(self._sites, key=lambda one: len(one.rooms))
        if len(site.rooms) > _LINK_ROOMS_MOST or not all(self._is_free(room, at_s) for room in site.rooms):
            return None
        for_s = float(round(self._random.uniform(70, 150)))
        self._keep_busy(site.rooms, at_s + for_s + _REST_S)
        return Fault(kind=KINDS["link-down"], at_s=round(at_s, 1), for_s=for_s, site=site.id)

    def _switch(self, at_s: float, for_s: float) -> Fault | None:
        """Take a switch on which several rooms hang, none of them with other trouble."""
        fed: dict[str, list[Room]] = {}
        for room in self._rooms:
            if room.switch:
                fed.setdefault(room.switch, []).append(room)
        free = [rooms for rooms in fed.values() if all(self._is_free(room, at_s) for room in rooms) and len(rooms) > 1]
        if not free:
            return None
        rooms = self._random.choice(free)
        self._keep_busy(rooms, at_s + for_s + _REST_S)
        lost = rooms[0]
        return Fault(kind=KINDS["switch-lost"], at_s=round(at_s, 1), for_s=for_s, site=lost.site, device=lost.switch)

    def _keep_busy(self, rooms: Sequence[Room], until_s: float) -> None:
        self._busy_until.update((room.key, until_s) for room in rooms)

    def _is_free(self, room: Room, at_s: float) -> bool:
        return self._busy_until.get(room.key, 0.0) <= at_s


def _parts(kind: Kind, role: Role | None, room: Room) -> Sequence[str]:
    """Return the parts of which one is hit; none where a fault hits the whole device."""
    if not kind.has_parts:
        return ()
    if role is not None:
        return _PARTS[role]
    return [thing.id for thing in room.things if thing.role is Role.CAMERA]


def _device(room: Room, role: Role | None, random: Random) -> Target:
    things: Sequence[str] = [thing.id for thing in room.things if thing.role is role]
    return Target(site=room.site, room=room.key, device=f"{room.node}:{random.choice(things)}")
