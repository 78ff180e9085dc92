"""Which computer is this? In: board, network cards. Out: a handful of hashed parts that outlive every re-imaging.

A disk image carries names, keys and files to other computers, but not these. A part is a letter for its kind and a
digest; two fingerprints that share a part are of one computer, so a card may be changed, and a part that only root
can read may be missing.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from agent.smbios import numbers_in, smbios_table
from wire.digest import digest

# What tells this computer from others where nothing of it can be read, as in a container.
VARIABLE: Final = "ROOMTONE_HARDWARE"
_NET: Final = Path("/sys/class/net")
_MOST_PARTS: Final = 8
_HASH_BYTES: Final = 6
_ASK_S: Final = 5.0
# Serial numbers that makers leave as they are.
_MEANINGLESS: Final = re.compile(
    r"(to be filled.*|default string|system serial number|not (specified|applicable)|none|unknown|n/?a|o\.?e\.?m\.?"
    r"|x+|0+|-+|\.+|123456789|0123456789|03000200-0400-0500-0006-000700080009)?",
    re.IGNORECASE,
)


def fingerprint(environment: Mapping[str, str] | None = None) -> str:
    """Return the parts of this computer, parted by blanks; empty where nothing tells it from others."""
    said = (os.environ if environment is None else environment).get(VARIABLE)
    return join([("h", said)] if said else [*_board(), *_cards()])


def join(parts: list[tuple[str, str]]) -> str:
    """Return a fingerprint of (kind, text) pairs; those that say nothing are left out."""
    hashed = [
        kind + digest(f"{kind}:{text.strip().lower()}", size=_HASH_BYTES)
        for kind, text in parts
        if not _MEANINGLESS.fullmatch(text.strip())
    ]
    return " ".join(list(dict.fromkeys(hashed))[:_MOST_PARTS])


def hashed_card(address: str) -> str:
    """Return a network card's address (`00:11:22:aa:bb:cc`) as it stands in a fingerprint."""
    return join([("m", address)])


def hashed_cards() -> str:
    """Return this computer's network cards, also those on USB, parted by blanks: by what switches know it now."""
    found = sorted(set(_linux_cards(also_usb=True) if sys.platform == "linux" else _other_cards()))
    burnt_in = [address for address in found if not is_made_up(address)]
    return join([("m", address) for address in burnt_in or found])


def _board() -> list[tuple[str, str]]:
    numbers = _mac_numbers() if sys.platform == "darwin" else numbers_in(smbios_table())
    kinds = {"uuid": "u", "serial": "s", "board": "b"}
    return [(kind, numbers[name]) for name, kind in kinds.items() if name in numbers]


def _cards() -> list[tuple[str, str]]:
    found = sorted(set(_linux_cards() if sys.platform == "linux" else _other_cards()))
    # Addresses that software made up are for computers that have no others: virtual ones.
    burnt_in = [address for address in found if not is_made_up(address)]
    return [("m", address) for address in burnt_in or found]


def is_made_up(address: str) -> bool:
    """Tell whether a card's address was given by software ("locally administered", IEEE 802)."""
    return bool(int(address[:2], 16) & 2)


def _linux_cards(net: Path = _NET, *, also_usb: bool = False) -> Iterator[str]:
    """Yield the addresses of built-in cards; one on USB moves from computer to computer."""
    try:
        names = sorted(path.name for path in net.iterdir())
    except OSError:
        return
    for name in names:
        try:
            device = (net / name / "device").resolve(strict=True)
            address = (net / name / "address").read_text("ascii").strip().lower()
        except (OSError, UnicodeDecodeError):
            continue
        if (also_usb or "/usb" not in str(device)) and _is_address(address):
            yield address


def _other_cards() -> Iterator[str]:
    import psutil  # elsewhere loaded already

    for name, addresses in psutil.net_if_addrs().items():
        if re.search(r"bluetooth|virtual|vethernet|vpn|tap|bridge|awdl|llw|utun|loopback", name, re.IGNORECASE):
            continue
        for one in addresses:
            address = one.address.replace("-", ":").lower()
            if one.family == psutil.AF_LINK and _is_address(address):
                yield address


def _is_address(text: str) -> bool:
    return re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", text) is not None and text != "00:00:00:00:00:00"


def _mac_numbers() -> Mapping[str, str]:
    try:
        said = subprocess.run(
            ["ioreg", "-rd1", "-c", "IOPlatformExpertDevice"],
            capture_output=True,
            text=True,
            timeout=_ASK_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return mac_numbers_in(said)


def mac_numbers_in(said: str) -> Mapping[str, str]:
    """Return `uuid` and `serial` of what macOS' `ioreg` prints."""
    keys = {"IOPlatformUUID": "uuid", "IOPlatformSerialNumber": "serial"}
    found = re.findall(r'"(IOPlatformUUID|IOPlatformSerialNumber)"\s*=\s*"([^"]+)"', said)
    return {keys[key]: text for key, text in found}
