"""The desk: what the classifier decides and what people do becomes records, one transaction at a time.

Comes in: decisions with the commit that they come from, and actions of people. Goes out: `Changes`, as they stand once
they are saved. A crash between saving and telling repeats a message; it never loses an incident. Whatever is carried
out twice is done once: a commit by its number, an incident by its id, a request by its Idempotency-Key. Every call
blocks; calls from several threads are safe.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from collector.core.action import entry_for
from collector.core.agreement import Agreement
from collector.core.campus import Campus
from collector.core.escalation import is_held
from collector.core.escalation import next_due as next_rung_due
from collector.core.maintenance import Plan
from collector.core.model import (
    Cleared,
    Corrected,
    Decision,
    Health,
    HealthChanged,
    Incident,
    Notice,
    NoticeChanged,
    Opened,
    Phase,
    Releveled,
    TicketId,
)
from collector.core.replay import as_of
from collector.desk.changes import Changes
from collector.desk.docket import Docket
from collector.desk.errors import KeyReused, UnknownTicket
from collector.desk.reception import opening_entry
from collector.desk.setting import RuleWords, Setting
from collector.store.errors import StoreError
from collector.store.records.cases import Case, CaseMoved, load_cases, save_cases
from collector.store.records.database import Records
from collector.store.records.facts import (
    load_health,
    load_incidents,
    load_last_commit,
    load_open_incidents,
    load_phases,
    save_last_commit,
)
from collector.store.records.ladders import any_held, next_escalation
from collector.store.records.noise import load_held, next_flaps_due
from collector.store.records.notices import load_open_notices, save_notices
from collector.store.records.tables import RequestRow

_TRIES: Final = 5
_KEYS_LAST: Final = timedelta(days=2)
_LARGEST: Final = 1 << 62
_AT_ONCE: Final = datetime.min.replace(tzinfo=UTC)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restart goes on from. `incidents` and `notices` are the open ones.

    `last_commit` is 0 where none was classified.
    """

    devices: list[Health]
    incidents: list[Incident]
    phases: list[Phase]
    notices: list[Notice]
    last_commit: int


class Desk:
    """Carries decisions and actions out on one records database."""

    def __init__(
        self, *, records: Records, campus: Campus, agreements: Mapping[str, Agreement], words: RuleWords
    ) -> None:
        """Take what the desk works with; `words` says in each language what a rule says to people.

        Raises ValueError where `agreements` lacks the default one.
        """
        self._records = records
        self._setting = Setting(campus=campus, agreements=agreements, words=words)
        self._carried_out = 0
        self._due: datetime | None = _AT_ONCE  # when `let_time_pass` has something to do; None: not before a change
        self._holds = False  # a rung of an escalation waits for the end of what keeps it quiet
        self._lock = threading.Lock()

    @property
    def campus(self) -> Campus:
        """The campus file in force."""
        return self._setting.campus

    def replace(
        self,
        *,
        campus: Campus | None = None,
        agreements: Mapping[str, Agreement] | None = None,
        words: RuleWords | None = None,
        plan: Plan | None = None,
    ) -> None:
        """Work with new files, or planned maintenance, from now on.

        Tickets that are open keep the agreement they were opened under.
        """
        old = self._setting
        self._setting = Setting(
            campus=campus or old.campus,
            agreements=agreements or old.agreements,
            words=words or old.words,
            plan=plan or old.plan,
        )
        if plan is not None:
            self._expect(_AT_ONCE)

    # ------------------------------------------------------------ the classifier's

    def carry_out(self, decisions: Sequence[Decision], *, commit: int | None, now: datetime) -> Changes:
        """Carry out what was decided, and remember the commit it came from, in one transaction.

        A commit that was carried out before changes nothing; the answer is how things stand.

        Raises:
            StoreError: nothing was saved.
        """

        def work(session: Session) -> Changes:
            if commit is not None:
                if commit <= self._carried_out or commit == load_last_commit(session):
                    return _as_it_stands(session, decisions, now)
                save_last_commit(session, commit)
            notices = _notices(decisions)
            save_notices(session, notices)
            docket = Docket(session, self._setting, now)
            changes = replace(docket.carry_out(decisions), notices=notices)
            if docket.waits or (self._holds and _may_end_a_hold(decisions)):
                self._expect(_AT_ONCE)
            self._expect_rungs(changes)
            return changes

        if commit is None and not decisions:
            return Changes()
        changes = self._in_one_transaction(work)
        if commit is not None:
            self._carried_out = max(self._carried_out, commit)
        return changes

    def next_due(self) -> datetime | None:
        """Return when `let_time_pass` has something to do; None: not before something changes."""
        return self._due

    def let_time_pass(self, now: datetime) -> Changes:
        """Do what is due by `now` though nothing was read: faults are steady, windows are over, rungs are due.

        Raises:
            StoreError: nothing was saved.
        """
        plan = self._setting.plan

        def work(session: Session) -> tuple[Changes, datetime | None]:
            changes = Docket(session, self._setting, now).let_time_pass()
            self._holds = any_held(session)
            moments = [next_flaps_due(session), next_escalation(session)]
            if self._holds or load_held(session):
                moments.append(plan.next_change(now))
            return changes, min((at for at in moments if at is not None), default=None)

        with self._lock:
            self._due = None
        try:
            changes, due = self._in_one_transaction(work)
        except BaseException:
            self._expect(_AT_ONCE)
            raise
        if due is not None:
            self._expect(due)
        return changes

    def _expect(self, due: datetime) -> None:
        """Have `let_time_pass` called at `due`, or before."""
        with self._lock:
            if self._due is None or due < self._due:
                self._due = due

    def _expect_rungs(self, changes: Changes) -> None:
        """Have it called when the next rung of a ticket that changed is due."""
        for ticket in changes.tickets:
            due = next_rung_due(ticket)
            if due is not None:
                self._expect(due)
            if self._holds or is_held(ticket):  # a storm's first ticket may be done, a pause over
                self._expect(_AT_ONCE)

    def restore(self) -> Restored:
        """Return what a restart goes on from. Raises StoreError."""
        with self._records.session(read_only=True) as session:
            return Restored(
                devices=list(load_health(session).values()),
                incidents=load_open_incidents(session),
                phases=load_phases(session),
                notices=load_open_notices(session),
                last_commit=load_last_commit(session),
            )

    # ------------------------------------------------------------ people's

    def act(
        self,
        ticket: TicketId,
        action: str,
        fields: Mapping[str, object],
        *,
        actor: str,
        now: datetime,
        key: str | None = None,
    ) -> Changes:
        """Do what a person asks for a ticket. With a `key`, a repeated request does nothing and answers the ticket.

        Raises:
            UnknownTicket: there is none of that number.
            ActionRefused: the action, its fields, or the ticket's state do not allow it.
            StoreError: nothing was saved.
        """
        digest = _digest(ticket, action, fields)

        def work(session: Session) -> Changes:
            repeated = _repeated(session, actor, key, digest)
            case = _case(session, ticket)
            if repeated is None:
                case.add(entry_for(case.ticket, action, fields, actor=actor, now=now))
                save_cases(session, [case])
                _remember(session, actor, key, digest, case.id, now)
            return Changes(tickets=(as_of(case.ticket, now),))

        changes = self._in_one_transaction(work)
        self._expect_rungs(changes)
        return changes

    def open_by_person(
        self, fields: Mapping[str, object], *, actor: str, now: datetime, key: str | None = None
    ) -> Changes:
        """Open the ticket that a person reports. With a `key`, a repeated request answers the ticket of the first.

        `fields`: title; site, room or device; level (4 where none is given), symptom, assignee.

        Raises:
            BadFields: what is wrong with the fields, all of it.
            StoreError: nothing was saved.
        """
        digest = _digest(None, "open", fields)

        def work(session: Session) -> Changes:
            ticket = _repeated(session, actor, key, digest)
            if ticket is not None:
                case = _case(session, ticket)
            else:
                entry, agreement = opening_entry(session, self._setting, fields, actor=actor, now=now)
                case = Case(agreement=agreement, log=[entry])
                save_cases(session, [case])
                _remember(session, actor, key, digest, case.id, now)
            return Changes(tickets=(as_of(case.ticket, now),))

        changes = self._in_one_transaction(work)
        self._expect_rungs(changes)
        return changes

    # ------------------------------------------------------------

    def _in_one_transaction(self, work: Callable[[Session], T]) -> T:
        """Return what `work` answers, once it is saved; where somebody else was quicker, do it again."""
        for left in reversed(range(_TRIES)):
            try:
                with self._records.transaction() as session:
                    return work(session)
            except (CaseMoved, IntegrityError) as error:
                if not left:
                    raise StoreError(
                        "the ticket is being changed by others all the time; nothing was saved, try again"
                    ) from error
        raise AssertionError("the last try answers or raises")


