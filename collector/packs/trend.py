"""Conditions that look back, in YAML: a trend to a limit, a rate of change, how often something happened."""

from datetime import timedelta
from typing import Final

from collector.core.rule import All as AllOf
from collector.core.rule import Any, Condition, Count, Neither, Operator, Rate, Trend
from collector.packs.bound import A_BOUND, ABS, ONE_BOUND
from collector.packs.document import Cursor
from collector.packs.scalar import Duration, Flag, Number, OneOf
from collector.packs.shape import Built, Key, Reader, Record, Shape

_PER_S: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=7)

OVER: Final = Key("over", Duration(), need=True, about="how far back it looks, 1 min to 7 d")
REACHES: Final = Key("reaches", A_BOUND, need=True, about="the limit")
AHEAD: Final = Key("within", Duration(), need=True, about="how soon it gets there")
A_TREND: Final = Shape("a trend", OVER, REACHES, AHEAD)

PER: Final = Key("per", OneOf(tuple(_PER_S)), default="s", about="the unit of time; without it a second")
COUNTER: Final = Key("counter", Flag(), default=False, about="it only grows; where it falls, it began anew at 0")
A_RATE: Final = Shape("a rate", OVER, PER, ABS, COUNTER, one_of=tuple(ONE_BOUND.values()))

WITHIN: Final = Key("within", Duration(), need=True, about="in the time up to now, at most 7 d")
AT_LEAST: Final = Key("at_least", Number(2, 64, whole=True), need=True, about="so often")


def _trend(record: Record) -> Condition:
    _span(record.at(OVER), record[OVER])
    return Trend(reaches=record[REACHES], over=record[OVER], within=record[AHEAD])


def _rate(record: Record) -> Condition:
    _span(record.at(OVER), record[OVER])
    operator, key = next((operator, key) for operator, key in ONE_BOUND.items() if key in record)
    if operator in (Operator.EQUALS, Operator.DIFFERS):
        record.at(key).refuse("a rate is never exactly a number; use above, below, at_least or at_most")
    return Rate(
        operator=operator,
        bounds=(record[key],),
        over=record[OVER],
        per_s=_PER_S[record[PER]],
        absolute=record[ABS],
        is_counter=record[COUNTER],
    )


def _span(at: Cursor, over: timedelta) -> None:
    if not _SHORTEST <= over <= _LONGEST:
        at.refuse("must be between 1 min and 7 d")


TREND: Final = Key(
    "trend", Built(A_TREND, _trend), about="carried on, the robust slope of the last while reaches a limit in time"
)
RATE: Final = Key("rate", Built(A_RATE, _rate), about="the robust slope of the last while compares so")


class Counting:
    """Reads `count: {of: CONDITION, within: 24 h, at_least: 3}`; `condition` reads what is counted."""

    def __init__(self, condition: Reader[Condition]) -> None:
        self._of = Key("of", condition, need=True, about="what is counted: each time that it begins to hold")
        shape = Shape("a count", self._of, WITHIN, AT_LEAST)
        self.key: Key[Condition] = Key("count", Built(shape, self._make), about="how often something happened lately")

    def _make(self, record: Record) -> Condition:
        if not timedelta() < record[WITHIN] <= _LONGEST:
            record.at(WITHIN).refuse("must be more than nothing and at most 7 d")
        if _looks_back(record[self._of]):
            record.at(self._of).refuse("trends, rates and counts have no beginnings that could be counted")
        return Count(of=record[self._of], within=record[WITHIN], at_least=int(record[AT_LEAST]))


def _looks_back(condition: Condition) -> bool:
    if isinstance(condition, AllOf | Any | Neither):
        return any(_looks_back(part) for part in condition.of)
    return isinstance(condition, Trend | Rate | Count)
