"""An SNMP device in memory: an `Engine` over a dictionary of OIDs."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from agent.snmp.engine import REPETITIONS, WALK_LIMIT, Value, Walk, bounded
from agent.snmp.errors import NoAnswer


def order(oid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in oid.split("."))


class FakeEngine:
    """Answers from `values`.

    `largest` is how many OIDs it takes in one request before it falls silent, `most_at_once` before it refuses
    (tooBig); `deaf` is what it never answers to.
    """

    def __init__(
        self,
        values: Mapping[str, Value],
        *,
        largest: int = 1000,
        most_at_once: int = 1000,
        most_repetitions: int = 1000,
        deaf: Callable[[str], bool] = lambda oid: False,
        noisy: bool = False,
    ) -> None:
        self.values = dict(values)
        self.largest = largest
        self.most_at_once = most_at_once
        self.most_repetitions = most_repetitions
        self.deaf = deaf
        self.noisy = noisy  # one missing OID spoils the whole request, as with SNMPv1
        self.down = False
        self.gets: list[list[str]] = []
        self.walks: list[str] = []
        self.closed = False

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        self.gets.append(list(oids))
        if self.down or len(oids) > self.largest or any(self.deaf(oid) for oid in oids):
            raise NoAnswer("silence")
        if len(oids) > self.most_at_once:
            return {}
        if self.noisy and any(oid not in self.values for oid in oids):
            return {}
        return {oid: self.values[oid] for oid in oids if oid in self.values}

    def walk(self, oid: str, *, repetitions: int = REPETITIONS, limit: int = WALK_LIMIT) -> Walk:
        self.walks.append(oid)
        if self.down or repetitions > self.most_repetitions or self.deaf(oid):
            raise NoAnswer("silence")
        return bounded(self._below(oid), oid, limit)

    def _below(self, oid: str) -> Iterator[tuple[str, Value]]:
        for name in sorted(self.values, key=order):
            if name.startswith(oid + "."):
                yield name, self.values[name]

    def close(self) -> None:
        self.closed = True


class FakeClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s
