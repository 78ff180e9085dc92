"""How far one rung has come on one instance of a device: idle, raising, raised, clearing.

A rung raises when its condition has held at every reading for `raise_for`, and clears likewise; a reading that does not
meet the condition starts `for` again. `for` runs on the collector's clock and is over at its end, not at the reading
after it. A series that is stale (three periods without a reading) freezes both, as does a device out of sight.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from collector.core.rule import Rung

STALE_PERIODS: Final = 3
FROZEN: Final = "frozen"  # what the phase of a stopped `for` remembers
_ZERO: Final = timedelta()


class Standing(StrEnum):
    RAISING = "raising"
    RAISED = "raised"
    CLEARING = "clearing"


class Change(StrEnum):
    """What a reading or a timer did to a step."""

    NONE = "none"
    MOVED = "moved"  # another standing, or another timer; nothing to tell of yet
    RAISED = "raised"
    DROPPED = "dropped"  # it had not been raised and is idle again
    CLEARED = "cleared"


class Step:
    """A rung that is not idle. `onset` is the first offending reading, `good` the first good one while clearing.

    `fed` is when its last reading arrived and `period` how far apart they come (None: they never go stale).
    """

    __slots__ = ("detected", "elapsed", "fed", "frozen", "good", "onset", "period", "rung", "since", "standing")

    def __init__(self, rung: Rung, now: datetime, onset: datetime, period: timedelta | None) -> None:
        self.rung = rung
        self.standing = Standing.RAISING
        self.since = now
        self.onset = onset
        self.detected: datetime | None = None
        self.good: datetime | None = None
        self.elapsed = _ZERO
        self.frozen = False
        self.fed = now
        self.period = period

    @property
    def is_raised(self) -> bool:
        return self.standing is not Standing.RAISING

    @property
    def hold(self) -> timedelta:
        """How long the running condition must hold."""
        return self.rung.raise_for if self.standing is Standing.RAISING else self.rung.clear_for

    def due(self) -> datetime | None:
        """Return when the running `for` is over; None when none runs."""
        if self.frozen or self.standing is Standing.RAISED:
            return None
        return self.since + self.hold - self.elapsed

    def begin(self) -> Change:
        """Start: raised at once where nothing has to be waited for."""
        return self._reach(self.since) or Change.MOVED

    def feed(self, *, raises: bool, clears: bool, now: datetime, stamp: datetime, period: timedelta | None) -> Change:
        """Take a reading that arrived at `now` and says whether either condition holds."""
        thawed = self._thaw(now)
        self.fed, self.period = now, period
        if self.standing is Standing.RAISING:
            if not raises:
                return Change.DROPPED
            return self._reach(now) or thawed
        if raises or not clears:
            if self.standing is Standing.RAISED:
                return Change.NONE
            self._turn(Standing.RAISED, now)
            return Change.MOVED
        if self.standing is Standing.RAISED:
            self._turn(Standing.CLEARING, now)
            self.good = stamp
            return self._reach(now) or Change.MOVED
        return self._reach(now) or thawed

    def ring(self, due: datetime) -> Change:
        """Let the running `for` be over at `due`, unless the series had gone stale by then."""
        stale = self._stale_at()
        if stale is not None and stale <= due:
            self.freeze(due)
            return Change.MOVED
        return self._reach(due) or Change.NONE

    def hasten(self, now: datetime) -> Change:
        """Be raised now, since other evidence says so."""
        if self.standing is not Standing.RAISING:
            return Change.NONE
        self._turn(Standing.RAISED, now)
        self.detected = now
        return Change.RAISED

    def freeze(self, now: datetime) -> None:
        """Stop the running `for`; what was counted stays counted. The next reading lets it run on."""
        if self.frozen or self.standing is Standing.RAISED:
            return
        stale = self._stale_at()
        until = now if stale is None else min(now, stale)
        self.elapsed += max(until - self.since, _ZERO)
        self.since = now
        self.frozen = True

    def restart(self, now: datetime, at_least: timedelta) -> None:
        """Let a frozen `for` run on, with at least so much of it still to go."""
        if self.frozen:
            self.frozen = False
            self.since = now
            self.elapsed = min(self.elapsed, max(self.hold - at_least, _ZERO))

    def shift(self, by: timedelta, *, is_told: bool) -> None:
        """Let all of it have been so much later, or earlier: the clock was moved. An onset that `is_told` stays."""
        self.since += by
        self.fed += by
        self.good = self.good + by if self.good is not None else None
        if not is_told:
            self.onset += by
            self.detected = self.detected + by if self.detected is not None else None

    def _thaw(self, now: datetime) -> Change:
        if self.standing is Standing.RAISED:
            return Change.NONE
        stale = self._stale_at()
        if not self.frozen and (stale is None or now <= stale):
            return Change.NONE
        self.freeze(now)
        self.frozen = False
        self.since = now
        return Change.MOVED

    def _stale_at(self) -> datetime | None:
        return None if self.period is None else self.fed + STALE_PERIODS * self.period

    def _reach(self, now: datetime) -> Change | None:
        due = self.due()
        if due is None or due > now:
            return None
        if self.standing is Standing.CLEARING:
            return Change.CLEARED
        self._turn(Standing.RAISED, now)
        self.detected = now
        return Change.RAISED

    def _turn(self, standing: Standing, now: datetime) -> None:
        self.standing = standing
        self.since = now
        self.elapsed = _ZERO
        self.frozen = False
        if standing is Standing.RAISED:
            self.good = None
