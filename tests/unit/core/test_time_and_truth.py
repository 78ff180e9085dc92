"""Time on the collector's clock: stale series, backlog, wrong clocks, batches, restarts, other rules."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from collector.core.model import Born, DeviceId, Died, HealthChanged, Readings, RoomId, Shutdown
from collector.core.rule import RulePack
from collector.core.series import to_us
from tests.unit.core.classify_scene import PC, T0, Scene, campus, default_rules, room, seconds

CPU = "system.cpu.utilization"
DISK = "system.filesystem.utilization"
CAMERA = DeviceId("s:pc:cam")


def born(**properties: str) -> Scene:
    scene = Scene()
    scene.born(**properties)
    return scene


# ---------------------------------------------------------------- stale series


def test_a_stale_series_freezes_its_for_and_the_next_reading_lets_it_run_on() -> None:
    scene = born()
    scene.holds(CPU, 1.0, 120)  # last reading at 110, stale at 140
    scene.holds("x", 0, 400)
    assert scene.verdicts == []
    scene.holds(CPU, 1.0, 159)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("cpu-saturated", 3)]


def test_a_series_that_goes_stale_before_its_for_is_over_raises_nothing() -> None:
    scene = born()
    scene.read(DISK, 1.0, instance="/d")
    scene.holds("x", 0, 600)
    assert scene.verdicts == []


def test_a_stale_series_freezes_the_clearing_too() -> None:
    scene = born()
    scene.holds(DISK, 1.0, 70, instance="/d")
    scene.holds(DISK, 0.1, 100, instance="/d")
    scene.holds("x", 0, 1000)
    assert scene.verdicts == [("volume-full", 1)]
    scene.holds(DISK, 0.1, 200, instance="/d")
    assert scene.verdicts == []


def test_a_slow_series_has_its_own_pace() -> None:
    scene = born()
    slow = seconds(60)
    scene.during(180, lambda: scene.read_all([(PC, CPU, "", 0.1), (PC, "x", "", 0)]), every=slow)

    def minute(value: float) -> None:
        scene.read(CPU, value)
        scene.holds("x", 0, 60)

    for _ in range(4):
        minute(0.1)
    for _ in range(5):
        minute(1.0)
    assert scene.verdicts == [("cpu-saturated", 3)]


def test_without_an_interval_nothing_goes_stale() -> None:
    scene = Scene()
    scene.born(interval=None)
    scene.read(CPU, 1.0)
    scene.wait(300)
    assert scene.verdicts == [("cpu-saturated", 3)]


def test_a_device_out_of_sight_freezes_its_rules() -> None:
    scene = Scene()
    scene.born(interval=None)
    scene.read(CPU, 1.0)
    scene.wait(200)
    scene.died(told=Shutdown.SERVICE)
    scene.wait(1000)
    assert scene.verdicts == [("agent-silent", 3)]
    scene.born(interval=None)
    scene.wait(100)
    assert scene.verdicts == []
    scene.read(CPU, 1.0)
    scene.wait(99)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("cpu-saturated", 3)]


# ---------------------------------------------------------------- backlog and wrong clocks


def test_backlog_moves_no_timer_and_revives_nothing() -> None:
    scene = born()
    scene.holds(CPU, 0.1, 30)
    for ago in range(3600, 40, -10):
        scene.read(CPU, 1.0, stamp=scene.now - seconds(ago), historical=True)
    assert [phase.standing for phase in scene.phases.values()] == ["late"]
    scene.died()
    scene.wait(40)
    scene.read(CPU, 0.1, stamp=scene.now - seconds(35), historical=True)
    assert scene.state() == "failed 1"


def test_backlog_newer_than_the_last_live_reading_and_young_counts() -> None:
    scene = born()
    scene.read(CPU, 0.1)
    scene.wait(25)
    scene.read(CPU, 1.0, stamp=scene.now - seconds(10), historical=True)
    assert scene.state() == "ok pending"
    assert scene.phases[PC, "cpu-saturated", ""].onset_at == scene.now - seconds(10)


def test_backlog_is_the_last_value_where_nothing_newer_is_known() -> None:
    scene = born()
    scene.read(CPU, 0.1)
    number = scene.series[PC, CPU, ""].id
    scene.wait(600)
    scene.read(CPU, 0.9, stamp=scene.now - seconds(300), historical=True)
    assert scene.classifier.last_value(number) == (0.9, to_us(scene.now - seconds(300)))
    scene.read(CPU, 0.2, stamp=scene.now - seconds(400), historical=True)
    assert scene.classifier.last_value(number) == (0.9, to_us(scene.now - seconds(300)))


@pytest.mark.parametrize("skew", [-7200, 7200], ids=["two hours slow", "two hours fast"])
def test_live_readings_count_when_they_arrive_whatever_their_stamp(skew: float) -> None:
    scene = born()
    for _ in range(31):
        scene.read(CPU, 1.0, stamp=scene.now + seconds(skew))
        scene.wait(10)
    assert scene.verdicts == [("cpu-saturated", 3)]
    assert scene.incident().onset_at == T0


def test_the_onset_is_the_stamp_of_the_first_offending_reading() -> None:
    scene = born()
    for _ in range(31):
        scene.read(CPU, 1.0, stamp=scene.now - seconds(2))
        scene.wait(10)
    assert scene.incident().onset_at == T0 - seconds(2)


# ---------------------------------------------------------------- batches


def test_a_series_that_leaves_and_comes_back_within_a_batch_starts_its_for_again() -> None:
    scene = born()
    scene.holds(CPU, 1.0, 290)
    scene.read_all([(PC, CPU, "", 1.0), (PC, CPU, "", 0.5), (PC, CPU, "", 1.0)])
    scene.holds(CPU, 1.0, 299)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("cpu-saturated", 3)]


def test_a_series_that_leaves_and_comes_back_within_its_first_batch_is_idle() -> None:
    scene = born()
    scene.read_all([(PC, CPU, "", 0.1)])
    scene.read_all([(PC, CPU, "", 0.1), (PC, CPU, "", 1.0), (PC, CPU, "", 0.1)])
    assert scene.phases == {}
    scene.read_all([(PC, CPU, "", 0.1), (PC, CPU, "", 1.0)])
    assert list(scene.phases) == [(PC, "cpu-saturated", "")]


def test_readings_of_nobody_are_passed_over() -> None:
    scene = born()
    odd = Readings(
        np.array([-1, 7, 2**31 - 1], np.int32), np.zeros(3, np.int64), np.ones(3), np.array([False, True, False])
    )
    scene.take(readings=odd)
    assert scene.verdicts == []
    assert scene.classifier.last_value(scene.series.get((PC, CPU, ""), None) or 99) is None  # type: ignore[arg-type]


# ---------------------------------------------------------------- restarts


def test_a_restart_keeps_incidents_and_opens_none_twice() -> None:
    scene = born(room="r")
    scene.holds(DISK, 1.0, 70, instance="/d")
    scene.restart(after=5)
    scene.born(room="r")
    scene.holds(DISK, 1.0, 700, instance="/d")
    assert scene.verdicts == [("volume-full", 1)]
    assert scene.state() == "failed 1"
    scene.holds(DISK, 0.1, 610, instance="/d")
    assert scene.verdicts == []
    assert len(scene.incidents) == 1


def test_a_restart_keeps_a_running_for() -> None:
    scene = born()
    scene.holds(CPU, 1.0, 200)
    scene.restart(after=5)
    scene.holds(CPU, 1.0, 94)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("cpu-saturated", 3)]
    assert scene.incident().onset_at == T0


def test_a_long_absence_of_the_collector_counts_only_what_was_read() -> None:
    scene = born()
    scene.holds(CPU, 1.0, 200)  # the last reading at 190: 220 s of the 300 s are proven
    scene.restart(after=3600)
    scene.wait(1)
    assert scene.verdicts == []
    scene.born()
    scene.holds(CPU, 1.0, 79)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("cpu-saturated", 3)]


def test_a_fault_that_ended_during_the_absence_opens_nothing() -> None:
    scene = born()
    scene.holds(CPU, 1.0, 290)
    scene.restart(after=3600)
    scene.born()
    scene.holds(CPU, 0.1, 400)
    assert scene.incidents == {}


def test_a_restart_keeps_a_clearing() -> None:
    scene = born()
    scene.holds(DISK, 1.0, 70, instance="/d")
    good = scene.now
    scene.holds(DISK, 0.1, 200, instance="/d")
    scene.restart(after=5)
    scene.holds(DISK, 0.1, 96, instance="/d")
    assert scene.verdicts == []
    assert next(iter(scene.incidents.values())).cleared_at == good


def test_a_silence_survives_a_restart() -> None:
    scene = born()
    scene.wait(5)
    scene.died()
    scene.wait(10)
    scene.restart(after=5)
    assert scene.state() == "ok pending"
    scene.wait(14)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("agent-silent", 1)]
    assert scene.incident().onset_at == T0
    scene.restart(after=60)
    scene.wait(600)
    assert scene.verdicts == [("agent-silent", 1)]
    scene.born()
    scene.holds(CPU, 0.1, 60)
    assert scene.verdicts == []


def test_an_agent_gets_time_to_be_heard_again_after_a_restart() -> None:
    scene = born()
    scene.died()
    scene.wait(29)
    scene.restart(after=600)
    scene.wait(9)
    scene.born()
    scene.holds(CPU, 0.1, 300)
    assert scene.incidents == {}


def test_an_agent_that_vanished_during_the_absence_is_found_out() -> None:
    scene = born()
    scene.holds(CPU, 0.1, 100)
    last = scene.now - seconds(10)
    scene.restart(after=600)
    assert scene.state() == "ok"
    scene.wait(59)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("agent-silent", 1)]
    assert scene.incident().onset_at == last


def test_what_was_stored_and_not_classified_before_a_restart_calls_nobody_for_an_agent_that_is_back() -> None:
    scene = born()
    scene.restart(after=600)
    old = scene.now - seconds(590)
    other = DeviceId("s:pc2")
    scene.happen(Died(device=PC, at=old), Born(device=other, at=old, interval=seconds(10)))
    scene.wait(9)
    assert scene.verdicts == []
    scene.happen(
        Born(device=PC, at=scene.now, interval=seconds(10)), Born(device=other, at=scene.now, interval=seconds(10))
    )
    scene.during(100, lambda: scene.read_all([(PC, "x", "", 0), (other, "x", "", 0)]))
    assert scene.incidents == {}


def test_how_a_silence_was_told_survives_a_restart() -> None:
    scene = born()
    scene.died(told=Shutdown.OS)
    scene.wait(30)
    scene.restart(after=5)
    scene.wait(100)
    assert scene.verdicts == [("agent-silent", 3)]


def test_an_incident_of_a_rule_that_is_gone_is_cleared_after_the_restart() -> None:
    scene = born()
    scene.holds(DISK, 1.0, 70, instance="/d")
    scene.rules = without("volume-full", "volume-nearly-full", "volume-filling")
    scene.restart()
    assert scene.verdicts == []
    assert scene.state() == "ok"


def test_an_incident_whose_phase_is_lost_can_still_clear() -> None:
    scene = born()
    scene.holds(DISK, 1.0, 70, instance="/d")
    scene.phases.clear()
    scene.restart()
    assert scene.verdicts == [("volume-full", 1)]
    scene.holds(DISK, 0.1, 310, instance="/d")
    assert scene.verdicts == []


def test_a_restart_tells_nothing_that_the_records_know() -> None:
    scene = born()
    scene.born(CAMERA, role="camera")
    scene.holds(DISK, 1.0, 70, instance="/d")
    scene.log.clear()
    scene.restart()
    assert scene.log == []


# ---------------------------------------------------------------- other rules, another campus


def without(*ids: str) -> RulePack:
    return RulePack(rules=tuple(rule for rule in default_rules().rules if rule.id not in ids))


def test_other_rules_keep_incidents_whose_rule_is_still_there() -> None:
    scene = born()
    scene.holds(DISK, 1.0, 70, instance="/d")
    scene.read(CPU, 1.0)
    scene.died()
    scene.wait(40)
    assert len(scene.verdicts) == 2
    scene.keep(scene.classifier.replace(rules=without("volume-nearly-full"), now=scene.now))
    assert scene.verdicts == [("volume-full", 1), ("agent-silent", 1)]
    scene.keep(scene.classifier.replace(rules=without("volume-full"), now=scene.now))
    assert scene.verdicts == [("agent-silent", 1)]
    scene.keep(scene.classifier.replace(rules=default_rules(), now=scene.now))
    scene.born()
    scene.holds(DISK, 1.0, 70, instance="/d")
    assert scene.verdicts == [("volume-full", 1)]


def test_another_threshold_counts_from_the_next_reading() -> None:
    scene = born()
    scene.read(CPU, 0.7)
    stricter = tuple(
        replace(rule, rungs=tuple(replace(rung, raises=lower(rung.raises)) for rung in rule.rungs))
        if rule.id == "cpu-saturated"
        else rule
        for rule in default_rules().rules
    )
    scene.keep(scene.classifier.replace(rules=RulePack(rules=stricter), now=scene.now))
    scene.holds(CPU, 0.7, 300)
    assert scene.verdicts == [("cpu-saturated", 3)]


def lower(condition):  # type: ignore[no-untyped-def]
    return replace(condition, bounds=(replace(condition.bounds[0], plus=0.6),))


def test_a_device_that_changes_its_role_is_judged_by_its_new_one() -> None:
    scene = born()
    scene.born(CAMERA, role="recorder")
    scene.holds(CPU, 1.0, 310, device=CAMERA)
    assert scene.verdicts == [("cpu-saturated", 3)]
    scene.born(CAMERA, role="camera")
    assert scene.verdicts == []
    scene.holds(CPU, 1.0, 310, device=CAMERA)
    assert scene.verdicts == []


def test_a_campus_that_gains_a_timetable_grades_anew() -> None:
    scene = born(room="r")
    scene.holds(CPU, 1.0, 310)
    scene.keep(scene.classifier.replace(campus=campus(room((0, 60, False))), now=scene.now))
    assert scene.verdicts == [("cpu-saturated", 2)]
    told = [d.health.device.room for d in scene.log if isinstance(d, HealthChanged)]
    assert told[-1] == RoomId("s/r")


def test_a_second_camera_makes_the_first_no_longer_the_only_one() -> None:
    scene = born(room="r")
    scene.born(CAMERA, role="camera")
    scene.died(CAMERA)
    scene.during(40, lambda: scene.read("x", 0))
    assert scene.verdicts == [("device-silent-redundant", 1)]
    scene.born("s:pc:cam2", role="camera")
    assert scene.verdicts == [("device-silent-redundant", 2)]


def test_series_and_times_can_be_asked_for() -> None:
    scene = born()
    scene.read(CPU, 0.5)
    scene.read(DISK, 0.5, instance="/d")
    assert [series.metric for series in scene.classifier.series_of(PC)] == [CPU, DISK]
    assert scene.classifier.last_seen(PC) == scene.now
    assert scene.classifier.last_seen(DeviceId("s:none")) is None
    assert scene.classifier.series_of(DeviceId("s:none")) == []
    assert scene.classifier.last_value(scene.series[PC, CPU, ""].id) == (0.5, to_us(scene.now))


def test_the_next_due_moment_is_known() -> None:
    scene = born()
    assert scene.classifier.next_due() == T0 + timedelta(seconds=30)
    scene.died()
    assert scene.classifier.next_due() == T0 + timedelta(seconds=30)
    scene.wait(40)
    assert scene.classifier.next_due() is None
