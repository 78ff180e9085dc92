"""What keeps quiet, written down: how faults come and go, and which incidents wait for the end of a window.

Everything here happens within the transaction of the session that is handed in.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from collector.core.flapping import Flaps
from collector.core.model import DeviceId, IncidentState
from collector.desk.changes import IncidentRecord
from collector.store.records.codec import record_of
from collector.store.records.noise_tables import FlapsRow
from collector.store.records.tables import IncidentRow
from collector.store.records.upsert import in_parts, upsert

Fault = tuple[DeviceId, str, str]
"""What comes and goes: device, family, instance."""


def load_flaps(session: Session, devices: Iterable[DeviceId]) -> dict[Fault, Flaps]:
    """Return how the faults of devices came and went lately."""
    return {
        _fault(row): _flaps(row)
        for part in in_parts(devices)
        for row in session.scalars(select(FlapsRow).where(FlapsRow.device.in_(part)))
    }


def load_due_flaps(session: Session, now: datetime) -> dict[Fault, Flaps]:
    """Return the faults that are steady again by `now`, those that may be forgotten, and those of a time to come.

    The last are of before the clock was put back.
    """
    query = select(FlapsRow).where((FlapsRow.due_at <= now) | (FlapsRow.at > now))
    rows = session.scalars(query.order_by(FlapsRow.device, FlapsRow.family, FlapsRow.instance))
    return {_fault(row): _flaps(row) for row in rows}


def next_flaps_due(session: Session) -> datetime | None:
    """Return when the next fault is steady or may be forgotten."""
    return session.scalar(select(func.min(FlapsRow.due_at)))


def save_flaps(session: Session, changed: Mapping[Fault, Flaps]) -> None:
    """Keep how faults came and went; forget those that have been quiet for long."""
    rows = []
    for (device, family, instance), flaps in changed.items():
        due = flaps.next_due
        key = {"device": device, "family": family, "instance": instance}
        if due is None:
            session.execute(delete(FlapsRow).filter_by(**key))
        else:
            rows.append({**key, "turns": flaps.turns, "at": flaps.at, "holds": flaps.holds, "due_at": due})
    upsert(session, FlapsRow, rows)


def load_held(session: Session) -> list[IncidentRecord]:
    """Return the open incidents that a maintenance window keeps from opening a ticket, by onset."""
    query = select(IncidentRow).where(
        IncidentRow.held.is_(True), IncidentRow.state == IncidentState.OPEN.value, IncidentRow.ticket.is_(None)
    )
    return [record_of(row) for row in session.scalars(query.order_by(IncidentRow.onset_at, IncidentRow.id))]


def _fault(row: FlapsRow) -> Fault:
    return DeviceId(row.device), row.family, row.instance


def _flaps(row: FlapsRow) -> Flaps:
    return Flaps(turns=row.turns, at=row.at, holds=row.holds)
