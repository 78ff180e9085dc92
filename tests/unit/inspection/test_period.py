"""Days and instants of a site, and what a period should hold."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.core.inspection import HealthChange, PeriodError, expected_readings, period_of, time_in_states
from collector.core.model import DeviceId, State

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
PC = DeviceId("east:pc-a101")


def test_days_are_the_sites_own_and_the_last_one_belongs() -> None:
    period = period_of("2026-09-01", "2026-09-30", SHANGHAI)
    assert period.start == datetime(2026, 8, 31, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 9, 30, 16, tzinfo=UTC)


def test_one_day_is_a_period() -> None:
    period = period_of("2026-09-01", "2026-09-01", SHANGHAI)
    assert period.end - period.start == timedelta(days=1)


def test_the_day_on_which_clocks_go_back_has_25_hours() -> None:
    period = period_of("2026-10-25", "2026-10-25", BERLIN)
    assert period.end - period.start == timedelta(hours=25)


def test_instants_are_borders_themselves() -> None:
    period = period_of("2026-09-01T08:00:00+08:00", "2026-09-01T00:10:00Z", SHANGHAI)
    assert period.start == datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
    assert period.end == datetime(2026, 9, 1, 0, 10, tzinfo=UTC)


def test_every_wrong_border_is_named() -> None:
    with pytest.raises(PeriodError) as caught:
        period_of("1 September", "2026-09-01T08:00:00", SHANGHAI)
    assert [where for where, _ in caught.value.mistakes] == ["from", "to"]
    assert "time zone" in caught.value.mistakes[1][1]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-09-02", "2026-09-01"),
        ("2026-09-01T00:00:00Z", "2026-09-01T00:00:00Z"),
        ("9999-12-31", "9999-12-31"),
        ("2026-02-30", "2026-03-01"),
        ("", ""),
    ],
    ids=["backwards", "empty", "past the end of time", "no such day", "nothing"],
)
def test_what_cannot_be_a_period_is_refused(first: str, last: str) -> None:
    with pytest.raises(PeriodError):
        period_of(first, last, SHANGHAI)


def test_a_day_of_ten_second_steps_expects_8640_readings() -> None:
    assert expected_readings(timedelta(seconds=10), NOON, NOON + timedelta(days=1)) == 8640


def test_a_device_without_an_interval_has_no_expectation() -> None:
    assert expected_readings(None, NOON, NOON + timedelta(days=1)) is None


def test_a_device_that_came_after_the_period_was_expected_to_say_nothing() -> None:
    assert expected_readings(timedelta(seconds=10), NOON, NOON - timedelta(days=1)) == 0


def test_each_state_lasts_until_the_next() -> None:
    spent = time_in_states(
        [
            HealthChange(device=PC, at=NOON - timedelta(days=3), state=State.OK),
            HealthChange(device=PC, at=NOON + timedelta(hours=1), state=State.FAILED),
            HealthChange(device=PC, at=NOON + timedelta(hours=3), state=State.OK),
            HealthChange(device=PC, at=NOON + timedelta(days=9), state=State.OFF),
        ],
        start=NOON,
        end=NOON + timedelta(hours=10),
    )
    assert spent[State.OK] == timedelta(hours=8)
    assert spent[State.FAILED] == timedelta(hours=2)
    assert spent[State.OFF] == timedelta()
    assert sum(spent.values(), timedelta()) == timedelta(hours=10)


def test_what_nobody_saw_is_unknown_and_never_failed() -> None:
    spent = time_in_states(
        [HealthChange(device=PC, at=NOON + timedelta(hours=4), state=State.OK)],
        start=NOON,
        end=NOON + timedelta(hours=5),
    )
    assert spent[State.UNKNOWN] == timedelta(hours=4)
    assert spent[State.OK] == timedelta(hours=1)
