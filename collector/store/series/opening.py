"""Opening the hot store's file: one process at a time, and a sentence where it cannot be had.

Comes in: a directory. Goes out: a held lock and a DuckDB connection.
"""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

import duckdb

from collector.store.errors import StoreDamaged, StoreError, StoreInUse, StoreNotWritable, StoreTooNew
from collector.store.series.schema import prepare

FILE: Final = "hot.duckdb"
LOCK: Final = "hot.lock"

_FULL: Final = ("No space left", "File too large", "Disk quota", "Out of space")
_READ_ONLY: Final = ("Read-only file system", "Permission denied", "read-only mode", "Operation not permitted")


class DirectoryLock:
    """The right to use a data directory, held until released or until the process ends."""

    def __init__(self, directory: Path) -> None:
        """Take the lock; makes the directory where there is none.

        Raises:
            StoreInUse: another collector holds it.
            StoreNotWritable: the directory cannot be made or written to.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise not_writable(directory, error.strerror or str(error)) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise in_use(directory) from error
            raise not_writable(directory, error.strerror or str(error)) from error

    def release(self) -> None:
        """Let others have the directory."""
        os.close(self._descriptor)


def connect(directory: Path, *, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """Return a connection to the directory's file, its tables made and of our version.

    Raises:
        StoreError: in a sentence, why not.
    """
    connection = None
    try:
        connection = duckdb.connect(
            str(directory / FILE),
            config={
                "memory_limit": memory_limit,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        prepare(connection)
    except duckdb.Error as error:
        if connection is not None:
            with contextlib.suppress(duckdb.Error):
                connection.close()
        raise explain(error, directory) from error
    except StoreError:
        if connection is not None:
            connection.close()
        raise
    return connection


def explain(error: duckdb.Error, directory: Path) -> StoreError:
    """Return what a DuckDB error means for the person who runs the collector."""
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        return in_use(directory)
    if any(sign in text for sign in _FULL):
        return StoreNotWritable(
            f"{directory}: the disk is full. Nothing of this was stored; readings wait in the agents' outboxes. "
            "Free some space; storing goes on by itself."
        )
    if any(sign in text for sign in _READ_ONLY):
        return not_writable(directory, text.splitlines()[0])
    if "version number" in text and "database file" in text:
        return StoreTooNew(
            f"{directory / FILE} was written by a newer DuckDB. Nothing was changed. "
            f"Start the Roomtone that wrote it, or choose another data directory. ({text.splitlines()[0]})"
        )
    if "not a valid DuckDB database" in text or isinstance(error, duckdb.SerializationException):
        return StoreDamaged(
            f"{directory / FILE} is not a readable database. Restore it from a backup, or move it away to begin anew. "
            f"({text.splitlines()[0]})"
        )
    return StoreError(f"{directory}: the store of readings failed, nothing of this was stored: {text.splitlines()[0]}")


def in_use(directory: Path) -> StoreInUse:
    return StoreInUse(
        f"{directory} is in use by another collector. Nothing was changed. Stop the other one, or choose another "
        "data directory."
    )


def not_writable(directory: Path, why: str) -> StoreNotWritable:
    return StoreNotWritable(
        f"{directory} cannot be written to ({why}). Nothing was stored. Give this account the right to write there, "
        "or choose another data directory."
    )
