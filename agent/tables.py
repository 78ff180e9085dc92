"""The tables of `agent.toml`: one dataclass each. The reader and the JSON Schema both follow them."""

# ruff: noqa: RUF009  `setting` makes a dataclass field, which nothing shares

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.media.tables import RecordingTable, SamplingTable, SourceTable, StreamTable
from agent.probe_tables import (
    ROLES,
    CaptureTable,
    ClockTable,
    CommandTable,
    HttpTable,
    PjlinkTable,
    RaidTable,
    RebootTable,
    SensorsTable,
    ServicesTable,
    ShureTable,
    SmartTable,
)
from agent.setting import setting
from agent.shapes import DEVICE, HOST, ID, OID, PUBLIC_KEY, ROOM, TARGET
from agent.snmp.tables import ResponderTable, TrapsTable
from agent.uplink.address import split_proxy, split_url

PASSWORD_VARIABLE: Final = "ROOMTONE_MQTT_PASSWORD"  # noqa: S105  the variable's name
_URL_HELP: Final = "mqtt://HOST:PORT, mqtts:// for TLS, ws://HOST:PORT/PATH or wss:// for WebSocket"


def _check_url(url: str) -> str:
    try:
        split_url(url)
    except ValueError as error:
        return str(error)
    return ""


def _check_proxy(url: str) -> str:
    try:
        split_proxy(url)
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTable:
    """`[agent]`: who this agent is."""

    site: str = setting(shape=ID, help="the site's id, as in the campus file")
    id: str = setting("", shape=ID, help="the agent's id; the computer's name where it is not given")
    room: str = setting("", shape=ROOM, help="the room's id, as in the campus file")
    role: str = setting("recorder-pc", choices=ROLES, help="what this computer is for")
    name: str = setting("", help="what people call this computer")
    interval_s: float = setting(10.0, minimum=0.1, maximum=86400, help="seconds from one reading to the next")
    data_dir: Path | None = setting(None, help="where readings wait until the collector has stored them")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTable:
    """`[broker]`: whom to report to."""

    url: str = setting("mqtt://127.0.0.1:1883", check=_check_url, help=_URL_HELP)
    username: str = setting("", help="the account at the broker")
    password_file: Path | None = setting(None, help=f"a file with its password; {PASSWORD_VARIABLE} goes before it")
    ca_file: Path | None = setting(None, help="the authority that signed the broker's certificate (PEM)")
    cert_file: Path | None = setting(None, help="our own certificate (PEM), where the broker asks for one")
    key_file: Path | None = setting(None, help="the key of cert_file (PEM, without a password)")
    proxy: str = setting("", check=_check_proxy, help="http://HOST:PORT of an HTTP proxy on the way to the broker")
    proxy_account_file: Path | None = setting(None, help="a file with user:password, where the proxy asks for it")
    keepalive_s: int = setting(10, minimum=1, maximum=3600, help="a silent connection is noticed after 1.5 times this")
    host_id: str = setting("roomtone", help="the collector to wait for; empty: send without waiting for any")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxTable:
    """`[outbox]`: how much may wait."""

    max_bytes: int = setting(64 << 20, minimum=1 << 16, help="bytes that readings may take on disk")
    max_age_s: float = setting(7 * 86400.0, minimum=60, help="seconds that a reading may wait")
    grace_bytes: int = setting(16 << 20, minimum=0, help="bytes kept of what the collector has stored")
    grace_age_s: float = setting(86400.0, minimum=0, help="seconds that they are kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTable:
    """`[host]`: reading this computer."""

    enabled: bool = setting(True, help="false for an agent that only reads other devices")
    per_core: bool = setting(False, help="also report each processor core")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTable:
    """`[process]`: programs to watch."""

    watch: tuple[str, ...] = setting((), help="names of programs")


@dataclass(frozen=True, slots=True, kw_only=True)
class PingTable:
    """`[[ping]]`: something to reach."""

    target: str = setting(shape=TARGET, help="a host name or address")
    device: str = setting("", shape=DEVICE, help="the device that it is: site:agent, site:agent:device, or one here")
    port: int | None = setting(None, minimum=1, maximum=65535, help="connect to this TCP port instead of ICMP echo")
    timeout_s: float = setting(1.0, minimum=0.05, maximum=60, help="seconds to wait for each answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpTable:
    """`[[snmp]]`: a device to read over SNMP."""

    id: str = setting(shape=ID, help="the device's id")
    host: str = setting(shape=HOST, help="its host name or address")
    role: str = setting("", choices=ROLES, help="what it is for; its profile says it where it is not given")
    port: int = setting(161, minimum=1, maximum=65535, help="its UDP port")
    version: str = setting("2c", choices=("1", "2c", "3"), help="the SNMP version")
    community_file: Path | None = setting(None, help="a file with the community, for versions 1 and 2c")
    user_file: Path | None = setting(None, help="a TOML file with the user and keys, for version 3")
    profile: str | None = setting(None, help="the profile to read it with; found out where it is not given")
    profiles: tuple[Path, ...] = setting(
        (), help="directories of profiles of your own, of Kentik or of Datadog, that are tried, too"
    )
    timeout_s: float = setting(2.0, minimum=0.1, maximum=60, help="seconds to wait for an answer")
    retries: int = setting(1, minimum=0, maximum=10, help="times to ask again")
    interval_s: float | None = setting(
        None, minimum=0.1, maximum=86400, help="seconds between readings, if not [agent]'s"
    )
    base: str = setting("", shape=OID, help="where ROOMTONE-MIB stands on it, if its [responder] says another base")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageTable:
    """`[manage]`: whether the collector may hand over new versions of this configuration."""

    key: str = setting(
        "",
        shape=PUBLIC_KEY,
        help="its public key (Ed25519, base64); without one nothing is taken",
    )
    trial_s: float = setting(
        120.0,
        minimum=1,
        maximum=3600,
        help="seconds in which the collector must hear of a new version, or it is undone",
    )


# The tables of the file: single ones and lists of them.
TABLES: Final[Mapping[str, type]] = {
    "agent": AgentTable,
    "broker": BrokerTable,
    "outbox": OutboxTable,
    "host": HostTable,
    "process": ProcessTable,
    "manage": ManageTable,
    "recording": RecordingTable,
    "sampling": SamplingTable,
    "smart": SmartTable,
    "raid": RaidTable,
    "clock": ClockTable,
    "services": ServicesTable,
    "capture": CaptureTable,
    "sensors": SensorsTable,
    "reboot": RebootTable,
    "traps": TrapsTable,
    "responder": ResponderTable,
}
LISTS: Final[Mapping[str, type]] = {
    "ping": PingTable,
    "snmp": SnmpTable,
    "pjlink": PjlinkTable,
    "shure": ShureTable,
    "command": CommandTable,
    "http": HttpTable,
    "source": SourceTable,
    "stream": StreamTable,
}
