"""Planned work through the API: planned, listed, shown on rooms and devices, ended; and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from collector.store.records.accounts import Role
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import NOW

ROOM = "north/a101"
PC = "north:a101-pc"


def at(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def plan(house: House, role: Role = Role.OPERATOR, **asked: Any) -> dict[str, Any]:
    body = {"room": ROOM, "start": at(0), "end": at(2), "reason": "new projector"} | asked
    response = house.call("POST", "/api/v1/maintenance", role, json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def room(house: House) -> dict[str, Any]:
    shown: dict[str, Any] = house.get(f"/rooms/{ROOM}")
    return shown


def test_a_planned_window_is_shown_with_its_times(house: House) -> None:
    made = plan(house, start=at(1), end=at(3))
    assert (made["site"], made["room"], made["device"], made["rule"]) == ("north", ROOM, None, None)
    assert (made["state"], made["now"], made["next"]) == ("planned", None, {"start": at(1), "end": at(3)})
    assert (made["made_by"], made["reason"], made["time_zone"]) == (
        "operator of the tests",
        "new projector",
        "Asia/Shanghai",
    )
    assert house.get("/maintenance")["items"] == [made]


def test_a_running_window_is_on_its_room_and_devices_until_it_is_over(house: House) -> None:
    house.publish(health(PC))
    plan(house)
    assert room(house)["maintenance"] == at(2)
    assert house.get(f"/devices/{PC}")["maintenance"] == at(2)
    house.clock.go(hours=2)
    house.board.sweep(house.clock())
    assert room(house)["maintenance"] is None
    assert house.get(f"/devices/{PC}")["maintenance"] is None
    assert [one["state"] for one in house.get("/maintenance", state="over")["items"]] == ["over"]
    assert house.get("/maintenance")["items"] == []


def test_work_on_one_device_leaves_its_room_as_it_is(house: House) -> None:
    house.publish(health(PC))
    plan(house, room=None, device=PC)
    assert (room(house)["maintenance"], house.get(f"/devices/{PC}")["maintenance"]) == (None, at(2))
    assert [one["device"] for one in house.get("/maintenance", room=ROOM)["items"]] == [PC]


def test_the_stream_tells_when_work_begins_and_ends(house: House) -> None:
    house.publish(health(PC))
    house.board.take_news(NOW)
    plan(house)
    news = house.board.take_news(NOW)
    assert ([view.id for view in news.rooms], {one.device.id for one in news.devices}) == ([ROOM], {PC, f"{PC}:cam"})
    house.clock.go(hours=3)
    house.board.sweep(house.clock())
    news = house.board.take_news(house.clock())
    assert ([view.id for view in news.rooms], {one.device.id for one in news.devices}) == ([ROOM], {PC, f"{PC}:cam"})


def test_weekly_times_are_those_of_the_site(house: House) -> None:
    made = plan(house, start=None, end=None, weekly={"days": ["mon", "thu"], "begins": "22:00", "ends": "06:00"})
    assert made["repeats"] == "FREQ=WEEKLY;BYDAY=MO,TH"
    assert made["next"] == {"start": "2026-11-23T14:00:00Z", "end": "2026-11-23T22:00:00Z"}
    assert len(made["spans"]) == 4


def test_a_rule_of_icalendar_is_kept_as_it_is(house: House) -> None:
    made = plan(house, repeats="FREQ=DAILY;COUNT=3")
    assert [span["start"] for span in made["spans"]] == [at(0), at(24), at(48)]
    assert made["repeats"] == "FREQ=DAILY;COUNT=3"


def test_what_runs_may_be_ended_early_and_comes_again_where_it_repeats(house: House) -> None:
    daily = plan(house, repeats="FREQ=DAILY")
    house.clock.go(hours=1)
    ended = house.call("POST", f"/api/v1/maintenance/{daily['id']}/end", Role.OPERATOR).json()
    assert (ended["state"], ended["now"], ended["next"]["start"]) == ("planned", None, at(24))
    assert room(house)["maintenance"] is None
    assert house.call("POST", f"/api/v1/maintenance/{daily['id']}/end", Role.OPERATOR).status_code == 409
    assert house.call("DELETE", f"/api/v1/maintenance/{daily['id']}", Role.OPERATOR).status_code == 204
    (over,) = house.get("/maintenance", state="over")["items"]
    assert (over["ended_by"], over["next"]) == ("operator of the tests", None)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CUSTOMER])
@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("DELETE", "/1"), ("POST", "/1/end")])
def test_only_who_operates_may_plan(house: House, role: Role, method: str, path: str) -> None:
    body = {"room": ROOM, "start": at(0), "end": at(2)}
    assert house.call(method, f"/api/v1/maintenance{path}", role, json=body).status_code == 403


def test_a_customer_sees_the_work_at_its_own_sites(house: House) -> None:
    plan(house)
    plan(house, room=None, site="south")
    assert [one["site"] for one in house.get("/maintenance", Role.CUSTOMER)["items"]] == ["south"]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        pytest.param({"room": None}, ["site"], id="no place"),
        pytest.param({"room": "north/z9"}, ["room"], id="no such room"),
        pytest.param({"room": None, "site": "west"}, ["site"], id="no such site"),
        pytest.param({"device": "north:z9"}, ["device"], id="no such device"),
        pytest.param({"site": "south"}, ["site"], id="the room is elsewhere"),
        pytest.param({"rule": "no-such"}, ["rule"], id="no such rule"),
        pytest.param({"end": at(0)}, ["end"], id="no length"),
        pytest.param({"start": at(-3), "end": at(-1)}, ["end"], id="over already"),
        pytest.param({"start": "2026-11-22T08:30:00"}, ["start"], id="no offset"),
        pytest.param({"start": None, "end": None}, ["start", "end"], id="no times"),
        pytest.param({"repeats": "weekly"}, ["repeats"], id="no rule"),
        pytest.param(
            {"weekly": {"days": ["mon"], "begins": "22:00", "ends": "23:00"}}, ["weekly"], id="weekly and start"
        ),
        pytest.param({"room": "north/z9", "rule": "no-such", "end": at(-9)}, ["room", "rule", "end"], id="all at once"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_every_mistake(
    house: House, asked: dict[str, Any], where: list[str]
) -> None:
    body = {"room": ROOM, "start": at(0), "end": at(2)} | asked
    response = house.call("POST", "/api/v1/maintenance", Role.OPERATOR, json=body)
    assert response.status_code == 400
    assert [one["where"] for one in response.json()["errors"]] == [f"body.{name}" for name in where]


def test_a_window_that_there_is_not_is_not_ended(house: House) -> None:
    for method, path in (("DELETE", "/7"), ("POST", "/7/end")):
        assert house.call(method, f"/api/v1/maintenance{path}", Role.OPERATOR).status_code == 404
