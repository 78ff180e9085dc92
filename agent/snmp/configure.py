"""What `agent.toml` says about SNMP beside its devices. In: its tables. Out: settings, or mistakes noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import ConfigError
from agent.setting import Reader
from agent.snmp.tables import TrapsTable
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


def user_in(reader: Reader, file: Path | None) -> SnmpUser | None:
    """Return the SNMPv3 user of a file, None where there is none; its mistakes are noted."""
    if file is None:
        return None
    try:
        return load_user(file)
    except ConfigError as error:
        reader.mistakes.extend(error.mistakes)
        return None
