import pytest

from agent.reading import Reading
from agent.sample import Sample, sample_of
from agent.snmp.latest import MOST_READINGS, Latest
from agent.snmp.roomtone_mib import decimal_text


def samples(*readings: Reading) -> list[Sample]:
    return [sample_of(reading) for reading in readings]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (True, "1"), (-12.5, "-12.5"), (0.000012, "0.000012"), (1e-15, "0"), (1e20, "100000000000000000000")],
)
def test_numbers_are_written_without_exponent(value: float, text: str) -> None:
    assert decimal_text(value) == text


def test_rows_keep_their_numbers_and_changes_count_only_what_is_new() -> None:
    latest = Latest({"room": "east/a101"}, 10)
    latest.report("", samples(Reading("system.uptime", 1.0), Reading("hw.temperature", 20.0, "cpu")), 1.0)
    before = latest.changes
    latest.report("", samples(Reading("hw.temperature", 21.0, "cpu")), 2.0)
    assert latest.changes == before
    row = latest.device("").readings["hw.temperature[cpu]"]
    assert (row.index, row.metric, row.instance, row.value, row.read_s) == (2, "hw.temperature", "cpu", 21.0, 2.0)
    latest.up("ups-1", {"role": "ups"}, 30)
    latest.up("ups-1", {"role": "ups"}, 30)
    assert latest.changes == before + 2
    assert (latest.device("ups-1").index, latest.device("ups-1").interval_s) == (2, 30)


def test_a_change_of_state_is_one_and_a_change_of_amount_is_none() -> None:
    latest = Latest({}, 10)
    latest.report("", samples(Reading("hw.status", 0, "fan:1"), Reading("hw.temperature", 20.0, "cpu")), 1.0)
    changed = latest.report("", samples(Reading("hw.status", 2, "fan:1"), Reading("hw.temperature", 90.0, "cpu")), 2.0)
    assert [(row.metric, row.instance, row.value) for row in changed] == [("hw.status", "fan:1", 2)]
    assert latest.report("", samples(Reading("hw.status", 2, "fan:1")), 3.0) == []


def test_presence_is_news_once() -> None:
    latest = Latest({}, 10)
    assert not latest.up("ups-1", {}, None)
    assert [latest.down("ups-1"), latest.down("ups-1"), latest.up("ups-1", {}, None)] == [True, False, True]


def test_readings_are_bounded() -> None:
    latest = Latest({}, 10)
    latest.report("", samples(*(Reading("hw.temperature", 1.0, str(n)) for n in range(MOST_READINGS + 5))), 1.0)
    latest.report("", samples(Reading("a.number", 1e60)), 1.0)
    assert len(latest.device("").readings) == MOST_READINGS
