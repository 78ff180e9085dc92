"""Who is there: silence told and untold, agents and what is behind them, rooms that are closed, restarts of agents."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from collector.core.campus import Site
from collector.core.model import Born, Device, DeviceId, Died, HealthChanged, Opened, Shutdown, SiteId
from tests.unit.core.classify_scene import PC, STEP, Scene, campus, room, seconds

CAMERA = DeviceId("s:pc:cam")
GATEWAY = DeviceId("s:gw")
ALL_DAY = ((time(0), time.max),)
# From T0 (Monday 10:00): open until 10:20, closed until Tuesday 00:00.
UNTIL_TWENTY_PAST = Site(
    id=SiteId("s"), name="S", time_zone=ZoneInfo("Asia/Shanghai"),
    opening_hours={0: ((time(8), time(10, 20)),), 1: ALL_DAY},
)  # fmt: skip
NEVER_OPEN = Site(id=SiteId("s"), name="S", time_zone=ZoneInfo("Asia/Shanghai"), opening_hours={})
FAR = (10_000, 10_060, True)  # a lesson in a week, so that there is a timetable


def closed(*lessons: tuple[int, int, bool]) -> Scene:
    return Scene(campus(room(*(lessons or (FAR,))), site=NEVER_OPEN))


def talk(scene: Scene, by: float) -> None:
    scene.holds("system.cpu.utilization", 0.1, by)


# ---------------------------------------------------------------- agents


def test_a_death_is_pending_at_once_and_an_outage_after_its_for() -> None:
    scene = Scene()
    scene.born()
    talk(scene, 25)
    last = scene.now - seconds(5)
    scene.died()
    assert scene.state() == "ok pending"
    scene.wait(29.9)
    assert scene.verdicts == []
    scene.wait(0.1)
    assert scene.verdicts == [("agent-silent", 1)]
    assert scene.state() == "failed 1"
    incident = scene.incident()
    assert incident.onset_at == last
    assert incident.detected_at == last + seconds(35)


def test_a_birth_within_the_for_leaves_nothing() -> None:
    scene = Scene()
    scene.born()
    scene.died()
    scene.wait(29)
    scene.born()
    scene.wait(3)
    assert scene.state() == "ok"
    assert scene.incidents == {}
    assert scene.phases == {}


def test_an_agent_that_is_back_clears_after_a_minute() -> None:
    scene = Scene()
    scene.born()
    scene.died()
    scene.wait(100)
    scene.born()
    back = scene.now
    talk(scene, 59)
    assert scene.verdicts == [("agent-silent", 1)]
    talk(scene, 1)
    assert scene.verdicts == []
    assert next(iter(scene.incidents.values())).cleared_at == back
    assert scene.state() == "ok"


def test_a_death_while_clearing_is_the_same_incident() -> None:
    scene = Scene()
    scene.born()
    scene.died()
    scene.wait(100)
    scene.born()
    scene.wait(20)
    scene.died()
    scene.wait(300)
    assert scene.verdicts == [("agent-silent", 1)]
    assert len(scene.incidents) == 1


def test_three_intervals_without_a_message_are_silence() -> None:
    scene = Scene()
    scene.born()
    talk(scene, 95)
    last = scene.now - seconds(5)
    scene.wait(24.9)
    assert scene.state() == "ok"
    scene.wait(0.1)
    assert scene.state() == "ok pending"
    scene.wait(30)
    assert scene.verdicts == [("agent-silent", 1)]
    assert scene.incident().onset_at == last


def test_without_an_interval_only_a_death_counts() -> None:
    scene = Scene()
    scene.born(interval=None)
    scene.wait(100_000)
    assert scene.state() == "ok"
    scene.died()
    scene.wait(30)
    assert scene.verdicts == [("agent-silent", 1)]


def test_an_agent_that_only_timed_out_is_back_with_its_next_message() -> None:
    scene = Scene()
    scene.born()
    scene.born(CAMERA, role="camera")
    scene.wait(100)
    assert scene.state() == "failed 1"
    assert scene.state(CAMERA) == "unknown"
    talk(scene, 70)
    assert (scene.state(), scene.state(CAMERA)) == ("ok", "ok")


def test_a_message_after_a_death_revives_nothing() -> None:
    scene = Scene()
    scene.born()
    talk(scene, 10)
    scene.died()
    scene.wait(40)
    talk(scene, 100)
    assert scene.state() == "failed 1"


def test_a_death_told_after_the_time_out_needs_a_birth() -> None:
    scene = Scene()
    scene.born()
    scene.wait(65)
    scene.died()
    talk(scene, 10)
    assert scene.verdicts == [("agent-silent", 1)]
    scene.born()
    talk(scene, 60)
    assert scene.verdicts == []


def test_swift_death_and_birth_in_one_batch_leave_nothing() -> None:
    scene = Scene()
    scene.born()
    scene.wait(5)
    scene.log.clear()
    scene.happen(Died(device=PC, at=scene.now), Born(device=PC, at=scene.now, interval=STEP))
    scene.wait(100 - 75)
    assert scene.incidents == {}
    assert not [d for d in scene.log if isinstance(d, HealthChanged)]


@pytest.mark.parametrize("told", list(Shutdown))
def test_a_told_shutdown_is_off_when_closed_and_graded_when_not(told: Shutdown) -> None:
    shut = closed()
    shut.born(room="r")
    shut.died(told=told)
    assert shut.state() == "off"
    shut.wait(3600)
    assert (shut.state(), shut.verdicts) == ("off", [])

    opened = Scene()
    opened.born(room="r")
    opened.died(told=told)
    assert opened.state() == "ok pending"
    opened.wait(30)
    assert (opened.state(), opened.verdicts) == ("failed 3", [("agent-silent", 3)])

    lesson = Scene(campus(room((0, 60, False))))
    lesson.born(room="r")
    lesson.died(told=told)
    lesson.wait(30)
    assert lesson.verdicts == [("agent-silent", 2)]


def test_a_host_shut_down_in_the_night_is_off_until_a_lesson_needs_it() -> None:
    # closed until midnight local (840 min), then open all Tuesday; a lesson at 900 min
    scene = Scene(campus(room((900, 960, True)), site=UNTIL_TWENTY_PAST))
    scene.wait(21 * 60)
    scene.born(room="r")
    scene.born(CAMERA, role="camera")
    scene.died(told=Shutdown.OS)
    scene.wait(860 * 60 - 21 * 60)
    assert (scene.state(), scene.state(CAMERA), scene.verdicts) == ("off", "off", [])
    scene.wait(24 * 60)
    assert scene.verdicts == []
    scene.wait(60)
    assert scene.verdicts == [("agent-silent", 2)]
    assert (scene.state(), scene.state(CAMERA)) == ("failed 2", "unknown")


def test_an_untold_silence_is_an_outage_also_while_closed() -> None:
    scene = closed()
    scene.born(room="r")
    scene.died()
    scene.wait(30)
    assert scene.verdicts == [("agent-silent", 1)]


def test_an_incident_that_is_open_stays_open_when_the_room_closes() -> None:
    scene = Scene(campus(room(FAR), site=UNTIL_TWENTY_PAST))
    scene.born(room="r")
    scene.died(told=Shutdown.OS)
    scene.wait(25 * 60)
    assert scene.verdicts == [("agent-silent", 3)]
    scene.born(room="r")
    talk(scene, 60)
    assert scene.verdicts == []


# ---------------------------------------------------------------- who is ill: the host, or the watch over it


def test_a_silent_gateway_is_ill_monitoring_and_what_is_behind_it_unknown() -> None:
    scene = Scene()
    scene.born(GATEWAY, role="gateway")
    scene.born("s:gw:sw", role="switch")
    scene.died(GATEWAY)
    assert scene.state("s:gw:sw") == "ok"
    scene.wait(30)
    assert scene.verdicts == [("agent-silent", 3)]
    assert (scene.state(GATEWAY), scene.state("s:gw:sw")) == ("unknown 3", "unknown")


def test_an_agent_silent_on_a_host_that_still_answers_is_ill_monitoring() -> None:
    scene = Scene()
    scene.born()
    scene.born(CAMERA, role="camera")
    scene.born(GATEWAY, role="gateway")
    ping = "classroom.reachability"
    scene.during(10, lambda: scene.read(ping, 1, device=GATEWAY, instance=PC))
    scene.died()
    scene.during(30, lambda: scene.read(ping, 1, device=GATEWAY, instance=PC))
    assert scene.verdicts == [("agent-silent", 3)]
    assert (scene.state(), scene.state(CAMERA)) == ("unknown 3", "unknown")
    scene.during(10, lambda: scene.read(ping, 0, device=GATEWAY, instance=PC))
    assert scene.verdicts == [("agent-silent", 1)]
    assert scene.state() == "failed 1"
    scene.during(200, lambda: scene.read(ping, 0, device=GATEWAY, instance=PC))
    assert scene.verdicts == [("agent-silent", 1)]  # the lost ping is no second fault
    scene.born()
    scene.during(40, lambda: scene.read_all([(GATEWAY, ping, PC, 1), (PC, "system.cpu.utilization", "", 0.1)]))
    assert scene.verdicts == [("agent-silent", 1)]


def test_a_ping_from_before_the_silence_proves_nothing() -> None:
    scene = Scene()
    scene.born()
    scene.born(GATEWAY, role="gateway", interval=None)
    scene.read("classroom.reachability", 1, device=GATEWAY, instance=PC)
    talk(scene, 20)
    scene.died()
    scene.wait(30)
    assert scene.verdicts == [("agent-silent", 1)]


# ---------------------------------------------------------------- devices


def test_devices_behind_a_silent_host_are_unknown_and_keep_their_incidents() -> None:
    scene = Scene()
    scene.born()
    scene.born(CAMERA, role="camera")
    scene.holds("hw.status", 2, 40, device=CAMERA, instance="sensor")
    assert scene.state(CAMERA) == "failed 1"
    scene.died()
    scene.wait(1000)
    assert (scene.state(), scene.state(CAMERA)) == ("failed 1", "unknown 1")
    assert scene.verdicts == [("component-failed", 1), ("agent-silent", 1)]
    scene.born()
    assert scene.state(CAMERA) == "unknown 1"
    scene.born(CAMERA, role="camera")
    assert scene.state(CAMERA) == "failed 1"
    scene.during(70, lambda: scene.read_all([(CAMERA, "hw.status", "sensor", 0)]))
    assert (scene.state(CAMERA), scene.verdicts) == ("ok", [])


@pytest.mark.parametrize(
    ("role", "rule", "after", "level"),
    [
        ("recorder", "device-silent", 30, 1), ("storage", "device-silent", 30, 1), ("switch", "device-silent", 30, 1),
        ("mixer", "device-silent", 30, 1), ("capture-card", "device-silent", 30, 1),
        ("recorder-pc", "device-silent", 30, 1), ("camera", "device-silent-redundant", 30, 1),
        ("microphone", "device-silent-redundant", 30, 1), ("display", "device-silent-redundant", 30, 1),
        ("projector", "device-silent-redundant", 30, 1), ("ups", "device-silent-minor", 120, 3),
        ("pdu", "device-silent-minor", 120, 3), ("access-point", "device-silent-minor", 120, 3),
        ("sensor", "device-silent-minor", 120, 3), ("other", "device-silent-minor", 120, 3),
    ],
)  # fmt: skip
def test_a_device_that_dies_is_graded_by_its_role(role: str, rule: str, after: float, level: int) -> None:
    scene = Scene()
    device = f"{PC}:d"
    scene.born(room="r")
    scene.born(device, role=role)
    scene.during(20, lambda: scene.read("x", 1, device=device))
    scene.died(device)
    scene.during(after - 1, lambda: scene.read("y", 1))
    assert (scene.verdicts, scene.state(device)) == ([], "ok pending")
    scene.wait(1)
    assert (scene.verdicts, scene.state(device)) == ([(rule, level)], f"failed {level}")
    assert scene.incident().onset_at == scene.now - seconds(after + 10)
    scene.born(device, role=role)
    scene.during(59, lambda: scene.read("y", 1))
    assert scene.verdicts == [(rule, level)]
    scene.wait(1)
    assert scene.verdicts == []


def test_a_camera_beside_another_is_severe_and_no_outage() -> None:
    scene = Scene()
    scene.born(room="r", interval=None)
    scene.born(CAMERA, role="camera")
    scene.born("s:pc:cam2", role="camera")
    scene.died(CAMERA)
    scene.wait(40)
    assert scene.verdicts == [("device-silent-redundant", 2)]


@pytest.mark.parametrize("role", ["camera", "projector", "display", "microphone", "mixer"])
def test_what_may_be_switched_off_in_a_closed_room_is_off(role: str) -> None:
    scene = closed((60, 120, False), FAR)
    device = f"{PC}:d"
    scene.born(room="r", interval=None)
    scene.born(device, role=role)
    scene.died(device)
    assert scene.state(device) == "off"
    scene.wait(44 * 60)
    assert (scene.state(device), scene.verdicts) == ("off", [])
    scene.wait(61)
    assert scene.verdicts[0][1] == 1  # a quarter of an hour before the lesson it is wanted
    assert scene.state(device) == "failed 1"


@pytest.mark.parametrize("role", ["recorder", "storage", "switch"])
def test_what_must_run_through_the_night_is_not_off(role: str) -> None:
    scene = closed()
    scene.born(room="r", interval=None)
    scene.born(f"{PC}:d", role=role)
    scene.died(f"{PC}:d")
    scene.wait(30)
    assert scene.verdicts == [("device-silent", 1)]


def test_a_device_dying_with_its_agent_opens_nothing_of_its_own() -> None:
    scene = Scene()
    scene.born()
    scene.born(CAMERA, role="camera")
    scene.died(CAMERA)
    scene.wait(10)
    scene.died()
    scene.wait(3600)
    assert scene.verdicts == [("agent-silent", 1)]
    scene.born(interval=None)
    scene.born(CAMERA, role="camera")
    scene.wait(60)
    assert (scene.verdicts, scene.state(CAMERA)) == ([], "ok")


def test_a_device_of_the_campus_that_its_reborn_agent_does_not_find_is_silent() -> None:
    scene = Scene()
    scene.born(interval=None)
    scene.born(CAMERA, role="camera")
    scene.place = scene.place.__class__(
        devices={CAMERA: scene.health[CAMERA].device}, roles_unstated=frozenset([CAMERA])
    )
    scene.keep(scene.classifier.replace(campus=scene.place, now=scene.now))
    scene.died()
    scene.wait(60)
    scene.born(interval=None)
    assert scene.state(CAMERA) == "unknown"
    scene.wait(59)
    assert scene.state(CAMERA) == "unknown"
    scene.wait(1)
    assert scene.state(CAMERA) == "unknown pending"
    scene.wait(30)
    assert ("device-silent-redundant", 1) in scene.verdicts


def test_a_device_that_is_perhaps_no_longer_read_stays_unknown() -> None:
    scene = Scene()
    scene.born(interval=None)
    scene.born(CAMERA, role="camera")
    scene.died()
    scene.wait(60)
    scene.born(interval=None)
    scene.wait(1000)
    assert (scene.state(CAMERA), scene.verdicts) == ("unknown", [])


def test_a_rebirth_on_request_changes_nothing() -> None:
    scene = Scene()
    scene.born(interval=None)
    scene.born(CAMERA, role="camera")
    scene.wait(10)
    scene.log.clear()
    scene.born(interval=None)
    scene.born(CAMERA, role="camera")
    scene.wait(100)
    assert scene.log == []


# ---------------------------------------------------------------- who registers, and as what


def test_unknown_devices_register_themselves_with_what_their_birth_says() -> None:
    scene = Scene()
    scene.born(room="w201", vendor="Ruimu", model="RX-200", agent_version="1.0")
    scene.born(CAMERA, name="教师摄像机")
    pc, camera = scene.health[PC].device, scene.health[CAMERA].device
    assert (pc.role, pc.room, pc.unit.model, pc.agent_version, pc.in_campus) == (
        "recorder-pc", "s/w201", "RX-200", "1.0", False,
    )  # fmt: skip
    assert (camera.role, camera.room, camera.name) == ("other", "s/w201", "教师摄像机")


def test_the_campus_file_wins_over_births() -> None:
    scene = Scene()
    scene.born(room="r", role="recorder-pc", name="born", serial="1")
    device = scene.health[PC].device
    filed = Device(id=PC, room=device.room, role="gateway", name="filed", in_campus=True)
    scene.keep(scene.classifier.replace(campus=campus(devices=(filed,)), now=scene.now))
    now = scene.health[PC].device
    assert (now.role, now.name, now.unit.serial, now.in_campus) == ("gateway", "filed", "1", True)


def test_a_device_of_the_campus_that_never_spoke_is_unknown_and_opens_nothing() -> None:
    scene = Scene(campus(room(), devices=(Device(id=PC, role="recorder-pc", in_campus=True),)))
    scene.wait(100_000)
    assert (scene.state(), scene.verdicts) == ("unknown", [])


@pytest.mark.parametrize("restarted", [False, True], ids=["reloaded", "restarted"])
def test_a_silent_device_that_leaves_the_campus_file_has_been_taken_away(restarted: bool) -> None:
    scene = Scene(campus(devices=(Device(id=CAMERA, role="camera", in_campus=True),)))
    scene.born(interval=None)
    scene.born(CAMERA)
    scene.died(CAMERA)
    scene.wait(40)
    assert scene.verdicts == [("device-silent-redundant", 1)]
    scene.place = campus()
    if restarted:
        scene.restart()
    else:
        scene.keep(scene.classifier.replace(campus=scene.place, now=scene.now))
    assert (scene.verdicts, scene.state(CAMERA)) == ([], "unknown")
    scene.wait(1000)
    assert scene.verdicts == []


# ---------------------------------------------------------------- at the edges


def test_an_opening_and_its_health_are_told_together() -> None:
    scene = Scene()
    scene.born()
    scene.died()
    scene.log.clear()
    scene.wait(30)
    assert isinstance(scene.log[-1], HealthChanged)
    assert any(isinstance(decision, Opened) for decision in scene.log)


def test_a_device_whose_agent_only_paused_is_silent_when_its_time_is_over() -> None:
    scene = Scene()
    scene.born(PC)
    scene.born(CAMERA, role="camera")
    scene.wait(10)
    scene.died(CAMERA)
    scene.wait(35)  # the agent hangs for longer than three intervals
    assert scene.state(CAMERA) == "ok pending"
    scene.during(60, lambda: scene.read("m", 1.0))
    assert ("device-silent-redundant", 1) in scene.verdicts
