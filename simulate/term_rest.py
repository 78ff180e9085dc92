"""What happens in rooms that were left on while nobody is there: at night, at weekends and on holidays."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from simulate.term_campus import DISK, TermRoom
from simulate.term_events import Birth, Death, Happening, Truth
from simulate.term_story import MINUTE, reads, truth

Trouble = Callable[[TermRoom, datetime, Random], Iterator[Happening]]


class Rest:
    """Makes one trouble of a room that is on, within four hours from a moment at which it is closed; `truths` grows."""

    def __init__(self) -> None:
        self.truths: list[Truth] = []
        self._all: tuple[Trouble, ...] = (
            self._dies,
            self._full,
            self._program_gone,
            self._reboots,
            self._camera_off,
            self._camera_gone_with_it,
        )

    def of_room(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        """Give a trouble of a room."""
        yield from source.choice(self._all)(room, start + source.uniform(0, 60) * MINUTE, source)

    def _dies(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        """Untold: an outage, though nobody is there."""
        end = start + source.uniform(5, 180) * MINUTE
        yield Death(start, room.pc.id)
        yield Birth(end, room.pc.id, up_s=10)
        self.truths.append(truth("host died at rest", start, end, *room.everything, level=1, single=True))

    def _full(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        end = start + source.uniform(5, 180) * MINUTE
        yield from reads(room.pc.id, start, end, DISK, "/data", 0.995)
        self.truths.append(truth("volume full at rest", start, end, room.pc.id, level=1, metric=DISK, single=True))

    def _program_gone(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        end = start + source.uniform(5, 60) * MINUTE
        yield from reads(room.pc.id, start, end, "process.count", "recorder", 0.0)
        self.truths.append(truth("program gone at rest", start, end, room.pc.id, level=2, single=True))

    def _reboots(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        """An update: told, and back after minutes."""
        end = start + source.uniform(1, 9) * MINUTE
        yield Death(start, room.pc.id, told="os")
        yield Birth(end, room.pc.id, up_s=30)
        self.truths.append(truth("rebooted at rest", start, end + 30 * MINUTE, *room.everything, level=None))

    def _camera_off(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        """A cleaner's plug: nobody needs it until the next lesson."""
        camera, end = room.of_role("camera")[0].id, start + source.uniform(5, 60) * MINUTE
        yield Death(start, camera)
        yield Birth(end, camera)
        self.truths.append(truth("camera off at rest", start, end, camera, level=None))

    def _camera_gone_with_it(self, room: TermRoom, start: datetime, source: Random) -> Iterator[Happening]:
        """The whole room loses its power for a moment, and its equipment stays off until morning."""
        end = start + timedelta(seconds=source.uniform(12, 25))
        yield Death(start, room.pc.id)
        yield Birth(end, room.pc.id)
        for device in room.devices:
            yield Death(start, device.id)
        self.truths.append(truth("equipment off at rest", start, end + 60 * MINUTE, *room.everything, level=None))
