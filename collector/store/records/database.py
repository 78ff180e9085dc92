"""The records database: SQLite in a file, or PostgreSQL. Comes in: its URL. Goes out: sessions.

A session reads and writes in one transaction. On SQLite it takes the write lock at its start, so that what it read
still holds when it writes; `read_only` sessions take none and never wait.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from collector.store.errors import StoreError, StoreNotWritable
from collector.store.records.migrate import keep_copy, migrate, needs_migration
from collector.store.records.trouble import told

_BUSY_MS: Final = 10_000
_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {_BUSY_MS}")
_READ_ONLY: Final = {"roomtone_read_only": True}


class Records:
    """An open records database of this version's shape."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**_READ_ONLY)
        self._where = engine.url.render_as_string(hide_password=True)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database at an SQLAlchemy URL (`sqlite:///FILE`, `postgresql://USER@HOST/NAME`), made if need be.

        `sqlite://` is an empty one in memory, which is gone when it is closed.

        Raises:
            StoreTooNew: a newer Roomtone wrote it.
            StoreError: it cannot be used; the sentence says why and what to do.
        """
        parsed = _parsed(url)
        engine = _engine(parsed)
        if _is_in_memory(parsed):
            _fill(engine)
            return cls(engine)
        file = _file_of(parsed)
        if file is not None:
            _make_private(file)
        records = cls(engine)
        try:
            with told(records._where):
                _bring_up(engine, file, records._where)
        except BaseException:
            engine.dispose()
            raise
        return records

    @property
    def dialect(self) -> str:
        """The name of the database's kind: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        """Yield a session; what it does not commit is undone. Raises StoreError where the database does not play."""
        with told(self._where), Session(self._reading if read_only else self._engine) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session that is committed at the end, or undone when something is raised."""
        with self.session() as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"{url!r} is no database URL; give sqlite:///FILE or postgresql://USER@HOST/NAME") from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"records cannot be kept in {parsed.drivername}; give sqlite:///FILE or postgresql://...")
    return parsed


def _is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _file_of(url: URL) -> Path | None:
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


@cache
def _empty() -> bytes:
    """Return an empty SQLite database of this version's shape: a process that makes many migrates once."""
    engine = _engine(make_url("sqlite://"))
    _bring_up(engine, None, "in memory")
    with engine.connect() as connection:
        empty = _raw(connection).serialize()
    engine.dispose()
    return empty


def _fill(engine: Engine) -> None:
    with engine.execution_options(**_READ_ONLY).connect() as connection:
        connection.rollback()
        _raw(connection).deserialize(_empty())


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - of the dialect that the caller chose
    return raw


def _make_private(file: Path) -> None:
    """Make sure that nobody but its owner can read the file, from its first moment on."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        file.chmod(0o600)
    except OSError as error:
        raise StoreNotWritable(
            f"the records database {file} cannot be opened: {error.strerror or error}; "
            f"make the file and its folder writable for this user, or choose another folder"
        ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True)
    if _is_in_memory(url):
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Leave transactions to `_begin`, and set what each connection needs."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("roomtone_read_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _bring_up(engine: Engine, file: Path | None, where: str) -> None:
    with engine.execution_options(**_READ_ONLY).connect() as connection:
        older = needs_migration(connection, where)
    if older is not None and file is not None:
        keep_copy(file, older)
    with engine.begin() as connection:
        migrate(connection)
