"""Sites and rooms as the API shows them."""

from datetime import timedelta

from collector.core.campus import Campus
from collector.core.model import Level, State
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House, health
from tests.unit.api.fakes import NOW


def test_sites_stand_in_campus_order_with_their_worst_level_and_counts(house: House) -> None:
    house.publish(
        health("north:a101-pc", State.DEGRADED, Level.SEVERE), health("north:a101-pc:cam"), health("south:b201-pc")
    )
    north, south = house.get("/sites")["items"]
    assert (north["id"], north["name"], north["time_zone"]) == ("north", "North campus", "Asia/Shanghai")
    assert (north["level"], north["counts"]["degraded"], north["counts"]["ok"]) == (2, 1, 1)
    assert (south["state"], south["level"]) == ("ok", None)


def test_a_room_names_the_worst_of_its_devices(house: House) -> None:
    house.publish(
        health("north:a101-pc", State.DEGRADED, Level.DEGRADED),
        health("north:a101-pc:cam", State.FAILED, Level.OUTAGE),
    )
    room = house.get("/rooms/north/a101")
    assert (room["state"], room["level"]) == ("failed", 1)
    assert (room["worst"]["id"], room["worst"]["role"]) == ("north:a101-pc:cam", "camera")


def test_a_room_whose_recorder_cannot_be_seen_says_so_before_a_level_3(house: House) -> None:
    house.publish(health("north:a101-pc", State.UNKNOWN), health("north:a101-pc:cam", State.DEGRADED, Level.DEGRADED))
    room = house.get("/rooms/north/a101")
    assert (room["recorder_state"], room["worst"]["id"]) == ("unknown", "north:a101-pc")


def test_a_room_tells_the_lesson_that_runs_and_the_next(house: House) -> None:
    room = house.get("/rooms", site="north")["items"][0]
    assert room["context"] == "lesson"
    assert (room["lesson"]["now"]["title"], room["lesson"]["now"]["recorded"]) == ("Algebra", True)
    assert room["lesson"]["next"]["title"] == "Physics"
    house.clock.go(minutes=30)
    house.board.sweep(house.clock())
    room = house.get("/rooms/north/a101")
    assert (room["lesson"]["now"], room["context"]) == (None, "open")
    assert [lesson["title"] for lesson in room["lessons"]] == ["Algebra", "Physics"]


def test_a_room_records_when_any_of_its_recorders_says_so(house: House) -> None:
    house.publish(health("north:a101-pc"))
    assert house.get("/rooms/north/a101")["recording"] == {"active": None, "since": None}
    house.values.put("north:a101-pc", "classroom.recording.active", 1.0, NOW - timedelta(seconds=10))
    house.board.sweep(NOW)
    assert house.get("/rooms/north/a101")["recording"] == {"active": True, "since": "2026-11-22T08:29:50Z"}
    assert house.get("/sites")["items"][0]["rooms"] == {"total": 2, "recording": 1, "unknown": 1}
    house.values.put("north:a101-pc", "classroom.recording.active", 0.0, NOW)
    house.board.sweep(NOW)
    assert house.get("/rooms/north/a101")["recording"]["active"] is False


def test_what_a_silent_recorder_said_last_is_no_recording(house: House) -> None:
    house.publish(health("north:a101-pc"))
    house.values.put("north:a101-pc", "classroom.recording.active", 1.0)
    house.publish(health("north:a101-pc", State.UNKNOWN))
    assert house.get("/rooms/north/a101")["recording"]["active"] is None
    house.publish(health("north:a101-pc"))
    house.clock.go(minutes=6)
    house.board.sweep(house.clock())
    assert house.get("/rooms/north/a101")["recording"]["active"] is None


def test_a_room_that_is_not_in_the_campus_file_stands_last_and_says_so(house: House) -> None:
    house.publish(health("west:pc", room="west/lab", role="recorder-pc"))
    last = house.get("/rooms")["items"][-1]
    assert (last["id"], last["name"], last["in_campus"]) == ("west/lab", "lab", False)
    assert house.get("/sites")["items"][-1]["in_campus"] is False


def test_a_customer_sees_their_own_sites_alone(house: House) -> None:
    assert [site["id"] for site in house.get("/sites", Role.CUSTOMER)["items"]] == ["south"]
    assert [room["id"] for room in house.get("/rooms", Role.CUSTOMER)["items"]] == ["south/b201"]
    assert house.call("GET", "/api/v1/rooms/north/a101", Role.CUSTOMER).status_code == 404
    assert house.get("/rooms", Role.CUSTOMER, site="north")["items"] == []


def test_a_room_that_is_not_there_is_not_found(house: House) -> None:
    response = house.call("GET", "/api/v1/rooms/north/nowhere")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "there is no room 'north/nowhere'"


def test_a_new_campus_file_takes_rooms_away(house: House) -> None:
    assert len(house.get("/rooms")["items"]) == 3
    house.board.replace(Campus())
    assert house.get("/rooms")["items"] == []
    assert house.get("/sites")["items"] == []
