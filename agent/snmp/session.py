"""A device as its tables are read: requests as large as it takes, smaller ones where it doesn't.

In: any number of OIDs. Out: values. What a device refuses in one request is asked for in halves until what it
refuses is found; what makes it fall silent is asked for in smaller portions from then on.
"""

from collections.abc import Sequence
from typing import Final

from agent.snmp.engine import WALK_LIMIT, Engine, Value
from agent.snmp.errors import Garbage, NoAnswer, Refused

SYS_UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
_PORTIONS: Final = (24, 10, 4, 1)
_REPETITIONS: Final = (20, 8, 1)


class Session:
    """An `Engine` and what has been learnt about its device."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Walks that looped or had no end, and answers that could not be used.
        self.faults = 0
        self._portion = 0
        self._repetition = 0

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of those `oids` that the device has.

        Raises:
            SnmpError: the device does not answer, or refuses us altogether.
        """
        found: dict[str, Value] = {}
        at = 0
        while at < len(oids):
            portion = oids[at : at + _PORTIONS[self._portion]]
            try:
                found |= self._portion_of(portion)
            except NoAnswer:
                if len(portion) == 1 or self._portion + 1 == len(_PORTIONS):
                    raise
                self._check_alive()
                self._portion += 1
                continue
            at += len(portion)
        return found

    def _portion_of(self, oids: Sequence[str]) -> dict[str, Value]:
        """Ask in one request; where it brings nothing at all, in two halves."""
        try:
            found = self.engine.get(oids)
        except Garbage:
            self.faults += 1
            if len(oids) == 1:
                return {}
            found = {}
        if found or len(oids) == 1:
            return found
        middle = len(oids) // 2
        return self._portion_of(oids[:middle]) | self._portion_of(oids[middle:])

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
        while True:
            try:
                walk = self.engine.walk(oid, repetitions=_REPETITIONS[self._repetition], limit=limit)
            except (NoAnswer, Garbage) as error:
                if isinstance(error, Garbage):
                    self.faults += 1
                if self._repetition + 1 == len(_REPETITIONS):
                    raise
                self._check_alive()
                self._repetition += 1
                continue
            if walk.fault and limit == WALK_LIMIT:
                self.faults += 1
            return walk.rows

    def close(self) -> None:
        """Give back the engine's sockets."""
        self.engine.close()

    def _check_alive(self) -> None:
        """Raise NoAnswer where the device has fallen silent altogether."""
        self.engine.get([SYS_UP_TIME])
