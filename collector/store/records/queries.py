"""What the records database can be asked: tickets, their logs, incidents, and how devices were over a period.

Comes in: filters and places in a list. Goes out: values of the core. Every call is one read-only transaction, blocks,
and raises StoreError where the database does not answer. Clocks are as the log has them; `replay.as_of` says what
they are at a moment.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from collector.core.inspection import HealthChange, as_of, corrected
from collector.core.model import DeviceId, Incident, IncidentState, Level, RoomId, SiteId, State, TicketId
from collector.core.ticket import Entry, Ticket, TicketState
from collector.desk.changes import IncidentRecord
from collector.store.records.codec import entry_of, incident_of, record_of, ticket_of
from collector.store.records.database import Records
from collector.store.records.hindsight import load_corrections
from collector.store.records.tables import DeviceRow, HealthLogRow, IncidentRow, LogRow, TicketRow
from collector.store.records.upsert import in_parts

LIVE: Final = frozenset(TicketState) - {TicketState.CLOSED}
"""The states that `state=live` means."""

_LARGEST: Final = 1 << 62
_LARGEST_ENTRY: Final = (1 << 31) - 1


class Chosen(Protocol):
    """What a list is narrowed to; an empty collection narrows nothing. `sites` None: all, else only these."""

    @property
    def sites(self) -> Collection[SiteId] | None: ...
    @property
    def rooms(self) -> Collection[RoomId]: ...
    @property
    def devices(self) -> Collection[DeviceId]: ...
    @property
    def levels(self) -> Collection[Level]: ...


class RecordQueries:
    """Reads one records database."""

    def __init__(self, records: Records) -> None:
        self._records = records

    # ------------------------------------------------------------ tickets

    def tickets(
        self, chosen: Chosen, *, states: Collection[TicketState], before: TicketId | None, limit: int
    ) -> Sequence[Ticket]:
        """Return tickets in these states (none given: in any), the newest first, those numbered below `before`."""
        query = _narrowed(select(TicketRow), TicketRow, chosen)
        if states:
            query = query.where(TicketRow.state.in_([state.value for state in states]))
        if before is not None:
            query = query.where(TicketRow.id < min(before, _LARGEST))
        with self._records.session(read_only=True) as session:
            return [ticket_of(row) for row in session.scalars(query.order_by(TicketRow.id.desc()).limit(limit))]

    def live_tickets(self) -> Sequence[Ticket]:
        """Return every ticket that is not closed, by number."""
        query = select(TicketRow).where(TicketRow.state.in_([state.value for state in LIVE])).order_by(TicketRow.id)
        with self._records.session(read_only=True) as session:
            return [ticket_of(row) for row in session.scalars(query)]

    def ticket(self, id_: TicketId, /) -> Ticket | None:
        """Return a ticket; None where there is none."""
        if not 0 < id_ < _LARGEST:
            return None
        with self._records.session(read_only=True) as session:
            row = session.get(TicketRow, id_)
            return None if row is None else ticket_of(row)

    def log(self, id_: TicketId, /, *, after: int, limit: int) -> Sequence[Entry]:
        """Return the log of a ticket from its first entry on, those after a number."""
        if not 0 < id_ < _LARGEST:
            return []
        query = select(LogRow).where(LogRow.ticket == id_, LogRow.number > min(after, _LARGEST_ENTRY))
        with self._records.session(read_only=True) as session:
            return [entry_of(row) for row in session.scalars(query.order_by(LogRow.number).limit(limit))]

    # ------------------------------------------------------------ incidents

    def incidents(
        self,
        chosen: Chosen,
        *,
        states: Collection[IncidentState],
        start: datetime | None,
        end: datetime | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[IncidentRecord]:
        """Return incidents that touch `[start, end)`, the latest onset first, those after a place in that order."""
        query = _narrowed(select(IncidentRow), IncidentRow, chosen).where(*_touching(start, end))
        if states:
            query = query.where(IncidentRow.state.in_([state.value for state in states]))
        if before is not None:
            onset, id_ = before
            query = query.where(
                or_(IncidentRow.onset_at < onset, and_(IncidentRow.onset_at == onset, IncidentRow.id < id_))
            )
        query = query.order_by(IncidentRow.onset_at.desc(), IncidentRow.id.desc()).limit(limit)
        with self._records.session(read_only=True) as session:
            return [record_of(row) for row in session.scalars(query)]

    # ------------------------------------------------------------ a period

    def incidents_between(self, chosen: Chosen, start: datetime, end: datetime) -> Sequence[IncidentRecord]:
        """Return the incidents that were open at any time of `[start, end)`, by onset."""
        query = _narrowed(select(IncidentRow), IncidentRow, chosen).where(*_touching(start, end))
        with self._records.session(read_only=True) as session:
            return [record_of(row) for row in session.scalars(query.order_by(IncidentRow.onset_at, IncidentRow.id))]

    def incidents_of(self, devices: Collection[DeviceId], start: datetime) -> Sequence[Incident]:
        """Return the incidents of devices that were open at `start` or later, by onset."""
        with self._records.session(read_only=True) as session:
            found = [
                incident_of(row)
                for part in in_parts(devices)
                for row in session.scalars(
                    select(IncidentRow).where(IncidentRow.device.in_(part), *_touching(start, None))
                )
            ]
        return sorted(found, key=lambda incident: (incident.onset_at, incident.id))

    def tickets_between(self, chosen: Chosen, start: datetime, end: datetime) -> Sequence[Ticket]:
        """Return the tickets that were not closed at some time of `[start, end)`, by number.

        A closed ticket counts as closed since its last entry.
        """
        open_then = or_(TicketRow.state != TicketState.CLOSED.value, TicketRow.updated_at >= start)
        query = _narrowed(select(TicketRow), TicketRow, chosen).where(TicketRow.opened_at < end, open_then)
        with self._records.session(read_only=True) as session:
            return [ticket_of(row) for row in session.scalars(query.order_by(TicketRow.id))]

    def health_changes(
        self, devices: Sequence[DeviceId], start: datetime, end: datetime
    ) -> Mapping[DeviceId, Sequence[HealthChange]]:
        """Return each device's changes of state before `end`, ascending, the last one before `start` among them.

        They are those of its health log, but where evidence that came late says otherwise.
        """
        found: dict[DeviceId, list[HealthChange]] = defaultdict(list)
        with self._records.session(read_only=True) as session:
            for part in in_parts(devices):
                for row in _health_rows(session, part, end):
                    device = DeviceId(row.device)
                    found[device].append(HealthChange(device=device, at=row.at, state=State(row.state)))
            corrections = load_corrections(session, devices, end)
        return {
            device: as_of(corrected(changes, corrections.get(device, ())), start) for device, changes in found.items()
        }

    def known_from(self, devices: Sequence[DeviceId]) -> Mapping[DeviceId, datetime]:
        """Return when each device was first heard of; one never heard of is left out."""
        with self._records.session(read_only=True) as session:
            return {
                DeviceId(id_): at
                for part in in_parts(devices)
                for id_, at in session.execute(select(DeviceRow.id, DeviceRow.known_from).where(DeviceRow.id.in_(part)))
            }


def _health_rows(session: Session, devices: Sequence[DeviceId], end: datetime) -> Sequence[HealthLogRow]:
    query = select(HealthLogRow).where(HealthLogRow.device.in_(devices), HealthLogRow.at < end)
    return session.scalars(query.order_by(HealthLogRow.device, HealthLogRow.at, HealthLogRow.id)).all()


def _touching(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Return the conditions for an incident to have been open at some time of `[start, end)`."""
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(or_(IncidentRow.cleared_at.is_(None), IncidentRow.cleared_at > start))
    if end is not None:
        conditions.append(IncidentRow.onset_at < end)
    return conditions


def _narrowed(query: Select[Any], row: type[TicketRow] | type[IncidentRow], chosen: Chosen) -> Select[Any]:
    narrow: list[tuple[InstrumentedAttribute[Any], Collection[object] | None]] = [
        (row.site, chosen.sites),
        (row.room, chosen.rooms or None),
        (row.device, chosen.devices or None),
        (row.level, [level.value for level in chosen.levels] or None),
    ]
    for column, wanted in narrow:
        if wanted is not None:
            query = query.where(column.in_(list(wanted)))
    return query
