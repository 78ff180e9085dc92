"""What a run of the collector is told: by the options of `roomtone up`, or by the file of `roomtone collector run`."""

import re
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from collector.broker import BrokerAddress
from collector.drill.plan import DrillPlan
from collector.packs.scalar import ID_PATTERN

DEFAULT_HOST_ID: Final = "roomtone"
DRILL_ROOM: Final = f"{ID_PATTERN}/{ID_PATTERN}"  # site/room
BROKER_SCHEMES: Final = frozenset({"mqtt", "mqtts", "ws", "wss"})
_HERE: Final = Path(__file__).resolve().parent

UP_FILE: Final = "up.json"
"""What a collector keeps in its data directory while it runs: where its pages are, and more."""


class SettingsError(Exception):
    """A setting keeps the program from starting; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen. `port` 0 is none: a port is always named."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a run of the collector needs to know."""

    data: Path
    http: Address
    campus: Path | None = None
    mapping: Path | None = None  # what plain MQTT devices say; None: there are none
    rules: tuple[Path, ...] = ()  # empty: the default pack
    records_url: str = ""  # empty: SQLite in `data`
    host_id: str = DEFAULT_HOST_ID
    broker: BrokerAddress | None = None  # None: the embedded one, at `mqtt`
    mqtt: Address = Address(host="127.0.0.1", port=1883)
    is_mqtt_open: bool = False
    mqtt_url: str = ""  # where agents find the broker; empty: at `mqtt`, or at `broker`
    mqtt_authority: Path | None = None  # who signed the broker's certificate (PEM), for agents to believe
    agent_accounts: Path | None = None  # a folder with files of accounts for a broker that is not the embedded one
    with_agent: bool = False
    demo_rooms: int = 0
    drills: DrillPlan | None = None  # None: nobody drills but by hand


def parse_address(text: str, *, option: str) -> Address:
    """Return the address in `HOST:PORT`, `[HOST]:PORT` or `:PORT` (loopback).

    Raises:
        SettingsError: it is none.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536 or (":" in host and not host.startswith("[")):
        raise SettingsError(f"{option}: {text!r} is not HOST:PORT, such as 127.0.0.1:8080")
    return Address(host=host.strip("[]") or "127.0.0.1", port=int(port))


def parse_broker_url(text: str, *, option: str) -> str:
    """Return a broker's URL as it is; "" for none.

    Raises:
        SettingsError: it is none.
    """
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in BROKER_SCHEMES and bool(parts.hostname) and parts.port != 0 and not parts.password
    except ValueError:
        is_good = False
    if not is_good:
        raise SettingsError(f"{option}: {text!r} is no broker's URL, such as mqtts://broker.example.org:8883")
    return text


def parse_drill_rooms(rooms: Iterable[str], *, option: str) -> DrillPlan | None:
    """Return the plan that drills rooms (`SITE/ROOM`) once a month; None where there are none.

    Raises:
        SettingsError: some of them are no rooms; all of these are named.
    """
    found = tuple(rooms)
    wrong = [room for room in found if not re.fullmatch(DRILL_ROOM, room)]
    if wrong:
        named = ", ".join(map(repr, wrong))
        raise SettingsError(f"{option}: {named} is no room; write the site and the room, such as mingde/m101")
    return DrillPlan(rooms=found) if found else None


def default_rules() -> Path:
    """Return the folder of the rule packs that Roomtone ships."""
    return _shipped("rules", "rules")


def dashboard_dir() -> Path | None:
    """Return the folder of the built dashboard, None where it was not built."""
    found = _shipped("dashboard", "dashboards/dist")
    return found if (found / "index.html").is_file() else None


def scripts_dir() -> Path:
    """Return where this environment keeps its programs."""
    return Path(sysconfig.get_path("scripts"))


def _shipped(in_wheel: str, in_checkout: str) -> Path:
    inside = _HERE / "data" / in_wheel
    return inside if inside.is_dir() else _HERE.parent / in_checkout


def records_url(data: Path) -> str:
    """Return the URL of the SQLite database in a data directory."""
    return f"sqlite:///{data / 'records.sqlite'}"
