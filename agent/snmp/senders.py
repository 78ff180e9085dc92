"""Whose trap is it? In: an engine id and addresses. Out: the devices of ours that may have sent it.

An engine id names one device; an address may be that of several, as behind a gateway or on one computer.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from agent.snmp.known import KnownEngines
from agent.snmp.target import SnmpTarget

RESOLVE_EVERY_S: Final = 600.0
_MAPPED: Final = "::ffff:"

Resolve = Callable[[str], Iterable[str]]


def addresses_of(host: str) -> list[str]:
    """Return every address of a host, none where its name is not known now."""
    try:
        found: list[Any] = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        return []
    return [plain_address(str(entry[4][0])) for entry in found]


def plain_address(address: str) -> str:
    """Return an IPv4 address that came over IPv6 as one of IPv4; an interface's name is left out."""
    return address.removeprefix(_MAPPED).partition("%")[0]


class Senders:
    """The devices by address, asked for anew once in a while, and by engine."""

    def __init__(self, targets: Sequence[SnmpTarget], engines: KnownEngines, resolve: Resolve = addresses_of) -> None:
        self._targets = targets
        self._engines = engines
        self._resolve = resolve
        self._devices: dict[str, list[str]] = {}
        self._next_s = 0.0

    def refresh(self, now_s: float) -> None:
        """Look names up, if it is time to."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + RESOLVE_EVERY_S
        found: dict[str, list[str]] = {}
        for target in self._targets:
            for address in dict.fromkeys(self._resolve(target.host)):
                found.setdefault(address, []).append(target.id)
        self._devices = found

    def of(self, addresses: Iterable[str], engine_id: bytes = b"") -> list[str]:
        """Return the ids of the devices that an engine id, or else the first known address, names."""
        if engine_id and (device := self._engines.device_of(engine_id)):
            return [device]
        return next((found for address in addresses if (found := self._devices.get(address))), [])
