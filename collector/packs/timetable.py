"""A room's timetable: iCalendar in, lessons around a moment out. Recurrence, exceptions and time zones are followed."""

from datetime import UTC, datetime, timedelta
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


def read_lessons(path: Path, zone: ZoneInfo, now: datetime) -> tuple[Lesson, ...]:
    """Return the lessons from a day before `now` to 14 days after it, sorted by start, in UTC.

    Times without a zone are the site's (`zone`). Whole-day and cancelled events are no lessons. An event whose
    CATEGORIES hold RECORDED is booked as recorded. Raises TimetableError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TimetableError(f"cannot be read: {error.strerror or error}") from error
    start, end = now - BEFORE, now + AHEAD
    try:
        calendar = icalendar.Calendar.from_ical(data)
        day = timedelta(days=1)  # an event without a zone may lie that far from where UTC would put it
        events = recurring_ical_events.of(calendar).between(start - day, end + day)
        found = [_lesson(event, zone) for event in events if isinstance(event, icalendar.Event)]
    except _BROKEN as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TimetableError(f"is not a valid iCalendar file: {reason}") from error
    inside = {lesson for lesson in found if lesson and lesson.end > start and lesson.start < end}
    return tuple(sorted(inside, key=lambda lesson: (lesson.start, lesson.end, lesson.title)))


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
