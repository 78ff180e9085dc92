"""Troubles of the watch itself in a simulated term: collectors that are ended and started, a broker that is away."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from simulate.chance import chance
from simulate.term_events import BrokerAway, Happening, Restart, Truth
from simulate.term_story import truth

WATCH = "roomtone:collector"
_DAY_S = 86_400


class Watch:
    """Makes the troubles of a day; `truths` grows."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.truths: list[Truth] = []

    def of_day(self, midnight: datetime) -> Iterator[Happening]:
        """Give one restart or two, often one while rooms are switched off, and now and then a broken broker."""
        source = chance(self._seed, "watch", midnight)
        for _ in range(source.randrange(1, 3)):
            at = midnight + timedelta(seconds=source.uniform(0, _DAY_S))
            yield Restart(at, timedelta(seconds=source.choice([0.0, 3.0, 20.0, 90.0])))
        if source.random() < 0.5:
            evening = midnight + timedelta(hours=22, minutes=source.uniform(0, 30))
            yield Restart(evening, timedelta(minutes=source.uniform(1, 6)))
        if source.random() < 0.3:
            at = midnight + timedelta(seconds=source.uniform(0, _DAY_S - 900))
            lasts = timedelta(seconds=source.uniform(5, 600))
            yield BrokerAway(at, lasts)
            self.truths.append(truth("broker away", at, at + lasts, WATCH, level=3))
