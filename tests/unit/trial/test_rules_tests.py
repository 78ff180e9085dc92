"""Tests of rules, run: those that ship pass, and what is not as expected is told in words."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from collector.packs.agreement import load_agreements
from collector.packs.rules import load_rules
from collector.packs.rules_test import load_tests
from collector.trial.case import Case, Suite
from collector.trial.mutate import survivors
from collector.trial.report import Outcome, junit
from collector.trial.run import failures, run_case

RULES = Path(__file__).parents[3] / "rules"
PACK = """
rules:
  - id: hot
    metric: m
    raise: {above: 10, for: 30 s}
    clear: {below: 5, for: 20 s}
    level: [{when: {context: lesson}, then: 1}, {then: 2}]
    words:
      en: {title: T, symptom: S, advice: A}
      zh-CN: {title: 题, symptom: 象, advice: 策}
"""

load_pack = cache(lambda folder: load_rules([folder]))
agreements = cache(lambda: load_agreements([RULES / "agreements"]))
SHIPPED = [(suite, case) for suite in load_tests([RULES]) for case in suite.cases]


@pytest.mark.parametrize("case", [case for _, case in SHIPPED], ids=[case.name for _, case in SHIPPED])
def test_the_rules_that_ship_do_what_their_tests_say(case: Case) -> None:
    assert run_case(case, load_pack(RULES), agreements()) == []


def test_every_rule_that_ships_is_raised_in_a_test() -> None:
    asked = {
        incident.rule
        for _, case in SHIPPED
        for expectation in case.expectations
        for incident in expectation.incidents or ()
    }
    opening = {
        rule.id
        for rule in load_pack(RULES).rules
        if any(case.level is not None for rung in rule.rungs for case in rung.cases)
    }
    assert opening - asked == set()


def suite(folder: Path, tests: str) -> Suite:
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    (folder / "pack.test.yaml").write_text(f"tests:\n{tests}", encoding="utf-8")
    (found,) = load_tests([folder])
    return found


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (
            '{at: 30 s, devices: {"s:pc": failed 1}}',
            "s:pc is expected to be failed 1, is degraded 2",
        ),
        (
            '{at: 29 s, devices: {"s:pc": ok}}',
            "s:pc is expected to be ok, is ok pending",
        ),
        (
            '{at: 1 s, devices: {"s:x": ok}}',
            "s:x is expected to be ok, and nobody knows it",
        ),
        (
            "{at: 29 s, incidents: hot 2}",
            "expected hot 2; found none",
        ),
        (
            "{at: 30 s, incidents: [{rule: hot, level: 2, onset: 10 s}]}",
            "expected hot 2 since 10 s; found hot 2 s:pc since 0 s",
        ),
        (
            "{at: 1 min, incidents: [{rule: hot, cleared: 40 s}]}",
            "expected no open incident; found hot 2 s:pc since 0 s",
        ),
        (
            "{at: 30 s, tickets: [{level: 2, clocks: {respond: {due: 20 min}}}]}",
            "expected ticket 2 open respond due 20 min; found ticket 2 open of 1 incidents s:pc s/r (respond running "
            "due 30 min, arrive running due 2 h, solve running due 8 h)",
        ),
    ],
)
def test_what_is_not_as_expected_is_told(tmp_path: Path, expected: str, told: str) -> None:
    found = suite(tmp_path, f"  - name: a\n    series: {{s:pc m: 11x9}}\n    expect: [{expected}]\n")
    failures = run_case(found.cases[0], load_rules([tmp_path]), agreements())
    assert [failure.what.partition(": at ")[2].partition(": ")[2] for failure in failures][:1] == [
        told.replace(", arrive", " arrive").replace(", solve", " solve")
    ]
    assert str(failures[0]).startswith(f"{tmp_path}/pack.test.yaml:4:14: a: at ")


PLACES = """
campus:
  sites: [{id: s, time_zone: Asia/Shanghai}]
  rooms: [{id: r, site: s}, {id: q, site: s}]
  devices: [{id: "s:pc", room: r}, {id: "s:other", room: r}, {id: "s:far", room: q}]
  overrides:
    - {rule: hot, where: {site: s}, why: the site, level: 3}
    - {rule: hot, where: {room: s/r}, why: the room, raise: {above: 20, for: 0 s}}
    - {rule: hot, where: {device: "s:pc"}, why: the device, level: 1}
    - {rule: hot, where: {device: "s:pc", instance: x}, why: the instance, off: true}
