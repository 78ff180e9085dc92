"""A device whose MIB stands elsewhere than its profile says. In: OIDs as in the profile. Out: values."""

from collections.abc import Mapping, Sequence

from agent.snmp.engine import REPETITIONS, WALK_LIMIT, Engine, Value, Walk


class Base:
    """Where a MIB stands in the profile, and where on the device."""

    def __init__(self, ours: str, theirs: str) -> None:
        self._ours = ours
        self._theirs = theirs

    def to_device(self, oid: str) -> str:
        """Return an OID of the profile as the device has it."""
        return _moved(oid, self._ours, self._theirs)

    def to_profile(self, oid: str) -> str:
        """Return an OID of the device as the profile has it."""
        return _moved(oid, self._theirs, self._ours)

    def values(self, found: Mapping[str, Value]) -> dict[str, Value]:
        """Return what the device said, its names and the OIDs among its values as the profile has them."""
        return {self.to_profile(oid): self.value(value) for oid, value in found.items()}

    def value(self, value: Value) -> Value:
        """Return a value as the profile has it."""
        return self.to_profile(value) if isinstance(value, str) else value


class RebasedEngine:
    """An `Engine` that speaks to the device in its own names."""

    def __init__(self, engine: Engine, base: Base) -> None:
        self._engine = engine
        self._base = base

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        return self._base.values(self._engine.get([self._base.to_device(oid) for oid in oids]))

    def walk(self, oid: str, *, repetitions: int = REPETITIONS, limit: int = WALK_LIMIT) -> Walk:
        walk = self._engine.walk(self._base.to_device(oid), repetitions=repetitions, limit=limit)
        return Walk({index: self._base.value(value) for index, value in walk.rows.items()}, walk.fault)

    def close(self) -> None:
        self._engine.close()


def _moved(oid: str, start: str, other: str) -> str:
    return other + oid[len(start) :] if oid == start or oid.startswith(start + ".") else oid
