"""Whether a condition holds, and between which readings it certainly does not.

`compile_condition` makes a predicate of (reading, evidence), called only for readings outside their band.
`false_band` gives the interval of readings for which the condition is false whatever else is true: the band.
"""

import math
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, Protocol

from collector.core.model import Context
from collector.core.rule import (
    Absent,
    All,
    Any,
    Booked,
    Bound,
    Condition,
    Count,
    During,
    Feeds,
    Missing,
    Neither,
    Operator,
    Quantity,
    Rate,
    Reference,
    Restarted,
    Rising,
    Silent,
    TargetSeen,
    Test,
    Trend,
)

Band = tuple[float, float]  # closed interval; low > high: no reading is inside
EVERYTHING: Final[Band] = (-math.inf, math.inf)
NOTHING: Final[Band] = (math.inf, -math.inf)


class Evidence(Protocol):
    """What is known beside the reading, at the moment of asking."""

    @property
    def reading(self) -> float:
        """The last reading of the series that is judged."""
        ...

    @property
    def before(self) -> float:
        """The reading before it; NaN where there was none."""
        ...

    def contexts(self) -> frozenset[Context]:
        """Give what the room is for: by its timetable, and `lesson` while it is recording."""
        ...

    def booked(self) -> bool: ...
    def quantity(self, of: Quantity) -> float | None: ...
    def values(self, of: Reference) -> Iterable[float]:
        """Give the values of a metric that are known and fresh."""
        ...

    def exists(self, of: Reference) -> bool: ...
    def missing(self, of: Reference) -> bool: ...
    def rising(self) -> bool: ...
    def restarted(self) -> bool: ...
    def target_seen(self) -> bool: ...
    def feeds(self) -> bool: ...
    def slope_per_s(self, over: timedelta, *, is_counter: bool = False) -> float | None:
        """Give the robust slope of the series; None where too little of that time is known.

        `is_counter`: it only grows, and began anew where it fell.
        """
        ...

    def count(self, of: Condition, within: timedelta) -> int: ...


Predicate = Callable[[float, Evidence], bool]


def bound_value(bound: Bound, evidence: Evidence) -> float | None:
    """Return what a bound is now, None when that is not known."""
    if bound.of is None:
        return bound.plus
    if isinstance(bound.of, Quantity):
        base = evidence.quantity(bound.of)
    else:
        base = next(iter(evidence.values(bound.of)), None)
    return None if base is None else base * bound.times + bound.plus


def compile_condition(condition: Condition) -> Predicate:
    """Return the predicate of a condition."""
    match condition:
        case All(of=parts):
            every = [compile_condition(part) for part in parts]
            return lambda x, evidence: all(part(x, evidence) for part in every)
        case Any(of=parts):
            some = [compile_condition(part) for part in parts]
            return lambda x, evidence: any(part(x, evidence) for part in some)
        case Neither(of=parts):
            none = [compile_condition(part) for part in parts]
            return lambda x, evidence: not any(part(x, evidence) for part in none)
        case Test():
            return _compile_test(condition)
        case Absent(subject=subject):
            return lambda x, evidence: not evidence.exists(subject)
        case Missing(subject=subject):
            return lambda x, evidence: evidence.missing(subject)
        case During(contexts=contexts):
            return lambda x, evidence: not contexts.isdisjoint(evidence.contexts())
        case Booked():
            return lambda x, evidence: evidence.booked()
        case Rising():
            return lambda x, evidence: evidence.rising()
        case Restarted():
            return lambda x, evidence: evidence.restarted()
        case TargetSeen():
            return lambda x, evidence: evidence.target_seen()
        case Feeds():
            return lambda x, evidence: evidence.feeds()
        case Trend():
            return _compile_trend(condition)
        case Rate():
            return _compile_rate(condition)
        case Count(of=of, within=within, at_least=at_least):
            return lambda x, evidence: evidence.count(of, within) >= at_least
        case Silent():
            return lambda x, evidence: x != 0  # the presence feeds 1 for silent, 0 for there


_COMPARE: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.ABOVE: lambda x, bound: x > bound,
    Operator.AT_LEAST: lambda x, bound: x >= bound,
    Operator.BELOW: lambda x, bound: x < bound,
    Operator.AT_MOST: lambda x, bound: x <= bound,
    Operator.EQUALS: lambda x, bound: x == bound,
    Operator.DIFFERS: lambda x, bound: x != bound,
    Operator.ONE_OF: lambda x, bound: x == bound,
}


