"""What the board shows of a site and of a room. Comes in: health of devices, rooms, lessons. Goes out: views."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from collector.core.campus import Lesson, Room, Site
from collector.core.model import Context, DeviceId, Health, Level, RoomId, SiteId, State

RECORDER_ROLES: Final = frozenset({"recorder-pc", "recorder"})
_MOST_AT_ONCE: Final = 4  # lessons of one room that may overlap
_WORST_FIRST: Final = (State.FAILED, State.UNKNOWN, State.DEGRADED, State.OK, State.OFF)
_RANK: Final = {state: rank for rank, state in enumerate(_WORST_FIRST)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many devices are in each state."""

    ok: int = 0
    degraded: int = 0
    failed: int = 0
    unknown: int = 0
    off: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstDevice:
    """The device that a room's state and level come from."""

    id: DeviceId
    role: str
    name: str
    state: State
    level: Level | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """The lesson that runs and the next one."""

    now: Lesson | None = None
    next: Lesson | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Whether any recorder of a room says that it records; None where none says."""

    active: bool | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """A room as the wall shows it."""

    id: RoomId
    site: SiteId
    site_name: str
    name: str
    in_campus: bool
    state: State
    level: Level | None
    counts: Counts
    worst: WorstDevice | None
    pending: bool  # a fault of one of its devices is being timed
    recorder_state: State | None
    context: Context
    has_timetable: bool
    lesson: Lessons
    recording: Recording
    maintenance: datetime | None = None  # when planned work on all of it is over; None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCounts:
    """How many rooms a site has, how many record, and how many cannot be seen."""

    total: int = 0
    recording: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """A site as the wall shows it."""

    id: SiteId
    name: str
    time_zone: str
    in_campus: bool
    state: State
    level: Level | None
    counts: Counts
    rooms: RoomCounts


def count(devices: Iterable[Health]) -> Counts:
    """Return how many devices are in each state."""
    counted = dict.fromkeys(State, 0)
    for health in devices:
        counted[health.state] += 1
    return Counts(**{state.value: number for state, number in counted.items()})


def worst_state(states: Iterable[State]) -> State:
    """Return the state of a whole from those of its parts: off only when all are off, unknown when it has none."""
    present = set(states)
    return min(present, key=_RANK.__getitem__) if present else State.UNKNOWN


def worst_level(levels: Iterable[Level | None]) -> Level | None:
    """Return the worst level there is; smaller is worse."""
    return min((level for level in levels if level is not None), default=None)


def _trouble(health: Health) -> tuple[float, int, bool]:
    """Order devices by how much a room's tile should speak of them: 1, 2, out of sight, 3, then the rest."""
    place = float(health.level) if health.level is not None else 9.0
    if health.state is State.UNKNOWN:
        place = min(place, 2.5)
    return place, _RANK[health.state], health.device.role not in RECORDER_ROLES


def worst_device(devices: Sequence[Health]) -> WorstDevice | None:
    """Return the device to name on a room's tile; None when all are well, or expected to be off."""
    ill = [health for health in devices if health.level is not None or health.state not in (State.OK, State.OFF)]
    if not ill:
        return None
    worst = min(ill, key=_trouble)
    device = worst.device
    return WorstDevice(id=device.id, role=device.role, name=device.name, state=worst.state, level=worst.level)


def lessons_at(room: Room, now: datetime) -> Lessons:
    """Return the lesson of a room that runs at `now`, and the next to begin."""
    begun = bisect_right(room.lessons, now, key=_start)
    running = [lesson for lesson in room.lessons[max(0, begun - _MOST_AT_ONCE) : begun] if now < lesson.end]
    recorded = [lesson for lesson in running if lesson.recorded]
    return Lessons(
        now=next(iter(recorded or running), None), next=room.lessons[begun] if begun < len(room.lessons) else None
    )


def _start(lesson: Lesson) -> datetime:
    return lesson.start


def view_room(
    *,
    site: Site,
    room: Room,
    devices: Sequence[Health],
    recording: Recording,
    context: Context,
    now: datetime,
    maintenance: datetime | None = None,
) -> RoomView:
    """Return a room as it is at `now`."""
    recorders = [health.state for health in devices if health.device.role in RECORDER_ROLES]
    return RoomView(
        id=room.id,
        site=site.id,
        site_name=site.name,
        name=room.name,
        in_campus=room.in_campus,
        state=worst_state(health.state for health in devices),
        level=worst_level(health.level for health in devices),
        counts=count(devices),
        worst=worst_device(devices),
        pending=any(health.pending for health in devices),
        recorder_state=worst_state(recorders) if recorders else None,
        context=context,
        has_timetable=room.has_timetable,
        lesson=lessons_at(room, now),
        recording=recording,
        maintenance=maintenance,
    )


def view_site(*, site: Site, rooms: Sequence[RoomView], roomless: Sequence[Health]) -> SiteView:
    """Return a site from its rooms, and from its devices that stand in none.

    A room that is worked on says nothing of how bad the site is.
    """
    states = [room.state for room in rooms] + [health.state for health in roomless]
    levels = [room.level for room in rooms if room.maintenance is None] + [health.level for health in roomless]
    counts = count(roomless)
    for room in rooms:
        counts += room.counts
    unseen = sum((room.recorder_state or room.state) is State.UNKNOWN for room in rooms)
    recording = sum(room.recording.active is True for room in rooms)
    return SiteView(
        id=site.id,
        name=site.name,
        time_zone=site.time_zone.key,
        in_campus=site.in_campus,
        state=worst_state(states),
        level=worst_level(levels),
        counts=counts,
        rooms=RoomCounts(total=len(rooms), recording=recording, unknown=unseen),
    )
