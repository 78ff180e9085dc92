"""`roomtone rules replay` and `rules explain --at` over a real store: hot hours and archive alike."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from collector.cli.main import main
from collector.core.model import (
    Born,
    DeviceId,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Readings,
    RoomId,
    Series,
    SeriesId,
)
from collector.desk.changes import IncidentRecord
from collector.settings import default_rules, records_url
from collector.store.records.database import Records
from collector.store.records.facts import save_incidents
from collector.store.series.hot import HotStore
from collector.store.series.instants import microseconds
from collector.store.series.seal import Sealer

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PC = DeviceId("s:pc")
STEP = timedelta(seconds=10)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with five hours: a processor saturated from 30 to 50 minutes, the first hours archived."""
    folder = tmp_path_factory.mktemp("data")
    store = HotStore.open(folder)
    series = Series(id=SeriesId(1), device=PC, metric="system.cpu.utilization", unit="1")
    born = Born(device=PC, at=START, properties={"role": "recorder-pc", "room": "r"}, interval=STEP)
    for hour in range(5):
        steps = range(hour * 360, (hour + 1) * 360)
        values = [0.99 if 180 <= step < 300 else 0.3 for step in steps]
        store.commit(
            readings=Readings(
                np.full(360, 1, np.int32),
                np.array([microseconds(START + step * STEP) for step in steps]),
                np.array(values),
                np.zeros(360, np.bool_),
            ),
            series=(series,) if hour == 0 else (),
            events=(born,) if hour == 0 else (),
            at=START + timedelta(hours=hour + 1),
        )
    assert Sealer(store, settle=timedelta()).run(START + timedelta(hours=5)) == 3
    store.close()
    Records.open(records_url(folder)).close()
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["rules", *words]) == 0
    return capsys.readouterr().out


def other_rules(folder: Path, text: str, instead: str) -> Path:
    pack = (default_rules() / "recording-classroom.yaml").read_text("utf-8")
    assert text in pack
    (folder / "pack.yaml").write_text(pack.replace(text, instead), encoding="utf-8")
    return folder


CAMPUS = """
sites: [{id: s, time_zone: Asia/Shanghai}]
rooms: [{id: r, site: s}]
devices: [{id: "s:pc", room: r}]
"""
OVERRIDE = """overrides:
  - {rule: cpu-saturated, where: {room: s/r}, why: it encodes four streams, raise: {at_least: 0.999, for: 5 min}}
"""


