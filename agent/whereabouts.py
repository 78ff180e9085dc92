"""Where does a device stand in the network? In: the host at which it answers. Out: its address, and its card, hashed.

The card is told by the computer's own table of neighbours, where both are in one part of the network.
"""

import socket
from collections.abc import Callable, Mapping
from typing import Final

from agent.arp import card_at
from agent.fingerprint import hashed_card
from agent.now import monotonic_s

LOOK_EVERY_S: Final = 600.0


def address_of(host: str) -> str:
    """Return the address of a host, its IPv4 one if it has one; "" for one that cannot be found. May ask DNS."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ""
    addresses = [str(each[4][0]) for each in found]
    return next((address for address in addresses if ":" not in address), addresses[0] if addresses else "")


class Whereabouts:
    """What is known of where one device stands; `look` is for the thread that has just read it."""

    def __init__(
        self,
        host: str,
        *,
        find: Callable[[str], str] = address_of,
        card: Callable[[str], str] = card_at,
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        self.said: Mapping[str, str] = {}
        self._host = host
        self._find = find
        self._card = card
        self._clock = clock
        self._due_s = 0.0

    def look(self) -> None:
        """Look it up, if that was not done lately. What was known stays where the tables have forgotten it."""
        if not self._host or self._clock() < self._due_s:
            return
        self._due_s = self._clock() + LOOK_EVERY_S
        address = self._find(self._host)
        if not address or not _is_its_own(address):
            return
        card = hashed_card(self._card(address)) if ":" not in address else ""
        known = self.said if self.said.get("address") == address else {}
        self.said = {**known, "address": address, **({"cards": card} if card else {})}

    def beside(self, properties: Mapping[str, str]) -> Mapping[str, str]:
        """Return what a device says of itself with what is known of where it stands."""
        if not self.said:
            return properties
        cards = " ".join(dict.fromkeys(f"{properties.get('cards', '')} {self.said.get('cards', '')}".split()))
        return {**self.said, **properties, **({"cards": cards} if cards else {})}


def _is_its_own(address: str) -> bool:
    """Tell whether an address is one device's: not that of every computer to itself."""
    return not address.startswith("127.") and address != "::1"
