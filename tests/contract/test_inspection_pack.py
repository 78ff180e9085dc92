"""A pack from real stores says what is true, and can prove that it is whole."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from collector.core.inspection import period_of
from collector.core.model import State
from collector.inspection.column import Headings
from collector.inspection.desk import InspectionDesk
from collector.inspection.errors import PackDamaged, PackNotWritable, UnknownPlace
from collector.inspection.manifest import check_pack
from collector.inspection.pack import WORKBOOK, Asked, write_pack
from collector.inspection.zipped import unzip_pack
from collector.store.records.queries import RecordQueries
from collector.store.series.read import SeriesReader
from tests.contract.inspection_scene import END, HOUR, INTERVAL, KNOWN, START, Past, make_past


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    made = make_past(tmp_path_factory.mktemp("data"))
    yield made
    made.close()


def asked(past: Past, *, now: datetime = END + HOUR, **place: Any) -> Asked:
    where = past.place(**place)
    period = period_of("2026-09-01", "2026-09-02", where.site.time_zone)
    return Asked(place=where, period=period, now=now)


@pytest.fixture(scope="module")
def pack(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pack")
    wanted = asked(past)
    write_pack(directory, wanted, past.evidence(wanted.place))
    return directory


def table(pack: Path, name: str) -> list[dict[str, str]]:
    with (pack / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def row_of(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of them lies, linear between neighbours (type 7)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def test_the_figures_of_a_series_are_those_of_its_readings(past: Past, pack: Path) -> None:
    values = [value for at, value in past.cpu if START <= at < END]
    row = row_of(table(pack, "parameters"), device="east:pc-a101")
    assert int(row["n"]) == len(values)
    assert float(row["min"]) == pytest.approx(min(values), rel=1e-8)
    assert float(row["mean"]) == pytest.approx(sum(values) / len(values), rel=1e-8)
    assert float(row["p95"]) == pytest.approx(percentile(values, 0.95), rel=1e-8)
    assert float(row["max"]) == pytest.approx(max(values), rel=1e-8)
    assert int(row["expected_n"]) == (END - KNOWN) // INTERVAL
    assert float(row["completeness"]) == pytest.approx(len(values) / ((END - KNOWN) // INTERVAL))


def test_a_device_behind_an_agent_is_expected_at_its_agents_pace(pack: Path) -> None:
    row = row_of(table(pack, "parameters"), device="east:pc-a101:ups")
    assert (row["n"], row["expected_n"]) == ("100", str((END - KNOWN) // INTERVAL))


def test_a_foreign_node_has_no_expectation(pack: Path) -> None:
    assert row_of(table(pack, "parameters"), device="east:plc")["expected_n"] == ""


def test_only_the_site_that_was_asked_for_is_in_it(pack: Path) -> None:
    assert {row["device"].split(":")[0] for row in table(pack, "devices")} == {"east"}


def test_availability_is_the_share_of_the_time_it_could_be_judged(pack: Path) -> None:
    watched_s = (END - KNOWN).total_seconds()
    pc = row_of(table(pack, "devices"), device="east:pc-a101")
    assert float(pc["watched_s"]) == watched_s
    assert float(pc["share_failed"]) == pytest.approx(3600 / watched_s)
    assert float(pc["availability"]) == pytest.approx(1 - 3600 / watched_s)
    ups = row_of(table(pack, "devices"), device="east:pc-a101:ups")
    assert float(ups["availability"]) == 1.0
    assert float(ups["share_degraded"]) == pytest.approx(1 - 9 * 3600 / watched_s)
    assert sum(float(ups[f"share_{state}"]) for state in State) == pytest.approx(1)


def test_incidents_and_tickets_are_there_with_their_clocks(pack: Path) -> None:
    silence = row_of(table(pack, "incidents"), incident="silence-1")
    assert (silence["level"], silence["state"], silence["duration_s"]) == ("1", "cleared", "3630.0")
    ticket = row_of(table(pack, "tickets"), ticket=silence["ticket"])
    assert ticket["device"] == "east:pc-a101"
    assert ticket["solve_state"] == "met"
    assert ticket["respond_state"] == "breached"  # nobody acknowledged it within 30 min
    assert ticket["title_zh"] != ticket["title_en"]
    battery = row_of(table(pack, "incidents"), incident="battery-1")
    assert (battery["state"], battery["cleared_at"], battery["duration_s"]) == ("open", "", "")
    pc = row_of(table(pack, "devices"), device="east:pc-a101")
    assert (pc["incidents"], pc["tickets"]) == ("1", "1")


def test_no_cell_runs_as_a_formula(pack: Path) -> None:
    assert row_of(table(pack, "devices"), device="east:pc-a101")["name"] == "'=讲台电脑"
    assert row_of(table(pack, "parameters"), device="east:plc")["instance"] == "'=1+1"
    book = openpyxl.load_workbook(pack / WORKBOOK)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert "=讲台电脑" in {cell.value for cell in cells}


def test_the_workbook_opens_with_headings_in_two_languages_and_local_times(pack: Path) -> None:
    book = openpyxl.load_workbook(pack / WORKBOOK)
    assert book.sheetnames == ["Summary", "Devices", "Parameters", "Incidents", "Tickets", "Notes"]
    sheet = book["Incidents"]
    zh, en = ([cell.value for cell in row] for row in sheet.iter_rows(max_row=2))
    assert zh[:2] == ["故障编号", "工单"]
    assert en[:2] == ["Incident", "Ticket"]
    onset = sheet.cell(row=3, column=en.index("Onset") + 1).value
    local = KNOWN + 6 * HOUR + timedelta(hours=8) - timedelta(seconds=30)
    assert onset == local.replace(tzinfo=None)
    for name in ("devices", "parameters", "incidents", "tickets"):
        assert book[name.capitalize()].max_row == 2 + len(table(pack, name))


def test_one_language_gives_one_row_of_headings(past: Past, tmp_path: Path) -> None:
    wanted = replace(asked(past), language=Headings.ZH_CN)
    write_pack(tmp_path, wanted, past.evidence(wanted.place))
    book = openpyxl.load_workbook(tmp_path / WORKBOOK)
    assert book.sheetnames[:2] == ["概要", "设备"]
    assert book["设备"].max_row == 1 + len(table(tmp_path, "devices"))


def test_the_manifest_has_the_checksum_of_every_file(pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    named = {one["name"]: one for one in manifest["files"]}
    assert set(named) | {"manifest.json"} == {path.name for path in pack.iterdir()}
    for name, one in named.items():
        data = (pack / name).read_bytes()
        assert (one["bytes"], one["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert manifest["period"]["start"] == "2026-08-31T16:00:00Z"
    assert manifest["site"]["name"] == "江州大学·东区"
    assert manifest["data"]["last_commit"] == 1
    assert named["devices.csv"]["rows"] == manifest["data"]["devices"] == 3


def test_the_same_data_gives_the_same_files(past: Past, pack: Path, tmp_path: Path) -> None:
    wanted = asked(past, now=END + 50 * HOUR)
    write_pack(tmp_path, wanted, past.evidence(wanted.place))
    for path in sorted(pack.iterdir()):
        if path.name != "manifest.json":
            assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_period_that_still_runs_expects_nothing_of_the_future(past: Past, tmp_path: Path) -> None:
    wanted = asked(past, now=KNOWN + 2 * HOUR)
    write_pack(tmp_path, wanted, past.evidence(wanted.place))
    row = row_of(table(tmp_path, "parameters"), device="east:pc-a101")
    assert int(row["expected_n"]) == 2 * HOUR // INTERVAL


def test_one_room_is_its_devices_alone(past: Past, tmp_path: Path) -> None:
    wanted = asked(past, room="a101")
    write_pack(tmp_path, wanted, past.evidence(wanted.place))
    assert [row["device"] for row in table(tmp_path, "devices")] == ["east:pc-a101", "east:pc-a101:ups"]


@pytest.mark.parametrize("place", [{"site": "north"}, {"room": "z9"}], ids=["site", "room"])
def test_an_unknown_place_is_refused_with_those_there_are(past: Past, place: dict[str, str]) -> None:
    with pytest.raises(UnknownPlace, match="there are"):
        past.place(**place)


def test_a_folder_that_holds_something_is_left_alone(past: Past, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    wanted = asked(past)
    with pytest.raises(PackNotWritable, match="not empty"):
        write_pack(tmp_path, wanted, past.evidence(wanted.place))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_changed_file_is_noticed(past: Past, tmp_path: Path) -> None:
    wanted = asked(past)
    write_pack(tmp_path, wanted, past.evidence(wanted.place))
    check_pack(tmp_path)
    with (tmp_path / "devices.csv").open("a") as file:
        file.write("one more\n")
    with pytest.raises(PackDamaged, match=r"devices\.csv"):
        check_pack(tmp_path)


def test_a_running_collector_sends_the_same_pack(past: Past, pack: Path, tmp_path: Path) -> None:
    desk = InspectionDesk(
        store=past.store, reader=SeriesReader(past.store), queries=RecordQueries(past.records), folder=tmp_path
    )
    parcel = desk.collect(asked(past))
    data = b"".join(parcel.chunks())
    assert list(tmp_path.iterdir()) == []
    assert len(data) == parcel.size
    assert parcel.name == "inspection-east-20260901-20260902.zip"
    unzip_pack(io.BytesIO(data), tmp_path / "unpacked")
    assert {p.name: p.read_bytes() for p in (tmp_path / "unpacked").iterdir()} == {
        p.name: p.read_bytes() for p in pack.iterdir()
    }


def test_a_zip_that_names_files_elsewhere_is_refused(tmp_path: Path) -> None:
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../outside.txt", "gotcha")
    with pytest.raises(PackDamaged, match="outside"):
        unzip_pack(hostile, tmp_path / "unpacked")
    assert not (tmp_path / "outside.txt").exists()
