"""Which limits a chart draws, by rules as they are read from files."""

from datetime import timedelta
from pathlib import Path

import pytest

from collector.core.model import Context, Level
from collector.core.rule import Operator, RulePack
from collector.core.threshold import Threshold, thresholds
from collector.packs.rules import load_rules

ROOT = Path(__file__).resolve().parents[3]
LESSON = frozenset({Context.LESSON})


@pytest.fixture(scope="module")
def rules() -> RulePack:
    return load_rules([ROOT / "rules"])


def told(
    rules: RulePack, role: str, metric: str, instance: str = "", *, agent: bool = False, **last: float
) -> list[Threshold]:
    def last_value(name: str, of: str) -> float | None:
        return last.get(f"{name}[{of}]")

    found = thresholds(rules, role=role, agent=agent, series=[(metric, instance)], last_value=last_value)
    return sorted(found, key=lambda one: (one.level, one.value))


def test_a_limit_has_the_level_of_each_context(rules: RulePack) -> None:
    found = told(rules, "recorder-pc", "system.cpu.utilization", agent=True)
    wanted = [(Level.SEVERE, LESSON), (Level.DEGRADED, None)]
    assert [(one.level, one.contexts) for one in found] == wanted
    assert {(one.rule, one.operator, one.value, one.sustained) for one in found} == {
        ("cpu-saturated", Operator.AT_LEAST, 0.95, timedelta(minutes=5))
    }


def test_rules_of_one_family_are_limits_of_their_own(rules: RulePack) -> None:
    found = told(rules, "recorder-pc", "system.filesystem.utilization", "C:", agent=True)
    assert {(one.level, one.value) for one in found} >= {(1, 0.99), (2, 0.95), (3, 0.90)}


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        pytest.param({}, [70.0], id="none of its own"),
        pytest.param({"hw.temperature.limit[inlet:high]": 60.0}, [60.0], id="its high one"),
        pytest.param(
            {"hw.temperature.limit[inlet:high]": 60.0, "hw.temperature.limit[inlet:critical]": 80.0},
            [80.0, 60.0],
            id="both",
        ),
    ],
)
def test_a_limit_may_be_the_devices_own(rules: RulePack, last: dict[str, float], wanted: list[float]) -> None:
    assert [one.value for one in told(rules, "switch", "hw.temperature", "inlet", **last)] == wanted


def test_a_limit_may_be_a_share_of_another_reading(rules: RulePack) -> None:
    found = told(
        rules, "projector", "classroom.projector.lamp.time", "1", **{"classroom.projector.lamp.limit[1]": 4000.0}
    )
    assert 3200.0 in [one.value for one in found]


def test_numbers_that_stand_for_words_and_other_roles_have_none(rules: RulePack) -> None:
    assert told(rules, "switch", "hw.status", "fan:1") == []
    assert told(rules, "camera", "system.cpu.utilization") == []
