"""What a reading is compared with, in YAML: a number, or what another metric or the timetable says now."""

from difflib import get_close_matches
from typing import Final

from collector.core.rule import Bound, Operator, Quantity, Reference, Scope
from collector.packs.document import Cursor
from collector.packs.scalar import Choice, Flag, Number, Text
from collector.packs.shape import Json, Key, Record, Refer, Shape
from wire.catalogue import CATALOGUE


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


def reference(record: Record) -> Reference:
    """Return the metric that a record of REFERENCE names."""
    return Reference(metric=record[NEED_METRIC], instance=record[INSTANCE], scope=record[OF])


ABS: Final = Key("abs", Flag(), default=False, about="compare without the sign")
ONE_BOUND: Final[dict[Operator, Key[Bound]]] = {
    operator: Key(operator.value, A_BOUND) for operator in Operator if operator is not Operator.ONE_OF
}
