import json
from typing import Any

import pytest

from agent.fingerprint import hashed_card
from agent.snmp.engine import Value
from agent.snmp.errors import NoAnswer
from agent.snmp.library import our_library
from agent.snmp.neighbour_tables import MOST_ENTRIES
from agent.snmp.neighbours import (
    KEPT_S,
    LOOK_AGAIN_S,
    LOOK_EVERY_S,
    MOST_CARDS,
    MOST_LETTERS,
    NAMED_KEPT_S,
    Surroundings,
)
from agent.snmp.session import Session
from tests.unit.agent_snmp.fake_engine import FakeClock, FakeEngine

PC, CAMERA, GATEWAY, CORE, SELF = (f"00:11:22:00:00:{last:02x}" for last in (1, 2, 3, 4, 5))
MADE_UP = "02:11:22:00:00:09"
LLDP = "1.0.8802.1.1.2.1"
BRIDGE_AND_ROUTER, STATION, PHONE = b"\x28\x00", b"\x01", b"\x24"
FORWARDING = "1.3.6.1.2.1.17.4.3.1.2"
VLAN_FORWARDING = "1.3.6.1.2.1.17.7.1.2.2.1.2"
ROOT_PORT = "1.3.6.1.2.1.17.2.7.0"


def octets(card: str) -> bytes:
    return bytes.fromhex(card.replace(":", ""))


def index_of(card: str) -> str:
    return ".".join(map(str, octets(card)))


class Switch:
    """A switch in memory: bridge port N is the interface 100 + N, called gi1/N, and LLDP calls it N."""

    def __init__(self, ports: int = 4) -> None:
        self.engine = FakeEngine(
            {"1.3.6.1.2.1.17.1.1.0": octets(SELF), f"{LLDP}.3.1.0": 4, f"{LLDP}.3.2.0": octets(SELF)}
        )
        for port in range(1, ports + 1):
            self.say(f"1.3.6.1.2.1.31.1.1.1.1.{100 + port}", f"gi1/{port}".encode())
            self.say(f"1.3.6.1.2.1.2.2.1.2.{100 + port}", f"Gigabit port {port}".encode())
            self.say(f"1.3.6.1.2.1.17.1.4.1.2.{port}", 100 + port)
            self.say(f"{LLDP}.3.7.1.3.{port}", str(port).encode())
        self.clock = FakeClock()
        self.gateway = ""
        self.around = Surroundings(our_library().find("switch").neighbours, "sw1", lambda: hashed_card(self.gateway))  # type: ignore[union-attr]  # it comes with the agent

    def say(self, oid: str, value: Value) -> None:
        self.engine.values[oid] = value

    def forward(self, card: str, port: int, *, vlan: int | None = None) -> None:
        self.say(f"{FORWARDING if vlan is None else f'{VLAN_FORWARDING}.{vlan}'}.{index_of(card)}", port)

    def lose(self, card: str) -> None:
        self.engine.values = {oid: value for oid, value in self.engine.values.items() if index_of(card) not in oid}

    def neighbour(
        self, port: int, card: str, *, does: bytes = b"", name: str = "", row: int = 1, address: str = ""
    ) -> None:
        at = f"77.{port}.{row}"
        self.say(f"{LLDP}.4.1.1.4.{at}", 4)
        self.say(f"{LLDP}.4.1.1.5.{at}", octets(card))
        self.say(f"{LLDP}.4.1.1.7.{at}", b"Gi0/24")
        self.say(f"{LLDP}.4.1.1.9.{at}", name.encode())
        self.say(f"{LLDP}.4.1.1.12.{at}", does)
        if address:
            self.say(f"{LLDP}.4.2.1.3.{at}.1.4.{address}", 2)

    def look(self, later_s: float = LOOK_EVERY_S) -> dict[str, Any]:
        self.clock.now_s += later_s
        self.around.look(Session(self.engine, self.clock), self.clock.now_s)
        return json.loads(self.around.text) if self.around.text else {}


