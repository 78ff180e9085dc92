"""The agent's clocks; nothing else in `agent` reads one."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present, aware and in UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds that never go back, from an arbitrary start."""
    return time.monotonic()
