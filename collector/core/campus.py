"""The campus: schools, their rooms, what stands in them, and what feeds what. packs/campus.py reads the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from collector.core.almanac import NO_ALMANAC, Almanac, Span
from collector.core.model import Device, DeviceId, RoomId, SiteId

DEFAULT_AGREEMENT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A school or one campus of it. `opening_hours` maps weekday (0 = Monday) to spans of local time.

    None: the site never closes. A weekday that is not listed is closed; `almanac` has the days that are not as their
    weekday.
    """

    id: SiteId
    name: str
    time_zone: ZoneInfo
    opening_hours: Mapping[int, tuple[Span, ...]] | None = None
    almanac: Almanac = NO_ALMANAC
    agreement: str = DEFAULT_AGREEMENT
    in_campus: bool = True

    def hours(self, day: date) -> tuple[Span, ...]:
        """Return the opening hours of a day, of a site that has any; empty: it is closed."""
        week = self.opening_hours or {}
        return self.almanac.hours([week.get(weekday, ()) for weekday in range(7)], day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One lesson of a room's timetable, in UTC. `recorded`: booked as recorded.

    `for_that_day`: somebody entered it for that very day, so it is held even on a holiday.
    """

    start: datetime
    end: datetime
    title: str
    recorded: bool
    for_that_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A recording classroom. `lessons` is sorted by start; empty where there is no timetable."""

    id: RoomId
    site: SiteId
    name: str
    has_timetable: bool = False
    lessons: tuple[Lesson, ...] = ()
    in_campus: bool = True


class Carries(StrEnum):
    """What comes through a link; without it, what is fed cannot be seen, has no power, or nowhere to write to."""

    PATH = "path"
    POWER = "power"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A device feeds a device, all that stands in a room, or all of a site. `port` is the feeder's.

    `source` is where it was learnt from, "" where the campus file says it.
    """

    feeder: DeviceId
    carries: Carries = Carries.PATH
    port: str = ""
    device: DeviceId | None = None
    room: RoomId | None = None
    site: SiteId | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campus:
    """What the campus file says, in its order. Births add to it; the file wins."""

    sites: Mapping[SiteId, Site] = field(default_factory=dict)
    rooms: Mapping[RoomId, Room] = field(default_factory=dict)
    devices: Mapping[DeviceId, Device] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    timetable_urls: frozenset[str] = frozenset()  # timetables that are fetched
    timetable_mistakes: tuple[str, ...] = ()  # events of timetables that are left out: "FILE:LINE: why"
    roles_unstated: frozenset[DeviceId] = frozenset()  # devices whose role the file leaves to their births
