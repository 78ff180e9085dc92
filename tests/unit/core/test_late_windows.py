"""Rules that look back, and what they look back at came late: trends, rates, counts, restarts."""

from datetime import datetime

import pytest

from collector.core.model import DeviceId
from tests.unit.core.classify_scene import PC, T0, seconds
from tests.unit.core.late_scene import DISK, CutOff
from tests.unit.core.test_looking_back import rules

SWITCH = DeviceId("s:pc:sw")
HOUR = 3600


def at(number: float) -> datetime:
    return T0 + seconds(number)


def filling(scene: CutOff, by: float, per_hour: float) -> None:
    for _ in range(int(by // 60)):
        scene.values[PC, DISK, "/d"] += per_hour / 60
        scene.run(60)


def test_a_volume_that_filled_unseen_for_a_while_is_on_record() -> None:
    scene = CutOff()
    scene.run(3 * HOUR)
    scene.ignore()
    filling(scene, 2.5 * HOUR, 0.09)
    filling(scene, 4 * HOUR, -0.02)
    scene.listen()
    scene.settle(HOUR)
    (fault,) = scene.faults("volume")
    assert fault.late
    assert at(4 * HOUR) < fault.onset_at < at(6 * HOUR)
    assert fault.cleared_at is not None
    assert at(5.5 * HOUR) < fault.cleared_at < at(8.5 * HOUR)
    assert scene.verdicts == []


@pytest.mark.parametrize("before", [300, 3 * HOUR], ids=["little is known", "it was flat"])
def test_a_trend_is_taken_from_its_whole_window(before: float) -> None:
    """Half an hour of filling within three flat ones is no trend, wherever the backlog begins."""
    scene = CutOff()
    scene.run(before)
    scene.ignore()
    filling(scene, 0.5 * HOUR, 0.09)
    scene.run(HOUR)
    scene.listen()
    scene.settle(HOUR)
    assert scene.faults("volume") == []


def test_a_rate_of_change_is_judged_in_the_past_too() -> None:
    scene = CutOff(rules("{rate: {over: 30 min, above: 5, per: h}}", metric=DISK))
    scene.run(HOUR)
    scene.ignore()
    filling(scene, HOUR, 10)
    scene.run(HOUR)
    scene.listen()
    scene.settle(HOUR)
    (fault,) = scene.faults("a")
    assert fault.late
    assert at(HOUR) < fault.onset_at < fault.cleared_at < at(2 * HOUR + 1800)  # type: ignore[operator]


def restarting(*moments: float) -> CutOff:
    """A switch that restarts at moments of an hour in which its computer is cut off."""
    scene = CutOff()
    scene.born(SWITCH, role="switch")
    up = 1e6
    for step in range(6 * 60 * 3):
        second = step * 10
        if second == HOUR:
            scene.ignore()
        if second == 2 * HOUR:
            scene.listen()
        up = 5.0 if second in moments else up + 10
        scene.values[SWITCH, "system.uptime", ""] = up
        scene.run(10)
        if not scene.is_deaf:
            scene.look_back()
    return scene


def test_a_restart_has_the_moment_at_which_it_was() -> None:
    scene = restarting(HOUR + 1200)
    (fault,) = scene.faults("restarted")
    assert (fault.onset_at, fault.late) == (at(HOUR + 1200), True)


def test_of_two_restarts_the_one_that_nobody_knew_of_is_on_record() -> None:
    scene = restarting(HOUR + 300, HOUR + 2700)
    assert [one.onset_at for one in scene.faults("restarted")] == [at(HOUR + 300), at(HOUR + 2700)]
    assert all(one.late for one in scene.faults("restarted"))


def test_a_restart_of_a_computer_may_have_been_told() -> None:
    """Nobody could hear what it said: its own restarts within a backlog are not put on record."""
    scene = CutOff()
    scene.values[PC, "system.uptime", ""] = 0.0
    scene.run(HOUR)
    scene.ignore()
    scene.run(600)
    scene.started = scene.now
    scene.run(1200)
    scene.started = scene.now
    scene.run(1200)
    scene.listen()
    scene.settle(HOUR)
    assert all(not one.late for one in scene.faults("restarted"))


def test_a_short_count_is_kept_in_the_past_too() -> None:
    scene = CutOff(rules("{count: {of: {above: 5}, within: 10 min, at_least: 3}}", metric=DISK))
    scene.run(HOUR)
    scene.ignore()
    for value in (9.0, 0.0, 9.0, 0.0, 9.0, 0.0):
        scene.values[PC, DISK, "/d"] = value
        scene.run(60)
    scene.run(HOUR)
    scene.listen()
    scene.settle(HOUR)
    (fault,) = scene.faults("a")
    assert (fault.onset_at, fault.late) == (at(HOUR + 240), True)
    assert fault.cleared_at is not None
