"""Who our own SNMPv3 engine is. In: a file. Out: its id and how often it was started, which the file remembers.

Source: RFC 3411 section 5 (SnmpEngineID), RFC 3414 section 2.2 (boots and time).
"""

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.now import Moment

log = logging.getLogger("agent.snmp")

# RFC 5612's number for examples, with the bit that says how the rest is made: octets of our own choice.
_PREFIX: Final = bytes.fromhex("80007ed905")
_MOST_BOOTS: Final = (1 << 31) - 2
_SINCE_MS: Final = 1_735_689_600_000  # 2025
_A_BOOT_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """Our engine's id, and the boots of this run."""

    engine_id: bytes
    boots: int


def own_engine(file: Path, now: Moment) -> OwnEngine:
    """Return our engine, started once more.

    Its boots grow with the calendar, too: a disk that is put back to an earlier state at each start, as classrooms'
    are, would else repeat them, and whoever knows us would take what we say for a replay.
    """
    engine_id, boots = _remembered(file)
    by_calendar = (now.at_ms - _SINCE_MS) // _A_BOOT_MS
    engine = OwnEngine(engine_id or _PREFIX + os.urandom(8), max(1, min(_MOST_BOOTS, max(boots + 1, by_calendar))))
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = file.with_name(file.name + ".new")
        beside.write_text(json.dumps({"engine_id": engine.engine_id.hex(), "boots": engine.boots}), encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        log.warning("%s cannot be written (%s): this SNMP engine is another one after a restart", file, error)
    return engine


def _remembered(file: Path) -> tuple[bytes, int]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        engine_id, boots = bytes.fromhex(known["engine_id"]), known["boots"]
    except (OSError, ValueError, KeyError, TypeError):
        return b"", 0
    if not 5 <= len(engine_id) <= 32 or not isinstance(boots, int) or not 0 <= boots < _MOST_BOOTS:
        return b"", 0
    return engine_id, boots
