"""Values of the core as rows, and rows as values of the core."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, cast

from pydantic import TypeAdapter

from collector.core.agreement import Agreement
from collector.core.model import (
    Attribution,
    Device,
    DeviceId,
    Health,
    Incident,
    IncidentId,
    IncidentState,
    Level,
    Phase,
    RoomId,
    State,
    TicketId,
    Unit,
    site_of,
)
from collector.core.ticket import Entry, Ticket
from collector.desk.changes import IncidentRecord
from collector.store.records.tables import AgreementRow, DeviceRow, IncidentRow, LogRow, PhaseRow, TicketRow

Columns = dict[str, Any]

_AGREEMENT: Final = TypeAdapter(Agreement)
_PHASE: Final = TypeAdapter(Phase)
_TICKET: Final = TypeAdapter(Ticket)


def device_columns(health: Health) -> Columns:
    """Return a device's row, but for when it was first known."""
    device = health.device
    return {
        "id": device.id,
        "site": site_of(device.id),
        "room": device.room,
        "role": _plain(device.role),
        "name": _plain(device.name),
        "vendor": _plain(device.unit.vendor),
        "model": _plain(device.unit.model),
        "serial": _plain(device.unit.serial),
        "firmware": _plain(device.unit.firmware),
        "in_campus": device.in_campus,
        "interval_s": None if device.interval is None else device.interval.total_seconds(),
        "agent_version": _plain(device.agent_version),
        "os": _plain(device.os),
        "state": health.state.value,
        "level": _number(health.level),
        "since": health.since,
        "last_seen": health.last_seen,
        "pending": health.pending,
        "hidden": health.hidden,
    }


def health_of(row: DeviceRow) -> Health:
    """Return what a device was when it was last saved."""
    device = Device(
        id=DeviceId(row.id),
        room=RoomId(row.room),
        role=row.role,
        name=row.name,
        unit=Unit(vendor=row.vendor, model=row.model, serial=row.serial, firmware=row.firmware),
        in_campus=row.in_campus,
        interval=None if row.interval_s is None else timedelta(seconds=row.interval_s),
        agent_version=row.agent_version,
        os=row.os,
    )
    return Health(
        device=device,
        state=State(row.state),
        level=_level(row.level),
        since=row.since,
        last_seen=row.last_seen,
        pending=row.pending,
        hidden=row.hidden,
    )


def incident_columns(record: IncidentRecord) -> Columns:
    """Return an incident's row."""
    incident = record.incident
    return {
        "id": incident.id,
        "site": site_of(incident.device),
        "room": incident.room,
        "device": incident.device,
        "metric": incident.metric,
        "instance": incident.instance,
        "family": incident.family,
        "rule": incident.rule,
        "level": incident.level.value,
        "onset_at": incident.onset_at,
        "detected_at": incident.detected_at,
        "cleared_at": incident.cleared_at,
        "cause": incident.cause,
        "value": incident.value,
        "state": incident.state.value,
        "attribution": incident.attribution.value,
        "ticket": record.ticket,
        "flapping": record.flapping,
        "held": record.held,
        "late": incident.late,
        "corrections": [dict(each) for each in record.corrections],
    }


def record_of(row: IncidentRow) -> IncidentRecord:
    """Return an incident as it was last saved, with its ticket."""
    return IncidentRecord(
        incident=incident_of(row),
        ticket=None if row.ticket is None else TicketId(row.ticket),
        flapping=row.flapping,
        held=row.held,
        corrections=tuple(row.corrections),
    )


def incident_of(row: IncidentRow) -> Incident:
    """Return an incident as it was last saved."""
    return Incident(
        id=IncidentId(row.id),
        device=DeviceId(row.device),
        room=RoomId(row.room),
        metric=row.metric,
        instance=row.instance,
        family=row.family,
        rule=row.rule,
        level=Level(row.level),
        onset_at=row.onset_at,
        detected_at=row.detected_at,
        cleared_at=row.cleared_at,
        cause=None if row.cause is None else IncidentId(row.cause),
        value=row.value,
        state=IncidentState(row.state),
        attribution=Attribution(row.attribution),
        late=row.late,
    )


def phase_columns(phase: Phase) -> Columns:
    """Return a phase's row."""
    return {
        "device": phase.device,
        "rule": phase.rule,
        "instance": phase.instance,
        "phase": _PHASE.dump_python(phase, mode="json"),
    }


def phase_of(row: PhaseRow) -> Phase:
    """Return a phase as it was last saved."""
    return _PHASE.validate_python(row.phase)


def ticket_json(ticket: Ticket) -> object:
    """Return a ticket as its row keeps it."""
    return _TICKET.dump_python(ticket, mode="json")


def ticket_of(row: TicketRow) -> Ticket:
    """Return a ticket as its log made it when it was last saved; its number is the row's."""
    return _TICKET.validate_python({**cast("Mapping[str, object]", row.ticket), "id": row.id})


def entry_of(row: LogRow) -> Entry:
    """Return an entry of a log."""
    return Entry(
        number=row.number,
        at=row.at,
        actor=row.actor,
        action=row.action,
        fields=cast("Mapping[str, object]", row.fields),
    )


def entry_columns(ticket: TicketId, entry: Entry) -> Columns:
    """Return the row of a log's entry."""
    return {
        "ticket": ticket,
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "fields": dict(entry.fields),
    }


def agreement_columns(agreement: Agreement) -> Columns:
    """Return an agreement's row, whose key is the digest of what it says."""
    terms = _AGREEMENT.dump_python(agreement, mode="json")
    for dates in ("holidays", "working_days"):  # sets have no order, and the digest needs one
        terms["calendar"][dates] = sorted(terms["calendar"][dates])
    text = json.dumps(terms, sort_keys=True, ensure_ascii=False)
    return {"digest": hashlib.sha256(text.encode()).hexdigest(), "id": agreement.id, "terms": terms}


def agreement_of(row: AgreementRow) -> Agreement:
    """Return an agreement as it was."""
    return _AGREEMENT.validate_python(row.terms)


def _plain(text: str) -> str:
    """Return what a device says of itself without the zero bytes that PostgreSQL refuses."""
    return text.replace("\0", "")


def _number(level: Level | None) -> int | None:
    return None if level is None else level.value


def _level(number: int | None) -> Level | None:
    return None if number is None else Level(number)
