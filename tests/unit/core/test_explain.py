"""Why a device is at its level: what is watched, what holds, what is being timed, what the room is for."""

import pytest

from collector.core.campus import Carries, Link
from collector.core.explain import Explanation
from collector.core.model import Context, DeviceId, Shutdown, State
from collector.core.said import said
from tests.unit.core.cause_scene import NAS, SWITCH, UPS, Site30, one_switch, pc, power
from tests.unit.core.classify_scene import PC, Scene, campus, default_rules, room, seconds


def explained(scene: Scene, device: str = PC) -> Explanation:
    found = scene.classifier.explain(DeviceId(device), scene.now)
    assert found is not None
    return found


def test_a_fault_that_is_timed_is_explained_by_its_value_its_rule_and_its_timer() -> None:
    scene = Scene(campus(room((0, 45, True))))
    scene.born(room="r")
    onset = scene.now
    scene.holds("system.cpu.utilization", 0.97, 100)
    found = explained(scene)
    assert (found.state, found.level, found.pending, found.context, found.booked) == (
        State.OK, None, True, Context.LESSON, True,
    )  # fmt: skip
    (reason,) = found.reasons
    assert (reason.key, reason.standing, reason.level, reason.onset_at) == ("cpu-saturated", "raising", 2, onset)
    assert reason.due_at == onset + seconds(300)
    (watched,) = found.watched
    assert (watched.metric, watched.value, watched.fresh) == ("system.cpu.utilization", 0.97, True)
    (rung,) = watched.rungs
    assert [(part.text, part.holds) for part in rung.parts] == [(">= 0.95", True)]
    assert (rung.clears, rung.level) == ("< 0.85", 2)
    scene.holds("system.cpu.utilization", 0.97, 210)
    found = explained(scene)
    assert [(incident.rule, incident.level) for incident in found.incidents] == [("cpu-saturated", 2)]
    assert found.reasons[0].incident == found.incidents[0].id
    assert found.reasons[0].due_at is None


def test_a_guard_that_does_not_hold_is_shown_beside_the_condition_that_does() -> None:
    scene = Scene()
    scene.born(room="r")
    scene.read("classroom.recording.active", 0)
    scene.read("classroom.recording.growth", 0)
    (growth,) = (each for each in explained(scene).watched if each.metric.endswith("growth"))
    assert [(part.text, part.holds) for part in growth.rungs[0].parts] == [
        ("<= 0", True),
        ("classroom.recording.active = 1", False),
    ]


def test_a_device_out_of_sight_is_explained_by_what_it_hangs_on() -> None:
    scene = Scene()
    scene.born(room="r")
    scene.born(f"{PC}:cam", role="camera")
    scene.read("hw.status", 1, device=f"{PC}:cam", instance="lens")
    scene.wait(20)
    gone = scene.now
    scene.died(told=Shutdown.SERVICE)
    scene.wait(40)
    camera = explained(scene, f"{PC}:cam")
    assert (camera.state, camera.sole) == (State.UNKNOWN, True)
    assert [(one.device, one.why, one.state, one.level) for one in camera.parents] == [(PC, "agent", "failed", 3)]
    assert camera.reasons[0].frozen
    assert camera.reasons[0].elapsed == gone - camera.reasons[0].onset_at
    host = explained(scene)
    assert (host.presence, host.told, host.silent_since) == ("gone", Shutdown.SERVICE, gone - seconds(20))
    assert scene.classifier.explain(DeviceId("s:nobody"), scene.now) is None


def test_a_value_that_came_too_long_ago_is_not_fresh() -> None:
    scene = Scene()
    scene.born(room="r", interval=10)
    scene.read("system.cpu.utilization", 0.5)
    scene.during(60, lambda: scene.take(heard={PC: scene.now}))
    assert [watched.fresh for watched in explained(scene).watched] == [False]


def test_asking_changes_nothing() -> None:
    scene = Scene(campus(room((0, 45, True))))
    scene.born(room="r")
    scene.holds("system.cpu.utilization", 0.97, 100)
    due = scene.classifier.next_due()
    explained(scene)
    assert scene.classifier.next_due() == due
    assert scene.classifier.tick(scene.now) == []


@pytest.mark.parametrize("rule", default_rules().rules, ids=lambda rule: rule.id)
def test_every_condition_of_the_default_rules_can_be_said(rule: object) -> None:
    assert isinstance(rule, type(default_rules().rules[0]))
    for rung in rule.rungs:
        conditions = [rung.raises, *([rung.clears] if rung.clears else [])]
        conditions += [case.condition for case in rung.cases if case.condition is not None]
        for condition in conditions:
            text = said(condition)
            assert text
            assert "object at" not in text
            assert "timedelta" not in text


def test_what_a_device_hangs_on_is_told_up_to_the_root_each_with_what_hangs_on_it_and_the_storage_too() -> None:
    above = (power(UPS, device=SWITCH), Link(feeder=NAS, carries=Carries.STORAGE, device=pc(2)))
    site = Site30(place=one_switch(5, *above, port=True))
    explained = site.scene.classifier.explain(pc(2), site.scene.now)
    assert explained is not None
    assert [(one.device, one.of, one.carries, one.port) for one in explained.parents] == [
        (SWITCH, pc(2), Carries.PATH, "GE0/2"),
        (UPS, SWITCH, Carries.POWER, ""),
        (NAS, pc(2), Carries.STORAGE, ""),
    ]
