"""Tests of rules: their notation, and how every mistake in them is told with its place."""

from datetime import timedelta
from pathlib import Path

import pytest

from collector.packs.errors import PackError
from collector.packs.notation import NotationError, parse_series
from collector.packs.rules_test import load_tests
from collector.trial.case import Suite, What
from tests.unit.packs.test_rules import WORDS


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1", [1]),
        ("-1.5e2", [-150]),
        ("0x3", [0, 0, 0, 0]),
        ("1+2x3", [1, 3, 5, 7]),
        ("1-2x2", [1, -1, -3]),
        ("-2+.5x2", [-2, -1.5, -1]),
        ("_", [None]),
        ("1 _x2 2", [1, None, None, 2]),
        ("1 stale 2", [1, None, None, None, None, 2]),
    ],
)
def test_the_notation_of_series(text: str, values: list[float | None]) -> None:
    assert list(parse_series(text)) == values


@pytest.mark.parametrize(
    ("text", "at"),
    [("", 0), ("1 two", 2), ("1+2", 0), ("0x3 1x", 4), ("1x9999999", 0), ("_x999999 1", 0), ("0x60000 0x60000", 8)],
)
def test_what_is_no_series_is_told_with_its_place(text: str, at: int) -> None:
    with pytest.raises(NotationError) as caught:
        parse_series(text)
    assert caught.value.at == at


def load(folder: Path, text: str) -> Suite:
    (folder / "a.test.yaml").write_text(text, encoding="utf-8")
    (suite,) = load_tests([folder])
    return suite


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(PackError) as caught:
        load(folder, text)
    return [f"{m.line}:{m.column} {m.what}" for m in caught.value.mistakes]


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        """
tests:
  - name: a
    devices: {"s:pc": printer}
    series: {"s:pc": 1, s:pc m: "1 two", S:pc m: 1}
    events: [{at: 1 min, quiet: "s:pc:d"}]
    expect:
      - {at: 1 min, devices: {"s:pc": broken}, incidents: [a 9], tickets: 7 open}
  - name: b
    start: 2026-13-01 10:00
    expect: []
  - name: c
    events: [{at: 1 s, died: "s:pc", born: "s:pc"}]
    expct: []
""",
    ) == [
        "4:23 must be one of recorder-pc, recorder, camera, projector, display, microphone, mixer, capture-card, "
        "storage, switch, access-point, ups, pdu, sensor, gateway, other, is printer",
        "5:14 must be DEVICE METRIC or DEVICE METRIC[INSTANCE], is 's:pc'",
        "5:36 'two' is none of a, axn, a+bxn, a-bxn, _, _xn, stale",
        "5:42 must be a device id like site:agent or site:agent:device, is 'S:pc'",
        "6:33 only an agent sends messages; a device behind it dies or is not read",
        "8:39 must be one of ok, degraded, failed, unknown, off, then perhaps a level and `pending`; is 'broken'",
        "8:60 must be a rule and a level, like component-failed 2, is 'a 9'",
        "8:75 must be a level and a state, like 2 open, is '7 open'",
        "10:12 must be a time like 2026-11-23 10:00: month must be in 1..12",
        "11:13 must not be empty",
        "12:5 a test needs 'expect'",
        "13:14 an event needs exactly one of born, died, quiet, heard, cut, back, restart, blind, sees, act; it has "
        "'born' and 'died'",
        "14:5 unknown key 'expct'; did you mean 'expect'?",
    ]


def test_what_only_the_whole_of_a_test_shows_is_told_too(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        """
tests:
  - name: a
    events: [{at: 1 min, quiet: "s:pc:d"}]
    expect: [{at: 2026-11-23 09:00}]
  - name: b
    lessons: {s/r: [{from: 1 h, to: 30 min}]}
    expect: [{at: 1 s}]
  - name: c
    campus: {rooms: [{id: r, site: nowhere}]}
    expect: [{at: 1 s}]
  - name: c
    expect: [{at: 1 s}]
""",
    ) == [
        "4:33 only an agent sends messages; a device behind it dies or is not read",
        "7:37 a lesson ends after it begins",
        "10:36 there is no site 'nowhere' in this file",
        "12:11 there is a test of this name before, in line 9",
    ]


def test_mistakes_in_the_overrides_of_a_tests_campus_are_told_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(
        f"rules:\n  - id: hot\n    metric: m\n    raise: {{above: 10}}\n    level: 2\n{WORDS}", "utf-8"
    )
    assert mistakes(
        tmp_path,
        """
campus:
  sites: [{id: s, time_zone: Asia/Shanghai}]
  overrides:
    - {rule: cold, where: {site: s}, why: so, off: true}
    - {rule: hot, where: {site: nowhere}, why: so, raise: {above: 11}}
    - {rule: hot, where: {site: s}, why: so}
tests:
  - {name: a, expect: [{at: 1 s}]}
  - {name: b, expect: [{at: 1 s}]}
""",
    ) == [
        "5:14 there is no rule 'cold'",
        "6:33 there is no site 'nowhere' in this file",
        "7:7 an override needs either 'off' or some of raise, clear, level, rungs",
    ]


def test_devices_that_are_described_or_read_are_born_at_the_start_agents_first(tmp_path: Path) -> None:
    suite = load(
        tmp_path,
        """
interval: 30 s
tests:
  - name: a
    devices: {"s:pc:cam": camera, "s:gw": {role: gateway, born: false}}
    series: {"s:pc2:ups hw.ups.load": 1}
    events: [{at: 2026-11-23 10:01, died: "s:pc"}]
    expect: [{at: 1 s}]
""",
    )
    (case,) = suite.cases
    assert [(each.at.total_seconds(), each.what, each.device) for each in case.happenings] == [
        (0, What.BORN, "s:pc"),
        (0, What.BORN, "s:pc2"),
        (0, What.BORN, "s:pc:cam"),
        (0, What.BORN, "s:pc2:ups"),
        (60, What.DIED, "s:pc"),
    ]
    assert case.happenings[0].interval == timedelta(seconds=30)
    assert case.happenings[2].properties == {"room": "r", "role": "camera"}


def test_a_folder_without_tests_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="there are no tests"):
        load_tests([tmp_path])
