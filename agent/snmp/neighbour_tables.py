"""The LLDP and forwarding tables of a device, as it answers now. In: a session. Out: who stands at which of its ports.

Sources: IEEE 802.1AB-2005 (LLDP-MIB), RFC 4188 (BRIDGE-MIB), RFC 4363 (Q-BRIDGE-MIB), IEEE 802.1AX (LAG-MIB).
"""

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from agent.fingerprint import hashed_card, is_made_up
from agent.snmp.engine import Value
from agent.snmp.instance import MAXIMUM_LENGTH, text_of
from agent.snmp.session import Session

COLUMNS: Final = (
    "port_name", "port_descr", "port_address", "aggregate", "lldp_own_port", "lldp_own_descr", "lldp_chassis_kind",
    "lldp_chassis", "lldp_port", "lldp_port_descr", "lldp_name", "lldp_enabled", "lldp_address", "bridge_port",
    "forwarding", "vlan_forwarding",
)  # fmt: skip
SCALARS: Final = ("chassis_kind", "chassis", "bridge_address", "root", "root_port")
# A longer forwarding table is that of a campus' core: what stands at a port is told by the switch that it stands at.
MOST_ENTRIES: Final = 4096
MOST_ROWS: Final = 1024
MOST_NAMED: Final = 16
MOST_OWN_CARDS: Final = 64
_LONGEST_NAME: Final = 64
_MAC: Final = 4  # LldpChassisIdSubtype macAddress
_NETWORK_ADDRESS: Final = 5
_BRIDGE: Final = 0x20  # LldpSystemCapabilitiesMap, its first octet
_ACCESS_POINT: Final = 0x10
_ROUTER: Final = 0x08
_TELEPHONE: Final = 0x04

Rows = Mapping[str, Value]
Named = dict[str, Any]


