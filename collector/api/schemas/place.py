"""Sites and rooms: what the wall shows."""

from datetime import datetime

from collector.api.schemas.base import Shown
from collector.core.model import Context, State


class Counts(Shown):
    """How many devices are in each state."""

    ok: int = 0
    degraded: int = 0
    failed: int = 0
    unknown: int = 0
    off: int = 0


class Lesson(Shown):
    """A lesson of a room's timetable; `recorded`: booked as recorded."""

    title: str
    start: datetime
    end: datetime
    recorded: bool


class Lessons(Shown):
    """The lesson that runs and the next one of the timetable."""

    now: Lesson | None = None
    next: Lesson | None = None


class Recording(Shown):
    """Whether any recorder of the room says that it records; null where none says."""

    active: bool | None = None
    since: datetime | None = None


class WorstDevice(Shown):
    """The device that a room's state and level come from."""

    id: str
    role: str
    name: str
    state: State
    level: int | None = None


class Room(Shown):
    """A room. `id` is `site/room`. `in_campus` false: born, but not in the campus file.

    `pending`: a fault of one of its devices is being timed and has not been detected yet. `maintenance`: when planned
    work on all of it is over; null where there is none now.
    """

    id: str
    site: str
    site_name: str
    name: str
    in_campus: bool
    state: State
    level: int | None = None
    counts: Counts
    worst: WorstDevice | None = None
    pending: bool
    recorder_state: State | None = None
    context: Context
    has_timetable: bool
    lesson: Lessons
    recording: Recording
    maintenance: datetime | None = None


class RoomDetail(Room):
    """A room with the lessons of the site's day, from local midnight for two days."""

    lessons: list[Lesson]


class RoomCounts(Shown):
    """How many rooms a site has, how many record, and how many cannot be seen."""

    total: int = 0
    recording: int = 0
    unknown: int = 0


class Site(Shown):
    """A school or one campus of it."""

    id: str
    name: str
    time_zone: str
    in_campus: bool
    state: State
    level: int | None = None
    counts: Counts
    rooms: RoomCounts
