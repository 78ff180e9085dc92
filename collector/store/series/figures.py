"""The figures of a period: roll-ups for its whole days where there are any, readings for the rest.

Comes in: series and a span [start, end). Goes out: n, least, mean, 95th percentile and greatest of each series; or the
least and greatest of each of its days. Without a roll-up the percentile is exact; with one it is within the sketch's
error, the rest stays exact.
"""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from collector.core.model import SeriesId
from collector.store.series.instants import HOUR_US
from collector.store.series.rollup import DAY_US, Rollup, quoted, rollups, rows_of
from collector.store.series.schema import part_table
from collector.store.series.sketch import quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of one series over a period. `p95` is linear between the neighbouring readings."""

    series: SeriesId
    n: int
    min: float
    mean: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class Extremes:
    """Columns of equal length, a row a series and day of UTC, by both. `day` counts from 1970."""

    series: NDArray[np.int64]
    day: NDArray[np.int64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]


def usable_rollups(cursor: duckdb.DuckDBPyConnection, archive: Path, start_us: int, end_us: int) -> list[Rollup]:
    """Return the roll-ups of days that lie whole in the span, and whose file is there."""
    first, last = -(-start_us // DAY_US), end_us // DAY_US - 1
    return [one for one in rollups(cursor) if first <= one.day <= last and (archive / one.path).exists()]


def summed(
    cursor: duckdb.DuckDBPyConnection,
    archive: Path,
    series: Sequence[SeriesId],
    start_us: int,
    end_us: int,
    days: Sequence[Rollup],
) -> list[Summary]:
    """Return the figures by way of these roll-ups, by series.

    Raises:
        duckdb.Error: something cannot be read.
    """
    wanted = f"series IN ({', '.join(str(int(one)) for one in series)})"
    rolled = ", ".join(quoted(archive / one.path) for one in days)
    beside = " UNION ALL ".join(_beside(cursor, archive, wanted, start_us, end_us, days))
    found = cursor.execute(
        "SELECT series, key, sum(n)::BIGINT AS n, min(low) AS low, max(high) AS high, sum(total) AS total FROM ("
        f"SELECT series, key, n, low, high, total FROM read_parquet([{rolled}], hive_partitioning = false) "
        f"WHERE {wanted} "
        f"UNION ALL SELECT series, key, n, low, high, total FROM ({rows_of(f'({beside})')})"
        ") GROUP BY series, key ORDER BY series, key"
    ).fetchnumpy()
    numbers, n = np.asarray(found["series"], np.int64), np.asarray(found["n"], np.int64)
    which, p95 = quantiles(numbers, np.asarray(found["key"], np.int64), n, 0.95)
    firsts = np.searchsorted(numbers, which)
    if not len(firsts):
        return []
    count = np.add.reduceat(n, firsts)
    low = np.minimum.reduceat(np.asarray(found["low"], np.float64), firsts)
    high = np.maximum.reduceat(np.asarray(found["high"], np.float64), firsts)
    mean = np.add.reduceat(np.asarray(found["total"], np.float64), firsts) / count
    rows = zip(which.tolist(), count.tolist(), low.tolist(), mean.tolist(), p95.tolist(), high.tolist(), strict=True)
    return [
        Summary(series=SeriesId(one), n=of, min=least, mean=middle, p95=min(max(most, least), greatest), max=greatest)
        for one, of, least, middle, most, greatest in rows
    ]


def extremes(
    cursor: duckdb.DuckDBPyConnection,
    archive: Path,
    series: Sequence[SeriesId],
    start_us: int,
    end_us: int,
    days: Sequence[Rollup],
) -> Extremes:
    """Return the least and greatest of each series and day, by way of these roll-ups where they reach.

    Raises:
        duckdb.Error: something cannot be read.
    """
    places = [
        f"SELECT series, {one.day} AS day, low, high FROM read_parquet({quoted(archive / one.path)})" for one in days
    ]
    beside = " UNION ALL ".join(_beside(cursor, archive, "true", start_us, end_us, days))
    places.append(f"SELECT series, at_us // {DAY_US} AS day, value AS low, value AS high FROM ({beside})")
    found = cursor.execute(
        f"SELECT series, day, min(low) AS low, max(high) AS high FROM ({' UNION ALL '.join(places)}) "
        "SEMI JOIN (SELECT unnest(?::INTEGER[]) AS series) USING (series) GROUP BY series, day ORDER BY series, day",
        [list(series)],
    ).fetchnumpy()
    return Extremes(
        np.asarray(found["series"], np.int64),
        np.asarray(found["day"], np.int64),
        np.asarray(found["low"], np.float64),
        np.asarray(found["high"], np.float64),
    )


def _beside(
    cursor: duckdb.DuckDBPyConnection,
    archive: Path,
    wanted: str,
    start_us: int,
    end_us: int,
    days: Sequence[Rollup],
) -> Iterator[str]:
    """Give queries for the readings of the span that no roll-up covers."""
    where = f"WHERE {wanted} AND at_us >= {start_us} AND at_us < {end_us}"
    yield "SELECT series, at_us, value FROM latest WHERE false"
    parts = cursor.execute(
        "SELECT part FROM parts WHERE hour IS NULL OR hour BETWEEN ? AND ?", [start_us // HOUR_US, end_us // HOUR_US]
    ).fetchall()
    for (part,) in parts:
        yield f"SELECT series, at_us, value FROM {part_table(part)} {where}"
    by_days: dict[tuple[int, ...], list[Path]] = defaultdict(list)
    up_to = {one.day: one.file for one in days}
    files = cursor.execute(
        "SELECT file, path, first_us, last_us FROM archive WHERE last_us >= ? AND first_us < ? ORDER BY file",
        [start_us, end_us],
    ).fetchall()
    for file, path, first_us, last_us in files:
        touched = range(first_us // DAY_US, last_us // DAY_US + 1)
        covered = tuple(day for day in touched if up_to.get(day, -1) >= file)
        if len(covered) < len(touched) and (archive / path).exists():
            by_days[covered].append(archive / path)
    for covered, paths in by_days.items():
        but = f" AND at_us // {DAY_US} NOT IN ({', '.join(map(str, covered))})" if covered else ""
        source = f"read_parquet([{', '.join(map(quoted, paths))}], hive_partitioning = false)"
        yield f"SELECT series, at_us, value FROM {source} {where}{but}"
