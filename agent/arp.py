"""Which network card has an address? In: the computer's own table of neighbours. Out: cards' addresses, "" for unknown.

Nothing is sent: the table has whom the computer spoke to just now in its own part of the network.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

_ARP: Final = Path("/proc/net/arp")
_ROUTES: Final = Path("/proc/net/route")
_ASK_S: Final = 5.0
_CARD: Final = re.compile(r"\b([0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5})\b", re.IGNORECASE)
_GATEWAY: Final = 0x2  # RTF_GATEWAY


def card_at(address: str) -> str:
    """Return the card that has an IPv4 address, as `00:11:22:aa:bb:cc`. May start a program for a moment."""
    return card_in(_table() if sys.platform == "linux" else _asked(address), address)


def gateway_card() -> str:
    """Return the card of the gateway that the default route leads to; only Linux says."""
    if sys.platform != "linux":
        return ""
    try:
        address = gateway_in(_ROUTES.read_text("ascii"))
    except (OSError, UnicodeDecodeError):
        return ""
    return card_at(address) if address else ""


def card_in(table: str, address: str) -> str:
    """Return the card beside an address in what `/proc/net/arp` or `arp -a` says."""
    for line in table.splitlines():
        found = _CARD.search(line)
        if found and address and address in re.split(r"[\s()]+", line):
            card = ":".join(part.zfill(2) for part in re.split("[:-]", found[1].lower()))
            return "" if card in ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff") else card
    return ""


def gateway_in(routes: str) -> str:
    """Return the address of the default gateway in `/proc/net/route`, that of the lowest metric."""
    found: list[tuple[int, str]] = []
    for line in routes.splitlines()[1:]:
        _, destination, gateway, flags, _, _, metric, mask, *_ = [*line.split(), *["0"] * 8]
        try:
            is_default = int(destination, 16) == int(mask, 16) == 0 and int(flags, 16) & _GATEWAY
            octets = int(gateway, 16).to_bytes(4, sys.byteorder)
            if is_default:
                found.append((int(metric), ".".join(map(str, octets))))
        except (ValueError, OverflowError):
            continue
    return min(found)[1] if found else ""


def _table() -> str:
    try:
        return _ARP.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _asked(address: str) -> str:
    command = ["arp", "-a", address] if sys.platform == "win32" else ["arp", "-n", address]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_S,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
