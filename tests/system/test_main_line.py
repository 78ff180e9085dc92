"""From a fault in a classroom to a ticket: real agents, real broker, real deaths.

The three faults run side by side, since each waits for the `for` of its rule.
"""

import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, wait_for
from tests.snmp_peers import ON_BATTERY, UPS_DIRECTORY, Snmpsim

FOR_S = 30  # of agent-silent
INTERVAL_S = 1
KEEPALIVE_S = 4


def device(up: House, name: str) -> dict[str, Any] | None:
    return next((d for d in up.items("/devices") if d["id"] == name), None)


def ticket_of(up: House, name: str) -> dict[str, Any] | None:
    return next((t for t in up.items("/tickets") if t["device"] == name), None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def ups() -> Iterator[Snmpsim]:
    with Snmpsim(UPS_DIRECTORY) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def faults(up: House, ups: Snmpsim, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Break three things at once; return the moment of each."""
    community = tmp_path_factory.mktemp("secrets") / "community"
    community.touch(mode=0o600)
    community.write_text("ups")
    up.agent("pc-killed", room="a101")
    up.agent("pc-frozen", room="a102")
    up.agent(
        "pc-ups",
        room="a103",
        extra=f'\n[[snmp]]\nid = "ups-1"\nrole = "ups"\nhost = "127.0.0.1"\nport = {ups.port}\n'
        f'version = "2c"\ncommunity_file = "{community}"\ninterval_s = 1\n',
    )
    for name in ("east:pc-killed", "east:pc-frozen", "east:pc-ups", "east:pc-ups:ups-1"):
        wait_for(lambda name=name: (device(up, name) or {}).get("state") == "ok", within_s=30, saying=f"{name} is ok")
    up.agents["pc-killed"].kill()
    killed = time.time()
    up.agents["pc-frozen"].signal(signal.SIGSTOP)
    ups.set_ups(source=ON_BATTERY, minutes_left=30)
    return {"killed": killed, "frozen": killed, "ups": time.time()}


def test_a_death_is_pending_long_before_it_is_a_ticket(up: House, faults: dict[str, float]) -> None:
    """That it is within a second: tests/browser/test_death.py, and bench/detection.py with 1,000 rooms."""
    assert faults["killed"]
    wait_for(
        lambda: (device(up, "east:pc-killed") or {}).get("pending") is True,
        within_s=10,
        saying="the killed agent is pending",
    )
    assert ticket_of(up, "east:pc-killed") is None


def test_a_ups_on_battery_is_level_3_and_level_2_when_its_time_is_short(
    up: House, ups: Snmpsim, faults: dict[str, float]
) -> None:
    ticket = wait_for(lambda: ticket_of(up, "east:pc-ups:ups-1"), within_s=30, saying="a ticket for the UPS")
    assert ticket["level"] == 3
    ups.set_ups(minutes_left=5)
    wait_for(
        lambda: (t := ticket_of(up, "east:pc-ups:ups-1")) and t["level"] == 2,
        within_s=30,
        saying="the ticket at level 2",
    )
    assert [t["id"] for t in up.items("/tickets") if t["device"] == "east:pc-ups:ups-1"] == [ticket["id"]]


def test_a_killed_agent_is_a_level_1_ticket(up: House, faults: dict[str, float]) -> None:
    ticket = wait_for(lambda: ticket_of(up, "east:pc-killed"), within_s=FOR_S + 10, saying="a ticket for the kill")
    delay_s = at(ticket["opened_at"]).timestamp() - faults["killed"]
    assert ticket["level"] == 1
    assert FOR_S - 2 <= delay_s <= FOR_S + 5
    assert ticket["site"] == "east"
    assert {c["step"] for c in ticket["clocks"]} >= {"respond", "arrive", "solve"}
    assert {c["state"] for c in ticket["clocks"]} == {"running"}


def test_a_frozen_agent_is_a_level_1_ticket_after_its_keepalive(up: House, faults: dict[str, float]) -> None:
    ticket = wait_for(lambda: ticket_of(up, "east:pc-frozen"), within_s=FOR_S + 20, saying="a ticket for the freeze")
    delay_s = at(ticket["opened_at"]).timestamp() - faults["frozen"]
    assert ticket["level"] == 1
    assert delay_s <= FOR_S + 1.5 * KEEPALIVE_S + 5


def test_an_agent_that_is_back_restores_its_ticket_and_does_not_close_it(up: House, faults: dict[str, float]) -> None:
    up.agent("pc-killed", room="a101")
    up.agents["pc-frozen"].signal(signal.SIGCONT)
    for name in ("east:pc-killed", "east:pc-frozen"):
        ticket = wait_for(
            lambda name=name: (t := ticket_of(up, name)) and t["state"] == "restored" and t,
            within_s=60 + 20,
            saying=f"the ticket of {name} is restored",
        )
        states = {c["step"]: c["state"] for c in ticket["clocks"]}
        assert states["solve"] == "met"
        assert states["respond"] == states["arrive"] == "waived"
    assert len([t for t in up.items("/tickets") if t["device"] in ("east:pc-killed", "east:pc-frozen")]) == 2


def test_no_reading_was_refused(up: House, faults: dict[str, float]) -> None:
    refused = [row for row in Path(up.process.log).read_text().splitlines() if "refused" in row] if up.process else []
    assert refused == []
