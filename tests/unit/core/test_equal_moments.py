"""What arrives at the very moment at which a timer is due counts before it: a commit first, then what is due."""

from datetime import timedelta

import pytest

from collector.core.campus import Campus
from collector.core.model import Born, DeviceId, Died
from collector.trial.world import World
from tests.unit.core.classify_scene import PC, T0, default_rules, seconds
from tests.unit.core.test_looking_back import rules as rules_that

STEP = seconds(10)
HOT = rules_that("{above: 10, for: 20 s}", "clear: {below: 5, for: 20 s}, level: 2")


def world(*values: float) -> World:
    """Return a world in which a metric was read each ten seconds, the last time just now."""
    made = World(campus=Campus(), rules=HOT, now=T0)
    made.happen(Born(device=PC, at=T0, properties={}, interval=STEP))
    for number, value in enumerate(values):
        made.approach(T0 + number * STEP)
        made.read([(PC, "m", "", value)])
    return made


@pytest.mark.parametrize(
    ("values", "is_open"),
    [
        pytest.param((11, 11, 11), True, id="bad at the end of its time"),
        pytest.param((11, 11, 4), False, id="good at the end of its time"),
        pytest.param((11, 11, 7), False, id="in the band at the end of its time"),
        pytest.param((11, 11, 11, 4, 4, 4), False, id="good at the end of the time to clear"),
        pytest.param((11, 11, 11, 4, 4, 11), True, id="bad at the end of the time to clear"),
        pytest.param((11, 11, 11, 4, 4, 7), True, id="in the band at the end of the time to clear"),
    ],
)
def test_the_reading_at_the_end_of_a_for_decides(values: tuple[float, ...], is_open: bool) -> None:
    """As Prometheus, which evaluates then: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/."""
    made = world(*values)
    assert bool(made.kept.open_incidents()) is is_open
    made.advance(made.now)  # as the engine: a commit first, then what is due at its moment
    assert bool(made.kept.open_incidents()) is is_open
    assert len(made.kept.incidents) == (11 in values[2:3])


def test_where_nothing_arrives_a_for_is_over_at_its_end() -> None:
    made = world(11, 11)
    made.advance(T0 + seconds(20) - timedelta(microseconds=1))
    assert made.kept.incidents == {}
    made.advance(T0 + seconds(20))
    assert [incident.detected_at for incident in made.kept.open_incidents()] == [T0 + seconds(20)]


def silent(quiet_s: float) -> World:
    made = World(campus=Campus(), rules=default_rules(), now=T0)
    made.happen(Born(device=PC, at=T0, properties={}, interval=STEP))
    made.approach(T0 + seconds(quiet_s))
    return made


def test_a_word_at_the_moment_of_silence_is_heard() -> None:
    made = silent(30)
    made.hear(PC)
    made.advance(made.now)
    assert made.kept.phases == {}


@pytest.mark.parametrize("after_s", [0, 5])
def test_a_birth_at_the_end_of_a_silences_time_ends_it(after_s: float) -> None:
    made = silent(after_s)
    made.happen(Died(device=DeviceId(PC), at=made.now))
    made.approach(made.now + seconds(30))
    made.happen(Born(device=PC, at=made.now, properties={}, interval=STEP))
    made.advance(made.now)
    assert made.kept.incidents == {}