def test_those_who_name_themselves_are_told_by_port() -> None:
    switch = Switch()
    switch.neighbour(4, CORE, does=BRIDGE_AND_ROUTER, name="core", address="10.0.0.1")
    switch.neighbour(1, PC, does=STATION, name="pc1")
    switch.neighbour(1, CAMERA, does=PHONE, row=2)
    switch.neighbour(2, CAMERA)
    assert switch.look()["ports"] == {
        "gi1/1": {
            "lldp": [
                {"card": hashed_card(PC), "name": "pc1", "ports": ["Gi0/24"], "is_switch": False},
                {"card": hashed_card(CAMERA), "ports": ["Gi0/24"], "is_switch": False},
            ]
        },
        "gi1/2": {"lldp": [{"card": hashed_card(CAMERA), "ports": ["Gi0/24"]}]},
        "gi1/4": {
            "lldp": [
                {
                    "card": hashed_card(CORE),
                    "address": "10.0.0.1",
                    "name": "core",
                    "ports": ["Gi0/24"],
                    "is_switch": True,
                }
            ]
        },
    }


@pytest.mark.parametrize("vlan", [None, 7], ids=["BRIDGE-MIB", "Q-BRIDGE-MIB"])
def test_whose_frames_came_from_a_port_is_told_hashed(vlan: int | None) -> None:
    switch = Switch()
    switch.forward(PC, 1, vlan=vlan)
    switch.forward(CAMERA, 1, vlan=vlan)
    switch.forward(MADE_UP, 1, vlan=vlan)
    switch.forward(GATEWAY, 4, vlan=vlan)
    switch.forward(SELF, 0, vlan=vlan)
    assert switch.look() == {
        "ports": {
            "gi1/1": {"cards": sorted([hashed_card(PC), hashed_card(CAMERA)])},
            "gi1/4": {"cards": [hashed_card(GATEWAY)]},
        }
    }
    assert not any(octets(card).hex() in switch.around.text.replace(":", "") for card in (PC, CAMERA, GATEWAY))


def test_a_card_behind_two_ports_is_told_of_neither() -> None:
    switch = Switch()
    switch.forward(PC, 1, vlan=1)
    switch.forward(PC, 2, vlan=2)
    assert switch.look() == {}


def test_the_port_to_the_gateway_leads_out_else_the_one_to_the_root() -> None:
    switch = Switch()
    switch.say(ROOT_PORT, 3)
    assert switch.look()["uplink"] == "gi1/3"
    switch.gateway = GATEWAY
    switch.forward(GATEWAY, 4)
    assert switch.look()["uplink"] == "gi1/4"


def test_a_switch_that_is_the_root_says_so() -> None:
    switch = Switch()
    switch.say(ROOT_PORT, 0)
    switch.say("1.3.6.1.2.1.17.2.5.0", b"\x80\x00" + octets(SELF))
    assert switch.look() == {"ports": {}, "is_root": True}


def test_ports_that_are_one_are_told_as_one() -> None:
    switch = Switch()
    switch.say("1.3.6.1.2.1.31.1.1.1.1.500", b"po1")
    switch.say("1.3.6.1.2.1.17.1.4.1.2.50", 500)
    for port in (3, 4):
        switch.say(f"1.2.840.10006.300.43.1.2.1.1.13.{100 + port}", 500)
        switch.neighbour(port, CORE, does=BRIDGE_AND_ROUTER)
    switch.forward(GATEWAY, 50)
    switch.gateway = GATEWAY
    found = switch.look()
    assert found["uplink"] == "po1"
    assert list(found["ports"]) == ["po1"]


def test_a_newcomer_counts_when_it_is_seen_twice() -> None:
    switch = Switch()
    switch.forward(PC, 1)
    switch.look()
    switch.forward(CAMERA, 2)
    assert "gi1/2" not in switch.look()["ports"]
    assert "gi1/2" in switch.look()["ports"]


def test_who_passes_by_once_is_never_told() -> None:
    switch = Switch()
    switch.forward(PC, 1)
    switch.look()
    switch.forward(CAMERA, 2)
    switch.look()
    switch.lose(CAMERA)
    for _ in range(3):
        assert "gi1/2" not in switch.look()["ports"]


def test_what_is_off_for_a_night_is_still_told() -> None:
    switch = Switch()
    switch.forward(PC, 1)
    switch.forward(CAMERA, 2)
    before = switch.look()
    switch.lose(PC)
    assert switch.look(KEPT_S - 1) == before
    assert "gi1/1" not in switch.look(LOOK_EVERY_S)["ports"]


def test_who_named_itself_is_told_while_a_switch_that_started_anew_has_not_heard_it_yet() -> None:
    switch = Switch()
    switch.neighbour(4, CORE, does=BRIDGE_AND_ROUTER)
    before = switch.look()
    switch.engine.values = {oid: value for oid, value in switch.engine.values.items() if f"{LLDP}.4." not in oid}
    assert switch.look(NAMED_KEPT_S - 1) == before
    assert switch.look(2) == {}


