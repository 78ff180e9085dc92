"""Reading the stored past: hot hours and archive as one, each question in one transaction.

Comes in: series and a span [start, end). Goes out: buckets for a chart, single readings, or the figures of a period.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from collector.core.model import Readings, SeriesId, no_readings
from collector.store.errors import StoreError
from collector.store.series.figures import Extremes, Summary, extremes, summed, usable_rollups
from collector.store.series.hot import HotStore
from collector.store.series.instants import HOUR_US, microseconds
from collector.store.series.rollup import quoted
from collector.store.series.schema import part_table

MAX_POINTS: Final = 20_000
_COLUMNS: Final = "series, at_us, value, historical"


@dataclass(frozen=True, slots=True)
class Buckets:
    """Columns of equal length, one row a bucket. `at_us` is where the bucket begins, microseconds since 1970.

    A bucket without a reading has n 0 and NaN for the rest.
    """

    at_us: NDArray[np.int64]
    n: NDArray[np.int64]
    min: NDArray[np.float64]
    mean: NDArray[np.float64]
    max: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Raw:
    """Single readings by time: `at_us` microseconds since 1970, `value`."""

    at_us: NDArray[np.int64]
    value: NDArray[np.float64]


class SeriesReader:
    """Answers questions about the past from any thread; never waits for a commit or for sealing."""

    def __init__(self, store: HotStore) -> None:
        self._store = store

    def buckets(self, series: SeriesId, start: datetime, end: datetime, points: int) -> Buckets:
        """Return the span cut into `points` equal buckets.

        Raises:
            StoreError: the store cannot be read.
            ValueError: the span is empty, or `points` is not 1..20,000.
        """
        start_us, end_us = microseconds(start), microseconds(end)
        if end_us <= start_us:
            raise ValueError("the span ends before it begins")
        if not 1 <= points <= MAX_POINTS:
            raise ValueError(f"points must be 1 to {MAX_POINTS}")
        span_us = end_us - start_us
        found = self._ask(
            [series],
            start_us,
            end_us,
            f"SELECT ((at_us - {start_us})::HUGEINT * {points} // {span_us})::INTEGER AS bucket, count(*) AS n, "
            "min(value) AS low, avg(value) AS mean, max(value) AS high FROM {source} GROUP BY bucket",
        )
        bucket = np.asarray(found["bucket"], np.int64)
        n = np.zeros(points, np.int64)
        n[bucket] = found["n"]
        columns = []
        for name in ("low", "mean", "high"):
            column = np.full(points, np.nan)
            column[bucket] = found[name]
            columns.append(column)
        # Rounded up: a reading belongs to the bucket whose begin it has reached.
        at_us = start_us + np.array([-(-i * span_us // points) for i in range(points)], np.int64)
        return Buckets(at_us, n, *columns)

    def raw(self, series: SeriesId, start: datetime, end: datetime, *, limit: int | None = None) -> Raw:
        """Return each reading of the span by time; with a `limit`, the first so many.

        Raises:
            StoreError: the store cannot be read.
        """
        tail = "" if limit is None else f" LIMIT {int(limit)}"
        found = self._ask(
            [series],
            microseconds(start),
            microseconds(end),
            "SELECT at_us, value FROM {source} ORDER BY at_us" + tail,
        )
        return Raw(np.asarray(found["at_us"], np.int64), np.asarray(found["value"], np.float64))

    def summary(self, series: Iterable[SeriesId], start: datetime, end: datetime) -> list[Summary]:
        """Return the figures of each series that has a reading in the span, by series.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = sorted(set(series))
        if not wanted:
            return []
        start_us, end_us = microseconds(start), microseconds(end)
        with self._store.reading() as cursor:
            days = usable_rollups(cursor, self._store.archive, start_us, end_us)
            if days:
                return summed(cursor, self._store.archive, wanted, start_us, end_us, days)
        found = self._ask(
            wanted,
            start_us,
            end_us,
            "SELECT series, count(*) AS n, min(value) AS low, avg(value) AS mean, quantile_cont(value, 0.95) AS p95, "
            "max(value) AS high FROM {source} GROUP BY series ORDER BY series",
        )
        names = ("series", "n", "low", "mean", "p95", "high")
        return [
            Summary(series=SeriesId(one), n=n, min=low, mean=mean, p95=p95, max=high)
            for one, n, low, mean, p95, high in zip(*(found[name].tolist() for name in names), strict=True)
        ]

    def extremes(self, series: Iterable[SeriesId], start: datetime, end: datetime) -> Extremes:
        """Return the least and greatest of each day of UTC of each series in the span.

        Raises:
            StoreError: the store cannot be read.
        """
        start_us, end_us = microseconds(start), microseconds(end)
        with self._store.reading() as cursor:
            days = usable_rollups(cursor, self._store.archive, start_us, end_us)
            return extremes(cursor, self._store.archive, sorted(set(series)), start_us, end_us, days)

    def thinned(self, series: Iterable[SeriesId], start: datetime, end: datetime, step: timedelta) -> Readings:
        """Return one reading of each series a step, its last there, by time.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = sorted(set(series))
        if not wanted:
            return no_readings()
        step_us = max(step // timedelta(microseconds=1), 1)
        found = self._ask(
            wanted,
            microseconds(start),
            microseconds(end),
            "SELECT series, max(at_us) AS at_us, arg_max(value, at_us) AS value FROM {source} "
            f"GROUP BY series, at_us // {step_us} ORDER BY at_us",
        )
        count = len(found["series"])
        return Readings(
            np.asarray(found["series"], np.int32),
            np.asarray(found["at_us"], np.int64),
            np.asarray(found["value"], np.float64),
            np.zeros(count, np.bool_),
        )

    def readings(self, series: Iterable[SeriesId], start: datetime, end: datetime) -> Readings:
        """Return each reading of some series in the span, by time.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = sorted(set(series))
        if not wanted:
            return no_readings()
        question = f"SELECT {_COLUMNS} FROM {{source}} ORDER BY at_us, series"
        found = self._ask(wanted, microseconds(start), microseconds(end), question)
        return Readings(
            np.asarray(found["series"], np.int32),
            np.asarray(found["at_us"], np.int64),
            np.asarray(found["value"], np.float64),
            np.asarray(found["historical"], np.bool_),
        )

    def _ask(
        self, series: Sequence[SeriesId], start_us: int, end_us: int, question: str
    ) -> dict[str, NDArray[np.generic]]:
        missing: frozenset[str] = frozenset()
        for attempt in (1, 2):
            try:
                with self._store.reading() as cursor:
                    source = self._source(cursor, series, start_us, end_us, missing)
                    # The columns' types depend on the question.
                    return cursor.execute(question.format(source=source)).fetchnumpy()
            except StoreError:
                missing = self._missing_files()
                if attempt == 2 or not missing:
                    raise
        raise AssertionError("unreachable")

    def _source(
        self,
        cursor: duckdb.DuckDBPyConnection,
        series: Sequence[SeriesId],
        start_us: int,
        end_us: int,
        missing: frozenset[str],
    ) -> str:
        numbers = ", ".join(str(int(one)) for one in series)
        where = f"WHERE series IN ({numbers}) AND at_us >= {start_us} AND at_us < {end_us}"
        parts = cursor.execute(
            "SELECT part FROM parts WHERE hour IS NULL OR hour BETWEEN ? AND ?",
            [start_us // HOUR_US, end_us // HOUR_US],
        ).fetchall()
        files = cursor.execute(
            "SELECT path FROM archive WHERE last_us >= ? AND first_us < ? ORDER BY file", [start_us, end_us]
        ).fetchall()
        places = [part_table(part) for (part,) in parts]
        paths = ", ".join(quoted(self._store.archive / path) for (path,) in files if path not in missing)
        if paths:
            places.append(f"read_parquet([{paths}], hive_partitioning = false)")
        selects = [f"SELECT {_COLUMNS} FROM {place} {where}" for place in places]
        selects = selects or [f"SELECT {_COLUMNS} FROM latest WHERE false"]
        return f"({' UNION ALL '.join(selects)})"

    def _missing_files(self) -> frozenset[str]:
        with self._store.reading() as cursor:
            named = cursor.execute("SELECT path FROM archive").fetchall()
        return frozenset(path for (path,) in named if not (self._store.archive / path).exists())
