"""The database's shape: brought up to this version's, or refused when a newer version made it.

Migrations are in `migrations/versions`, run by Alembic in one transaction. Before an older SQLite file is changed, a
copy of it is kept beside it.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from collector.store.errors import StoreTooNew

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_ONE_AT_A_TIME: Final = 0x524F4F4D  # any number: the PostgreSQL lock that migrations of Roomtone take


def migrations() -> ScriptDirectory:
    """Return the migrations that this version knows."""
    return ScriptDirectory(str(_MIGRATIONS))


def needs_migration(connection: Connection, where: str) -> str | None:
    """Return the revision of an older database that holds something; None for a new one or one that fits.

    Raises:
        StoreTooNew: a newer version of Roomtone made it.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    known = migrations()
    if revision is None:
        return None
    try:
        known.get_revision(revision)
    except CommandError as error:
        raise StoreTooNew(
            f"the records database {where} was written by a newer Roomtone (its shape is {revision}, this version "
            f"knows up to {known.get_current_head()}): start that version, or put back the copy that it made before "
            f"it changed the file"
        ) from error
    return None if revision == known.get_current_head() else revision


def migrate(connection: Connection) -> None:
    """Bring the database to this version's shape, within the transaction that `connection` is in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_AT_A_TIME})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def keep_copy(file: Path, revision: str) -> Path:
    """Copy an SQLite database of an older shape and return where to; readable by its owner alone."""
    copy = file.with_name(f"{file.name}.{revision}")
    draft = copy.with_name(copy.name + ".new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    draft.replace(copy)
    return copy
