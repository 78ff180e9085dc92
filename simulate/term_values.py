"""Readings that make it hard to say how many faults there are: around a limit, worse and worse, gone and back, three at
once, at the start of a lesson, by a wrong clock, seen only later. One trouble for a room on a day."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from simulate.term_campus import DISK, UPTIME, R
from simulate.term_events import Change, Death, Happening, RoomDay, Skew, Truth, Unplug
from simulate.term_story import MINUTE, back, reads, truth

Trouble = Callable[[RoomDay, Random], Iterator[Happening]]
_NEARLY: Final = 0.96
_FULL: Final = 0.995
_MOMENT: Final = timedelta(seconds=0.1)


class Values:
    """Makes one such trouble for a room on a day; `truths` grows."""

    def __init__(self) -> None:
        self.truths: list[Truth] = []
        self.all: tuple[Trouble, ...] = (
            self._hovers,
            self._comes_and_goes,
            self._up_and_down,
            self._worsens,
            self._back_within_the_grace,
            self._back_after_the_grace,
            self._fills,
            self._three_at_once,
            self._stands_still_before_its_lesson,
            self._never_records,
            self._switched_off_at_the_wall,
            self._crashes_thrice,
            self._wrong_clock,
            self._full_unheard,
            self._emptied_unheard,
            self._full_for_a_while_unheard,
        )

    # ------------------------------------------------------------ around a limit

    def _disk(self, today: RoomDay, source: Random, *steps: tuple[float, float]) -> Iterator[Happening]:
        """Let a volume have values for so many minutes each, and be well after the last."""
        when = self._begins(today, source)
        for value, minutes in steps:
            yield Change(when, today.room.pc.id, DISK, "/data", value)
            when += minutes * MINUTE
        yield Change(when, today.room.pc.id, DISK, "/data", None)

    @staticmethod
    def _begins(today: RoomDay, source: Random) -> datetime:
        return source.choice(today.lessons[:4]).start + 3 * MINUTE

    def _told(
        self, today: RoomDay, source: Random, kind: str, level: int | None, *steps: tuple[float, float]
    ) -> Iterator[Happening]:
        happenings = list(self._disk(today, source, *steps))
        yield from happenings
        start, end = happenings[0].at, happenings[-1].at
        self.truths.append(
            truth(kind, start, end, today.room.pc.id, level=level, metric=DISK, single=level is not None)
        )

    def _hovers(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Above the limit for less than a minute, again and again; above the lowest limit, too, each time."""
        yield from self._told(today, source, "hovers at its limit", None, *([(_NEARLY, 0.9), (0.88, 1.3)] * 30))

    def _comes_and_goes(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        steps = [(_NEARLY, source.uniform(4, 6)), (0.92, source.uniform(2, 4))] * 8
        yield from self._told(today, source, "comes and goes", 2, *steps)

    def _up_and_down(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        steps = [(_NEARLY, source.uniform(4, 6)), (_FULL, source.uniform(3, 4))] * 6
        yield from self._told(today, source, "up and down between levels", 1, *steps)

    def _worsens(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        yield from self._told(today, source, "level 3, 2, 1", 1, (0.91, 14), (_NEARLY, 6), (_FULL, 6))

    def _back_within_the_grace(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        steps = [(_NEARLY, 6), (0.5, source.uniform(8, 25)), (_NEARLY, 6)]
        yield from self._told(today, source, "back within the grace", 2, *steps)

    def _back_after_the_grace(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        start = self._begins(today, source)
        for begins in (start, start + 50 * MINUTE):
            yield from reads(today.room.pc.id, begins, begins + 8 * MINUTE, DISK, "/data", _NEARLY)
            self.truths.append(
                truth(
                    "back after the grace", begins, begins + 8 * MINUTE, today.room.pc.id,
                    level=2, metric=DISK, single=True,
                )
            )  # fmt: skip

    def _fills(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Full within hours: foreseen at level 3, and level 2 where little is left."""
        steps = [(0.6 + 0.36 * step / 36, 5.0) for step in range(37)] + [(_NEARLY, 10.0)]
        yield from self._told(today, source, "fills", 2, *steps)

    # ------------------------------------------------------------ lessons

    def _three_at_once(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        lesson = source.choice(today.lessons)
        start, end, pc = lesson.start + 5 * MINUTE, lesson.start + 25 * MINUTE, today.room.pc.id
        for metric, instance, value, level in (
            ("system.cpu.utilization", "", 0.99, 2),
            ("system.memory.utilization", "", 0.97, 2),
            ("process.count", "recorder", 0.0, 1),
        ):
            yield from reads(pc, start, end, metric, instance, value)
            self.truths.append(truth("three at once", start, end, pc, level=level, metric=metric, single=True))

    def _stands_still_before_its_lesson(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """It records from before the lesson on, and its file never grows."""
        recorded = [lesson for lesson in today.lessons if lesson.recorded]
        if not recorded:
            return
        lesson, pc, metric = source.choice(recorded), today.room.pc.id, f"{R}.growth"
        start, end = lesson.start - 4 * MINUTE, lesson.start + 8 * MINUTE
        yield Change(start, pc, f"{R}.active", "", 1.0)
        yield Change(start, pc, metric, "", 0.0)
        for step in range(20):
            yield Change(lesson.start - timedelta(seconds=41 - 2 * step) + _MOMENT, pc, metric, "", 0.0)
        yield Change(end, pc, metric, "", 1.4e6)
        self.truths.append(truth("stands still before its lesson", start, end, pc, level=1, metric=metric, single=True))

    def _never_records(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        recorded = [lesson for lesson in today.lessons if lesson.recorded]
        if not recorded:
            return
        lesson, pc, metric = source.choice(recorded), today.room.pc.id, f"{R}.active"
        for step in range(21):
            when = lesson.start - timedelta(seconds=41 - 2 * step) + _MOMENT
            yield Change(when, pc, metric, "", None)
            yield Change(when, pc, f"{R}.growth", "", None)
        self.truths.append(truth("never records", lesson.start, lesson.end, pc, level=1, metric=metric, single=True))

    # ------------------------------------------------------------ computers

    def _switched_off_at_the_wall(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """At noon, untold, and on again before the next lesson: nobody can tell it from a crash."""
        breaks = today.breaks(60 * MINUTE)
        if not breaks:
            return
        ends, begins = source.choice(breaks)
        start, end = ends + 5 * MINUTE, begins - 20 * MINUTE
        yield Death(start, today.room.pc.id)
        yield from back(today.room, end, source, up_s=20)
        self.truths.append(truth("switched off at the wall", start, end, *today.room.everything, level=1, single=True))

    def _crashes_thrice(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Back too soon for an outage each time: restarts that nobody announced, the third of level 2."""
        start = when = self._begins(today, source)
        for _ in range(3):
            yield Death(when, today.room.pc.id)
            yield from back(today.room, when + timedelta(seconds=source.uniform(18, 26)), source, within_s=2, up_s=5)
            when += source.uniform(10, 25) * MINUTE
        self.truths.append(truth("crashes thrice", start, when, *today.room.everything, level=2, metric=UPTIME))

    def _wrong_clock(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Minutes or hours off, and a volume nearly full by that clock."""
        start = self._begins(today, source)
        end, pc = start + 50 * MINUTE, today.room.pc.id
        by = timedelta(seconds=source.choice([-1, 1]) * source.choice([90, 600, 7200, 30_000]))
        yield Skew(start, pc, by)
        yield Skew(end, pc, timedelta())
        yield from reads(pc, start, end, "classroom.clock.offset", "", by.total_seconds())
        yield from reads(pc, start + 10 * MINUTE, end - 20 * MINUTE, DISK, "/data", _NEARLY)
        self.truths += [
            truth("wrong clock", start, end, pc, level=2, metric="classroom.clock.offset", single=True),
            truth("full by a wrong clock", start + 10 * MINUTE, end - 20 * MINUTE, pc, level=2, metric=DISK,
                  single=True),
        ]  # fmt: skip

    # ------------------------------------------------------------ seen later

    def _unheard(self, today: RoomDay, source: Random, start: datetime, end: datetime) -> Iterator[Happening]:
        """The computer's cable is out: it goes on, and what it read comes late."""
        yield Unplug(start, today.room.pc.id)
        yield Unplug(end, today.room.pc.id, mended=True)
        self.truths.append(truth("cable out", start, end, *today.room.everything, level=1, metric="", single=True))

    def _full_unheard(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Full since the outage, and after it."""
        start, pc = self._begins(today, source), today.room.pc.id
        yield from self._unheard(today, source, start, start + 20 * MINUTE)
        yield from reads(pc, start + 5 * MINUTE, start + 35 * MINUTE, DISK, "/data", _FULL)
        self.truths.append(
            truth("full since an outage", start + 5 * MINUTE, start + 35 * MINUTE, pc, level=1, metric=DISK,
                  single=True)
        )  # fmt: skip

    def _emptied_unheard(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Full before the outage, and emptied during it."""
        start, pc = self._begins(today, source), today.room.pc.id
        yield from self._unheard(today, source, start + 8 * MINUTE, start + 28 * MINUTE)
        yield from reads(pc, start, start + 15 * MINUTE, DISK, "/data", _FULL)
        self.truths.append(
            truth("emptied in an outage", start, start + 28 * MINUTE, pc, level=1, metric=DISK, single=True)
        )

    def _full_for_a_while_unheard(self, today: RoomDay, source: Random) -> Iterator[Happening]:
        """Full and emptied within the outage: nobody is to be called for it."""
        start, pc = self._begins(today, source), today.room.pc.id
        yield from self._unheard(today, source, start, start + 28 * MINUTE)
        yield from reads(pc, start + 4 * MINUTE, start + 16 * MINUTE, DISK, "/data", _FULL)
        self.truths.append(truth("full within an outage", start, start + 60 * MINUTE, pc, level=None, metric=DISK))
