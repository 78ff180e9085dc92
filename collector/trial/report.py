"""What a run of tests tells: lines for people, JUnit's XML for build servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from collector.trial.case import Case, Suite
from collector.trial.run import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One test that was run. `overrides` are those that held for what it reads: "file:line:column (why)"."""

    suite: Suite
    case: Case
    failures: tuple[Failure, ...]
    took_s: float
    overrides: tuple[str, ...] = ()


def junit(outcomes: Sequence[Outcome]) -> bytes:
    """Return the outcomes as a JUnit report, a `testsuite` a file."""
    root = ElementTree.Element("testsuites", _counts(outcomes))
    for file in dict.fromkeys(outcome.suite.file for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.suite.file == file]
        suite = ElementTree.SubElement(root, "testsuite", {"name": file, **_counts(own)})
        for outcome in own:
            place = outcome.case.place
            case = ElementTree.SubElement(
                suite,
                "testcase",
                {
                    "classname": file,
                    "name": outcome.case.name,
                    "file": place.file,
                    "line": str(place.line),
                    "time": f"{outcome.took_s:.3f}",
                },
            )
            if outcome.overrides:
                properties = ElementTree.SubElement(case, "properties")
                for said in outcome.overrides:
                    ElementTree.SubElement(properties, "property", {"name": "override", "value": said})
            for failure in outcome.failures:
                ElementTree.SubElement(case, "failure", {"message": failure.what}).text = str(failure)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(bool(outcome.failures) for outcome in outcomes)),
        "time": f"{sum(outcome.took_s for outcome in outcomes):.3f}",
    }
