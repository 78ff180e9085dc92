"""Roomtone's own sight, as a device like others. Comes in: who fell silent and when. Goes out: whether it is we.

The device `roomtone:collector` falls silent when the broker is away, and when at least eight in ten agents,
of several sites, fall silent together: then the watch is ill, and what it watched is out of sight rather than gone.
Where each of them hangs on something of which nobody is heard, a site or a switch, while others are heard as before,
that is what is gone, and not the watch.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from collector.core.book import Bar
from collector.core.live import Being, Live, Member
from collector.core.model import Device, DeviceId, site_of
from collector.core.rule import COLLECTOR, SITE_LINK
from collector.core.sieve import Sieve
from collector.core.site_link import FEWEST

WATCH: Final = DeviceId("roomtone:collector")
_FEWEST: Final = 5
_OF_TEN: Final = 8
_TOGETHER: Final = timedelta(minutes=2)
_WITNESSES: Final = 2
_COUNTED_FOR: Final = timedelta(seconds=1)


class Sight:
    """Knows which agents are silent. `silent` says since when, by arrival; `feeders` what an agent hangs on."""

    def __init__(self, live: Live, sieve: Sieve, feeders: Callable[[Member], Sequence[DeviceId]]) -> None:
        self._live = live
        self._sieve = sieve
        self._feeders = feeders
        self.silent: dict[Member, datetime] = {}
        self._counted_at: datetime | None = None
        self._lost = False

    def shift(self, by: timedelta) -> None:
        """Let agents have fallen silent so much later, or earlier: the clock was moved."""
        self.silent = {member: at + by for member, at in self.silent.items()}
        self._counted_at = None

    @property
    def bar(self) -> Bar | None:
        """Return the rung that judges it; None where the rules have none."""
        return self._sieve.book.silence(Device(id=WATCH, role=COLLECTOR), agent=True)

    def member(self) -> Member:
        """Return it as a member; made when it is first needed."""
        found = self._live.members.get(WATCH)
        if found is None:
            found = self._live.find(WATCH)
            self._live.born(found, {"role": COLLECTOR, "name": "Roomtone"}, None)
            found.being = Being.HERE
        return found

    def is_gone(self) -> bool:
        """Tell whether it is silent, whatever its rule makes of it."""
        watch = self._live.members.get(WATCH)
        return watch is not None and watch.being is Being.GONE

    def is_lost(self, now: datetime) -> bool:
        """Tell whether so many fell silent together that it is we who do not see; counted once a second at most."""
        if len(self.silent) < _FEWEST:
            return False
        if self._counted_at is None or not timedelta() <= now - self._counted_at < _COUNTED_FOR:
            self._counted_at = now
            self._lost = self._are_many(now)
        return self._lost

    def _are_many(self, now: datetime) -> bool:
        if self.bar is None:
            return False
        together = [member for member, at in self.silent.items() if now - at <= _TOGETHER and _is_untold(member)]
        if len(together) < _FEWEST or len({site_of(member.id) for member in together}) < 2:
            return False
        here = sum(1 for _ in self._here())
        return len(together) >= _OF_TEN * (len(together) + here) / 10 and not self._are_places(together)

    def _are_places(self, together: Sequence[Member]) -> bool:
        """Tell whether it is places that are gone: others are heard as before, and nobody there.

        One agent may stand beside the collector and prove nothing of the way to the others; and where few hang on
        something, chance may silence them all.
        """
        first = min(self.silent[member] for member in together)
        heard = [member for member in self._here() if member.last_seen is not None and member.last_seen > first]
        if len(heard) < _WITNESSES:
            return False
        alive = {place for member in heard for place in (site_of(member.id), *self._feeders(member))}
        feeders = {member: self._feeders(member) for member in together}
        gone = Counter(feeder for found in feeders.values() for feeder in found)
        return all(
            site_of(member.id) not in alive
            or any(feeder not in alive and gone[feeder] >= FEWEST for feeder in feeders[member])
            for member in together
        )

    def _here(self) -> Iterator[Member]:
        """Walk the agents that are there."""
        for member in self._live.members.values():
            if member.node is None and member.being is Being.HERE and member.device.role not in (COLLECTOR, SITE_LINK):
                yield member


def _is_untold(member: Member) -> bool:
    return member.silence is not None and member.silence.told is None
