"""Whose trouble it is: people's becomes a notice, equipment's and environment's a ticket, unknown only a record."""

from datetime import timedelta

import pytest

from collector.core.assignment import Assignment, assign
from collector.core.model import Attribution, Level, Opened, Releveled
from collector.core.rule import RulePack
from tests.unit.core.classify_scene import PC, Scene, default_rules, seconds
from tests.unit.core.test_looking_back import rules

LEVEL = "classroom.recording.audio.level"
ACTIVE = (PC, "classroom.recording.active", "", 1.0)
MUTE = "classroom.microphone.mute"


def record(scene: Scene, by: float, level: float, *beside: tuple[str, float]) -> None:
    rows = [ACTIVE, *((PC, metric, "", value) for metric, value in beside), (PC, LEVEL, "desk", level)]
    scene.during(by, lambda: scene.read_all(rows))


def test_low_sound_tells_the_people_in_the_room_and_opens_nothing() -> None:
    scene = Scene()
    scene.born(room="r")
    record(scene, 300, -65)
    assert scene.told == ["sound-low"]
    (notice,) = scene.notices.values()
    assert (notice.metric, notice.instance, notice.room, notice.value) == (LEVEL, "desk", "s/r", -65)
    assert (notice.detected_at - notice.onset_at) == timedelta(minutes=5)
    assert (scene.verdicts, scene.state()) == ([], "ok")
    good = scene.now
    record(scene, 70, -20)
    assert scene.told == []
    assert scene.notices[notice.id].cleared_at == good


@pytest.mark.parametrize(
    ("beside", "verdicts", "told"),
    [
        ((), [("no-sound", 1)], []),
        (((MUTE, 0.0), ("classroom.occupancy", 30.0)), [("no-sound", 1)], []),
        (((MUTE, 1.0),), [], ["no-sound"]),
        ((("classroom.occupancy", 0.0),), [], ["no-sound"]),
    ],
    ids=["nothing is known of people", "not muted, and people there", "muted", "an empty room"],
)
def test_silence_is_the_equipments_trouble_unless_people_made_it(
    beside: tuple[tuple[str, float], ...], verdicts: list[tuple[str, int]], told: list[str]
) -> None:
    scene = Scene()
    scene.born(room="r")
    record(scene, 70, -95, *beside)
    assert (scene.verdicts, scene.told) == (verdicts, told)


def test_a_notice_becomes_a_ticket_once_the_microphone_is_unmuted_and_the_silence_goes_on() -> None:
    scene = Scene()
    scene.born(room="r")
    record(scene, 70, -95, (MUTE, 1.0))
    assert (scene.verdicts, scene.told) == ([], ["no-sound"])
    record(scene, 10, -95, (MUTE, 0.0))
    assert (scene.verdicts, scene.told) == ([("no-sound", 1)], [])


def test_a_notice_outlives_a_restart_of_the_collector() -> None:
    scene = Scene()
    scene.born(room="r")
    record(scene, 310, -65)
    scene.restart(after=5)
    record(scene, 60, -65)
    assert (scene.told, len(scene.notices)) == (["sound-low"], 1)
    record(scene, 70, -20)
    assert scene.told == []


def test_a_notice_is_over_when_its_rule_is_gone_after_a_restart() -> None:
    scene = Scene()
    scene.born(room="r")
    record(scene, 310, -65)
    scene.rules = RulePack(rules=tuple(rule for rule in default_rules().rules if rule.id != "sound-low"))
    scene.restart()
    assert scene.told == []


@pytest.mark.parametrize(
    ("more", "verdicts", "told"),
    [
        ("level: 2, attribution: people", [], ["a"]),
        ("level: 2, attribution: environment", [("a", 2)], []),
        ("level: [{when: {role: camera}, then: 1}, {then: 3, attribution: unknown}]", [("a", 3)], []),
    ],
    ids=["people", "environment", "a line of its own"],
)
def test_a_rule_or_a_line_of_its_levels_says_whose_trouble_it_is(
    more: str, verdicts: list[tuple[str, int]], told: list[str]
) -> None:
    scene = Scene(rules=rules("{above: 1}", more))
    scene.born()
    scene.read("m", 2)
    assert (scene.verdicts, scene.told) == (verdicts, told)


KNOWN_LATER = """level: [
  {when: {if: {metric: whose, equals: 1}}, then: 2, attribution: environment},
  {when: {if: {metric: whose, equals: 2}}, then: 2, attribution: people},
  {then: 2, attribution: unknown}]"""


@pytest.mark.parametrize(
    ("whose", "attributions", "told"),
    [(1, ["unknown", "environment"], []), (2, ["unknown"], ["a"])],
    ids=["the environment's", "people's"],
)
def test_whose_trouble_it_is_may_show_while_it_holds(whose: float, attributions: list[str], told: list[str]) -> None:
    scene = Scene(rules=rules("{above: 1}", KNOWN_LATER.replace("\n", " ")))
    scene.born()
    scene.read("m", 2)
    scene.read("whose", whose)
    said = [one.incident.attribution.value for one in scene.log if isinstance(one, Opened | Releveled)]
    assert (said, scene.told) == (attributions, told)
    assert len(scene.verdicts) == (1 if not told else 0)
    scene.read("m", 0)
    assert (scene.verdicts, scene.told) == ([], [])


@pytest.mark.parametrize(
    ("attribution", "assignment"),
    [
        (Attribution.EQUIPMENT, Assignment.OPEN),
        (Attribution.ENVIRONMENT, Assignment.OPEN),
        (Attribution.UNKNOWN, Assignment.RECORD),
        (Attribution.PEOPLE, Assignment.RECORD),
    ],
)
def test_only_equipment_and_environment_open_tickets(attribution: Attribution, assignment: Assignment) -> None:
    scene = Scene(rules=rules("{above: 1}", f"level: 2, attribution: {attribution}"))
    scene.born()
    scene.read("m", 2)
    opened = [decision.incident for decision in scene.log if isinstance(decision, Opened)]
    if attribution is Attribution.PEOPLE:
        assert opened == []
        return
    (incident,) = opened
    assert (incident.attribution, incident.level) == (attribution, Level.SEVERE)
    found = assign(incident, cause=None, cause_has_ticket=False, before=None, gone_at=None, reopen_within=seconds(600))
    assert found is assignment


def test_the_default_rules_attribute_power_network_and_heat_to_the_environment() -> None:
    found = {rule.id for rule in default_rules().rules if rule.attribution is Attribution.ENVIRONMENT}
    assert found == {
        "site-silent",
        "room-hot",
        "ups-on-battery",
        "ups-overload",
        "port-errors",
        "port-busy",
        "port-down",
        "lost-packets",
    }
