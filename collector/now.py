"""The collector's only clock."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds that never jump; only differences mean something."""
    return time.monotonic()
