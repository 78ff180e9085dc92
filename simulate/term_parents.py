"""What rooms hang on, gone at awkward moments: a switch in the evening and in the morning wave, one that flaps, a UPS
that runs empty, the power of a whole site. Rooms are cut off, not dead: what happens behind the cut is heard later."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from simulate.term_campus import DISK, TermCampus
from simulate.term_events import Birth, Cut, Death, Happening, RoomDay, Truth
from simulate.term_story import MINUTE, back, reads, truth

Trouble = Callable[[str, Sequence[RoomDay], Random], Iterator[Happening]]


class Parents:
    """Makes one trouble of a switch with its rooms, or of a site, on a day; `truths` grows."""

    def __init__(self, campus: TermCampus) -> None:
        self.truths: list[Truth] = []
        self._campus = campus
        self._of_switch: tuple[Trouble, ...] = (
            self._in_the_evening,
            self._in_the_morning,
            self._flaps,
            self._ups_runs_empty,
            self._with_a_clone,
            self._with_faults_behind_it,
            self._with_absences_behind_it,
        )

    def of_switch(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """Give a trouble of a switch; `days` are those of all its rooms."""
        yield from source.choice(self._of_switch)(switch, days, source)

    # ------------------------------------------------------------ switches

    def _gone(
        self, kind: str, switch: str, days: Sequence[RoomDay], start: datetime, end: datetime, source: Random
    ) -> Iterator[Happening]:
        yield from _cut(switch, start, end, source)
        self._true(kind, switch, days, start, end)

    def _true(self, kind: str, switch: str, days: Sequence[RoomDay], start: datetime, end: datetime) -> None:
        rooms = [device for today in days if today.room.closes for device in today.room.everything]
        self.truths.append(
            truth(kind, start, end, switch, self._campus.power[switch], *rooms, level=1, metric="", single=True)
        )

    def _in_the_evening(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """While the rooms are switched off: who says goodbye in that time is not heard."""
        start = days[0].closes + source.uniform(-10, 20) * MINUTE
        yield from self._gone(
            "switch lost in the evening", switch, days, start, start + source.uniform(15, 40) * MINUTE, source
        )

    def _in_the_morning(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """While they are switched on, up to the first lessons."""
        start = min(today.on for today in days) + source.uniform(-15, 20) * MINUTE
        yield from self._gone(
            "switch lost in the morning", switch, days, start, start + source.uniform(15, 90) * MINUTE, source
        )

    def _flaps(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        start = when = max(today.on for today in days) + source.uniform(20, 500) * MINUTE
        for _ in range(7):
            end = when + source.uniform(2, 4) * MINUTE
            yield from _cut(switch, when, end, source)
            when = end + source.uniform(2, 4) * MINUTE
        self._true("switch flaps", switch, days, start, when)

    def _with_a_clone(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """A second computer with the disk of a room's throws it out of the broker before and after the cut."""
        start = max(today.on for today in days) + source.uniform(30, 500) * MINUTE
        room = days[0].room
        when = start - 4 * MINUTE
        for number in range(36):
            yield Death(when, room.pc.id)
            yield from back(room, when + timedelta(seconds=1), source, within_s=2, up_s=(9_000, 700)[number % 2])
            when += timedelta(seconds=source.uniform(14, 24))
        yield from self._gone("switch lost with a clone", switch, days, start, start + 9 * MINUTE, source)

    def _with_faults_behind_it(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """Behind the cut a computer dies, a volume gets full, another one is emptied."""
        start = max(today.on for today in days) + source.uniform(30, 400) * MINUTE
        end = start + source.uniform(14, 40) * MINUTE
        yield from _cut(switch, start, end, source)
        self._true("switch lost with faults behind it", switch, days[1:], start, end)
        dead, full, emptied = (today.room for today in days[:3])
        yield Death(start + 5 * MINUTE, dead.pc.id)
        yield from back(dead, end + 20 * MINUTE, source, up_s=30)
        yield from reads(full.pc.id, start + 6 * MINUTE, end + 15 * MINUTE, DISK, "/data", 0.995)
        yield from reads(emptied.pc.id, start - 10 * MINUTE, start + 7 * MINUTE, DISK, "/data", 0.96)
        self.truths += [
            truth("host died behind a lost switch", end, end + 20 * MINUTE, *dead.everything, level=1),
            truth("volume full behind a lost switch", start + 6 * MINUTE, end + 15 * MINUTE, full.pc.id, level=1,
                  metric=DISK, single=True),
            truth("volume emptied behind a lost switch", start - 10 * MINUTE, end, emptied.pc.id, level=2,
                  metric=DISK, single=True),
        ]  # fmt: skip

    def _with_absences_behind_it(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """Behind the cut, computers crash, are switched off, asleep, or restart; a camera dies; all are back in it."""
        start = max(today.on for today in days) + source.uniform(30, 300) * MINUTE
        end = start + source.uniform(70, 100) * MINUTE
        yield from _cut(switch, start, end, source)
        self._true("switch lost with absences behind it", switch, days, start, end)
        crashed, off, asleep, restarted, seeing = (today.room for today in days[:5])
        for room, told, up_s in ((crashed, None, 30), (off, "os", 40), (asleep, "sleep", None)):
            gone = start + source.uniform(10, 25) * MINUTE
            yield Death(gone, room.pc.id, told=told)
            yield from back(room, gone + source.uniform(8, 25) * MINUTE, source, up_s=up_s)
        again = start + source.uniform(10, 50) * MINUTE
        yield Death(again, restarted.pc.id, told="os")
        yield from back(restarted, again + timedelta(seconds=source.uniform(40, 100)), source, up_s=20)
        camera = seeing.of_role("camera")[0].id
        dead = start + source.uniform(10, 25) * MINUTE
        yield Death(dead, camera)
        yield Birth(dead + source.uniform(8, 25) * MINUTE, camera)

    def _ups_runs_empty(self, switch: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """On its battery, then gone with the switch that it feeds."""
        ups = self._campus.power[switch]
        start = max(today.on for today in days) + source.uniform(30, 400) * MINUTE
        empty, end = start + source.uniform(8, 20) * MINUTE, start + source.uniform(30, 60) * MINUTE
        yield from reads(ups, start, end, "hw.ups.source", "", 1.0)
        yield Death(empty + timedelta(seconds=source.uniform(20, 40)), ups)
        yield from _cut(switch, empty, end, source)
        yield Birth(end + timedelta(seconds=source.uniform(5, 30)), ups)
        rooms = [device for today in days for device in today.room.everything]
        self.truths.append(truth("ups runs empty", start, end, ups, switch, *rooms, level=1, single=True))

    # ------------------------------------------------------------ sites

    def power_cut(self, site: str, days: Sequence[RoomDay], source: Random) -> Iterator[Happening]:
        """All rooms of a site dark at once; gateway and switches live on their UPS for a while."""
        start = max(today.on for today in days) + source.uniform(30, 400) * MINUTE
        empty, end = start + source.uniform(10, 16) * MINUTE, start + source.uniform(6, 60) * MINUTE
        behind = [each.id for each in self._campus.backbone if each.id.startswith(f"{site}:gw:")]
        for ups in (each for each in behind if ":ups" in each):
            yield from reads(ups, start, end, "hw.ups.source", "", 1.0)
        rooms = [device for today in days for device in today.room.everything]
        for device in rooms:
            yield Death(start, device)
        if empty < end:
            yield Death(empty, f"{site}:gw")
            yield Birth(end, f"{site}:gw")
            for device in behind:
                yield Death(empty, device)
                yield Birth(end + timedelta(seconds=source.uniform(3, 20)), device)
        for today in days:
            yield from back(today.room, end + timedelta(seconds=source.uniform(20, 55)), source, up_s=15)
        everything = [f"{site}:gw", *behind, *rooms, f"{site}:site-link"]
        self.truths.append(truth("power cut of a site", start, end, *everything, level=1))


def _cut(switch: str, start: datetime, end: datetime, source: Random) -> Iterator[Happening]:
    """The gateway misses a switch after three polls, and finds it at the next."""
    yield Cut(start, switch)
    yield Death(start + timedelta(seconds=source.uniform(25, 40)), switch)
    yield Cut(end, switch, mended=True)
    yield Birth(end + timedelta(seconds=source.uniform(1, 15)), switch)
