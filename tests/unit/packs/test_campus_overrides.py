"""Overrides of rules in the campus file: read as those of a pack are, held against what the file knows, and last."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.core.changed import changed
from collector.core.model import Device, DeviceId, RoomId
from collector.core.threshold import thresholds
from collector.packs.campus import load_campus
from collector.packs.errors import PackError
from collector.packs.rules import load_rules
from collector.settings import default_rules
from tests.unit.core.classify_scene import T0

CAMPUS = """\
sites: [{id: s, name: S, time_zone: Asia/Shanghai}]
rooms: [{id: r, site: s}]
devices: [{id: "s:pc", room: r}]
overrides:
  - rule: cpu-saturated
    where: {room: s/r}
    why: it encodes four streams
    raise: {at_least: 0.99, for: 10 min}
  - rule: volume-filling
    where: {device: "s:pc", instance: /scratch}
    why: a scratch disk
    off: true
"""
PC = Device(id=DeviceId("s:pc"), room=RoomId("s/r"), role="recorder-pc")


def written(folder: Path, text: str) -> Path:
    file = folder / "campus.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_campus_file_gives_rules_another_form_and_says_where(tmp_path: Path) -> None:
    file = written(tmp_path, CAMPUS)
    assert load_campus(file, T0).devices
    rules = load_rules([default_rules()], file)
    limits = list(
        thresholds(
            rules,
            role=PC.role,
            agent=True,
            series=[("system.cpu.utilization", ""), ("system.filesystem.utilization", "/scratch")],
            last_value=lambda _metric, _instance: None,
            device=PC,
        )
    )
    cpu = [one for one in limits if one.rule == "cpu-saturated"]
    assert {one.value for one in cpu} == {0.99}
    assert {one.override for one in cpu} == {f"{file}:5:5 (it encodes four streams)"}
    assert "volume-filling" not in {one.rule for one in limits}
    assert {one.override for one in limits if one.rule == "volume-full"} == {None}


def test_what_a_rule_is_elsewhere_and_here_is_told_of_what_a_device_has(tmp_path: Path) -> None:
    file = written(tmp_path, CAMPUS)
    rules = load_rules([default_rules()], file)
    series = [("system.cpu.utilization", ""), ("system.filesystem.utilization", "/scratch")]
    volume, cpu = changed(rules, PC, series, lambda _metric, _instance: None)
    assert (cpu.rule, cpu.override.at, cpu.instances) == ("cpu-saturated", f"{file}:5:5", ("",))
    (own,), (here,) = cpu.own, cpu.here
    assert (own.raises.text, own.raises.value, own.raises.held) == (">= 0.95", 0.95, timedelta(minutes=5))
    assert (here.raises.text, here.raises.value, own.metric) == (">= 0.99", 0.99, "system.cpu.utilization")
    assert (own.levels, here.levels) == ((2, 3), (2, 3))
    assert (volume.rule, volume.instances, volume.here) == ("volume-filling", ("/scratch",), ())
    elsewhere = replace(PC, id=DeviceId("s:else"))
    assert [one.rule for one in changed(rules, elsewhere, series, lambda *_: None)] == ["cpu-saturated"]


def test_that_of_the_campus_file_wins_over_that_of_a_pack(tmp_path: Path) -> None:
    pack = tmp_path / "site.yaml"
    said = "overrides: [{rule: cpu-saturated, where: {room: s/r}, why: x, raise: {at_least: 0.9, for: 1 min}}]"
    pack.write_text(said, "utf-8")
    rules = load_rules([default_rules(), pack], written(tmp_path, CAMPUS))
    rule = rules.rule("cpu-saturated")
    assert rule is not None
    override = rule.override_at(PC, "")
    assert override is not None
    assert override.why == "it encodes four streams"


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (("rule: cpu-saturated", "rule: cpu-sated"), "5:11", "there is no rule 'cpu-sated'"),
        (("    why: it encodes four streams\n", ""), "5:5", "'why'"),
        (("at_least: 0.99", "at_least: much"), "8:23", "a number"),
    ],
)
def test_a_mistake_in_an_override_is_told_at_its_place(
    tmp_path: Path, change: tuple[str, str], where: str, what: str
) -> None:
    file = written(tmp_path, CAMPUS.replace(*change))
    with pytest.raises(PackError) as failed:
        load_rules([default_rules()], file)
    assert f"{file}:{where}:" in str(failed.value)
    assert what in str(failed.value)


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (("room: s/r}", "room: s/q}"), "6:19", "there is no room 's/q'"),
        (('where: {device: "s:pc"', 'where: {device: "s:pd"'), "10:21", "there is no device 's:pd'"),
    ],
)
def test_an_override_names_a_place_of_the_file(tmp_path: Path, change: tuple[str, str], where: str, what: str) -> None:
    with pytest.raises(PackError) as failed:
        load_campus(written(tmp_path, CAMPUS.replace(*change)), T0)
    assert f":{where}:" in str(failed.value)
    assert what in str(failed.value)
