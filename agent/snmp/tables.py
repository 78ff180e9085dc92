"""The tables of `agent.toml` about SNMP beside `[[snmp]]`: one dataclass each.

The reader and the JSON Schema both follow them.
"""

# ruff: noqa: RUF009  `setting` makes a dataclass field, which nothing shares

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.setting import setting

ADDRESS: Final = re.compile(r"\S{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapsTable:
    """`[traps]`: listening to traps and informs of the devices."""

    bind: str = setting("127.0.0.1", pattern=ADDRESS, help="the address to listen on; 0.0.0.0 or :: for all of them")
    port: int = setting(162, minimum=1, maximum=65535, help="the UDP port; one below 1024 needs the right to bind it")
    community_file: Path | None = setting(
        None, help="a file with a community that is accepted, too; those of the devices are"
    )
    user_file: Path | None = setting(
        None, help="a TOML file with an SNMPv3 user that is accepted, too; those of the devices are"
    )
    most_per_s: int = setting(
        200, minimum=1, maximum=10_000, help="messages looked at in a second; one sender gets a quarter of it"
    )
