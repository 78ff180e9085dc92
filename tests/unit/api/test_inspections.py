"""Inspections are downloaded by whoever may see the site."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from collector.core.model import Series, SeriesId
from collector.inspection.desk import InspectionDesk
from collector.store.errors import StoreError
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import NOW

PATH = "/api/v1/inspections/collect"
PERIOD = {"from": f"{NOW - timedelta(days=2):%Y-%m-%d}", "to": f"{NOW:%Y-%m-%d}"}


class Stores:
    """A store, a reader and records in one, with one series."""

    broken = False

    def last_commit(self) -> int:
        return 41

    def all_series(self) -> list[Series]:
        device = health("north:a101-pc").device
        return [Series(id=SeriesId(1), device=device.id, metric="system.cpu.utilization", unit="1")]

    def summary(self, series: object, start: object, end: object) -> list[Any]:
        if self.broken:
            raise StoreError("the disk of the archive is gone; put it back")
        return [SimpleNamespace(series=1, n=3, min=0.1, mean=0.2, p95=0.3, max=0.4)]

    def incidents_between(self, *_: object) -> list[Any]:
        return []

    def tickets_between(self, *_: object) -> list[Any]:
        return []

    def health_changes(self, *_: object) -> dict[Any, Any]:
        return {}

    def known_from(self, *_: object) -> dict[Any, Any]:
        return {}


@pytest.fixture
def stores(house: House) -> Iterator[Stores]:
    made = Stores()
    house.app.state.inspections = InspectionDesk(store=made, reader=made, queries=made)
    yield made
    del house.app.state.inspections


def test_a_pack_is_a_zip_of_tables_workbook_and_manifest(house: House, stores: Stores) -> None:
    answer = house.call("POST", PATH, Role.VIEWER, json={"site": "north", **PERIOD})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="inspection-north-')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
    assert names >= {"manifest.json", "inspection.xlsx", "devices.csv", "parameters.csv", "incidents.csv"}
    assert manifest["site"] == {"id": "north", "name": "North campus"}
    assert manifest["period"]["time_zone"] == "Asia/Shanghai"
    assert manifest["data"]["readings"] == 3


def test_every_wrong_border_is_told_at_once(house: House, stores: Stores) -> None:
    answer = house.call("POST", PATH, json={"site": "north", "from": "autumn", "to": "winter"})
    assert answer.status_code == 400
    assert [one["where"] for one in answer.json()["errors"]] == ["body.from", "body.to"]


@pytest.mark.parametrize("place", [{"site": "nowhere"}, {"site": "north", "room": "z9"}], ids=["site", "room"])
def test_an_unknown_place_is_not_found(house: House, stores: Stores, place: dict[str, str]) -> None:
    assert house.call("POST", PATH, json={**place, **PERIOD}).status_code == 404


def test_a_customer_collects_only_at_its_own_site(house: House, stores: Stores) -> None:
    assert house.call("POST", PATH, Role.CUSTOMER, json={"site": "south", **PERIOD}).status_code == 200
    assert house.call("POST", PATH, Role.CUSTOMER, json={"site": "north", **PERIOD}).status_code == 404


def test_stores_that_cannot_be_read_say_why(house: House, stores: Stores) -> None:
    stores.broken = True
    answer = house.call("POST", PATH, json={"site": "north", **PERIOD})
    assert answer.status_code == 503
    assert "archive" in answer.json()["detail"]


def test_a_slip_of_the_pen_is_not_ignored(house: House, stores: Stores) -> None:
    answer = house.call("POST", PATH, json={"site": "north", "form": "2026-01-01", **PERIOD})
    assert answer.status_code == 400
