"""Times in rule tests: a time of the calendar (`2026-11-23 10:00`), or a duration from the start (`5 min`)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from collector.packs.document import Cursor
from collector.packs.scalar import Duration, Text
from collector.packs.shape import Json

CALENDAR: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)")
_WHAT: Final = "a time like 2026-11-23 10:00"


@dataclass(frozen=True, slots=True)
class Clock:
    """A wall clock's time, not yet of any zone."""

    day: date
    time: time

    def within(self, zone: ZoneInfo) -> datetime:
        """Return the moment at which the clocks of a zone show it."""
        return datetime.combine(self.day, self.time, zone)


Moment = Clock | timedelta


class CalendarTime:
    """A time of the calendar."""

    def read(self, cursor: Cursor) -> Clock:
        text = Text().read(cursor)
        match = CALENDAR.fullmatch(text)
        if match is None:
            cursor.refuse(f"must be {_WHAT}, is {text!r}")
        try:
            return Clock(date.fromisoformat(match[1]), time.fromisoformat(match[2]))
        except ValueError as error:
            cursor.refuse(f"must be {_WHAT}: {error}")

    def schema(self) -> Json:
        return {"type": "string", "pattern": f"^{CALENDAR.pattern}$"}


class MomentReader:
    """A time of the calendar, or a duration from the start of the test."""

    def read(self, cursor: Cursor) -> Moment:
        if cursor.scalar is not None and CALENDAR.fullmatch(cursor.scalar.strip()):
            return CalendarTime().read(cursor)
        return Duration().read(cursor)

    def schema(self) -> Json:
        return {"anyOf": [Duration().schema(), CalendarTime().schema()]}
