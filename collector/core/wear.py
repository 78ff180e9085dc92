"""When something that wears is worn out: a robust slope over its days, up to a limit, with an interval of dates.

Comes in: one value a day and a limit. Goes out: the day on which the limit is reached, and between which days that is.
The slope is Theil and Sen's, the median of the slopes between all pairs of days; its interval is Sen's (1968), from
the variance of Kendall's statistic. What was replaced, cleaned or emptied begins anew, as does what jumped to another
level for good; a few days that leave the others and come back are neither.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, median
from typing import Final

import numpy as np
from numpy.typing import NDArray

CONFIDENCE: Final = 0.90
LEAST_DAYS: Final = 7  # values
LEAST_SPAN: Final = 10.0  # days between the first and the last
_FALLS_BACK: Final = 0.1  # of the limit: that much back means that it was renewed
_COUNTED_BACK: Final = 0.005  # of the limit, of what only ever counts up
_JUMPS: Final = 10.0  # so many usual daily moves at once are no wear
_USUAL: Final = 7  # values that say where it usually is
_SETTLED: Final = 3  # values in which a jump is undone, or believed
_MOST: Final = 180  # days looked at
_FULL_WITHIN: Final = 0.05  # of a full charge
_FED: Final = (0.0, 2.0)  # hw.ups.source: mains, bypass


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a limit is reached, in days from now (0: it is already). `latest` None: perhaps never.

    `slope` is units a day, towards the limit.
    """

    value: float
    limit: float
    slope: float
    due: float
    earliest: float
    latest: float | None
    days: int  # that it is taken from
    spread: float = 0.0  # standard error of the slope

    def chance_within(self, days: float) -> float:
        """Return the chance that the limit is reached within so many days."""
        if self.due <= 0:
            return 1.0
        needed = self.slope * self.due / days if days > 0 else math.inf
        if self.spread <= 0:
            return 1.0 if needed <= self.slope else 0.0
        return 1 - NormalDist(self.slope, self.spread).cdf(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """No day can be said yet: there are `days` values. `due` days from now there may be enough, with one a day."""

    value: float
    limit: float
    days: int
    due: float


def since_renewed(values: Sequence[float], limit: float, *, counts: bool = False) -> int:
    """Return where the last stretch begins: behind the last value that fell back, or that jumped for good.

    `counts`: it only ever counts up, so that it was renewed wherever it is less than before.
    """
    fell = (_COUNTED_BACK if counts else _FALLS_BACK) * abs(limit)
    jumped = _FALLS_BACK * abs(limit)
    begin = 0
    for place in range(1, len(values)):
        before, value = values[place - 1], values[place]
        usual = values[max(begin, place - _USUAL) : place]
        if before - value > fell and median(usual) - value > fell:
            if not _is_undone(values, place):
                begin = place
        elif value - before > jumped and min(_after(values, place), default=before) - before > jumped:
            moves = [abs(later - earlier) for earlier, later in pairwise(values[begin:place])]
            if len(moves) >= _SETTLED and value - before > _JUMPS * median(moves):
                begin = place
    return begin


def _after(values: Sequence[float], place: int) -> Sequence[float]:
    """Return the next values, none where they are too few to tell."""
    after = values[place + 1 : place + 1 + _SETTLED]
    return after if len(after) == _SETTLED else ()


def _is_undone(values: Sequence[float], place: int) -> bool:
    """Say whether what fell here was soon where it had been: nothing was renewed, it was read wrongly."""
    return any(later >= values[place - 1] for later in values[place + 1 : place + 1 + _SETTLED])


def rested(
    source: Mapping[int, tuple[float, float]], charge: Mapping[int, tuple[float, float]], days: Sequence[int]
) -> list[bool]:
    """Say of which days the bridging time of a UPS tells its wear: fed all day, and charged as it usually is.

    `source` (hw.ups.source) and `charge` (hw.battery.charge) have the least and the greatest of each day, where told.
    A battery that has not been charged fully for days is no more charged by waiting: what it usually has follows it.
    """
    found = []
    for day in days:
        low, high = source.get(day, (0.0, 0.0))
        full = [charge[one][1] for one in range(day - _USUAL + 1, day + 1) if one in charge]
        is_charged = day not in charge or charge[day][0] >= median(full) - _FULL_WITHIN
        found.append(low == high and low in _FED and is_charged)
    return found


def renewed_at(values: Sequence[float], least: float) -> list[float]:
    """Return the values at which something was renewed: from which it fell back to less than a tenth.

    `least` leaves out what had hardly begun. This is what a limit is learned from where a device tells none.
    """
    return [
        before
        for place, (before, after) in enumerate(pairwise(values), 1)
        if before >= least and after <= _FALLS_BACK * before and not _is_undone(values, place)
    ]


def forecast(
    days: Sequence[float],
    values: Sequence[float],
    limit: float,
    *,
    now: float,
    falls: bool = False,
    counts: bool = False,
) -> Forecast | TooFew | None:
    """Return when a value reaches its limit, or that too little is known; None where it does not move there.

    `days` ascend, in days on any scale, `now` on the same. `falls`: it wears downwards. `counts`: it only counts up.
    """
    sign = -1.0 if falls else 1.0
    at, value = np.asarray(days, np.float64)[-_MOST:], sign * np.asarray(values, np.float64)[-_MOST:]
    bound = sign * limit
    begin = since_renewed(value.tolist(), limit, counts=counts)
    at, value = at[begin:], value[begin:]
    if not len(at):
        return None
    last = float(np.median(value[-3:]))
    if last >= bound:
        return Forecast(value=sign * last, limit=limit, slope=0.0, due=0.0, earliest=0.0, latest=0.0, days=len(at))
    missing_days = max(LEAST_DAYS - len(at), LEAST_SPAN - float(at[-1] - at[0]), 0.0)
    if missing_days > 0:
        return TooFew(value=sign * last, limit=limit, days=len(at), due=missing_days)
    slope, low, high = theil_sen(at, value)
    if slope <= 0:
        return None
    level = float(np.median(value - slope * at)) + slope * now
    missing = bound - max(level, last)
    return Forecast(
        value=sign * max(level, last),
        limit=limit,
        slope=slope,
        due=max(missing / slope, 0.0),
        earliest=max(missing / high, 0.0),
        latest=max(missing / low, 0.0) if low > 0 else None,
        days=len(at),
        spread=(high - low) / (2 * NormalDist().inv_cdf((1 + CONFIDENCE) / 2)),
    )


def theil_sen(at: NDArray[np.float64], value: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the median slope and its interval."""
    first, second = np.triu_indices(len(at), 1)
    slopes = np.sort((value[second] - value[first]) / (at[second] - at[first]))
    count, pairs = len(at), len(slopes)
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * deviation / 2
    low = max(math.floor(pairs / 2 - half), 0)
    high = min(math.ceil(pairs / 2 + half), pairs - 1)
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])
