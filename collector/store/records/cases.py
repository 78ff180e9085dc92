"""Tickets being worked on: loaded with their logs, added to, and saved if nobody else was quicker.

Everything here happens within the transaction of the session that is handed in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, cast

from sqlalchemy import CursorResult, bindparam, insert, select, update
from sqlalchemy.orm import Session

from collector.core.agreement import Agreement
from collector.core.escalation import is_held, next_due
from collector.core.model import IncidentId, TicketId
from collector.core.replay import nearest_due, replay
from collector.core.ticket import Entry, Ticket
from collector.store.records.codec import (
    Columns,
    agreement_columns,
    agreement_of,
    entry_columns,
    entry_of,
    ticket_json,
)
from collector.store.records.tables import AgreementRow, LogRow, TicketRow
from collector.store.records.upsert import in_parts, upsert

_NOT_YET: Final = TicketId(0)


class CaseMoved(Exception):
    """Somebody else added to a ticket between our reading and our writing; nothing of ours is saved."""


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """A ticket and its log. `saved` entries are in the database; a new ticket has none, and no number yet."""

    id: TicketId = _NOT_YET
    agreement: Agreement
    log: list[Entry]
    saved: int = 0
    _ticket: Ticket | None = field(default=None, repr=False)
    _told: set[object] | None = field(default=None, repr=False)

    @property
    def ticket(self) -> Ticket:
        """The ticket as its log makes it."""
        if self._ticket is None:
            self._ticket = replay(self.id, self.log, self.agreement)
        return self._ticket

    def tells_of(self, incident: IncidentId) -> bool:
        """Tell whether the log names an incident."""
        if self._told is None:
            self._told = {entry.fields.get("incident") for entry in self.log}
        return incident in self._told

    def add(self, entry: Entry) -> None:
        """Add an entry to the log."""
        self.log.append(entry)
        self._ticket = None
        if self._told is not None:
            self._told.add(entry.fields.get("incident"))

    def tell(self, action: str, fields: Mapping[str, object], *, actor: str, now: datetime) -> None:
        """Add what happened at `now`; a clock that was set back does not turn the log round."""
        at = max(now, self.log[-1].at)
        self.add(Entry(number=len(self.log) + 1, at=at, actor=actor, action=action, fields=fields))


def load_cases(session: Session, ids: Iterable[TicketId]) -> dict[TicketId, Case]:
    """Return tickets by number, held until the transaction ends; those that there are not are left out."""
    logs: dict[int, list[Entry]] = defaultdict(list)
    rows: list[TicketRow] = []
    for part in in_parts(sorted(ids)):
        rows += session.scalars(
            select(TicketRow).where(TicketRow.id.in_(part)).order_by(TicketRow.id).with_for_update()
        )
        for row in session.scalars(
            select(LogRow).where(LogRow.ticket.in_(part)).order_by(LogRow.ticket, LogRow.number)
        ):
            logs[row.ticket].append(entry_of(row))
    agreements = _agreements(session, {row.terms for row in rows})
    return {
        TicketId(row.id): Case(
            id=TicketId(row.id), agreement=agreements[row.terms], log=logs[row.id], saved=len(logs[row.id])
        )
        for row in rows
    }


def save_cases(session: Session, cases: Sequence[Case]) -> list[Ticket]:
    """Save what was added to tickets, and number those that are new; return all of them as they stand.

    Raises:
        CaseMoved: another one added to a ticket first.
    """
    changed = [case for case in cases if len(case.log) > case.saved]
    digests = _keep_agreements(session, changed)
    new = [case for case in changed if case.saved == 0]
    if new:
        made = insert(TicketRow).returning(TicketRow.id, sort_by_parameter_order=True)
        numbers = session.scalars(made, [_columns(case, digests) for case in new]).all()
        for case, number in zip(new, numbers, strict=True):
            case.id = TicketId(number)
            case._ticket = replace(case.ticket, id=case.id)
    old = [case for case in changed if case.saved]
    if old:
        _update(session, old, digests)
    entries = [entry_columns(case.id, entry) for case in changed for entry in case.log[case.saved :]]
    if entries:
        session.connection().execute(insert(LogRow), entries)
    for case in changed:
        case.saved = len(case.log)
    return [case.ticket for case in changed]


def _update(session: Session, cases: Sequence[Case], digests: Mapping[int, str]) -> None:
    """Save tickets, each only if it is as it was read: exactly one row changes."""
    table = TicketRow.__table__
    changes = (
        update(TicketRow)
        .where(table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))
        .values({name: bindparam(name) for name in _columns(cases[0], digests)})
    )
    values = [{**_columns(case, digests), "row_id": case.id, "row_version": case.saved} for case in cases]
    result = cast("CursorResult[object]", session.connection().execute(changes, values))
    if result.rowcount != len(cases):
        raise CaseMoved


def _columns(case: Case, digests: Mapping[int, str]) -> Columns:
    ticket = case.ticket
    return {
        "level": ticket.level.value,
        "state": ticket.state.value,
        "site": ticket.site,
        "room": ticket.room,
        "device": ticket.device,
        "opened_at": ticket.opened_at,
        "updated_at": ticket.updated_at,
        "due_at": nearest_due(ticket),
        "escalates_at": next_due(ticket),
        "escalation_held": is_held(ticket),
        "terms": digests[id(case.agreement)],
        "version": ticket.version,
        "ticket": ticket_json(ticket),
    }


def _keep_agreements(session: Session, cases: Iterable[Case]) -> dict[int, str]:
    """Make sure that what the tickets were promised is on record; return the digest of each agreement."""
    rows = {id(case.agreement): case.agreement for case in cases}
    kept = {key: agreement_columns(agreement) for key, agreement in rows.items()}
    upsert(session, AgreementRow, list(kept.values()), keep=("id", "terms"))
    return {key: str(columns["digest"]) for key, columns in kept.items()}


def _agreements(session: Session, digests: Iterable[str]) -> dict[str, Agreement]:
    rows = session.scalars(select(AgreementRow).where(AgreementRow.digest.in_(list(digests))))
    return {row.digest: agreement_of(row) for row in rows}
