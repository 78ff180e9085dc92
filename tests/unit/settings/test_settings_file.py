"""The collector's file: what it says becomes settings, and every mistake in it is told."""

import json
from datetime import time
from pathlib import Path

import pytest

from collector.drill.plan import DrillPlan, Every
from collector.packs.errors import PackError
from collector.settings import Address, SettingsError, parse_address, parse_drill_rooms
from collector.settings_file import load_settings, settings_schema

ROOT = Path(__file__).resolve().parents[3]

GOOD = """\
data: data
http: 0.0.0.0:8081
campus: campus.yaml
broker: {url: "mqtt://broker.example.org:1883", username: collector, password_file: secret, host_id: north}
"""
BAD = """\
data: data
http: everywhere
colour: red
broker: {url: "http://broker.example.org", host_id: "a.b"}
"""


def test_a_good_file_becomes_settings_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "collector.yaml").write_text(GOOD)
    (tmp_path / "secret").write_text("s3cret\n")
    settings = load_settings(tmp_path / "collector.yaml")
    assert settings.data == tmp_path / "data"
    assert settings.http == Address(host="0.0.0.0", port=8081)
    assert settings.campus == tmp_path / "campus.yaml"
    assert settings.host_id == "north"
    assert settings.broker is not None
    assert settings.broker.password == "s3cret"


def test_drills_are_planned_by_the_month_or_the_week(tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    good = GOOD.replace(", password_file: secret", "")
    file.write_text(good + "drill: {rooms: [mingde/m101, mingde/m102]}\n")
    rooms = ("mingde/m101", "mingde/m102")
    assert load_settings(file).drills == DrillPlan(rooms=rooms, every=Every.MONTH, day=1, at=time(9))
    file.write_text(good + 'drill: {rooms: [mingde/m101], every: week, day: 8, at: "25:00"}\n')
    with pytest.raises(PackError) as told:
        load_settings(file)
    assert [mistake.column for mistake in told.value.mistakes] == [56]
    file.write_text(good + "drill: {rooms: [mingde/m101], every: week, day: 8}\n")
    with pytest.raises(PackError, match="a week has the days 1"):
        load_settings(file)


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    file.write_text(BAD)
    with pytest.raises(PackError) as told:
        load_settings(file)
    assert {mistake.line for mistake in told.value.mistakes} == {2, 3, 4}


def test_a_missing_secret_is_said(tmp_path: Path) -> None:
    (tmp_path / "collector.yaml").write_text(GOOD)
    with pytest.raises(SettingsError, match="secret"):
        load_settings(tmp_path / "collector.yaml")


@pytest.mark.parametrize(
    ("text", "host", "port"), [("127.0.0.1:80", "127.0.0.1", 80), (":8080", "127.0.0.1", 8080), ("[::1]:1", "::1", 1)]
)
def test_an_address_is_host_and_port(text: str, host: str, port: int) -> None:
    assert parse_address(text, option="--http") == Address(host=host, port=port)


@pytest.mark.parametrize("text", ["8080", "host", "host:0", "host:70000", "host:port", "::1:80"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--http"):
        parse_address(text, option="--http")


def test_the_schema_for_editors_is_in_step() -> None:
    assert json.loads((ROOT / "docs/schema/collector.json").read_text("utf-8")) == settings_schema()


def test_rooms_that_up_is_to_drill_are_named_by_site_and_room() -> None:
    plan = parse_drill_rooms(["mingde/m101", "mingde/m102"], option="--drill")
    assert plan == DrillPlan(rooms=("mingde/m101", "mingde/m102"), every=Every.MONTH)
    assert parse_drill_rooms([], option="--drill") is None
    with pytest.raises(SettingsError, match="--drill: 'm101', 'Ming De/m1' is no room"):
        parse_drill_rooms(["m101", "mingde/m102", "Ming De/m1"], option="--drill")
