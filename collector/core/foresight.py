"""Which units fail too often, and which are likely to fail next (S16). Pure statistics over counts and times.

Comes in: how often each unit failed in how much time, and what its peers did. Goes out: rates with intervals, the
units that stand out, and the chance that a unit fails within a time.

Failures are taken for a Poisson process: the interval of a rate is Garwood's (1936), by the quantiles of the gamma
distribution. A unit stands out where one with its peers' rate would hardly ever have failed so often; what is not
known of the peers' rate is counted in, which makes the number of failures negative binomial.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CONFIDENCE: Final = 0.90
RARELY: Final = 0.01  # the chance below which a unit stands out
LEAST_FAILURES: Final = 3  # fewer may always be chance
_PRIOR_YEARS: Final = 1.0  # how long a unit is believed to be like its peers
_HALF_A_FAILURE: Final = 0.5  # Jeffreys' prior: peers without a failure have a rate above none
_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one unit has done: `failures` in `years` of being watched. Peers share `model`, or `site`."""

    unit: str
    model: str  # vendor, model and role: what the same things have in common
    site: str  # its site and role
    failures: int
    years: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """What the others have done, and the chance that a unit with their rate fails as often as this one did."""

    units: int
    failures: int
    years: float
    rate: float  # failures a year
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a unit compares. `stands_out`: it fails too often against the others of its model, or of its site.

    `rate` and `interval` are failures a year.
    """

    record: Record
    rate: float
    interval: Interval
    model: Peers | None
    site: Peers | None
    stands_out: bool

    def chance_within(self, years: float) -> float:
        """Return the chance that the unit fails within a time, its own rate drawn towards that of its peers."""
        peers = self.model or self.site
        prior = peers.rate * _PRIOR_YEARS if peers is not None else 0.0
        prior_years = _PRIOR_YEARS if peers is not None else 0.0
        watched = self.record.years + prior_years
        expected = (self.record.failures + prior) / watched * years if watched > 0 else 0.0
        return 1 - math.exp(-expected)


def standings(records: Sequence[Record]) -> list[Standing]:
    """Return how each unit compares with its peers, in the order of the records."""
    models, sites = _sums(records, "model"), _sums(records, "site")
    found = []
    for record in records:
        model, site = (_peers(record, sums[key]) for sums, key in ((models, record.model), (sites, record.site)))
        chances = [peers.chance for peers in (model, site) if peers is not None]
        found.append(
            Standing(
                record=record,
                rate=record.failures / record.years if record.years > 0 else 0.0,
                interval=rate_interval(record.failures, record.years),
                model=model,
                site=site,
                stands_out=record.failures >= LEAST_FAILURES and min(chances, default=1.0) < RARELY,
            )
        )
    return found


def _sums(records: Iterable[Record], key: str) -> dict[str, tuple[int, int, float]]:
    sums: dict[str, tuple[int, int, float]] = defaultdict(lambda: (0, 0, 0.0))
    for record in records:
        units, failures, years = sums[getattr(record, key)]
        sums[getattr(record, key)] = (units + 1, failures + record.failures, years + record.years)
    return sums


def _peers(record: Record, all_of_them: tuple[int, int, float]) -> Peers | None:
    """Return what the others have done; None where there are none that were watched."""
    units, failures, years = all_of_them
    units, failures, years = units - 1, failures - record.failures, years - record.years
    if units < 1 or years <= 1e-9:
        return None
    return Peers(
        units=units,
        failures=failures,
        years=years,
        rate=failures / years,
        chance=chance_of_so_many(record.failures, record.years, failures, years),
    )


def chance_of_so_many(failures: int, years: float, others: int, others_years: float) -> float:
    """Return the chance of at least so many failures in `years`, at the rate that others' failures speak for."""
    shape = others + _HALF_A_FAILURE
    share = years / (years + others_years) if years + others_years > 0 else 0.0
    if failures == 0:
        return 1.0
    if share <= 0:
        return 0.0
    fewer = sum(
        math.exp(
            math.lgamma(shape + count)
            - math.lgamma(shape)
            - math.lgamma(count + 1)
            + shape * math.log1p(-share)
            + count * math.log(share)
        )
        for count in range(failures)
    )
    return min(max(1.0 - fewer, 0.0), 1.0)


def rate_interval(failures: int, years: float, confidence: float = CONFIDENCE) -> Interval:
    """Return the interval of a rate a year: Garwood's, exact for a Poisson count. Without time it is open."""
    if years <= 0:
        return Interval(0.0, math.inf)
    tail = (1 - confidence) / 2
    low = gamma_quantile(failures, tail) if failures else 0.0
    return Interval(low / years, gamma_quantile(failures + 1, 1 - tail) / years)


@lru_cache(maxsize=4096)  # thousands of units share few counts
def gamma_quantile(shape: float, share: float) -> float:
    """Return the value below which that share of a gamma distribution of scale 1 lies."""
    low, high = 0.0, shape + 10 * math.sqrt(shape) + 20
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _gamma_below(shape, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _gamma_below(shape: float, value: float) -> float:
    """Return the share of a gamma distribution below a value: its series (Abramowitz and Stegun 6.5.29)."""
    if value <= 0:
        return 0.0
    term = total = 1 / shape
    step = shape
    while term > total * 1e-16:
        step += 1
        term *= value / step
        total += term
    return min(total * math.exp(shape * math.log(value) - value - math.lgamma(shape)), 1.0)
