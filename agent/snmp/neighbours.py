"""Who stands at the ports of a device? In: its tables, once in a while. Out: a text for its birth.

`Properties/Neighbours` is JSON, `{"uplink": PORT, "is_root": true, "ports": {PORT: {...}}}`. `uplink` is the port that
leads out of here: where the agent's gateway is seen, else the one to the root of the spanning tree (`is_root`: that is
the device itself). Of a port are told `lldp`, those that name themselves (`card`, `address`, `name`, the `ports` that
they call theirs, `is_switch` where they say), and `cards`, whose frames came from there: hashed, so that the collector
recognizes its own devices and nobody reads off whose the others are. Where they are too many, `more` says how many.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agent.snmp.neighbour_tables import MOST_ENTRIES, Named, Tables
from agent.snmp.session import Session

FIRST_LOOK_S: Final = 5.0
LOOK_EVERY_S: Final = 600.0
# One that knows of no neighbours, or of too many, is asked less often.
LOOK_AGAIN_S: Final = 3600.0
# Behind one port; more is no room with a small switch of its own, but a part of the network.
MOST_CARDS: Final = 16
MOST_LETTERS: Final = 24_000
# What was seen is told for so long after, so that a computer that is switched off at night is no news twice a day.
KEPT_S: Final = 86_400.0
# Who named itself at a port: a switch that has just started has not heard its neighbours yet, and has seen their cards.
NAMED_KEPT_S: Final = 3600.0


@dataclass(slots=True)
class _Port:
    lldp: list[Named] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    port: str
    at_s: float
    is_settled: bool = False


class Surroundings:
    """The neighbours of one device. `gateway` tells the card by which the agent's network is left, "" for none."""

    def __init__(self, oids: Mapping[str, str], device: str, gateway: Callable[[], str]) -> None:
        self.text = ""
        self.cards = ""  # its own, hashed, parted by blanks
        self._oids = oids
        self._gateway = gateway
        self._spread = 0.8 + 0.4 * (zlib.crc32(device.encode()) % 256 / 256)
        self._due_s: float | None = None
        self._seen: dict[str, _Seen] = {}
        self._named: dict[str, tuple[list[Named], float]] = {}
        self._has_looked = False

    def is_due(self, at_s: float) -> bool:
        """Tell whether to look now: soon after the device is met, then every ten minutes or so."""
        if self._due_s is None:
            self._due_s = at_s + FIRST_LOOK_S * self._spread
        return at_s >= self._due_s

    def look(self, session: Session, at_s: float) -> None:
        """Read the tables.

        Raises:
            SnmpError: the device does not answer; what is known stays, and it is tried again later.
        """
        self._due_s = at_s + LOOK_EVERY_S * self._spread
        tables = Tables(session, self._oids)
        self.cards = " ".join(tables.own_cards())
        named, entries = tables.neighbours(), tables.forwarding()
        if entries is None or not (named or entries):
            self._due_s = at_s + LOOK_AGAIN_S * self._spread
        uplink, is_root = tables.way_out(entries or {}, self._gateway())
        self._settle(entries or {}, at_s)
        self._remember(named, at_s)
        ports = {port: _Port(lldp=neighbours) for port, (neighbours, _) in self._named.items()}
        for card, seen in sorted(self._seen.items()):
            if seen.is_settled:
                ports.setdefault(seen.port, _Port()).cards.append(card)
        self.text = _told(ports, uplink, is_root=is_root)

    def _remember(self, named: Mapping[str, list[Named]], at_s: float) -> None:
        """Note who names itself where; who does so at another port now has left the first."""
        here = {_who(each) for neighbours in named.values() for each in neighbours}
        for port, (neighbours, then_s) in list(self._named.items()):
            left = [each for each in neighbours if _who(each) not in here]
            if port not in named and left and at_s - then_s <= NAMED_KEPT_S:
                self._named[port] = left, then_s
            else:
                del self._named[port]
        self._named |= {port: (neighbours, at_s) for port, neighbours in named.items()}

    def _settle(self, entries: Mapping[str, str], at_s: float) -> None:
        """Note where cards are seen. A newcomer counts when it is seen twice, at the first look at once."""
        for card, port in entries.items():
            known = self._seen.get(card)
            if known is not None and known.port == port:
                known.at_s, known.is_settled = at_s, True
            else:
                self._seen[card] = _Seen(port, at_s, is_settled=not self._has_looked or known is not None)
        self._seen = {
            card: seen
            for card, seen in self._seen.items()
            if at_s - seen.at_s <= (KEPT_S if seen.is_settled else LOOK_EVERY_S * 1.5)
        }
        while len(self._seen) > MOST_ENTRIES:
            del self._seen[min(self._seen, key=lambda card: self._seen[card].at_s)]
        self._has_looked = self._has_looked or bool(entries)


def _told(ports: Mapping[str, _Port], uplink: str, *, is_root: bool) -> str:
    if not ports and not uplink and not is_root:
        return ""
    told = {name: _port(ports[name]) for name in sorted(ports)}
    said: dict[str, Any] = {"ports": told}
    if uplink:
        said["uplink"] = uplink
    if is_root:
        said["is_root"] = True
    text = _json(said)
    for name in sorted(told, key=lambda each: len(_json(told[each])), reverse=True):
        if len(text) <= MOST_LETTERS:
            break
        told[name] = {"more": len(ports[name].cards) + len(ports[name].lldp)}
        text = _json(said)
    return text


def _port(port: _Port) -> dict[str, Any]:
    is_crowded = len(port.cards) > MOST_CARDS
    parts = {
        "lldp": port.lldp,
        "cards": [] if is_crowded else port.cards,
        "more": len(port.cards) if is_crowded else 0,
    }
    return {key: part for key, part in parts.items() if part}


def _who(named: Named) -> object:
    return named.get("card") or (named.get("address"), named.get("name"))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
