"""A term of a school in virtual time: what happens, second by second, and which of it is a fault. Seeded.

Comes in: a seed, weeks, rooms. Goes out: `Term`, the happenings in order and the truth about them. On a working day
the rooms start before the first lesson, record their lessons, and most are switched off in the evening (told) or at the
main switch (cameras and projectors, untold). On holidays nobody comes. Faults, noise and losses of switches lie in
between: simulate/term_faults.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from simulate.chance import chance
from simulate.term_campus import R, TermCampus, TermRoom, make_campus
from simulate.term_edges import Edges
from simulate.term_events import Birth, Change, Death, Happening, RoomDay, TermLesson, Truth
from simulate.term_faults import Trouble

ZONE: Final = ZoneInfo("Asia/Shanghai")
MONDAY: Final = date(2026, 9, 7)
OPENS: Final = time(7)
CLOSES: Final = time(22)
LESSONS: Final = (time(8), time(8, 55), time(10), time(10, 55), time(14), time(14, 55), time(16), time(19))
LESSON: Final = timedelta(minutes=45)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A whole term. `happenings` are in order of time."""

    campus: TermCampus
    zone: ZoneInfo
    start: datetime
    end: datetime
    holidays: frozenset[date]
    lessons: tuple[TermLesson, ...]
    happenings: tuple[Happening, ...]
    truths: tuple[Truth, ...]


def at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which the school's clocks show a time."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def holidays_of(seed: int, weeks: int) -> frozenset[date]:
    """Return a working day off every second week, the first one too, and the National Day's week."""
    found = {date(2026, 10, day) for day in range(1, 8)}
    for week in range(0, weeks, 2):
        found.add(MONDAY + _DAY * (7 * week + chance(seed, "holiday", week).randrange(1, 5)))
    return frozenset(found)


def make_term(*, seed: int, weeks: int, rooms: int, zone: ZoneInfo = ZONE, edges: bool = False) -> Term:
    """Return a term; the same for the same arguments on every machine. `edges`: with troubles at awkward moments."""
    campus = make_campus(seed, rooms)
    holidays = holidays_of(seed, weeks)
    awkward = Edges() if edges else None
    trouble = Trouble(seed, campus, awkward)
    happenings: list[Happening] = [Birth(at(MONDAY, time(6), zone), device.id) for device in campus.backbone]
    lessons: list[TermLesson] = []
    stays_on: set[str] = set()
    for number in range(7 * weeks):
        day = MONDAY + _DAY * number
        works = day.weekday() < 5 and day not in holidays
        days = []
        for room in campus.rooms:
            source = chance(seed, "day", room.id, day)
            if works:
                today = _room_day(room, day, source, zone)
                lessons.extend(today.lessons)
                days.append(today)
                happenings.extend(_routine(today, source, was_on=room.id in stays_on))
                stays_on.discard(room.id)
                if source.random() < 0.2:
                    stays_on.add(room.id)
                happenings.extend(_evening(today, source, stays_on=room.id in stays_on))
        if works:
            happenings.extend(trouble.of_day(day, days))
    return Term(
        campus=campus,
        zone=zone,
        start=at(MONDAY, time(5, 30), zone),
        end=at(MONDAY + _DAY * 7 * weeks, time(5, 30), zone),
        holidays=holidays,
        lessons=tuple(lessons),
        happenings=tuple(sorted(happenings, key=lambda each: each.at)),
        truths=(*trouble.truths, *(awkward.truths if awkward else ())),
    )


def _room_day(room: TermRoom, day: date, source: Random, zone: ZoneInfo) -> RoomDay:
    held = [clock for clock in LESSONS if source.random() < 0.7]
    lessons = tuple(
        TermLesson(
            room=room.id, start=at(day, clock, zone), end=at(day, clock, zone) + LESSON, recorded=source.random() < 0.85
        )
        for clock in held
    )
    return RoomDay(
        room=room,
        on=at(day, OPENS, zone) + timedelta(seconds=source.uniform(60, 1800)),
        off=at(day, CLOSES, zone) + timedelta(seconds=source.uniform(300, 1800)),
        closes=at(day, CLOSES, zone),
        lessons=lessons,
    )


def _routine(today: RoomDay, source: Random, *, was_on: bool) -> Iterator[Happening]:
    room = today.room
    if not was_on:
        yield Birth(today.on, room.pc.id)
    for device in room.devices:  # behind a main switch, or left on with its agent
        yield Birth(today.on + timedelta(seconds=source.uniform(3, 20)), device.id)
    for lesson in today.lessons:
        if lesson.recorded:
            yield from recording(room, lesson.start - timedelta(seconds=source.uniform(5, 40)), on=True)
            yield from recording(room, lesson.end + timedelta(seconds=source.uniform(5, 40)), on=False)


def recording(room: TermRoom, when: datetime, *, on: bool) -> Iterator[Happening]:
    """Give what changes when a recording starts or ends."""
    yield Change(when, room.pc.id, f"{R}.active", "", 1.0 if on else None)
    yield Change(when, room.pc.id, f"{R}.growth", "", 1.4e6 if on else None)


def _evening(today: RoomDay, source: Random, *, stays_on: bool) -> Iterator[Happening]:
    room = today.room
    if not stays_on:
        if source.random() < 0.3:  # the agent still sees them go
            for device in room.devices:
                yield Death(today.off - timedelta(seconds=source.uniform(60, 120)), device.id)
        yield Death(today.off, room.pc.id, told=source.choice(["os", "os", "sleep", "service"]))
    elif source.random() < 0.5:  # only the main switch of the room's equipment
        for device in room.devices:
            yield Death(today.off + timedelta(seconds=source.uniform(0, 20)), device.id)
