"""Conditions of the rule language in YAML: `{above: 0.9}`, `{metric: M, of: room, equals: 1}`, all, any, named ones."""

from enum import StrEnum
from typing import Final

from collector.core.model import Context
from collector.core.rule import (
    Absent,
    All,
    Any,
    Booked,
    Bound,
    Condition,
    During,
    Feeds,
    Missing,
    Neither,
    Operator,
    Reference,
    Restarted,
    Rising,
    TargetSeen,
    Test,
)
from collector.packs.bound import ABS, BOUND_READER, INSTANCE, METRIC, OF, ONE_BOUND, REFERENCE, reference
from collector.packs.document import Cursor
from collector.packs.scalar import Choice, Number, OneOf, Text, Yes
from collector.packs.shape import Built, Json, Key, Many, Reader, Record, Refer, Shape
from collector.packs.trend import RATE, TREND, Counting


class Target(StrEnum):
    SEEN = "seen"


ONE_OF: Final = Key("one_of", Many(Number(), at_least=1))
ABSENT: Final = Key("absent", Built(REFERENCE, reference), about="there is no such metric")
MISSING: Final = Key(
    "missing", Built(REFERENCE, reference), about="the device is there, and has no such reading, or no longer"
)
DURING: Final = Key("during", Many(Choice(Context), at_least=1, single=True), about="what the room is for")
BOOKED: Final = Key("booked", OneOf(["recorded"]), about="a lesson booked as recorded is on")
RISING: Final = Key("rising", Yes(), about="the reading is above the one before it")
RESTARTED: Final = Key("restarted", Yes(), about="this uptime was set back, and nobody had told or expected it")
FEEDS: Final = Key("feeds", OneOf(["device"]), about="the instance is a port that feeds a device of the campus file")
TARGET: Final = Key("target", Choice(Target), about="the instance is no device of ours that is silent")
SILENT: Final = Key("silent", Yes(), about="death told, or nothing for three intervals")


class Conditions:
    """Reads conditions; knows those that the pack has named."""

    def __init__(self) -> None:
        self.named: dict[str, Condition] = {}
        self.all = Key("all", Many(Refer("condition", self.reader), at_least=1), about="each of them holds")
        self.any = Key("any", Many(Refer("condition", self.reader), at_least=1), about="one of them holds")
        self.none = Key("none", Many(Refer("condition", self.reader), at_least=1), about="not one of them holds")
        self.count = Counting(Refer("condition", self.reader))
        self.one_of: tuple[Key[object], ...] = (
            *ONE_BOUND.values(),
            ONE_OF,
            ABSENT,
            MISSING,
            DURING,
            BOOKED,
            RISING,
            RESTARTED,
            TARGET,
            FEEDS,
            TREND,
            RATE,
            self.count.key,
            self.all,
            self.any,
            self.none,
        )
        self.beside: tuple[Key[object], ...] = (METRIC, INSTANCE, OF, ABS)
        self.shape = Shape("a condition", *self.beside, one_of=self.one_of)

    def reader(self) -> Reader[Condition]:
        return _ConditionReader(self)

    def definitions(self) -> Json:
        """Return the schemas that others refer to by name."""
        return {"condition": {"anyOf": [{"type": "string"}, self.shape.schema()]}, "bound": BOUND_READER.schema()}

    def make(self, record: Record) -> Condition:
        """Return the condition of a record that has one; `for` and `while` beside it are the caller's."""
        for operator, key in ONE_BOUND.items():
            if key in record:
                return self._test(record, operator, (record[key],))
        if ONE_OF in record:
            return self._test(record, Operator.ONE_OF, tuple(Bound(plus=number) for number in record[ONE_OF]))
        for extra in self.beside:
            if extra in record:
                record.at(extra).refuse(f"{extra.name!r} says nothing without a comparison beside it")
        if ABSENT in record:
            return Absent(subject=record[ABSENT])
        if MISSING in record:
            return Missing(subject=record[MISSING])
        if DURING in record:
            return During(contexts=frozenset[Context](record[DURING]))
        if BOOKED in record:
            return Booked()
        if RISING in record:
            return Rising()
        if RESTARTED in record:
            return Restarted()
        if TARGET in record:
            return TargetSeen()
        if FEEDS in record:
            return Feeds()
        for back in (TREND, RATE, self.count.key):
            if back in record:
                return record[back]
        if self.all in record:
            return All(of=record[self.all])
        if self.none in record:
            return Neither(of=record[self.none])
        return Any(of=record[self.any])

    def has_one(self, record: Record) -> bool:
        """Tell whether a record holds a condition at all."""
        return any(key in record for key in self.one_of)

    def _test(self, record: Record, operator: Operator, bounds: tuple[Bound, ...]) -> Test:
        metric = record[METRIC]
        if metric is None:
            for key in (INSTANCE, OF):
                if key in record:
                    record.at(key).refuse(f"{key.name!r} needs 'metric' beside it")
        subject = Reference(metric=metric, instance=record[INSTANCE], scope=record[OF]) if metric else None
        return Test(operator=operator, bounds=bounds, subject=subject, absolute=record[ABS])


class _ConditionReader:
    """A mapping, or the name of a condition of the pack."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    def read(self, cursor: Cursor) -> Condition:
        if cursor.kind == "a mapping":
            return self._conditions.make(self._conditions.shape.read(cursor))
        name = Text().read(cursor)
        found = self._conditions.named.get(name)
        if found is None:
            known = ", ".join(self._conditions.named) or "none"
            cursor.refuse(f"there is no condition named {name!r}; this pack has {known}")
        return found

    def schema(self) -> Json:
        return {"$ref": "#/$defs/condition"}
