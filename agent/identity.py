"""Who this computer is. In: its name, its operating system, its firmware's tables. Out: an id and birth properties."""

import contextlib
import platform
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wire.topics import ID_PATTERN
from wire.version import __version__

_DMI: Final = Path("/sys/class/dmi/id")
_DMI_FIELDS: Final = {
    "vendor": "sys_vendor",
    "model": "product_name",
    "serial": "product_serial",
    "firmware": "bios_version",
}
# What boards say whose maker left the field as it was.
_MEANINGLESS: Final = re.compile(
    r"(to be filled.*|default string|system (product name|manufacturer|serial number)|not (specified|applicable)"
    r"|none|unknown|n/?a|o\.?e\.?m\.?|x+|0+|123456789)?",
    re.IGNORECASE,
)


def id_from(name: str) -> str:
    """Return an id made of any name: the host part, lower case, anything else a hyphen."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.split(".")[0].lower()).strip("-_")[:63]
    return plain if ID_PATTERN.fullmatch(plain) else "agent"


def default_id() -> str:
    """Return the id of an agent that was given none."""
    return id_from(socket.gethostname())


def computer_properties(dmi: Path = _DMI) -> Mapping[str, str]:
    """Return os, agent_version, and vendor, model, serial, firmware where they can be read."""
    found = {"os": operating_system(), "agent_version": __version__}
    for name, file in _DMI_FIELDS.items():
        with contextlib.suppress(OSError):
            text = (dmi / file).read_text(encoding="utf-8", errors="replace").strip()
            if not _MEANINGLESS.fullmatch(text):
                found[name] = text[:200]
    return found


def operating_system() -> str:
    """Return the operating system's name and version."""
    with contextlib.suppress(OSError, KeyError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{platform.system()} {platform.release()}".strip()
