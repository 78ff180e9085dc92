"""A room's timetable: iCalendar in, lessons around a moment out. Recurrence, exceptions and time zones are followed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from collector.core.campus import Lesson

BEFORE: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=14)
RECORDED: Final = "RECORDED"
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


class TimetableError(Exception):
    """The file is no usable iCalendar file; the text says why."""


def read_lessons(
    path: Path, zone: ZoneInfo, now: datetime, is_off: Callable[[date], bool] = lambda _day: False
) -> tuple[Lesson, ...]:
    """Return the lessons from a day before `now` to 14 days after it, sorted by start, in UTC.

    Times without a zone are the site's (`zone`). Whole-day and cancelled events are no lessons. An event whose
    CATEGORIES hold RECORDED is booked as recorded. What recurs by a rule is not held on a day that `is_off`; what was
    entered for that very day is. Raises TimetableError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TimetableError(f"cannot be read: {error.strerror or error}") from error
    return parse_lessons(data, zone, now, is_off)


def parse_lessons(
    data: bytes, zone: ZoneInfo, now: datetime, is_off: Callable[[date], bool] = lambda _day: False
) -> tuple[Lesson, ...]:
    """Return the same of an iCalendar file's content."""
    start, end = now - BEFORE, now + AHEAD
    try:
        calendar = icalendar.Calendar.from_ical(data)
        written = [event for event in calendar.walk("VEVENT") if isinstance(event, icalendar.Event)]
        recurring = {event.get("UID") for event in written if "RRULE" in event}
        moved = {_place(event) for event in written if "RECURRENCE-ID" in event}
        day = timedelta(days=1)  # an event without a zone may lie that far from where UTC would put it
        events = recurring_ical_events.of(calendar).between(start - day, end + day)
        found: set[Lesson] = set()
        for event in events:
            if not isinstance(event, icalendar.Event):
                continue
            lesson = _lesson(event, zone)
            if lesson is None or lesson.end <= start or lesson.start >= end:
                continue
            by_rule = event.get("UID") in recurring and _place(event) not in moved
            if not (by_rule and is_off(lesson.start.astimezone(zone).date())):
                found.add(lesson)
    except _BROKEN as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TimetableError(f"is not a valid iCalendar file: {reason}") from error
    return tuple(sorted(found, key=lambda lesson: (lesson.start, lesson.end, lesson.title)))


def _place(event: icalendar.Event) -> tuple[object, object]:
    """Return what an event and the exception that moved it have in common with no other: UID and where it begins."""
    return event.get("UID"), event.start


def _lesson(event: icalendar.Event, zone: ZoneInfo) -> Lesson | None:
    start, end = event.start, event.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    begins, ends = (
        (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC) for moment in (start, end)
    )
    if ends <= begins:
        return None
    recorded = any(str(category).strip().upper() == RECORDED for category in event.categories)
    return Lesson(start=begins, end=ends, title=str(event.get("SUMMARY", "")), recorded=recorded)
