"""A test of rules as values: what is read, what happens, and what must then be so. packs/rules_test.py reads them.

Times are counted from the start of the test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from collector.core.campus import Campus
from collector.core.model import Attribution, DeviceId, Level, Shutdown, State
from collector.core.rule import Override, RulePack
from collector.core.ticket import ClockState, Step, TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in its file: what a failure is told with. Both count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series: a value an interval from the start on, None where nothing is read."""

    device: DeviceId
    metric: str
    instance: str
    values: tuple[float | None, ...]


class What(StrEnum):
    """What may happen beside readings."""

    BORN = "born"
    DIED = "died"
    QUIET = "quiet"  # the agent sends nothing any more, and no death is told
    HEARD = "heard"  # it does again
    CUT = "cut"  # the agent's network is away: its death is told, what is read meanwhile comes late
    BACK = "back"  # it is born again, and delivers that
    RESTART = "restart"  # of the collector
    BLIND = "blind"  # the broker is lost
    SEES = "sees"
    ACT = "act"  # somebody does something to a ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happens at a time."""

    at: timedelta
    what: What
    device: DeviceId | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    interval: timedelta | None = None
    told: Shutdown | None = None
    down: timedelta = timedelta()  # how long a restart takes
    ticket: int = 1
    action: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceIs:
    """What a device is expected to be."""

    state: State
    level: Level | None = None
    pending: bool = False

    def __str__(self) -> str:
        level = "" if self.level is None else f" {int(self.level)}"
        return f"{self.state}{level}{' pending' if self.pending else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeIs:
    """A notice that is expected; None asks nothing. Times are counted from the start."""

    rule: str
    device: DeviceId | None = None
    room: str | None = None
    instance: str | None = None
    onset: timedelta | None = None
    cleared: timedelta | None = None  # None: it is open
    override: str | None = None  # the `why` of the override by which it is judged; "": by none


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentIs(NoticeIs):
    """An incident that is expected; None asks nothing."""

    level: Level | None = None
    cause: str | None = None  # the rule of the incident that is its cause
    attribution: Attribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockIs:
    """A clock of a ticket. `due` is counted from the opening, `due_at` is a moment."""

    state: ClockState | None = None
    due: timedelta | None = None
    due_at: datetime | None = None
    met: timedelta | None = None  # from the opening


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIs:
    """A ticket that is expected; None asks nothing."""

    level: Level
    state: TicketState
    device: DeviceId | None = None
    room: str | None = None
    incidents: int | None = None  # how many belong to it
    clocks: Mapping[Step, ClockIs] = field(default_factory=dict)
    escalation: tuple[str, ...] | None = None  # the rungs reached, like respond/50, in the order of the log
    held: tuple[str, ...] | None = None  # the rungs that wait for the end of what keeps them quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be so at a time. None asks nothing; an empty tuple: there are none."""

    at: timedelta
    place: Place
    devices: Mapping[DeviceId, DeviceIs] = field(default_factory=dict)
    incidents: tuple[IncidentIs, ...] | None = None
    notices: tuple[NoticeIs, ...] | None = None
    tickets: tuple[TicketIs, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test. `happenings` and `expectations` are in order of time; `overrides` are those of its campus, by rule."""

    name: str
    place: Place
    start: datetime
    interval: timedelta
    campus: Campus = field(default_factory=Campus)
    overrides: Mapping[str, tuple[Override, ...]] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    happenings: tuple[Happening, ...] = ()
    expectations: tuple[Expectation, ...]

    def rules_of(self, pack: RulePack) -> RulePack:
        """Return the rules as the places of the test have them: those of its campus come last."""
        if not self.overrides:
            return pack
        return RulePack(
            rules=tuple(
                replace(rule, overrides=(*rule.overrides, *self.overrides.get(rule.id, ()))) for rule in pack.rules
            )
        )

    @property
    def asks_for_tickets(self) -> bool:
        return any(each.tickets is not None for each in self.expectations) or any(
            each.what is What.ACT for each in self.happenings
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one file and the rules that they are about (files and folders)."""

    file: str
    rules: tuple[str, ...]
    cases: tuple[Case, ...]


def shown(span: timedelta) -> str:
    """Return a length of time as people write it: `1 d 2 h`, `90 s` as `1 min 30 s`."""
    left = span.total_seconds()
    sign = "-" if left < 0 else ""
    left = abs(left)
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count:.0f} {name}")
    if left or not parts:
        parts.append(f"{left:g} s")
    return sign + " ".join(parts)
