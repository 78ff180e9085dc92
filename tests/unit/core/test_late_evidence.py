"""What comes late corrects what is on record; it moves no timer and calls nobody for what is over."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.model import Attribution, Opened, State
from collector.core.rule import RulePack
from tests.unit.core.classify_scene import PC, T0, seconds
from tests.unit.core.late_scene import CAMERA, CPU, DISK, CutOff
from tests.unit.core.test_classify_properties import METRIC, PACK


@pytest.fixture
def pc() -> CutOff:
    scene = CutOff()
    scene.run(60)
    return scene


def at(number: float) -> object:
    return T0 + seconds(number)


def test_a_fault_that_began_and_ended_unseen_is_on_record_and_calls_nobody(pc: CutOff) -> None:
    pc.cut()
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 0.5
    pc.run(600)
    pc.back()
    pc.settle(600)
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.cleared_at) == (at(360), at(660))
    assert (fault.rule, fault.late) == ("volume-full", True)
    assert fault.detected_at > at(1260)  # type: ignore[operator]
    assert pc.verdicts == []
    assert pc.phases == {}


def test_a_fault_that_still_holds_opens_by_its_own_for_with_its_true_onset(pc: CutOff) -> None:
    pc.cut()
    pc.run(300)
    pc.values[PC, CPU, ""] = 1.0
    pc.run(300)
    pc.back()  # at 660
    pc.settle(280)
    assert pc.faults("cpu-saturated") == []
    pc.settle(20)
    (fault,) = pc.faults("cpu-saturated")
    assert (fault.onset_at, fault.detected_at, fault.late) == (at(360), at(960), True)
    opened = [one for one in pc.log if isinstance(one, Opened) and one.incident.id == fault.id]
    assert [one.incident.onset_at for one in opened] == [fault.onset_at]


def test_a_fault_that_holds_inside_its_band_opens_once_that_has_been_seen_for_its_for() -> None:
    scene = CutOff(ONE_RUNG)
    scene.values = {(PC, METRIC, ""): 0.0}
    scene.run(60)
    scene.cut()
    scene.run(300)
    scene.values[PC, METRIC, ""] = 8.0
    scene.run(60)
    scene.values[PC, METRIC, ""] = 6.5  # would not raise it, and does not clear it
    scene.run(240)
    scene.back()  # at 660
    scene.settle(40)
    assert scene.faults("f") == []
    scene.restart()
    scene.settle(80)
    (fault,) = scene.faults("f")
    assert (fault.onset_at, fault.cleared_at, fault.late) == (at(360), None, True)
    assert at(705) <= fault.detected_at <= at(780)  # type: ignore[operator]
    scene.settle(2400)
    scene.values[PC, METRIC, ""] = 0.0
    scene.settle(100)
    (fault,) = scene.faults("f")
    assert fault.cleared_at == at(660 + 10 + 40 + 80 + 2400)
    assert (scene.verdicts, scene.phases) == ([], {})


def test_a_fault_that_opened_before_its_backlog_came_is_corrected(pc: CutOff) -> None:
    pc.cut()
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(300)
    kept, pc.kept = pc.kept, []
    pc.back()
    pc.run(70)
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.late) == (at(660), False)
    pc.kept = kept
    pc.deliver()
    pc.settle()
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.late) == (at(360), True)
    assert fault.id in pc.open.values()


def test_a_fault_that_ended_unseen_is_over_since_its_first_good_reading(pc: CutOff) -> None:
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(100)
    pc.cut()
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 0.5
    pc.run(300)
    pc.back()
    pc.settle(700)
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.cleared_at) == (at(60), at(460))


def test_a_fault_that_ended_and_began_again_unseen_is_two(pc: CutOff) -> None:
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(100)
    pc.cut()
    pc.run(100)
    pc.values[PC, DISK, "/d"] = 0.5
    pc.run(1000)
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(300)
    pc.back()
    pc.settle(100)
    first, second = pc.faults("volume")
    assert (first.onset_at, first.cleared_at) == (at(60), at(260))
    assert (second.onset_at, second.cleared_at, second.late) == (at(1260), None, True)
    pc.values[PC, DISK, "/d"] = 0.5
    pc.settle(700)
    assert pc.verdicts == []


def test_a_silence_was_the_networks_where_all_was_recorded_meanwhile(pc: CutOff) -> None:
    pc.cut()
    pc.run(600)
    assert pc.state() == "failed 1"
    pc.back()
    pc.settle(120)
    (silence,) = pc.faults("silence")
    assert silence.attribution is Attribution.ENVIRONMENT
    assert (silence.onset_at, silence.cleared_at) == (at(50), at(660))
    assert {one.state for one in pc.healed} == {State.OK}
    assert min(one.start for one in pc.healed) == at(50)
    assert max(one.end for one in pc.healed) >= pc.health[PC].since > at(660)  # type: ignore[operator]


def test_a_silence_began_when_nothing_was_recorded_any_more(pc: CutOff) -> None:
    pc.cut()
    pc.run(300)
    pc.is_off = True
    pc.run(300)
    pc.is_off = False
    pc.run(100)
    pc.back()
    pc.settle(200)
    (silence,) = pc.faults("silence")
    assert silence.attribution is Attribution.EQUIPMENT
    assert (silence.onset_at, silence.cleared_at) == (at(350), at(660))
    spans = sorted({(one.start, one.end) for one in pc.healed})
    assert spans[0] == (at(50), at(350))
    assert spans[-1][0] == at(660)


def test_a_device_that_vanished_unseen_is_silent_since_its_last_reading(pc: CutOff) -> None:
    pc.born(CAMERA, role="camera")
    pc.values[CAMERA, "hw.status", "lens"] = 0.0
    pc.run(60)
    pc.cut()
    pc.run(300)
    del pc.values[CAMERA, "hw.status", "lens"]
    pc.run(300)
    pc.back()
    pc.died(CAMERA)
    pc.settle(100)
    (silence,) = pc.faults("silence")[-1:]
    assert (silence.onset_at, silence.cleared_at) == (at(410), None)


@pytest.mark.parametrize("skew", [-7200, 7200], ids=["two hours slow", "two hours fast"])
def test_a_wrong_clock_is_set_right(pc: CutOff, skew: float) -> None:
    pc.skew = seconds(skew)
    pc.run(60)
    pc.cut()
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 0.5
    pc.run(600)
    pc.back()
    pc.settle(600)
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.cleared_at) == (at(420), at(720))


def test_a_clock_that_was_mended_meanwhile_is_set_right_by_what_it_said(pc: CutOff) -> None:
    pc.values[PC, "classroom.clock.offset", ""] = 3600.0
    pc.skew = seconds(-3600)
    pc.cut()
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 0.5
    pc.run(600)
    kept, pc.kept = pc.kept, []
    pc.skew = timedelta()
    pc.values[PC, "classroom.clock.offset", ""] = 0.0
    pc.back()
    pc.kept, pc.skew = kept, seconds(-3600)
    pc.deliver()
    pc.skew = timedelta()
    pc.settle(600)
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.cleared_at) == (at(360), at(660))


def test_a_restart_with_a_backlog_under_way_changes_nothing(pc: CutOff) -> None:
    pc.cut()
    pc.run(300)
    pc.values[PC, DISK, "/d"] = 1.0
    pc.run(300)
    pc.back()
    pc.restart()
    pc.settle(40)
    pc.restart()
    pc.settle(100)
    (fault,) = pc.faults("volume")
    assert (fault.onset_at, fault.cleared_at, fault.late) == (at(360), None, True)


def test_what_was_looked_at_is_not_said_again(pc: CutOff) -> None:
    pc.cut()
    pc.run(600)
    pc.back()
    pc.settle(300)
    assert pc.classifier.late_due() is None
    pc.log.clear()
    pc.read(CPU, 0.1, stamp=T0 + seconds(305), historical=True)
    pc.settle(30)
    assert [one for one in pc.log if isinstance(one, Opened)] == []


# ---------------------------------------------------------------- whatever the readings

ONE_RUNG = RulePack(rules=PACK.rules[1:])  # of several, which is raised first may differ, and with it the onset
VALUES = st.sampled_from([0.0, 6.5, 8.0])
STRETCHES = st.lists(st.tuples(VALUES, st.integers(1, 9)), max_size=5)
LONG = st.lists(st.tuples(VALUES, st.integers(5, 9)), max_size=4)  # longer than any `for`


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=STRETCHES, unseen=STRETCHES, after=LONG)
def test_what_came_late_is_on_record_as_if_it_had_come_in_time(
    before: list[tuple[float, int]], unseen: list[tuple[float, int]], after: list[tuple[float, int]]
) -> None:
    """But for the `for`, which live readings alone serve: so each value holds for one after the return."""
    told = []
    calls = []
    for is_cut in (False, True):
        scene = CutOff(ONE_RUNG)
        scene.values = {(PC, METRIC, ""): 0.0}
        scene.run(60)
        live(scene, before)
        if is_cut:
            scene.cut()
        scene.run(60)
        live(scene, unseen)
        if is_cut:
            scene.back()
        else:
            scene.run(10)
        scene.settle(50)
        live(scene, after)
        scene.values[PC, METRIC, ""] = 0.0
        scene.settle(600)
        assert scene.phases == {}
        assert scene.verdicts == []
        told.append([(one.onset_at, one.cleared_at) for one in scene.faults("f")])
        opened = [one.incident for one in scene.log if isinstance(one, Opened) and one.incident.family == "f"]
        calls.append(sum(incident.cleared_at is None for incident in opened))
    assert told[1] == told[0]
    assert calls[1] <= calls[0]


def live(scene: CutOff, stretches: list[tuple[float, int]]) -> None:
    for value, steps in stretches:
        scene.values[PC, METRIC, ""] = value
        for _ in range(steps):
            scene.run(10)
            scene.look_back()