def test_who_names_itself_at_another_port_has_left_the_first() -> None:
    switch = Switch()
    switch.neighbour(1, PC)
    switch.look()
    switch.engine.values = {oid: value for oid, value in switch.engine.values.items() if f"{LLDP}.4." not in oid}
    switch.neighbour(2, PC)
    assert list(switch.look()["ports"]) == ["gi1/2"]


def test_who_names_itself_takes_the_place_of_who_did_before() -> None:
    switch = Switch()
    switch.neighbour(1, CORE, name="old")
    switch.look()
    switch.neighbour(1, PC, name="new")
    assert [each["name"] for each in switch.look()["ports"]["gi1/1"]["lldp"]] == ["new"]


def test_a_card_that_moved_is_told_at_its_new_port_alone() -> None:
    switch = Switch()
    switch.forward(PC, 1)
    switch.look()
    switch.forward(PC, 2)
    assert switch.look()["ports"] == {"gi1/2": {"cards": [hashed_card(PC)]}}


def test_a_part_of_the_network_behind_a_port_is_a_number() -> None:
    switch = Switch()
    for last in range(MOST_CARDS + 1):
        switch.forward(f"00:aa:00:00:00:{last:02x}", 1)
    assert switch.look()["ports"] == {"gi1/1": {"more": MOST_CARDS + 1}}


def test_the_table_of_a_campus_core_is_not_told() -> None:
    switch = Switch()
    for number in range(MOST_ENTRIES + 10):
        switch.forward(f"00:aa:00:00:{number >> 8:02x}:{number & 255:02x}", 1 + number % 4)
    switch.neighbour(1, PC)
    assert list(switch.look()["ports"]) == ["gi1/1"]
    assert "cards" not in switch.look()["ports"]["gi1/1"]


def test_what_is_told_is_bounded() -> None:
    switch = Switch(ports=900)
    for port in range(1, 901):
        for last in range(4):
            switch.forward(f"00:aa:00:{port >> 8:02x}:{port & 255:02x}:{last:02x}", port)
    found = switch.look()
    assert len(switch.around.text) <= MOST_LETTERS
    assert len(found["ports"]) == 900


def test_its_own_cards_are_told_the_whole_first() -> None:
    switch = Switch()
    switch.say("1.3.6.1.2.1.2.2.1.6.101", octets(PC))
    switch.say("1.3.6.1.2.1.2.2.1.6.102", bytes(6))
    switch.say("1.3.6.1.2.1.2.2.1.6.103", octets(MADE_UP))
    switch.look()
    assert switch.around.cards == f"{hashed_card(SELF)} {hashed_card(PC)}"


def test_it_is_looked_at_rarely_and_more_rarely_where_nobody_is() -> None:
    switch = Switch()
    assert not switch.around.is_due(1000.0)
    assert switch.around.is_due(1010.0)
    switch.look()
    at_s = switch.clock.now_s
    assert not switch.around.is_due(at_s + LOOK_EVERY_S * 1.3)
    assert switch.around.is_due(at_s + LOOK_AGAIN_S * 1.3)
    switch.forward(PC, 1)
    switch.look()
    at_s = switch.clock.now_s
    assert not switch.around.is_due(at_s + LOOK_EVERY_S * 0.7)
    assert switch.around.is_due(at_s + LOOK_EVERY_S * 1.3)


def test_a_device_that_falls_silent_at_its_tables_keeps_what_is_known() -> None:
    switch = Switch()
    switch.forward(PC, 1)
    switch.look()
    before = switch.around.text
    switch.engine.down = True
    with pytest.raises(NoAnswer):
        switch.look()
    assert switch.around.text == before


def test_senseless_rows_are_no_neighbours() -> None:
    switch = Switch()
    switch.say(f"{FORWARDING}.1.2.999.4.5.6", 1)
    switch.say(f"{FORWARDING}.1.2", 1)
    switch.say(f"{FORWARDING}.{index_of('01:00:5e:00:00:01')}", 1)
    switch.say(f"{LLDP}.4.1.1.5.7", b"")
    switch.say(f"{LLDP}.4.2.1.3.7", 1)
    switch.say(f"{LLDP}.4.2.1.3.77.1.1.1.4.999.1.1.1", 1)
    assert switch.look() == {}
