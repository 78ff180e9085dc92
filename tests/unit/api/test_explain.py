"""Why a device is what it is, and the stored past, over the API."""

from datetime import datetime

import pytest

from collector.core.explain import Explanation
from collector.core.model import DeviceId
from collector.store.errors import StoreError
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House
from tests.unit.core.classify_scene import Scene, campus, room

HOST = "north:a101-pc"
PATH = f"/api/v1/devices/{HOST}/explain"


@pytest.fixture
def scene() -> Scene:
    """The classifier behind it: the processor of a host is saturated in a lesson."""
    made = Scene(campus(room((0, 45, True))))
    made.born(HOST, room="s/r")
    made.holds("system.cpu.utilization", 0.97, 60, device=HOST)
    return made


def test_a_device_is_explained_in_seconds_and_words(house: House, scene: Scene) -> None:
    house.app.state.explain = lambda device: scene.classifier.explain(device, scene.now)
    answer = house.call("GET", PATH, Role.VIEWER)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["device"], said["context"], said["presence"], said["pending"]) == (HOST, "lesson", "here", True)
    (reason,) = said["reasons"]
    assert (reason["key"], reason["standing"], reason["level"]) == ("cpu-saturated", "raising", 2)
    (rung,) = said["watched"][0]["rungs"]
    assert (rung["parts"], rung["raise_for_s"]) == ([{"text": ">= 0.95", "holds": True}], 300.0)


def test_who_may_not_see_a_device_gets_no_explanation(house: House, scene: Scene) -> None:
    house.app.state.explain = lambda device: scene.classifier.explain(device, scene.now)
    assert house.call("GET", PATH.replace("north:a101-pc", "north:nobody")).status_code == 404
    assert house.call("GET", PATH, None).status_code == 401


def test_a_line_that_is_held_up_is_said(house: House) -> None:
    def held_up(device: DeviceId) -> Explanation | None:
        raise TimeoutError("the line is held up")

    house.app.state.explain = held_up
    answer = house.call("GET", PATH)
    assert (answer.status_code, answer.json()["detail"]) == (503, "the line is held up")


def test_the_past_is_for_those_who_look_after_rules(house: House) -> None:
    asked: list[tuple[datetime, datetime]] = []

    def dump(start: datetime, end: datetime) -> bytes:
        asked.append((start, end))
        if len(asked) > 1:
            raise StoreError("too long")
        return b"past"

    house.app.state.past = dump
    path = "/api/v1/past?from=2026-11-22T08:00:00Z&to=2026-11-22T09:00:00Z"
    assert house.call("GET", path, Role.VIEWER).status_code == 403
    assert house.call("GET", path, Role.ENGINEER).content == b"past"
    assert [(end - start).total_seconds() for start, end in asked] == [3600]
    answer = house.call("GET", path, Role.ENGINEER)
    assert (answer.status_code, answer.json()["detail"]) == (503, "too long")
    assert house.call("GET", "/api/v1/past?from=yesterday").status_code == 400
