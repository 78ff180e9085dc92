"""What devices say of the network around them. Comes in: birth properties. Goes out: `Said`, to be compared.

A birth tells a device's network cards (digests), its address and, of a switch, who stands at its ports. What
cannot be read counts as not said: a birth stops nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_MOST_PORTS: Final = 2000
_MOST_AT_A_PORT: Final = 64
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who names itself at a port, over LLDP. `ports` is what it calls its own; `is_switch` None: not said."""

    card: str = ""
    address: str = ""
    name: str = ""
    ports: tuple[str, ...] = ()
    is_switch: bool | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """Who stands at a port: those who name themselves, and the cards whose frames came from there.

    `more`: there are too many cards to be told.
    """

    named: tuple[Named, ...] = ()
    cards: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What a device said of itself and of who stands around it.

    `uplink` is the port that leads out of here, "" where that is not known; `is_root`: it is the root of the spanning
    tree, so that all others stand below it.
    """

    cards: tuple[str, ...] = ()
    address: str = ""
    uplink: str = ""
    is_root: bool = False
    ports: Mapping[str, Port] = field(default_factory=dict)

    @property
    def passes_on(self) -> bool:
        """Tell whether it passes frames of others on, as a switch does."""
        return bool(self.uplink or self.is_root or any(port.cards or port.more for port in self.ports.values()))


def said_in(properties: Mapping[str, str]) -> Said:
    """Return what the properties of a birth say of the network."""
    around = _mapping(_json(properties.get("neighbours", "")))
    ports = {name: port for name, port in _ports(around) if port != Port()}
    return Said(
        cards=tuple(properties.get("cards", "").split()[:_MOST_AT_A_PORT]),
        address=properties.get("address", ""),
        uplink=_text(around.get("uplink")),
        is_root=around.get("is_root") is True,
        ports=ports,
    )


def _ports(around: Mapping[str, Any]) -> Iterator[tuple[str, Port]]:
    for name, said in list(_mapping(around.get("ports")).items())[:_MOST_PORTS]:
        port = _mapping(said)
        more = port.get("more")
        yield (
            str(name)[:_LONGEST],
            Port(
                named=tuple(_named(each) for each in _items(port.get("lldp")) if isinstance(each, dict)),
                cards=tuple(_texts(port.get("cards"))),
                more=more if isinstance(more, int) and more > 0 else 0,
            ),
        )


def _named(said: Mapping[str, Any]) -> Named:
    is_switch = said.get("is_switch")
    return Named(
        card=_text(said.get("card")),
        address=_text(said.get("address")),
        name=_text(said.get("name")),
        ports=tuple(_texts(said.get("ports"))),
        is_switch=is_switch if isinstance(is_switch, bool) else None,
    )


def _json(text: str) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    return value[:_MOST_AT_A_PORT] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [text for each in _items(value) if (text := _text(each))]


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
