"""One transaction's decisions, carried out: incidents on record, and tickets opened, raised, restored, reopened.

Comes in: decisions of the classifier, and what the database holds of the incidents and tickets that they touch. Goes
out: new log entries on tickets, and everything saved. What is on record already is not done again.

A fault that flaps is told when that begins and when it is steady again; in between its coming and going is on record
and not in the log, unless it comes worse. A fault in a maintenance window has no ticket until the window is over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from collector.core.agreement import coverage
from collector.core.assignment import Assignment, assign
from collector.core.model import (
    Cleared,
    Corrected,
    Decision,
    Device,
    DeviceId,
    Health,
    HealthChanged,
    HealthCorrected,
    Incident,
    IncidentId,
    IncidentState,
    Opened,
    PhaseChanged,
    Releveled,
    TicketId,
    site_of,
)
from collector.core.replay import TELEMETRY, as_of, tells_of_flapping
from collector.core.ticket import UNDER_WAY, Entry, Source, TicketState
from collector.desk.changes import Changes, IncidentRecord, what_changed
from collector.desk.flaps import FaultFlaps, fault_of
from collector.desk.ladders import Ladders
from collector.desk.setting import Setting, main_words
from collector.desk.storms import Storm, Storms
from collector.store.records.cases import Case, load_cases, save_cases
from collector.store.records.facts import (
    load_faults,
    load_health,
    load_incidents,
    save_health,
    save_incidents,
    save_phases,
)
from collector.store.records.hindsight import save_corrections
from collector.store.records.ladders import load_escalating
from collector.store.records.noise import Fault, load_due_flaps, load_held

_Turn = Opened | Releveled | Cleared | Corrected


class Docket:
    """What one batch of decisions touches."""

    def __init__(self, session: Session, setting: Setting, now: datetime) -> None:
        self._session = session
        self._setting = setting
        self._now = now
        self._health: dict[DeviceId, Health] = {}
        self._before: dict[DeviceId, Health] = {}
        self._healed: list[HealthCorrected] = []
        self._phases: dict[tuple[DeviceId, str, str], PhaseChanged] = {}
        self._incidents: dict[IncidentId, Incident] = {}
        self._cases: dict[IncidentId, Case] = {}
        self._changed: dict[IncidentId, None] = {}
        self._touched: dict[int, Case] = {}
        self._held: set[IncidentId] = set()
        self._corrections: dict[IncidentId, tuple[Mapping[str, object], ...]] = {}
        self._faults: dict[Fault, list[tuple[IncidentId, Case]]] = defaultdict(list)
        self._flaps = FaultFlaps(session, now)
        self._storms = Storms(session)

    def carry_out(self, decisions: Sequence[Decision]) -> Changes:
        """Carry decisions out and return what changed. Raises CaseMoved."""
        for decision in decisions:
            if isinstance(decision, HealthChanged):
                self._health[decision.health.device.id] = decision.health
            elif isinstance(decision, HealthCorrected):
                self._healed.append(decision)
            elif isinstance(decision, PhaseChanged):
                self._phases[decision.device, decision.rule, decision.instance] = decision
        turns = [decision for decision in decisions if isinstance(decision, _Turn)]
        self._load(turns)
        for opened in _causes_first([turn for turn in turns if isinstance(turn, Opened)]):
            self._open(opened.incident)
        for turn in turns:
            if isinstance(turn, Releveled):
                self._relevel(turn.incident)
            elif isinstance(turn, Cleared):
                self._clear(turn.incident)
            elif isinstance(turn, Corrected):
                self._correct(turn)
        return self._save()

    def let_time_pass(self) -> Changes:
        """Do what only time brings: faults are steady again, windows are over, rungs are due. Raises CaseMoved."""
        steady = self._flaps.take(load_due_flaps(self._session, self._now))
        held = load_held(self._session)
        waiting = [record.incident for record in held]
        self._load_tickets(waiting, {device for device, _, _ in steady} | {incident.device for incident in waiting})
        for fault in steady:
            self._steady(fault)
        over = [each for record in held if not self._is_worked_on(each := record.incident)]
        for opened in _causes_first([Opened(incident=incident) for incident in over]):
            self._assign(opened.incident, told_at=self._now)  # all that a window held back comes at once
        self._escalate()
        return self._save()

    def _escalate(self) -> None:
        """Tell those whose turn it is that a ticket's time runs out."""
        here = {case.id: case for case in [*self._cases.values(), *self._touched.values()] if case.saved}
        due = load_escalating(self._session, self._now)
        found = {**load_cases(self._session, set(due) - here.keys()), **here}
        Ladders(self._session, self._is_worked_on, self._now).climb(
            [found[ticket] for ticket in due if ticket in found], self._tell
        )

    @property
    def waits(self) -> bool:
        """Tell whether something that was done here waits for time to pass."""
        return bool(self._held) or self._flaps.are_changed

    # ------------------------------------------------------------ before and after

    def _load(self, turns: Sequence[_Turn]) -> None:
        opened = {turn.incident.device for turn in turns if isinstance(turn, Opened | Releveled)}
        if not turns:
            self._before = load_health(self._session, self._health)
            return
        self._flaps.load({turn.incident.device for turn in turns})
        self._load_tickets([turn.incident for turn in turns], opened)

    def _load_tickets(self, incidents: Sequence[Incident], devices: set[DeviceId]) -> None:
        """Read what is on record of incidents, and of the tickets that faults of devices have had."""
        self._before = load_health(self._session, [*self._health, *devices])
        named = {each for incident in incidents for each in (incident.id, incident.cause) if each}
        known = load_incidents(self._session, named)
        onsets = [incident.onset_at for incident in incidents if incident.device in devices]
        since = min([*onsets, self._now]) - self._setting.longest_reopening
        faults = load_faults(self._session, devices, since)
        cases = load_cases(
            self._session, {record.ticket for record in [*known.values(), *faults] if record.ticket is not None}
        )
        for record in [*known.values(), *faults]:
            incident = record.incident
            self._incidents.setdefault(incident.id, incident)
            self._corrections[incident.id] = record.corrections
            if record.ticket is not None:
                self._cases[incident.id] = cases[record.ticket]
            elif record.held:
                self._held.add(incident.id)
        for record in faults:
            if record.ticket is not None and record.incident.cause is None:  # else it is its cause's ticket
                self._faults[fault_of(record.incident)].append((record.incident.id, cases[record.ticket]))

    def _save(self) -> Changes:
        tickets = save_cases(self._session, list(self._touched.values()))
        records = [
            IncidentRecord(
                incident=self._incidents[incident],
                ticket=self._ticket_of(incident),
                flapping=self._flaps.holds(fault_of(self._incidents[incident])),
                held=incident in self._held,
                corrections=self._corrections.get(incident, ()),
            )
            for incident in self._changed
        ]
        save_incidents(self._session, records)
        self._flaps.save()
        save_health(self._session, self._health.values(), self._before, self._now)
        save_corrections(self._session, self._healed)
        save_phases(self._session, self._phases.values())
        return Changes(
            devices=tuple(self._health.values()),
            incidents=tuple(records),
            tickets=tuple(as_of(ticket, self._now) for ticket in tickets),
        )

    def _ticket_of(self, incident: IncidentId) -> TicketId | None:
        case = self._cases.get(incident)
        return case.id if case else None

    # ------------------------------------------------------------ one decision

    def _open(self, incident: Incident) -> None:
        if incident.id not in self._incidents:
            self._assign(incident)

    def _assign(self, incident: Incident, told_at: datetime | None = None) -> None:
        """Open the ticket of an incident, or find the one that it belongs to.

        `told_at`: when it is told, where that is not when it was detected; faults that are told at once are a storm.
        """
        at = told_at or incident.detected_at
        cause = self._incidents.get(incident.cause) if incident.cause else None
        last, before = self._last_of(incident)
        site = site_of(incident.device)
        assignment = assign(
            incident,
            cause=cause,
            cause_has_ticket=cause is not None and cause.id in self._cases,
            before=before.ticket if before else None,
            gone_at=_gone_at(last, before),
            reopen_within=(before.agreement if before else self._setting.agreement(site)).reopen_within,
            in_maintenance=self._is_worked_on(incident),
        )
        self._note(incident)
        self._held.discard(incident.id)
        match assignment:
            case Assignment.RECORD:
                return
            case Assignment.WAIT:
                self._held.add(incident.id)
                return
            case Assignment.MEMBER if cause is not None:
                self._join(incident, self._cases[cause.id], "attached")
            case Assignment.JOIN if before is not None:
                if before.ticket.flapping and incident.level >= before.ticket.level:
                    self._cases[incident.id] = before
                else:
                    self._join(incident, before, "attached")
            case Assignment.REOPEN if before is not None:
                self._join(incident, before, "reopened")
            case _:
                self._open_in(self._storm(incident, at), incident, at)
        if incident.cause is None:
            self._faults[fault_of(incident)].append((incident.id, self._cases[incident.id]))
        self._turn(incident, self._cases[incident.id])

    def _storm(self, incident: Incident, at: datetime) -> Storm | None:
        """Return the storm that an incident is part of, and say on the tickets that make it up that it is one."""
        if incident.cause is not None:
            return None
        read = {case.id: case for case in self._cases.values() if case.saved}
        storm = self._storms.storm(site_of(incident.device), at, read)
        if storm is not None:
            first = storm.first
            for case in storm.cases:
                if case.ticket.storm is None:
                    self._tell(case, "storm", {"first": first})
        return storm

    def _open_in(self, storm: Storm | None, incident: Incident, at: datetime) -> None:
        """Open the ticket of an incident, or let it join that of a storm."""
        site = site_of(incident.device)
        if storm is not None and storm.gathers:
            self._join(incident, storm.head, "attached")
        else:
            case = Case(agreement=self._setting.agreement(site), log=[self._opening(incident)])
            self._touched[id(case)] = case
            self._cases[incident.id] = case
            if storm is not None:
                is_worse = incident.level < storm.head.ticket.level
                self._tell(case, "storm", {"first": incident.id if is_worse else storm.first})
        self._storms.note(site, at, self._cases[incident.id])

    def _relevel(self, incident: Incident) -> None:
        known = self._incidents.get(incident.id)
        if known is None:
            self._open(incident)
            return
        if known.state is IncidentState.CLEARED or known == incident:
            return
        if incident.id not in self._cases and known.attribution is not incident.attribution:
            self._assign(incident)  # whose trouble it is has shown by now
            return
        self._note(incident)
        case = self._cases.get(incident.id)
        if case is None or (known.level, known.rule) == (incident.level, incident.rule):
            return
        if not case.tells_of(incident.id) and incident.level >= case.ticket.level:
            return  # of a fault that flaps, and no worse than what the ticket says already
        done = case.ticket.state not in UNDER_WAY
        if done and incident.level < known.level:
            self._join(incident, case, "reopened")
        elif case.ticket.state is not TicketState.CLOSED:
            self._join(incident, case, "releveled")

    def _clear(self, incident: Incident) -> None:
        known = self._incidents.get(incident.id)
        if known == incident:
            return
        self._note(incident)
        case = self._cases.get(incident.id)
        if case is None or known is None or known.state is IncidentState.CLEARED:
            return
        self._turn(incident, case)
        if not case.tells_of(incident.id):
            return
        cleared_at = incident.cleared_at or self._now
        fields = {"incident": incident.id, "cleared_at": cleared_at.isoformat()}
        self._tell(case, "cleared", fields)

    def _correct(self, corrected: Corrected) -> None:
        """Put on record when an incident truly began or ended, and say so on its ticket."""
        incident = corrected.incident
        known = self._incidents.get(incident.id)
        if known is None or known == incident or known.state is not incident.state:
            return
        self._note(incident)
        said = what_changed(known, corrected)
        self._corrections[incident.id] += ({"at": self._now.isoformat(), **said},)
        case = self._cases.get(incident.id)
        if case is not None and case.tells_of(incident.id):
            self._tell(case, "corrected", {"incident": incident.id, **said})

    # ------------------------------------------------------------ what comes and goes

    def _turn(self, incident: Incident, case: Case) -> None:
        """Note that a fault came or went; where it flaps, say so on its ticket, which is held open from now on."""
        fault = fault_of(incident)
        if incident.cause is not None:
            return  # it comes and goes with its cause
        flaps = self._flaps.turn(fault)
        if flaps.holds and not tells_of_flapping(case.log, fault):
            fields = {**_named(fault), "incident": incident.id, "share": flaps.share, "changes": flaps.changes}
            self._tell(case, "flapping", fields)

    def _steady(self, fault: Fault) -> None:
        """Say on the ticket of a fault that it is steady: there, or gone since it last went."""
        if not self._faults.get(fault):
            return
        last, case = self._faults[fault][-1]
        incident = self._incidents[last]
        self._note(incident)
        if not tells_of_flapping(case.log, fault):
            return
        if incident.cleared_at is None:
            self._tell(case, "steady", {**self._told(incident), **_named(fault)})
        else:
            self._tell(case, "steady", {**_named(fault), "cleared_at": incident.cleared_at.isoformat()})

    def _is_worked_on(self, incident: Incident) -> bool:
        """Tell whether planned work is going on, on what is at fault or on its cause."""
        plan, cause = self._setting.plan, self._incidents.get(incident.cause) if incident.cause else None
        return plan.holds(incident, self._now) or (cause is not None and plan.holds(cause, self._now))

    # ------------------------------------------------------------ what the log says

    def _note(self, incident: Incident) -> None:
        self._incidents[incident.id] = incident
        self._changed[incident.id] = None

    def _join(self, incident: Incident, case: Case, action: str) -> None:
        fields = self._told(incident)
        if incident.cause is not None and self._cases.get(incident.cause) is case:
            fields["cause"] = incident.cause
        self._cases[incident.id] = case
        self._tell(case, action, fields)

    def _tell(self, case: Case, action: str, fields: Mapping[str, object]) -> None:
        case.tell(action, fields, actor=TELEMETRY, now=self._now)
        self._touched[id(case)] = case

    def _opening(self, incident: Incident) -> Entry:
        site = site_of(incident.device)
        agreement = self._setting.agreement(site)
        zone = self._setting.zone(site)
        fields = {
            **self._told(incident),
            "source": Source.TELEMETRY.value,
            "site": site,
            "room": incident.room,
            "time_zone": zone.key,
            "agreement": agreement.id,
            "coverage": coverage(agreement, accepted_on=None, on=self._now.astimezone(zone).date()).value,
        }
        return Entry(number=1, at=self._now, actor=TELEMETRY, action="opened", fields=fields)

    def _told(self, incident: Incident) -> dict[str, object]:
        """Return what an entry says of an incident."""
        words = self._setting.words_of(incident, self._device(incident.device))
        said = main_words(words)
        return {
            "incident": incident.id,
            "rule": incident.rule,
            "level": incident.level.value,
            "device": incident.device,
            "metric": incident.metric,
            "instance": incident.instance,
            "value": incident.value,
            "onset_at": incident.onset_at.isoformat(),
            "detected_at": incident.detected_at.isoformat(),
            **({"late": True} if incident.late else {}),
            "title": said.get("title") or incident.rule,
            "symptom": said.get("symptom", ""),
            "words": words,
        }

    def _device(self, device: DeviceId) -> Device | None:
        health = self._health.get(device) or self._before.get(device)
        return health.device if health else None

    def _last_of(self, incident: Incident) -> tuple[Incident | None, Case | None]:
        """Return the latest incident of the same fault with a ticket that may go on, and that ticket."""
        found = self._faults.get(fault_of(incident))
        if not found:
            return None, None
        last, case = found[-1]
        return self._incidents[last], case


def _named(fault: Fault) -> dict[str, object]:
    return dict(zip(("device", "family", "instance"), fault, strict=True))


def _gone_at(last: Incident | None, case: Case | None) -> datetime | None:
    """Return when a fault was gone, or a person was done with it: by what telemetry or a person said last."""
    said: list[datetime | None] = [last.cleared_at if last else None]
    if case is not None:
        said += [case.ticket.restored_at, case.ticket.done_at]
    return max((at for at in said if at is not None), default=None)


def _causes_first(opened: Iterable[Opened]) -> list[Opened]:
    """Return opened incidents so that a cause comes before what it caused; otherwise in their order."""
    by_id = {each.incident.id: each for each in opened}
    placed: dict[IncidentId, Opened] = {}
    for each in by_id.values():
        chain = [each]
        cause = each.incident.cause
        while cause is not None and cause in by_id and by_id[cause] not in chain:
            chain.append(by_id[cause])
            cause = by_id[cause].incident.cause
        for link in reversed(chain):
            placed.setdefault(link.incident.id, link)
    return list(placed.values())
