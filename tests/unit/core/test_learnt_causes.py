"""A switch that is known only by what it says of its ports is a cause like one of the campus file."""

import json
from dataclasses import replace
from datetime import timedelta

from collector.core.campus import Campus, Link
from collector.core.model import DeviceId
from tests.unit.core.cause_scene import SITE, SWITCH, Site30, one_switch, pc
from tests.unit.core.classify_scene import Scene

ROOMS = [pc(number) for number in range(5)]
CORE = DeviceId("s:gw:core")


def neighbours(rooms: range = range(5), *, uplink: str = "up") -> str:
    ports = {f"gi1/{number}": {"cards": [f"m{number}"]} for number in rooms}
    return json.dumps({"uplink": uplink, "ports": ports})


def unsaid(rooms: int = 5) -> Campus:
    """A campus whose file says nothing of what hangs on what."""
    return replace(one_switch(rooms), links=())


class Learning(Site30):
    """A site whose switch and rooms say who they are and who stands where."""

    def __init__(self, place: Campus | None = None, said: str | None = None) -> None:
        self.said = neighbours() if said is None else said
        super().__init__(place=place or unsaid())

    def back(self, *devices: DeviceId) -> None:
        for device in devices:
            if device == SWITCH:
                self.scene.born(device, role="switch", cards="ms", neighbours=self.said)
                self.up.add(device)
            elif device in ROOMS:
                self.scene.born(device, role="recorder-pc", cards=f"m{ROOMS.index(device)}")
                self.up.add(device)
            else:
                super().back(device)


def parents(scene: Scene, device: DeviceId) -> list[tuple[str, str]]:
    explanation = scene.classifier.explain(device, scene.now)
    assert explanation is not None
    return [(parent.device, parent.why) for parent in explanation.parents]


def test_a_switch_that_dies_with_its_rooms_is_one_ticket_that_lists_them() -> None:
    site = Learning()
    site.gone(SWITCH, *ROOMS)
    site.live(130)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    (cause,) = [one for one in site.opened if one.cause is None]
    assert site.members(cause) == set(ROOMS)
    assert site.states() == {"unknown"}


def test_without_what_it_says_the_rooms_are_tickets_of_their_own() -> None:
    site = Learning(said="")
    site.gone(SWITCH, *ROOMS[:2])
    site.live(130)
    assert len(site.tickets) == 3


def test_a_room_waits_for_a_learnt_switch_whose_death_is_told_later() -> None:
    site = Learning()
    site.gone(ROOMS[0])
    site.mute(SWITCH)
    site.live(40)
    assert site.opened == []
    site.gone(SWITCH)
    site.live(60)
    assert site.tickets == [(SWITCH, "device-silent", 1)]


def test_a_learnt_port_that_is_down_is_the_cause() -> None:
    site = Learning()
    site.scene.read("hw.network.admin", 1, device=SWITCH, instance="gi1/0")
    site.scene.read("hw.network.up", 1, device=SWITCH, instance="gi1/0")
    site.live(10)
    site.scene.read("hw.network.up", 0, device=SWITCH, instance="gi1/0")
    site.gone(ROOMS[0])
    site.live(60)
    assert [(device, rule) for device, rule, _ in site.tickets] == [(SWITCH, "port-down")]
    assert site.scene.state(ROOMS[0]) == "unknown"


def test_what_was_learnt_survives_a_restart() -> None:
    site = Learning()
    site.scene.restart(after=1)
    site.gone(SWITCH, *ROOMS)
    site.live(130)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.states() == {"unknown"}


def test_what_was_learnt_survives_a_restart_while_the_switch_is_gone() -> None:
    site = Learning()
    site.gone(SWITCH)
    site.live(130)
    site.scene.restart(after=5)
    site.live(20)
    site.gone(ROOMS[0])
    site.live(130)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.scene.state(ROOMS[0]) == "unknown"


def test_the_campus_file_wins_where_it_says_something_of_a_room() -> None:
    site = Learning(place=replace(unsaid(), links=(Link(feeder=CORE, room=one_switch(5).devices[ROOMS[0]].room),)))
    assert parents(site.scene, ROOMS[1])[:1] == [(SWITCH, "path gi1/1, learnt from bridge table")]
    site.gone(SWITCH, ROOMS[0])
    site.live(130)
    assert {device for device, _, _ in site.tickets} == {SWITCH, ROOMS[0]}


def test_what_the_file_says_of_the_whole_site_is_found_above_what_is_learnt() -> None:
    place = unsaid()
    devices = {**place.devices, CORE: replace(place.devices[SWITCH], id=CORE)}
    site = Learning(place=replace(place, devices=devices, links=(Link(feeder=CORE, site=SITE),)))
    assert parents(site.scene, ROOMS[1]) == [(SWITCH, "path gi1/1, learnt from bridge table"), (CORE, "path")]


def test_a_learnt_link_that_closes_a_circle_with_the_file_is_left_out() -> None:
    place = replace(unsaid(), links=(Link(feeder=ROOMS[0], device=SWITCH),))
    site = Learning(place=place)
    assert parents(site.scene, ROOMS[0]) == []
    assert parents(site.scene, ROOMS[1])[:2] == [(SWITCH, "path gi1/1, learnt from bridge table"), (ROOMS[0], "path")]


def test_the_restart_of_an_agent_that_has_not_looked_around_yet_forgets_nothing() -> None:
    site = Learning()
    site.said = ""
    site.back(SWITCH)
    site.live(30)
    site.gone(SWITCH, *ROOMS)
    site.live(130)
    assert site.tickets == [(SWITCH, "device-silent", 1)]


ROOM_SWITCH = DeviceId("s:pc-0:sw")


def room_with_a_switch() -> Learning:
    """A room whose computer hangs on a switch of the room, which it reads itself."""
    ports = {f"gi1/{number}": {"cards": [f"m{number}"]} for number in range(5)}
    below = {"gi1/0": {"lldp": [{"card": "mrs", "is_switch": True}], "cards": ["m0", "mrs"]}}
    site = Learning(said=json.dumps({"uplink": "up", "ports": ports | below}))
    inner = json.dumps({"uplink": "8", "ports": {"1": {"cards": ["m0"]}, "8": {"cards": ["m1", "ms"]}}})
    site.scene.born(ROOM_SWITCH, role="switch", cards="mrs", neighbours=inner)
    site.up.add(ROOM_SWITCH)
    site.live(20)
    assert [parent for parent, _ in parents(site.scene, ROOMS[0])][:2] == [ROOM_SWITCH, SWITCH]
    return site


def test_a_computer_that_reads_the_switch_it_hangs_on_is_its_own_cause_when_it_dies_alone() -> None:
    site = room_with_a_switch()
    died = site.scene.now
    site.mute(ROOM_SWITCH)
    site.gone(ROOMS[0])
    site.live(30)
    assert site.tickets == [(ROOMS[0], "agent-silent", 1)]
    assert site.opened[0].detected_at == died + timedelta(seconds=30)


def test_a_switch_takes_the_switches_of_rooms_and_who_hangs_on_those() -> None:
    site = room_with_a_switch()
    site.mute(ROOM_SWITCH)
    site.gone(SWITCH, *ROOMS)
    site.live(130)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert {*site.states(), site.scene.state(ROOM_SWITCH)} == {"unknown"}
