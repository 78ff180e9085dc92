"""What the tickets of a simulated term are worth, by the truth about it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bench.term_run import Gone, TermRun, heard_between
from collector.core.model import Incident, Level, TicketId
from collector.core.ticket import Ticket
from simulate.term import CLOSES, OPENS, Term
from simulate.term_events import Truth

_WEEK: Final = timedelta(days=7)
_AFTER: Final = timedelta(minutes=12)  # a ticket that opens so long after its fault was over is another's
_LONG: Final = timedelta(minutes=6)  # an absence of which more is told than that readings failed
_NEAR: Final = timedelta(minutes=2)
_SHORTEST: Final = timedelta(minutes=4)  # a fault that could be seen for less need not be found


@dataclass(slots=True)
class Verdict:
    """What a term's tickets are worth."""

    found: int = 0
    missed: list[str] = field(default_factory=list)
    wrong_level: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)  # one fault, more than one ticket
    at_rest: list[str] = field(default_factory=list)  # tickets for rooms that were off, or on a holiday
    false: list[str] = field(default_factory=list)
    overlooked: list[str] = field(default_factory=list)  # gone and back unheard, and not on record
    invented: list[str] = field(default_factory=list)  # on record as gone and back unheard, and was there
    recorded: int = 0  # gone and back unheard, and on record
    per_switch: Counter[int] = field(default_factory=Counter)  # tickets a loss → how many losses had so many
    kinds: Counter[str] = field(default_factory=Counter)
    room_weeks: float = 0.0

    @property
    def false_per_100_room_weeks(self) -> float:
        return (len(self.false) + len(self.at_rest)) / self.room_weeks * 100


class Judge:
    """Holds the tickets of a term against the truth about it."""

    def __init__(self, term: Term, run: TermRun) -> None:
        world = run.world
        self._term = term
        self._run = run
        self._unseen = run.unseen
        self._tickets = world.tickets()
        self._worst = {number: min(levels) for number, levels in world.levels.items()}  # that a ticket ever had
        self._faults: dict[str, list[tuple[Ticket, Incident]]] = defaultdict(list)  # by device
        self._ticketed = {incident_id for ticket in self._tickets for incident_id in ticket.incidents}
        for ticket in self._tickets:
            for incident_id in ticket.incidents:
                incident = world.kept.incidents[incident_id]
                self._faults[incident.device].append((ticket, incident))

    def judge(self) -> Verdict:
        """Return what they are worth."""
        verdict = Verdict(room_weeks=len(self._term.campus.rooms) * ((self._term.end - self._term.start) / _WEEK))
        explained: set[TicketId] = set()
        for truth in self._term.truths:
            if truth.level is None:
                continue  # what it opened is false
            own = self._own(truth)
            explained.update(ticket.id for ticket in own)
            verdict.kinds[truth.kind] += 1
            if "switch" in truth.kind and truth.kind.startswith("switch "):
                verdict.per_switch[len(own)] += 1
            if truth.single and len(own) > 1:
                told = "; ".join(f"{self._local(t.opened_at)} L{self._worst[t.id]} {t.device} {t.title}" for t in own)
                verdict.several.append(f"{self._name(truth)}: {told}")
            if truth.level <= 2:
                self._weigh(verdict, truth, own)
        for ticket in self._tickets:
            if ticket.id not in explained:
                near = [t.kind for t in self._term.truths if ticket.device in t.devices and _covers(t, ticket)]
                line = f"{self._local(ticket.opened_at)} level {int(ticket.level)} {ticket.device} {ticket.title}"
                (verdict.at_rest if self._rests(ticket.opened_at) else verdict.false).append(f"{line} {near or ''}")
        self._judge_record(verdict)
        return verdict

    def _judge_record(self, verdict: Verdict) -> None:
        """Hold what is on record of unheard absences against who was gone."""
        kept = self._run.world.kept.incidents.values()
        silences = [one for one in kept if one.late and not one.metric and one.cleared_at is not None]
        found: set[Gone] = set()
        for incident in silences:
            gone = [each for each in self._run.gone if _is_of(incident, each)]
            found.update(gone)
            is_agent = incident.device.count(":") == 1
            if not gone or (is_agent and incident.level < Level.SEVERE) or incident.id in self._ticketed:
                line = f"{self._local(incident.onset_at)} level {int(incident.level)} {incident.device}"
                verdict.invented.append(line)
        verdict.recorded = len(found)
        always = {device for room in self._term.campus.rooms if not room.closes for device in room.everything}
        for each in set(self._run.overlooked) - found:
            if each.until - each.since >= _LONG and (each.device in always or not self._rests(each.since)):
                known = [one for one in kept if one.device == each.device and not one.metric and _is_of(one, each)]
                if not known:
                    verdict.overlooked.append(f"{self._local(each.since)}-{self._local(each.until)} {each.device}")

    def _own(self, truth: Truth) -> list[Ticket]:
        """Return the tickets of which an incident of the truth's devices was detected in its time."""
        found = {
            ticket.id: ticket
            for device in truth.devices
            for ticket, incident in self._faults.get(device, ())
            if truth.start <= incident.detected_at <= truth.end + _AFTER and truth.metric in (None, incident.metric)
        }
        return list(found.values())

    def _weigh(self, verdict: Verdict, truth: Truth, own: Sequence[Ticket]) -> None:
        line = self._name(truth)
        levels = [self._worst[ticket.id] for ticket in own]
        short = heard_between(self._unseen, truth.start, truth.end) < min(_SHORTEST, truth.end - truth.start)
        if levels and min(levels) in (truth.level, truth.or_level):
            verdict.found += 1
        elif short:
            return
        elif not levels:
            verdict.missed.append(line)
        else:
            told = ", ".join(f"{self._local(t.opened_at)} L{self._worst[t.id]} {t.device} {t.title}" for t in own)
            verdict.wrong_level.append(f"{line}: level {min(levels)}, not {truth.level} ({told})")

    def _rests(self, moment: datetime) -> bool:
        local = moment.astimezone(self._term.zone)
        day = local.date()
        works = day in self._term.make_up or (local.weekday() < 5 and day not in self._term.holidays)
        return not works or not OPENS <= local.time() < CLOSES

    def _name(self, truth: Truth) -> str:
        return f"{truth.kind} at {self._local(truth.start)} of {min(truth.devices)}"

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._term.zone):%m-%d %a %H:%M:%S}"


def _is_of(incident: Incident, gone: Gone) -> bool:
    """Tell whether an incident says when a device was gone."""
    if incident.device != gone.device or incident.cleared_at is None:
        return False
    return abs(incident.onset_at - gone.since) <= _NEAR and abs(incident.cleared_at - gone.until) <= _NEAR


def _covers(truth: Truth, ticket: Ticket) -> bool:
    return truth.start <= ticket.opened_at <= truth.end + _AFTER
