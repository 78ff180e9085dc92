"""Users, tokens, sessions and the audit: who may do what, and who did it.

Comes in: names, passwords, tokens and cookies as people and programs send them. Goes out: values without any secret.
Every call blocks, and is one transaction.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from collector.store.errors import StoreError
from collector.store.records.accounts_tables import AuditRow, SessionRow, TokenRow, UserRow
from collector.store.records.secret import Passwords, hash_token, new_cookie, new_token

SESSION_LASTS: Final = timedelta(days=30)
_NOTE_USE_AFTER: Final = timedelta(minutes=5)


class Role(StrEnum):
    """What a caller may do. `customer` sees their own sites only."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    ADMIN = "admin"
    CUSTOMER = "customer"


class Language(StrEnum):
    """The languages of the dashboard."""

    ZH_CN = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in."""

    name: str
    role: Role
    language: Language
    sites: tuple[str, ...]
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token of the API, without its text."""

    id: int
    name: str
    role: Role
    sites: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that somebody did."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    fields: dict[str, object]


class NameTaken(Exception):
    """There is a user of that name already."""


class LastAdministrator(Exception):
    """Without this user nobody could administer Roomtone any more."""


class Sessions(Protocol):
    """Where SQL sessions come from: the records database."""

    def session(self, *, read_only: bool = False) -> AbstractContextManager[Session]:
        """Return a session to be used in a `with`; one that only reads waits for nobody."""
        ...


