"""Conditions of the rule language in YAML: `{above: 0.9}`, `{metric: M, of: room, equals: 1}`, all, any, named ones."""

from difflib import get_close_matches
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
    Neither,
    Operator,
    Quantity,
    Reference,
    Rising,
    Scope,
    TargetSeen,
    Test,
)
from collector.packs.document import Cursor
from collector.packs.scalar import Choice, Flag, Number, OneOf, Text, Yes
from collector.packs.shape import Built, Json, Key, Many, Reader, Record, Refer, Shape
from wire.catalogue import CATALOGUE


class Target(StrEnum):
    SEEN = "seen"


class Metric:
    """A metric's name. Foreign names are allowed; one that nearly is of the catalogue is a slip."""

    def read(self, cursor: Cursor) -> str:
        name = Text().read(cursor)
        if name not in CATALOGUE and (close := get_close_matches(name, CATALOGUE, n=1, cutoff=0.92)):
            cursor.refuse(f"{name!r} is not in the catalogue; did you mean {close[0]!r}?")
        return name

    def schema(self) -> Json:
        return {"type": "string", "minLength": 1}


METRIC: Final = Key("metric", Metric(), default=None, about="another metric; without it the reading itself is meant")
NEED_METRIC: Final = Key("metric", Metric(), need=True)
INSTANCE: Final = Key(
    "instance",
    Text(empty=True),
    default="",
    about='"{instance}" is the reading\'s own, "*" any; without it the bare one',
)
OF: Final = Key("of", Choice(Scope), default=Scope.DEVICE, about="whose: the device's, or of any device of its room")
TIMES: Final = Key("times", Number(), default=1.0)
PLUS: Final = Key("plus", Number(), default=0.0)
QUANTITY: Final = Key("quantity", Choice(Quantity), default=None, about="what the timetable says")

REFERENCE: Final = Shape("a metric", NEED_METRIC, INSTANCE, OF)
BOUND: Final = Shape("a bound", INSTANCE, OF, TIMES, PLUS, one_of=(METRIC, QUANTITY))


class _BoundReader:
    """A number, or what another metric (or the timetable) says now, `times` and `plus` something."""

    def read(self, cursor: Cursor) -> Bound:
        if cursor.kind != "a mapping":
            return Bound(plus=Number().read(cursor))
        record = BOUND.read(cursor)
        of: Reference | Quantity | None = record[QUANTITY]
        if of is None:
            of = Reference(metric=record[METRIC] or "", instance=record[INSTANCE], scope=record[OF])
        return Bound(of=of, times=record[TIMES], plus=record[PLUS])

    def schema(self) -> Json:
        return {"anyOf": [Number().schema(), BOUND.schema()]}


BOUND_READER: Final = _BoundReader()
A_BOUND: Final = Refer("bound", lambda: BOUND_READER)


def _reference(record: Record) -> Reference:
    return Reference(metric=record[NEED_METRIC], instance=record[INSTANCE], scope=record[OF])


ABS: Final = Key("abs", Flag(), default=False, about="compare without the sign")
ONE_BOUND: Final[dict[Operator, Key[Bound]]] = {
    operator: Key(operator.value, A_BOUND) for operator in Operator if operator is not Operator.ONE_OF
}
ONE_OF: Final = Key("one_of", Many(Number(), at_least=1))
ABSENT: Final = Key("absent", Built(REFERENCE, _reference), about="there is no such metric")
DURING: Final = Key("during", Many(Choice(Context), at_least=1, single=True), about="what the room is for")
BOOKED: Final = Key("booked", OneOf(["recorded"]), about="a lesson booked as recorded is on")
RISING: Final = Key("rising", Yes(), about="the reading is above the one before it")
TARGET: Final = Key("target", Choice(Target), about="the instance is no device of ours that is silent")
SILENT: Final = Key("silent", Yes(), about="death told, or nothing for three intervals")


class Conditions:
    """Reads conditions; knows those that the pack has named."""

    def __init__(self) -> None:
        self.named: dict[str, Condition] = {}
        self.all = Key("all", Many(Refer("condition", self.reader), at_least=1), about="each of them holds")
        self.any = Key("any", Many(Refer("condition", self.reader), at_least=1), about="one of them holds")
        self.none = Key("none", Many(Refer("condition", self.reader), at_least=1), about="not one of them holds")
        self.one_of: tuple[Key[object], ...] = (
            *ONE_BOUND.values(),
            ONE_OF,
            ABSENT,
            DURING,
            BOOKED,
            RISING,
            TARGET,
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
        if DURING in record:
            return During(contexts=frozenset[Context](record[DURING]))
        if BOOKED in record:
            return Booked()
        if RISING in record:
            return Rising()
        if TARGET in record:
            return TargetSeen()
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
