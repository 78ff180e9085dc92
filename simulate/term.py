"""A term of a school in virtual time: what happens, second by second, and which of it is a fault. Seeded.

Comes in: a seed, weeks, rooms. Goes out: `Term`, the happenings in order and the truth about them. On a working day
the rooms start before the first lesson, record their lessons, and most are switched off in the evening (told) or at the
main switch (cameras and projectors, untold). On holidays nobody comes. Faults, noise and losses of switches lie in
between: simulate/term_faults.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from simulate.chance import chance
from simulate.term_campus import ROOMS_PER_SITE, R, TermCampus, TermRoom, make_campus
from simulate.term_events import Birth, Change, Death, Happening, RoomDay, TermLesson, Truth
from simulate.term_faults import Trouble
from simulate.term_rest import Rest
from simulate.term_story import truth
from simulate.term_watch import Watch

ZONE: Final = ZoneInfo("Asia/Shanghai")
MONDAY: Final = date(2026, 9, 7)
OPENS: Final = time(7)
CLOSES: Final = time(22)
LESSONS: Final = (time(8), time(8, 55), time(10), time(10, 55), time(14), time(14, 55), time(16), time(19))
LESSON: Final = timedelta(minutes=45)
SLEPT_IN: Final = 0.01  # so often nobody switches a room on for its first lesson
TROUBLES_A_ROOM_AT_REST: Final = 0.15
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A whole term. `happenings` are in order of time."""

    campus: TermCampus
    zone: ZoneInfo
    start: datetime
    end: datetime
    holidays: frozenset[date]
    make_up: frozenset[date]  # Saturdays that are worked
    lessons: tuple[TermLesson, ...]
    happenings: tuple[Happening, ...]
    truths: tuple[Truth, ...]
    edges: bool = False  # rooms are cut off and heard again; what they read then must be kept


def at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which the school's clocks show a time."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def holidays_of(seed: int, weeks: int, first: date = MONDAY) -> frozenset[date]:
    """Return a working day off every second week, the first one too, and the National Day's week."""
    found = {date(2026, 10, day) for day in range(1, 8)}
    for week in range(0, weeks, 2):
        found.add(first + _DAY * (7 * week + chance(seed, "holiday", week).randrange(1, 5)))
    return frozenset(found)


def make_up_days_of(holidays: frozenset[date], weeks: int, first: date = MONDAY) -> frozenset[date]:
    """Return the Saturdays that are worked for a holiday of their week, as in China."""
    days = [first + _DAY * number for number in range(7 * weeks)]
    return frozenset(day for day in days if day.weekday() == 5 and {day - _DAY * ago for ago in range(1, 5)} & holidays)


def make_term(
    *,
    seed: int,
    weeks: int,
    rooms: int,
    zone: ZoneInfo = ZONE,
    edges: float = 0.0,
    first: date = MONDAY,
    rooms_per_site: int = ROOMS_PER_SITE,
) -> Term:
    """Return a term that begins on a Monday; the same for the same arguments on every machine.

    `edges`: so many times the usual troubles at awkward moments, with make-up days, timetables that list holidays, and
    a watch that has troubles of its own.
    """
    campus = make_campus(seed, rooms, rooms_per_site=rooms_per_site, edges=edges > 0)
    holidays = holidays_of(seed, weeks, first)
    make_up = make_up_days_of(holidays, weeks, first) if edges else frozenset()
    maker = _Maker(seed, campus, zone, edges=edges)
    for number in range(7 * weeks):
        day = first + _DAY * number
        maker.live_through(
            day, works=(day.weekday() < 5 and day not in holidays) or day in make_up, is_off=day in holidays
        )
    start, end = at(first, time(5, 30), zone), at(first + _DAY * 7 * weeks, time(5, 30), zone)
    happenings = [Birth(at(first, time(6), zone), device.id) for device in campus.backbone]
    return Term(
        campus=campus,
        zone=zone,
        start=start,
        end=end,
        holidays=holidays,
        make_up=make_up,
        lessons=tuple(maker.lessons),
        happenings=tuple(sorted([*happenings, *maker.happenings], key=lambda each: each.at)),
        truths=tuple(maker.truths(end)),
        edges=edges > 0,
    )


