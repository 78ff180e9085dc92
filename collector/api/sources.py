"""What the API reads and asks, as small protocols: the parts of the collector behind it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from collector.core.model import DeviceId, IncidentState, Level, RoomId, SeriesId, SiteId, TicketId
from collector.core.ticket import Entry, Ticket, TicketState
from collector.desk.changes import Changes, IncidentRecord
from collector.store.series.read import Buckets, Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """Whether a part works; `says` is a sentence for people when it does not."""

    ok: bool
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """How the collector is: what it needs, and what it has counted since it started.

    `heard_at` is when the last accepted message came in. `commit_seconds` are sums over all commits. `queue_depth`
    counts messages taken from the broker that wait to be decoded.
    """

    broker: Vital
    series: Vital
    records: Vital
    heard_at: datetime | None = None
    readings: int = 0
    messages: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    queue_depth: int = 0
    commits: int = 0
    commit_seconds: float = 0.0

    @property
    def is_ready(self) -> bool:
        """Tell whether broker and stores are usable."""
        return self.broker.ok and self.series.ok and self.records.ok


class HealthSource(Protocol):
    """Says how the collector is; does not block."""

    def vitals(self) -> Vitals:
        """Return how the collector is now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What a first run needs to know of this one."""

    this_machine: DeviceId | None = None  # the agent that `roomtone up` runs here
    token_file: Path | None = None


class RuleWords(Protocol):
    """What a rule says to people."""

    def __call__(self, rule: str, /) -> Mapping[str, Mapping[str, str]]:
        """Return language → title, symptom, advice; empty where the rule is not known."""
        ...


class NoWords:
    """Rules that say nothing."""

    def __call__(self, rule: str, /) -> Mapping[str, Mapping[str, str]]:
        """Return nothing."""
        return {}


class SeriesSource(Protocol):
    """The stored past. Blocks; raises StoreError."""

    def buckets(self, series: SeriesId, start: datetime, end: datetime, points: int, /) -> Buckets:
        """Return the span cut into equal buckets."""
        ...

    def raw(self, series: SeriesId, start: datetime, end: datetime, /, *, limit: int | None = None) -> Raw:
        """Return each reading of the span by time."""
        ...


class TicketDesk(Protocol):
    """Where people act on tickets. Blocks."""

    def act(
        self,
        ticket: TicketId,
        action: str,
        fields: Mapping[str, object],
        /,
        *,
        actor: str,
        now: datetime,
        key: str | None = None,
    ) -> Changes:
        """Carry an action out. Raises UnknownTicket, and `collector.core.action.ActionRefused`."""
        ...

    def open_by_person(
        self, fields: Mapping[str, object], /, *, actor: str, now: datetime, key: str | None = None
    ) -> Changes:
        """Open a ticket that a person reports. Raises `collector.core.action.BadFields`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list is narrowed to; an empty collection narrows nothing. `sites` None: all, else only these."""

    sites: Collection[SiteId] | None = None
    rooms: Collection[RoomId] = ()
    devices: Collection[DeviceId] = ()
    levels: Collection[Level] = ()


class TicketSource(Protocol):
    """Tickets and incidents as the records database holds them. Blocks."""

    def tickets(
        self, chosen: Filter, *, states: Collection[TicketState], before: TicketId | None, limit: int
    ) -> Sequence[Ticket]:
        """Return tickets, the newest first."""
        ...

    def ticket(self, id_: TicketId, /) -> Ticket | None:
        """Return a ticket; None where there is none."""
        ...

    def log(self, id_: TicketId, /, *, after: int, limit: int) -> Sequence[Entry]:
        """Return the log of a ticket from its first entry on, those after a number."""
        ...

    def incidents(
        self,
        chosen: Filter,
        *,
        states: Collection[IncidentState],
        start: datetime | None,
        end: datetime | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[IncidentRecord]:
        """Return incidents that touch a span, the latest onset first."""
        ...
