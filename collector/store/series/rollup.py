"""Daily roll-ups: what a whole day of readings comes to, so that a quarter is summed instead of read.

Comes in: sealed files. Goes out: one Parquet file a day (of UTC), a row a series and grid value of the sketch: how many
readings, their least, greatest and sum, and the terms of a slope (time in seconds since the day began).

A roll-up names the last file that went into it. What was sealed later, and what is not sealed yet, is read beside it:
nothing counts twice, and late readings make none of it wrong.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from collector.store.errors import StoreError
from collector.store.series import parquet
from collector.store.series.hot import HotStore
from collector.store.series.instants import HOUR_US, instant, microseconds
from collector.store.series.sketch import key_of

DAY_US: Final = 24 * HOUR_US
# A day to which late readings were added is rolled up again, but not more often than this.
AGAIN_AFTER: Final = timedelta(hours=6)
_READERS_LEAVE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rollup:
    """Day `day` since 1970, of the files up to number `file` that hold readings of it."""

    day: int
    path: str
    file: int
    made_us: int


def rollups(cursor: duckdb.DuckDBPyConnection) -> list[Rollup]:
    """Return the roll-ups that there are, by day."""
    return [
        Rollup(*row) for row in cursor.execute("SELECT day, path, file, made_us FROM rollups ORDER BY day").fetchall()
    ]


def rows_of(source: str, day: int | None = None) -> str:
    """Return the query that gives the rows of a roll-up from readings; without a day, times count from 1970."""
    seconds = f"(at_us - {(day or 0) * DAY_US}) / 1e6"
    return (
        f"SELECT series, key, count(*) AS n, min(value) AS low, max(value) AS high, sum(value) AS total, sum(t) AS t, "
        f"sum(t * t) AS tt, sum(t * value) AS tv "
        f"FROM (SELECT series, value, {key_of('value')} AS key, {seconds} AS t FROM {source}) GROUP BY series, key"
    )


def quoted(path: Path) -> str:
    """Return a path as SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


class Roller:
    """Rolls days up once all their hours are sealed. One at a time, beside the sealer."""

    def __init__(self, store: HotStore, *, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self._store = store
        self._is_stopping = is_stopping
        self._replaced: list[tuple[datetime, Path]] = []

    def tidy(self) -> None:
        """Forget roll-ups whose file is gone: they are made again."""
        with self._store.reading() as cursor:
            gone = [one.day for one in rollups(cursor) if not (self._store.archive / one.path).exists()]
        if gone:
            with self._store.exclusive() as connection:
                connection.execute(f"DELETE FROM rollups WHERE day IN ({', '.join(map(str, gone))})")

    def run(self, now: datetime, *, most: int = 1) -> int:
        """Roll up at most so many days; return how many.

        Raises:
            StoreError: a roll-up could not be made; what there was stays.
        """
        self._forget_replaced(now)
        made = 0
        for day in self._due(now):
            if made == most or self._is_stopping():
                break
            self._roll_up(day, now)
            made += 1
        return made

    def _due(self, now: datetime) -> Iterator[int]:
        now_us = microseconds(now)
        with self._store.reading() as cursor:
            known = {one.day: one for one in rollups(cursor)}
            open_days = {
                hour * HOUR_US // DAY_US
                for (hour,) in cursor.execute("SELECT hour FROM parts WHERE hour IS NOT NULL").fetchall()
            }
            newest: dict[int, int] = {}
            for file, first_us, last_us in cursor.execute("SELECT file, first_us, last_us FROM archive").fetchall():
                for day in range(first_us // DAY_US, last_us // DAY_US + 1):
                    newest[day] = max(newest.get(day, 0), file)
        for day in sorted(newest):
            if day in open_days or (day + 1) * DAY_US > now_us:
                continue
            rollup = known.get(day)
            if rollup is None or (
                newest[day] > rollup.file and now_us - rollup.made_us >= AGAIN_AFTER // timedelta(microseconds=1)
            ):
                yield day

    def _forget_replaced(self, now: datetime) -> None:
        """Remove what was replaced once nobody can still be reading it."""
        for at, path in self._replaced:
            if now - at >= _READERS_LEAVE:
                path.unlink(missing_ok=True)
        self._replaced = [(at, path) for at, path in self._replaced if now - at < _READERS_LEAVE]

    def _roll_up(self, day: int, now: datetime) -> None:
        start_us, end_us = day * DAY_US, (day + 1) * DAY_US
        with self._store.reading() as cursor:
            files = cursor.execute(
                "SELECT file, path FROM archive WHERE last_us >= ? AND first_us < ? ORDER BY file", [start_us, end_us]
            ).fetchall()
            paths = [self._store.archive / path for _, path in files]
            there = [path for path in paths if path.exists()]
            last = max(file for file, _ in files)
            relative = f"{instant(start_us):%Y-%m-%d}/day-{last}.parquet"
            source = f"read_parquet([{', '.join(map(quoted, there))}], hive_partitioning = false)"
            within = f"(SELECT series, at_us, value FROM {source} WHERE at_us >= {start_us} AND at_us < {end_us})"
            query = f"{rows_of(within if there else '(SELECT * FROM latest WHERE false)', day)} ORDER BY series, key"
            try:
                parquet.copy(cursor, query, self._store.archive / relative)
            except OSError as error:
                raise parquet.not_writable(self._store.archive, error) from error
        try:
            with self._store.exclusive() as connection:
                replaced = connection.execute("SELECT path FROM rollups WHERE day = ?", [day]).fetchall()
                connection.execute("DELETE FROM rollups WHERE day = ?", [day])
                connection.execute("INSERT INTO rollups VALUES (?, ?, ?, ?)", [day, relative, last, microseconds(now)])
        except StoreError:
            (self._store.archive / relative).unlink(missing_ok=True)
            raise
        self._replaced += [(now, self._store.archive / path) for (path,) in replaced if path != relative]
