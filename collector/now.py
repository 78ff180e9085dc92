"""The only module of the collector that reads the clock."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant, aware, UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds on a clock that never goes back; only differences mean anything."""
    return time.monotonic()
