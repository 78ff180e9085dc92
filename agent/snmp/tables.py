"""The tables of `agent.toml` about SNMP beside `[[snmp]]`: one dataclass each.

The reader and the JSON Schema both follow them.
"""

# ruff: noqa: RUF009  `setting` makes a dataclass field, which nothing shares

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from agent.setting import setting
from agent.shapes import HOST, OID
from agent.snmp.target import ROOMTONE_BASE


def address_and_port(text: str) -> tuple[str, int]:
    """Return what `10.0.0.2:162` or `[2001:db8::2]:162` says.

    Raises:
        ValueError: it is none; the text says why.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} must be ADDRESS:PORT, as 10.0.0.2:162 or [2001:db8::2]:162")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise ValueError(f"{text!r} must begin with an IP address") from error
    return str(address), int(port)


def _check_receiver(text: str) -> str:
    try:
        address_and_port(text)
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapsTable:
    """`[traps]`: listening to traps and informs of the devices."""

    bind: str = setting("127.0.0.1", shape=HOST, help="the address to listen on; 0.0.0.0 or :: for all of them")
    port: int = setting(162, minimum=1, maximum=65535, help="the UDP port; one below 1024 needs the right to bind it")
    community_file: Path | None = setting(
        None, help="a file with a community that is accepted, too; those of the devices are"
    )
    user_file: Path | None = setting(
        None, help="a TOML file with an SNMPv3 user that is accepted, too; those of the devices are"
    )
    most_per_s: int = setting(
        200, minimum=1, maximum=10_000, help="messages looked at in a second; one sender gets a quarter of it"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderTable:
    """`[responder]`: reporting over SNMP, to a poller agent that asks; without `[broker]`, over SNMP alone."""

    user_file: Path = setting(help="a TOML file with the SNMPv3 user who may ask, with authentication and privacy")
    bind: str = setting("127.0.0.1", shape=HOST, help="the address to answer on; 0.0.0.0 or :: for all of them")
    port: int = setting(161, minimum=1, maximum=65535, help="the UDP port; one below 1024 needs the right to bind it")
    base: str = setting(ROOMTONE_BASE, shape=OID, help="where ROOMTONE-MIB stands")
    inform: tuple[str, ...] = setting(
        (), check=_check_receiver, help="who is told when a status changes: ADDRESS:PORT of a poller agent's [traps]"
    )
