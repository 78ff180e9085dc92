"""What telemetry found, written down: devices and their health, incidents, phases, and the commit they come from.

Everything here happens within the transaction of the session that is handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from collector.core.model import DeviceId, Health, Incident, IncidentId, IncidentState, Phase, PhaseChanged, TicketId
from collector.store.records.codec import (
    device_columns,
    health_of,
    incident_columns,
    incident_of,
    phase_columns,
    phase_of,
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


def load_incidents(session: Session, ids: Iterable[IncidentId]) -> dict[IncidentId, tuple[Incident, TicketId | None]]:
    """Return incidents and the tickets that they belong to, by id; those that there are not are left out."""
    return {
        IncidentId(row.id): _with_ticket(row)
        for part in in_parts(ids)
        for row in session.scalars(select(IncidentRow).where(IncidentRow.id.in_(part)))
    }


def load_faults(session: Session, devices: Iterable[DeviceId]) -> list[tuple[Incident, TicketId]]:
    """Return the incidents of devices whose tickets are not closed, the latest ticket last."""
    found = []
    for part in in_parts(devices):
        query = (
            select(IncidentRow, TicketRow.id)
            .join(TicketRow, TicketRow.id == IncidentRow.ticket)
            .where(IncidentRow.device.in_(part), TicketRow.state != "closed")
            .order_by(TicketRow.id, IncidentRow.detected_at)
        )
        found += [(incident_of(row), TicketId(ticket)) for row, ticket in session.execute(query)]
    return found


def load_open_incidents(session: Session) -> list[Incident]:
    """Return the incidents that are open, by onset."""
    query = select(IncidentRow).where(IncidentRow.state == IncidentState.OPEN.value)
    return [incident_of(row) for row in session.scalars(query.order_by(IncidentRow.onset_at, IncidentRow.id))]


def save_incidents(session: Session, incidents: Sequence[tuple[Incident, TicketId | None]]) -> None:
    """Save incidents with the tickets that they belong to."""
    upsert(session, IncidentRow, [incident_columns(incident, ticket) for incident, ticket in incidents])


def _with_ticket(row: IncidentRow) -> tuple[Incident, TicketId | None]:
    return incident_of(row), None if row.ticket is None else TicketId(row.ticket)


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
