"""What goes wrong in a simulated term: real faults at known times, and noise that only looks like one."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from simulate.chance import chance
from simulate.term_campus import R, TermCampus
from simulate.term_edges import Edges
from simulate.term_events import Birth, Change, Death, Happening, RoomDay, TermLesson, Truth
from simulate.term_parents import Parents
from simulate.term_story import back

FAULTS_A_ROOM_DAY: Final = 0.04
NOISE_A_ROOM_DAY: Final = 0.25
LOSSES_A_SWITCH_DAY: Final = 0.02
EDGES_A_ROOM_DAY: Final = 0.05
EDGES_A_SWITCH_DAY: Final = 0.05
EDGES_A_SITE_DAY: Final = 0.02
NEEDS_A_TIMETABLE: Final = frozenset(
    {"program gone in a lesson", "program gone", "processor saturated", "memory short", "not recording"}
)


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """A fault or a noise that is a value of a metric of one device of a role ("" the agent) for `minutes`."""

    kind: str
    level: int | None
    role: str
    metric: str
    instance: str
    value: float
    minutes: tuple[float, float]
    when: str = "lesson"  # "recorded", "lesson" or "between" lessons
    sole: bool | None = None  # asks for a room in which the device is the only one of its role


FAULTS: Final = (
    Reads(kind="volume full", level=1, role="", metric="system.filesystem.utilization", instance="/data", value=0.995,
          minutes=(10, 60)),
    Reads(kind="volume nearly full", level=2, role="", metric="system.filesystem.utilization", instance="/data",
          value=0.96, minutes=(10, 60)),
    Reads(kind="program gone in a lesson", level=1, role="", metric="process.count", instance="recorder", value=0.0,
          minutes=(5, 20)),
    Reads(kind="program gone", level=2, role="", metric="process.count", instance="recorder", value=0.0,
          minutes=(5, 12), when="between"),
    Reads(kind="processor saturated", level=2, role="", metric="system.cpu.utilization", instance="", value=0.99,
          minutes=(8, 20)),
    Reads(kind="memory short", level=2, role="", metric="system.memory.utilization", instance="", value=0.97,
          minutes=(6, 20)),
    Reads(kind="recording stands still", level=1, role="", metric=f"{R}.growth", instance="", value=0.0,
          minutes=(4, 15), when="recorded"),
    Reads(kind="not recording", level=1, role="", metric=f"{R}.active", instance="", value=0.0, minutes=(4, 15),
          when="recorded"),
    Reads(kind="frames dropping", level=2, role="", metric=f"{R}.frame.dropped", instance="teacher", value=0.08,
          minutes=(5, 20)),
    Reads(kind="picture frozen", level=2, role="camera", metric=f"{R}.video.freeze.duration", instance="main",
          value=200.0, minutes=(4, 15), when="recorded"),
    Reads(kind="only picture black", level=1, role="camera", metric=f"{R}.video.black.duration", instance="main",
          value=90.0, minutes=(4, 15), when="recorded", sole=True),
    Reads(kind="one picture of two stalled", level=2, role="camera", metric=f"{R}.frame.age", instance="main",
          value=45.0, minutes=(4, 15), when="recorded", sole=False),
    Reads(kind="no sound at all", level=1, role="microphone", metric=f"{R}.audio.level", instance="main", value=-99.0,
          minutes=(4, 15), when="recorded"),
    Reads(kind="fan failed", level=2, role="projector", metric="hw.status", instance="fan:1", value=2.0,
          minutes=(20, 200)),
    Reads(kind="filter dirty", level=3, role="projector", metric="hw.status", instance="filter", value=3.0,
          minutes=(60, 200)),
    Reads(kind="upload behind", level=3, role="", metric=f"{R}.upload.oldest", instance="", value=90_000.0,
          minutes=(60, 200)),
)  # fmt: skip
NOISE: Final = (
    Reads(kind="processor busy for a while", level=None, role="", metric="system.cpu.utilization", instance="",
          value=0.98, minutes=(1, 4)),
    Reads(kind="memory tight for a moment", level=None, role="", metric="system.memory.utilization", instance="",
          value=0.97, minutes=(0.2, 0.9)),
    Reads(kind="microphone unused", level=None, role="microphone", metric=f"{R}.audio.level", instance="main",
          value=-70.0, minutes=(2, 3.9), when="recorded"),
    Reads(kind="picture dark for half a minute", level=None, role="camera",
          metric=f"{R}.video.black.duration", instance="main", value=40.0, minutes=(0.5, 1), when="recorded"),
    Reads(kind="upload slow", level=None, role="", metric=f"{R}.upload.oldest", instance="", value=40_000.0,
          minutes=(60, 120)),
    Reads(kind="processor warm", level=None, role="", metric="hw.temperature", instance="cpu", value=88.0,
          minutes=(5, 40)),
)  # fmt: skip


class Trouble:
    """Makes the faults and the noise of each day; `truths` grows. A room has at most one of them a day."""

    def __init__(self, seed: int, campus: TermCampus, *, edges: float = 0.0) -> None:
        """With `edges`, some rooms, switches and sites have a trouble at an awkward moment instead: so often, times."""
        self._often = edges
        self._edges = Edges() if edges else None
        self._parents = Parents(campus) if edges else None
        self._seed = seed
        self.busy: Set[str] = frozenset()  # rooms that had their trouble of the last day
        self._campus = campus
        self._truths: list[Truth] = []
        self._faults: list[Callable[[RoomDay, Random], Iterator[Happening]]] = [
            *(self._reads(fault) for fault in FAULTS),
            self._host_dies,
            self._host_dies,
            self._only_camera_dies,
            self._camera_of_two_dies,
            self._camera_flaps,
        ]
        self._noise: list[Callable[[RoomDay, Random], Iterator[Happening]]] = [
            *(self._reads(noise) for noise in NOISE),
            self._agent_restarts,
            self._link_blinks,
            self._cloned,
        ]

    @property
    def truths(self) -> list[Truth]:
        """What was wrong on the days that were asked for."""
        edges = [*self._edges.truths] if self._edges else []
        return [*self._truths, *edges, *(self._parents.truths if self._parents else [])]

    def of_day(self, day: date, days: Sequence[RoomDay], busy: Set[str] = frozenset()) -> Iterator[Happening]:
        """Give the troubles of a working day; `busy` rooms have theirs already. `days` are those of all rooms."""
        lost = set(busy)
        for site in self._campus.sites:
            source = chance(self._seed, "power", site, day)
            here = [today for today in days if today.room.site == site]
            if self._parents is not None and source.random() < EDGES_A_SITE_DAY * self._often:
                lost.update(today.room.id for today in here)
                yield from self._parents.power_cut(site, here, source)
        for switch in self._campus.fed:
            source = chance(self._seed, "switch", switch, day)
            here = [today for today in days if today.room.switch == switch]
            luck = source.random()
            if any(today.room.id in lost for today in here):
                continue
            if luck < LOSSES_A_SWITCH_DAY:
                lost.update(today.room.id for today in here)
                yield from self._switch_dies(switch, here, source)
            elif self._parents is not None and luck > 1 - EDGES_A_SWITCH_DAY * self._often:
                lost.update(today.room.id for today in here)
                yield from self._parents.of_switch(switch, here, source)
        self.busy = lost
        for today in days:
            if today.room.id in lost or not today.lessons:
                continue
            source = chance(self._seed, "trouble", today.room.id, day)
            luck = source.random()
            if luck < FAULTS_A_ROOM_DAY:
                yield from source.choice(self._faults)(today, source)
            elif luck < FAULTS_A_ROOM_DAY + NOISE_A_ROOM_DAY:
                yield from source.choice(self._noise)(today, source)
            elif self._edges is not None and luck > 1 - EDGES_A_ROOM_DAY * self._often and today.room.closes:
                yield from self._edges.of_room(today, source)

    # ------------------------------------------------------------ what is read

    def _reads(self, what: Reads) -> Callable[[RoomDay, Random], Iterator[Happening]]:
        def happen(today: RoomDay, source: Random) -> Iterator[Happening]:
            if not today.room.has_timetable and what.kind in NEEDS_A_TIMETABLE:
                return
            found = [today.room.pc] if not what.role else today.room.of_role(what.role)
            if not found or (what.sole is not None and (len(found) == 1) is not what.sole):
                return
            span = self._span(what, today, source)
            if span is None:
                return
            start, end = span
            device = source.choice(found).id
            yield Change(start, device, what.metric, what.instance, what.value)
            back = 1.4e6 if what.metric == f"{R}.growth" else 1.0 if what.metric == f"{R}.active" else None
            yield Change(end, device, what.metric, what.instance, back)
            self._true(what.kind, start, end, {device}, what.level)

        return happen

    def _span(self, what: Reads, today: RoomDay, source: Random) -> tuple[datetime, datetime] | None:
        length = timedelta(minutes=source.uniform(*what.minutes))
        if what.when == "between":  # after the morning, before the afternoon
            before = [lesson.end for lesson in today.lessons if lesson.end < today.on + timedelta(hours=5, minutes=30)]
            if not before:
                return None
            start = max(before) + timedelta(minutes=2)
            later = [lesson.start for lesson in today.lessons if lesson.start > start]
            free = min(later, default=today.off) - timedelta(minutes=20)
            return (start, start + length) if start + length < free else None
        lessons = [lesson for lesson in today.lessons if lesson.recorded or what.when == "lesson"]
        if not lessons:
            return None
        lesson: TermLesson = source.choice(lessons)
        start = lesson.start + timedelta(minutes=source.uniform(2, 20))
        end = start + length
        if what.when == "recorded":
            end = min(end, lesson.end - timedelta(minutes=1))
        return start, min(end, today.off - timedelta(minutes=20))

    # ------------------------------------------------------------ who is there

    def _host_dies(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        start = source.choice(today.lessons).start + timedelta(minutes=source.uniform(2, 30))
        end = min(start + timedelta(minutes=source.uniform(5, 60)), today.off - timedelta(minutes=20))
        yield Death(start, today.room.pc.id)
        yield from back(today.room, end, source, up_s=20)
        self._true("host died", start, end, set(today.room.everything), 1)

    def _only_camera_dies(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        yield from self._camera_dies(today, source, sole=True)

    def _camera_of_two_dies(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        yield from self._camera_dies(today, source, sole=False)

    def _camera_dies(self, today: RoomDay, source: Random, *, sole: bool) -> Iterator[Happening]:
        cameras = today.room.of_role("camera")
        if (len(cameras) == 1) is not sole:
            return
        start = source.choice(today.lessons).start + timedelta(minutes=source.uniform(2, 30))
        end = min(start + timedelta(minutes=source.uniform(5, 60)), today.off - timedelta(minutes=20))
        camera = source.choice(cameras).id
        yield Death(start, camera)
        yield Birth(end, camera)
        self._true("only camera died" if sole else "camera of two died", start, end, {camera}, 1 if sole else 2)

    def _camera_flaps(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Gone for two minutes, back for two, for most of an hour: one ticket."""
        lessons = [lesson for lesson in today.lessons if lesson.start < today.off - timedelta(hours=3)]
        cameras = today.room.of_role("camera")
        if not lessons:
            return
        start = source.choice(lessons).start + timedelta(minutes=2)
        camera = source.choice(cameras).id
        when = start
        for _ in range(12):
            yield Death(when, camera)
            yield Birth(when + _s(source.uniform(100, 140)), camera)
            when += _s(source.uniform(220, 260))
        self._true("camera flaps", start, when, {camera}, 1 if len(cameras) == 1 else 2)

    def _switch_dies(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """The rooms' agents are missed within 1.5 keepalives; the gateway misses the switch after three polls."""
        start = max(today.on for today in days) + timedelta(minutes=source.uniform(20, 500))
        length = timedelta(minutes=source.uniform(5, 40))
        yield Death(start + _s(source.uniform(25, 40)), switch)
        for today in days:
            yield Death(start + _s(source.uniform(10, 15)), today.room.pc.id)
        yield Birth(start + length + _s(source.uniform(1, 15)), switch)
        devices = {switch} | {device for today in days for device in today.room.everything}
        stays, more = self._edges.behind_a_lost_switch(days[0], start + length) if self._edges else ("", [])
        for today in days:
            again = back(today.room, start + length + _s(source.uniform(1, 40)), source)
            yield from (each for each in again if each.device != stays)
        yield from more
        devices.discard(stays)
        self._true("switch died", start, start + length, devices, 1)

    # ------------------------------------------------------------ noise of presence

    def _agent_restarts(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        start = source.choice(today.lessons).start + timedelta(minutes=source.uniform(2, 30))
        yield Death(start, today.room.pc.id, told="service")
        yield from back(today.room, start + _s(source.uniform(3, 20)), source)
        self._true("agent restarted", start, start + _s(20), set(today.room.everything), None)

    def _link_blinks(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        start = source.choice(today.lessons).start + timedelta(minutes=source.uniform(2, 30))
        yield Death(start, today.room.pc.id)
        yield from back(today.room, start + _s(source.uniform(3, 25)), source)
        self._true("link blinked", start, start + _s(25), set(today.room.everything), None)

    def _cloned(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A second computer with the same disk: each throws the other out of the broker every few seconds."""
        start = source.choice(today.lessons).start + timedelta(minutes=source.uniform(2, 20))
        when = start
        for number in range(40):
            yield Death(when, today.room.pc.id)
            up_s = (40_000.0, 2_000.0)[number % 2]  # one was started long after the other
            yield Birth(when + _s(1), today.room.pc.id, serial=f"clone-{number % 2}", up_s=up_s)
            for device in today.room.devices:
                yield Birth(when + _s(2), device.id)
            when += _s(source.uniform(8, 20))
        self._true("cloned", start, when, set(today.room.everything), None)

    def _true(self, kind: str, start: datetime, end: datetime, devices: set[str], level: int | None) -> None:
        self._truths.append(Truth(kind=kind, start=start, end=end, devices=frozenset(devices), level=level))
