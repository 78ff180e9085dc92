"""A device as its tables are read: requests as large as it takes, smaller ones where it doesn't.

In: any number of OIDs. Out: values. What a device refuses, or falls silent at, is asked for in halves until the
part that it cannot answer is found; what is learnt of its limits is kept for a while, and until it restarts.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from agent.now import monotonic_s
from agent.snmp.engine import WALK_LIMIT, Engine, Value, Walk
from agent.snmp.errors import Garbage, NoAnswer, NotReachable, Refused

SYS_UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
LARGEST_PORTION: Final = 24
_REPETITIONS: Final = (20, 8, 1)
# One reading of a device, its tables with it. One that answers each request just in time must give its thread back.
LONGEST_READ_S: Final = 300.0
# A request lost on the way looks like a limit of the device: none is believed for ever.
LIMITS_HOLD_S: Final = 3600.0
# What a device of SNMPv1 has not spoils a whole request. Rows come back about as often as they are looked for.
ABSENCE_HOLDS_S: Final = 600.0


class Session:
    """An `Engine` and what has been learnt about its device."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = monotonic_s) -> None:
        self.engine = engine
        self._clock = clock
        self._until_s = math.inf
        # Walks that looped or had no end, and answers that could not be used.
        self.faults = 0
        # Single OIDs at which the device falls silent; they are not asked for again.
        self.deaf: set[str] = set()
        # OIDs that brought nothing by themselves and spoilt what was asked for with them, and until when that holds.
        self._absent: dict[str, float] = {}
        self._portion = LARGEST_PORTION
        self._repetition = 0
        self._learnt_s = clock()

    def begin(self) -> None:
        """A reading begins; it is ended (`NotReachable`) when it takes longer than any may."""
        now_s = self._clock()
        self._until_s = now_s + LONGEST_READ_S
        if now_s - self._learnt_s >= LIMITS_HOLD_S:
            self.forget()
        if self._absent:
            self._absent = {oid: until_s for oid, until_s in self._absent.items() if until_s > now_s}

    def forget(self) -> None:
        """Learn the device's limits anew: it may be another one now, or have other firmware."""
        self.deaf.clear()
        self._absent.clear()
        self._portion = LARGEST_PORTION
        self._repetition = 0
        self._learnt_s = self._clock()

    def _check_time(self) -> None:
        if self._clock() > self._until_s:
            raise NotReachable(f"answers too slowly: not all of it could be read within {LONGEST_READ_S:g} s")

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of those `oids` that the device has.

        Raises:
            SnmpError: the device does not answer, or refuses us altogether.
        """
        wanted = oids
        if self.deaf or self._absent:
            wanted = [oid for oid in oids if oid not in self.deaf and oid not in self._absent]
        found: dict[str, Value] = {}
        at = 0
        while at < len(wanted):
            self._check_time()
            portion = wanted[at : at + self._portion]
            at += len(portion)
            found |= self._portion_of(portion)
        return found

    def _portion_of(self, oids: Sequence[str]) -> dict[str, Value]:
        """Ask in one request; where it brings nothing at all, in two halves."""
        was_silent = False
        found: dict[str, Value] = {}
        try:
            found = self.engine.get(oids)
        except Garbage:
            self.faults += 1
        except NoAnswer:
            self._check_alive()
            was_silent = True
            if len(oids) == 1:
                self.faults += 1
                self.deaf.add(oids[0])
        if found or len(oids) == 1:
            return found
        middle = len(oids) // 2
        before = len(self.deaf)
        found = self._portion_of(oids[:middle]) | self._portion_of(oids[middle:])
        if len(found) == len(oids) or (was_silent and len(self.deaf) == before and found):
            # No single one was at fault: it was too much at once.
            self._portion = min(self._portion, middle)
        elif not was_silent:
            until_s = self._clock() + ABSENCE_HOLDS_S
            self._absent |= {oid: until_s for oid in oids if oid not in found and oid not in self.deaf}
        return found

    def exists(self, oid: str) -> bool:
        """Tell whether the device has anything below `oid`."""
        try:
            walk = self.engine.walk(oid, repetitions=1, limit=0)
        except (Garbage, Refused):
            return False
        return walk.fault != ""

    def column(self, oid: str, limit: int = WALK_LIMIT) -> dict[str, Value]:
        """Return a column of a table by the index of its rows.

        Raises:
            SnmpError: the device does not answer, or refuses us altogether.
        """
        walk = self._walk(oid, limit)
        if walk.fault and limit == WALK_LIMIT:
            self.faults += 1
        return walk.rows

    def _walk(self, oid: str, limit: int) -> Walk:
        tried = self._repetition
        while True:
            self._check_time()
            try:
                walk = self.engine.walk(oid, repetitions=_REPETITIONS[tried], limit=limit)
            except (NoAnswer, Garbage):
                self.faults += 1
                if tried + 1 == len(_REPETITIONS):
                    raise
                self._check_alive()
                tried += 1
            else:
                self._repetition = tried
                return walk

    def close(self) -> None:
        """Give back the engine's sockets."""
        self.engine.close()

    def _check_alive(self) -> None:
        """Raise NoAnswer where the device has fallen silent altogether."""
        self.engine.get([SYS_UP_TIME])
