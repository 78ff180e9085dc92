"""A ticket and its append-only log: state and every deadline are recomputed from the log.

Comes in: log entries. Goes out: the ticket as it stands (`replay`), or the entry that an action adds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from collector.core.model import DeviceId, IncidentId, Level, RoomId, SiteId, TicketId


class TicketState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ON_SITE = "on_site"
    RESTORED = "restored"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Source(StrEnum):
    TELEMETRY = "telemetry"
    PERSON = "person"


class Coverage(StrEnum):
    """Who pays for a visit, S17."""

    WARRANTY = "warranty"
    CONTRACT = "contract"
    BILLABLE = "billable"


class Step(StrEnum):
    """The promises that a clock runs for, S6-S9."""

    RESPOND = "respond"
    ARRIVE = "arrive"
    SOLVE = "solve"
    SWAP = "swap"


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise of a ticket. A clock met after `due_at` is `breached` and has a `met_at`."""

    step: Step
    due_at: datetime
    met_at: datetime | None
    state: ClockState


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a ticket's log. `number` counts from 1 within the ticket."""

    number: int
    at: datetime
    actor: str  # a user's name, or "telemetry"
    action: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as its log says it stands. `words` maps a language ("en", "zh-CN") to title, symptom and advice."""

    id: TicketId
    level: Level
    state: TicketState
    source: Source
    title: str
    symptom: str = ""
    cause: str = ""
    remedy: str = ""
    site: SiteId
    room: RoomId
    device: DeviceId | None
    incidents: tuple[IncidentId, ...] = ()
    onset_at: datetime | None = None
    detected_at: datetime | None = None
    opened_at: datetime
    updated_at: datetime
    promised_at: datetime | None = None
    assignee: str | None = None
    coverage: Coverage
    agreement: str
    clocks: tuple[Clock, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    version: int  # entries in its log
