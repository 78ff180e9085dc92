"""Readings over time as the API shows them."""

from datetime import timedelta
from typing import Any

import pytest

from collector.store.records.accounts import Role
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import NOW

CPU = {"device": "north:a101-pc", "metric": "system.cpu.utilization"}


@pytest.fixture
def past(house: House) -> House:
    house.publish(health("north:a101-pc"))
    series = house.values.put("north:a101-pc", "system.cpu.utilization", 0.3)
    first = NOW - timedelta(minutes=10)
    house.past.readings[series] = [
        (first, 0.1),
        (first + timedelta(seconds=10), 0.3),
        (first + timedelta(minutes=5), 0.5),
    ]
    return house


def span(**more: Any) -> dict[str, Any]:
    return CPU | {"from": "2026-11-22T08:20:00Z", "to": "2026-11-22T08:30:00Z"} | more


def test_an_empty_bucket_is_null(past: House) -> None:
    series = past.get("/series", **span(points=4))
    assert series["at"] == [f"2026-11-22T08:{at}.000Z" for at in ("20:00", "22:30", "25:00", "27:30")]
    assert series["n"] == [2, 0, 1, 0]
    assert series["mean"] == [pytest.approx(0.2), None, 0.5, None]
    assert series["min"] == [0.1, None, 0.5, None]
    assert series["max"] == [0.3, None, 0.5, None]


def test_raw_gives_each_reading(past: House) -> None:
    series = past.get("/series", **span(points="raw"))
    assert series["value"] == series["mean"] == [0.1, 0.3, 0.5]
    assert (series["n"], series["complete"]) == ([1, 1, 1], True)
    assert series["at"][1] == "2026-11-22T08:20:10.000Z"


def test_the_last_hour_is_shown_when_nothing_is_said(past: House) -> None:
    series = past.get("/series", **CPU)
    assert (len(series["at"]), sum(series["n"]), series["at"][0]) == (300, 3, "2026-11-22T07:30:00.000Z")


def test_a_plus_that_was_not_escaped_is_understood(past: House) -> None:
    response = past.call(
        "GET",
        "/api/v1/series?device=north:a101-pc&metric=system.cpu.utilization&from=2026-11-22T16:20:00+08:00&points=1",
    )
    assert response.json()["n"] == [3]


def test_every_mistake_of_a_question_is_told(past: House) -> None:
    response = past.call("GET", "/api/v1/series", params=CPU | {"from": "yesterday", "to": "2026-11-22", "points": "0"})
    assert response.status_code == 400
    assert {mistake["where"] for mistake in response.json()["errors"]} == {"from", "to", "points"}


BAD = [
    pytest.param({"from": "2026-11-22T08:30:00Z", "to": "2026-11-22T08:20:00Z"}, "to", id="ends before it begins"),
    pytest.param({"from": "1990-01-01T00:00:00Z"}, "from", id="far too long"),
    pytest.param({"from": "2026-11-01T00:00:00Z", "points": "raw"}, "from", id="too long for each reading"),
    pytest.param({"from": "0001-01-01T00:00:00+14:00"}, "from", id="before all time"),
    pytest.param({"points": "5001"}, "points", id="too many buckets"),
    pytest.param({"points": "9" * 5000}, "points", id="a number without end"),
]


@pytest.mark.parametrize(("params", "where"), BAD)
def test_a_bad_span_is_refused(past: House, params: dict[str, str], where: str) -> None:
    response = past.call("GET", "/api/v1/series", params=CPU | params)
    assert response.status_code == 400
    assert [mistake["where"] for mistake in response.json()["errors"]] == [where]


def test_a_series_that_is_not_there_is_not_found(past: House) -> None:
    assert past.call("GET", "/api/v1/series", params=CPU | {"instance": "core0"}).status_code == 404
    assert past.call("GET", "/api/v1/series", params=CPU | {"device": "north:nowhere"}).status_code == 404
    assert past.call("GET", "/api/v1/series", Role.CUSTOMER, params=CPU).status_code == 404


def test_a_store_that_cannot_be_read_is_503_with_its_sentence(past: House) -> None:
    past.past.fails = "the disk of the readings is gone; put it back"
    response = past.call("GET", "/api/v1/series", params=span())
    assert (response.status_code, response.json()["detail"]) == (503, past.past.fails)
