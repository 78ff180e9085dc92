"""Whether a fault comes and goes too often to be told each time.

Comes in: the turns of one fault (it is there, it is gone) and time. Goes out: whether it flaps, and until when.

The weighting is Icinga's (its documentation, "Check Flapping"): of the last 20 turns each that was a change counts 0.80
for the oldest up to 1.18 for the newest, and their sum is divided by 20. A fault flaps above 30 %, until below 25 %.
Icinga takes a turn a check result; here a turn is a change, or a quiet beat in which nothing changed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

TURNS: Final = 20
HIGH: Final = 0.30
LOW: Final = 0.25
BEAT: Final = timedelta(minutes=3)
_WEIGHTS: Final = tuple((80 + 2 * (TURNS - 1 - ago)) / 100 for ago in range(TURNS))
_ALL: Final = (1 << TURNS) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaps:
    """The last 20 turns of a fault. Bit n of `turns` is set where n turns ago something changed.

    `at` is when the newest turn was taken; `holds` says that the fault flaps.
    """

    turns: int = 0
    at: datetime
    holds: bool = False

    @property
    def share(self) -> float:
        """How much of its last turns was change, 0 to 0.99, newer changes counting more."""
        return sum(weight for ago, weight in enumerate(_WEIGHTS) if self.turns >> ago & 1) / TURNS

    @property
    def changes(self) -> int:
        """How many of the last turns were changes."""
        return self.turns.bit_count()

    @property
    def next_due(self) -> datetime | None:
        """When it is steady again if nothing more changes, or forgotten where it does not flap; None: never."""
        if not self.turns:
            return None
        for beats in range(1, TURNS + 1):
            later = _quiet(self, beats)
            if (self.holds and not later.holds) or not later.turns:
                return later.at
        raise AssertionError("after so many quiet beats no change is left")


def changed(flaps: Flaps | None, now: datetime) -> Flaps:
    """Return a fault's turns after it came or went at `now`."""
    before = as_of(flaps or Flaps(at=now), now)
    return _judged(replace(before, turns=(before.turns << 1 | 1) & _ALL, at=now))


def as_of(flaps: Flaps, now: datetime) -> Flaps:
    """Return a fault's turns with the quiet beats that have passed by `now`; none has where the clock was put back."""
    return replace(flaps, at=now) if now < flaps.at else _quiet(flaps, (now - flaps.at) // BEAT)


def _quiet(flaps: Flaps, beats: int) -> Flaps:
    for _ in range(min(beats, TURNS)):
        flaps = _judged(replace(flaps, turns=flaps.turns << 1 & _ALL, at=flaps.at + BEAT))
    return replace(flaps, at=flaps.at + max(beats - TURNS, 0) * BEAT)


def _judged(flaps: Flaps) -> Flaps:
    share = flaps.share
    return replace(flaps, holds=share > HIGH or (flaps.holds and share >= LOW))
