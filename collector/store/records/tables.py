"""The tables of what is watched, what went wrong with it, and what was done about it.

The log of a ticket is the truth; `tickets` holds what it comes to, for queries. Rows are written by the desk alone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, false
from sqlalchemy.orm import Mapped, mapped_column

from collector.store.records.base import Base
from collector.store.records.columns import Instant, Json

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up INTEGER keys alone


class DeviceRow(Base):
    """A device as it is described, and its health now."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(index=True)
    room: Mapped[str]
    role: Mapped[str]
    name: Mapped[str]
    vendor: Mapped[str]
    model: Mapped[str]
    serial: Mapped[str]
    firmware: Mapped[str]
    in_campus: Mapped[bool]
    interval_s: Mapped[float | None]
    agent_version: Mapped[str]
    os: Mapped[str]
    state: Mapped[str]
    level: Mapped[int | None]
    since: Mapped[datetime] = mapped_column(Instant)
    last_seen: Mapped[datetime | None] = mapped_column(Instant)
    pending: Mapped[bool]
    hidden: Mapped[bool] = mapped_column(server_default=false())
    known_from: Mapped[datetime] = mapped_column(Instant)


class HealthLogRow(Base):
    """A device was in this state from `at` on, until its next row."""

    __tablename__ = "health_log"
    __table_args__ = (Index("ix_health_log_device_at", "device", "at"),)

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    device: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str]
    level: Mapped[int | None]


class HealthCorrectionRow(Base):
    """Late evidence says that from `start` up to `end` a device was in this state, whatever its health log says."""

    __tablename__ = "health_corrections"

    device: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    end: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str]


class PhaseRow(Base):
    """Where a rung of a rule stands: what the classifier must not forget over a restart."""

    __tablename__ = "phases"

    device: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    instance: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[object] = mapped_column(Json)


class IncidentRow(Base):
    """A fault that telemetry saw."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_onset", "onset_at", "id"),
        Index("ix_incidents_fault", "device", "family", "instance"),
        Index("ix_incidents_held", "held", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(index=True)
    room: Mapped[str]
    device: Mapped[str]
    metric: Mapped[str]
    instance: Mapped[str]
    family: Mapped[str]
    rule: Mapped[str]
    level: Mapped[int]
    onset_at: Mapped[datetime] = mapped_column(Instant)
    detected_at: Mapped[datetime] = mapped_column(Instant)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    cause: Mapped[str | None]
    value: Mapped[float | None]
    state: Mapped[str]
    attribution: Mapped[str]
    ticket: Mapped[int | None] = mapped_column(_NUMBER, ForeignKey("tickets.id"), index=True)
    flapping: Mapped[bool] = mapped_column(server_default=false())
    held: Mapped[bool] = mapped_column(server_default=false())
    late: Mapped[bool] = mapped_column(server_default=false())
    corrections: Mapped[list[dict[str, Any]]] = mapped_column(Json, server_default="[]")


class TicketRow(Base):
    """What a ticket's log comes to. `due_at`: when the nearest running clock runs out.

    `escalates_at`: when the next rung of its ladder is due; `escalation_held`: one waits for the end of a hold.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_state_due", "state", "due_at"),
        Index("ix_tickets_escalates_at", "escalates_at"),
        Index("ix_tickets_escalation_held", "escalation_held", "state"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    level: Mapped[int]
    state: Mapped[str]
    site: Mapped[str] = mapped_column(index=True)
    room: Mapped[str] = mapped_column(index=True)
    device: Mapped[str | None] = mapped_column(index=True)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    escalates_at: Mapped[datetime | None] = mapped_column(Instant)
    escalation_held: Mapped[bool] = mapped_column(server_default=false())
    terms: Mapped[str] = mapped_column(ForeignKey("agreements.digest"))
    version: Mapped[int]
    ticket: Mapped[object] = mapped_column(Json)


class LogRow(Base):
    """An entry of a ticket's log. The database refuses to change or remove one."""

    __tablename__ = "ticket_log"

    ticket: Mapped[int] = mapped_column(_NUMBER, ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    action: Mapped[str]
    fields: Mapped[object] = mapped_column(Json)


class AgreementRow(Base):
    """An agreement as it was when a ticket was opened under it: a file that changes moves no deadline."""

    __tablename__ = "agreements"

    digest: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str]
    terms: Mapped[object] = mapped_column(Json)


class RequestRow(Base):
    """A request with an Idempotency-Key that was carried out, and the ticket that it answered with."""

    __tablename__ = "requests"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    ticket: Mapped[int] = mapped_column(_NUMBER, ForeignKey("tickets.id"))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class NumberRow(Base):
    """A number that is remembered by name, such as the last commit that was classified."""

    __tablename__ = "numbers"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
