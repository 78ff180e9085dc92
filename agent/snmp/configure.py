"""What `agent.toml` says about SNMP beside its devices. In: its tables. Out: settings, or mistakes noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.errors import ConfigError
from agent.setting import Reader
from agent.snmp.tables import ResponderTable, TrapsTable, address_and_port
from agent.snmp.target import SnmpUser, load_user

Secret = Callable[[Path, tuple[str | int, ...]], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapSettings:
    """`[traps]`, read: where to listen, and what is accepted beside the devices' own communities and users."""

    bind: str
    port: int
    most_per_s: int = 200
    community: str = field(default="", repr=False)
    user: SnmpUser | None = None


def trap_settings(reader: Reader, given: Mapping[str, object], secret: Secret) -> TrapSettings | None:
    """Return what `[traps]` says, None where it is not there or wrong."""
    if "traps" not in given:
        return None
    table = reader.table(TrapsTable, given["traps"], ("traps",))
    if table is None:
        return None
    community = secret(table.community_file, ("traps", "community_file")) if table.community_file else None
    return TrapSettings(
        bind=table.bind,
        port=table.port,
        most_per_s=table.most_per_s,
        community=community or "",
        user=user_in(reader, table.user_file),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderSettings:
    """`[responder]`, read. `receivers` are (address, port) of those who are told of changes."""

    user: SnmpUser
    bind: str
    port: int
    base: str
    receivers: tuple[tuple[str, int], ...] = ()


def responder_settings(reader: Reader, given: Mapping[str, object]) -> ResponderSettings | None:
    """Return what `[responder]` says, None where it is not there or wrong."""
    if "responder" not in given:
        return None
    table = reader.table(ResponderTable, given["responder"], ("responder",))
    user = user_in(reader, table.user_file) if table is not None else None
    if table is None or user is None:
        return None
    if user.auth_proto is None or user.priv_proto is None:
        what = f"{table.user_file} must have auth_proto and priv_proto: readings do not travel unprotected"
        reader.wrong(("responder", "user_file"), what)
        return None
    return ResponderSettings(
        user=replace(user, context=""),
        bind=table.bind,
        port=table.port,
        base=table.base,
        receivers=tuple(map(address_and_port, table.inform)),
    )


def user_in(reader: Reader, file: Path | None) -> SnmpUser | None:
    """Return the SNMPv3 user of a file, None where there is none; its mistakes are noted."""
    if file is None:
        return None
    try:
        return load_user(file)
    except ConfigError as error:
        reader.mistakes.extend(error.mistakes)
        return None
