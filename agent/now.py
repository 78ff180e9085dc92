"""The agent's clocks; nothing else in `agent` reads one."""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

# The clock that goes on while the computer sleeps; elsewhere that for waiting does, or nothing tells.
_SINCE_BOOT: Final[int | None] = (
    time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC if sys.platform == "darwin" else None
)
# Clocks that are read one after the other belong together when nothing came in between.
_TOGETHER_S: Final = 0.1
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks: `at_ms`, milliseconds since 1970, for stamps; `mono_s` for waiting."""

    at_ms: int
    mono_s: float


@dataclass(frozen=True, slots=True)
class Clocks:
    """One reading of all clocks: `boot_s` also counts while the computer sleeps, from an arbitrary start."""

    now: Moment
    boot_s: float


def now() -> datetime:
    """Return the present, aware and in UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds that never go back, from an arbitrary start."""
    return time.monotonic()


def moment() -> Moment:
    """Return the present on both clocks."""
    return Moment(time.time_ns() // 1_000_000, time.monotonic())


def clocks() -> Clocks:
    """Return the present on all clocks, read so closely together that they can be compared."""
    tries = 1
    while True:
        begun_s = time.monotonic()
        boot_s = begun_s if _SINCE_BOOT is None else time.clock_gettime(_SINCE_BOOT)
        present = moment()
        if present.mono_s - begun_s < _TOGETHER_S or tries >= _TRIES:
            return Clocks(present, boot_s)
        tries += 1


def instant(at_ms: int) -> datetime:
    """Return milliseconds since 1970 as an aware UTC instant."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
