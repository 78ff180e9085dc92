"""What a person types on a classroom PC to enrol it. In: a code, and where the collector is. Out: a command."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from collector.broker import LOOPBACK
from collector.fleet.gateway import EVERYWHERE
from collector.settings import UP_FILE

UNKNOWN: Final = "URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an agent finds the collector's pages; `is_from_here_only`: no other computer can reach it."""

    url: str
    is_from_here_only: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether anybody said."""
        return self.url != UNKNOWN


def command(address: str, code: str) -> str:
    """Return what to type."""
    return f"roomtone agent enrol {shlex.quote(address)} --code {code}"


def address_of(data: Path, *, hostname: str) -> Address:
    """Return where the collector of a data directory listened last; `hostname` is this machine's."""
    try:
        url = str(json.loads((data / UP_FILE).read_text("utf-8"))["url"])
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except (OSError, ValueError, KeyError, TypeError):
        return Address(url=UNKNOWN)
    if host in EVERYWHERE:
        url = urlunsplit(parts._replace(netloc=f"{hostname}:{port}" if port else hostname))
    return Address(url=url, is_from_here_only=host in LOOPBACK)
