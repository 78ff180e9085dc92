"""Which ticket an incident belongs to: one cause one ticket, one fault one ticket.

Comes in: an incident that telemetry opened, what stands of its cause, and the last ticket of the same fault. Goes out:
whether it opens a ticket, joins one, reopens one, waits for the end of planned work, or is only put on record.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from collector.core.model import Attribution, Incident, IncidentState
from collector.core.ticket import UNDER_WAY, Ticket

_TICKETED: Final = (Attribution.EQUIPMENT, Attribution.ENVIRONMENT)


class Assignment(StrEnum):
    RECORD = "record"  # it is over already, or nobody knows whose trouble it is: nobody is called for it
    MEMBER = "member"  # joins the ticket of its cause
    JOIN = "join"  # joins the ticket of the same fault, which is still under way
    REOPEN = "reopen"  # reopens the ticket of the same fault
    WAIT = "wait"  # planned work is going on there: what still holds when it is over is assigned then
    OPEN = "open"  # opens a ticket of its own


def assign(
    incident: Incident,
    *,
    cause: Incident | None,
    cause_has_ticket: bool,
    before: Ticket | None,
    gone_at: datetime | None,
    reopen_within: timedelta,
    in_maintenance: bool = False,
) -> Assignment:
    """Return what becomes of an incident that telemetry opened.

    `cause` is the incident that it names as its cause, as it stands. `before` is the latest ticket of the same family
    on the same instance of the device, `gone_at` when that fault was gone or a person was done with it, whichever was
    later; it may be back within `reopen_within`. `in_maintenance`: planned work is going on, on it or on its cause.
    """
    if incident.state is IncidentState.CLEARED or incident.cleared_at is not None:
        return Assignment.RECORD
    if incident.attribution not in _TICKETED:
        return Assignment.RECORD
    if cause is not None and cause.state is IncidentState.OPEN and cause_has_ticket:
        return Assignment.MEMBER
    if before is not None and before.state in UNDER_WAY:
        return Assignment.JOIN
    if in_maintenance:
        return Assignment.WAIT
    if before is not None and gone_at is not None and incident.onset_at - gone_at <= reopen_within:
        return Assignment.REOPEN
    return Assignment.OPEN
