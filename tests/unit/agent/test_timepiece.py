"""Clocks that jump, computers that sleep, and the age of what waits meanwhile."""

import pytest

from agent.now import Clocks, Moment
from agent.timepiece import Passed, Steady, Timepiece

START_MS = 1_700_000_000_000


def at(*, day_s: float = 0.0, mono_s: float = 0.0, boot_s: float = 0.0) -> Clocks:
    """Return clocks so much later than at the start."""
    return Clocks(Moment(START_MS + round(day_s * 1000), 500.0 + mono_s), 900.0 + boot_s)


@pytest.mark.parametrize(
    ("later", "passed", "jumps", "sleeps"),
    [
        pytest.param(at(day_s=10, mono_s=10, boot_s=10), Passed(), (0, 0), 0, id="nothing happens"),
        pytest.param(at(day_s=10.4, mono_s=10, boot_s=10), Passed(), (0, 0), 0, id="the time is slewed"),
        pytest.param(at(day_s=3610, mono_s=10, boot_s=10), Passed(3600, 0), (1, 0), 0, id="put forward"),
        pytest.param(at(day_s=-3590, mono_s=10, boot_s=10), Passed(-3600, 0), (0, 1), 0, id="put back"),
        pytest.param(at(day_s=610, mono_s=10, boot_s=610), Passed(0, 600), (0, 0), 1, id="slept"),
        pytest.param(at(day_s=4210, mono_s=10, boot_s=610), Passed(3600, 600), (1, 0), 1, id="slept, then put forward"),
        pytest.param(at(day_s=700, mono_s=700, boot_s=700), Passed(0, 700), (0, 0), 1, id="slept, with one clock"),
        pytest.param(at(day_s=100, mono_s=100, boot_s=100), Passed(), (0, 0), 0, id="only a slow step"),
    ],
)
def test_what_happened_between_two_steps_is_told_and_counted(
    later: Clocks, passed: Passed, jumps: tuple[int, int], sleeps: int
) -> None:
    timepiece = Timepiece()
    assert timepiece.step(at(), is_told=False) == Passed()
    found = timepiece.step(later, is_told=False)
    assert (found.jump_s, found.asleep_s) == pytest.approx((passed.jump_s, passed.asleep_s))
    assert (timepiece.jumps["forward"], timepiece.jumps["backward"]) == jumps
    assert timepiece.sleeps == {"told": 0, "untold": sleeps}


def test_a_sleep_that_was_told_is_counted_as_such() -> None:
    timepiece = Timepiece()
    timepiece.step(at(), is_told=False)
    timepiece.step(at(day_s=60, mono_s=1, boot_s=60), is_told=True)
    assert timepiece.sleeps == {"told": 1, "untold": 0}


def test_what_waits_grows_no_older_by_a_clock_that_is_put_forward_and_back() -> None:
    steady = Steady()
    steady.settle(Moment(1_000_000, 10.0))
    year_ms = 365 * 86_400_000
    assert steady.ms(Moment(1_005_000, 15.0)) == 1_005_000
    assert steady.ms(Moment(1_010_000 + year_ms, 20.0)) == 1_010_000
    # What is read now has stamps of a year ago; none of it is a year old.
    assert steady.ms(Moment(1_015_000 - year_ms, 25.0)) == 1_015_000 - year_ms
    steady.settle(Moment(1_020_000 + year_ms, 30.0))
    assert steady.ms(Moment(1_021_000 + year_ms, 31.0)) == 1_021_000 + year_ms