def _compile_test(test: Test) -> Predicate:
    compare = _COMPARE[test.operator]
    subject = test.subject

    def meets(x: float, evidence: Evidence) -> bool:
        value = abs(x) if test.absolute else x
        for bound in test.bounds:
            limit = bound_value(bound, evidence)
            if limit is not None and compare(value, limit):
                return True
        return False

    if subject is None:
        if len(test.bounds) == 1 and test.bounds[0].of is None and not test.absolute:
            fixed = test.bounds[0].plus
            return lambda x, evidence: compare(x, fixed)
        return meets
    return lambda x, evidence: any(meets(value, evidence) for value in evidence.values(subject))


def _compile_trend(trend: Trend) -> Predicate:
    def reaches(x: float, evidence: Evidence) -> bool:
        limit = bound_value(trend.reaches, evidence)
        slope = evidence.slope_per_s(trend.over)
        if limit is None or slope is None or slope == 0:
            return False
        return 0 <= (limit - x) / slope <= trend.within.total_seconds()

    return reaches


def _compile_rate(rate: Rate) -> Predicate:
    compare = _COMPARE[rate.operator]

    def moves(x: float, evidence: Evidence) -> bool:
        slope = evidence.slope_per_s(rate.over, is_counter=rate.is_counter)
        if slope is None:
            return False
        change = slope * rate.per_s
        limits = (bound_value(bound, evidence) for bound in rate.bounds)
        return any(limit is not None and compare(abs(change) if rate.absolute else change, limit) for limit in limits)

    return moves


def compile_beginning(condition: Condition) -> Predicate:
    """Return the predicate of a condition that begins to hold with this reading: it did not at the one before."""
    holds = compile_condition(condition)
    if _is_moment(condition):
        return holds
    return lambda x, evidence: (
        holds(x, evidence) and (math.isnan(evidence.before) or not holds(evidence.before, evidence))
    )


def _is_moment(condition: Condition) -> bool:
    """Tell whether a condition compares a reading with the one before it: it holds at single readings."""
    match condition:
        case All(of=parts) | Any(of=parts) | Neither(of=parts):
            return any(_is_moment(part) for part in parts)
        case _:
            return isinstance(condition, Rising | Restarted)


def false_band(condition: Condition, evidence: Evidence | None = None) -> Band:
    """Return the readings for which a condition certainly does not hold.

    Bounds taken from other metrics count only with `evidence` (one that is not known compares as false); whoever
    passes it makes the band anew when they change.
    """
    match condition:
        case All(of=parts):
            return max((false_band(part, evidence) for part in parts), key=_width, default=NOTHING)
        case Any(of=parts):
            return meet(false_band(part, evidence) for part in parts)
        case Test(subject=None):
            return _test_band(condition, evidence)
        case Rising() if evidence is not None:
            return evidence.reading, evidence.reading
        case Restarted() | Trend() | Rate():
            return EVERYTHING  # these are looked at when they may hold, wherever the reading is: see series.py
        case Count(of=of):
            return false_band(of, evidence)  # while it holds, the rung is not idle
        case _:
            return NOTHING


def meet(bands: Iterable[Band]) -> Band:
    """Return the readings that lie in all of the bands."""
    low, high = EVERYTHING
    for other_low, other_high in bands:
        low, high = max(low, other_low), min(high, other_high)
    return (low, high) if low <= high else NOTHING


def _width(band: Band) -> float:
    low, high = band
    if low > high:
        return -1.0
    if math.isinf(low) or math.isinf(high):
        return math.inf
    return high - low


def _test_band(test: Test, evidence: Evidence | None) -> Band:
    bands: list[Band] = []
    for bound in test.bounds:
        if bound.of is None:
            limit = bound.plus
        elif evidence is None or isinstance(bound.of, Quantity):
            return NOTHING
        else:
            known = bound_value(bound, evidence)
            if known is None:
                continue
            limit = known
        bands.append(_side(test.operator, limit))
    low, high = meet(bands)
    if not test.absolute or low > high:
        return low, high
    # abs(x) outside the condition: both x and -x must lie in the band
    if high < 0:
        return NOTHING
    return (-high, high) if low <= 0 else (low, high)


def _side(operator: Operator, limit: float) -> Band:
    match operator:
        case Operator.ABOVE:
            return -math.inf, limit
        case Operator.AT_LEAST:
            return -math.inf, math.nextafter(limit, -math.inf)
        case Operator.BELOW:
            return limit, math.inf
        case Operator.AT_MOST:
            return math.nextafter(limit, math.inf), math.inf
        case Operator.DIFFERS:
            return limit, limit
        case Operator.EQUALS | Operator.ONE_OF:
            # Two sides are false; the one that holds zero is where states and counts rest.
            if limit > 0:
                return -math.inf, math.nextafter(limit, -math.inf)
            return math.nextafter(limit, math.inf), math.inf
