"""Instants as the store's columns hold them: microseconds since 1970."""

from datetime import UTC, datetime, timedelta
from typing import Final

HOUR_US: Final = 3_600_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at_us: int) -> datetime:
    """Return the instant of `at_us` microseconds since 1970, aware, UTC."""
    return _EPOCH + timedelta(microseconds=at_us)
