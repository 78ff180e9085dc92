"""Storms: so many faults of one site at once that people are called for them once.

Comes in: tickets, and when incidents were detected. Goes out: how many came together, whether a ticket calls.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from collector.core.ticket import Source, Ticket

LIMIT: Final = 10
"""So many incidents without a cause, of one site within a minute, are a storm: people are called for it once."""

GATHERED: Final = 30
"""From so many on, incidents of a storm open no tickets of their own; they join one that is there."""

WITHIN: Final = timedelta(minutes=1)

CALL_AFTER: Final = timedelta(seconds=10)
"""So long a ticket waits before it calls people: by then a storm is known to be one."""


def within_minute(detected: Iterable[datetime], now: datetime) -> int:
    """Return how many incidents there are within a minute: those detected before, and one more, detected at `now`."""
    return sum(now - WITHIN < at <= now for at in detected) + 1


def calls_at(ticket: Ticket) -> datetime | None:
    """Return when a ticket calls people; None where the first ticket of its storm does that for it.

    A ticket that a person opened has its people already.
    """
    if ticket.source is Source.PERSON or is_led(ticket):
        return None
    return ticket.opened_at + CALL_AFTER


def is_led(ticket: Ticket) -> bool:
    """Tell whether another ticket, the first one of its storm or the first that is worse, speaks for it."""
    return ticket.storm is not None and ticket.storm not in ticket.incidents[:1]
