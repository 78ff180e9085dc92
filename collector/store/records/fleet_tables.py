"""The tables of enrolment codes, agents, and the configurations handed to them."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from collector.store.records.base import Base
from collector.store.records.columns import Instant, Json

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up INTEGER keys alone


class EnrolmentRow(Base):
    """A code that makes one agent of a site. Only hashes of the code, and of who used it, are kept."""

    __tablename__ = "enrolments"

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    site: Mapped[str]
    room: Mapped[str]
    agent: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    used_by: Mapped[str | None]
    claim_hash: Mapped[str | None] = mapped_column(String(64))


class AgentRow(Base):
    """An agent: how it came to be ours, and what its last birth said."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(index=True)
    room: Mapped[str]
    hardware: Mapped[list[str]] = mapped_column(Json)
    enrolled_at: Mapped[datetime | None] = mapped_column(Instant)
    enrolled_by: Mapped[str | None]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[str | None]
    born_at: Mapped[datetime | None] = mapped_column(Instant)
    said: Mapped[dict[str, str]] = mapped_column(Json)
    epoch: Mapped[str]
    run: Mapped[int] = mapped_column(BigInteger)
    repeats: Mapped[int]
    twins: Mapped[str]
    computers: Mapped[list[dict[str, str]]] = mapped_column(Json)


class ConfigurationRow(Base):
    """A version of an agent's configuration, as it was handed out."""

    __tablename__ = "agent_configurations"

    agent: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_first: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str]