class Accounts:
    """The accounts in a records database."""

    def __init__(self, records: Sessions, *, passwords: Passwords | None = None) -> None:
        self._records = records
        self._passwords = passwords or Passwords()

    # ------------------------------------------------------------ users

    def users(self, *, after: str = "", limit: int) -> list[User]:
        """Return users by name, those after a name."""
        with self._records.session(read_only=True) as sql:
            rows = sql.scalars(select(UserRow).where(UserRow.name > after).order_by(UserRow.name).limit(limit))
            return [_user(row) for row in rows]

    def add_user(
        self, *, name: str, password: str, role: Role, language: Language, sites: Sequence[str] = (), now: datetime
    ) -> User:
        """Make a user.

        Raises:
            NameTaken: there is one of that name.
        """
        row = UserRow(
            name=name,
            role=role.value,
            language=language.value,
            sites=sorted(set(sites)),
            password_hash=self._passwords.hash(password),
            created_at=now,
            last_seen_at=None,
        )
        with self._records.session() as sql:
            sql.add(row)
            try:
                sql.flush()
            except IntegrityError as error:
                sql.rollback()
                raise NameTaken(name) from error
            made = _user(row)
            sql.commit()
        return made

    def remove_user(self, name: str) -> bool:
        """Remove a user and end their sessions; False: there is none.

        Raises:
            LastAdministrator: nobody else has the role `admin`.
        """
        with self._records.session() as sql:
            row = sql.get(UserRow, name)
            if row is None:
                return False
            admins = sql.scalars(select(UserRow.name).where(UserRow.role == Role.ADMIN.value)).all()
            if list(admins) == [name]:
                raise LastAdministrator(name)
            sql.execute(delete(SessionRow).where(SessionRow.user_name == name))
            sql.delete(row)
            sql.commit()
        return True

    def change_user(self, name: str, *, language: Language | None = None, password: str | None = None) -> User | None:
        """Change a user; a new password ends all of their sessions. None: there is none."""
        with self._records.session() as sql:
            row = sql.get(UserRow, name)
            if row is None:
                return None
            if language is not None:
                row.language = language.value
            if password is not None:
                row.password_hash = self._passwords.hash(password)
                sql.execute(delete(SessionRow).where(SessionRow.user_name == name))
            changed = _user(row)
            sql.commit()
        return changed

    def check_password(self, name: str, password: str) -> User | None:
        """Return the user whose name and password these are. An unknown name takes as long as a wrong password."""
        with self._records.session(read_only=True) as sql:
            row = sql.get(UserRow, name)
            kept = row.password_hash if row else self._passwords.of_nobody
            user = _user(row) if row else None
        return user if self._passwords.is_right(password, kept) else None

    # ------------------------------------------------------------ sessions

    def open_session(self, user_name: str, now: datetime) -> str:
        """Return the cookie of a new session; sessions that ran out are swept away."""
        cookie = new_cookie()
        with self._records.session() as sql:
            sql.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
            sql.execute(update(UserRow).where(UserRow.name == user_name).values(last_seen_at=now))
            sql.add(
                SessionRow(
                    cookie_hash=hash_token(cookie),
                    user_name=user_name,
                    created_at=now,
                    expires_at=now + SESSION_LASTS,
                )
            )
            sql.commit()
        return cookie

    def session_user(self, cookie: str, now: datetime) -> User | None:
        """Return the user whose running session a cookie is."""
        running = SessionRow.cookie_hash == hash_token(cookie), SessionRow.expires_at > now
        joined = select(UserRow).join(SessionRow, SessionRow.user_name == UserRow.name).where(*running)
        with self._records.session(read_only=True) as sql:
            row = sql.scalars(joined).one_or_none()
            user = _user(row) if row else None
        if user is not None and _is_old(user.last_seen_at, now):
            with suppress(StoreError), self._records.session() as sql:  # who may read, may also with a full disk
                sql.execute(update(UserRow).where(UserRow.name == user.name).values(last_seen_at=now))
                sql.commit()
        return user

    def end_session(self, cookie: str) -> None:
        """End a session; nothing happens where there is none."""
        with self._records.session() as sql:
            sql.execute(delete(SessionRow).where(SessionRow.cookie_hash == hash_token(cookie)))
            sql.commit()

    # ------------------------------------------------------------ tokens

    def tokens(self, *, after: int = 0, limit: int) -> list[Token]:
        """Return tokens in the order in which they were made, those after an id."""
        with self._records.session(read_only=True) as sql:
            rows = sql.scalars(select(TokenRow).where(TokenRow.id > after).order_by(TokenRow.id).limit(limit))
            return [_token(row) for row in rows]

    def add_token(
        self, *, name: str, role: Role, sites: Sequence[str] = (), expires_at: datetime | None = None, now: datetime
    ) -> tuple[Token, str]:
        """Make a token; return it and its text, which is not kept."""
        text = new_token()
        with self._records.session() as sql:
            row = TokenRow(
                name=name,
                role=role.value,
                sites=sorted(set(sites)),
                token_hash=hash_token(text),
                created_at=now,
                expires_at=expires_at,
                last_used_at=None,
            )
            sql.add(row)
            sql.flush()
            made = _token(row)
            sql.commit()
        return made, text

    def remove_token(self, id_: int) -> bool:
        """Revoke a token; False: there is none."""
        with self._records.session() as sql:
            row = sql.get(TokenRow, id_)
            if row is None:
                return False
            sql.delete(row)
            sql.commit()
        return True

    def check_token(self, text: str, now: datetime) -> Token | None:
        """Return the token that a text is, unless it was revoked or ran out."""
        with self._records.session(read_only=True) as sql:
            row = sql.scalars(select(TokenRow).where(TokenRow.token_hash == hash_token(text))).one_or_none()
            token = _token(row) if row else None
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        if _is_old(token.last_used_at, now):
            with suppress(StoreError), self._records.session() as sql:
                sql.execute(update(TokenRow).where(TokenRow.id == token.id).values(last_used_at=now))
                sql.commit()
        return token

    # ------------------------------------------------------------ audit

    def note(
        self, *, at: datetime, actor: str, action: str, subject: str, address: str, fields: dict[str, object]
    ) -> None:
        """Write down what somebody did. `fields` holds no secret."""
        with self._records.session() as sql:
            sql.add(
                AuditRow(at=at, actor=actor, action=action, subject=subject[:300], address=address[:64], fields=fields)
            )
            sql.commit()

    def audit(self, *, before: int | None = None, limit: int) -> list[AuditEntry]:
        """Return what was done, the newest first, that before an id."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.id < before)
        with self._records.session(read_only=True) as sql:
            return [
                AuditEntry(
                    id=row.id,
                    at=row.at,
                    actor=row.actor,
                    action=row.action,
                    subject=row.subject,
                    address=row.address,
                    fields=dict(row.fields),
                )
                for row in sql.scalars(query)
            ]


def _is_old(noted: datetime | None, now: datetime) -> bool:
    """Tell whether a use is worth a write: not each of them is."""
    return noted is None or now - noted > _NOTE_USE_AFTER


def _user(row: UserRow) -> User:
    return User(
        name=row.name,
        role=Role(row.role),
        language=Language(row.language),
        sites=tuple(row.sites),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        sites=tuple(row.sites),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
