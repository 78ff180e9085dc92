"""`roomtone rules test` as a person runs it: status, JUnit, and the default rules without a change unnoticed."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from collector.cli.main import main

RULES = Path(__file__).parents[2] / "rules"
# What cannot be noticed: a site is presumed gone at once, whatever its `for`, and computers are counted whole.
EQUIVALENT = {
    f"no test notices: {what}"
    for what in (
        "site-silent: raise for 0 s becomes 1 s",
        "agent-cloned: raise at_least 2 becomes 1.9",
        "agent-cloned: clear below 2 becomes 1.9",
    )
}


def test_no_change_of_a_default_rule_goes_unnoticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "test", str(RULES), "--mutate", "--junit", str(tmp_path / "rules.xml")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" tests, 0 failed")
    assert {line for line in lines if line.startswith("no test notices")} - EQUIVALENT == set()
    root = ElementTree.parse(tmp_path / "rules.xml").getroot()
    assert root.attrib["failures"] == "0"
    assert int(root.attrib["tests"]) == len(list(root.iter("testcase"))) > 100


def test_a_test_that_fails_is_told_with_its_place_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.test.yaml"
    file.write_text(
        f"rules: [{RULES}]\ntests:\n  - {{name: a, expect: [{{at: 1 s, incidents: cpu-saturated 2}}]}}\n",
        encoding="utf-8",
    )
    assert main(["rules", "test", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == "1 tests, 1 failed\n"
    assert said.err == f"{file}:3:24: a: at 1 s: expected cpu-saturated 2; found none\n"
    file.write_text("tests: [{name: a}]\n", encoding="utf-8")
    assert main(["rules", "test", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{file}:1:9: tests[0]: a test needs 'expect'\n"
