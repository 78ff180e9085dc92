"""Maintenance windows: planned work, in which faults open no ticket."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from collector.api.schemas.base import Asked, Name, Shown, Text


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class WindowState(StrEnum):
    """Where a window stands: its time is to come (also between two times), runs, or will not come again."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"


class Span(Shown):
    """A stretch of time; its end is no longer part of it."""

    start: datetime
    end: datetime


class Maintenance(Shown):
    """Planned work on a site, or within it on a room or a device; with `rule`, only what that rule or family finds.

    `start` to `end` is its first time, `repeats` the RRULE by which it comes again on the site's wall clock (empty:
    once). `now` is the time that runs, `next` the one to come, `spans` those of the stretch that was asked for.
    """

    id: int
    state: WindowState
    site: str
    site_name: str
    room: str | None
    room_name: str | None
    device: str | None
    device_name: str | None
    rule: str | None
    start: datetime
    end: datetime
    repeats: str
    time_zone: str
    reason: str
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str | None
    now: Span | None
    next: Span | None
    spans: list[Span]


class Weekly(Asked):
    """Days of the week by local times of the site; an end at or before the beginning is that of the next day."""

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: time
    ends: time


class MaintenanceAsked(Asked):
    """Planned work. Of device, room and site, the most exact one tells the others.

    Either `start` and `end`, with `repeats` (an iCalendar RRULE) where it comes again; or `weekly`.
    """

    site: Name | None = None
    room: Name | None = None
    device: Name | None = None
    rule: Name | None = None
    start: datetime | None = None
    end: datetime | None = None
    repeats: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    weekly: Weekly | None = None
    reason: Text = ""
