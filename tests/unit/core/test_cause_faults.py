"""Faults other than silences that something dead brings about: members of its ticket, or held until it is over."""

import pytest

from collector.core.campus import Carries, Link
from collector.core.model import Device, DeviceId, RoomId
from tests.unit.core.cause_scene import NAS, SWITCH, UPS, Site30, one_switch, pc, power

CORE = DeviceId("noc:poller:core")
EDGE = DeviceId("noc:poller:edge")
CAMERA = DeviceId("s:pc-0:cam")


def with_camera(site: Site30) -> None:
    """A camera of room 0, whose stream the room's recorder reads over the edge switch."""
    site.scene.born(CAMERA, role="camera", room="r0")
    site.scene.read("classroom.recording.active", 1.0, device=pc(0))


def edge_campus(*more: Link) -> Site30:
    site = Site30(place=one_switch(2, Link(feeder=EDGE, device=CAMERA), *more))
    site.scene.born("noc:poller", role="gateway", interval=10)
    for switch in (CORE, EDGE):
        site.scene.born(switch, role="switch")
    with_camera(site)
    return site


def live(site: Site30, seconds: int, *, age: float | None = None, polled: tuple[DeviceId, ...] = (EDGE, CORE)) -> None:
    """Let time pass; the recorder reads the camera's frames, the poller the switches."""
    for _ in range(seconds // 10):
        site.scene.read_all([(device, "system.uptime", "", 1000.0) for device in (*polled, DeviceId("noc:poller"))])
        if age is not None:
            site.scene.read_all(
                [(pc(0), "classroom.recording.active", "", 1.0), (CAMERA, "classroom.recording.frame.age", "", age)]
            )
        site.live(10)


def holds(site: Site30, metric: str, value: float, seconds: int, device: DeviceId, instance: str = "") -> None:
    """Let a metric have a value for that long while everything else goes on."""
    for _ in range(seconds // 10):
        site.scene.read(metric, value, device=device, instance=instance)
        site.live(10)


@pytest.mark.parametrize("told_first", [True, False], ids=["the switch is known first", "the frames stall first"])
def test_frames_that_a_dead_switch_no_longer_carries_are_its_ticket(told_first: bool) -> None:
    site = edge_campus()
    live(site, 30, age=0.1)
    if told_first:
        site.scene.died(EDGE)
        live(site, 40, age=30, polled=(CORE,))
    live(site, 40, age=30, polled=(CORE,))
    if not told_first:
        assert site.opened == []
        assert site.scene.state(CAMERA) == "ok pending"
        site.scene.died(EDGE)
    live(site, 60, age=30, polled=(CORE,))
    assert site.tickets == [(EDGE, "device-silent", 1)]
    assert {one.rule for one in site.opened if one.cause} == {"frames-stalled"}
    site.scene.born(EDGE, role="switch")
    live(site, 100, age=0.1)
    assert len(site.tickets) == 1
    assert site.scene.verdicts == []


def test_frames_that_stall_under_a_switch_that_is_read_are_the_cameras_fault() -> None:
    site = edge_campus()
    live(site, 30, age=0.1)
    live(site, 50, age=30)
    assert [(device, rule) for device, rule, _ in site.tickets] == [(CAMERA, "frames-stalled")]


def test_frames_that_stay_stalled_after_the_switch_is_back_are_the_cameras_fault() -> None:
    site = edge_campus()
    live(site, 30, age=0.1)
    site.scene.died(EDGE)
    live(site, 60, age=30, polled=(CORE,))
    site.scene.born(EDGE, role="switch")
    live(site, 110, age=30)
    assert [(device, rule) for device, rule, _ in site.tickets] == [(EDGE, "device-silent")]
    live(site, 20, age=30)
    assert [(device, rule) for device, rule, _ in site.tickets] == [(EDGE, "device-silent"), (CAMERA, "frames-stalled")]


def test_a_port_of_the_core_is_the_cause_of_a_switch_and_of_all_behind_it() -> None:
    site = edge_campus(Link(feeder=CORE, device=EDGE, port="24"), Link(feeder=EDGE, room=RoomId("s/r9")))
    site.scene.read_all([(CORE, "hw.network.admin", "24", 1.0), (CORE, "hw.network.up", "24", 1.0)])
    live(site, 30, age=0.1)
    site.scene.read("hw.network.up", 0.0, device=CORE, instance="24")
    site.scene.died(EDGE)
    live(site, 70, age=30, polled=(CORE,))
    assert [(device, rule) for device, rule, _ in site.tickets] == [(CORE, "port-down")]
    assert site.members(site.opened[0]) == {EDGE, CAMERA}


@pytest.mark.parametrize("pinged", [pc(0), CAMERA])
def test_lost_packets_behind_a_dead_switch_are_its_ticket(pinged: DeviceId) -> None:
    site = Site30(place=one_switch(3))
    site.scene.born(CAMERA, role="camera", room="r0")
    reader = DeviceId("noc:poller")
    site.scene.born(reader, role="gateway", interval=10)
    device = Device(id=DeviceId("noc:poller:far"))
    site.scene.born(device.id, role="camera", room="s/r0")
    site.gone(SWITCH, *(pc(number) for number in range(3)))
    for _ in range(40):
        site.scene.read_all(
            [
                (device.id, "classroom.reachability", "10.0.0.7", 0.0),
                (reader, "classroom.reachability", pinged, 0.0),
            ]
        )
        site.live(10)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert {one.rule for one in site.opened if one.cause} == {"agent-silent", "lost-packets"}


def test_an_outbox_has_as_long_as_the_outage_to_catch_up() -> None:
    site = Site30()
    site.gone(SWITCH, pc(0))
    site.live(1800)
    site.back(SWITCH, pc(0))
    for minute in range(29):
        holds(site, "classroom.agent.outbox.oldest", 1800.0 - 30 * minute, 60, pc(0))
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    holds(site, "classroom.agent.outbox.oldest", 900.0, 120, pc(0))
    assert site.tickets[1:] == [(pc(0), "outbox-behind", 3)]


def test_an_outbox_that_falls_behind_without_an_outage_waits_for_nothing() -> None:
    site = Site30()
    holds(site, "classroom.agent.outbox.oldest", 700.0, 70, pc(0))
    assert site.tickets == [(pc(0), "outbox-behind", 3)]


def test_a_ups_that_runs_empty_takes_switch_and_rooms_and_is_one_ticket_until_the_mains_are_back() -> None:
    rooms = [pc(number) for number in range(5)]
    site = Site30(place=one_switch(5, power(UPS, device=SWITCH), *(power(UPS, device=room) for room in rooms)))
    holds(site, "hw.ups.source", 1.0, 20, UPS)
    site.mute(UPS, SWITCH)
    site.gone(*rooms[:3])
    site.live(10)
    site.gone(*rooms[3:])
    site.live(10)
    site.gone(SWITCH, UPS)
    site.live(400)
    assert site.tickets == [(UPS, "ups-on-battery", 1)]
    assert site.members(site.opened[0]) == {UPS, SWITCH, *rooms}
    site.scene.restart()
    site.back(UPS, SWITCH, *rooms)
    holds(site, "hw.ups.source", 0.0, 140, UPS)
    assert len(site.tickets) == 1
    assert site.scene.verdicts == []


def test_uploads_that_wait_for_a_dead_storage_are_its_ticket_until_it_was_back_for_a_while() -> None:
    site = Site30(place=one_switch(5, Link(feeder=NAS, carries=Carries.STORAGE, device=pc(0))))
    site.gone(NAS)
    holds(site, "classroom.recording.upload.oldest", 90_000.0, 100, pc(0))
    assert site.tickets == [(NAS, "device-silent", 1)]
    assert {one.rule for one in site.opened if one.cause} == {"upload-behind"}
    site.back(NAS)
    holds(site, "classroom.recording.upload.oldest", 90_000.0, 110, pc(0))
    assert [rule for _, rule, _ in site.tickets] == ["device-silent"]
    holds(site, "classroom.recording.upload.oldest", 90_000.0, 20, pc(0))
    assert [rule for _, rule, _ in site.tickets] == ["device-silent", "upload-behind"]


def test_what_was_wrong_before_the_switch_died_is_held_until_it_is_read_again() -> None:
    site = Site30()
    holds(site, "system.filesystem.utilization", 0.995, 70, pc(0), "/")
    assert site.tickets == [(pc(0), "volume-full", 1)]
    site.gone(SWITCH, pc(0))
    site.live(900)
    assert site.scene.state(pc(0)) == "unknown 1"
    assert site.tickets == [(pc(0), "volume-full", 1), (SWITCH, "device-silent", 1)]
    site.back(SWITCH, pc(0))
    site.live(10)
    assert site.scene.verdicts[0] == ("volume-full", 1)
    holds(site, "system.filesystem.utilization", 0.5, 310, pc(0), "/")
    assert site.scene.verdicts == []
    assert len(site.tickets) == 2
