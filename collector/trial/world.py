"""A collector in virtual time: the real classifier and, where tickets matter, the real desk on a database in memory.

Comes in: readings, births, deaths, the passing of time. Goes out: devices, incidents and tickets as they then stand.
Timers ring at the moment they are due. Nothing here reads a clock.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from collector.core.agreement import Agreement
from collector.core.campus import Campus
from collector.core.classify import Classifier
from collector.core.hindsight import look_back
from collector.core.maintenance import Plan
from collector.core.model import (
    Batch,
    Cleared,
    Corrected,
    Decision,
    DeviceId,
    Event,
    Health,
    HealthChanged,
    HealthCorrected,
    Incident,
    IncidentId,
    IncidentState,
    Notice,
    NoticeChanged,
    Opened,
    Phase,
    PhaseChanged,
    Readings,
    Releveled,
    Series,
    SeriesId,
    TicketId,
    no_readings,
    node_of,
)
from collector.core.replay import as_of
from collector.core.rule import RulePack
from collector.core.series import NEVER, to_us
from collector.core.ticket import Ticket
from collector.desk.changes import Changes
from collector.desk.desk import Desk
from collector.store.records.database import Records

Reading = tuple[DeviceId, str, str, float]  # device, metric, instance, value


@dataclass(slots=True)
class Kept:
    """What the records of a collector hold."""

    health: dict[DeviceId, Health] = field(default_factory=dict)
    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    notices: dict[IncidentId, Notice] = field(default_factory=dict)
    phases: dict[tuple[DeviceId, str, str], Phase] = field(default_factory=dict)
    tickets: dict[TicketId, Ticket] = field(default_factory=dict)

    def keep(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            match decision:
                case (
                    Opened(incident=incident)
                    | Releveled(incident=incident)
                    | Cleared(incident=incident)
                    | Corrected(incident=incident)
                ):
                    self.incidents[incident.id] = incident
                case HealthCorrected():
                    pass
                case HealthChanged(health=health):
                    self.health[health.device.id] = health
                case NoticeChanged(notice=notice):
                    self.notices[notice.id] = notice
                case PhaseChanged(device=device, rule=rule, instance=instance, phase=None):
                    self.phases.pop((device, rule, instance), None)
                case PhaseChanged(device=device, rule=rule, instance=instance, phase=phase):
                    assert phase is not None  # noqa: S101 - the case before took None; mypy cannot see it
                    self.phases[device, rule, instance] = phase

    def open_incidents(self) -> list[Incident]:
        return [incident for incident in self.incidents.values() if incident.state is IncidentState.OPEN]

    def open_notices(self) -> list[Notice]:
        return [notice for notice in self.notices.values() if notice.state is IncidentState.OPEN]


class World:
    """See the module's docstring. `now` moves with `advance` and with what is taken in."""

    def __init__(
        self,
        *,
        campus: Campus,
        rules: RulePack,
        now: datetime,
        agreements: Mapping[str, Agreement] | None = None,
        keeps_past: bool | timedelta = False,
    ) -> None:
        """Start a collector at `now`. Without `agreements` it has no desk and no tickets.

        `keeps_past`: it has a store of readings, so that it can look back: at what came late, and after a restart. A
        duration: only what arrived within it is kept, which is enough where no backlog is older.
        """
        self.now = now
        self.kept = Kept()
        self.levels: dict[TicketId, set[int]] = {}  # every level that a ticket has had
        self._campus = campus
        self._rules = rules
        self._series: dict[tuple[DeviceId, str, str], Series] = {}
        self._latest_us = np.full(1, NEVER, np.int64)  # by number of the series
        self._latest_value = np.zeros(1)
        self._commit = 0
        self._keeps_past = keeps_past is not False
        self._kept_for = keeps_past if isinstance(keeps_past, timedelta) else None
        self._stored: deque[tuple[datetime, Readings]] = deque()  # with when each arrived
        self._plan = Plan()
        self._records = Records.open("sqlite://") if agreements is not None else None
        self._agreements = agreements or {}
        self._desk = self._make_desk()
        self.classifier = Classifier(campus=campus, rules=rules, now=now)
        self._settle(self.classifier.tick(now))

    def close(self) -> None:
        if self._records is not None:
            self._records.close()

    # ------------------------------------------------------------ what happens

    def read(self, readings: Sequence[Reading], *, historical: bool = False, stamp: datetime | None = None) -> None:
        """Let readings arrive now. A reading is also a message of its agent."""
        made: list[Series] = []
        ids: list[int] = []
        at = to_us(stamp or self.now)
        for device, metric, instance, _ in readings:
            known = self._series.get((device, metric, instance))
            if known is None:
                known = Series(
                    id=SeriesId(len(self._series) + 1), device=device, metric=metric, instance=instance, unit=""
                )
                self._series[device, metric, instance] = known
                made.append(known)
            ids.append(known.id)
        columns = Readings(
            np.array(ids, np.int32),
            np.full(len(ids), at, np.int64),
            np.array([reading[3] for reading in readings], np.float64),
            np.full(len(ids), historical),
        )
        self.take(readings=columns, series=made, heard={node_of(each[0]): self.now for each in readings})

    def happen(self, *events: Event) -> None:
        """Let births and deaths arrive now."""
        self.take(events=events)

    def hear(self, *nodes: DeviceId) -> None:
        """Let a message without readings arrive from agents."""
        self.take(heard=dict.fromkeys(nodes, self.now))

    def take(
        self,
        *,
        readings: Readings | None = None,
        events: Sequence[Event] = (),
        heard: Mapping[DeviceId, datetime] | None = None,
        series: Sequence[Series] = (),
    ) -> None:
        """Take one commit in."""
        self._commit += 1
        for each in series:
            self._series[each.device, each.metric, each.instance] = each
        if readings is not None:
            self._store(readings)
        batch = Batch(
            commit=self._commit,
            at=self.now,
            readings=readings if readings is not None else no_readings(),
            events=tuple(events),
            heard=heard or {},
            series=tuple(series),
        )
        self._settle(self.classifier.take(batch), commit=self._commit)

    def see(self, *, connected: bool) -> None:
        """Lose the broker, or find it again."""
        self._settle(self.classifier.see(connected=connected, now=self.now))

    def put_clock(self, by: timedelta) -> None:
        """Put the clock forward, or back where `by` is negative, in no time, as the engine finds it and tells it."""
        self.now += by
        self._settle(self.classifier.put_clock(by, self.now))
        if by > timedelta():
            self._settle(self.classifier.see(connected=True, now=self.now))

    def recall_network(self, phases: Sequence[Phase]) -> None:
        """Go on from what was learnt of the network; call it before anything else."""
        self.classifier.restore(devices=(), incidents=(), phases=phases, series=(), latest=no_readings(), now=self.now)
        self._settle(self.classifier.tick(self.now))

    def replace(self, campus: Campus) -> None:
        """Go on with another campus file: timetables move on with the weeks."""
        self._campus = campus
        if self._desk is not None:
            self._desk.replace(campus=campus)
        self._settle(self.classifier.replace(campus=campus, now=self.now))

    def approach(self, until: datetime) -> None:
        """Let time pass up to a moment; what is due at that very moment waits for what arrives then."""
        while (due := self._next_due()) is not None and due < until:
            self._pass(max(self.now, due))
        self.now = max(self.now, until)

    def advance(self, until: datetime) -> None:
        """Let time pass; what is due on the way happens at its moment."""
        while (due := self._next_due()) is not None and due <= until:
            self._pass(max(self.now, due))
        self.now = max(self.now, until)

    def restart(self, *, down: timedelta = timedelta()) -> None:
        """Kill the collector and start it again; it goes on from its records."""
        self.now += down
        self._desk = self._make_desk()
        restored = self._desk.restore() if self._desk is not None else None
        kept = self.kept
        self.classifier = Classifier(campus=self._campus, rules=self._rules, now=self.now)
        self.classifier.restore(
            devices=restored.devices if restored else list(kept.health.values()),
            incidents=restored.incidents if restored else kept.open_incidents(),
            notices=restored.notices if restored else kept.open_notices(),
            phases=restored.phases if restored else list(kept.phases.values()),
            series=list(self._series.values()),
            latest=self._latest_readings(),
            now=self.now,
        )
        for series, over in self.classifier.looks_back().items() if self._keeps_past else ():
            self.classifier.remember(self._past([series], self.now - over, self.now))
        self._settle(self.classifier.tick(self.now))

    def plan(self, plan: Plan) -> None:
        """Plan maintenance."""
        self._plan = plan
        if self._desk is not None:
            self._desk.replace(plan=plan)

    def act(self, ticket: int, action: str, fields: Mapping[str, object], *, actor: str) -> None:
        """Let somebody do something to a ticket. Raises what `Desk.act` raises."""
        if self._desk is None:
            raise ValueError("this world has no desk")
        self._note(self._desk.act(TicketId(ticket), action, fields, actor=actor, now=self.now))

    # ------------------------------------------------------------ what is asked

    def tickets(self) -> list[Ticket]:
        """Return every ticket as it stands now, by number."""
        return [as_of(self.kept.tickets[number], self.now) for number in sorted(self.kept.tickets)]

    # ------------------------------------------------------------

    def _pass(self, now: datetime) -> None:
        self.now = now
        self._settle(self.classifier.tick(now))
        if self._keeps_past:
            self._look_back()
        desk_due = self._desk.next_due() if self._desk is not None else None
        if self._desk is not None and desk_due is not None and desk_due <= now:
            self._note(self._desk.let_time_pass(now))

    def _next_due(self) -> datetime | None:
        """Return when classifier or desk has something to do next."""
        dues = [self.classifier.next_due(), self._desk.next_due() if self._desk is not None else None]
        if self._keeps_past:
            dues.append(self.classifier.late_due())
        return min((due for due in dues if due is not None), default=None)

    def _look_back(self) -> None:
        """Correct what readings that came late are about, where its time has come."""
        question = self.classifier.late_question(self.now)
        if question is not None:
            known = list(self.kept.incidents.values())
            found = look_back(question, self._past, known, campus=self._campus, rules=self._rules)
            self._settle(self.classifier.correct(found, known, self.now))

    def _store(self, readings: Readings) -> None:
        missing = len(self._series) + 1 - len(self._latest_us)
        if missing > 0:
            self._latest_us = np.append(self._latest_us, np.full(missing, NEVER))
            self._latest_value = np.append(self._latest_value, np.zeros(missing))
        newer = readings.at_us >= self._latest_us[readings.series]
        rows = readings.series[newer]
        self._latest_us[rows] = readings.at_us[newer]
        self._latest_value[rows] = readings.value[newer]
        if not self._keeps_past:
            return
        self._stored.append((self.now, readings))
        while self._kept_for is not None and self._stored[0][0] < self.now - self._kept_for:
            self._stored.popleft()

    def _past(self, series: Sequence[SeriesId], start: datetime, end: datetime) -> Readings:
        """Return what was stored of series in a span, by time."""
        first, last = to_us(start), to_us(end)
        found = []
        for _, stored in self._stored:
            within = (stored.at_us >= first) & (stored.at_us < last)
            if within.any():
                rows = np.flatnonzero(within & np.isin(stored.series, series))
                found.append([column[rows] for column in _columns(stored)])
        if not found:
            return no_readings()
        columns = [np.concatenate(part) for part in zip(*found, strict=True)]
        rows = np.argsort(columns[1], kind="stable")
        return Readings(columns[0][rows], columns[1][rows], columns[2][rows], columns[3][rows])

    def _settle(self, decisions: Sequence[Decision], *, commit: int | None = None) -> None:
        if decisions:
            self.kept.keep(decisions)
        if self._desk is not None and decisions:
            self._note(self._desk.carry_out(decisions, commit=commit, now=self.now))

    def _note(self, changes: Changes) -> None:
        for ticket in changes.tickets:
            self.kept.tickets[ticket.id] = ticket
            self.levels.setdefault(ticket.id, set()).add(int(ticket.level))

    def _make_desk(self) -> Desk | None:
        if self._records is None:
            return None
        desk = Desk(
            records=self._records, campus=self._campus, agreements=self._agreements, words=self._rules.rule_words
        )
        desk.replace(plan=self._plan)
        return desk

    def _latest_readings(self) -> Readings:
        ids = np.flatnonzero(self._latest_us != NEVER)
        return Readings(
            ids.astype(np.int32), self._latest_us[ids], self._latest_value[ids], np.zeros(len(ids), np.bool_)
        )


def _columns(readings: Readings) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return readings.series, readings.at_us, readings.value, readings.historical
