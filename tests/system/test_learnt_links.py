"""A room behind a switch that no campus file names: what it says over LLDP and of its forwarding table is enough."""

from pathlib import Path
from typing import Any, Final

from tests.house import House, wait_for
from tests.snmp_peers import UPS_DIRECTORY, Snmpsim

NETWORK: Final = UPS_DIRECTORY / "network"
PC, CAMERA, SWITCH = "east:pc-a", "east:pc-a:cam-1", "east:gw:sw1"


def polled(community: Path, simulator: Snmpsim, name: str, role: str, recording: str) -> str:
    file = community / recording
    file.touch(mode=0o600)
    file.write_text(recording, "utf-8")
    return (
        f'[[snmp]]\nid = "{name}"\nrole = "{role}"\nhost = "127.0.0.1"\nport = {simulator.port}\n'
        f'community_file = "{file}"\ntimeout_s = 0.5\nretries = 0\n'
    )


def test_a_switch_that_is_known_by_its_tables_alone_is_one_ticket_with_its_room(up: House, tmp_path: Path) -> None:
    def parents(device: str) -> list[tuple[str, str]]:
        return [(each["device"], each["why"]) for each in up.get(f"/devices/{device}/explain")["parents"]]

    def state(device: str) -> str:
        return str(up.get(f"/devices/{device}")["state"])

    def open_incidents() -> list[dict[str, Any]]:
        return [one for one in up.items("/incidents", state="open") if one["device"] in (PC, CAMERA, SWITCH)]

    with Snmpsim(NETWORK, ["switch"]) as switch, Snmpsim(NETWORK, ["camera"]) as camera:
        up.agent(
            "gw", room="noc", extra="[host]\nenabled = false\n" + polled(tmp_path, switch, "sw1", "switch", "switch")
        )
        pc = up.agent("pc-a", extra=polled(tmp_path, camera, "cam-1", "camera", "camera"))
        wait_for(
            lambda: {PC, CAMERA, SWITCH} <= {device["id"] for device in up.items("/devices")},
            within_s=40,
            saying="all are there",
        )
        wait_for(
            lambda: parents(PC) == [(SWITCH, "path gi1/1, learnt from LLDP")],
            within_s=40,
            saying="the computer is known to hang on its port",
        )
        wait_for(
            lambda: parents(CAMERA) == [(PC, "agent"), (SWITCH, "path gi1/2, learnt from bridge table")],
            within_s=40,
            saying="the camera is known to hang on its port",
        )
    pc.kill()
    wait_for(lambda: up.items("/tickets"), within_s=120, saying="the switch has its ticket")
    wait_for(lambda: state(PC) == state(CAMERA) == "unknown", within_s=60, saying="the room is out of sight")
    (ticket,) = up.items("/tickets")
    assert ticket["device"] == SWITCH
    found = {one["device"]: one for one in open_incidents()}
    assert found[PC]["cause"] == found[SWITCH]["id"]
    assert found[PC]["id"] in up.get(f"/tickets/{ticket['id']}")["incidents"]
