"""The tables of users, tokens, sessions and the audit."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from collector.store.records.base import Base
from collector.store.records.columns import Instant, Json

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up INTEGER keys alone


class UserRow(Base):
    """A person who may sign in. Only a hash of the password is kept."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    sites: Mapped[list[str]] = mapped_column(Json)
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)


class TokenRow(Base):
    """A token of the API. Only a hash of it is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    sites: Mapped[list[str]] = mapped_column(Json)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class SessionRow(Base):
    """A browser that signed in. Only a hash of its cookie is kept."""

    __tablename__ = "sessions"

    cookie_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_name: Mapped[str] = mapped_column(String(63), ForeignKey("users.name", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class AuditRow(Base):
    """One thing that somebody did."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(300))
    address: Mapped[str] = mapped_column(String(64))
    fields: Mapped[dict[str, object]] = mapped_column(Json)
