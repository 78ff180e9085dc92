"""Overrides: another form of a rule at a place, and how their mistakes are told."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.cli.main import app
from collector.core.model import Device, DeviceId, RoomId
from collector.core.rule import RulePack
from collector.packs.errors import PackError
from collector.packs.rules import load_rules
from tests.unit.core.classify_scene import Scene
from tests.unit.packs.test_rules import WORDS, mistakes

PACK = f"""conditions:
  active: {{metric: x, equals: 1}}
rules:
  - id: full
    metric: m
    instance: "*"
    raise: {{at_least: 0.9, for: 30 s}}
    clear: {{below: 0.8}}
    level: 3
{WORDS}
  - id: hot
    metric: t
    rungs:
      - {{raise: {{above: 90}}, level: 2}}
      - {{raise: {{above: 70}}, level: 3}}
{WORDS}
  - id: gone
    raise: {{silent: true, for: 30 s}}
    level: 1
{WORDS}
"""


def load(folder: Path, overrides: str, pack: str = PACK) -> RulePack:
    (folder / "a.yaml").write_text(pack, encoding="utf-8")
    (folder / "z.yaml").write_text(f"overrides:\n{overrides}", encoding="utf-8")
    return load_rules([folder])


def override(where: str, change: str, rule: str = "full") -> str:
    return f"  - {{rule: {rule}, where: {where}, why: so, {change}}}\n"


NESTED = "".join(
    override(where, f"raise: {{at_least: {bound}}}")
    for where, bound in (
        ("{instance: '/a*'}", 0.91),
        ("{site: s}", 0.92),
        ("{site: s, instance: /a}", 0.93),
        ("{room: s/r}", 0.94),
        ("{device: 's:pc'}", 0.95),
        ("{device: 's:pc', instance: '/z'}", 0.96),
        ("{site: t}", 0.97),
        ("{site: t}", 0.98),
    )
)


@pytest.mark.parametrize(
    ("device", "room", "instance", "bound"),
    [
        ("u:pc", "u/r", "/b", 0.9),
        ("u:pc", "u/r", "/a", 0.91),
        ("s:other", "s/q", "/b", 0.92),
        ("s:other", "s/q", "/a", 0.93),
        ("s:other", "s/r", "/a", 0.94),
        ("s:pc", "s/r", "/a", 0.95),
        ("s:pc", "s/r", "/z", 0.96),
        ("t:pc", "t/r", "/b", 0.98),
    ],
    ids=["none", "an instance", "a site", "an instance of a site", "a room", "a device", "an instance of a device",
         "the last of equals"],
)  # fmt: skip
def test_the_closest_override_holds_and_it_alone(
    tmp_path: Path, device: str, room: str, instance: str, bound: float
) -> None:
    rule = load(tmp_path, NESTED).rule("full")
    assert rule is not None
    (rung,) = rule.rungs_at(Device(id=DeviceId(device), room=RoomId(room)), instance)
    assert rung.raises.bounds[0].plus == bound  # type: ignore[union-attr]
    assert rung.clears == rule.rungs[0].clears
    assert rung.raise_for == (timedelta(seconds=30) if bound == 0.9 else timedelta())


def test_what_is_overridden_judges_the_place_and_nothing_else(tmp_path: Path) -> None:
    text = override("{device: 's:a'}", "level: 2, raise: {at_least: 0.95}") + override("{device: 's:b'}", "off: true")
    scene = Scene(rules=load(tmp_path, text))
    for device in ("s:a", "s:b", "s:c"):
        scene.born(device)
    for _ in range(4):
        for device in ("s:a", "s:b", "s:c"):
            scene.read("m", 0.92, device=device)
        scene.wait(10)
    assert [(incident.device, int(incident.level)) for incident in scene.incidents.values()] == [("s:c", 3)]
    scene.read("m", 0.96, device="s:a")
    assert scene.verdicts == [("full", 3), ("full", 2)]


def test_rungs_and_silence_are_overridden_too(tmp_path: Path) -> None:
    text = override("{site: s}", "rungs: [{raise: {above: 50}, instance: ['', in], level: 1}]", "hot")
    text += override("{site: s}", "level: 3", "gone")
    scene = Scene(rules=load(tmp_path, text))
    scene.born()
    scene.read("t", 60)
    scene.read("t", 60, instance="in")
    scene.read("t", 60, instance="out")
    assert scene.verdicts == [("hot", 1), ("hot", 1)]
    scene.died()
    scene.wait(31)
    assert ("gone", 3) in scene.verdicts


def test_an_open_fault_is_graded_by_an_override_that_comes_later_and_survives_a_restart(tmp_path: Path) -> None:
    scene = Scene(rules=load(tmp_path, override("{site: other}", "level: 1")))
    scene.born()
    scene.holds("m", 0.95, 40)
    assert scene.verdicts == [("full", 3)]
    scene.rules = load(tmp_path, override("{site: s}", "level: 1"))
    scene.keep(scene.classifier.replace(rules=scene.rules, now=scene.now))
    assert scene.verdicts == [("full", 1)]
    scene.restart()
    assert scene.verdicts == [("full", 1)]
    scene.rules = load(tmp_path, override("{site: s}", "off: true"))
    scene.restart()
    assert scene.verdicts == []


def test_a_device_that_moves_to_another_room_is_judged_by_that_rooms_form(tmp_path: Path) -> None:
    scene = Scene(rules=load(tmp_path, override("{room: s/quiet}", "off: true")))
    scene.born(room="loud")
    scene.holds("m", 0.95, 40)
    assert scene.verdicts == [("full", 3)]
    scene.born(room="quiet")
    assert scene.verdicts == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (override("{site: s}", "level: 1", "ful"), "2:12 overrides[0].rule: there is no rule 'ful'"),
        (override("{}", "level: 1"), "2:25 overrides[0].where: names no place"),
        (override("{site: s, room: t/r}", "level: 1"), "2:25 overrides[0].where: is at 2 sites at once: s, t"),
        (override("{room: r}", "level: 1"), "2:32 overrides[0].where.room: must be a room like site/room"),
        ("  - {rule: full, where: {site: s}, level: 1}\n", "2:5 overrides[0]: an override needs 'why'"),
        ("  - {rule: full, where: {site: s}, why: so}\n", "2:5 overrides[0]: an override needs either 'off' or some"),
        (override("{site: s}", "off: true, level: 1"), "2:5 overrides[0]: an override needs either 'off' or some"),
        (override("{site: s}", "level: 7"), "2:52 overrides[0].level: must be 1, 2, 3"),
        (override("{site: s}", "level: 1", "hot"), "2:5 overrides[0]: rule 'hot' has 2 rungs; write `rungs`"),
        (override("{site: s}", "raise: {above: 1}", "gone"), "2:52 overrides[0].raise: rule 'gone' is about silence"),
        (override("{site: s}", "raise: {at_least: 0.7}"), "2:52 overrides[0].raise: a reading could raise and clear"),
        (override("{site: s}", "level: 1", "[full, full]"), "2:12 overrides[0].rule: rule 'full' is here twice"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_override_is_told_where_it_is(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(PackError) as caught:
        load(tmp_path, text)
    (found,) = caught.value.mistakes
    assert f"{found.line}:{found.column} {found.where}: {found.what}".startswith(expected)
    assert found.file.endswith("z.yaml")


def test_a_pack_without_rules_and_overrides_is_none(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "pack: p\n") == ["1:1 : a rule pack needs 'rules' or 'overrides'"]


def test_rules_check_lists_overrides_with_their_places(tmp_path: Path) -> None:
    load(tmp_path, override("{site: s, instance: /a}", "level: 1, raise: {at_least: 0.95}"))
    told = CliRunner().invoke(app, ["rules", "check", str(tmp_path)], terminal_width=300)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[:2] == ["3 rules, no mistakes", "overrides, 1:"]
    assert lines[2] == f"  {tmp_path / 'z.yaml'}:2:5: full at site s, instance /a: raise, level (so)"
