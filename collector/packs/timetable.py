"""A room's timetable: iCalendar in, lessons around a moment out. Recurrence, exceptions and time zones are followed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from collector.core.campus import Lesson
from collector.packs.calendar_file import BROKEN, BadEvent, NoCalendar, Written, read_events, reason

BEFORE: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=14)
RECORDED: Final = "RECORDED"
_DAY: Final = timedelta(days=1)


class TimetableError(Exception):
    """The file is no usable iCalendar file; the text says why."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The lessons of a room, by start, in UTC; and the events that are left out, each with its line and why."""

    lessons: tuple[Lesson, ...]
    left_out: tuple[BadEvent, ...] = ()


def read_lessons(
    path: Path, zone: ZoneInfo, now: datetime, is_off: Callable[[date], bool] = lambda _day: False
) -> Timetable:
    """Return the lessons from a day before `now` to 14 days after it.

    Times without a zone are the site's (`zone`). Whole-day and cancelled events are no lessons. An event whose
    CATEGORIES hold RECORDED is booked as recorded. On a day that `is_off` only what was entered for that very day is
    held: a lesson without a rule, in a timetable in which others recur. An event that cannot be understood is left out.
    Raises TimetableError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TimetableError(f"cannot be read: {error.strerror or error}") from error
    return parse_lessons(data, zone, now, is_off)


def parse_lessons(
    data: bytes, zone: ZoneInfo, now: datetime, is_off: Callable[[date], bool] = lambda _day: False
) -> Timetable:
    """Return the same of an iCalendar file's content."""
    try:
        written, left_out = read_events(data)
    except NoCalendar as error:
        raise TimetableError(f"is not a valid iCalendar file: {error}") from error
    if left_out and not written:
        raise TimetableError(f"is not a valid iCalendar file: line {left_out[0].line}: {left_out[0].why}")
    start, end = now - BEFORE, now + AHEAD
    recurs = any("RRULE" in one.event for one in written)
    found: set[Lesson] = set()
    for group in _by_series(written):
        try:
            for lesson in _lessons(group, zone, start, end):
                meant = recurs and lesson.for_that_day
                if meant or not is_off(lesson.start.astimezone(zone).date()):
                    found.add(replace(lesson, for_that_day=meant))
        except BROKEN as error:
            left_out.append(BadEvent(group[0].line, f"{_title(group[0].event)!r} is left out: {reason(error)}"))
    lessons = sorted(found, key=lambda lesson: (lesson.start, lesson.end, lesson.title))
    return Timetable(tuple(lessons), tuple(sorted(left_out, key=lambda bad: bad.line)))


def _by_series(written: Sequence[Written]) -> Iterator[list[Written]]:
    """Walk what belongs together: a rule and its exceptions have one UID, as have an event and its newer version.

    Some schools give all their events the same UID, or none; those stand alone.
    """
    groups: defaultdict[object, list[Written]] = defaultdict(list)
    for one in written:
        groups[str(one.event.get("UID") or "") or one.line].append(one)
    for group in groups.values():
        versions = {(one.event.get("RECURRENCE-ID") is None, str(one.event.get("SEQUENCE", 0))) for one in group}
        if len(versions) == 1 and all(version[0] for version in versions):
            yield from ([one] for one in group)
        else:
            yield group


def _lessons(group: Sequence[Written], zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Lesson]:
    events = [one.event for one in group]
    recurs = any("RRULE" in event for event in events)
    moved = {event.start for event in events if "RECURRENCE-ID" in event}
    if not recurs and not any("RDATE" in event for event in events):
        events = [event for event in events if _is_near(event, start, end)]
    calendar = icalendar.Calendar()
    for event in events:
        _bound(event, zone, end)
        calendar.add_component(event)
    # an event without a zone may lie a day from where UTC would put it
    for event in recurring_ical_events.of(calendar).between(start - _DAY, end + _DAY) if events else ():
        if not isinstance(event, icalendar.Event):
            continue
        lesson = _lesson(event, zone)
        if lesson is None or lesson.end <= start or lesson.start >= end:
            continue
        yield replace(lesson, for_that_day=not recurs or event.start in moved)


def _is_near(event: icalendar.Event, start: datetime, end: datetime) -> bool:
    """Tell whether an event may lie in a stretch; most of a year's file does not."""
    return start.date() - 2 * _DAY <= _date(event.end) and _date(event.start) <= end.date() + 2 * _DAY


def _date(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _bound(event: icalendar.Event, zone: ZoneInfo, end: datetime) -> None:
    """Let a rule without an end have one beyond what is asked for: one that never comes true would be followed on.

    An end in UTC of a rule without a zone is meant on the site's clock.
    """
    rule, start = event.get("RRULE"), event.start
    if rule is None:
        return
    if "UNTIL" not in rule:
        if "COUNT" not in rule:
            rule["UNTIL"] = [end + 2 * _DAY]
        return
    until = rule["UNTIL"][0]
    if isinstance(until, datetime) and until.tzinfo and isinstance(start, datetime) and start.tzinfo is None:
        rule["UNTIL"] = [until.astimezone(zone).replace(tzinfo=None)]


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
    return Lesson(start=begins, end=ends, title=_title(event), recorded=recorded)


def _title(event: icalendar.Event) -> str:
    said = event.get("SUMMARY", "")
    return str(said[0] if isinstance(said, list) else said)
