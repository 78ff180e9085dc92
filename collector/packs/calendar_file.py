"""The events of an iCalendar file (RFC 5545), each read by itself: a bad one costs only itself.

Comes in: the bytes of a file. Goes out: its events with the line each begins at, and `BadEvent`s in words.

Schools write what they like: a byte order mark, GBK, several calendars in one file, lines that are none, zones of
Outlook's names. What cannot be understood of an event's time makes the event bad; anything else of it is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Final, cast

import icalendar
from icalendar.timezone import tzp

BROKEN: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What the libraries raise for content that they do not understand."""

_BEGIN: Final = re.compile(r"BEGIN:VEVENT[ \t]*$", re.IGNORECASE)
_END: Final = re.compile(r"END:VEVENT[ \t]*$", re.IGNORECASE)
_CALENDAR: Final = re.compile(r"(BEGIN|END):VCALENDAR[ \t]*$", re.IGNORECASE)
_ZONE: Final = re.compile(r"^BEGIN:VTIMEZONE[ \t]*$.*?^END:VTIMEZONE[ \t]*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_TIMES: Final = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_ONCE: Final = ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID")
_SLOW_ENOUGH: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_MOST_A_DAY: Final = 48
_EARLIEST: Final = date(1970, 1, 1)
_LONGEST: Final = timedelta(days=7)
_zones = Lock()  # the library knows one set of zones, whoever reads


class NoCalendar(Exception):
    """The bytes are no iCalendar file, or half of one; the text says why."""


@dataclass(frozen=True, slots=True)
class BadEvent:
    """An event that is left out: the line it begins at, from 1, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it is written, and the line that it begins at."""

    line: int
    event: icalendar.Event


def read_events(data: bytes) -> tuple[list[Written], list[BadEvent]]:
    """Return the events of a file and what is wrong with the others. Raises NoCalendar."""
    text = _text(data)
    good: list[Written] = []
    bad: list[BadEvent] = []
    with _zones:
        _learn_zones(_ZONE.findall(text))
        for line, block in _blocks(text):
            try:
                event = cast("icalendar.Event", icalendar.Event.from_ical(block))
                _check(event)
            except BROKEN as error:
                bad.append(BadEvent(line, f"{_named(block)} is left out: {reason(error)}"))
            else:
                good.append(Written(line, event))
    return good, bad


def reason(error: Exception) -> str:
    """Return an error of a library in one line."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _text(data: bytes) -> str:
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        marks = [found[1].upper() for line in text.split("\n") if (found := _CALENDAR.match(line)) is not None]
        if not marks:
            raise NoCalendar("it does not say BEGIN:VCALENDAR")
        if marks != ["BEGIN", "END"] * (len(marks) // 2):
            raise NoCalendar("it is cut off: it does not end with END:VCALENDAR")
        return text
    raise AssertionError("Latin-1 knows every byte")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", "latin-1"
    return "utf-8-sig", "gb18030", "latin-1"


def _learn_zones(zones: list[str]) -> None:
    """Let the library know the zones that a file describes, and no others. One that cannot be read goes by its name."""
    tzp.use_default()
    for zone in zones:
        try:
            icalendar.Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{zone}\r\nEND:VCALENDAR\r\n")
        except BROKEN:
            continue


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Walk the events: the line each begins at, and its text. One that does not end has none."""
    begun: int | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if _BEGIN.match(line):
            if begun is not None:
                yield begun, "\r\n".join(lines[begun - 1 : number - 1])
            begun = number
        elif begun is not None and (_END.match(line) or _CALENDAR.match(line)):
            yield begun, "\r\n".join(lines[begun - 1 : number]) + "\r\n"
            begun = None


def _named(block: str) -> str:
    found = re.search(r"^SUMMARY[^:\n]*:([^\r\n]*)", block, re.MULTILINE | re.IGNORECASE)
    return f"event {found[1].strip()!r}" if found is not None and found[1].strip() else "an event"


def _check(event: icalendar.Event) -> None:
    """Raise ValueError where the time of an event cannot be understood, or would take for ever to follow."""
    for name, what in event.errors:
        if name in _TIMES:
            raise ValueError(f"{name}: {what}")
    for name in _ONCE:
        if isinstance(event.get(name), list):
            raise ValueError(f"{name} is there more than once")
    if "DTSTART" not in event:
        raise ValueError("it has no DTSTART")
    start, end = event.start, event.end
    if isinstance(start, datetime) is not isinstance(end, datetime):
        raise ValueError("one of its ends is a day, the other a time")
    begins, ends = _moment(start, end), _moment(end, start)
    if ends < begins:
        raise ValueError("it ends before it begins")
    if isinstance(start, datetime) and ends - begins > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST.days} days")
    rule = event.get("RRULE")
    if isinstance(rule, icalendar.vRecur):
        _check_rule(rule, start)


def _check_rule(rule: icalendar.vRecur, start: date) -> None:
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    if frequency not in _SLOW_ENOUGH:
        raise ValueError(f"RRULE: FREQ={frequency} is not one of {', '.join(_SLOW_ENOUGH)}")
    if any(int(interval) < 1 for interval in rule.get("INTERVAL", ())):
        raise ValueError("RRULE: INTERVAL must be 1 or more")
    times = [max(len(rule.get(part, ())), 1) for part in ("BYHOUR", "BYMINUTE", "BYSECOND")]
    if times[0] * times[1] * times[2] > _MOST_A_DAY:
        raise ValueError(f"RRULE: it comes more than {_MOST_A_DAY} times a day")
    if (start.date() if isinstance(start, datetime) else start) < _EARLIEST:
        raise ValueError(f"it recurs from before {_EARLIEST.year}")


def _moment(at: date, other: date) -> datetime:
    """Return a moment to compare ends by; a time without a zone is taken as one of the other end's zone."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time.min)
    zone = other.tzinfo if isinstance(other, datetime) else None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone or UTC)
