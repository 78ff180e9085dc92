"""A ticket and its append-only log: state and every deadline are recomputed from the log.

The types alone. `replay` turns a log into the ticket as it stands, `action` says which entry a person may add.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from collector.core.model import DeviceId, IncidentId, Level, RoomId, SiteId, TicketId, is_drill


class TicketState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ON_SITE = "on_site"
    RESTORED = "restored"
    RESOLVED = "resolved"
    CLOSED = "closed"


UNDER_WAY = frozenset({TicketState.OPEN, TicketState.ACKNOWLEDGED, TicketState.ON_SITE})
"""The states in which service is still owed: the clocks run."""


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


class RungState(StrEnum):
    WAITING = "waiting"
    HELD = "held"  # its time has come, and something keeps it quiet: neither lost nor spent
    REACHED = "reached"
    WAIVED = "waived"  # what it is about was done, or is no longer needed


class Hold(StrEnum):
    """What keeps an escalation quiet."""

    MAINTENANCE = "maintenance"
    FLAPPING = "flapping"
    OUT_OF_SIGHT = "out_of_sight"  # what its devices hang on is gone
    STORM = "storm"  # the first ticket of the storm speaks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A rung of the ladder as it stands for a ticket. `reached_at`: when the role `to` was told. `held_by`: if held.

    `step` is the promise that it is about; None: a complaint, which waits for nothing but time.
    """

    rung: str
    step: Step | None
    share: float
    to: str
    due_at: datetime
    reached_at: datetime | None = None
    state: RungState = RungState.WAITING
    held_by: Hold | None = None


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
    expected_at: datetime | None = None  # when the one sent says to be there
    paused_at: datetime | None = None  # None: its clocks run
    restored_at: datetime | None = None  # when the service was back; None: it is not
    done_at: datetime | None = None  # when a person last resolved or closed it; None: it is neither
    storm: IncidentId | None = None  # the first incident of the storm that it is part of
    late: bool = False  # detected late: its fault began before anybody could know
    flapping: bool = False  # held open: a fault of it comes and goes, and is not told each time
    calls_at: datetime | None = None  # when people are called first; None: they know, or another ticket calls them
    complained_at: datetime | None = None  # since when a complaint stands; None: none does
    escalation: tuple[Escalation, ...] = ()

    @property
    def called_at(self) -> datetime | None:
        """Return when people were called first."""
        calls = (each.reached_at for each in self.escalation if each.step is not None)
        return min((at for at in calls if at is not None), default=None)

    @property
    def drill(self) -> bool:
        """Tell whether its fault was made on purpose, to see that the line works."""
        return self.device is not None and is_drill(self.device)
