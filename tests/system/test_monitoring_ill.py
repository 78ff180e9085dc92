"""Where broker or collector stand still, rooms live on: at most one ticket, about the watch, and no reading is lost."""

import signal
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.house import House, house, wait_for

PLACES = [("east", "a101"), ("east", "a102"), ("east", "a103"), ("west", "b201"), ("west", "b202"), ("west", "b203")]
STANDS_S = 45.0  # longer than agents may be silent: three intervals and the rule's 30 s


@pytest.fixture
def up(tmp_path: Path) -> Iterator[House]:
    """A house with six agents at two sites."""
    with house(tmp_path, "--no-agent") as made:
        for site, room in PLACES:
            made.agent(f"pc-{room}", site=site, room=room)
        wait_for(lambda: well(made) == len(PLACES), within_s=60, saying="all agents are ok")
        yield made


def well(up: House) -> int:
    return sum(1 for device in up.items("/devices") if device["state"] == "ok" and device["role"] == "recorder-pc")


def of_rooms(up: House) -> list[dict[str, Any]]:
    return [ticket for ticket in up.items("/tickets") if ticket["device"] != "roomtone:collector"]


def longest_gap_s(up: House, device: str) -> float:
    """Return the longest time between two readings that were stored; each agent reads once a second."""
    found = up.get("/series", device=device, metric="system.cpu.utilization", points="raw")["at"]
    moments = [datetime.fromisoformat(at).timestamp() for at in found]
    assert moments
    return max(later - sooner for sooner, later in pairwise(moments))


def is_stored(up: House, places: list[tuple[str, str]]) -> bool:
    return all(longest_gap_s(up, f"{site}:pc-{room}") < 3 for site, room in places)


def test_a_broker_that_stands_still_is_one_ticket_about_the_watch(up: House) -> None:
    assert up.process is not None
    children = psutil.Process(up.process.popen.pid).children()
    broker = next(child for child in children if "nats-server" in child.name())
    broker.suspend()
    try:
        wait_for(lambda: httpx.get(f"{up.url}/readyz").status_code == 503, within_s=40, saying="it sees no broker")
        (ticket,) = wait_for(lambda: up.items("/tickets"), within_s=60, saying="a ticket about the watch")
        states = {device["state"] for device in up.items("/devices") if device["role"] == "recorder-pc"}
        assert states <= {"ok", "unknown"}
    finally:
        broker.resume()
    wait_for(lambda: well(up) == len(PLACES), within_s=90, saying="all agents are ok again")
    wait_for(lambda: is_stored(up, PLACES), within_s=60, saying="what was read meanwhile is stored")
    wait_for(
        lambda: up.get(f"/tickets/{ticket['id']}")["state"] == "restored", within_s=90, saying="the watch is well again"
    )
    (only,) = up.items("/tickets")
    assert (only["level"], only["device"]) == (3, "roomtone:collector")


def test_a_collector_that_stands_still_takes_nobody_for_silent_but_who_is(up: House) -> None:
    assert up.process is not None
    up.process.signal(signal.SIGSTOP)
    try:
        up.agents["pc-b203"].kill()
        time.sleep(STANDS_S)  # nobody can be asked meanwhile
    finally:
        up.process.signal(signal.SIGCONT)
    (ticket,) = wait_for(lambda: of_rooms(up), within_s=90, saying="a ticket for who died meanwhile")
    assert (ticket["device"], ticket["level"]) == ("west:pc-b203", 1)
    wait_for(lambda: well(up) == len(PLACES) - 1, within_s=60, saying="all others are ok")
    wait_for(lambda: is_stored(up, PLACES[:-1]), within_s=60, saying="what was read meanwhile is stored")
    assert [one["id"] for one in of_rooms(up)] == [ticket["id"]]
    assert len(up.items("/tickets")) <= 2  # the other is about the watch, if there is one
