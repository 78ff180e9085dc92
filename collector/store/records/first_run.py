"""What a first run leaves behind: an administrator who can sign in, and a file with a token that works."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from collector.private_file import OWNER_ONLY, write_private
from collector.store.errors import StoreNotWritable
from collector.store.records.accounts import Accounts, Language, NameTaken, Role, Sessions
from collector.store.records.secret import new_password

ADMIN: Final = "admin"
TOKEN_FILE: Final = "admin.token"  # noqa: S105 - the name of a file
_TOKEN_NAME: Final = "admin.token"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """`password` is the administrator's, only when the user was made just now: show it once."""

    user: str
    password: str | None
    token_file: Path


def ensure_first_run(records: Sessions, data_dir: Path, now: datetime) -> FirstRun:
    """Make sure that there is an administrator, and a working administrator's token in `data_dir`.

    What works is kept.

    Raises:
        StoreNotWritable: the token cannot be written to `data_dir`.
    """
    accounts = Accounts(records)
    path = data_dir / TOKEN_FILE
    password = _ensure_admin(accounts, now)
    try:
        _ensure_token(accounts, path, now)
    except OSError as error:
        raise StoreNotWritable(
            f"cannot write {path}: {error.strerror or error}; the administrator's token is kept there. "
            f"Make the folder writable for this user, or choose another with --data"
        ) from error
    return FirstRun(user=ADMIN, password=password, token_file=path)


def _ensure_admin(accounts: Accounts, now: datetime) -> str | None:
    if accounts.users(limit=1):
        return None
    password = new_password()
    try:
        accounts.add_user(name=ADMIN, password=password, role=Role.ADMIN, language=Language.ZH_CN, now=now)
    except NameTaken:  # another collector on the same database was quicker
        return None
    return password


def _ensure_token(accounts: Accounts, path: Path, now: datetime) -> None:
    if path.exists():
        token = accounts.check_token(path.read_text(encoding="utf-8", errors="replace").strip(), now)
        if token is not None and token.role is Role.ADMIN:
            path.chmod(OWNER_ONLY)
            return
    _, text = accounts.add_token(name=_TOKEN_NAME, role=Role.ADMIN, now=now)
    write_private(path, text + "\n")
