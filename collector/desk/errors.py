"""What the desk refuses.

DeskError
└── UnknownTicket    there is no ticket of that number

An action that is refused raises what `collector.core.action` draws; `KeyReused` is one of its `BadFields`.
"""

from collector.core.action import BadFields
from collector.core.model import TicketId


class DeskError(Exception):
    """Something was asked of the desk that it cannot do."""


class UnknownTicket(DeskError):
    """There is no ticket of that number."""

    def __init__(self, ticket: TicketId) -> None:
        super().__init__(f"there is no ticket {ticket}")
        self.ticket = ticket


class KeyReused(BadFields):
    """An Idempotency-Key came again with another request; nothing was done."""

    def __init__(self) -> None:
        super().__init__(("Idempotency-Key: was used for another request; take a new key for each request",))
