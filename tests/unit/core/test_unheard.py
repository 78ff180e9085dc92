"""Computers that are switched off while nobody can hear it: collector or broker is away, or a switch is gone."""

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from collector.core.campus import Campus, Lesson, Site
from collector.core.model import Shutdown
from tests.unit.core.cause_scene import SITE, SWITCH, Site30, one_switch, pc
from tests.unit.core.classify_scene import PC, T0, Scene, campus, room, seconds

ACTIVE = "classroom.recording.active"
# From T0 (Monday 10:00): open until 10:02, closed until Tuesday 8:00, with a lesson on Tuesday at 8:30.
HOURS = {0: ((time(8), time(10, 2)),), 1: ((time(8), time(22)),)}
CLOSES = Site(id=SITE, name="S", time_zone=ZoneInfo("Asia/Shanghai"), opening_hours=HOURS)
TOMORROW = (22 * 60 + 30, 22 * 60 + 75, True)


def closing() -> Scene:
    scene = Scene(campus(room(TOMORROW), site=CLOSES))
    scene.born(role="recorder-pc", room="r")
    scene.holds("system.cpu.utilization", 0.1, 90)
    return scene


def closing_behind_a_switch() -> Site30:
    place = one_switch(3)
    start, end, recorded = TOMORROW
    lesson = Lesson(start=T0 + seconds(60 * start), end=T0 + seconds(60 * end), title="", recorded=recorded)
    rooms = {name: replace(one, has_timetable=True, lessons=(lesson,)) for name, one in place.rooms.items()}
    return Site30(rooms=3, place=replace(place, sites={SITE: CLOSES}, rooms=rooms))


def test_who_is_gone_after_a_night_restart_of_the_collector_may_have_said_goodbye_meanwhile() -> None:
    scene = closing()
    scene.restart(after=120)
    scene.wait(600)
    assert scene.verdicts == []
    assert scene.state() == "off"


def test_so_it_is_when_the_broker_was_away() -> None:
    scene = closing()
    scene.keep(scene.classifier.see(connected=False, now=scene.now))
    scene.wait(240)
    scene.keep(scene.classifier.see(connected=True, now=scene.now))
    scene.wait(600)
    assert [rule for rule, _ in scene.verdicts] == []
    assert scene.state() == "off"


def test_a_lesson_nearby_needs_it_and_nobody_said_that_it_was_switched_off() -> None:
    scene = closing()
    scene.restart(after=120)
    scene.wait(22.25 * 3600)  # to a quarter of an hour before the lesson
    assert scene.verdicts == [("agent-silent", 1)]


def test_a_restart_in_between_remembers_that_nobody_could_hear_it() -> None:
    scene = closing()
    scene.restart(after=120)
    scene.wait(120)
    scene.restart(after=1)
    scene.wait(600)
    assert (scene.verdicts, scene.state()) == ([], "off")


def test_while_the_school_is_open_a_silence_over_a_restart_is_an_outage() -> None:
    scene = Scene(campus(room(timetable=False), site=CLOSES))
    scene.born(role="recorder-pc", room="r")
    scene.holds("system.cpu.utilization", 0.1, 20)
    scene.restart(after=20)
    scene.wait(120)
    assert scene.verdicts == [("agent-silent", 1)]


def test_a_silence_that_the_collector_saw_begin_at_night_is_an_outage_also_after_a_restart() -> None:
    scene = closing()
    scene.wait(40)
    scene.born(role="recorder-pc", room="r")
    scene.died()
    scene.restart(after=5)
    scene.wait(60)
    assert scene.verdicts == [("agent-silent", 1)]


def test_who_is_switched_off_behind_a_lost_switch_is_off_and_who_is_back_is_well() -> None:
    site = closing_behind_a_switch()
    site.gone(SWITCH, *(pc(number) for number in range(3)))
    site.live(300)
    site.back(SWITCH, pc(1))
    site.live(900)
    assert site.tickets == [(SWITCH, "device-silent", 1)]
    assert [site.scene.state(pc(number)) for number in range(3)] == ["off", "ok", "off"]


def test_who_does_not_come_back_from_behind_a_switch_while_the_school_is_open_is_at_fault() -> None:
    site = Site30(rooms=3)
    site.gone(SWITCH, *(pc(number) for number in range(3)))
    site.live(300)
    site.back(SWITCH, pc(1))
    site.live(300)
    assert sorted(site.tickets) == sorted(
        [(SWITCH, "device-silent", 1), (pc(0), "agent-silent", 1), (pc(2), "agent-silent", 1)]
    )


def test_a_silence_at_night_of_which_nothing_hid_the_goodbye_is_an_outage() -> None:
    scene = closing()
    scene.wait(60)
    scene.born(role="recorder-pc", room="r")
    scene.died()
    scene.wait(60)
    assert scene.verdicts == [("agent-silent", 1)]
    told = closing()
    told.died(told=Shutdown.OS)
    told.wait(1200)
    assert (told.verdicts, told.state(PC)) == ([], "off")


def test_a_room_that_nobody_switched_on_for_its_lesson_is_one_ticket_also_if_its_devices_went_first() -> None:
    scene = Scene(campus(room((30, 75, True)), site=replace(CLOSES, opening_hours={})))
    scene.born(role="recorder-pc", room="r")
    for name, role in (("cam", "camera"), ("mic", "microphone"), ("projector", "projector")):
        scene.born(f"s:pc:{name}", role=role)
    scene.wait(5)
    for name in ("cam", "mic", "projector"):
        scene.died(f"s:pc:{name}")
    scene.holds(ACTIVE, 0.0, 60)
    scene.died(told=Shutdown.OS)
    scene.wait(25 * 60)
    assert scene.verdicts == [("agent-silent", 2)]
    scene.born(role="recorder-pc", room="r")
    scene.wait(10)
    scene.born("s:pc:cam", role="camera")
    scene.read(ACTIVE, 1.0)
    assert [rule for rule, _ in scene.verdicts] == ["agent-silent"]
    scene.holds(ACTIVE, 1.0, 200)  # what is not found again within a minute is gone
    assert scene.verdicts == [("device-silent-redundant", 1)] * 2


def test_a_campus_without_opening_hours_never_hides_it() -> None:
    scene = Scene(Campus())
    scene.born()
    scene.holds("system.cpu.utilization", 0.1, 20)
    scene.restart(after=60)
    scene.wait(120)
    assert scene.verdicts == [("agent-silent", 1)]
