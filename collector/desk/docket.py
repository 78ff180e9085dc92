"""One transaction's decisions, carried out: incidents on record, and tickets opened, raised, restored, reopened.

Comes in: decisions of the classifier, and what the database holds of the incidents and tickets that they touch. Goes
out: new log entries on tickets, and everything saved. What is on record already is not done again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from collector.core.agreement import coverage
from collector.core.assignment import Assignment, assign
from collector.core.model import (
    Cleared,
    Decision,
    Device,
    DeviceId,
    Health,
    HealthChanged,
    Incident,
    IncidentId,
    IncidentState,
    Opened,
    PhaseChanged,
    Releveled,
    TicketId,
    site_of,
)
from collector.core.replay import TELEMETRY, as_of
from collector.core.ticket import UNDER_WAY, Entry, Source, TicketState
from collector.desk.changes import Changes, IncidentRecord
from collector.desk.setting import Setting, main_words
from collector.store.records.cases import Case, load_cases, save_cases
from collector.store.records.facts import (
    load_faults,
    load_health,
    load_incidents,
    save_health,
    save_incidents,
    save_phases,
)

_Fault = tuple[DeviceId, str, str]  # device, family, instance


class Docket:
    """What one batch of decisions touches."""

    def __init__(self, session: Session, setting: Setting, now: datetime) -> None:
        self._session = session
        self._setting = setting
        self._now = now
        self._health: dict[DeviceId, Health] = {}
        self._before: dict[DeviceId, Health] = {}
        self._phases: dict[tuple[DeviceId, str, str], PhaseChanged] = {}
        self._incidents: dict[IncidentId, Incident] = {}
        self._cases: dict[IncidentId, Case] = {}
        self._changed: dict[IncidentId, None] = {}
        self._touched: dict[int, Case] = {}
        self._faults: dict[_Fault, list[tuple[IncidentId, Case]]] = defaultdict(list)

    def carry_out(self, decisions: Sequence[Decision]) -> Changes:
        """Carry decisions out and return what changed. Raises CaseMoved."""
        for decision in decisions:
            if isinstance(decision, HealthChanged):
                self._health[decision.health.device.id] = decision.health
            elif isinstance(decision, PhaseChanged):
                self._phases[decision.device, decision.rule, decision.instance] = decision
        turns = [decision for decision in decisions if isinstance(decision, Opened | Releveled | Cleared)]
        self._load(turns)
        for opened in _causes_first([turn for turn in turns if isinstance(turn, Opened)]):
            self._open(opened.incident)
        for turn in turns:
            if isinstance(turn, Releveled):
                self._relevel(turn.incident)
            elif isinstance(turn, Cleared):
                self._clear(turn.incident)
        return self._save()

    # ------------------------------------------------------------ before and after

    def _load(self, turns: Sequence[Opened | Releveled | Cleared]) -> None:
        opened = {turn.incident.device for turn in turns if isinstance(turn, Opened)}
        self._before = load_health(self._session, [*self._health, *opened])
        if not turns:
            return
        named = {incident for turn in turns for incident in (turn.incident.id, turn.incident.cause) if incident}
        known = load_incidents(self._session, named)
        faults = load_faults(self._session, opened)
        tickets = {ticket for _, ticket in known.values() if ticket is not None} | {ticket for _, ticket in faults}
        cases = load_cases(self._session, tickets)
        for incident, ticket in [*known.values(), *faults]:
            self._incidents.setdefault(incident.id, incident)
            if ticket is not None:
                self._cases[incident.id] = cases[ticket]
        for incident, ticket in faults:
            self._faults[_fault(incident)].append((incident.id, cases[ticket]))

    def _save(self) -> Changes:
        tickets = save_cases(self._session, list(self._touched.values()))
        records = [
            IncidentRecord(incident=self._incidents[incident], ticket=self._ticket_of(incident))
            for incident in self._changed
        ]
        save_incidents(self._session, [(record.incident, record.ticket) for record in records])
        save_health(self._session, self._health.values(), self._before, self._now)
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
        if incident.id in self._incidents:
            return
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
        )
        self._note(incident)
        match assignment:
            case Assignment.RECORD:
                return
            case Assignment.MEMBER if cause is not None:
                self._join(incident, self._cases[cause.id], "attached")
            case Assignment.JOIN if before is not None:
                self._join(incident, before, "attached")
            case Assignment.REOPEN if before is not None:
                self._join(incident, before, "reopened")
            case _:
                case = Case(agreement=self._setting.agreement(site), log=[self._opening(incident)])
                self._touched[id(case)] = case
                self._cases[incident.id] = case
        self._faults[_fault(incident)].append((incident.id, self._cases[incident.id]))

    def _relevel(self, incident: Incident) -> None:
        known = self._incidents.get(incident.id)
        if known is None:
            self._open(incident)
            return
        if known.state is IncidentState.CLEARED or known == incident:
            return
        self._note(incident)
        case = self._cases.get(incident.id)
        if case is None or (known.level, known.rule) == (incident.level, incident.rule):
            return
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
        cleared_at = incident.cleared_at or self._now
        fields = {"incident": incident.id, "cleared_at": cleared_at.isoformat()}
        case.tell("cleared", fields, actor=TELEMETRY, now=self._now)
        self._touched[id(case)] = case

    # ------------------------------------------------------------ what the log says

    def _note(self, incident: Incident) -> None:
        self._incidents[incident.id] = incident
        self._changed[incident.id] = None

    def _join(self, incident: Incident, case: Case, action: str) -> None:
        fields = self._told(incident)
        if incident.cause is not None and self._cases.get(incident.cause) is case:
            fields["cause"] = incident.cause
        case.tell(action, fields, actor=TELEMETRY, now=self._now)
        self._cases[incident.id] = case
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
            "title": said.get("title") or incident.rule,
            "symptom": said.get("symptom", ""),
            "words": words,
        }

    def _device(self, device: DeviceId) -> Device | None:
        health = self._health.get(device) or self._before.get(device)
        return health.device if health else None

    def _last_of(self, incident: Incident) -> tuple[Incident | None, Case | None]:
        """Return the latest incident of the same fault, and its ticket where that is not closed."""
        found = self._faults.get(_fault(incident))
        if not found:
            return None, None
        last, case = found[-1]
        return self._incidents[last], case


def _fault(incident: Incident) -> _Fault:
    return incident.device, incident.family, incident.instance


def _gone_at(last: Incident | None, case: Case | None) -> datetime | None:
    """Return when a fault was gone: by what telemetry or a person said later."""
    said = [last.cleared_at if last else None, case.ticket.restored_at if case else None]
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
