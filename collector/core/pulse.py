"""Asks what is missing: no reading says that there is none.

Comes in: devices that are there, and moments. Goes out: a look at the rungs that ask for a metric, whenever one of
those may have gone stale. A device is asked first when it has been there for three intervals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from collector.core.book import Bar
from collector.core.live import Member
from collector.core.series import NEVER, STALE_INTERVALS, from_us

if TYPE_CHECKING:
    from collector.core.assess import Assessor

_INTERVAL: Final = timedelta(seconds=10)  # where nobody said
_AFTER: Final = timedelta(milliseconds=1)  # up to its end, a reading is fresh


@dataclass(frozen=True, slots=True)
class Pulse:
    """The timer of a device that is asked."""

    member: Member


class Pulses:
    """Moves the rungs of an assessor that ask what is missing."""

    def __init__(self, assess: "Assessor") -> None:
        self._assess = assess

    def begin(self, member: Member, now: datetime) -> None:
        """A device is there, or there again: it has three intervals to be read."""
        if any(self._asked(member)):
            self._assess.timers.set(Pulse(member), now + STALE_INTERVALS * _interval(member) + _AFTER)

    def go_on(self, member: Member, now: datetime) -> None:
        """Ask a device after a restart when it would have been asked; where that is over, in three intervals."""
        asked = list(self._asked(member))
        if asked:
            patience = STALE_INTERVALS * _interval(member)
            due = max(self._stale_at(member, asked, now, stale_in=patience), now + _interval(member))
            self._assess.timers.set(Pulse(member), due)

    def beat(self, member: Member, now: datetime, *, blind: bool) -> None:
        """Ask a device, and again when something may be missing next; one that is gone is asked when it is back."""
        if not member.is_here or blind:
            return
        asked = list(self._asked(member))
        for bar, instance, number in asked:
            self._assess.ask(member, bar, instance, number, now)
        if asked:
            due = self._stale_at(member, asked, now, stale_in=_interval(member))
            self._assess.timers.set(Pulse(member), max(due, now + _AFTER))

    def _asked(self, member: Member) -> Iterator[tuple[Bar, str, int | None]]:
        """Walk the rungs with the instances of what they read; a bare one where none of that was ever read."""
        sieve, agent = self._assess.sieve, member.node is None
        for bar in sieve.book.asking:
            found = False
            for number in member.series:
                plan, series = sieve.plans[number], sieve.table.rows[number]
                if plan is not None and series is not None and bar in plan.bars:
                    found = True
                    yield bar, series.instance, number
            bare = member.slots.get((bar.rule.family, ""))
            stands = bare is not None and bar.rung.key in bare.climbs
            if not found and (stands or bar.holds_at(member.device, "", agent=agent)):
                yield bar, "", None

    def _stale_at(
        self, member: Member, asked: list[tuple[Bar, str, int | None]], now: datetime, *, stale_in: timedelta
    ) -> datetime:
        """Return when something that is asked for goes stale next; what is stale counts as if it did in `stale_in`."""
        table, witness = self._assess.sieve.table, self._assess.sieve.witness
        soonest = now + STALE_INTERVALS * _interval(member)
        for bar, instance, number in asked:
            witness.aim(member, instance, 0.0, number, now=now)
            for subject in bar.asks_missing:
                until = [
                    from_us(int(table.arrived[other]) + STALE_INTERVALS * table.period_us(other))
                    for other in witness.series_of(subject)
                    if table.arrived[other] != NEVER and table.period_us(other)
                ]
                last = max(until, default=None)
                soonest = min(soonest, last + _AFTER if last is not None and last >= now else now + stale_in)
        return soonest


def _interval(member: Member) -> timedelta:
    return member.interval or _INTERVAL
