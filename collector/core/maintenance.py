"""Planned work: windows in which faults of a place open no ticket and call nobody.

Comes in: windows, once or by an iCalendar RRULE (RFC 5545) on the site's wall clock. Goes out: whether a fault lies in
one at a moment, until when, and when that changes. What is held back is neither lost nor spent: `told_at` says when
it may be told.
"""

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, rrulestr

from collector.core.model import DeviceId, Incident, RoomId, SiteId, site_of

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST: Final = timedelta(days=31)
_FARTHEST: Final = timedelta(days=5 * 365)
_SLOW_ENOUGH: Final = frozenset({DAILY, WEEKLY, MONTHLY, YEARLY})
_MOST_SPANS: Final = 1000
_MANY_IN_A_ROW: Final = 100  # windows that begin as the one before ends
_SECOND: Final = timedelta(seconds=1)
_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time in UTC; its end is no longer part of it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is worked on: a site, or within it a room or a device; with `rule`, only what that rule finds there."""

    site: SiteId
    room: RoomId | None = None
    device: DeviceId | None = None
    rule: str | None = None

    def holds_place(self, site: SiteId, room: RoomId | None, device: DeviceId | None) -> bool:
        """Tell whether all of a place is worked on: a site, a room of it, or a device that stands there."""
        if self.site != site or (self.room is not None and self.room != room):
            return False
        return self.device is None or self.device == device

    def holds(self, incident: Incident) -> bool:
        """Tell whether a fault is of what is worked on."""
        if self.rule is not None and self.rule not in (incident.rule, incident.family):
            return False
        return self.holds_place(site_of(incident.device), incident.room, incident.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One plan. `start` to `end` is its first (or only) time; `repeats` an RRULE that it comes again by, or empty.

    It repeats on the wall clock of `zone`, so that 22:00 to 06:00 stays that when the clocks change. `cut_at`: the
    time that ran then was ended early; `ended_at`: all of it was.
    """

    id: int
    scope: Scope
    start: datetime
    end: datetime
    repeats: str = ""
    zone: ZoneInfo
    reason: str = ""
    made_at: datetime
    made_by: str
    cut_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def is_over(self, moment: datetime) -> bool:
        """Tell whether it neither runs at a moment nor will again."""
        return self.now(moment) is None and self.next(moment) is None

    def now(self, moment: datetime) -> Span | None:
        """Return the time that runs at a moment; None where none does."""
        start: datetime | None = self._local(self.start)
        if self.repeats and start is not None:
            start = _rule(self.repeats, start).before(self._local(moment), inc=True)
        span = self._span(start) if start is not None else None
        return span if span is not None and span.start <= moment < span.end else None

    def next(self, moment: datetime) -> Span | None:
        """Return the first time that begins after a moment; None where none will."""
        start: datetime | None = self._local(self.start)
        if self.repeats and start is not None:
            start = _rule(self.repeats, start).after(self._local(moment))
        span = self._span(start) if start is not None else None
        return span if span is not None and span.start > moment else None

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Yield the times that touch a stretch, ascending; at most a thousand."""
        span = self.now(start) or self.next(start)
        for _ in range(_MOST_SPANS):
            if span is None or span.start >= end:
                return
            yield span
            span = self.next(span.start)

    def _span(self, local: datetime) -> Span | None:
        """Return the time that begins at a wall clock's moment; None where it was ended before it began."""
        length = self._local(self.end) - self._local(self.start)
        start, end = (at.replace(tzinfo=self.zone).astimezone(UTC) for at in (local, local + length))
        if not self.repeats:
            start, end = self.start, self.end  # as it was said, also in an hour that the clocks repeat
        if self.ended_at is not None and start >= self.ended_at:
            return None
        for cut in (self.cut_at, self.ended_at):
            if cut is not None and start <= cut < end:
                end = cut
        return Span(start, end) if start < end else None

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)


class Plan:
    """All windows, as they hold back faults. Remembers of each until when its answer stays."""

    def __init__(self, windows: Iterable[Window] = ()) -> None:
        self.windows = tuple(windows)
        self._known: dict[int, tuple[datetime, datetime, Span | None]] = {}

    def holds(self, incident: Incident, now: datetime) -> bool:
        """Tell whether a fault lies in a window at `now`."""
        return any(window.scope.holds(incident) and self._at(window, now) is not None for window in self.windows)

    def until(self, site: SiteId, room: RoomId | None, device: DeviceId | None, now: datetime) -> datetime | None:
        """Return when the work on all of a place is over; None where there is none at `now`.

        Work on a single rule leaves the rest of a place as it is. Windows that follow each other are one.
        """
        return self._end(
            [
                window
                for window in self.windows
                if window.scope.rule is None and window.scope.holds_place(site, room, device)
            ],
            now,
        )

    def told_at(self, incident: Incident, due: datetime) -> datetime:
        """Return when something due may be told of a fault: then, or when the last window that holds it back is over.

        An escalation that falls into a window waits for its end: it is neither lost nor spent.
        """
        return self._end([window for window in self.windows if window.scope.holds(incident)], due) or due

    def next_change(self, now: datetime) -> datetime | None:
        """Return when a window begins or ends next; None: not by what is planned."""
        for window in self.windows:
            self._at(window, now)
        return min((until for _, until, _ in self._known.values() if until < _EVER), default=None)

    def _end(self, windows: list[Window], now: datetime) -> datetime | None:
        end: datetime | None = None
        for _ in range(_MANY_IN_A_ROW):
            running = [span.end for window in windows if (span := self._at(window, end or now)) is not None]
            if not running:
                break
            end = max(running)
        return end

    def _at(self, window: Window, moment: datetime) -> Span | None:
        since, until, span = self._known.get(window.id, (_EVER, _EVER, None))
        if not since <= moment < until:
            span = window.now(moment)
            if span is not None:
                until = span.end
            else:
                coming = window.next(moment)
                until = coming.start if coming is not None else _EVER
            self._known[window.id] = (moment, until, span)
        return span


