"""Devices and their metrics as the API shows them."""

from datetime import timedelta

import pytest

from collector.core.model import Level, State
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import NOW

FILTERS = [
    pytest.param({}, ["north:a101-pc", "north:a101-pc:cam", "south:b201-pc"], id="all of them"),
    pytest.param({"site": "south"}, ["south:b201-pc"], id="by site"),
    pytest.param({"room": "north/a101"}, ["north:a101-pc", "north:a101-pc:cam"], id="by room"),
    pytest.param({"room": "b201"}, ["south:b201-pc"], id="by a room's own id"),
    pytest.param({"role": "camera"}, ["north:a101-pc:cam"], id="by role"),
    pytest.param({"state": ["ok", "failed"]}, ["north:a101-pc", "north:a101-pc:cam"], id="by repeated state"),
    pytest.param({"site": ["north", "south"], "state": "unknown"}, ["south:b201-pc"], id="by two things"),
]


@pytest.mark.parametrize(("params", "expected"), FILTERS)
def test_devices_can_be_narrowed(house: House, params: dict[str, str], expected: list[str]) -> None:
    house.publish(health("north:a101-pc"), health("north:a101-pc:cam", State.FAILED, Level.OUTAGE))
    assert [device["id"] for device in house.get("/devices", **params)["items"]] == expected


def test_a_device_of_the_campus_file_that_never_came_is_unknown(house: House) -> None:
    device = house.get("/devices/south:b201-pc")
    assert (device["state"], device["last_seen"], device["in_campus"]) == ("unknown", None, True)


def test_a_device_is_shown_with_all_that_is_known_of_it(house: House) -> None:
    house.publish(health("north:a101-pc", State.FAILED, Level.OUTAGE, pending=True))
    house.values.put("north:a101-pc", "system.cpu.utilization", 0.94)
    device = house.get("/devices/north:a101-pc")
    assert (device["site_name"], device["room"], device["room_name"]) == ("North campus", "north/a101", "A101")
    assert (device["state"], device["level"], device["pending"]) == ("failed", 1, True)
    assert device["unit"] == {"vendor": "", "model": "", "serial": "", "firmware": ""}
    assert device["highlight"]["value"] == 0.94
    assert house.get("/devices/north:a101-pc:cam")["agent"] == "north:a101-pc"


def test_an_agent_was_seen_with_its_last_message_and_a_device_with_its_last_reading(house: House) -> None:
    house.publish(health("north:a101-pc"), health("north:a101-pc:cam"))
    house.board.hear({health("north:a101-pc").device.id: NOW + timedelta(seconds=7)})
    house.values.put("north:a101-pc:cam", "hw.temperature", 40, NOW + timedelta(seconds=3))
    assert house.get("/devices/north:a101-pc")["last_seen"] == "2026-11-22T08:30:07Z"
    assert house.get("/devices/north:a101-pc:cam")["last_seen"] == "2026-11-22T08:30:03Z"


def test_the_last_value_of_each_metric_is_listed(house: House) -> None:
    house.publish(health("north:a101-pc"))
    house.values.put("north:a101-pc", "system.filesystem.utilization", 0.61, instance="/")
    house.values.put("north:a101-pc", "system.cpu.utilization", 0.07)
    cpu, disk = house.get("/devices/north:a101-pc/metrics")["items"]
    assert cpu == {
        "metric": "system.cpu.utilization", "instance": "", "value": 0.07, "unit": "1", "at": "2026-11-22T08:30:00Z",
    }  # fmt: skip
    assert (disk["metric"], disk["instance"]) == ("system.filesystem.utilization", "/")


def test_pages_follow_one_another_to_the_end(house: House) -> None:
    house.publish(*(health(f"north:x{number:03}") for number in range(250)))
    found, cursor = [], None
    while True:
        page = house.get("/devices", limit=60, **({"cursor": cursor} if cursor else {}))
        found += [device["id"] for device in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        assert len(page["items"]) == 60
    assert len(found) == len(set(found)) == 253


def test_a_page_goes_on_behind_a_device_that_others_were_put_before(house: House) -> None:
    house.publish(*(health(f"north:x{number}") for number in range(1, 9)))
    page = house.get("/devices", limit=6)
    house.publish(health("north:x0"))
    following = house.get("/devices", limit=100, cursor=page["next"])
    assert following["items"][0]["id"] == "north:x4"


def test_a_hundred_devices_are_a_page_unless_asked_otherwise(house: House) -> None:
    house.publish(*(health(f"north:x{number:03}") for number in range(150)))
    assert len(house.get("/devices")["items"]) == 100
    assert house.call("GET", "/api/v1/devices?limit=1001").status_code == 400


def test_a_customer_does_not_learn_that_a_device_elsewhere_is_there(house: House) -> None:
    there = house.call("GET", "/api/v1/devices/north:a101-pc", Role.CUSTOMER)
    nowhere = house.call("GET", "/api/v1/devices/north:nowhere", Role.CUSTOMER)
    assert there.status_code == nowhere.status_code == 404
    assert house.get("/devices", Role.CUSTOMER)["items"][0]["id"] == "south:b201-pc"


def test_the_limits_of_each_metric_are_listed(house: House) -> None:
    house.publish(health("north:a101-pc"))
    house.values.put("north:a101-pc", "system.cpu.utilization", 0.07)
    (limit,) = house.get("/devices/north:a101-pc/thresholds")["items"]
    assert limit == {
        "rule": "busy", "metric": "system.cpu.utilization", "instance": "", "level": 3, "operator": "at_least",
        "value": 0.95, "for_s": 300.0, "contexts": None, "override": None,
    }  # fmt: skip
    assert house.get("/devices/north:a101-pc:cam/thresholds")["items"] == []


def test_rules_that_are_different_at_a_device_are_listed_from_and_to(house: House) -> None:
    house.publish(health("north:a101-pc"), health("north:a102-pc", room="north/a102"))
    for device in ("north:a101-pc", "north:a102-pc"):
        house.values.put(device, "system.cpu.utilization", 0.07)
    assert house.get("/devices/north:a101-pc/overrides")["items"] == []
    (override,) = house.get("/devices/north:a102-pc/overrides")["items"]
    (own,), (here,) = override.pop("own"), override.pop("here")
    assert override == {
        "rule": "busy", "words": {}, "at": "campus.yaml:5:5", "why": "it encodes four streams",
        "place": {"site": None, "room": "north/a102", "device": None, "instances": None}, "instances": [""],
    }  # fmt: skip
    raises = {"text": ">= 0.95", "for_s": 300.0, "operator": "at_least", "value": 0.95}
    assert own == {"key": "busy", "metric": "system.cpu.utilization", "raises": raises, "clears": None, "levels": [3]}
    assert here == own | {"raises": raises | {"text": ">= 0.99", "value": 0.99}}
    assert house.call("GET", "/api/v1/devices/north:a102-pc/overrides", Role.CUSTOMER).status_code == 404
