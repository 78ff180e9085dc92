"""The hot store: what ingest took is kept here, exactly once, before anybody is told that it is.

Comes in: readings, new series, events and watermarks, handed over as one commit. Goes out: the number of the commit.
One process holds the file; inside it any thread may read on a cursor of its own while another commits or seals.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

import contextlib
import shutil
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import duckdb
import numpy as np
import pyarrow as pa

from collector.core.model import Batch, Event, Readings, Series
from collector.store.errors import StoreError, StoreNotWritable
from collector.store.series import batches, watermarks
from collector.store.series.instants import microseconds
from collector.store.series.opening import DirectoryLock, connect, explain
from collector.store.series.parts import Hour, Parts
from collector.store.series.schema import PART_COLUMNS, part_table
from collector.store.series.watermarks import Watermark

ARCHIVE: Final = "archive"

# Below this much free disk nothing more is stored: a database that hits the end of its disk has to be reopened.
RESERVE_BYTES: Final = 64 << 20
# Appended watermark rows after which they are merged while running.
_MERGE_AFTER_ROWS: Final = 500_000
# How long a broken database waits for its readers to leave.
_READERS_LEAVE_S: Final = 30.0


class HotStore:
    """Readings of the last hours in `DIR/hot.duckdb`, with the registry of series and what is stored of each outbox."""

    def __init__(
        self,
        directory: Path,
        lock: DirectoryLock,
        connection: duckdb.DuckDBPyConnection,
        *,
        hot_hours: int,
        memory_limit: str,
        reserve_bytes: int,
    ) -> None:
        """Use `open`."""
        self.directory = directory
        self.archive = directory / ARCHIVE
        self._directory_lock = lock
        self._hot_hours = hot_hours
        self._memory_limit = memory_limit
        self._reserve_bytes = reserve_bytes
        self._writing = threading.RLock()
        self._access = threading.Condition()
        self._readers = 0
        self._connection: duckdb.DuckDBPyConnection | None = connection
        self._doubtful: tuple[int, Readings, Sequence[Watermark]] | None = None
        self._appended_rows = 0
        self._last = 0
        self._parts = Parts((), hot_hours=hot_hours)
        self._load(connection)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        hot_hours: int = 2,
        memory_limit: str = "1GB",
        reserve_bytes: int = RESERVE_BYTES,
    ) -> Self:
        """Return the store of a directory, made where there is none.

        `hot_hours` past hours stay in the database beside the running one; older ones are for the sealer.

        Raises:
            StoreError: in use, of a newer version, not writable, damaged: in a sentence that says what to do.
        """
        lock = DirectoryLock(directory)
        try:
            connection = connect(directory, memory_limit=memory_limit)
            try:
                if shutil.disk_usage(directory).free >= reserve_bytes:
                    watermarks.merge_now(connection)
                return cls(
                    directory,
                    lock,
                    connection,
                    hot_hours=hot_hours,
                    memory_limit=memory_limit,
                    reserve_bytes=reserve_bytes,
                )
            except duckdb.Error as error:
                connection.close()
                raise explain(error, directory) from error
        except StoreError:
            lock.release()
            raise

    # ------------------------------------------------------------ writing

    def commit(
        self,
        *,
        readings: Readings,
        series: Sequence[Series] = (),
        watermarks: Sequence[Watermark] = (),
        events: Sequence[Event] = (),
        at: datetime,
    ) -> int:
        """Store all of it in one transaction and return the commit's number, 1 higher than the last.

        A commit that failed may be handed in again as it was; it is stored once.

        Raises:
            StoreError: nothing was stored; readings go on being readable where the disk allows.
        """
        with self._writing:
            connection = self._usable()
            done = self._settled(readings, watermarks)
            if done is not None:
                return done
            self._check_room()
            number = self._last + 1
            made: list[tuple[Hour, int]] = []
            try:
                connection.execute("BEGIN")
                self._insert_readings(connection, readings, number, at, made)
                self._insert_rest(connection, series, watermarks, events, number, microseconds(at))
                connection.execute("COMMIT")
            except duckdb.Error as error:
                self._doubtful = (number, readings, watermarks)
                self._recover(connection, error)
                done = self._settled(readings, watermarks)
                if done is None:
                    raise explain(error, self.directory) from error
                return done
            self._last = number
            for hour, part in made:
                self._parts.made(hour, part)
            self._merge_now_and_then(connection, len(watermarks))
            return number

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the connection inside a transaction of its own, while nothing else is written.

        Raises:
            StoreError: the transaction failed and changed nothing.
        """
        with self._writing:
            connection = self._usable()
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            except duckdb.Error as error:
                self._recover(connection, error)
                raise explain(error, self.directory) from error
            except BaseException:
                _roll_back(connection)
                raise

    def close_parts(self, parts: Sequence[int]) -> None:
        """Send no further readings to these parts."""
        with self._writing:
            for part in parts:
                self._parts.close(part)

    def oldest_open_hour(self, now: datetime) -> int:
        """Return the oldest hour (since 1970) whose readings are not late at `now`."""
        return self._parts.oldest_open_hour(now)

    # ------------------------------------------------------------ reading

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor in one read transaction: what it lists, it can query, whatever is sealed meanwhile.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._access:
            if self._connection is None:
                raise StoreError(f"{self.directory}: the store of readings is closed")
            cursor = self._connection.cursor()
            self._readers += 1
        try:
            cursor.execute("BEGIN")
            yield cursor
            cursor.execute("COMMIT")
        except duckdb.Error as error:
            raise explain(error, self.directory) from error
        finally:
            with contextlib.suppress(duckdb.Error):
                cursor.close()
            with self._access:
                self._readers -= 1
                self._access.notify_all()

    def last_commit(self) -> int:
        """Return the number of the newest commit, 0 where there is none."""
        return self._last

    def all_series(self) -> list[Series]:
        """Return every series ever registered, by id."""
        with self.reading() as cursor:
            return batches.all_series(cursor)

    def watermarks(self) -> list[Watermark]:
        """Return what is done of every epoch, as ranges in order."""
        with self.reading() as cursor:
            return list(watermarks.stored(cursor))

    def batches_after(self, commit: int) -> Iterator[Batch]:
        """Give the commits after `commit`, in order, as they were taken: for a restart to classify.

        Sealing may start only when these have been read.
        """
        with self.reading() as cursor:
            yield from batches.after(cursor, commit)

    def latest(self) -> Readings:
        """Return the newest reading of each series; a live one is preferred to backlog."""
        with self.reading() as cursor:
            return batches.latest(cursor)

    def close(self) -> None:
        """Write out what is pending and give the directory free."""
        with self._writing:
            self._disconnect()
            self._directory_lock.release()

    # ------------------------------------------------------------ inside

    def _load(self, connection: duckdb.DuckDBPyConnection) -> None:
        row = connection.execute("SELECT coalesce(max(number), 0) FROM commits").fetchone()
        self._last = row[0] if row else 0
        self._parts = Parts(connection.execute("SELECT part, hour FROM parts").fetchall(), hot_hours=self._hot_hours)

    def _usable(self) -> duckdb.DuckDBPyConnection:
        """Return the connection, made anew where an error had cost us the last."""
        if self._connection is None:
            connection = connect(self.directory, memory_limit=self._memory_limit)
            with self._access:
                self._connection = connection
            self._load(connection)
        return self._connection

    def _settled(self, readings: Readings, marks: Sequence[Watermark]) -> int | None:
        """Return the number of a commit that failed and yet was stored, when it is handed in again."""
        doubtful = self._doubtful
        if doubtful is None or self._connection is None:
            return None
        number, former_readings, former_marks = doubtful
        self._doubtful = None
        if number <= self._last and former_readings is readings and former_marks is marks:
            return number
        return None

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.directory).free
        if free < self._reserve_bytes:
            raise StoreNotWritable(
                f"{self.directory}: the disk has {free >> 20} MB left, {self._reserve_bytes >> 20} MB are kept free. "
                "Nothing of this was stored; readings wait in the agents' outboxes. Free some space; storing goes on "
                "by itself."
            )

    def _insert_readings(
        self,
        connection: duckdb.DuckDBPyConnection,
        readings: Readings,
        number: int,
        at: datetime,
        made: list[tuple[Hour, int]],
    ) -> None:
        for hour, mask in self._parts.route(readings.at_us, at):
            part, is_new = self._parts.part_of(hour)
            part += len(made) if is_new else 0
            if is_new:
                connection.execute(f"CREATE TABLE {part_table(part)} ({PART_COLUMNS})")
                connection.execute("INSERT INTO parts VALUES (?, ?)", [part, hour])
                made.append((hour, part))
            chosen = readings if mask is None else _where(readings, mask)
            _insert(connection, part_table(part), _readings_table(chosen, number))

    def _insert_rest(
        self,
        connection: duckdb.DuckDBPyConnection,
        series: Sequence[Series],
        marks: Sequence[Watermark],
        events: Sequence[Event],
        number: int,
        at_us: int,
    ) -> None:
        if series:
            _insert(connection, "series", batches.series_table(series))
        if marks:
            _insert(connection, "watermarks", watermarks.as_table(marks, at_us))
        if events:
            _insert(connection, "events", batches.events_table(events, number))
        connection.execute(f"INSERT INTO commits VALUES ({number}, {at_us})")

    def _merge_now_and_then(self, connection: duckdb.DuckDBPyConnection, rows: int) -> None:
        self._appended_rows += rows
        if self._appended_rows < _MERGE_AFTER_ROWS:
            return
        self._appended_rows = 0
        try:
            watermarks.merge_now(connection)
        except duckdb.Error as error:
            self._recover(connection, error)

    def _recover(self, connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> None:
        """Leave the failed transaction; a database that declared itself invalid is opened again."""
        _roll_back(connection)
        if not isinstance(error, duckdb.FatalException | duckdb.InternalException):
            return
        self._disconnect()
        with contextlib.suppress(StoreError):
            self._usable()

    def _disconnect(self) -> None:
        """Close the connection when the last reader has left; new ones are turned away."""
        with self._access:
            connection, self._connection = self._connection, None
            self._access.wait_for(lambda: self._readers == 0, timeout=_READERS_LEAVE_S)
        if connection is not None:
            with contextlib.suppress(duckdb.Error):
                connection.close()


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    with contextlib.suppress(duckdb.Error):
        connection.execute("ROLLBACK")


def _where(readings: Readings, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Readings:
    return Readings(readings.series[mask], readings.at_us[mask], readings.value[mask], readings.historical[mask])


def _readings_table(readings: Readings, number: int) -> pa.Table:
    return pa.table(
        {
            "series": readings.series,
            "at_us": readings.at_us,
            "value": readings.value,
            "historical": readings.historical,
            "number": np.full(len(readings), number, np.int64),
        }
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    try:
        connection.execute(f"INSERT INTO {table} SELECT * FROM incoming")
    finally:
        with contextlib.suppress(duckdb.Error):
            connection.unregister("incoming")
