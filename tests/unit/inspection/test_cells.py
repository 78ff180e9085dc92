"""Cells of a pack: nothing in them runs, nothing in them is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.core.inspection import HealthChange
from collector.core.model import Device, DeviceId, RoomId, Series, SeriesId, State
from collector.inspection import rows
from collector.inspection.column import figure
from collector.inspection.sheets import ALL, DEVICES, PARAMETERS
from collector.inspection.table_file import harmless

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
PC = Device(id=DeviceId("east:pc-a101"), room=RoomId("east/a101"), role="recorder-pc", name="讲台电脑")
HOUR = timedelta(hours=1)


def watched(known_from: datetime | None = NOON, interval: timedelta | None = timedelta(seconds=10)) -> rows.Watched:
    return rows.Watched(
        device=PC,
        room_name="A101",
        interval=interval,
        known_from=known_from,
        start=NOON - HOUR,
        until=NOON + 9 * HOUR,
    )


def by_key(sheet_row: rows.Row, *, parameters: bool = False) -> dict[str, object]:
    sheet = PARAMETERS if parameters else DEVICES
    return dict(zip((column.key for column in sheet.columns), sheet_row, strict=True))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1"], ids=lambda text: repr(text)
)
def test_a_text_that_begins_like_a_formula_is_none(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["", "讲台电脑", "a=b", "east:pc-a101", "'quoted'"])
def test_other_texts_are_as_they_were(text: str) -> None:
    assert harmless(text) == text


def test_a_text_stays_on_one_line() -> None:
    assert harmless("one\r\ntwo\0") == "one  two"


def test_figures_do_not_show_the_noise_of_adding_up() -> None:
    assert figure(0.1 + 0.2) == 0.3
    assert str(figure(-0.0)) == "0.0"
    assert figure(None) is None


def test_a_device_is_judged_by_the_time_it_could_be_seen() -> None:
    row = by_key(
        rows.device_row(
            watched(),
            [
                HealthChange(device=PC.id, at=NOON, state=State.OK),
                HealthChange(device=PC.id, at=NOON + 4 * HOUR, state=State.FAILED),
                HealthChange(device=PC.id, at=NOON + 5 * HOUR, state=State.DEGRADED),
                HealthChange(device=PC.id, at=NOON + 6 * HOUR, state=State.UNKNOWN),
                HealthChange(device=PC.id, at=NOON + 7 * HOUR, state=State.OFF),
            ],
            series=2,
            readings=3240,
            incidents=1,
            tickets=1,
        )
    )
    assert row["watched_s"] == 9 * 3600
    assert row["availability"] == pytest.approx(5 / 6)
    assert row["share_ok"] == pytest.approx(4 / 9)
    assert row["share_failed"] == row["share_degraded"] == row["share_unknown"] == pytest.approx(1 / 9)
    assert row["share_off"] == pytest.approx(2 / 9)
    assert row["completeness"] == pytest.approx(0.5)


def test_a_device_never_heard_of_has_no_availability() -> None:
    row = by_key(rows.device_row(watched(None), [], series=0, readings=0, incidents=0, tickets=0))
    assert row["watched_s"] == 0
    assert row["availability"] is None
    assert row["share_unknown"] is None


def test_a_series_is_expected_from_when_its_device_was_known() -> None:
    series = Series(id=SeriesId(1), device=PC.id, metric="system.cpu.utilization", unit="1")
    row = by_key(rows.parameter_row(watched(), series, None), parameters=True)
    assert row["expected_n"] == 9 * 360
    assert row["n"] == 0
    assert row["mean"] is None


def test_a_series_of_an_agent_without_an_interval_has_no_expectation() -> None:
    series = Series(id=SeriesId(1), device=PC.id, metric="Inputs/A", unit="")
    row = by_key(rows.parameter_row(watched(interval=None), series, None), parameters=True)
    assert row["expected_n"] is None
    assert row["completeness"] is None


def test_every_column_has_its_words_in_both_languages_and_a_key_of_its_own() -> None:
    for sheet in ALL:
        assert len({column.key for column in sheet.columns}) == len(sheet.columns)
        for column in sheet.columns:
            assert all(column.words)
            assert bool(column.notes[0]) == bool(column.notes[1])


def test_every_note_fits_its_sheet() -> None:
    notes = list(rows.note_rows())
    assert {len(note) for note in notes} == {6}
    assert any(note[1] == "availability" for note in notes)
