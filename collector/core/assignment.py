"""Which ticket an incident belongs to: one cause one ticket, one fault one ticket.

Comes in: an incident that telemetry opened, what stands of its cause, and the last ticket of the same fault. Goes out:
whether it opens a ticket, joins one, reopens one, or is only put on record.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from collector.core.model import Incident, IncidentState
from collector.core.ticket import UNDER_WAY, Ticket, TicketState


class Assignment(StrEnum):
    RECORD = "record"  # it is over already: nobody is called for it
    MEMBER = "member"  # joins the ticket of its cause
    JOIN = "join"  # joins the ticket of the same fault, which is still under way
    REOPEN = "reopen"  # reopens the ticket of the same fault
    OPEN = "open"  # opens a ticket of its own


def assign(
    incident: Incident,
    *,
    cause: Incident | None,
    cause_has_ticket: bool,
    before: Ticket | None,
    gone_at: datetime | None,
    reopen_within: timedelta,
) -> Assignment:
    """Return what becomes of an incident that telemetry opened.

    `cause` is the incident that it names as its cause, as it stands. `before` is the latest ticket of the same family
    on the same instance of the device, `gone_at` when that fault was gone; it may be back within `reopen_within`.
    """
    if incident.state is IncidentState.CLEARED or incident.cleared_at is not None:
        return Assignment.RECORD
    if cause is not None and cause.state is IncidentState.OPEN and cause_has_ticket:
        return Assignment.MEMBER
    if before is None or before.state is TicketState.CLOSED:
        return Assignment.OPEN
    if before.state in UNDER_WAY:
        return Assignment.JOIN
    if gone_at is not None and incident.onset_at - gone_at <= reopen_within:
        return Assignment.REOPEN
    return Assignment.OPEN
