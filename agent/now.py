"""The agent's clocks; nothing else in `agent` reads one."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks: `at_ms`, milliseconds since 1970, for stamps; `mono_s` for waiting."""

    at_ms: int
    mono_s: float


def now() -> datetime:
    """Return the present, aware and in UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds that never go back, from an arbitrary start."""
    return time.monotonic()


def moment() -> Moment:
    """Return the present on both clocks."""
    return Moment(time.time_ns() // 1_000_000, time.monotonic())


def instant(at_ms: int) -> datetime:
    """Return milliseconds since 1970 as an aware UTC instant."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
