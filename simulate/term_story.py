"""What troubles of a simulated term are told with: readings that are wrong for a while, rooms that go and come back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from simulate.term_campus import TermRoom
from simulate.term_events import Birth, Change, Happening, Truth

MINUTE = timedelta(minutes=1)


def truth(
    kind: str,
    start: datetime,
    end: datetime,
    *devices: str,
    level: int | None,
    metric: str | None = None,
    single: bool = False,
) -> Truth:
    """Return the truth about some devices from `start` to `end`."""
    return Truth(kind=kind, start=start, end=end, devices=frozenset(devices), level=level, metric=metric, single=single)


def reads(device: str, start: datetime, end: datetime, metric: str, instance: str, value: float) -> Iterator[Happening]:
    """Give a metric another value for a while."""
    yield Change(start, device, metric, instance, value)
    yield Change(end, device, metric, instance, None)


def back(
    room: TermRoom, when: datetime, source: Random, *, within_s: float = 15, up_s: float | None = None
) -> Iterator[Birth]:
    """Give the births of a room: its agent, and what stands behind it. `up_s`: for how long the computer has run."""
    yield Birth(when, room.pc.id, up_s=up_s)
    for device in room.devices:
        yield Birth(when + timedelta(seconds=source.uniform(1, within_s)), device.id)
