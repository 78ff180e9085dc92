"""One cause, one ticket: what hangs on something that is gone is out of sight, and opens nothing of its own."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.campus import Carries, Link
from collector.core.model import DeviceId, Level, Shutdown, SiteId
from tests.unit.core.cause_scene import GATEWAY, NAS, SITE, SWITCH, UPS, Site30, one_switch, pc, power

ROOMS = [pc(number) for number in range(5)]


def test_a_switch_and_its_rooms_are_one_ticket_and_the_rooms_are_out_of_sight() -> None:
    site = Site30()
    site.gone(SWITCH, *ROOMS)
    assert site.states() == {"ok pending"}
    site.live(30)
    assert site.states() == {"unknown"}
    site.live(100)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    (cause,) = [one for one in site.opened if one.cause is None]
    assert site.members(cause) == set(ROOMS)
    assert site.scene.state(SWITCH) == "failed 1"


def test_rooms_wait_for_a_switch_whose_death_is_told_later() -> None:
    site = Site30()
    site.gone(*ROOMS)
    site.mute(SWITCH)
    site.live(40)
    assert site.opened == []
    site.gone(SWITCH)
    site.live(60)
    assert site.tickets == [(SWITCH, "device-silent", 1)]


def test_a_room_falls_silent_beneath_a_dead_switch_and_is_unknown_at_once() -> None:
    site = Site30()
    site.gone(SWITCH)
    site.live(40)
    site.gone(pc(0))
    assert site.scene.state(pc(0)) == "unknown"
    site.live(40)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.scene.state(pc(1)) == "ok"


def test_a_room_under_a_switch_that_is_read_waits_for_nobody() -> None:
    site = Site30()
    died = site.scene.now
    site.gone(pc(0))
    site.live(30)
    assert site.tickets == [(pc(0), "agent-silent", 1)]
    assert site.opened[0].detected_at == died + timedelta(seconds=30)


def test_a_room_under_a_switch_that_nobody_reads_waits_for_its_detection_and_no_longer() -> None:
    site = Site30()
    site.gone(pc(0))
    site.mute(SWITCH)
    site.live(69)
    assert site.opened == []
    assert site.scene.state(pc(0)) == "ok pending"
    site.live(1)
    assert site.tickets == [(pc(0), "agent-silent", 1)]
    assert site.scene.state(pc(0)) == "failed 1"


def test_after_the_switch_is_back_rooms_are_read_again_before_anything_is_said() -> None:
    site = Site30()
    site.gone(SWITCH, *ROOMS)
    site.live(100)
    site.back(SWITCH)
    for room in ROOMS[:4]:
        site.live(20)
        site.back(room)
        assert site.scene.state(room) == "ok"
    site.back(ROOMS[4])
    site.live(70)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.scene.verdicts == []
    assert site.states() == {"ok"}


def test_a_room_that_stays_silent_after_the_switch_is_back_becomes_a_ticket_of_its_own() -> None:
    site = Site30()
    site.gone(SWITCH, *ROOMS)
    site.live(100)
    back = site.scene.now
    site.back(SWITCH, *ROOMS[1:])
    site.live(119)
    assert site.scene.state(ROOMS[0]) == "unknown"
    site.live(1)
    assert site.tickets == [(SWITCH, "device-silent", 1), (ROOMS[0], "agent-silent", 1)]
    assert site.opened[-1].onset_at == back
    assert site.scene.state(ROOMS[0]) == "failed 1"


def test_a_switch_that_is_back_before_its_for_leaves_its_rooms_a_grace() -> None:
    site = Site30()
    site.gone(SWITCH, *ROOMS)
    site.live(20)
    site.back(SWITCH)
    site.live(50)
    assert site.opened == []
    site.back(*ROOMS)
    site.live(100)
    assert site.opened == []


def test_a_switch_behind_a_gateway_that_hangs_on_it_is_presumed_gone_with_all_that_it_feeds() -> None:
    site = Site30(place=one_switch(5, gateway_hangs_on_it=True))
    site.gone(GATEWAY, *ROOMS)
    site.live(100)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.scene.state(SWITCH) == "unknown 1"
    assert site.states() == {"unknown"}
    site.back(*ROOMS, GATEWAY)
    site.live(120)
    assert site.scene.verdicts == []
    assert len(site.tickets) == 1


def test_a_room_alone_is_no_reason_to_presume_a_switch_gone() -> None:
    site = Site30(place=one_switch(5, gateway_hangs_on_it=True))
    site.gone(GATEWAY, ROOMS[0])
    site.live(70)
    assert sorted(site.tickets) == [(GATEWAY, "agent-silent", 3), (ROOMS[0], "agent-silent", 1)]


def test_a_chain_is_one_ticket_at_its_root() -> None:
    core = DeviceId("noc:poller:core")
    site = Site30(place=one_switch(5, Link(feeder=core, site=SITE)))
    site.scene.born("noc:poller", role="gateway", interval=None)
    site.scene.born(core, role="switch")
    site.gone(*ROOMS, GATEWAY)
    site.live(10)
    site.scene.died(core)
    site.live(100)
    assert site.tickets == [(core, "device-silent", 1)]
    assert site.members(site.opened[0]) == {*ROOMS, GATEWAY}


def test_a_port_that_is_down_is_the_cause_of_what_it_feeds_at_the_level_of_that() -> None:
    site = Site30(place=one_switch(5, port=True))
    ports = [(SWITCH, "hw.network.admin", f"GE0/{n}", 1.0) for n in range(5)]
    site.scene.read_all([*ports, *((SWITCH, "hw.network.up", f"GE0/{n}", 1.0) for n in range(5))])
    site.gone(pc(2))
    site.scene.read("hw.network.up", 0.0, device=SWITCH, instance="GE0/2")
    site.live(30)
    assert site.tickets == [(SWITCH, "port-down", 1)]
    assert site.opened[0].instance == "GE0/2"
    assert site.members(site.opened[0]) == {pc(2)}
    site.back(pc(2))
    for _ in range(7):
        site.scene.read("hw.network.up", 1.0, device=SWITCH, instance="GE0/2")
        site.live(10)
    assert site.scene.verdicts == []


def test_why_a_device_is_out_of_sight_is_told_by_what_it_hangs_on() -> None:
    site = Site30(place=one_switch(5, power(UPS, device=pc(2)), port=True))
    site.gone(SWITCH, pc(2))
    site.live(40)
    explained = site.scene.classifier.explain(pc(2), site.scene.now)
    assert explained is not None
    assert [(one.device, one.why, one.state) for one in explained.parents] == [
        (SWITCH, "path GE0/2", "failed"),
        (UPS, "power", "ok"),
    ]


def test_a_port_that_feeds_nothing_silent_opens_nothing() -> None:
    site = Site30(place=one_switch(5, port=True))
    site.scene.read("hw.network.admin", 1.0, device=SWITCH, instance="GE0/2")
    site.scene.read("hw.network.up", 0.0, device=SWITCH, instance="GE0/2")
    site.gone()
    site.scene.died(pc(2), told=Shutdown.SLEEP)
    site.live(20)
    site.back(pc(2))
    site.live(300)
    assert site.tickets == []


def test_a_ups_that_is_gone_takes_its_loads_and_is_as_bad_as_they_are() -> None:
    site = Site30(place=one_switch(5, power(UPS, device=pc(0)), power(UPS, device=pc(1))))
    site.gone(pc(0), pc(1))
    site.mute(UPS)
    site.live(30)
    site.gone(UPS)
    site.live(40)
    assert site.tickets == [(UPS, "device-silent-minor", 1)]
    assert site.scene.state(pc(0)) == "unknown"


def test_a_ups_that_ran_empty_is_one_ticket_with_its_loads() -> None:
    site = Site30(place=one_switch(5, power(UPS, device=pc(0))))
    site.scene.holds("hw.ups.source", 1.0, 20, device=UPS)
    assert site.tickets == [(UPS, "ups-on-battery", 3)]
    site.gone(pc(0), UPS)
    site.live(200)
    assert [one for one in site.tickets if one[1] != "device-silent-minor"] == [(UPS, "ups-on-battery", 1)]


def test_a_silent_storage_is_the_cause_of_recordings_that_stand_still() -> None:
    storage = Link(feeder=NAS, carries=Carries.STORAGE, device=pc(0))
    site = Site30(place=one_switch(5, storage))
    site.scene.read("classroom.recording.active", 1.0, device=pc(0))
    site.gone(NAS)
    for _ in range(8):
        site.scene.read("classroom.recording.active", 1.0, device=pc(0))
        site.scene.read("classroom.recording.growth", 0.0, device=pc(0))
        site.live(10)
    assert site.tickets == [(NAS, "device-silent", 1)]
    assert {one.rule for one in site.opened if one.cause} == {"recording-not-growing"}


def test_a_told_shutdown_at_night_is_no_victim() -> None:
    site = Site30()
    site.gone(SWITCH)
    site.live(60)
    site.scene.died(pc(0), told=Shutdown.OS)
    site.up.discard(pc(0))
    site.live(60)
    assert site.tickets == [(SWITCH, "device-silent", 1)]


@pytest.mark.parametrize("after", [0, 5, 30, 90, 115])
def test_a_restart_does_not_move_the_onset_of_what_stays_gone_after_its_cause(after: int) -> None:
    """The switch is well again 60 s after it is back, and then its room has 60 s more."""
    site = Site30(rooms=1)
    site.gone(SWITCH, pc(0))
    site.live(60)
    site.back(SWITCH)
    back = site.scene.now
    site.live(after)
    site.scene.restart(after=1)
    site.live(240)
    (own,) = [one for one in site.opened if one.cause is None and one.device == pc(0)]
    assert own.onset_at == back
    assert 120 <= (own.detected_at - back).total_seconds() <= 130


def test_a_switch_that_restarts_after_its_outage_has_one_ticket() -> None:
    site = Site30()
    site.scene.read("system.uptime", 90_000.0, device=SWITCH)
    site.gone(SWITCH)
    site.live(100)
    site.back(SWITCH)
    for second in range(0, 90, 10):
        site.scene.read("system.uptime", 60.0 + second, device=SWITCH)
        site.live(10)
    site.scene.restart()
    site.live(10)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.scene.verdicts == []


# ---------------------------------------------------------------- the watch itself


def test_while_the_broker_is_away_the_watch_is_ill_and_all_is_out_of_sight() -> None:
    site = Site30()
    site.scene.keep(site.scene.classifier.see(connected=False, now=site.scene.now))
    site.scene.wait(29)
    assert site.states() == {"ok"}
    site.scene.wait(300)
    assert site.tickets == [("roomtone:collector", "monitoring-ill", 3)]
    assert site.states() == {"unknown"}
    site.scene.keep(site.scene.classifier.see(connected=True, now=site.scene.now))
    site.live(10)
    assert site.states() == {"ok"}
    site.live(60)
    assert site.scene.verdicts == []
    assert len(site.opened) == 1


def test_a_short_absence_of_the_broker_is_nothing() -> None:
    site = Site30()
    site.scene.keep(site.scene.classifier.see(connected=False, now=site.scene.now))
    site.scene.wait(20)
    site.scene.keep(site.scene.classifier.see(connected=True, now=site.scene.now))
    site.live(100)
    assert site.opened == []


def test_a_restart_while_the_broker_is_away_finds_the_watch_well_again() -> None:
    site = Site30()
    site.scene.keep(site.scene.classifier.see(connected=False, now=site.scene.now))
    site.scene.wait(60)
    site.scene.restart(after=5)
    site.live(90)
    assert site.scene.verdicts == []


def test_many_agents_of_several_sites_silent_at_once_are_a_sick_watch() -> None:
    site = Site30()
    others = [DeviceId(f"t:pc-{number}") for number in range(3)]
    for other in others:
        site.scene.born(other, interval=None)
    site.gone(*ROOMS, *others)
    site.live(40)
    assert site.tickets == [("roomtone:collector", "monitoring-ill", 3)]
    assert len(site.members(site.opened[0])) == 8
    assert site.states() == {"unknown"}
    site.back(*ROOMS)
    for other in others:
        site.scene.born(other, interval=None)
    site.live(130)
    assert site.scene.verdicts == []


def test_many_of_one_site_are_that_sites_trouble() -> None:
    site = Site30()
    for number in range(3):
        site.scene.born(f"t:pc-{number}", interval=None)
    site.gone(*ROOMS)
    site.live(40)
    assert {rule for _, rule, _ in site.tickets} == {"agent-silent"}


# ---------------------------------------------------------------- whole sites


def elsewhere(site: Site30, name: str, rooms: int) -> list[DeviceId]:
    """Let a site without links be there, whose agents report like others."""
    made = [DeviceId(f"{name}:pc-{number}") for number in range(rooms)]
    site.back(*made)
    site.live(20)
    return made


def test_a_site_without_links_that_falls_silent_at_once_is_one_ticket() -> None:
    site = Site30(place=one_switch(0))
    rooms = elsewhere(site, "t", 6)
    site.gone(*rooms[:5])
    site.live(10)
    site.gone(rooms[5])
    site.live(20)
    assert site.tickets == [("t:site-link", "site-silent", 1)]
    site.live(40)
    assert site.members(site.opened[0]) == set(rooms)
    assert {site.scene.state(room) for room in rooms} == {"unknown"}
    assert site.scene.state("t:site-link") == "unknown 1"
    site.scene.restart()
    site.back(*rooms)
    site.live(120)
    assert len(site.tickets) == 1
    assert site.scene.verdicts == []
    assert site.scene.state("t:site-link") == "ok"


def test_a_room_of_a_site_without_links_is_judged_by_itself_and_at_once() -> None:
    site = Site30(place=one_switch(0))
    rooms = elsewhere(site, "t", 3)
    for room in rooms:
        site.gone(room)
        site.live(30)
        assert site.tickets[-1] == (room, "agent-silent", 1)
        site.live(300)
    assert len(site.tickets) == 3


def test_two_of_three_sites_gone_are_a_ticket_each_while_the_third_is_heard() -> None:
    site = Site30(place=one_switch(0))
    lost = [elsewhere(site, "t", 12), elsewhere(site, "u", 12)]
    elsewhere(site, "v", 3)
    site.gone(*lost[0], *lost[1])
    site.live(60)
    assert sorted(site.tickets) == [("t:site-link", "site-silent", 1), ("u:site-link", "site-silent", 1)]
    assert {len(site.members(one)) for one in site.opened if one.cause is None} == {12}


def test_two_sites_that_hang_on_links_of_the_file_are_a_ticket_each() -> None:
    links = [DeviceId(f"noc:poller:{name}") for name in "tu"]
    fed = [Link(feeder=link, site=SiteId(name)) for link, name in zip(links, "tu", strict=True)]
    site = Site30(place=one_switch(3, *fed))
    site.scene.born("noc:poller", role="gateway", interval=None)
    for link in links:
        site.scene.born(link, role="switch")
    lost = [*elsewhere(site, "t", 12), *elsewhere(site, "u", 12)]
    site.gone(*lost)
    site.live(20)
    for link in links:
        site.scene.died(link)
    site.live(100)
    assert sorted(site.tickets) == [(link, "device-silent", 1) for link in links]


@pytest.mark.parametrize("inside", [0, 2])
def test_switches_of_ten_sites_gone_at_once_are_a_ticket_each_while_gateways_are_heard(inside: int) -> None:
    """Of so many sites the gateway hangs on the switch, too."""
    names = [f"t{number}" for number in range(10)]
    fed = {name: [DeviceId(f"{name}:pc-{number}") for number in range(8)] for name in names}
    for name in names[:inside]:
        fed[name].append(DeviceId(f"{name}:gw"))
    links = [Link(feeder=DeviceId(f"{name}:gw:sw"), device=one) for name in names for one in fed[name]]
    site = Site30(rooms=0, place=one_switch(0, *links))
    site.gone(GATEWAY)
    site.live(600)
    before = len(site.opened)
    for name in names:
        site.back(*fed[name])
        for own, role in ((f"{name}:gw", "gateway"), (f"{name}:gw:sw", "switch")):
            site.scene.born(own, role=role)
            site.up.add(DeviceId(own))
    site.live(30)
    for number in range(8):
        site.gone(*(DeviceId(f"{name}:pc-{number}") for name in names))
    site.gone(*(DeviceId(f"{name}:gw") for name in names[:inside]))
    site.mute(*(DeviceId(f"{name}:gw:sw") for name in names))
    site.live(20)
    for name in names[inside:]:
        site.scene.died(DeviceId(f"{name}:gw:sw"))
    site.live(100)
    own = [one for one in site.opened[before:] if one.cause is None]
    assert sorted(one.device for one in own) == [f"{name}:gw:sw" for name in names]
    assert all(
        site.members(one) >= set(fed[name])
        for one, name in zip(sorted(own, key=lambda o: o.device), names, strict=True)
    )


@pytest.mark.parametrize("survivor", ["nobody", "beside the collector", "of a silent site"])
def test_without_other_sites_that_are_heard_the_watch_is_ill(survivor: str) -> None:
    site = Site30(rooms=0, place=one_switch(0))
    site.gone(GATEWAY)
    site.live(600)
    before = len(site.opened)
    lost = [*elsewhere(site, "t", 12), *elsewhere(site, "u", 12)]
    if survivor == "beside the collector":
        elsewhere(site, "noc", 1)
    elif survivor == "of a silent site":
        lost = lost[:-2]
    site.gone(*lost)
    site.live(60)
    assert [(one.device, one.rule) for one in site.opened[before:] if one.cause is None] == [
        ("roomtone:collector", "monitoring-ill")
    ]


# ---------------------------------------------------------------- any order, any jitter, a restart in the middle

STORM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOMS_30 = [pc(number) for number in range(30)]


@STORM
@given(data=st.data(), seen=st.booleans())
def test_a_switch_and_thirty_rooms_are_one_ticket_in_any_order(data: st.DataObject, seen: bool) -> None:
    """Every device goes at once; each death is told within 40 s of it, and each return within 60 s."""
    site = Site30(rooms=30, place=one_switch(30, gateway_hangs_on_it=not seen))
    victims = [SWITCH if seen else GATEWAY, *ROOMS_30]
    delays = data.draw(st.lists(st.integers(0, 40), min_size=31, max_size=31), label="told after")
    returns = data.draw(st.lists(st.integers(0, 55), min_size=31, max_size=31), label="back after")
    restarts = set(data.draw(st.lists(st.integers(1, 179), max_size=2), label="restarts"))
    site.mute(*victims, SWITCH)
    for second in range(180):
        if second % 10 == 0:
            site.report()
        for device, delay in zip(victims, delays, strict=True):
            if delay == second:
                site.scene.died(device)
        if second in restarts:
            site.scene.restart()
        site.scene.wait(1)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.members(site.opened[0]) >= set(ROOMS_30)
    assert site.states() == {"unknown"}
    for second in range(200):
        if second % 10 == 0:
            site.report()
        for device, delay in zip(victims, returns, strict=True):
            if delay == second:
                site.back(device)
        site.scene.wait(1)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert site.scene.verdicts == []
    assert site.states() == {"ok"}


@pytest.mark.parametrize("level", [Level.OUTAGE])
def test_rooms_without_a_link_are_judged_by_themselves(level: Level) -> None:
    site = Site30(place=one_switch(0))
    for room in ROOMS:
        site.scene.born(room)
    site.gone(*ROOMS)
    site.live(40)
    assert [found for *_, found in site.tickets] == [level] * 5
