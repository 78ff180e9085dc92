"""Flapping as Icinga counts it, held up from outside by its documented example."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.flapping import BEAT, HIGH, LOW, TURNS, Flaps, as_of, changed
from tests.unit.core.classify_scene import T0

ICINGA_WEIGHTS = (0.84, 0.86, 0.88, 0.9, 0.98, 1.06, 1.12, 1.18)  # of the changes of the documented example


def icinga_example() -> Flaps:
    turns = sum(1 << round((1.18 - weight) / 0.02) for weight in ICINGA_WEIGHTS)
    return Flaps(turns=turns, at=T0, holds=True)


def test_the_documented_example_is_39_1_percent() -> None:
    example = icinga_example()
    assert example.changes == 8
    assert example.share == pytest.approx(sum(ICINGA_WEIGHTS) / 20) == pytest.approx(0.391)
    assert example.share > HIGH


def test_the_documented_example_is_steady_after_seven_results_without_a_change() -> None:
    assert not as_of(icinga_example(), T0 + 7 * BEAT).holds


def test_three_times_there_and_gone_in_a_row_flaps_and_one_change_less_does_not() -> None:
    flaps = None
    seen = []
    for number in range(6):
        flaps = changed(flaps, T0 + timedelta(seconds=30 * number))
        seen.append(flaps.holds)
    assert seen == [False, False, False, False, False, True]


@pytest.mark.parametrize(
    ("minutes", "flaps_at_last"),
    [
        pytest.param(1, True, id="a change a minute"),
        pytest.param(5, True, id="a change every five minutes"),
        pytest.param(30, False, id="a change every half hour"),
    ],
)
def test_changes_flap_by_how_far_apart_they_come(minutes: int, flaps_at_last: bool) -> None:
    flaps = None
    for number in range(30):
        flaps = changed(flaps, T0 + timedelta(minutes=minutes * number))
    assert flaps is not None
    assert flaps.holds is flaps_at_last


def test_what_has_flapped_is_steady_only_below_the_lower_limit() -> None:
    flaps = Flaps(turns=0b111111, at=T0, holds=True)
    due = flaps.next_due
    assert due is not None
    just_before = as_of(flaps, due - timedelta(seconds=1))
    assert (just_before.holds, just_before.share >= LOW) == (True, True)
    assert (as_of(flaps, due).holds, as_of(flaps, due).share < LOW) == (False, True)


def test_a_clock_that_was_set_back_is_no_quiet_time_and_none_has_to_be_made_up_for() -> None:
    flaps, before = changed(None, T0), T0 - timedelta(hours=1)
    assert as_of(flaps, before) == replace(flaps, at=before)
    assert changed(flaps, before) == changed(replace(flaps, at=before), before)


@given(st.lists(st.integers(0, 3000), max_size=40), st.integers(0, 20_000))
def test_what_is_due_is_when_it_becomes_steady_or_forgotten(gaps: list[int], later: int) -> None:
    now = T0
    flaps = changed(None, now)
    for gap in gaps:
        now += timedelta(seconds=gap)
        flaps = changed(flaps, now)
    assert 0 < flaps.changes <= TURNS
    due = flaps.next_due
    assert due is not None
    assert due > flaps.at
    seen = as_of(flaps, now + timedelta(seconds=later))
    assert seen.share <= flaps.share
    assert seen == as_of(as_of(flaps, now + timedelta(seconds=later // 2)), now + timedelta(seconds=later))
    if flaps.holds:
        assert seen.holds is (now + timedelta(seconds=later) < due)
    else:
        assert (seen.turns > 0) is (now + timedelta(seconds=later) < due)


@given(ago=st.sets(st.integers(1, 19), min_size=3, max_size=7), held=st.booleans())
def test_a_fault_flaps_above_30_percent_until_below_25(ago: set[int], held: bool) -> None:
    """By Icinga's words: the newest of twenty turns counts 1.18, each one before it 0.02 less."""
    before = Flaps(turns=sum(1 << (turn - 1) for turn in ago), at=T0, holds=held)
    after = changed(before, T0)
    percent = round(sum(118 - 2 * turn for turn in (0, *ago)) / 20, 6)
    assert after.share == pytest.approx(percent / 100)
    assert after.holds == (percent > 30 or (held and percent >= 25))
