"""Planned work on a real house: a fault in a window waits, also over a power cut, and opens when the window ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import House, wait_for

ROOM = "east/a104"
PC = "east:pc-worked-on"


def state(up: House) -> str:
    return next((str(one["state"]) for one in up.items("/devices") if one["id"] == PC), "")


def incident(up: House) -> dict[str, Any] | None:
    return next((one for one in up.items("/incidents") if one["device"] == PC), None)


def test_a_fault_in_a_window_opens_its_ticket_when_the_window_ends(up: House) -> None:
    agent = up.agent("pc-worked-on", room="a104")
    wait_for(lambda: state(up) == "ok", within_s=30, saying="the agent is there")
    now = datetime.now(UTC)
    planned = up.post(
        "/maintenance",
        {"room": ROOM, "start": now.isoformat(), "end": (now + timedelta(hours=2)).isoformat(), "reason": "new disk"},
    )
    assert planned.status_code == 201, planned.text
    assert up.get(f"/rooms/{ROOM}")["maintenance"] == planned.json()["now"]["end"]

    agent.kill()
    held = wait_for(lambda: incident(up), within_s=60, saying="the silence is an incident")
    assert (held["maintenance"], held["ticket"], held["level"]) == (True, None, 1)

    assert up.process is not None
    up.process.kill()
    up.up()
    again = wait_for(lambda: incident(up), within_s=30, saying="the incident is there after the power cut")
    assert (again["id"], again["maintenance"], again["ticket"]) == (held["id"], True, None)
    assert up.items("/tickets") == []

    ended = up.post(f"/maintenance/{planned.json()['id']}/end")
    assert ended.status_code == 200, ended.text
    (ticket,) = wait_for(lambda: up.items("/tickets"), within_s=10, saying="the ticket opens when the window ends")
    assert (ticket["incidents"], ticket["onset_at"]) == ([held["id"]], held["onset_at"])
    assert ticket["opened_at"] > ended.json()["ended_at"] > held["detected_at"]
    assert up.get(f"/rooms/{ROOM}")["maintenance"] is None
