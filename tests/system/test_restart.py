"""A collector that dies and comes back goes on where it was: incidents, timers, clocks, and no second ticket."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.house import House, house, wait_for

FOR_S = 30  # of agent-silent


def tickets(house: House, device: str) -> list[dict[str, Any]]:
    return [t for t in house.items("/tickets") if t["device"] == device]


def state_of(house: House, device: str) -> str | None:
    return next((d["state"] for d in house.items("/devices") if d["id"] == device), None)


def test_a_restart_in_the_middle_of_everything_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, "--no-agent")
    try:
        house.up()
        house.agent("pc-open", room="a101")
        house.agent("pc-timed", room="a102")
        for device in ("east:pc-open", "east:pc-timed"):
            wait_for(lambda d=device: state_of(house, d) == "ok", within_s=30, saying=f"{device} is ok")
        house.agents["pc-open"].kill()
        wait_for(lambda: tickets(house, "east:pc-open"), within_s=FOR_S + 15, saying="a ticket for the first")
        (before,) = tickets(house, "east:pc-open")
        assert house.post(f"/tickets/{before['id']}/acknowledge").status_code == 200

        house.agents["pc-timed"].kill()
        killed = time.time()
        wait_for(
            lambda: next(d for d in house.items("/devices") if d["id"] == "east:pc-timed")["pending"],
            within_s=10,
            saying="the second is being timed",
        )
        time.sleep(max(0.0, killed + 10 - time.time()))  # a third of `for` has run
        assert house.process is not None
        house.process.kill()
        house.up()

        (after,) = tickets(house, "east:pc-open")
        assert after["state"] == "acknowledged"
        assert [(c["step"], c["due_at"]) for c in after["clocks"]] == [
            (c["step"], c["due_at"]) for c in before["clocks"]
        ]
        assert state_of(house, "east:pc-open") == "failed"

        wait_for(lambda: tickets(house, "east:pc-timed"), within_s=FOR_S + 15, saying="a ticket for the second")
        (timed,) = tickets(house, "east:pc-timed")
        opened = datetime.fromisoformat(timed["opened_at"]).timestamp()
        assert FOR_S - 2 <= opened - killed <= FOR_S + 15  # the timer went on; it did not begin again after the restart
        assert len(tickets(house, "east:pc-open")) == 1
        assert len(house.items("/incidents", state="all")) == 2
    finally:
        house.stop()


def rules_of(house: House) -> set[str]:
    return {incident["rule"] for incident in house.items("/incidents", state="all")}


def test_a_broker_that_hangs_for_a_minute_makes_nobody_silent(tmp_path: Path) -> None:
    with house(tmp_path, "--no-agent") as up:
        up.agent("pc-1", room="a101")
        wait_for(lambda: state_of(up, "east:pc-1") == "ok", within_s=30, saying="the agent is ok")
        assert up.process is not None
        children = psutil.Process(up.process.popen.pid).children()
        broker = next(child for child in children if "nats-server" in child.name())
        broker.suspend()
        end = time.monotonic() + 60
        try:
            wait_for(lambda: httpx.get(f"{up.url}/readyz").status_code == 503, within_s=40, saying="not ready")
            while time.monotonic() < end:
                assert rules_of(up) <= {"monitoring-ill"}
                time.sleep(1)
        finally:
            broker.resume()
        wait_for(lambda: httpx.get(f"{up.url}/readyz").status_code == 200, within_s=90, saying="ready again")
        wait_for(lambda: state_of(up, "east:pc-1") == "ok", within_s=90, saying="the agent is ok")
        assert rules_of(up) <= {"monitoring-ill"}