tests:
"""


def with_places(folder: Path, expected: str) -> tuple[list[str], Case]:
    """Return what is not as expected where three devices read the same, and places have forms of their own."""
    series = "{s:pc m: 11x9, 's:pc m[x]': 11x9, s:other m: 11x9, s:far m: 11x9, t:pc m: 11x9}"
    (folder / "pack.yaml").write_text(PACK.replace("metric: m", 'metric: m\n    instance: ["", x]'), "utf-8")
    file = folder / "pack.test.yaml"
    file.write_text(f"{PLACES}  - name: a\n    series: {series}\n    expect: [{expected}]\n", "utf-8")
    ((case,),) = [found.cases for found in load_tests([folder])]
    return [failure.what for failure in run_case(case, load_rules([folder]), agreements())], case


def test_a_tests_campus_gives_rules_other_forms_by_site_room_device_and_instance(tmp_path: Path) -> None:
    found = [
        "{rule: hot, device: 's:pc', instance: '', level: 1, override: the device, room: s/r}",
        "{rule: hot, device: 's:far', level: 3, override: the site}",
        "{rule: hot, device: 't:pc', level: 2, override: '', attribution: equipment}",
    ]
    told, case = with_places(tmp_path, f"{{at: 30 s, incidents: [{', '.join(found)}]}}")
    assert told == []
    used: set[str] = set()
    assert list(failures(case, load_rules([tmp_path]), agreements(), used=used)) == []
    assert used == {
        f"{tmp_path}/pack.test.yaml:{line}:7 (the {what})"
        for line, what in ((7, "site"), (8, "room"), (9, "device"), (10, "instance"))
    }


def test_what_is_not_as_expected_names_the_override_that_has_a_say_in_it(tmp_path: Path) -> None:
    place = f"{tmp_path}/pack.test.yaml"
    (told,), _ = with_places(tmp_path, "{at: 30 s, incidents: [{rule: hot, device: 's:far', override: ''}]}")
    assert "expected hot s:far by no override; found hot 1 s:pc since 0 s, overridden in " in told
    assert f"hot 3 s:far since 0 s, overridden in {place}:7:7 (the site)" in told
    told = with_places(tmp_path, "{at: 10 s, incidents: [{rule: hot, device: 's:pc', instance: x}]}")[0][0]
    assert told.startswith("a: at 10 s: expected hot s:pc [x]; found none; hot has another form (level) in ")
    assert told.endswith(f"; hot has another form (off) in {place}:10:7 (the instance)")


def test_a_notice_is_expected_by_its_fields(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(PACK.replace("    words:", "    attribution: people\n    words:"), "utf-8")
    series = "name: a\n    series: {s:pc m: 11x3 4x3}\n    expect:"
    wanted = "{at: 30 s, notices: [{rule: hot, device: 's:pc', room: s/r, instance: '', onset: 0 s}], incidents: []}"
    over = "{at: 60 s, notices: [{rule: hot, cleared: 40 s}]}"
    (tmp_path / "pack.test.yaml").write_text(f"tests:\n  - {series} [{wanted}, {over}]\n", "utf-8")
    (found,) = load_tests([tmp_path])
    assert run_case(found.cases[0], load_rules([tmp_path]), agreements()) == []
    wrong = wanted.replace("onset: 0 s", "onset: 10 s")
    (tmp_path / "pack.test.yaml").write_text(f"tests:\n  - {series} [{wrong}]\n", "utf-8")
    (found,) = load_tests([tmp_path])
    (failure,) = run_case(found.cases[0], load_rules([tmp_path]), agreements())
    assert failure.what == "a: at 30 s: expected hot s:pc in s/r since 10 s; found hot s:pc since 0 s"


def test_an_action_that_is_refused_is_a_failure(tmp_path: Path) -> None:
    found = suite(tmp_path, "  - name: a\n    events: [{at: 1 s, act: close}]\n    expect: [{at: 2 s}]\n")
    (failure,) = run_case(found.cases[0], load_rules([tmp_path]), agreements())
    assert "at 1 s: there is no ticket 1" in failure.what


WHOLE = """
  - name: raised, held in the band, cleared
    series: {s:pc m: 10x5 10.1x4 5x4 4.9x4}
    expect:
      - {at: 1 min 29 s, incidents: []}
      - {at: 1 min 30 s, incidents: hot 2}
      - {at: 2 min 50 s, incidents: hot 2}
      - {at: 3 min 40 s, incidents: []}
"""
LESSON = """
  - name: during a lesson
    lessons: {s/r: [{from: 0 s, to: 45 min}]}
    series: {s:pc m: 11x4}
    expect: [{at: 30 s, incidents: hot 1}]
"""


@pytest.mark.parametrize(
    ("tests", "unnoticed"),
    [
        (WHOLE + LESSON, {"hot: clear for 20 s becomes 21 s", "hot: clear for 20 s becomes 19 s"}),
        (
            WHOLE.replace("at: 2 min 50 s", "at: 2 min 59 s").replace("at: 3 min 40 s", "at: 3 min"),
            {
                "hot: level, line 1: 1 becomes 2",
                "hot: level, line 1: is left out",
            },
        ),
    ],
    ids=["clear's for is not looked at to the second", "no test has a lesson"],
)
def test_what_no_test_notices_is_told(tmp_path: Path, tests: str, unnoticed: set[str]) -> None:
    found = suite(tmp_path, tests)
    pack = load_rules([tmp_path])
    assert [failure for case in found.cases for failure in run_case(case, pack, agreements())] == []
    assert {mutant.what for mutant in survivors(pack, found.cases, agreements())} == unnoticed


def test_a_build_server_reads_the_outcome(tmp_path: Path) -> None:
    found = suite(tmp_path, WHOLE + "  - name: wrong\n    expect: [{at: 1 s, incidents: hot 2}]\n")
    pack = load_rules([tmp_path])
    outcomes = [
        Outcome(suite=found, case=case, failures=tuple(run_case(case, pack, agreements())), took_s=0.25)
        for case in found.cases
    ]
    root = ElementTree.fromstring(junit(outcomes))
    assert root.attrib == {"tests": "2", "failures": "1", "time": "0.500"}
    (told,) = root.iter("failure")
    assert told.attrib["message"] == "wrong: at 1 s: expected hot 2; found none"
