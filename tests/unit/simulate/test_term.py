"""A simulated term: the same for the same seed, and true to its own calendar."""

from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from simulate.term import MONDAY, OPENS, Term, make_term
from simulate.term_events import Birth, Truth

BERLIN = ZoneInfo("Europe/Berlin")
HARD = {
    "switch lost in the evening", "switch lost in the morning", "switch flaps", "ups runs empty",
    "switch lost with a clone", "switch lost with faults behind it", "power cut of a site", "cable out",
    "host died at rest", "comes and goes", "hovers at its limit", "wrong clock", "never records", "not switched on",
}  # fmt: skip


@cache
def hard_term() -> Term:
    return make_term(seed=2, weeks=4, rooms=40, rooms_per_site=20, edges=6.0)


def test_a_term_is_the_same_for_the_same_seed() -> None:
    one, other = (make_term(seed=3, weeks=1, rooms=6, edges=1.0) for _ in range(2))
    assert one == other
    assert make_term(seed=4, weeks=1, rooms=6, edges=1.0).happenings != one.happenings


def test_happenings_are_in_order_and_troubles_begin_within_the_term() -> None:
    term = hard_term()
    moments = [each.at for each in term.happenings]
    assert moments == sorted(moments)
    assert all(term.start <= truth.start <= term.end and truth.start < truth.end for truth in term.truths)


def test_a_term_with_edges_has_every_kind_of_them() -> None:
    assert {truth.kind for truth in hard_term().truths} >= HARD


def test_holidays_are_listed_and_not_held_and_saturdays_make_up_for_them() -> None:
    term = hard_term()
    listed = {lesson.start.astimezone(term.zone).date() for lesson in term.lessons if not lesson.held}
    held = {lesson.start.astimezone(term.zone).date() for lesson in term.lessons if lesson.held}
    assert listed
    assert listed <= term.holidays
    assert term.make_up
    assert term.make_up <= held
    assert all(day.weekday() == 5 for day in term.make_up)


@pytest.mark.parametrize("device", ["school1:r1"])
def test_rooms_are_on_by_the_schools_clock_also_after_the_clocks_have_changed(device: str) -> None:
    first = MONDAY + timedelta(days=42)  # the clocks change on the Sunday of that week
    term = make_term(seed=1, weeks=2, rooms=2, zone=BERLIN, first=first)
    on = [each.at.astimezone(BERLIN) for each in term.happenings if isinstance(each, Birth) and each.device == device]
    assert on
    assert all(moment.time() >= OPENS for moment in on)


def test_without_edges_nobody_is_behind_anything_that_hides_him() -> None:
    term = make_term(seed=1, weeks=1, rooms=20)
    assert {type(each).__name__ for each in term.happenings} == {"Birth", "Death", "Change"}
    assert isinstance(term.truths[0], Truth)
