"""Faults at awkward moments of a simulated term: over the ends of lessons, at closing time, two of a room at once,
while what a room hangs on is gone, just under what counts. They come on top of those of simulate/term_faults.py.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from simulate.term_campus import DISK, R
from simulate.term_events import Birth, Change, Death, Happening, RoomDay, Truth
from simulate.term_story import MINUTE, back, reads, truth
from simulate.term_values import Values

Trouble = Callable[[RoomDay, Random], Iterator[Happening]]


class Edges:
    """Makes one awkward trouble for a room on a day; `truths` grows."""

    def __init__(self) -> None:
        self._truths: list[Truth] = []
        self._values = Values()
        self._all: tuple[Trouble, ...] = (
            *self._values.all,
            self._over_the_end_of_a_lesson,
            self._from_a_break_into_a_lesson,
            self._dies_at_closing_time,
            self._dies_just_as_a_lesson_begins,
            self._switched_off_at_noon,
            self._two_at_once,
            self._gone_almost_long_enough,
            self._full_almost_long_enough,
            self._clock_drifts,
        )

    @property
    def truths(self) -> list[Truth]:
        return [*self._truths, *self._values.truths]

    def of_room(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Give an awkward trouble of a room, where its day has a place for one."""
        yield from source.choice(self._all)(today, source)

    def behind_a_lost_switch(self, today: RoomDay, end: datetime) -> tuple[str, list[Happening]]:
        """Give a camera that dies while the switch of its room is gone: its agent is back at `end` without it."""
        cameras = today.room.of_role("camera")
        until = min(end + 25 * MINUTE, today.off - 5 * MINUTE)
        level = 1 if len(cameras) == 1 else 2
        self._truths.append(truth("camera died behind a lost switch", end, until, cameras[0].id, level=level))
        return cameras[0].id, [Birth(until, cameras[0].id)]

    # ------------------------------------------------------------ lessons

    def _over_the_end_of_a_lesson(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        lesson = source.choice(today.lessons)
        start = lesson.end - timedelta(minutes=source.uniform(9, 14))
        end = lesson.end + timedelta(minutes=source.uniform(4, 30))
        yield from reads(today.room.pc.id, start, end, "system.cpu.utilization", "", 0.99)
        self._truths.append(truth("processor saturated to the end", start, end, today.room.pc.id, level=2))

    def _from_a_break_into_a_lesson(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A program that is gone: level 2 in the break, level 1 from a quarter of an hour before the lesson."""
        breaks = today.breaks(60 * MINUTE)
        if not breaks:
            return
        ends, begins = source.choice(breaks)
        start, end = begins - timedelta(minutes=source.uniform(25, 40)), begins + 5 * MINUTE
        if start < ends:
            return
        yield from reads(today.room.pc.id, start, end, "process.count", "recorder", 0.0)
        self._truths.append(truth("program gone into a lesson", start, end, today.room.pc.id, level=1))

    def _dies_just_as_a_lesson_begins(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        start = source.choice(today.lessons).start + timedelta(seconds=source.uniform(-2, 2))
        yield from self._dies(today, start, start + 8 * MINUTE, source)

    # ------------------------------------------------------------ days

    def _dies_at_closing_time(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Untold, around the minute at which the school closes: an outage on both sides of it."""
        closes = today.closes
        start = closes + timedelta(seconds=source.uniform(-40, 40))
        yield from self._dies(today, start, start + 2 * MINUTE, source)

    def _switched_off_at_noon(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A teacher shuts the computer down before a lesson: level 3, and 2 once the lesson is near."""
        breaks = today.breaks(60 * MINUTE)
        if not breaks:
            return
        ends, begins = source.choice(breaks)
        start, end = ends + 5 * MINUTE, begins - 3 * MINUTE
        yield Death(start, today.room.pc.id, told="os")
        yield from self._back(today, end, source)
        self._truths.append(truth("switched off before a lesson", start, end, *today.room.everything, level=2))

    # ------------------------------------------------------------ more than one, and less than enough

    def _two_at_once(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A volume that is nearly full, and in the middle of it a camera that dies: two tickets of one room."""
        start = source.choice(today.lessons).start + 5 * MINUTE
        end = start + 20 * MINUTE
        yield from reads(today.room.pc.id, start, end, DISK, "/data", 0.96)
        cameras = today.room.of_role("camera")
        yield Death(start + 4 * MINUTE, cameras[0].id)
        yield Birth(end, cameras[0].id)
        self._truths.append(truth("volume of two at once", start, end, today.room.pc.id, level=2))
        level = 1 if len(cameras) == 1 else 2
        self._truths.append(truth("camera of two at once", start + 4 * MINUTE, end, cameras[0].id, level=level))

    def _gone_almost_long_enough(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A computer that blinks for less than its `for`, again and again."""
        start = source.choice(today.lessons).start + 3 * MINUTE
        when = start
        for _ in range(10):
            yield Death(when, today.room.pc.id)
            yield from self._back(today, when + timedelta(seconds=source.uniform(15, 26)), source, within_s=2)
            when += timedelta(seconds=source.uniform(60, 180))
        self._truths.append(truth("blinks", start, when, *today.room.everything, level=None))

    def _full_almost_long_enough(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A volume above its limit for less than its `for`, and back within the band each time."""
        start = source.choice(today.lessons).start + 3 * MINUTE
        when = start
        for _ in range(5):
            length = timedelta(seconds=source.uniform(30, 59))
            yield from reads(today.room.pc.id, when, when + length, DISK, "/data", 0.96)
            when += 3 * MINUTE
        self._truths.append(truth("volume full for moments", start, when, today.room.pc.id, level=None))

    def _clock_drifts(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """A clock that goes wrong slowly: level 3, and 2 where it is half a minute off."""
        start = source.choice(today.lessons).start
        for step in range(20):
            yield Change(start + step * 2 * MINUTE, today.room.pc.id, "classroom.clock.offset", "", 0.5 * 1.3**step)
        end = start + 41 * MINUTE
        yield Change(end, today.room.pc.id, "classroom.clock.offset", "", None)
        self._truths.append(truth("clock drifts away", start, end, today.room.pc.id, level=2))

    # ------------------------------------------------------------

    def _dies(self, today: RoomDay, start: datetime, end: datetime, source: Random) -> Iterator[Happening]:
        yield Death(start, today.room.pc.id)
        yield from self._back(today, end, source)
        self._truths.append(truth("host died at an edge", start, end, *today.room.everything, level=1))

    @staticmethod
    def _back(today: RoomDay, when: datetime, source: Random, *, within_s: float = 15) -> Iterator[Happening]:
        yield from back(today.room, when, source, within_s=within_s)
        for lesson in today.lessons:  # what was recording goes on
            if lesson.recorded and lesson.start < when < lesson.end:
                yield Change(when, today.room.pc.id, f"{R}.active", "", 1.0)
                yield Change(when, today.room.pc.id, f"{R}.growth", "", 1.4e6)
