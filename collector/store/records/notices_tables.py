"""The table of what the people in a room should know. Rows are written by the desk alone."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from collector.store.records.base import Base
from collector.store.records.columns import Instant


class NoticeRow(Base):
    """A notice: a fault that the rules attribute to people."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_onset", "onset_at", "id"), Index("ix_notices_room", "room", "rule", "onset_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(index=True)
    room: Mapped[str]
    device: Mapped[str]
    metric: Mapped[str]
    instance: Mapped[str]
    family: Mapped[str]
    rule: Mapped[str]
    onset_at: Mapped[datetime] = mapped_column(Instant)
    detected_at: Mapped[datetime] = mapped_column(Instant)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant)
    value: Mapped[float | None]
    state: Mapped[str]
