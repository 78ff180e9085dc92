"""What telemetry found, written down: devices and their health, incidents, phases, and the commit they come from.

Everything here happens within the transaction of the session that is handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, or_, select
from sqlalchemy.orm import Session

from collector.core.model import (
    DeviceId,
    Health,
    Incident,
    IncidentId,
    IncidentState,
    Phase,
    PhaseChanged,
    SiteId,
    TicketId,
)
from collector.core.ticket import TicketState
from collector.desk.changes import IncidentRecord
from collector.store.records.codec import (
    device_columns,
    health_of,
    incident_columns,
    incident_of,
    phase_columns,
    phase_of,
    record_of,
)
from collector.store.records.tables import DeviceRow, HealthLogRow, IncidentRow, NumberRow, PhaseRow, TicketRow
from collector.store.records.upsert import in_parts, upsert

_LAST_COMMIT: Final = "last_classified_commit"


# ---------------------------------------------------------------- devices


def load_health(session: Session, devices: Iterable[DeviceId] | None = None) -> dict[DeviceId, Health]:
    """Return devices as they were last saved; without `devices`, all of them by id."""
    if devices is None:
        return {DeviceId(row.id): health_of(row) for row in session.scalars(select(DeviceRow).order_by(DeviceRow.id))}
    return {
        DeviceId(row.id): health_of(row)
        for part in in_parts(devices)
        for row in session.scalars(select(DeviceRow).where(DeviceRow.id.in_(part)))
    }


def save_health(session: Session, changed: Iterable[Health], before: Mapping[DeviceId, Health], now: datetime) -> None:
    """Save devices, and write into the health log what is in another state or at another level than `before`."""
    rows = []
    log = []
    for health in changed:
        device = health.device.id
        was = before.get(device)
        rows.append({**device_columns(health), "known_from": min(health.since, health.last_seen or now, now)})
        if was is None or (was.state, was.level) != (health.state, health.level):
            at = health.since if was is None else max(health.since, was.since)
            level = None if health.level is None else health.level.value
            log.append({"device": device, "at": at, "state": health.state.value, "level": level})
    upsert(session, DeviceRow, rows, keep=("known_from",))
    if log:
        session.connection().execute(insert(HealthLogRow), log)


# ---------------------------------------------------------------- incidents


def load_incidents(session: Session, ids: Iterable[IncidentId]) -> dict[IncidentId, IncidentRecord]:
    """Return incidents and the tickets that they belong to, by id; those that there are not are left out."""
    return {
        IncidentId(row.id): record_of(row)
        for part in in_parts(ids)
        for row in session.scalars(select(IncidentRow).where(IncidentRow.id.in_(part)))
    }


def load_faults(session: Session, devices: Iterable[DeviceId], since: datetime) -> list[IncidentRecord]:
    """Return the incidents of devices with a ticket that was not closed before `since`, the latest ticket last."""
    still = or_(TicketRow.state != TicketState.CLOSED.value, TicketRow.updated_at >= since)
    found: list[IncidentRecord] = []
    for part in in_parts(devices):
        query = (
            select(IncidentRow)
            .join(TicketRow, TicketRow.id == IncidentRow.ticket)
            .where(IncidentRow.device.in_(part), still)
            .order_by(TicketRow.id, IncidentRow.detected_at)
        )
        found += [record_of(row) for row in session.scalars(query)]
    return found


def load_recent(session: Session, site: SiteId, since: datetime) -> list[tuple[datetime, TicketId]]:
    """Return when the incidents of a site without a cause were detected after `since`, and their tickets, in order."""
    query = (
        select(IncidentRow.detected_at, IncidentRow.ticket)
        .where(IncidentRow.site == site, IncidentRow.detected_at > since, IncidentRow.cause.is_(None))
        .where(IncidentRow.ticket.is_not(None))
        .order_by(IncidentRow.ticket, IncidentRow.detected_at)
    )
    return [(at, TicketId(ticket)) for at, ticket in session.execute(query) if ticket is not None]


def load_open_incidents(session: Session) -> list[Incident]:
    """Return the incidents that are open, by onset."""
    query = select(IncidentRow).where(IncidentRow.state == IncidentState.OPEN.value)
    return [incident_of(row) for row in session.scalars(query.order_by(IncidentRow.onset_at, IncidentRow.id))]


def save_incidents(session: Session, records: Sequence[IncidentRecord]) -> None:
    """Save incidents with the tickets that they belong to."""
    upsert(session, IncidentRow, [incident_columns(record) for record in records])


# ---------------------------------------------------------------- phases and commits


def load_phases(session: Session) -> list[Phase]:
    """Return where the rungs of rules stand."""
    return [phase_of(row) for row in session.scalars(select(PhaseRow))]


def save_phases(session: Session, changes: Iterable[PhaseChanged]) -> None:
    """Keep or forget phases."""
    kept = []
    gone = []
    for change in changes:
        if change.phase is None:
            gone.append({"a_device": change.device, "a_rule": change.rule, "an_instance": change.instance})
        else:
            kept.append(phase_columns(change.phase))
    if gone:
        table = PhaseRow.__table__
        forget = delete(PhaseRow).where(
            table.c.device == bindparam("a_device"),
            table.c.rule == bindparam("a_rule"),
            table.c.instance == bindparam("an_instance"),
        )
        session.connection().execute(forget, gone)
    upsert(session, PhaseRow, kept)


def load_last_commit(session: Session) -> int:
    """Return the number of the last commit that was classified, 0 where none was."""
    return session.scalar(select(NumberRow.value).where(NumberRow.name == _LAST_COMMIT)) or 0


def save_last_commit(session: Session, commit: int) -> None:
    """Remember the last commit that was classified."""
    upsert(session, NumberRow, [{"name": _LAST_COMMIT, "value": commit}])
