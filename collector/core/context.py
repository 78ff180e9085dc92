"""What a room is for at a moment: lesson, open or closed. Comes in: timetable and opening hours. Pure arithmetic.

A room without a timetable is always open; a site without opening hours never closes. On public holidays and outside
the terms a site with opening hours is closed all day, and only lessons that were entered for that very day are held; on
a make-up working day it opens.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from collector.core.campus import Lesson, Room, Site
from collector.core.model import Context
from collector.core.rule import Quantity

EARLY: Final = timedelta(minutes=15)  # a room is needed that long before its lesson
_HORIZON: Final = timedelta(days=8)
_DAY: Final = timedelta(days=1)


class Schedule:
    """A room's contexts. Asked with moments that mostly move on; remembers the answer until the next change."""

    __slots__ = ("_context", "_from", "_lesson", "_lessons", "_room", "_site", "_until")

    def __init__(self, room: Room | None = None, site: Site | None = None) -> None:
        self._room = room if room is not None and room.has_timetable else None
        self._site = site
        self._lessons = tuple(lesson for lesson in room.lessons if _is_held(lesson, site)) if room is not None else ()
        self._context = Context.OPEN
        self._lesson: Lesson | None = None
        self._from: datetime | None = None
        self._until: datetime | None = None

    def context(self, now: datetime) -> Context:
        """Return what the room is for at `now`."""
        self._settle(now)
        return self._context

    def booked(self, now: datetime) -> bool:
        """Tell whether a lesson booked as recorded is on at `now`, from its start to its end."""
        self._settle(now)
        return self._lesson is not None and self._lesson.recorded

    def next_change(self, now: datetime) -> datetime | None:
        """Return when the answers may change next; None: never (within a week)."""
        self._settle(now)
        return self._until

    def quantity(self, of: Quantity, now: datetime) -> float | None:
        """Return a number of the timetable; None where it has none."""
        if self._room is None:
            return None
        if of is Quantity.BOOKED_HOURS:
            until = now + _DAY
            spans = (
                min(lesson.end, until) - max(lesson.start, now)
                for lesson in self._lessons
                if lesson.recorded and lesson.end > now and lesson.start < until
            )
            return sum(spans, timedelta()) / timedelta(hours=1)
        ends = [lesson.end for lesson in self._lessons if lesson.start - EARLY <= now < lesson.end]
        return (max(ends) - now).total_seconds() if ends else None

    def _settle(self, now: datetime) -> None:
        if self._room is None:
            return
        if self._from is not None and self._from <= now and (self._until is None or now < self._until):
            return
        on = [lesson for lesson in self._lessons if lesson.start <= now < lesson.end]
        self._lesson = next((lesson for lesson in on if lesson.recorded), on[0] if on else None)
        if any(lesson.start - EARLY <= now < lesson.end for lesson in self._lessons):
            self._context = Context.LESSON
        else:
            self._context = Context.OPEN if _is_open(self._site, now) else Context.CLOSED
        self._from = now
        self._until = min(
            (moment for moment in self._changes(now) if moment > now),
            default=now + _HORIZON if self._lessons or _has_hours(self._site) else None,
        )

    def _changes(self, now: datetime) -> Iterator[datetime]:
        for lesson in self._lessons:
            if lesson.end > now:
                yield from (lesson.start - EARLY, lesson.start, lesson.end)
        if self._site is not None and self._site.opening_hours is not None:
            today = now.astimezone(self._site.time_zone).date()
            for ahead in range(_HORIZON.days):
                day = today + ahead * _DAY
                for start, end in self._site.hours(day):
                    yield _utc(self._site, day, start)
                    yield _utc(self._site, day + _DAY, time()) if end == time.max else _utc(self._site, day, end)


def _is_held(lesson: Lesson, site: Site | None) -> bool:
    """Tell whether a lesson takes place: timetables list the holidays, too."""
    if lesson.for_that_day or site is None:
        return True
    return not site.almanac.is_off(lesson.start.astimezone(site.time_zone).date())


def _has_hours(site: Site | None) -> bool:
    return site is not None and bool(site.opening_hours)


def _is_open(site: Site | None, now: datetime) -> bool:
    if site is None or site.opening_hours is None:
        return True
    local = now.astimezone(site.time_zone)
    clock = local.time()
    return any(start <= clock and (clock < end or end == time.max) for start, end in site.hours(local.date()))


def _utc(site: Site, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, site.time_zone).astimezone(UTC)
