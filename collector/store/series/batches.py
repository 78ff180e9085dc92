"""The hot store's rows and the values they stand for: series, events, commits, newest readings."""

# ruff: noqa: S608 -- table names and numbers in these queries are the store's own

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from collector.core.model import (
    Batch,
    Born,
    DeviceId,
    Died,
    Event,
    Readings,
    Series,
    SeriesId,
    Shutdown,
    no_readings,
    node_of,
)
from collector.store.series.instants import instant, microseconds
from collector.store.series.schema import part_table

_COLUMNS: Final = "series, at_us, value, historical"
# Backlog sorts below every live reading: stamps stay far under this.
_BACKLOG: Final = 1 << 61


def series_table(series: Sequence[Series]) -> pa.Table:
    """Return the rows of new or newly described series."""
    return pa.table(
        {
            "id": pa.array([one.id for one in series], pa.int32()),
            "device": pa.array([one.device for one in series], pa.string()),
            "metric": pa.array([one.metric for one in series], pa.string()),
            "instance": pa.array([one.instance for one in series], pa.string()),
            "unit": pa.array([one.unit for one in series], pa.string()),
        }
    )


def all_series(cursor: duckdb.DuckDBPyConnection) -> list[Series]:
    """Return every series, by id, as last described."""
    rows = cursor.execute("SELECT id, device, metric, instance, unit FROM series ORDER BY id, rowid").fetchall()
    return list({row[0]: series_of(row) for row in rows}.values())


def series_of(row: tuple[int, str, str, str, str]) -> Series:
    """Return the series of a row."""
    number, device, metric, instance, unit = row
    return Series(id=SeriesId(number), device=DeviceId(device), metric=metric, instance=instance, unit=unit)


def events_table(events: Sequence[Event], number: int) -> pa.Table:
    """Return the rows of a commit's events."""
    return pa.table({"number": pa.array([number] * len(events), pa.int64()), "body": [body_of(one) for one in events]})


def body_of(event: Event) -> str:
    """Return an event as it is kept."""
    fields: dict[str, object] = {"device": event.device, "at_us": microseconds(event.at)}
    if isinstance(event, Born):
        fields |= {"born": True, "properties": dict(event.properties)}
        if event.interval is not None:
            fields["interval_s"] = event.interval.total_seconds()
    else:
        fields |= {"told": event.told} if event.told is not None else {}
        fields |= {"behind": event.behind} if event.behind else {}
    return json.dumps(fields, ensure_ascii=False)


def event_of(body: str) -> Event:
    """Return the event that `body_of` wrote."""
    fields = json.loads(body)
    device, at = DeviceId(fields["device"]), instant(fields["at_us"])
    if fields.get("born"):
        interval_s = fields.get("interval_s")
        interval = None if interval_s is None else timedelta(seconds=interval_s)
        return Born(device=device, at=at, properties=fields["properties"], interval=interval)
    told = fields.get("told")
    return Died(
        device=device, at=at, told=None if told is None else Shutdown(told), behind=str(fields.get("behind", ""))
    )


def parts(cursor: duckdb.DuckDBPyConnection) -> list[tuple[int, int | None]]:
    """Return (part, hour) of every part, oldest first."""
    rows: list[tuple[int, int | None]] = cursor.execute("SELECT part, hour FROM parts ORDER BY part").fetchall()
    return rows


def after(cursor: duckdb.DuckDBPyConnection, commit: int) -> Iterator[Batch]:
    """Give the commits after `commit` in order.

    Who was heard is told by the live readings: the series' nodes, at the time of the commit. New series are not
    repeated: whoever restarts has read them all.
    """
    tables = [part_table(part) for part, _ in parts(cursor)]
    nodes = {one.id: node_of(one.device) for one in all_series(cursor)}
    commits = cursor.execute("SELECT number, at_us FROM commits WHERE number > ? ORDER BY number", [commit]).fetchall()
    for number, at_us in commits:
        readings = _commit_readings(cursor, tables, number)
        rows = cursor.execute("SELECT body FROM events WHERE number = ? ORDER BY rowid", [number]).fetchall()
        at = instant(at_us)
        live = np.unique(readings.series[~readings.historical]).tolist()
        yield Batch(
            commit=number,
            at=at,
            readings=readings,
            events=tuple(event_of(body) for (body,) in rows),
            heard={nodes[series]: at for series in live if series in nodes},
        )


def _commit_readings(cursor: duckdb.DuckDBPyConnection, tables: Sequence[str], number: int) -> Readings:
    selects = [f"(SELECT {_COLUMNS} FROM {table} WHERE number = {number} ORDER BY rowid)" for table in tables]
    return as_readings(cursor, " UNION ALL ".join(selects)) if selects else no_readings()


def latest(cursor: duckdb.DuckDBPyConnection) -> Readings:
    """Return the newest reading of each series: of those kept at sealing and those still hot."""
    return as_readings(cursor, newest(["latest", *(part_table(part) for part, _ in parts(cursor))]))


def newest(tables: Sequence[str]) -> str:
    """Return the query for the newest reading of each series in these tables; live ones are preferred."""
    union = " UNION ALL ".join(f"SELECT {_COLUMNS} FROM {table}" for table in tables)
    rank = f"at_us - historical::BIGINT * {_BACKLOG}"
    return (
        f"SELECT series, arg_max(at_us, {rank}) AS at_us, arg_max(value, {rank}) AS value, "
        f"bool_and(historical) AS historical FROM ({union}) GROUP BY series ORDER BY series"
    )


def as_readings(cursor: duckdb.DuckDBPyConnection, query: str) -> Readings:
    """Return what a query for series, at_us, value, historical finds."""
    columns = cursor.execute(query).fetchnumpy()
    return Readings(
        np.asarray(columns["series"], np.int32),
        np.asarray(columns["at_us"], np.int64),
        np.asarray(columns["value"], np.float64),
        np.asarray(columns["historical"], np.bool_),
    )
