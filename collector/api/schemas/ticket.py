"""Tickets, their clocks, their log, and what people send to change them."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from collector.api.schemas.base import Asked, Name, Shown, Text
from collector.api.schemas.incident import Words
from collector.core.ticket import ClockState, Coverage, Hold, RungState, Source, Step, TicketState


class Action(StrEnum):
    """What a person may do to a ticket; its state says what it allows now."""

    ACKNOWLEDGE = "acknowledge"
    PROMISE = "promise"
    DISPATCH = "dispatch"
    ARRIVE = "arrive"
    SWAP = "swap"
    RESTORE = "restore"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    RELEVEL = "relevel"
    PAUSE = "pause"
    RESUME = "resume"
    COMMENT = "comment"
    COMPLAIN = "complain"
    SETTLE = "settle"
    SURVEY = "survey"


class TicketFilter(StrEnum):
    """A ticket's state, or `live`: all but closed."""

    LIVE = "live"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ON_SITE = "on_site"
    RESTORED = "restored"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Clock(Shown):
    """One promise of a ticket. A clock met after `due_at` is `breached` and has a `met_at`."""

    step: Step
    due_at: datetime
    met_at: datetime | None
    state: ClockState


class Escalation(Shown):
    """A rung of the escalation ladder: when `share` of a step's time has gone, the role `to` is told, once a ticket.

    `rung` names it in the log. `step` is null for a complaint, whose rungs are told while it stands. A rung that is
    `held` is told when what holds it is over; `held_by` says what that is.
    """

    rung: str
    step: Step | None
    share: float
    to: str
    due_at: datetime
    reached_at: datetime | None
    state: RungState
    held_by: Hold | None


class Ticket(Shown):
    """A ticket as its log says it stands. `version` counts the entries of its log, `complained_at`
    is since when a complaint stands (null: none does); until then it cannot be closed.

    `promised_at` is the solution told to the customer, `expected_at` the arrival of the one sent; `paused_at` null:
    the clocks run. `flapping`: a fault of it comes and goes, which holds it open. `late`: detected late, its fault
    began before anybody could know. `drill`: its fault was made on purpose, to see that the line works. `actions` are
    those that its state allows now. `storm` is the incident whose ticket speaks for the storm of faults that it is part
    of. `calls_at`: when people are called first; null: they know of it, or that ticket calls them; `called_at`: when
    they were. `escalation` is in order of `due_at`.
    """

    id: int
    level: int
    state: TicketState
    source: Source
    title: str
    symptom: str
    cause: str
    remedy: str
    site: str
    site_name: str
    room: str | None
    room_name: str | None
    device: str | None
    device_name: str | None
    device_role: str | None
    incidents: list[str]
    onset_at: datetime | None
    detected_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    promised_at: datetime | None
    expected_at: datetime | None
    paused_at: datetime | None
    restored_at: datetime | None
    flapping: bool
    late: bool
    drill: bool
    storm: str | None
    calls_at: datetime | None
    called_at: datetime | None
    complained_at: datetime | None
    escalation: list[Escalation]
    assignee: str | None
    coverage: Coverage
    agreement: str
    clocks: list[Clock]
    words: dict[str, Words]
    actions: list[Action]
    version: int


class LogEntry(Shown):
    """One line of a ticket's log. `fields` is what came with the action."""

    number: int
    at: datetime
    actor: str
    action: str
    fields: dict[str, object]


class TicketAsked(Asked):
    """A fault or a question that a person reports. Of device, room and site, the most exact one tells the others.

    A customer names the site. `level` is 4, a question, where nothing is said.
    """

    site: Name | None = None
    room: Name | None = None
    device: Name | None = None
    title: Name
    level: int = Field(default=4, ge=1, le=4)
    symptom: Text = ""
    assignee: Name | None = None
