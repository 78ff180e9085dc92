"""When a promise is due, and how much of its time has gone.

Comes in: when a promise began, its term, the stretches that do not count, the customer's calendar and time zone.
Goes out: an instant. All counting is additive, so that a promise paused and resumed is due exactly as much later as
the pause took from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from collector.core.agreement import Calendar, Counting, Term

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stretch that does not count towards a promise. `end` None: it lasts."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Time that counts, at `rate` microseconds of promise a microsecond."""

    start: datetime
    end: datetime | None
    rate: int | Fraction


@lru_cache(maxsize=4096)  # a thousand tickets of one storm ask for the same
def due_at(start: datetime, term: Term, *, stops: tuple[Stop, ...], calendar: Calendar, zone: ZoneInfo) -> datetime:
    """Return when a promise that began at `start` runs out.

    `stops` ascend and do not overlap. While the last of them lasts, the answer is as if it ended where it began.
    """
    left: int | Fraction = term.within // _MICROSECOND
    begin = start
    for stop in stops:
        if stop.end is None:
            break
        if stop.start > begin:
            reached, left = _advance(begin, stop.start, left, term.counting, calendar, zone)
            if reached is not None:
                return reached
        begin = max(begin, stop.end)
    reached, _ = _advance(begin, None, left, term.counting, calendar, zone)
    if reached is None:
        raise AssertionError("time without end always suffices")
    return reached


def counted(start: datetime, end: datetime, counting: Counting, *, calendar: Calendar, zone: ZoneInfo) -> timedelta:
    """Return how much of the time from `start` to `end` counts towards a promise."""
    total: int | Fraction = 0
    for stretch in _stretches(start, counting, calendar, zone):
        if stretch.start >= end:
            break
        upto = end if stretch.end is None else min(end, stretch.end)
        total += stretch.rate * ((upto - stretch.start) // _MICROSECOND)
        if upto == end:
            break
    return timedelta(microseconds=int(total))


def next_working(at: datetime, *, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """Return the first instant from `at` on that lies in business hours; `at` where the calendar has none."""
    if not any(calendar.week):
        return at
    return next(_stretches(at, Counting.BUSINESS, calendar, zone)).start


def _advance(
    start: datetime, end: datetime | None, left: int | Fraction, counting: Counting, calendar: Calendar, zone: ZoneInfo
) -> tuple[datetime | None, int | Fraction]:
    """Return the instant at which `left` has been counted from `start`; or None and what is left at `end`."""
    for stretch in _stretches(start, counting, calendar, zone):
        if end is not None and stretch.start >= end:
            break
        needed = -(-left // stretch.rate)  # whole microseconds, rounded up
        upto = min((point for point in (stretch.end, end) if point is not None), default=None)
        if upto is None or needed <= (upto - stretch.start) // _MICROSECOND:
            return stretch.start + timedelta(microseconds=int(needed)), 0
        left -= stretch.rate * ((upto - stretch.start) // _MICROSECOND)
    return None, left


def _stretches(start: datetime, counting: Counting, calendar: Calendar, zone: ZoneInfo) -> Iterator[_Stretch]:
    """Yield what counts from `start` on, ascending and without end."""
    start = start.astimezone(UTC)  # arithmetic in a local zone is that of its wall clock, not of time
    if counting is Counting.ALWAYS:
        yield _Stretch(start, None, 1)
        return
    day = start.astimezone(zone).date() - _DAY  # a span that ends at midnight may belong to the day before
    while True:
        spans = _spans_utc(day, calendar, zone)
        whole = sum(((end - begin) // _MICROSECOND for begin, end in spans), 0)
        rate = 1 if counting is Counting.BUSINESS else Fraction(_DAY // _MICROSECOND, whole or 1)
        for begin, end in spans:
            if end > start:
                yield _Stretch(max(begin, start), end, rate)
        day += _DAY


def _spans_utc(day: date, calendar: Calendar, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return a day's business hours in UTC.

    An hour that the clocks skip has no length; of one that they repeat, a start or an end is the first.
    """
    spans: list[tuple[datetime, datetime]] = []
    floor: datetime | None = None
    for opens, closes in calendar.spans(day):
        begin = datetime.combine(day, opens, zone).astimezone(UTC)
        closing = datetime.combine(day, closes, zone)
        end = (datetime.combine(day + _DAY, time.min, zone) if closes == time.max else closing).astimezone(UTC)
        if floor is not None:
            begin = max(begin, floor)
        if end > begin:
            spans.append((begin, end))
            floor = end
    return spans
