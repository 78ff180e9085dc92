"""Sealing: parts of the hot store whose hour is over become sorted Parquet files.

The file is finished first; then one transaction enters it in the manifest and drops the part. A crash between the two
leaves a file that no manifest names, which the next start removes. Readers see the part or the file, never both.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from collector.store.errors import StoreError
from collector.store.series import batches, parquet
from collector.store.series.hot import HotStore
from collector.store.series.instants import HOUR_US, instant, microseconds
from collector.store.series.rollup import rollups
from collector.store.series.schema import part_table

# A part takes no readings for this long before it is sealed, so that what it holds has been classified.
SETTLE: Final = timedelta(seconds=60)
# Late readings are sealed when so many have come, or this long after the first.
LATE_READINGS: Final = 5_000_000
LATE_AFTER: Final = timedelta(hours=1)
# Commits and events older than this are forgotten; a restart classifies from far later.
REMEMBERED: Final = timedelta(days=7)


class Sealer:
    """Moves hours that are over from the hot store to its archive. One at a time; call `run` every minute or so."""

    def __init__(
        self,
        store: HotStore,
        *,
        settle: timedelta = SETTLE,
        late_after: timedelta = LATE_AFTER,
        late_readings: int = LATE_READINGS,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._settle = settle
        self._late_after = late_after
        self._late_readings = late_readings
        self._is_stopping = is_stopping
        self._closed: dict[int, datetime] = {}
        self._late_seen: dict[int, datetime] = {}

    def tidy(self) -> list[Path]:
        """Remove files that no manifest names and return those that the manifest names in vain.

        To be called once, before the first `run`.

        Raises:
            StoreError: the archive cannot be written to.
        """
        with self._store.reading() as cursor:
            named = {row[0] for row in cursor.execute("SELECT path FROM archive").fetchall()}
            kept = named | {one.path for one in rollups(cursor)}
        archive = self._store.archive
        try:
            for path in archive.rglob("*.parquet*"):
                if path.relative_to(archive).as_posix() not in kept:
                    path.unlink()
        except OSError as error:
            raise parquet.not_writable(archive, error) from error
        return [archive / path for path in sorted(named) if not (archive / path).exists()]

    def run(self, now: datetime) -> int:
        """Close the parts whose hour is over, seal those that have settled; return how many became files.

        Raises:
            StoreError: a part could not be sealed; its readings are where they were.
        """
        sealed = 0
        for part, hour in self._due(now):
            if self._is_stopping():
                break
            sealed += self._seal(part, hour)
        self._forget(now)
        return sealed

    def _due(self, now: datetime) -> list[tuple[int, int | None]]:
        with self._store.reading() as cursor:
            parts = batches.parts(cursor)
            over = [(part, hour) for part, hour in parts if self._is_over(cursor, part, hour, now)]
        fresh = [part for part, _ in over if part not in self._closed]
        if fresh:
            self._store.close_parts(fresh)
            self._closed |= dict.fromkeys(fresh, now)
        known = {part for part, _ in parts}
        self._closed = {part: at for part, at in self._closed.items() if part in known}
        self._late_seen = {part: at for part, at in self._late_seen.items() if part in known}
        return [(part, hour) for part, hour in over if self._closed[part] + self._settle <= now]

    def _is_over(self, cursor: duckdb.DuckDBPyConnection, part: int, hour: int | None, now: datetime) -> bool:
        if part in self._closed:
            return True
        if hour is not None:
            return hour < self._store.oldest_open_hour(now)
        if self._late_seen.setdefault(part, now) + self._late_after <= now:
            return True
        row = cursor.execute(f"SELECT count(*) FROM {part_table(part)}").fetchone()
        return row is not None and row[0] >= self._late_readings

    def _seal(self, part: int, hour: int | None) -> int:
        table = part_table(part)
        with self._store.reading() as cursor:
            # Fetched to the end: DuckDB hands out nothing as Arrow while an earlier answer is unfinished.
            ((first_us, file),) = cursor.execute(
                f"SELECT min(at_us), (SELECT coalesce(max(file), 0) + 1 FROM archive) FROM {table}"
            ).fetchall()
            path = _relative_path(first_us, hour, file)
            try:
                written = parquet.write(cursor, table, self._store.archive / path)
            except OSError as error:
                raise parquet.not_writable(self._store.archive, error) from error
            newest: pa.Table = cursor.sql(batches.newest([table])).to_arrow_table()
        try:
            with self._store.exclusive() as connection:
                if written is not None:
                    connection.execute(
                        "INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?)",
                        [file, path, written.first_us, written.last_us, written.readings, written.bytes],
                    )
                    _remember_newest(connection, newest)
                connection.execute("DELETE FROM parts WHERE part = ?", [part])
                connection.execute(f"DROP TABLE {table}")
        except StoreError:
            (self._store.archive / path).unlink(missing_ok=True)
            raise
        return int(written is not None)

    def _forget(self, now: datetime) -> None:
        before_us = microseconds(now - REMEMBERED)
        with self._store.reading() as cursor:
            row = cursor.execute("SELECT min(at_us), max(number) FROM commits").fetchone()
        # Once a day: a delete rewrites what it touches.
        if row is None or row[0] is None or row[0] >= before_us - 24 * HOUR_US:
            return
        with self._store.exclusive() as connection:
            connection.execute("DELETE FROM commits WHERE at_us < ? AND number < ?", [before_us, row[1]])
            connection.execute("DELETE FROM events WHERE number < (SELECT min(number) FROM commits)")


def _relative_path(first_us: int | None, hour: int | None, file: int) -> str:
    begin_us = hour * HOUR_US if hour is not None else first_us or 0
    kind = "" if hour is not None else "-late"
    return f"{instant(begin_us):%Y-%m-%d/%H}{kind}-{file}.parquet"


def _remember_newest(connection: duckdb.DuckDBPyConnection, newest: pa.Table) -> None:
    connection.register("newest_of_part", newest)
    try:
        connection.execute(f"CREATE TABLE latest_merged AS {batches.newest(['latest', 'newest_of_part'])}")
    finally:
        connection.unregister("newest_of_part")
    connection.execute("DROP TABLE latest")
    connection.execute("ALTER TABLE latest_merged RENAME TO latest")
