"""Roomtone's own sight, as a device like others. Comes in: who fell silent and when. Goes out: whether it is we.

The device `roomtone:collector` falls silent when the broker is away, and when at least eight in ten agents,
of several sites, fall silent together: then the watch is ill, and what it watched is out of sight rather than gone.
"""

from datetime import datetime, timedelta
from typing import Final

from collector.core.book import Bar
from collector.core.live import Being, Live, Member
from collector.core.model import Device, DeviceId, site_of
from collector.core.rule import COLLECTOR
from collector.core.sieve import Sieve

WATCH: Final = DeviceId("roomtone:collector")
_FEWEST: Final = 5
_OF_TEN: Final = 8
_TOGETHER: Final = timedelta(minutes=2)
_COUNTED_FOR: Final = timedelta(seconds=1)


class Sight:
    """Knows which agents are silent. `silent` says since when, by arrival."""

    def __init__(self, live: Live, sieve: Sieve) -> None:
        self._live = live
        self._sieve = sieve
        self.silent: dict[Member, datetime] = {}
        self._counted_at: datetime | None = None
        self._lost = False

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
        here = sum(
            member.node is None and member.being is Being.HERE and member.id != WATCH
            for member in self._live.members.values()
        )
        return len(together) >= _OF_TEN * (len(together) + here) / 10


def _is_untold(member: Member) -> bool:
    return member.silence is not None and member.silence.told is None
