"""Accounts: users, tokens, sessions, and what was done by whom."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from collector.api.schemas.base import AccountName, Asked, Name, Password, Shown
from collector.store.records.accounts import Language, Role


class Via(StrEnum):
    """How a caller showed who they are."""

    TOKEN = "token"  # noqa: S105 - a word of the API
    SESSION = "session"


class Me(Shown):
    """Who the caller is. `sites` names a customer's own sites, and is empty for all others."""

    name: str
    role: Role
    language: Language
    sites: list[str]
    via: Via


class MeChange(Asked):
    """What a person changes about themselves; a new password needs the old one."""

    language: Language | None = None
    password: Password | None = None
    old_password: str | None = None


class SignIn(Asked):
    """Name and password of a user."""

    user: str
    password: str


class User(Shown):
    """A person who may sign in."""

    name: str
    role: Role
    language: Language
    sites: list[str]
    created_at: datetime
    last_seen_at: datetime | None


class UserAsked(Asked):
    """A user to be made. `sites` is for the role `customer` alone."""

    name: AccountName
    role: Role
    password: Password
    language: Language = Language.ZH_CN
    sites: list[Name] = Field(default_factory=list, max_length=1000)


class Token(Shown):
    """A token of the API; the token itself is shown once, when it is made."""

    id: int
    name: str
    role: Role
    sites: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class TokenMade(Token):
    """A token just made, with the text that goes into `Authorization: Bearer`."""

    token: str


class TokenAsked(Asked):
    """A token to be made; `name` says what it is for."""

    name: Name
    role: Role
    sites: list[Name] = Field(default_factory=list, max_length=1000)
    expires_at: datetime | None = None


class AuditEntry(Shown):
    """One thing that was done to accounts, or to a ticket through the API."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    fields: dict[str, object]
