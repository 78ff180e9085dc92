import pytest

from agent.snmp.session import SYS_UP_TIME
from agent.snmp.uptime import ENGINE_TIME, HR_SYSTEM_UPTIME, WRAP_S, RestartWatch, uptime_s


@pytest.mark.parametrize(
    ("clocks", "up_s"),
    [
        ({SYS_UP_TIME: 12300}, 123.0),
        ({SYS_UP_TIME: 12300, HR_SYSTEM_UPTIME: 99900}, 999.0),
        ({ENGINE_TIME: 77}, 77.0),
        ({SYS_UP_TIME: 10000, ENGINE_TIME: int(WRAP_S) + 100}, WRAP_S + 100.0),
        ({}, None),
    ],
    ids=["agent", "host before agent", "engine alone", "a wrap undone", "no clock"],
)
def test_uptime_is_the_best_clock_there_is(clocks: dict[str, int], up_s: float | None) -> None:
    assert uptime_s(clocks) == (None if up_s is None else pytest.approx(up_s))


def test_a_clock_that_fell_is_a_restart() -> None:
    watch = RestartWatch()
    assert not watch.restarted(5000.0, 0.0)
    assert not watch.restarted(5010.0, 10.0)
    assert watch.restarted(3.0, 20.0)
    assert not watch.restarted(13.0, 30.0)


def test_the_wrap_after_497_days_is_no_restart() -> None:
    watch = RestartWatch()
    watch.restarted(WRAP_S - 5, 0.0)
    assert not watch.restarted(5.0, 10.0)


def test_a_clock_that_trembles_is_no_restart() -> None:
    watch = RestartWatch()
    watch.restarted(5000.0, 0.0)
    assert not watch.restarted(4990.0, 10.0)