def _may_end_a_hold(decisions: Sequence[Decision]) -> bool:
    """Tell whether decisions may end what keeps an escalation quiet: a device is seen again, a cause is over."""
    return any(isinstance(each, Cleared | HealthChanged) for each in decisions)


def _notices(decisions: Sequence[Decision]) -> tuple[Notice, ...]:
    """Return the notices that changed; of one that changed twice the last."""
    return tuple({each.notice.id: each.notice for each in decisions if isinstance(each, NoticeChanged)}.values())


def _as_it_stands(session: Session, decisions: Sequence[Decision], now: datetime) -> Changes:
    """Return what decisions that were carried out before have come to."""
    devices = {each.health.device.id for each in decisions if isinstance(each, HealthChanged)}
    named = [each.incident.id for each in decisions if isinstance(each, Opened | Releveled | Cleared | Corrected)]
    known = load_incidents(session, named)
    cases = load_cases(session, {record.ticket for record in known.values() if record.ticket is not None})
    return Changes(
        devices=tuple(load_health(session, devices).values()),
        incidents=tuple(known.values()),
        tickets=tuple(as_of(case.ticket, now) for case in cases.values()),
        notices=_notices(decisions),
    )


def _case(session: Session, ticket: TicketId) -> Case:
    found = load_cases(session, [ticket]) if 0 < ticket < _LARGEST else {}
    if ticket not in found:
        raise UnknownTicket(ticket)
    return found[ticket]


def _digest(ticket: TicketId | None, action: str, fields: Mapping[str, object]) -> str:
    text = json.dumps([ticket, action, dict(fields)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _repeated(session: Session, actor: str, key: str | None, digest: str) -> TicketId | None:
    """Return the ticket that a request with this key answered with; None: it is the first. Raises KeyReused."""
    if key is None:
        return None
    row = session.scalars(select(RequestRow).where(RequestRow.actor == actor, RequestRow.key == key)).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise KeyReused
    return TicketId(row.ticket)


def _remember(session: Session, actor: str, key: str | None, digest: str, ticket: TicketId, now: datetime) -> None:
    """Keep a request's key with its answer, and forget those that nobody repeats any more."""
    if key is None:
        return
    session.execute(delete(RequestRow).where(RequestRow.at < now - _KEYS_LAST))
    session.add(RequestRow(actor=actor, key=key, digest=digest, ticket=ticket, at=now))
    session.flush()
