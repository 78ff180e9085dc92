"""A ticket's log for tests: opened by telemetry, moved on by actions at minutes after its opening."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from collector.core.action import entry_for
from collector.core.agreement import Agreement, Calendar, Counting, Span, Term
from collector.core.model import Level, TicketId
from collector.core.replay import TELEMETRY, as_of, replay
from collector.core.ticket import Clock, Entry, Step, Ticket, TicketState

OPENED = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)  # a Thursday, 10:00 in Shanghai
HOUR = timedelta(hours=1)
MORNING: Span = (datetime(2026, 1, 1, 8, 30).time(), datetime(2026, 1, 1, 12).time())  # noqa: DTZ001
AFTERNOON: Span = (datetime(2026, 1, 1, 13, 30).time(), datetime(2026, 1, 1, 17, 30).time())  # noqa: DTZ001
FAST = (
    Term(step=Step.RESPOND, within=HOUR / 2),
    Term(step=Step.ARRIVE, within=2 * HOUR),
    Term(step=Step.SOLVE, within=8 * HOUR),
)
SLOW = (
    Term(step=Step.RESPOND, within=24 * HOUR),
    Term(step=Step.SOLVE, within=48 * HOUR),
    Term(step=Step.SWAP, within=timedelta(days=3), counting=Counting.WORKING_DAYS),
)
AGREEMENT = Agreement(
    id="default",
    tracks={
        Level.OUTAGE: FAST,
        Level.SEVERE: FAST,
        Level.DEGRADED: SLOW,
        Level.QUESTION: (Term(step=Step.RESPOND, within=24 * HOUR),),
    },
    calendar=Calendar(week=((MORNING, AFTERNOON),) * 5 + ((), ())),
)


def after(minutes: float) -> datetime:
    return OPENED + timedelta(minutes=minutes)


def opened(level: int = 1, *, at: datetime = OPENED, source: str = "telemetry", **fields: object) -> Entry:
    incident = {"incident": "i1", "rule": "agent-silent"} if source == "telemetry" else {}
    return Entry(
        number=1,
        at=at,
        actor=TELEMETRY if source == "telemetry" else "li",
        action="opened",
        fields={
            "source": source,
            "level": level,
            "title": "Recorder is silent",
            "words": {"en": {"title": "Recorder is silent"}},
            "site": "south",
            "room": "south/w201",
            "device": "south:w201",
            "time_zone": "Asia/Shanghai",
            "agreement": "default",
            "coverage": "warranty",
            **incident,
            **fields,
        },
    )


class Scene:
    """One ticket's log and what it makes of the ticket."""

    def __init__(self, level: int = 1, *, source: str = "telemetry") -> None:
        self.log = [opened(level, source=source)]

    @property
    def ticket(self) -> Ticket:
        return replay(TicketId(7), self.log, AGREEMENT)

    def act(self, action: str, minutes: float, fields: Mapping[str, object] | None = None, actor: str = "li") -> Ticket:
        given = dict(SAID.get(action, {}), **(fields or {}))
        self.log.append(entry_for(self.ticket, action, given, actor=actor, now=after(minutes)))
        return self.ticket

    def tell(self, action: str, minutes: float, **fields: object) -> Ticket:
        """Add what telemetry says."""
        entry = Entry(number=len(self.log) + 1, at=after(minutes), actor=TELEMETRY, action=action, fields=fields)
        self.log.append(entry)
        return self.ticket

    def clear(self, minutes: float, incident: str = "i1", cleared: float | None = None) -> Ticket:
        at = after(minutes if cleared is None else cleared)
        return self.tell("cleared", minutes, incident=incident, cleared_at=at.isoformat())

    def clock(self, step: Step, minutes: float | None = None) -> Clock | None:
        ticket = self.ticket if minutes is None else as_of(self.ticket, after(minutes))
        return next((clock for clock in ticket.clocks if clock.step is step), None)

    def states(self, minutes: float | None = None) -> dict[str, str]:
        ticket = self.ticket if minutes is None else as_of(self.ticket, after(minutes))
        return {clock.step.value: clock.state.value for clock in ticket.clocks}


# What an action needs at the least.
SAID: Mapping[str, Mapping[str, object]] = {
    "promise": {"promised_at": "2027-01-01T00:00:00Z"},
    "dispatch": {"assignee": "Wang"},
    "relevel": {"level": 2},
    "pause": {"text": "the school asked us to come after the exams"},
    "comment": {"text": "rang the room"},
    "complain": {"text": "nobody came"},
    "settle": {"text": "content since the visit"},
    "survey": {"score": 5},
}


def in_state(state: TicketState) -> Scene:
    """Return a ticket in a state, ten minutes old."""
    scene = Scene()
    path: dict[TicketState, list[str]] = {
        TicketState.OPEN: [],
        TicketState.ACKNOWLEDGED: ["acknowledge"],
        TicketState.ON_SITE: ["acknowledge", "arrive"],
        TicketState.RESTORED: ["restore"],
        TicketState.RESOLVED: ["restore", "resolve"],
        TicketState.CLOSED: ["restore", "resolve", "close"],
    }
    for action in path[state]:
        scene.act(action, 10)
    return scene


def without_version(ticket: Ticket) -> Ticket:
    return replace(ticket, version=0, updated_at=OPENED)