class _Maker:
    """Lives through the days of a term, one after the other."""

    def __init__(self, seed: int, campus: TermCampus, zone: ZoneInfo, *, edges: float) -> None:
        self._seed = seed
        self._campus = campus
        self._zone = zone
        self._edges = edges
        self._trouble = Trouble(seed, campus, edges=edges)
        self._rest = Rest()
        self._watch = Watch(seed)
        self._truths: list[Truth] = []
        self._off_since: dict[str, datetime] = {}  # rooms that never close, and were switched off
        self._stays_on: set[str] = set()
        self._been_on: set[str] = set()
        self.lessons: list[TermLesson] = []
        self.happenings: list[Happening] = []

    def truths(self, end: datetime) -> list[Truth]:
        """Return what was wrong in all those days, up to the end of the term."""
        rooms = {room.id: room for room in self._campus.rooms}
        off = [_off(rooms[room], since, end) for room, since in self._off_since.items()]
        return [*self._truths, *off, *self._trouble.truths, *self._rest.truths, *self._watch.truths]

    def live_through(self, day: date, *, works: bool, is_off: bool) -> None:
        if works:
            self._work(day)
        elif self._edges:
            self._be_off(day, is_off=is_off)
        if self._edges:
            self.happenings.extend(self._watch.of_day(at(day, time(), self._zone)))

    def _work(self, day: date) -> None:
        days: list[RoomDay] = []
        late: set[str] = set()
        for room in self._campus.rooms:
            source = chance(self._seed, "day", room.id, day)
            was_on = room.id in self._stays_on
            today = _room_day(room, day, source, self._zone)
            self._stays_on.discard(room.id)
            known = self._edges > 0 and room.id in self._been_on
            self._been_on.add(room.id)
            if known and not was_on and room.closes and today.lessons and source.random() < SLEPT_IN * self._edges:
                today = self._sleep_in(today, source)
                late.add(room.id)
            self.lessons.extend(today.lessons if room.has_timetable else ())
            self.happenings.extend(_routine(today, source, was_on=was_on))
            if source.random() < 0.2:
                self._stays_on.add(room.id)
                today = replace(today, stays_on=True)
            self.happenings.extend(_evening(today, source, stays_on=today.stays_on))
            self._open_all_night(today)
            days.append(today)
        self.happenings.extend(self._trouble.of_day(day, days, late))
        if self._edges:
            free = [today.room for today in days if today.stays_on and today.room.id not in self._trouble.busy]
            self._at_rest(day, free, at(day, CLOSES, self._zone) + timedelta(minutes=40))

    def _sleep_in(self, today: RoomDay, source: Random) -> RoomDay:
        """Its first lesson begins, and nobody has switched the room on."""
        on = today.lessons[0].start + timedelta(minutes=source.uniform(5, 25))
        start = today.lessons[0].start - timedelta(minutes=15)
        slept = truth("not switched on", start, on, *today.room.everything, level=2, single=True)
        self._truths.append(replace(slept, or_level=1))  # its goodbye of the evening before may be lost
        return replace(today, on=on)

    def _open_all_night(self, today: RoomDay) -> None:
        """Where a room never closes, being switched off is told at level 3, as long as it lasts."""
        room = today.room
        if room.closes:
            return
        since = self._off_since.pop(room.id, None)
        if since is not None:
            self._truths.append(_off(room, since, today.on))
        self._off_since[room.id] = today.off - timedelta(minutes=3)

    def _be_off(self, day: date, *, is_off: bool) -> None:
        for room in self._campus.rooms if is_off else ():  # the timetable lists them all the same
            today = _room_day(room, day, chance(self._seed, "day", room.id, day), self._zone)
            self.lessons.extend(replace(lesson, held=False) for lesson in today.lessons if room.has_timetable)
        staying = [room for room in self._campus.rooms if room.id in self._stays_on]
        self._at_rest(day, staying, at(day, time(11), self._zone))

    def _at_rest(self, day: date, staying: Sequence[TermRoom], start: datetime) -> None:
        for room in staying:
            source = chance(self._seed, "rest", room.id, day)
            if room.closes and source.random() < TROUBLES_A_ROOM_AT_REST * self._edges:
                self.happenings.extend(self._rest.of_room(room, start, source))


def _off(room: TermRoom, since: datetime, until: datetime) -> Truth:
    return truth("off, and never closed", since, until, *room.everything, level=3)


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
        yield Birth(today.on, room.pc.id, up_s=30)
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
