"""When something that wears is worn out: a robust slope over its days, up to a limit, with an interval of dates.

Comes in: one value a day and a limit. Goes out: the day on which the limit is reached, and between which days that is.
The slope is Theil and Sen's, the median of the slopes between all pairs of days; its interval is Sen's (1968), from
the variance of Kendall's statistic. A value that falls back was replaced, cleaned or emptied: what came before does
not count.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

CONFIDENCE: Final = 0.90
LEAST_DAYS: Final = 7  # values
LEAST_SPAN: Final = 10.0  # days between the first and the last
_FALLS_BACK: Final = 0.1  # of the limit: that much back means that it was renewed
_MOST: Final = 180  # days looked at


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


def since_renewed(values: Sequence[float], limit: float) -> int:
    """Return where the last stretch begins: behind the last value that fell back."""
    begin = 0
    for place in range(1, len(values)):
        if values[place - 1] - values[place] > _FALLS_BACK * abs(limit):
            begin = place
    return begin


def renewed_at(values: Sequence[float], least: float) -> list[float]:
    """Return the values at which something was renewed: from which it fell back to less than a tenth.

    `least` leaves out what had hardly begun. This is what a limit is learned from where a device tells none.
    """
    return [before for before, after in pairwise(values) if before >= least and after <= _FALLS_BACK * before]


def forecast(
    days: Sequence[float], values: Sequence[float], limit: float, *, now: float, falls: bool = False
) -> Forecast | None:
    """Return when a value reaches its limit; None where too little is known, or it does not move there.

    `days` ascend, in days on any scale, `now` on the same. `falls`: it wears downwards.
    """
    sign = -1.0 if falls else 1.0
    at, value = np.asarray(days, np.float64)[-_MOST:], sign * np.asarray(values, np.float64)[-_MOST:]
    bound = sign * limit
    begin = since_renewed(value.tolist(), limit)
    at, value = at[begin:], value[begin:]
    if not len(at):
        return None
    last = float(np.median(value[-3:]))
    if last >= bound:
        return Forecast(value=sign * last, limit=limit, slope=0.0, due=0.0, earliest=0.0, latest=0.0, days=len(at))
    if len(at) < LEAST_DAYS or at[-1] - at[0] < LEAST_SPAN:
        return None
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