class Tables:
    """What a device says of its ports, as it was read just now."""

    def __init__(self, session: Session, oids: Mapping[str, str]) -> None:
        self._session = session
        self._oids = oids
        self._columns: dict[str, Rows] = {}
        asked = {name: oids[name] for name in SCALARS if name in oids}
        values = session.get(list(asked.values()))
        self._scalars = {name: values[oid] for name, oid in asked.items() if oid in values}
        self._names = self._port_names()
        self._merged = self._column("aggregate")
        self._of_bridge = self._column("bridge_port")

    def _column(self, name: str, limit: int = MOST_ROWS) -> Rows:
        if name not in self._columns:
            self._columns[name] = self._session.column(self._oids[name], limit) if name in self._oids else {}
        return self._columns[name]

    def _port_names(self) -> dict[str, str]:
        """Return each interface's name, as `hw.network.up` of it is called."""
        first, second = self._column("port_name"), self._column("port_descr")
        names = {
            index: (text_of(first.get(index)) or text_of(second.get(index)) or index)[:MAXIMUM_LENGTH]
            for index in dict.fromkeys([*second, *first])
        }
        often = list(names.values())
        return {index: f"{name} #{index}" if often.count(name) > 1 else name for index, name in names.items()}

    def _name(self, index: object) -> str:
        """Return the name of an interface, or of the one that it is a part of."""
        own = text_of(index)
        whole = text_of(self._merged.get(own))
        return self._names.get(whole if whole not in ("", "0") else own, "")

    def own_cards(self) -> list[str]:
        """Return the device's own cards, hashed: that of the whole first."""
        of_all = [self._scalars.get("bridge_address")]
        if self._scalars.get("chassis_kind") == _MAC:
            of_all.insert(0, self._scalars.get("chassis"))
        found = [card for value in [*of_all, *self._column("port_address").values()] if (card := _card(value))]
        burnt_in = [card for card in found if not is_made_up(card)]
        return [hashed_card(card) for card in dict.fromkeys(burnt_in or found)][:MOST_OWN_CARDS]

    # ------------------------------------------------------------ LLDP

    def neighbours(self) -> dict[str, list[Named]]:
        """Return those who name themselves, by port."""
        chassis = self._column("lldp_chassis")
        found: dict[str, list[Named]] = {}
        if not chassis:
            return found
        addresses, own = self._addresses(), self._own_ports()
        for row in sorted(chassis):
            _, number, *_ = [*row.split("."), "", ""]
            if port := own(number):
                found.setdefault(port, []).append(self._neighbour(row, addresses.get(row, "")))
        return {port: sorted(named, key=json.dumps)[:MOST_NAMED] for port, named in found.items()}

    def _neighbour(self, row: str, address: str) -> Named:
        chassis, kind = self._column("lldp_chassis")[row], self._column("lldp_chassis_kind").get(row)
        card = _card(chassis) if kind == _MAC else ""
        if not address and kind == _NETWORK_ADDRESS and isinstance(chassis, bytes):
            address = _address(chassis[1:])
        ports = [self._text(name, row) for name in ("lldp_port", "lldp_port_descr")]
        said = {
            "card": hashed_card(card) if card else "",
            "address": address,
            "name": self._text("lldp_name", row),
            "ports": [text for text in dict.fromkeys(ports) if text],
            "is_switch": _is_switch(self._column("lldp_enabled").get(row)),
        }
        return {key: part for key, part in said.items() if part or part is False}

    def _text(self, name: str, row: str) -> str:
        return text_of(self._column(name).get(row))[:_LONGEST_NAME]

    def _own_ports(self) -> Callable[[str], str]:
        """Return what tells the port of a local number: by its name, else as a bridge's port, else as an interface."""
        named = self._column("lldp_own_port"), self._column("lldp_own_descr")
        descriptions = self._column("port_descr")
        by_text: dict[str, list[str]] = {}
        for index, name in self._names.items():
            for text in {name, text_of(descriptions.get(index)) or name}:
                by_text.setdefault(text, []).append(index)

        def port(number: str) -> str:
            for texts in named:
                fitting = by_text.get(text_of(texts.get(number)), [])
                if len(fitting) == 1:
                    return self._name(fitting[0])
            return self._name(self._of_bridge.get(number, number))

        return port

    def _addresses(self) -> dict[str, str]:
        """Return the address by which each neighbour is managed, by its row: it stands in the index."""
        found: dict[str, str] = {}
        for index in self._column("lldp_address"):
            parts = index.split(".")
            kind, octets = parts[3:4], parts[4:]
            if octets and int(octets[0]) == len(octets) - 1:
                octets = octets[1:]
            if kind in (["1"], ["2"]) and (address := _address(_octets(octets))):
                found.setdefault(".".join(parts[:3]), address)
        return found

    # ------------------------------------------------------------ forwarding

    def forwarding(self) -> dict[str, str] | None:
        """Return the port behind which each card is, by its hash; None: there are too many.

        One that is behind several ports, in several VLANs, is left out, and so are addresses that software made up.
        """
        found: dict[str, set[str]] = {}
        for name in ("vlan_forwarding", "forwarding") if self._of_bridge else ():
            rows = self._column(name, MOST_ENTRIES)
            if len(rows) >= MOST_ENTRIES:
                return None
            for index, number in rows.items():
                card = _card(_octets(index.split(".")[-6:]))
                port = self._name(self._of_bridge.get(text_of(number), ""))
                if port and card and not is_made_up(card):
                    found.setdefault(hashed_card(card), set()).add(port)
            if rows:
                break
        return {card: next(iter(ports)) for card, ports in found.items() if len(ports) == 1}

    def way_out(self, entries: Mapping[str, str], gateway: str) -> tuple[str, bool]:
        """Return the port that leads out of here, "" where that is not known, and whether the device is the root."""
        if gateway and gateway in entries:
            return entries[gateway], False
        port, root = self._scalars.get("root_port"), self._scalars.get("root")
        if isinstance(port, int) and port > 0:
            return self._name(self._of_bridge.get(str(port), "")), False
        own = self._scalars.get("bridge_address")
        is_root = isinstance(root, bytes) and isinstance(own, bytes) and len(root) == 8 and root[2:] == own != bytes(6)
        return "", is_root


def _card(value: Value | None) -> str:
    """Return a card's address as text; "" for what is none, or that of a group."""
    if not isinstance(value, bytes) or len(value) != 6 or not any(value) or value[0] & 1:
        return ""
    return value.hex(":")


def _octets(parts: list[str]) -> bytes:
    """Return what a part of an index says; nothing where it is none of octets."""
    return bytes(map(int, parts)) if all(int(part) < 256 for part in parts) else b""


def _address(octets: bytes) -> str:
    try:
        return str(ipaddress.ip_address(octets)) if len(octets) in (4, 16) and any(octets) else ""
    except ValueError:
        return ""


def _is_switch(enabled: Value | None) -> bool | None:
    """Tell whether a neighbour passes frames of others on, and is no telephone and no access point; None: not said."""
    if not isinstance(enabled, bytes) or not any(enabled):
        return None
    does = enabled[0]
    return bool(does & (_BRIDGE | _ROUTER)) and not does & (_TELEPHONE | _ACCESS_POINT)