# ---------------------------------------------------------------- what may be planned


class BadWindow(ValueError):
    """What was asked for is no window; the text says what is wrong and what to give instead."""


def check_times(start: datetime, end: datetime, now: datetime) -> None:
    """Raise BadWindow where a window's first time cannot be one."""
    if not (abs(start - now) < _FARTHEST and abs(end - now) < _FARTHEST):
        raise BadWindow(f"is more than {_FARTHEST.days // 365} years away; plan what is nearer")
    if end <= start:
        raise BadWindow("ends before it begins; give an end after the start")
    if end - start > LONGEST:
        raise BadWindow(f"is longer than {LONGEST.days} days; plan it in parts, so that nothing is forgotten in it")


def check_repeats(repeats: str, start: datetime, end: datetime, zone: ZoneInfo) -> None:
    """Raise BadWindow where a text is no RRULE by which a window from `start` to `end` may come again."""
    local = start.astimezone(zone).replace(tzinfo=None)
    try:
        found = rrulestr(repeats, dtstart=local)
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        raise BadWindow(f"is no RRULE ({error}); write it like FREQ=WEEKLY;BYDAY=MO,TH") from error
    if not isinstance(found, rrule) or found._freq not in _SLOW_ENOUGH:  # type: ignore[attr-defined]  # no public way
        raise BadWindow("must be one rule with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    if _never_on(found, local) or _first(found, local, until=local) != local:
        raise BadWindow("does not have the window's start among its times; begin at one of them")
    if _first(found, local + _SECOND, until=local + (end - start) - _SECOND) is not None:
        raise BadWindow("comes again before the window is over; make the window shorter")


def _never_on(repeats: rrule, day: datetime) -> bool:
    """Tell whether a rule names other days than one. A rule without a day is else looked for until the year 9999."""
    in_month, in_year = monthrange(day.year, day.month)[1], 366 if isleap(day.year) else 365
    of_year = day.timetuple().tm_yday
    named: tuple[tuple[tuple[int, ...], set[int]], ...] = (
        (repeats._bymonth or (), {day.month}),  # type: ignore[attr-defined]  # no public way
        (repeats._bymonthday + repeats._bynmonthday, {day.day, day.day - in_month - 1}),  # type: ignore[attr-defined]
        (repeats._byyearday or (), {of_year, of_year - in_year - 1}),  # type: ignore[attr-defined]
    )
    return any(days and own.isdisjoint(days) for days, own in named)


def _first(repeats: rrule, after: datetime, *, until: datetime) -> datetime | None:
    """Return the first time of a rule in a stretch, without looking for one beyond it."""
    bounded = repeats._count is not None or repeats._until is not None  # type: ignore[attr-defined]  # no public way
    for at in repeats if bounded else repeats.replace(until=until):
        if at > until:
            return None
        if at >= after:
            return at
    return None


def weekly(
    days: Iterable[str], begins: time, ends: time, *, zone: ZoneInfo, now: datetime
) -> tuple[datetime, datetime, str]:
    """Return start, end and RRULE of a window on days of the week by local times, from the first that ends after `now`.

    An end at or before the beginning is that of the next day.
    """
    chosen = sorted({WEEKDAYS.index(day) for day in days})
    if not chosen:
        raise BadWindow("has no days; give some of mon, tue, wed, thu, fri, sat, sun")
    day = now.astimezone(zone).date() - timedelta(days=1)
    while True:
        last = day if ends > begins else day + timedelta(days=1)
        start, end = (datetime.combine(on, at, zone).astimezone(UTC) for on, at in ((day, begins), (last, ends)))
        if day.weekday() in chosen and end > now:
            return start, end, "FREQ=WEEKLY;BYDAY=" + ",".join(WEEKDAYS[one][:2].upper() for one in chosen)
        day += timedelta(days=1)


@lru_cache(maxsize=1024)
def _rule(repeats: str, start: datetime) -> rrule:
    found = rrulestr(repeats, dtstart=start, cache=True)
    if not isinstance(found, rrule):
        raise BadWindow("must be one rule")
    return found
