"""The tables of what keeps quiet: faults that flap, and maintenance windows."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from collector.store.records.base import Base
from collector.store.records.columns import Instant

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up INTEGER keys alone


class FlapsRow(Base):
    """How a fault came and went lately. `due_at`: when it is steady again, or may be forgotten."""

    __tablename__ = "flaps"

    device: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(primary_key=True)
    instance: Mapped[str] = mapped_column(primary_key=True)
    turns: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    holds: Mapped[bool]
    due_at: Mapped[datetime] = mapped_column(Instant, index=True)


class MaintenanceRow(Base):
    """A maintenance window, planned or past."""

    __tablename__ = "maintenance"

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    site: Mapped[str]
    room: Mapped[str | None]
    device: Mapped[str | None]
    rule: Mapped[str | None]
    start: Mapped[datetime] = mapped_column(Instant)
    end: Mapped[datetime] = mapped_column(Instant)
    repeats: Mapped[str]
    time_zone: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str]
    cut_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None]
