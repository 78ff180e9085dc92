"""A ticket from its log: state, level and every deadline are what the entries make them.

Comes in: the entries of one log and the agreement that its first one names. Goes out: the `Ticket`.

The rules of the clocks:
- All start at `opened_at`. Respond is met by acknowledge, or by an arrival before it; arrive by arrive; solve by
  restore, swap or telemetry; swap by swap.
- Time in which the ticket was paused, or the service restored, does not count.
- A step that a restored or resolved ticket no longer needs is waived. One that had run out before stays breached.
- A fault that flaps holds its ticket open while it comes and goes; steady again and gone, the service is back since it
  was gone last.
- Evidence that came late corrects when a fault began, and since when the service was back where telemetry said so: it
  moves no deadline.
- A new level brings its own track, counted from `opened_at` again; what was met or had run out by then keeps its
  deadline, so that a change of level neither makes nor forgives a breach.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from collector.core.agreement import Agreement
from collector.core.deadline import Stop, due_at, next_working
from collector.core.escalation import Told, complained, standing
from collector.core.model import DeviceId, IncidentId, Level, RoomId, SiteId, TicketId
from collector.core.storm import calls_at
from collector.core.ticket import (
    UNDER_WAY,
    Clock,
    ClockState,
    Coverage,
    Entry,
    Hold,
    Source,
    Step,
    Ticket,
    TicketState,
)

TELEMETRY: Final = "telemetry"
"""The actor of entries that no person made."""


def replay(ticket: TicketId, entries: Sequence[Entry], agreement: Agreement) -> Ticket:
    """Return the ticket as its log says it stands.

    A clock that has run out but was never met is `running`: `as_of` says what it is at a moment.
    """
    draft = _Draft(ticket, entries[0], agreement)
    for entry in entries[1:]:
        handle = _HANDLERS.get(entry.action)
        if handle is not None:  # a comment, or what a newer version may write
            handle(draft, entry)
    return draft.ticket(entries[-1].at, len(entries))


def as_of(ticket: Ticket, now: datetime) -> Ticket:
    """Return the ticket with the clocks that have run out by `now` shown as breached."""
    if all(clock.state is not ClockState.RUNNING or now <= clock.due_at for clock in ticket.clocks):
        return ticket
    return replace(
        ticket,
        clocks=tuple(
            replace(clock, state=ClockState.BREACHED)
            if clock.state is ClockState.RUNNING and now > clock.due_at
            else clock
            for clock in ticket.clocks
        ),
    )


def nearest_due(ticket: Ticket) -> datetime | None:
    """Return when the next running clock runs out; None where none runs."""
    return min((clock.due_at for clock in ticket.clocks if clock.state is ClockState.RUNNING), default=None)


def open_incidents(entries: Sequence[Entry]) -> frozenset[IncidentId]:
    """Return the incidents of a log that have not cleared."""
    still: set[IncidentId] = set()
    for entry in entries:
        incident = _incident(entry)
        if incident is None or entry.action == "corrected":
            continue
        if entry.action == "cleared":
            still.discard(incident)
        else:
            still.add(incident)
    return frozenset(still)


def tells_of_flapping(entries: Sequence[Entry], fault: tuple[str, ...]) -> bool:
    """Tell whether a log says last of a fault (device, family, instance) that it flaps."""
    for entry in reversed(entries):
        if entry.action in ("flapping", "steady") and _fault(entry) == fault:
            return entry.action == "flapping"
    return False


@dataclass(slots=True)
class _Draft:
    """A ticket in the making, moved on entry by entry."""

    id: TicketId
    first: Entry
    agreement: Agreement
    zone: ZoneInfo = field(init=False)
    level: Level = field(init=False)
    title: str = field(init=False)
    symptom: str = field(init=False)
    words: Mapping[str, Mapping[str, str]] = field(init=False)
    assignee: str | None = field(init=False)
    state: TicketState = TicketState.OPEN
    before_done: TicketState = TicketState.OPEN
    cause: str = ""
    remedy: str = ""
    promised_at: datetime | None = None
    expected_at: datetime | None = None
    paused_at: datetime | None = None
    done_at: datetime | None = None
    restored_at: datetime | None = None
    stops: list[Stop] = field(default_factory=list)
    incidents: dict[IncidentId, Level] = field(default_factory=dict)
    standing: set[IncidentId] = field(default_factory=set)
    storm: IncidentId | None = None
    flapping: set[tuple[str, ...]] = field(default_factory=set)  # faults that come and go
    reached: dict[str, datetime] = field(default_factory=dict)  # rungs of the ladder, by key
    held: dict[str, Hold] = field(default_factory=dict)
    complaints: list[Entry] = field(default_factory=list)  # since the complainant was last content
    ended_at: datetime | None = None
    onset_at: datetime | None = field(init=False)
    late: bool = field(init=False)
    ended: dict[IncidentId, datetime] = field(default_factory=dict)  # when those that are over were
    back_from: datetime | None = None  # telemetry says that the service is back, and cannot have been before this
    met: dict[Step, datetime] = field(default_factory=dict)
    settled: dict[Step, datetime] = field(default_factory=dict)  # deadlines that nothing moves any more

    def __post_init__(self) -> None:
        fields = self.first.fields
        self.zone = ZoneInfo(str(fields["time_zone"]))
        self.level = _level(self.first)
        self.title = str(fields["title"])
        self.symptom = _text(self.first, "symptom")
        self.words = cast("Mapping[str, Mapping[str, str]]", fields.get("words", {}))
        self.assignee = _text(self.first, "assignee") or None
        self.onset_at = _instant(self.first, "onset_at")
        self.late = fields.get("late") is True
        self.note_incident(self.first)

    # ------------------------------------------------------------ incidents

    def note_incident(self, entry: Entry) -> None:
        """Take in an incident that now stands, and rise to its level unless another one is its cause."""
        incident = _incident(entry)
        if incident is None:
            return
        level = _level(entry)
        worse = level < self.incidents.get(incident, max(Level) + 1)
        self.incidents[incident] = level
        self.standing.add(incident)
        if worse and level < self.level and "cause" not in entry.fields:
            self.relevel(level, entry)

    def relevel(self, level: Level, entry: Entry) -> None:
        self.settle(entry.at)
        self.level = level
        self.title = str(entry.fields.get("title", self.title))
        self.symptom = str(entry.fields.get("symptom", self.symptom))
        self.words = cast("Mapping[str, Mapping[str, str]]", entry.fields.get("words", self.words))

    # ------------------------------------------------------------ clocks

    def due(self, step: Step) -> datetime | None:
        """Return the deadline of a step, None where neither track nor past has one."""
        return self.settled.get(step) or self.gone(step, 1.0)

    def gone(self, step: Step, share: float) -> datetime | None:
        """Return when a share of the time promised for a step has gone."""
        term = next((term for term in self.agreement.tracks[self.level] if term.step is step), None)
        if step in self.settled:
            return self.first.at + (self.settled[step] - self.first.at) * share
        if term is None:
            return None
        since = self.paused_at or self.done_at
        stops = (*self.stops, Stop(start=since)) if since else tuple(self.stops)
        term = replace(term, within=term.within * share)
        return due_at(self.first.at, term, stops=stops, calendar=self.agreement.calendar, zone=self.zone)

    def told_at(self, at: datetime | None) -> datetime | None:
        """Return when people are told what happens at a moment: then, or in the next business hours."""
        if at is None or self.level not in self.agreement.told_in_business_hours:
            return at
        return next_working(at, calendar=self.agreement.calendar, zone=self.zone)

    def escalated(self, ticket: Ticket) -> Ticket:
        """Return a ticket with the rungs of its ladder."""
        ticket = replace(ticket, calls_at=self.told_at(calls_at(ticket)))
        told = Told(reached=self.reached, held=self.held)
        rungs = standing(ticket, self.agreement.ladder, told, lambda step, share: self.told_at(self.gone(step, share)))
        rungs += complained(self.complaints, self.agreement.complaints, self.reached, lambda at: self.told_at(at) or at)
        return replace(ticket, escalation=rungs)

    def meet(self, step: Step, at: datetime) -> None:
        due = self.due(step)
        self.met.setdefault(step, at)
        if due is not None:
            self.settled[step] = due

    def settle(self, at: datetime) -> None:
        """Keep the deadlines of steps that had run out by `at`, or by when the clocks stopped, whatever comes."""
        at = self.paused_at or self.done_at or at
        for step in Step:
            due = self.due(step)
            if due is not None and due < at:
                self.settled[step] = due

    def stop_until(self, at: datetime) -> None:
        """End the pause or the restoration that lasts, so that what follows counts again."""
        since = self.paused_at or self.done_at
        if since is not None:
            self.stops.append(Stop(start=since, end=at))
        self.paused_at = self.done_at = None

    def finish(self, state: TicketState, at: datetime) -> None:
        if self.state in UNDER_WAY:
            self.before_done = self.state
            self.stop_until(at)
            self.done_at = at
        self.state = state

    def end(self, state: TicketState, at: datetime) -> None:
        """A person resolved or closed it."""
        self.finish(state, at)
        self.ended_at = at

    def restore(self, at: datetime, *, seen: bool = False) -> None:
        """The service is back since `at`; telemetry may say so later, but never of a time that is already told."""
        told = max([self.first.at, *(stop.end for stop in self.stops if stop.end), *filter(None, [self.paused_at])])
        self.back_from = told if seen else None
        at = max(at, told)
        self.meet(Step.SOLVE, at)
        self.restored_at = at
        self.finish(TicketState.RESTORED, at)

    def correct_restore(self) -> None:
        """Let the service be back since the last fault was gone, where telemetry said that it is."""
        if self.back_from is None or self.state is not TicketState.RESTORED or not self.ended:
            return
        at = max(self.back_from, *self.ended.values())
        if self.met.get(Step.SOLVE) == self.restored_at:
            self.met[Step.SOLVE] = at
        self.restored_at = self.done_at = at

    def reopen(self, state: TicketState, at: datetime) -> None:
        self.settle(at)
        for step in (Step.SOLVE, Step.SWAP):
            if self.met.get(step) is not None:
                del self.met[step]
                self.settled.pop(step, None)
        self.stop_until(at)
        self.restored_at = self.ended_at = None
        self.state = state

    def clock(self, step: Step) -> Clock | None:
        due = self.due(step)
        if due is None:
            return None
        met_at = self.met.get(step)
        if met_at is not None:
            state = ClockState.MET if met_at <= due else ClockState.BREACHED
        elif self.done_at is not None:
            state = ClockState.WAIVED if self.done_at <= due else ClockState.BREACHED
        elif self.paused_at is not None:
            state = ClockState.PAUSED if self.paused_at <= due else ClockState.BREACHED
        else:
            state = ClockState.RUNNING
        return Clock(step=step, due_at=due, met_at=met_at, state=state)

    def ticket(self, updated_at: datetime, version: int) -> Ticket:
        fields = self.first.fields
        device = _text(self.first, "device")
        ticket = Ticket(
            id=self.id,
            level=self.level,
            state=self.state,
            source=Source(str(fields["source"])),
            title=self.title,
            symptom=self.symptom,
            cause=self.cause,
            remedy=self.remedy,
            site=SiteId(str(fields["site"])),
            room=RoomId(_text(self.first, "room")),
            device=DeviceId(device) if device else None,
            incidents=tuple(self.incidents),
            onset_at=self.onset_at,
            detected_at=_instant(self.first, "detected_at"),
            opened_at=self.first.at,
            updated_at=updated_at,
            promised_at=self.promised_at,
            assignee=self.assignee,
            coverage=Coverage(str(fields["coverage"])),
            agreement=str(fields["agreement"]),
            clocks=tuple(clock for step in Step if (clock := self.clock(step)) is not None),
            words=self.words,
            version=version,
            expected_at=self.expected_at,
            paused_at=self.paused_at,
            restored_at=self.restored_at,
            done_at=self.ended_at,
            storm=self.storm,
            late=self.late,
            flapping=bool(self.flapping) and self.state in UNDER_WAY,
            complained_at=self.complaints[0].at if self.complaints else None,
        )
        return self.escalated(ticket)


# ---------------------------------------------------------------- what telemetry adds


def _attached(draft: _Draft, entry: Entry) -> None:
    draft.note_incident(entry)


def _cleared(draft: _Draft, entry: Entry) -> None:
    incident = _incident(entry)
    if incident is not None:
        draft.standing.discard(incident)
        draft.ended[incident] = _instant(entry, "cleared_at") or entry.at
    _restored_if_gone(draft, entry)


def _corrected(draft: _Draft, entry: Entry) -> None:
    """Late evidence says when an incident truly began or ended."""
    incident, onset, over = _incident(entry), _instant(entry, "onset_at"), _instant(entry, "cleared_at")
    if incident is None:
        return
    if incident == _incident(draft.first):
        draft.onset_at = onset or draft.onset_at
        draft.late = draft.late or entry.fields.get("late") is True
    if over is not None and incident in draft.ended:
        draft.ended[incident] = over
        draft.correct_restore()


def _storm(draft: _Draft, entry: Entry) -> None:
    draft.storm = IncidentId(_text(entry, "first"))


def _escalated(draft: _Draft, entry: Entry) -> None:
    draft.reached.setdefault(_text(entry, "rung"), entry.at)


def _escalation_held(draft: _Draft, entry: Entry) -> None:
    by = _text(entry, "by")
    if by in set(Hold):
        draft.held[_text(entry, "rung")] = Hold(by)


def _flapping(draft: _Draft, entry: Entry) -> None:
    draft.flapping.add(_fault(entry))


def _steady(draft: _Draft, entry: Entry) -> None:
    draft.flapping.discard(_fault(entry))
    draft.note_incident(entry)
    _restored_if_gone(draft, entry)


def _restored_if_gone(draft: _Draft, entry: Entry) -> None:
    if not draft.standing and not draft.flapping and draft.state in UNDER_WAY:
        draft.restore(min(_instant(entry, "cleared_at") or entry.at, entry.at), seen=True)


def _reopened(draft: _Draft, entry: Entry) -> None:
    draft.reopen(draft.before_done, entry.at)
    draft.note_incident(entry)


# ---------------------------------------------------------------- what people add


def _acknowledge(draft: _Draft, entry: Entry) -> None:
    draft.meet(Step.RESPOND, entry.at)
    draft.assignee = _text(entry, "assignee") or draft.assignee or entry.actor
    draft.state = TicketState.ACKNOWLEDGED


def _promise(draft: _Draft, entry: Entry) -> None:
    draft.promised_at = _instant(entry, "promised_at")


def _dispatch(draft: _Draft, entry: Entry) -> None:
    draft.assignee = _text(entry, "assignee")
    draft.expected_at = _instant(entry, "expected_at")


def _arrive(draft: _Draft, entry: Entry) -> None:
    draft.meet(Step.RESPOND, entry.at)
    draft.meet(Step.ARRIVE, entry.at)
    draft.assignee = draft.assignee or entry.actor
    draft.state = TicketState.ON_SITE


def _swap(draft: _Draft, entry: Entry) -> None:
    draft.meet(Step.SWAP, entry.at)
    draft.restore(entry.at)


def _restore(draft: _Draft, entry: Entry) -> None:
    draft.restore(entry.at)


def _resolve(draft: _Draft, entry: Entry) -> None:
    draft.cause = _text(entry, "cause") or draft.cause
    draft.remedy = _text(entry, "remedy") or draft.remedy
    draft.end(TicketState.RESOLVED, entry.at)


def _close(draft: _Draft, entry: Entry) -> None:
    draft.end(TicketState.CLOSED, entry.at)


def _reopen(draft: _Draft, entry: Entry) -> None:
    known = draft.before_done is not TicketState.OPEN
    draft.reopen(TicketState.ACKNOWLEDGED if known else TicketState.OPEN, entry.at)


def _relevel(draft: _Draft, entry: Entry) -> None:
    draft.relevel(_level(entry), entry)


def _pause(draft: _Draft, entry: Entry) -> None:
    draft.paused_at = entry.at


def _resume(draft: _Draft, entry: Entry) -> None:
    draft.stop_until(entry.at)


_HANDLERS: Final[Mapping[str, Callable[[_Draft, Entry], None]]] = {
    "attached": _attached,
    "releveled": _attached,
    "cleared": _cleared,
    "corrected": _corrected,
    "storm": _storm,
    "escalated": _escalated,
    "escalation_held": _escalation_held,
    "flapping": _flapping,
    "steady": _steady,
    "reopened": _reopened,
    "acknowledge": _acknowledge,
    "promise": _promise,
    "dispatch": _dispatch,
    "arrive": _arrive,
    "swap": _swap,
    "restore": _restore,
    "resolve": _resolve,
    "close": _close,
    "reopen": _reopen,
    "relevel": _relevel,
    "pause": _pause,
    "resume": _resume,
    "complain": lambda draft, entry: draft.complaints.append(entry),
    "settle": lambda draft, _entry: draft.complaints.clear(),
}


# ---------------------------------------------------------------- fields of entries


def _text(entry: Entry, name: str) -> str:
    value = entry.fields.get(name)
    return value if isinstance(value, str) else ""


def _level(entry: Entry) -> Level:
    return Level(cast("int", entry.fields["level"]))


def _instant(entry: Entry, name: str) -> datetime | None:
    value = entry.fields.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _fault(entry: Entry) -> tuple[str, ...]:
    return tuple(_text(entry, name) for name in ("device", "family", "instance"))


def _incident(entry: Entry) -> IncidentId | None:
    value = entry.fields.get("incident")
    return IncidentId(value) if isinstance(value, str) else None