def test_overrides_of_the_campus_file_hold_in_the_past_and_say_where_they_stand(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(CAMPUS, "utf-8")
    new.write_text(CAMPUS + OVERRIDE, "utf-8")
    end = START + timedelta(minutes=45)
    span = ["--from", START.isoformat(), "--to", end.isoformat(), "--data", str(data), "--json"]
    rules = ["--rules", str(default_rules())]
    lost = json.loads(run(capsys, "replay", *span, *rules, "--campus", str(new), "--against-campus", str(old)))
    assert (lost["lost"], lost["gained"], lost["same"]) == (1, 0, 0)
    assert json.loads(run(capsys, "replay", *span, *rules, "--campus", str(new)))["tickets"] == []
    (data / "up.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "campus": str(new)}), "utf-8")
    (data / "admin.token").write_text("none", "utf-8")
    try:
        said = run(capsys, "explain", "s:pc", "--at", end.isoformat(), "--data", str(data))
        assert f"overridden in {new}:6:5 (it encodes four streams)" in said
    finally:
        (data / "up.json").unlink()


def test_other_rules_lose_and_move_tickets_of_the_past(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = other_rules(tmp_path, "raise: {at_least: 0.95, for: 5 min}", "raise: {at_least: 0.95, for: 10 min}")
    span = ["--from", START.isoformat(), "--to", (START + timedelta(hours=5)).isoformat(), "--data", str(data)]
    said = json.loads(run(capsys, "replay", *span, "--rules", str(later), "--json"))
    assert (said["readings"], said["moved"], said["lost"], said["gained"]) == (1800, 1, 0, 0)
    (ticket,) = said["tickets"]
    assert ticket["before"]["opened_at"] == (START + timedelta(minutes=35)).isoformat()
    assert ticket["after"]["opened_at"] == (START + timedelta(minutes=40)).isoformat()
    assert ticket["before"]["rule"] == ticket["after"]["rule"] == "cpu-saturated"
    never = other_rules(tmp_path, "raise: {at_least: 0.95, for: 5 min}", "raise: {at_least: 0.95, for: 1 h}")
    out = run(capsys, "replay", *span, "--rules", str(never))
    assert "1 tickets before, 0 after: 0 gained, 1 lost, 0 moved, 0 the same" in out
    assert "cpu-saturated" in out


def test_a_device_is_explained_as_it_was(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = (START + timedelta(minutes=33)).isoformat()
    said = json.loads(run(capsys, "explain", PC, "--at", at, "--hours", "1", "--data", str(data), "--json"))
    assert (said["state"], said["pending"]) == ("ok", True)
    assert said["reasons"][0]["key"] == "cpu-saturated"
    assert said["reasons"][0]["onset_at"].startswith("2026-11-23T02:30:00")
    words = run(capsys, "explain", PC, "--at", (START + timedelta(minutes=45)).isoformat(), "--data", str(data))
    assert "s:pc: degraded 3" in words
    assert "cpu-saturated: yes: >= 0.95 / 300 s; clear < 0.85 / 300 s; level 3" in words


def test_what_came_late_is_explained(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the records have it: what was thought of the onset, and a fault that began and ended unseen."""

    def incident(id_: str, minutes: float, *, late: bool) -> Incident:
        onset = START + timedelta(minutes=minutes)
        over = onset + timedelta(minutes=5)
        return Incident(
            id=IncidentId(id_), device=PC, room=RoomId("s/r"), metric="m", instance="", family=id_, rule=id_,
            level=Level.DEGRADED, onset_at=onset, detected_at=onset, cleared_at=over, late=late,
            state=IncidentState.CLEARED,
        )  # fmt: skip

    records = Records.open(records_url(data))
    said = {"at": (START + timedelta(minutes=20)).isoformat(), "readings": 12}
    moved = {**said, "onset_at_before": (START + timedelta(minutes=3)).isoformat()}
    try:
        with records.transaction() as session:
            save_incidents(
                session,
                [
                    IncidentRecord(incident=incident("moved", 1, late=False), ticket=None, corrections=(moved,)),
                    IncidentRecord(incident=incident("unseen", 10, late=True), ticket=None),
                    IncidentRecord(incident=incident("plain", 15, late=False), ticket=None),
                    IncidentRecord(incident=incident("later", 90, late=True), ticket=None),
                ],
            )
        at = ["--at", (START + timedelta(minutes=45)).isoformat(), "--data", str(data)]
        words = run(capsys, "explain", PC, *at)
        assert "incident unseen from 2026-11-23T02:10:00+00:00 to 2026-11-23T02:15:00+00:00, detected late" in words
        assert "incident moved from 2026-11-23T02:01:00+00:00" in words
        assert "by 12 late readings: said to begin 2026-11-23T02:03:00+00:00" in words
        found = json.loads(run(capsys, "explain", PC, *at, "--json"))["corrected"]
        assert [one["rule"] for one in found] == ["unseen", "moved"]
    finally:
        records.close()


def test_what_cannot_be_replayed_or_explained_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "explain", "s:x", "--at", START.isoformat(), "--data", str(data)]) == 1
    assert "there is no device 's:x'" in capsys.readouterr().err
    assert main(["rules", "explain", PC, "--data", str(data)]) == 2
    assert "has no running collector" in capsys.readouterr().err
    assert main(["rules", "explain", PC, "--at", "yesterday", "--data", str(data)]) == 2
    span = ["--from", "2026-11-23", "--to", "2026-11-24", "--rules", str(default_rules())]
    assert main(["rules", "replay", *span, "--data", str(tmp_path)]) == 2
    assert "holds no readings" in capsys.readouterr().err
