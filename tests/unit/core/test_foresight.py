"""Who fails too often, and what is worn out when: by tables of the statisticians, and by series made for it."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.foresight import Record, chance_of_so_many, gamma_quantile, rate_interval, standings
from collector.core.wear import Forecast, TooFew, forecast, renewed_at, rested, since_renewed, theil_sen


def record(unit: str, failures: int, years: float = 1.0, *, model: str = "m", site: str = "s") -> Record:
    return Record(unit=unit, model=model, site=site, failures=failures, years=years)


# ---------------------------------------------------------------- how often


@pytest.mark.parametrize(
    ("failures", "low", "high"),
    [
        pytest.param(0, 0.0, 3.689, id="none: the rule of three"),
        pytest.param(1, 0.025, 5.572, id="one"),
        pytest.param(5, 1.623, 11.668, id="five"),
        pytest.param(10, 4.795, 18.390, id="ten"),
        pytest.param(50, 37.111, 65.919, id="fifty"),
    ],
)
def test_intervals_are_garwood_s_at_95_percent(failures: int, low: float, high: float) -> None:
    found = rate_interval(failures, 1.0, confidence=0.95)
    assert (found.low, found.high) == (pytest.approx(low, abs=2e-3), pytest.approx(high, abs=2e-3))
    half = rate_interval(failures, 2.0, confidence=0.95)
    assert half.high == pytest.approx(found.high / 2)


def test_a_unit_that_was_never_watched_may_fail_at_any_rate() -> None:
    assert rate_interval(0, 0.0).high == math.inf


@given(st.integers(1, 200), st.floats(0.01, 0.99))
def test_a_quantile_of_the_gamma_distribution_is_where_its_share_lies(shape: int, share: float) -> None:
    value = gamma_quantile(shape, share)
    poisson = sum(math.exp(-value + n * math.log(value) - math.lgamma(n + 1)) for n in range(shape))
    assert 1 - poisson == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("failures", "others", "years", "stands_out"),
    [
        pytest.param(6, 19, 19.0, True, id="six where one is usual"),
        pytest.param(3, 19, 19.0, False, id="three where one is usual may be chance"),
        pytest.param(4, 0, 20.0, True, id="four where nobody else failed in twenty years"),
        pytest.param(2, 0, 200.0, False, id="two are too few to tell"),
        pytest.param(6, 100, 20.0, False, id="six where five are usual"),
    ],
)
def test_a_unit_stands_out_against_its_model(failures: int, others: int, years: float, stands_out: bool) -> None:
    units = [record(f"u{n}", others // 19 + (n < others % 19), years / 19, site=f"s{n}") for n in range(19)]
    (*_, last) = standings([*units, record("x", failures, site="alone")])
    assert last.stands_out is stands_out
    assert last.model is not None
    assert (last.model.failures, last.site) == (others, None)
    assert last.interval.low <= last.rate <= last.interval.high


def test_a_unit_of_a_bad_model_stands_out_at_its_site() -> None:
    bad = [record(f"b{n}", 6, model="bad", site=f"t{n}") for n in range(10)]
    good = [record(f"g{n}", 0, model="good") for n in range(20)]
    found = standings([*bad, *good, record("x", 6, model="bad")])
    assert (found[-1].stands_out, found[0].stands_out) == (True, False)


def test_a_unit_without_peers_stands_out_for_nothing() -> None:
    (only,) = standings([record("x", 50)])
    assert (only.stands_out, only.model, only.site) == (False, None, None)


def test_few_of_a_healthy_fleet_stand_out() -> None:
    dice = random.Random(7)
    fleet = [
        record(f"u{n}", sum(dice.random() < 0.02 for _ in range(50)), model=f"m{n % 5}", site=f"s{n % 20}")
        for n in range(2000)
    ]
    assert sum(one.stands_out for one in standings(fleet)) <= 2000 * 0.02


@given(st.integers(0, 30), st.floats(0.01, 10), st.integers(0, 200), st.floats(0.1, 200))
def test_a_chance_is_one_and_falls_with_more_failures(
    failures: int, years: float, others: int, others_years: float
) -> None:
    chances = [chance_of_so_many(n, years, others, others_years) for n in range(failures + 2)]
    assert all(0 <= later <= before + 1e-9 for before, later in pairwise(chances))
    assert chances[0] == 1.0


# ---------------------------------------------------------------- how far worn

DAYS = [float(day) for day in range(60)]


def test_a_lamp_that_burns_six_hours_a_day_is_worn_out_on_its_day() -> None:
    found = forecast(DAYS, [1000 + 6 * day for day in DAYS], 3000.0, now=59.0)
    assert isinstance(found, Forecast)
    assert found.slope == pytest.approx(6.0)
    assert (found.due, found.earliest, found.latest) == pytest.approx(((3000 - 1354) / 6,) * 3)
    assert (found.chance_within(200), found.chance_within(300)) == (0.0, 1.0)


def test_days_without_readings_and_wild_ones_move_the_day_little() -> None:
    dice = random.Random(3)
    at = [day for day in DAYS if dice.random() < 0.8]
    values = [0.4 + 0.004 * day + dice.gauss(0, 0.002) for day in at]
    values[5] = 0.0
    values[12] = 0.9
    values[13] = 0.45
    found = forecast(at, values, 100.0, now=59.0)
    assert isinstance(found, Forecast)
    assert found.slope == pytest.approx(0.004, rel=0.05)


def test_the_interval_holds_the_true_day_about_nine_times_in_ten() -> None:
    dice = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        values = 100 + 2.0 * np.array(DAYS) + dice.normal(0, 8, len(DAYS))
        found = forecast(DAYS, values.tolist(), 400.0, now=59.0)
        assert isinstance(found, Forecast)
        low, high = theil_sen(np.array(DAYS), values)[1:]
        held += low <= 2.0 <= high
    assert 0.85 <= held / 200 <= 0.97


def test_a_battery_wears_downwards() -> None:
    found = forecast(DAYS, [1800 - 10 * day for day in DAYS], 600.0, now=59.0, falls=True)
    assert isinstance(found, Forecast)
    assert (found.value, found.due) == (pytest.approx(1210), pytest.approx(61))


def test_what_was_replaced_begins_anew() -> None:
    values = [2900 + 6 * day for day in DAYS[:30]] + [6 * (day - 30) for day in DAYS[30:]]
    assert since_renewed(values, 3000.0) == 30
    found = forecast(DAYS, values, 3000.0, now=59.0)
    assert isinstance(found, Forecast)
    assert found.due == pytest.approx((3000 - 174) / 6)
    assert renewed_at(values, 200.0) == [2900 + 6 * 29]


@pytest.mark.parametrize(
    ("values", "counts", "begin"),
    [
        pytest.param([2900.0 + 6 * n for n in range(9)] + [0.0], True, 9, id="a new lamp, this morning"),
        pytest.param([2900.0 + 6 * n for n in range(9)] + [2700.0] * 3, True, 9, id="a lamp that had burnt elsewhere"),
        pytest.param(
            [2900.0 + 6 * n for n in range(9)] + [2700.0] * 3, False, 0, id="a little is taken out of a volume"
        ),
        pytest.param([500.0 + 6 * n for n in range(9)] + [2000.0 + 6 * n for n in range(5)], True, 9, id="a worn one"),
        pytest.param([500.0] * 9 + [2000.0], True, 0, id="a jump of today may be a wrong reading"),
        pytest.param([500.0 + 6 * n for n in range(9)] + [0.0, 560.0, 566.0], True, 0, id="a nought read for a day"),
        pytest.param([500.0] * 9 + [2500.0, 2500.0] + [506.0] * 9, True, 0, id="two wild days"),
        pytest.param([0.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0], False, 0, id="five hundred a day is how it wears"),
    ],
)
def test_only_what_was_renewed_or_swapped_begins_anew(values: list[float], counts: bool, begin: int) -> None:
    assert since_renewed(values, 3000.0, counts=counts) == begin


def test_a_limit_is_not_learned_from_a_nought_that_was_read_for_a_day() -> None:
    assert renewed_at([700.0, 706.0, 0.0, 712.0], 200.0) == []


def test_a_ups_tells_its_wear_on_mains_and_charged() -> None:
    source = dict.fromkeys(range(10), (0.0, 0.0)) | {3: (0.0, 1.0), 6: (2.0, 2.0), 7: (3.0, 3.0), 8: (0.0, 2.0)}
    charge = dict.fromkeys(range(10), (0.98, 1.0)) | {3: (0.2, 1.0), 4: (0.2, 0.7), 5: (0.7, 1.0)}
    assert rested(source, charge, range(10)) == [True, True, True, False, False, False, True, False, False, True]
    assert rested({}, {}, [1, 2]) == [True, True]


def test_a_battery_that_is_never_full_again_tells_its_wear_at_what_it_holds() -> None:
    charge = {day: (1.0, 1.0) if day < 10 else (0.8, 0.8) for day in range(20)}
    assert rested({}, charge, range(20)) == [True] * 10 + [False] * 3 + [True] * 7


@pytest.mark.parametrize(
    ("days", "values", "limit"),
    [
        pytest.param([], [], 10.0, id="nothing is known"),
        pytest.param(DAYS, [5.0] * 60, 10.0, id="it stands"),
        pytest.param(DAYS, [60 - 0.01 * day for day in DAYS], 100.0, id="it moves away"),
    ],
)
def test_no_day_is_said_where_none_can_be(days: list[float], values: list[float], limit: float) -> None:
    assert forecast(days, values, limit, now=60.0) is None


@pytest.mark.parametrize(
    ("days", "due"),
    [
        pytest.param(DAYS[:1], 10.0, id="one day"),
        pytest.param(DAYS[:6], 5.0, id="six days: ten must lie between the first and the last"),
        pytest.param([0.0, 12.0, 13.0], 4.0, id="three of two weeks"),
    ],
)
def test_too_few_days_say_so_and_from_when_they_may_do(days: list[float], due: float) -> None:
    values = [1000 + 6 * day for day in days]
    assert forecast(days, values, 3000.0, now=days[-1]) == TooFew(
        value=float(np.median(values[-3:])), limit=3000.0, days=len(days), due=due
    )


def test_what_is_worn_out_is_so_now() -> None:
    found = forecast(DAYS, [3100.0] * 60, 3000.0, now=60.0)
    assert isinstance(found, Forecast)
    assert (found.due, found.earliest, found.latest, found.chance_within(1)) == (0, 0, 0, 1.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=90), st.floats(0.1, 2), st.booleans())
def test_a_forecast_is_ordered_whatever_was_read(values: list[float], limit: float, falls: bool) -> None:
    found = forecast([float(day) for day in range(len(values))], values, limit, now=float(len(values)), falls=falls)
    if isinstance(found, TooFew):
        assert found.due > 0
    elif found is not None:
        assert 0 <= found.earliest <= found.due <= (found.latest if found.latest is not None else math.inf)
        assert 0 <= found.chance_within(10) <= found.chance_within(100) <= 1
