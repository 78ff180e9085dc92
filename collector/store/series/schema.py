"""The tables of the hot store, and the version they are of.

Readings lie in `part_N` tables: one for each hour of reading time that is still open, and one for what arrives late
(`parts.hour` NULL). No table has a key: DuckDB appends 18 times faster without one. Instants are microseconds since
1970 (`*_us`), hours are whole hours since 1970.
"""

from typing import Final

import duckdb

from collector.store.errors import StoreTooNew

SCHEMA_VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE meta (name VARCHAR, value VARCHAR);
CREATE TABLE series (id INTEGER, device VARCHAR, metric VARCHAR, instance VARCHAR, unit VARCHAR);
CREATE TABLE commits (number BIGINT, at_us BIGINT);
CREATE TABLE events (number BIGINT, body VARCHAR);
CREATE TABLE watermarks (node VARCHAR, epoch VARCHAR, first BIGINT, last BIGINT, at_us BIGINT);
CREATE TABLE parts (part INTEGER, hour BIGINT);
CREATE TABLE archive (file BIGINT, path VARCHAR, first_us BIGINT, last_us BIGINT, readings BIGINT, bytes BIGINT);
CREATE TABLE latest (series INTEGER, at_us BIGINT, value DOUBLE, historical BOOLEAN);
"""

# Added since the first version; whoever does not know them does without.
_ADDED: Final = """
CREATE TABLE IF NOT EXISTS rollups (day BIGINT, path VARCHAR, file BIGINT, made_us BIGINT);
"""

PART_COLUMNS: Final = "series INTEGER, at_us BIGINT, value DOUBLE, historical BOOLEAN, number BIGINT"


def part_table(part: int) -> str:
    """Return the name of a part's table."""
    return f"part_{part}"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables where there are none.

    Raises:
        StoreTooNew: the tables are of a later version than this program knows.
    """
    known = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'").fetchone()
    if known == (0,):
        connection.execute("BEGIN")
        connection.execute(_TABLES)
        connection.execute(_ADDED)
        connection.execute("INSERT INTO meta VALUES ('schema', ?)", [str(SCHEMA_VERSION)])
        connection.execute("COMMIT")
        return
    row = connection.execute("SELECT max(value::INTEGER) FROM meta WHERE name = 'schema'").fetchone()
    version = row[0] if row else None
    if version is None or version > SCHEMA_VERSION:
        raise StoreTooNew(
            f"the readings were stored by a newer Roomtone (schema {version}, this one knows {SCHEMA_VERSION}). "
            "Nothing was changed. Start the newer version, or choose another data directory."
        )
    connection.execute(_ADDED)
