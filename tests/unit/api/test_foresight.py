"""Foresight over the API: the devices of the board, by the sites that the caller may see."""

from typing import Any

from collector.core.campus import Campus
from collector.store.records.accounts import Role
from tests.unit.api.conftest import House
from tests.unit.desk.foresight_scene import NOW, Stores


def look(house: House, role: Role = Role.VIEWER, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = house.get("/foresight", role, **query)
    return found


def prepared(house: House) -> Stores:
    """Return stores with twenty good projectors, one that fails and one whose lamp is old, all on the board."""
    stores = Stores()
    for number in range(20):
        stores.add(f"p{number}", failures=1)
    stores.add("bad", failures=9)
    lamp = stores.add("lamp")
    stores.reads(lamp, "classroom.projector.lamp.time", [2800 + 8 * day for day in range(20)])
    stores.reads(lamp, "classroom.projector.lamp.limit", [3000.0] * 20)
    stores.reads(stores.add("young"), "classroom.projector.filter.time", [20.0])
    house.app.state.foresight = stores.desk
    house.board.replace(Campus(devices={device.id: device for device in stores.devices}))
    house.clock.at = NOW
    return stores


def test_the_list_says_who_why_and_how_likely(house: House) -> None:
    prepared(house)
    found = look(house)
    assert [(line["device"], line["chance"] > 0.3) for line in found["likely"]] == [
        ("south:gw:lamp", True),
        ("south:gw:bad", True),
    ]
    (unit,) = found["failing"]
    assert (unit["failures"], unit["model"], unit["room"]) == (9, "E X", "south/w201")
    assert unit["rate_low"] < unit["rate"] < unit["rate_high"]
    assert unit["model_peers"]["units"] == 22
    (part,) = found["wearing"]
    assert (part["kind"], part["limit"], part["per_day"]) == ("lamp", 3000, 8)
    (young,) = found["undated"]
    assert (young["device"], young["kind"], young["days"], young["dated_at"]) == ("south:gw:young", "filter", 1, None)
    assert part["earliest_at"] <= part["due_at"] <= part["latest_at"]


def test_a_list_is_narrowed_to_sites_that_are_asked_for_and_may_be_seen(house: House) -> None:
    prepared(house)
    assert look(house, site="north")["failing"] == []
    assert len(look(house, Role.CUSTOMER, site="south")["failing"]) == 1


def test_nothing_known_is_an_empty_list(house: House) -> None:
    found = look(house)
    assert [found[name] for name in ("likely", "failing", "wearing", "undated")] == [[], [], [], []]
